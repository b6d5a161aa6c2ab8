//! A network namespace: the addresses of a Pod, its ports, and the sockets that use them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use tokio::sync::watch;

use super::address::Family;
use super::listener::Listener;
use super::listing::{Protocol, SocketId, SocketInfo, TcpState};
use super::ports::{Binding, PortTable};
use super::route::{NoRoute, Place, Switch};
use super::tcp::TcpSocket;
use super::udp::UdpSocket;
use crate::clock::Clock;
use crate::errno::{Errno, Result};

/// How many sockets a namespace has at most; descriptor limits usually come first.
const SOCKETS_MAX: usize = 65_536;

/// The network of one Pod (NET-1): lo with 127.0.0.0/8 and ::1, eth0 with the Pod's addresses (NET-2).
#[derive(Debug)]
pub struct NetNs {
    pub(super) switch: Arc<Switch>,
    place: Place,
    /// Counts the changes of the set of listeners.
    listening: watch::Sender<u64>,
    table: Mutex<Table>,
}

/// Everything that sockets claim in their namespace. Sockets are known weakly: their holders keep them.
#[derive(Debug, Default)]
pub(super) struct Table {
    closed: bool,
    pub(super) tcp: PortTable,
    pub(super) udp: PortTable,
    listeners: BTreeMap<(u16, IpAddr), Arc<Listener>>,
    /// The connections whose (local, remote) pair is taken.
    flows: BTreeSet<(SocketAddr, SocketAddr)>,
    tcp_sockets: BTreeMap<SocketId, Weak<TcpSocket>>,
    pub(super) udp_sockets: BTreeMap<SocketId, Weak<UdpSocket>>,
}

// === impl NetNs ===

impl NetNs {
    pub(super) fn attached(switch: &Arc<Switch>, place: Place) -> Arc<Self> {
        let namespace = Arc::new(Self {
            switch: switch.clone(),
            place,
            listening: watch::Sender::new(0),
            table: Mutex::default(),
        });
        switch.attach(place, &namespace);
        namespace
    }

    /// The Pod's IPv4 address.
    pub fn ipv4(&self) -> Ipv4Addr {
        self.place.ipv4
    }

    /// The Pod's IPv6 address.
    pub fn ipv6(&self) -> Ipv6Addr {
        self.place.ipv6
    }

    /// The node's clock.
    pub fn clock(&self) -> &Clock {
        &self.switch.clock
    }

    /// The end of the Pod's network: its connections are reset, its listeners are gone, its addresses are free.
    /// What sockets are left can't be bound or connected any more.
    pub fn close(&self) {
        let (tcp, udp) = {
            let mut table = self.table.lock();
            if std::mem::replace(&mut table.closed, true) {
                return;
            }
            (std::mem::take(&mut table.tcp_sockets), std::mem::take(&mut table.udp_sockets))
        };
        for socket in tcp.values().filter_map(Weak::upgrade) {
            socket.network_lost();
        }
        for socket in udp.values().filter_map(Weak::upgrade) {
            socket.network_lost();
        }
        self.switch.detach(self.place);
    }

    /// All sockets, in the order of their making.
    pub fn sockets(&self) -> Vec<SocketInfo> {
        let (tcp, udp): (Vec<_>, Vec<_>) = {
            let table = self.table.lock();
            // Not looked at under the lock: if this were the last reference, dropping it would need the lock too.
            (
                table.tcp_sockets.values().filter_map(Weak::upgrade).collect(),
                table.udp_sockets.values().filter_map(Weak::upgrade).collect(),
            )
        };
        let tcp = tcp.iter().filter_map(|socket| socket.info());
        tcp.chain(udp.iter().filter_map(|socket| socket.info())).collect()
    }

    /// The TCP sockets that accept connections.
    pub fn listeners(&self) -> Vec<SocketInfo> {
        let mut sockets = self.sockets();
        sockets.retain(|info| info.protocol == Protocol::Tcp && info.state == TcpState::Listen);
        sockets
    }

    /// Changes whenever a port starts or stops listening.
    pub fn listener_changes(&self) -> watch::Receiver<u64> {
        self.listening.subscribe()
    }

    /// Resolves as soon as a TCP socket listens on `port`, whatever its address. Cancel-safe.
    pub async fn until_listening(&self, port: u16) {
        let mut changes = self.listener_changes();
        while !self.table.lock().listeners.keys().any(|(listening, _)| *listening == port) {
            if changes.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// Whether `ip` is an address of this namespace.
    pub fn has_address(&self, ip: IpAddr) -> bool {
        match ip {
            IpAddr::V4(v4) => v4.is_loopback() || v4 == self.place.ipv4,
            IpAddr::V6(v6) => v6.is_loopback() || v6 == self.place.ipv6,
        }
    }

    pub(super) fn with_table<T>(&self, act: impl FnOnce(&mut Table) -> T) -> T {
        act(&mut self.table.lock())
    }

    /// An address that a socket can be bound to.
    ///
    /// # Errors
    /// `EADDRNOTAVAIL`.
    pub(super) fn check_local(&self, ip: IpAddr) -> Result<()> {
        if ip.is_unspecified() || self.has_address(ip) { Ok(()) } else { Err(Errno::EADDRNOTAVAIL) }
    }

    /// Where a packet to `to` goes, and from which address if the sender has no preference.
    pub(super) fn route(self: &Arc<Self>, to: IpAddr) -> Route {
        if self.has_address(to) {
            let source = if to.is_loopback() { Family::of(to).loopback() } else { to };
            return Route { source, target: Ok(self.clone()) };
        }
        let source = match Family::of(to) {
            Family::V4 => self.place.ipv4.into(),
            Family::V6 => self.place.ipv6.into(),
        };
        Route { source, target: self.switch.namespace_at(to) }
    }

    /// Tells those who wait for ports.
    pub(super) fn listeners_changed(&self) {
        self.listening.send_modify(|changes| *changes += 1);
    }
}

/// See [`NetNs::route`].
#[derive(Debug)]
pub(super) struct Route {
    /// The sender's address on the way there.
    pub(super) source: IpAddr,
    pub(super) target: Result<Arc<NetNs>, NoRoute>,
}

impl Drop for NetNs {
    fn drop(&mut self) {
        // No socket is left, each of them holds its namespace.
        if !self.table.get_mut().closed {
            self.switch.detach(self.place);
        }
    }
}

// === impl Table ===

impl Table {
    /// # Errors
    /// `ENETUNREACH` after the namespace's end, `ENOBUFS` when it has too many sockets.
    pub(super) fn admit_tcp(&mut self, id: SocketId, socket: &Arc<TcpSocket>) -> Result<()> {
        self.admit()?;
        self.tcp_sockets.insert(id, Arc::downgrade(socket));
        Ok(())
    }

    /// # Errors
    /// As [`admit_tcp`](Self::admit_tcp).
    pub(super) fn admit_udp(&mut self, id: SocketId, socket: &Arc<UdpSocket>) -> Result<()> {
        self.admit()?;
        self.udp_sockets.insert(id, Arc::downgrade(socket));
        Ok(())
    }

    fn admit(&self) -> Result<()> {
        self.check_open(Errno::ENETUNREACH)?;
        if self.tcp_sockets.len() + self.udp_sockets.len() >= SOCKETS_MAX {
            return Err(Errno::ENOBUFS);
        }
        Ok(())
    }

    /// # Errors
    /// `error` after the namespace's end.
    pub(super) fn check_open(&self, error: Errno) -> Result<()> {
        if self.closed { Err(error) } else { Ok(()) }
    }

    /// Claims a connection's pair of addresses.
    ///
    /// # Errors
    /// `EADDRNOTAVAIL` when another socket has the same.
    pub(super) fn claim_flow(&mut self, local: SocketAddr, remote: SocketAddr) -> Result<()> {
        if self.flows.insert((local, remote)) { Ok(()) } else { Err(Errno::EADDRNOTAVAIL) }
    }

    pub(super) fn release_flow(&mut self, local: SocketAddr, remote: SocketAddr) {
        self.flows.remove(&(local, remote));
    }

    /// # Errors
    /// `EADDRINUSE` when another listener overlaps.
    pub(super) fn add_listener(
        &mut self,
        id: SocketId,
        local: SocketAddr,
        listener: Arc<Listener>,
    ) -> Result<()> {
        self.check_open(Errno::EINVAL)?;
        self.tcp.set_listening(id, local.port(), true)?;
        self.listeners.insert((local.port(), local.ip()), listener);
        Ok(())
    }

    pub(super) fn remove_listener(&mut self, id: SocketId, local: SocketAddr) {
        self.listeners.remove(&(local.port(), local.ip()));
        self.tcp.update(id, local.port(), |binding| binding.listening = false);
    }

    /// Who listens for connections to `to`: the one at exactly that address before the one at the wildcard.
    pub(super) fn listener_for(&self, to: SocketAddr) -> Option<Arc<Listener>> {
        let wildcard = Family::of(to.ip()).wildcard();
        let exact = self.listeners.get(&(to.port(), to.ip()));
        exact.or_else(|| self.listeners.get(&(to.port(), wildcard))).cloned()
    }

    /// A connection that a listener has made: it stands on the listener's port.
    pub(super) fn admit_accepted(
        &mut self,
        socket: &Arc<TcpSocket>,
        local: SocketAddr,
        remote: SocketAddr,
        reuse: bool,
    ) -> Result<()> {
        self.admit_tcp(socket.id(), socket)?;
        self.flows.insert((local, remote));
        let binding = Binding { ip: local.ip(), reuse, listening: false };
        self.tcp.inherit(socket.id(), local.port(), binding);
        Ok(())
    }

    /// A socket's last trace.
    pub(super) fn forget_tcp(&mut self, id: SocketId, local: Option<SocketAddr>, remote: Option<SocketAddr>) {
        self.tcp_sockets.remove(&id);
        if let Some(local) = local {
            self.tcp.release(id, local.port());
            if let Some(remote) = remote {
                self.release_flow(local, remote);
            }
        }
    }

    /// A socket's last trace.
    pub(super) fn forget_udp(&mut self, id: SocketId, local: Option<SocketAddr>) {
        self.udp_sockets.remove(&id);
        if let Some(local) = local {
            self.udp.release(id, local.port());
        }
    }
}
