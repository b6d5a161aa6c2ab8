//! Every Pod has a priority (VAL-12). The two classes of the system are known, others can't be made yet.

use k8s_openapi::api::core::v1::Pod;
use wasipod_store::Resource;

use super::Refusal;

const CLASSES: [(&str, i32); 2] =
    [("system-node-critical", 2_000_001_000), ("system-cluster-critical", 2_000_000_000)];
const PREEMPTION: &str = "PreemptLowerPriority";

/// Computes the priority from the class and refuses another one in the manifest.
pub(super) fn admit(pod: &mut Pod) -> Result<(), Refusal> {
    let Some(spec) = &mut pod.spec else { return Ok(()) };
    let class = spec.priority_class_name.clone().filter(|class| !class.is_empty());
    let found = match &class {
        None => Some(0),
        Some(class) => CLASSES.into_iter().find(|(name, _)| name == class).map(|(_, priority)| priority),
    };
    let given = spec.priority;
    let Some(priority) = found else {
        let detail = format!("no PriorityClass with name {} was found", class.unwrap_or_default());
        return Err(Refusal::forbidden(Resource::PODS, pod, &detail));
    };
    if let Some(given) = given.filter(|given| *given != priority) {
        let detail = format!(
            "the integer value of priority ({given}) must not be provided in pod spec; priority admission controller computed {priority} from the given PriorityClass name"
        );
        return Err(Refusal::forbidden(Resource::PODS, pod, &detail));
    }
    spec.priority = Some(priority);
    spec.preemption_policy.get_or_insert_with(|| PREEMPTION.to_owned());
    Ok(())
}
