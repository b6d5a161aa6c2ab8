//! The switch: which namespace an address leads to, and what is said when it leads nowhere.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use super::fabric::PodNetworks;
use super::ipam::{GATEWAY, Ipam};
use super::listing::SocketId;
use super::namespace::NetNs;
use crate::clock::Clock;
use crate::errno::{Errno, Result};

/// What all namespaces of a node share.
#[derive(Debug)]
pub(super) struct Switch {
    pub(super) clock: Clock,
    next_socket: AtomicU64,
    mu: Mutex<Ports>,
}

/// A namespace's place at the switch; giving it back frees the addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) number: u32,
    pub(super) ipv4: Ipv4Addr,
    pub(super) ipv6: Ipv6Addr,
}

#[derive(Debug)]
struct Ports {
    ipam: Ipam,
    namespaces: BTreeMap<u32, Weak<NetNs>>,
}

// === impl Switch ===

impl Switch {
    pub(super) fn new(clock: Clock, networks: PodNetworks) -> Self {
        let ipam = Ipam::new(networks.ipv4, networks.ipv4_prefix, networks.ipv6);
        let mu = Mutex::new(Ports { ipam, namespaces: BTreeMap::new() });
        Self { clock, next_socket: AtomicU64::new(1), mu }
    }

    pub(super) fn gateway(&self) -> Place {
        self.mu.lock().place(GATEWAY)
    }

    /// A new Pod's addresses.
    pub(super) fn allocate(&self) -> Result<Place> {
        let mut ports = self.mu.lock();
        let number = ports.ipam.take().ok_or(Errno::EADDRNOTAVAIL)?;
        Ok(ports.place(number))
    }

    pub(super) fn attach(&self, place: Place, namespace: &Arc<NetNs>) {
        self.mu.lock().namespaces.insert(place.number, Arc::downgrade(namespace));
    }

    pub(super) fn detach(&self, place: Place) {
        let mut ports = self.mu.lock();
        ports.namespaces.remove(&place.number);
        ports.ipam.free(place.number);
    }

    /// The namespace that has `ip`, an address that is not the sender's own.
    ///
    /// # Errors
    /// [`NoRoute`].
    pub(super) fn namespace_at(&self, ip: IpAddr) -> Result<Arc<NetNs>, NoRoute> {
        let ports = self.mu.lock();
        let (covered, number) = match ip {
            IpAddr::V4(v4) => (ports.ipam.covers_v4(v4), ports.ipam.number_v4(v4)),
            IpAddr::V6(v6) => (ports.ipam.covers_v6(v6), ports.ipam.number_v6(v6)),
        };
        if !covered {
            return Err(NoRoute::Nowhere);
        }
        number
            .and_then(|number| ports.namespaces.get(&number))
            .and_then(Weak::upgrade)
            .ok_or(NoRoute::NobodyThere)
    }

    pub(super) fn next_socket_id(&self) -> SocketId {
        self.next_socket.fetch_add(1, Ordering::Relaxed)
    }
}

// === impl Ports ===

impl Ports {
    fn place(&self, number: u32) -> Place {
        Place { number, ipv4: self.ipam.v4(number), ipv6: self.ipam.v6(number) }
    }
}

/// Why an address leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoRoute {
    /// No route covers it (`ENETUNREACH`, known at once).
    Nowhere,
    /// It would be a neighbour, but nobody answers for it (`EHOSTUNREACH`, known after asking).
    NobodyThere,
}
