//! Who has which port of a namespace: bind(2)'s conflicts and the choice of ephemeral ports.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::address::overlap;
use super::listing::SocketId;
use crate::errno::{Errno, Result};

/// `net.ipv4.ip_local_port_range`.
const EPHEMERAL: std::ops::RangeInclusive<u16> = 32768..=60999;

/// The ports of one protocol.
#[derive(Debug)]
pub(super) struct PortTable {
    ports: BTreeMap<u16, BTreeMap<SocketId, Binding>>,
    /// Where the search for an ephemeral port goes on: ports are handed out in order, for the sake of determinism.
    next_ephemeral: u16,
}

/// One socket's claim on a port.
#[derive(Clone, Copy, Debug)]
pub(super) struct Binding {
    pub(super) ip: IpAddr,
    /// `SO_REUSEADDR`.
    pub(super) reuse: bool,
    pub(super) listening: bool,
}

// === impl Binding ===

impl Binding {
    /// Whether a socket with this binding can't come beside one that has `other` (`inet_csk_bind_conflict` without
    /// `SO_REUSEPORT`).
    fn conflicts_with(self, other: Self) -> bool {
        overlap(self.ip, other.ip) && !(self.reuse && other.reuse && !other.listening)
    }
}

// === impl PortTable ===

impl Default for PortTable {
    fn default() -> Self {
        Self { ports: BTreeMap::new(), next_ephemeral: *EPHEMERAL.start() }
    }
}

impl PortTable {
    /// Claims `port`, or an ephemeral one for 0; the port.
    ///
    /// # Errors
    /// `EADDRINUSE`.
    pub(super) fn bind(&mut self, id: SocketId, port: u16, binding: Binding) -> Result<u16> {
        let port = if port == 0 {
            self.free_ephemeral(binding.ip).ok_or(Errno::EADDRINUSE)?
        } else if self.others(id, port).any(|other| binding.conflicts_with(other)) {
            return Err(Errno::EADDRINUSE);
        } else {
            port
        };
        self.ports.entry(port).or_default().insert(id, binding);
        Ok(port)
    }

    /// Claims what the listener of an accepted connection has claimed already.
    pub(super) fn inherit(&mut self, id: SocketId, port: u16, binding: Binding) {
        self.ports.entry(port).or_default().insert(id, binding);
    }

    /// The claim begins or ceases to be a listener's.
    ///
    /// # Errors
    /// `EADDRINUSE` when another listener overlaps, which `SO_REUSEADDR` let come so far.
    pub(super) fn set_listening(&mut self, id: SocketId, port: u16, listening: bool) -> Result<()> {
        let Some(own) = self.binding(id, port) else { return Err(Errno::EINVAL) };
        if listening && self.others(id, port).any(|other| own.conflicts_with(other)) {
            return Err(Errno::EADDRINUSE);
        }
        self.update(id, port, |binding| binding.listening = listening);
        Ok(())
    }

    /// Changes a claim, if there is one.
    pub(super) fn update(&mut self, id: SocketId, port: u16, change: impl FnOnce(&mut Binding)) {
        if let Some(binding) = self.ports.get_mut(&port).and_then(|uses| uses.get_mut(&id)) {
            change(binding);
        }
    }

    pub(super) fn release(&mut self, id: SocketId, port: u16) {
        if let Some(uses) = self.ports.get_mut(&port) {
            uses.remove(&id);
            if uses.is_empty() {
                self.ports.remove(&port);
            }
        }
    }

    pub(super) fn binding(&self, id: SocketId, port: u16) -> Option<Binding> {
        self.ports.get(&port)?.get(&id).copied()
    }

    /// The sockets on `port`, the latest first.
    pub(super) fn on(&self, port: u16) -> impl Iterator<Item = (SocketId, Binding)> {
        self.ports.get(&port).into_iter().flatten().rev().map(|(id, binding)| (*id, *binding))
    }

    fn others(&self, id: SocketId, port: u16) -> impl Iterator<Item = Binding> {
        self.on(port).filter(move |(other, _)| *other != id).map(|(_, binding)| binding)
    }

    fn free_ephemeral(&mut self, ip: IpAddr) -> Option<u16> {
        let (first, last) = (*EPHEMERAL.start(), *EPHEMERAL.end());
        let port = (self.next_ephemeral..=last)
            .chain(first..self.next_ephemeral)
            .find(|port| !self.on(*port).any(|(_, binding)| overlap(binding.ip, ip)))?;
        self.next_ephemeral = if port == last { first } else { port + 1 };
        Some(port)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn binding(ip: &str, reuse: bool) -> Binding {
        Binding { ip: ip.parse().unwrap(), reuse, listening: false }
    }

    #[test]
    fn a_wildcard_conflicts_with_every_address_of_its_family_only() {
        let mut ports = PortTable::default();
        assert_eq!(ports.bind(1, 80, binding("0.0.0.0", false)), Ok(80));
        assert_eq!(ports.bind(2, 80, binding("127.0.0.1", false)), Err(Errno::EADDRINUSE));
        assert_eq!(ports.bind(3, 80, binding("::", false)), Ok(80));
        ports.release(1, 80);
        assert_eq!(ports.bind(2, 80, binding("127.0.0.1", false)), Ok(80));
        assert_eq!(ports.bind(4, 80, binding("127.0.0.2", false)), Ok(80));
    }

    #[test]
    fn reuse_address_shares_a_port_until_one_listens() {
        let mut ports = PortTable::default();
        assert_eq!(ports.bind(1, 80, binding("0.0.0.0", true)), Ok(80));
        assert_eq!(ports.bind(2, 80, binding("0.0.0.0", true)), Ok(80));
        assert_eq!(ports.set_listening(1, 80, true), Ok(()));
        assert_eq!(ports.set_listening(2, 80, true), Err(Errno::EADDRINUSE));
        assert_eq!(ports.bind(3, 80, binding("0.0.0.0", true)), Err(Errno::EADDRINUSE));
    }

    #[test]
    fn ephemeral_ports_come_in_order_and_run_out() {
        let mut ports = PortTable::default();
        assert_eq!(ports.bind(1, 32769, binding("0.0.0.0", false)), Ok(32769));
        assert_eq!(ports.bind(2, 0, binding("0.0.0.0", false)), Ok(32768));
        assert_eq!(ports.bind(3, 0, binding("0.0.0.0", true)), Ok(32770));
        ports.release(2, 32768);
        assert_eq!(ports.bind(4, 0, binding("0.0.0.0", false)), Ok(32771), "a freed port rests");
        for id in 10..10 + 28_232 - 3 {
            assert!(ports.bind(id, 0, binding("0.0.0.0", true)).is_ok());
        }
        assert_eq!(ports.bind(5, 0, binding("0.0.0.0", true)), Err(Errno::EADDRINUSE));
        assert!(ports.bind(6, 0, binding("::1", true)).is_ok(), "the other family has its own");
    }
}
