//! Fields of the Pod and amounts of its resources as text: the downward API (ENV-17, ENV-18, VOL-17).

use std::net::IpAddr;

use wasipod_api::model::env::{FieldPath, ResourceRef, ResourceSide};
use wasipod_api::model::resources::ResourceList;
use wasipod_api::model::{Pod, Quantity};

use crate::go_format;

/// What of the Pod isn't in its object.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The node's addresses.
    pub host_ips: &'a [IpAddr],
    /// The Pod's addresses.
    pub pod_ips: &'a [IpAddr],
    /// What Pods may use of the node.
    pub allocatable: &'a ResourceList,
}

/// The field's text; a missing label or annotation is empty.
pub fn field(path: &FieldPath, pod: &Pod, place: Place<'_>) -> String {
    let first = |ips: &[IpAddr]| ips.first().map(ToString::to_string).unwrap_or_default();
    let all = |ips: &[IpAddr]| ips.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let lines = |map: &std::collections::BTreeMap<String, String>| {
        map.iter()
            .map(|(key, value)| format!("{key}={}", go_format::quote(value)))
            .collect::<Vec<_>>()
            .join("\n")
    };
    match path {
        FieldPath::Name => pod.name.clone(),
        FieldPath::Namespace => pod.namespace.clone(),
        FieldPath::Uid => pod.uid.to_string(),
        FieldPath::Labels => lines(&pod.labels),
        FieldPath::Annotations => lines(&pod.annotations),
        FieldPath::Label(key) => pod.labels.get(key).cloned().unwrap_or_default(),
        FieldPath::Annotation(key) => pod.annotations.get(key).cloned().unwrap_or_default(),
        FieldPath::NodeName => pod.spec.node_name.clone().unwrap_or_default(),
        FieldPath::ServiceAccountName => pod.spec.service_account_name.clone(),
        FieldPath::HostIp => first(place.host_ips),
        FieldPath::HostIps => all(place.host_ips),
        FieldPath::PodIp => first(place.pod_ips),
        FieldPath::PodIps => all(place.pod_ips),
    }
}

/// The amount in units of the divisor, rounded up (ENV-18).
///
/// # Errors
/// A text when the container is unknown or the divisor is zero.
pub fn resource(reference: &ResourceRef, pod: &Pod, place: Place<'_>) -> Result<String, String> {
    let container = pod
        .all_containers()
        .find(|container| container.name == reference.container)
        .ok_or_else(|| format!("container {} not found", reference.container))?;
    let amount = match reference.side {
        ResourceSide::Limits => amount(&container.resources.limits, &reference.resource)
            .filter(|limit| !limit.is_zero())
            .or_else(|| amount(place.allocatable, &reference.resource)),
        ResourceSide::Requests => amount(&container.resources.requests, &reference.resource),
    };
    let divisor = if reference.divisor.is_zero() { Quantity::whole(1) } else { reference.divisor };
    amount
        .unwrap_or_else(|| Quantity::whole(0))
        .divide_up(divisor)
        .map(|value| value.to_string())
        .ok_or_else(|| "the divisor is zero".to_owned())
}

fn amount(list: &ResourceList, resource: &str) -> Option<Quantity> {
    let whole = |value: u64| Quantity::whole(i64::try_from(value).unwrap_or(i64::MAX));
    match resource {
        "cpu" => list.cpu.map(|cpu| Quantity::milli(i64::try_from(cpu.0).unwrap_or(i64::MAX))),
        "memory" => list.memory.map(|size| whole(size.0)),
        "ephemeral-storage" => list.ephemeral_storage.map(|size| whole(size.0)),
        other => list.other.get(other).copied(),
    }
}
