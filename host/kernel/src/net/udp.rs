//! UDP sockets: datagrams go straight into the receiver's queue, or nowhere.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use parking_lot::Mutex;

use super::address::{Family, destination, is_v4_mapped};
use super::listing::{Protocol, SocketId, SocketInfo, TcpState};
use super::namespace::NetNs;
use super::options::UdpOptions;
use super::ports::Binding;
use super::route::NoRoute;
use crate::errno::{Errno, Result};
use crate::wait_queue::WaitQueue;

/// The most that fits an IPv4 packet beside its headers.
const DATAGRAM_MAX: usize = 65_507;

/// What a queued datagram costs beside its bytes, so that empty ones are bounded too.
const OVERHEAD: usize = 256;

/// A UDP socket. Dropping the last reference closes it.
#[derive(Debug)]
pub struct UdpSocket {
    namespace: Arc<NetNs>,
    family: Family,
    id: SocketId,
    state: Mutex<State>,
    readable: WaitQueue,
}

#[derive(Debug, Default)]
struct State {
    options: UdpOptions,
    local: Option<SocketAddr>,
    /// What the socket was bound to before connect gave it the route's address.
    bound: Option<SocketAddr>,
    remote: Option<SocketAddr>,
    queue: VecDeque<(Bytes, SocketAddr)>,
    /// What the queue costs, in bytes.
    queued: usize,
    /// `SO_ERROR`: what an earlier datagram met.
    error: Option<Errno>,
    closed: bool,
}

// === impl UdpSocket ===

impl UdpSocket {
    /// socket(2).
    ///
    /// # Errors
    /// `ENETUNREACH` after the namespace's end, `ENOBUFS` when it has too many sockets.
    pub fn new(namespace: &Arc<NetNs>, family: Family) -> Result<Arc<Self>> {
        let socket = Arc::new(Self {
            namespace: namespace.clone(),
            family,
            id: namespace.switch.next_socket_id(),
            state: Mutex::default(),
            readable: WaitQueue::default(),
        });
        namespace.with_table(|table| table.admit_udp(socket.id, &socket))?;
        Ok(socket)
    }

    /// bind(2); port 0 is any free one from 32768 to 60999, in order.
    ///
    /// # Errors
    /// As [`TcpSocket::bind`](super::TcpSocket::bind).
    pub fn bind(&self, address: SocketAddr) -> Result<()> {
        let address = self.family.admit(address)?;
        if is_v4_mapped(address.ip()) {
            return Err(Errno::EINVAL);
        }
        self.namespace.check_local(address.ip())?;
        let mut state = self.state.lock();
        if state.local.is_some() {
            return Err(Errno::EINVAL);
        }
        self.claim(&mut state, address)?;
        state.bound = state.local;
        Ok(())
    }

    fn claim(&self, state: &mut State, address: SocketAddr) -> Result<()> {
        let binding = Binding { ip: address.ip(), reuse: state.options.reuse_address, listening: false };
        let port = self.namespace.with_table(|table| {
            table.check_open(Errno::EADDRNOTAVAIL)?;
            table.udp.bind(self.id, address.port(), binding)
        })?;
        state.local = Some(SocketAddr::new(address.ip(), port));
        Ok(())
    }

    /// connect(2): sends to and receives from `to` only, and hears of refusals. Also again, to another peer.
    ///
    /// # Errors
    /// `EAFNOSUPPORT`, `ENETUNREACH` when no route leads there, `EINVAL` from a loopback address to another
    /// namespace, `EAGAIN` when no port is free.
    pub fn connect(&self, to: SocketAddr) -> Result<()> {
        let mut state = self.state.lock();
        let to = self.admit(&state, to)?;
        let route = self.namespace.route(to.ip());
        if matches!(route.target, Err(NoRoute::Nowhere)) {
            return Err(Errno::ENETUNREACH);
        }
        let bound_ip = state.bound.map(|bound| bound.ip()).filter(|ip| !ip.is_unspecified());
        if bound_ip.is_some_and(|ip| ip.is_loopback()) && !self.namespace.has_address(to.ip()) {
            return Err(Errno::EINVAL);
        }
        self.bind_if_needed(&mut state)?;
        self.move_to(&mut state, bound_ip.unwrap_or(route.source));
        state.remote = Some(to);
        Ok(())
    }

    /// connect(2) to `AF_UNSPEC`: receives from all again.
    pub fn disconnect(&self) {
        let mut state = self.state.lock();
        if state.remote.take().is_some() {
            let before = state.bound.map_or_else(|| self.family.wildcard(), |bound| bound.ip());
            self.move_to(&mut state, before);
        }
    }

    /// send(2).
    ///
    /// # Errors
    /// `EDESTADDRREQ` when not connected, otherwise as [`send_to`](Self::send_to).
    pub fn send(&self, data: &Bytes) -> Result<()> {
        let remote = self.state.lock().remote.ok_or(Errno::EDESTADDRREQ)?;
        self.send_to(data, remote)
    }

    /// sendto(2). Never waits: what the receiver has no room for is lost, as on Linux' loopback.
    ///
    /// # Errors
    /// What an earlier datagram of a connected socket met (`ECONNREFUSED`, `EHOSTUNREACH`); `EMSGSIZE` beyond 65,507
    /// bytes, `EAFNOSUPPORT`, `EINVAL` for port 0 and from a loopback address to another namespace, `ENETUNREACH`
    /// when no route leads there, `EAGAIN` when no port is free.
    pub fn send_to(&self, data: &Bytes, to: SocketAddr) -> Result<()> {
        let (from, to, target, told) = {
            let mut state = self.state.lock();
            let to = self.admit(&state, to)?;
            if to.port() == 0 {
                return Err(Errno::EINVAL);
            }
            if data.len() > DATAGRAM_MAX {
                return Err(Errno::EMSGSIZE);
            }
            if let Some(error) = state.error.take() {
                return Err(error);
            }
            let route = self.namespace.route(to.ip());
            self.bind_if_needed(&mut state)?;
            let mut from = state.local.ok_or(Errno::EAGAIN)?;
            if matches!(route.target, Err(NoRoute::Nowhere)) {
                return Err(Errno::ENETUNREACH);
            }
            if from.ip().is_unspecified() {
                from.set_ip(route.source);
            } else if from.ip().is_loopback() && !self.namespace.has_address(to.ip()) {
                return Err(Errno::EINVAL);
            }
            // Only a connected socket hears what became of its datagrams.
            (from, to, route.target, state.remote == Some(to))
        };
        let delivered = match target {
            Err(_nobody_there) => Err(Errno::EHOSTUNREACH),
            Ok(target) => match target.udp_receiver(from, to) {
                Some(receiver) => {
                    receiver.receive(data.clone(), from);
                    Ok(())
                }
                None => Err(Errno::ECONNREFUSED),
            },
        };
        if let (Err(error), true) = (delivered, told) {
            self.state.lock().error = Some(error);
            self.readable.wake();
        }
        Ok(())
    }

    /// recvfrom(2): the next datagram and its sender. It is whole: cutting it is the caller's matter.
    ///
    /// # Errors
    /// `EAGAIN`; what a datagram of a connected socket met (`ECONNREFUSED`, `EHOSTUNREACH`), told once.
    pub fn try_recv_from(&self) -> Result<(Bytes, SocketAddr)> {
        let mut state = self.state.lock();
        if let Some(error) = state.error.take() {
            return Err(error);
        }
        let (data, from) = state.queue.pop_front().ok_or(Errno::EAGAIN)?;
        state.queued -= data.len() + OVERHEAD;
        Ok((data, from))
    }

    /// Ready when [`try_recv_from`](Self::try_recv_from) would not answer `EAGAIN`.
    pub fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<()> {
        let state = self.state.lock();
        if state.error.is_some() || !state.queue.is_empty() || state.closed {
            return Poll::Ready(());
        }
        self.readable.register(cx);
        Poll::Pending
    }

    /// Always ready.
    pub fn poll_writable(&self, _cx: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }

    /// getsockname(2); `None` when unbound.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.state.lock().local
    }

    /// getpeername(2).
    ///
    /// # Errors
    /// `ENOTCONN`.
    pub fn peer_addr(&self) -> Result<SocketAddr> {
        self.state.lock().remote.ok_or(Errno::ENOTCONN)
    }

    /// `SO_ERROR`: what went wrong since it was last told.
    pub fn take_error(&self) -> Option<Errno> {
        self.state.lock().error.take()
    }

    /// All options.
    pub fn options(&self) -> UdpOptions {
        self.state.lock().options.clone()
    }

    /// setsockopt(2). Sizes out of bounds are brought into them.
    pub fn set_options(&self, change: impl FnOnce(&mut UdpOptions)) {
        let mut state = self.state.lock();
        change(&mut state.options);
        state.options.clamp();
        if let Some(local) = state.local {
            let reuse = state.options.reuse_address;
            self.namespace.with_table(|table| {
                table.udp.update(self.id, local.port(), |binding| binding.reuse = reuse);
            });
        }
    }

    /// Its family.
    pub fn family(&self) -> Family {
        self.family
    }

    /// Its number on the node (the inode that fstat(2) shows).
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Its row in the namespace's listing; nothing for a socket without address.
    pub(super) fn info(&self) -> Option<SocketInfo> {
        let state = self.state.lock();
        Some(SocketInfo {
            protocol: Protocol::Udp,
            local: state.local?,
            remote: state.remote,
            state: if state.remote.is_some() { TcpState::Established } else { TcpState::Close },
            receive_queue: state.queued,
            send_queue: 0,
            inode: self.id,
        })
    }

    /// The namespace has gone.
    pub(super) fn network_lost(&self) {
        {
            let mut state = self.state.lock();
            state.closed = true;
            state.error = Some(Errno::ENETUNREACH);
        }
        self.readable.wake();
    }

    /// `to`, if a socket of this family can send there; a wildcard is this host.
    fn admit(&self, state: &State, to: SocketAddr) -> Result<SocketAddr> {
        let mut to = self.family.admit(to)?;
        if is_v4_mapped(to.ip()) {
            return Err(Errno::ENETUNREACH);
        }
        let source = state.local.map(|local| local.ip()).filter(|ip| !ip.is_unspecified());
        to.set_ip(destination(to.ip(), source));
        Ok(to)
    }

    fn bind_if_needed(&self, state: &mut State) -> Result<()> {
        if state.local.is_none() {
            let any = SocketAddr::new(self.family.wildcard(), 0);
            self.claim(state, any).map_err(|_none_free| Errno::EAGAIN)?;
        }
        Ok(())
    }

    /// The socket's claim is for another address now.
    fn move_to(&self, state: &mut State, ip: std::net::IpAddr) {
        if let Some(local) = &mut state.local {
            local.set_ip(ip);
            let port = local.port();
            self.namespace.with_table(|table| table.udp.update(self.id, port, |binding| binding.ip = ip));
        }
    }

    /// How well a datagram fits, as Linux' `compute_score`: a connected socket before a bound one before a wildcard.
    fn score(&self, from: SocketAddr, to: SocketAddr) -> Option<u8> {
        let state = self.state.lock();
        let local = state.local?;
        let here = match local.ip() {
            ip if ip == to.ip() => 1,
            ip if ip.is_unspecified() => 0,
            _ => return None,
        };
        match state.remote {
            Some(remote) if remote == from => Some(here + 2),
            Some(_) => None,
            None => Some(here),
        }
    }

    fn receive(&self, data: Bytes, from: SocketAddr) {
        {
            let mut state = self.state.lock();
            // As on Linux the last datagram may exceed the bound, so that a big one comes through at all.
            if state.closed || state.queued > state.options.receive_buffer {
                return;
            }
            state.queued += data.len() + OVERHEAD;
            state.queue.push_back((data, from));
        }
        self.readable.wake();
    }
}

impl Drop for UdpSocket {
    fn drop(&mut self) {
        let local = self.state.get_mut().local;
        self.namespace.with_table(|table| table.forget_udp(self.id, local));
    }
}

// === impl NetNs, for datagrams ===

impl NetNs {
    /// Which socket gets a datagram from `from` to `to`; of equals the latest.
    fn udp_receiver(&self, from: SocketAddr, to: SocketAddr) -> Option<Arc<UdpSocket>> {
        let candidates: Vec<Arc<UdpSocket>> = self.with_table(|table| {
            let ids = table.udp.on(to.port()).map(|(id, _)| id);
            ids.filter_map(|id| table.udp_sockets.get(&id)?.upgrade()).collect()
        });
        let mut best = None;
        for socket in candidates {
            let Some(score) = socket.score(from, to) else { continue };
            if best.as_ref().is_none_or(|(best_score, _)| score > *best_score) {
                best = Some((score, socket));
            }
        }
        best.map(|(_, socket)| socket)
    }
}

#[cfg(test)]
mod tests;
