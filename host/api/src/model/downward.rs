//! What the downward API shows: fields of the Pod and amounts of its resources as text (ENV-17, ENV-18, VOL-17).

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::env::{FieldPath, ResourceRef, ResourceSide};
use super::pod::Pod;
use super::quantity::Quantity;
use super::resources::ResourceList;

/// What a field's value depends on besides the Pod itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Addresses<'a> {
    /// Addresses of the node, the main one first.
    pub host_ips: &'a [IpAddr],
    /// Addresses of the Pod, the main one first.
    pub pod_ips: &'a [IpAddr],
}

impl FieldPath {
    /// The field's text. A label, annotation or address that isn't there is the empty text.
    #[must_use]
    pub fn value(&self, pod: &Pod, addresses: Addresses<'_>) -> String {
        let first = |ips: &[IpAddr]| ips.first().map(ToString::to_string).unwrap_or_default();
        let all = |ips: &[IpAddr]| ips.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        match self {
            Self::Name => pod.name.clone(),
            Self::Namespace => pod.namespace.clone(),
            Self::Uid => pod.uid.to_string(),
            Self::Labels => lines(&pod.labels),
            Self::Annotations => lines(&pod.annotations),
            Self::Label(key) => pod.labels.get(key).cloned().unwrap_or_default(),
            Self::Annotation(key) => pod.annotations.get(key).cloned().unwrap_or_default(),
            Self::NodeName => pod.spec.node_name.clone().unwrap_or_default(),
            Self::ServiceAccountName => pod.spec.service_account_name.clone(),
            Self::HostIp => first(addresses.host_ips),
            Self::HostIps => all(addresses.host_ips),
            Self::PodIp => first(addresses.pod_ips),
            Self::PodIps => all(addresses.pod_ips),
        }
    }
}

/// `key="escaped value"` lines, sorted, without a final newline (VOL-17).
fn lines(pairs: &BTreeMap<String, String>) -> String {
    pairs
        .iter()
        .map(|(key, value)| format!("{key}={}", crate::quote::go(value)))
        .collect::<Vec<_>>()
        .join("\n")
}

impl ResourceRef {
    /// The amount in units of the divisor, rounded up. An unset limit is the node's allocatable amount, an unset request
    /// is 0. `None` when the Pod has no container of that name.
    #[must_use]
    pub fn value(&self, pod: &Pod, allocatable: &ResourceList) -> Option<String> {
        let container = pod.all_containers().find(|container| container.name == self.container)?;
        let amount = match self.side {
            ResourceSide::Limits => amount(&container.resources.limits, &self.resource)
                .filter(|limit| !limit.is_zero())
                .or_else(|| amount(allocatable, &self.resource)),
            ResourceSide::Requests => amount(&container.resources.requests, &self.resource),
        };
        amount.unwrap_or(Quantity::whole(0)).divide_up(self.divisor).map(|units| units.to_string())
    }
}

fn amount(list: &ResourceList, name: &str) -> Option<Quantity> {
    match name {
        "cpu" => list.cpu.map(|cpu| Quantity::milli(i64::try_from(cpu.0).unwrap_or(i64::MAX))),
        "memory" => list.memory.map(|size| Quantity::bytes(size.0)),
        "ephemeral-storage" => list.ephemeral_storage.map(|size| Quantity::bytes(size.0)),
        _ => list.other.get(name).copied(),
    }
}

#[cfg(test)]
mod tests;
