//! Ports of the node that Pods claim (NET-3).

use std::net::{IpAddr, Ipv4Addr};

use k8s_openapi::api::core::v1::PodSpec;

use crate::request;

/// A claim on a node's port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HostPort {
    protocol: String,
    address: IpAddr,
    port: i32,
}

const ANY: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

// === impl HostPort ===

impl HostPort {
    /// The claims of a Pod's containers and sidecars.
    pub(super) fn of_pod(spec: &PodSpec) -> Vec<Self> {
        let sidecars =
            spec.init_containers.iter().flatten().filter(|container| request::is_sidecar(container));
        let ports =
            spec.containers.iter().chain(sidecars).flat_map(|container| container.ports.iter().flatten());
        ports
            .filter_map(|port| {
                let host_port = port.host_port.filter(|port| *port > 0)?;
                let protocol = port.protocol.clone().unwrap_or_else(|| "TCP".to_owned());
                let address = port.host_ip.as_deref().and_then(|ip| ip.parse().ok()).unwrap_or(ANY);
                Some(Self { protocol, address, port: host_port })
            })
            .collect()
    }

    /// Whether both can't be had at once: the same port and protocol, and addresses that are the same or anything.
    pub(super) fn conflicts(&self, other: &Self) -> bool {
        let overlap =
            self.address == other.address || self.address.is_unspecified() || other.address.is_unspecified();
        self.port == other.port && self.protocol == other.protocol && overlap
    }
}
