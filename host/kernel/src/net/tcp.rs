//! TCP sockets: the object behind a descriptor, from socket(2) to close(2).
//!
//! ```text
//!   Idle ── listen ──► Listening ── try_accept ──► (another socket, Established)
//!    │ ▲ └─ start_connect ─► Connecting ─► Established ─► (see connection.rs)
//!    │ └──────── told ─────── Failed ◄──┘
//! ```

mod connect;
mod info;
mod stream;

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use parking_lot::Mutex;

use super::address::{Family, is_v4_mapped};
use super::connection::{Buffers, End};
use super::listener::{Attempt, Listener};
use super::listing::SocketId;
use super::namespace::NetNs;
use super::options::TcpOptions;
use super::ports::Binding;
use crate::clock::{Instant, Sleep};
use crate::errno::{Errno, Result};

/// Which directions shutdown(2) closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shutdown {
    /// `SHUT_RD`: what has come can be read, then it is the end of the stream.
    Read,
    /// `SHUT_WR`: the peer reads to the end of the stream.
    Write,
    /// `SHUT_RDWR`.
    Both,
}

/// A TCP socket. Dropping the last reference is close(2): FIN, or RST when data was left unread.
#[derive(Debug)]
pub struct TcpSocket {
    namespace: Arc<NetNs>,
    family: Family,
    id: SocketId,
    options: Arc<Mutex<TcpOptions>>,
    /// The connection, once there is one, so that reads and writes take one lock only.
    end: OnceLock<End>,
    control: Mutex<Control>,
}

#[derive(Debug)]
struct Control {
    phase: Phase,
    /// The address and port that are claimed in the namespace.
    local: Option<SocketAddr>,
    /// What `local` was before connect, and is again when that fails: unbound, or bound to a wildcard.
    before_connect: Option<SocketAddr>,
    /// The peer, with which `local` makes a claimed pair.
    remote: Option<SocketAddr>,
}

#[derive(Debug)]
enum Phase {
    Idle,
    Listening(Arc<Listener>),
    /// The peer's backlog is full.
    Connecting(Box<Connecting>),
    /// Nobody has been told yet.
    Failed(Errno),
    /// Made by connect (told once asked) or by accept.
    Established {
        told: bool,
    },
}

#[derive(Debug)]
struct Connecting {
    attempt: Arc<Attempt>,
    deadline: Instant,
    timer: Option<Sleep>,
}

// === impl TcpSocket ===

impl TcpSocket {
    /// socket(2).
    ///
    /// # Errors
    /// `ENETUNREACH` after the namespace's end, `ENOBUFS` when it has too many sockets.
    pub fn new(namespace: &Arc<NetNs>, family: Family) -> Result<Arc<Self>> {
        let socket = Self::unlisted(namespace, family, TcpOptions::default(), Phase::Idle);
        namespace.with_table(|table| table.admit_tcp(socket.id, &socket))?;
        Ok(socket)
    }

    /// The server's side of a new connection.
    pub(super) fn accepted(
        namespace: &Arc<NetNs>,
        options: TcpOptions,
        end: End,
        local: SocketAddr,
        remote: SocketAddr,
    ) -> Result<Arc<Self>> {
        let reuse = options.reuse_address;
        let family = Family::of(local.ip());
        let socket = Self::unlisted(namespace, family, options, Phase::Established { told: true });
        // Before the namespace knows the socket: when it closes, it must find the connection.
        let _ = socket.end.set(end);
        namespace.with_table(|table| table.admit_accepted(&socket, local, remote, reuse))?;
        let mut control = socket.control.lock();
        (control.local, control.remote) = (Some(local), Some(remote));
        drop(control);
        Ok(socket)
    }

    fn unlisted(namespace: &Arc<NetNs>, family: Family, options: TcpOptions, phase: Phase) -> Arc<Self> {
        Arc::new(Self {
            namespace: namespace.clone(),
            family,
            id: namespace.switch.next_socket_id(),
            options: Arc::new(Mutex::new(options)),
            end: OnceLock::new(),
            control: Mutex::new(Control { phase, local: None, before_connect: None, remote: None }),
        })
    }

    /// bind(2); port 0 is any free one from 32768 to 60999, in order.
    ///
    /// # Errors
    /// `EINVAL` when bound or in use already and for an IPv4-mapped address, `EAFNOSUPPORT`, `EADDRNOTAVAIL` for an
    /// address that the namespace doesn't have, `EADDRINUSE`.
    pub fn bind(&self, address: SocketAddr) -> Result<()> {
        let address = self.family.admit(address)?;
        if is_v4_mapped(address.ip()) {
            return Err(Errno::EINVAL);
        }
        self.namespace.check_local(address.ip())?;
        let mut control = self.control.lock();
        if control.local.is_some() || !matches!(control.phase, Phase::Idle) {
            return Err(Errno::EINVAL);
        }
        self.claim(&mut control, address)
    }

    fn claim(&self, control: &mut Control, address: SocketAddr) -> Result<()> {
        let reuse = self.options.lock().reuse_address;
        let port = self.namespace.with_table(|table| {
            table.check_open(Errno::EADDRNOTAVAIL)?;
            table.tcp.bind(self.id, address.port(), Binding { ip: address.ip(), reuse, listening: false })
        })?;
        control.local = Some(SocketAddr::new(address.ip(), port));
        Ok(())
    }

    /// listen(2), also again, with another backlog. `backlog` + 1 connections can wait to be accepted (as on Linux),
    /// at most 4097; further connects wait. An unbound socket gets a port.
    ///
    /// # Errors
    /// `EADDRINUSE` when another socket listens already, `EINVAL` when connected or connecting.
    pub fn listen(&self, backlog: u32) -> Result<()> {
        let mut control = self.control.lock();
        match &control.phase {
            Phase::Listening(listener) => {
                listener.set_backlog(backlog);
                return Ok(());
            }
            Phase::Idle => {}
            Phase::Connecting(_) | Phase::Failed(_) | Phase::Established { .. } => return Err(Errno::EINVAL),
        }
        if control.local.is_none() {
            self.claim(&mut control, SocketAddr::new(self.family.wildcard(), 0))?;
        }
        let Some(local) = control.local else { return Err(Errno::EINVAL) };
        let listener = Arc::new(Listener::new(&self.namespace, self.options.clone(), backlog));
        self.namespace.with_table(|table| table.add_listener(self.id, local, listener.clone()))?;
        control.phase = Phase::Listening(listener);
        drop(control);
        self.namespace.listeners_changed();
        Ok(())
    }

    /// accept(2): the oldest connection and its peer's address.
    ///
    /// # Errors
    /// `EAGAIN` when there is none, `EINVAL` when not listening.
    pub fn try_accept(&self) -> Result<(Arc<Self>, SocketAddr)> {
        self.listener().ok_or(Errno::EINVAL)?.try_accept()
    }

    /// Ready when [`try_accept`](Self::try_accept) would not answer `EAGAIN`.
    pub fn poll_acceptable(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.listener().map_or(Poll::Ready(()), |listener| listener.poll_acceptable(cx))
    }

    fn listener(&self) -> Option<Arc<Listener>> {
        match &self.control.lock().phase {
            Phase::Listening(listener) => Some(listener.clone()),
            _ => None,
        }
    }

    /// The socket listens no more; it stays bound.
    fn stop_listening(&self, control: &mut Control) {
        if let Phase::Listening(listener) = &control.phase {
            if let Some(local) = control.local {
                self.namespace.with_table(|table| table.remove_listener(self.id, local));
            }
            let listener = listener.clone();
            control.phase = Phase::Idle;
            listener.close();
            self.namespace.listeners_changed();
        }
    }

    /// All options.
    pub fn options(&self) -> TcpOptions {
        self.options.lock().clone()
    }

    /// setsockopt(2). Sizes out of bounds are brought into them.
    pub fn set_options(&self, change: impl FnOnce(&mut TcpOptions)) {
        let options = {
            let mut options = self.options.lock();
            change(&mut options);
            options.clamp();
            options.clone()
        };
        if let Some(end) = self.end.get() {
            end.set_buffers(Buffers::of(&options));
        }
        if let Some(local) = self.control.lock().local {
            self.namespace.with_table(|table| {
                table.tcp.update(self.id, local.port(), |binding| binding.reuse = options.reuse_address);
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

    /// The namespace it belongs to.
    pub fn namespace(&self) -> &Arc<NetNs> {
        &self.namespace
    }

    /// The connection ends in an RST, unread data or not.
    pub(super) fn abort(&self) {
        if let Some(end) = self.end.get() {
            end.abort(Some(Errno::ECONNRESET));
        }
    }

    /// The namespace has gone.
    pub(super) fn network_lost(&self) {
        let mut control = self.control.lock();
        self.stop_listening(&mut control);
        if let Phase::Connecting(connecting) = &control.phase {
            connecting.attempt.settle(Err(Errno::ENETUNREACH));
        }
        drop(control);
        self.abort();
    }
}

impl Drop for TcpSocket {
    fn drop(&mut self) {
        let control = self.control.get_mut();
        let phase = std::mem::replace(&mut control.phase, Phase::Idle);
        let (local, remote) = (control.local, control.remote);
        self.namespace.with_table(|table| {
            if let (Phase::Listening(_), Some(local)) = (&phase, local) {
                table.remove_listener(self.id, local);
            }
            table.forget_tcp(self.id, local, remote);
        });
        if let Phase::Listening(listener) = phase {
            listener.close();
            self.namespace.listeners_changed();
        }
        if let Some(end) = self.end.get() {
            end.close();
        }
    }
}

#[cfg(test)]
mod tests;
