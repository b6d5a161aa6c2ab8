//! What a Pod asks of a node, and which class of service that makes it (RES-1).

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Container, PodSpec, ResourceRequirements};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as WireQuantity;
use wasipod_api::model::Quantity;
use wasipod_api::model::status::QosClass;

/// Amounts by resource name, in billionths.
pub(crate) type Amounts = BTreeMap<String, i128>;

/// Reads amounts; what isn't a quantity was refused by validation and counts as nothing.
pub(crate) fn amounts(list: Option<&BTreeMap<String, WireQuantity>>) -> Amounts {
    list.into_iter()
        .flatten()
        .filter_map(|(name, quantity)| Some((name.clone(), quantity.0.parse::<Quantity>().ok()?.nanos())))
        .collect()
}

/// What the scheduler sets aside for a Pod: the larger of what runs together and what an init container needs beside
/// the sidecars before it, plus overhead; amounts of the Pod itself take the place of its containers'.
pub(crate) fn of_pod(spec: &PodSpec) -> Amounts {
    let mut together = Amounts::new();
    for container in &spec.containers {
        add(&mut together, &requests(container.resources.as_ref()));
    }
    let (mut sidecars, mut peak) = (Amounts::new(), Amounts::new());
    for container in spec.init_containers.iter().flatten() {
        let own = requests(container.resources.as_ref());
        let mut during = sidecars.clone();
        add(&mut during, &own);
        raise(&mut peak, &during);
        if is_sidecar(container) {
            add(&mut together, &own);
            sidecars = during;
        }
    }
    raise(&mut together, &peak);
    together.extend(requests(spec.resources.as_ref()));
    add(&mut together, &amounts(spec.overhead.as_ref()));
    together
}

/// RES-1.
pub(crate) fn qos(spec: &PodSpec) -> QosClass {
    let all: Vec<Option<&ResourceRequirements>> = match &spec.resources {
        Some(of_pod) => vec![Some(of_pod)],
        None => {
            let containers = spec.containers.iter().chain(spec.init_containers.iter().flatten());
            containers.map(|container| container.resources.as_ref()).collect()
        }
    };
    let counted = |list: Option<&BTreeMap<String, WireQuantity>>| {
        let mut amounts = amounts(list);
        amounts.retain(|name, amount| matches!(name.as_str(), "cpu" | "memory") && *amount > 0);
        amounts
    };
    let (mut any, mut guaranteed) = (false, true);
    for resources in all {
        let limits = counted(resources.and_then(|resources| resources.limits.as_ref()));
        let requests = counted(resources.and_then(|resources| resources.requests.as_ref()));
        any |= !limits.is_empty() || !requests.is_empty();
        // A limit without a request is the request (VAL-5).
        let met = requests.iter().all(|(name, amount)| limits.get(name) == Some(amount));
        guaranteed &= limits.len() == 2 && met;
    }
    match (any, guaranteed) {
        (false, _) => QosClass::BestEffort,
        (true, true) => QosClass::Guaranteed,
        (true, false) => QosClass::Burstable,
    }
}

pub(crate) fn is_sidecar(container: &Container) -> bool {
    container.restart_policy.as_deref() == Some("Always")
}

/// Requests, with limits where there is no request (VAL-5).
fn requests(resources: Option<&ResourceRequirements>) -> Amounts {
    let mut result = amounts(resources.and_then(|resources| resources.limits.as_ref()));
    result.extend(amounts(resources.and_then(|resources| resources.requests.as_ref())));
    result
}

/// Adds `more` to `total`.
pub(crate) fn add(total: &mut Amounts, more: &Amounts) {
    for (name, amount) in more {
        *total.entry(name.clone()).or_default() += amount;
    }
}

/// Takes `less` from `total`.
pub(crate) fn subtract(total: &mut Amounts, less: &Amounts) {
    for (name, amount) in less {
        *total.entry(name.clone()).or_default() -= amount;
    }
}

fn raise(total: &mut Amounts, floor: &Amounts) {
    for (name, amount) in floor {
        let entry = total.entry(name.clone()).or_default();
        *entry = (*entry).max(*amount);
    }
}

#[cfg(test)]
mod tests;
