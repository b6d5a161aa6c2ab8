//! Quality of service (RES-1).

use wasipod_api::model::Pod;
use wasipod_api::model::status::QosClass;

/// The Pod's class, from cpu and memory of all its containers; zero counts as unset.
pub fn qos_class(pod: &Pod) -> QosClass {
    let mut any = false;
    let mut guaranteed = true;
    for container in pod.all_containers() {
        let (requests, limits) = (&container.resources.requests, &container.resources.limits);
        let cpu = (requests.cpu.filter(|cpu| cpu.0 > 0), limits.cpu.filter(|cpu| cpu.0 > 0));
        let memory = (requests.memory.filter(|size| size.0 > 0), limits.memory.filter(|size| size.0 > 0));
        any |= cpu != (None, None) || memory != (None, None);
        guaranteed &= cpu.0.is_some() && cpu.0 == cpu.1 && memory.0.is_some() && memory.0 == memory.1;
    }
    match (any, guaranteed) {
        (false, _) => QosClass::BestEffort,
        (true, true) => QosClass::Guaranteed,
        (true, false) => QosClass::Burstable,
    }
}
