//! The network of one node: its namespaces and the networks that they get addresses from.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use super::namespace::NetNs;
use super::route::Switch;
use crate::clock::Clock;
use crate::errno::Result;

/// The networks of a node's Pods. The first address of each is the node's own, the Pods' gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PodNetworks {
    /// Any address of the IPv4 network.
    pub ipv4: Ipv4Addr,
    /// How many leading bits all its addresses share; at most 30.
    pub ipv4_prefix: u8,
    /// Any address of the IPv6 network, a /64.
    pub ipv6: Ipv6Addr,
}

// === impl PodNetworks ===

impl Default for PodNetworks {
    /// 10.244.0.0/16, room for 65,532 Pods, and fd00:10:244::/64.
    fn default() -> Self {
        Self {
            ipv4: Ipv4Addr::new(10, 244, 0, 0),
            ipv4_prefix: 16,
            ipv6: Ipv6Addr::new(0xfd00, 0x10, 0x244, 0, 0, 0, 0, 0),
        }
    }
}

/// A node's network (NET-2): every namespace reaches every other without NAT.
#[derive(Debug)]
pub struct Fabric {
    switch: Arc<Switch>,
    node: Arc<NetNs>,
}

// === impl Fabric ===

impl Fabric {
    /// With the usual networks.
    pub fn new(clock: Clock) -> Self {
        Self::with_networks(clock, PodNetworks::default())
    }

    /// With `networks`.
    pub fn with_networks(clock: Clock, networks: PodNetworks) -> Self {
        let switch = Arc::new(Switch::new(clock, networks));
        let node = NetNs::attached(&switch, switch.gateway());
        Self { switch, node }
    }

    /// The node's own namespace: of Pods with hostNetwork (NET-5), of probes and of what is published.
    pub fn node(&self) -> &Arc<NetNs> {
        &self.node
    }

    /// A new Pod's namespace, with the next free addresses. They are free again when it is closed or dropped.
    ///
    /// # Errors
    /// `EADDRNOTAVAIL` when all addresses are taken.
    pub fn add_pod(&self) -> Result<Arc<NetNs>> {
        Ok(NetNs::attached(&self.switch, self.switch.allocate()?))
    }
}
