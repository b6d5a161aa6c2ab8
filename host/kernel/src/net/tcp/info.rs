//! What a socket tells about itself: getsockname(2), getpeername(2), `SO_ERROR`, its row in `/proc/net/tcp`.

use std::net::SocketAddr;

use super::{Phase, TcpSocket};
use crate::errno::{Errno, Result};
use crate::net::listing::{Protocol, SocketInfo, TcpState};

impl TcpSocket {
    /// getsockname(2); `None` when unbound. A socket that was bound to a wildcard and is connected has the
    /// connection's address.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.control.lock().local
    }

    /// getpeername(2).
    ///
    /// # Errors
    /// `ENOTCONN` when not connected, or no longer: after an RST or after both FINs.
    pub fn peer_addr(&self) -> Result<SocketAddr> {
        let mut control = self.control.lock();
        self.settle(&mut control);
        match self.end.get() {
            Some(end) if end.state() != TcpState::Close => control.remote.ok_or(Errno::ENOTCONN),
            _ => Err(Errno::ENOTCONN),
        }
    }

    /// `SO_ERROR`: what went wrong since it was last told.
    pub fn take_error(&self) -> Option<Errno> {
        let mut control = self.control.lock();
        self.settle(&mut control);
        if let Some(end) = self.end.get() {
            return end.take_error();
        }
        match control.phase {
            Phase::Failed(error) => {
                control.phase = Phase::Idle;
                Some(error)
            }
            _ => None,
        }
    }

    /// Its state, as `ss` shows it.
    pub fn state(&self) -> TcpState {
        let mut control = self.control.lock();
        self.settle(&mut control);
        match (&control.phase, self.end.get()) {
            (_, Some(end)) => end.state(),
            (Phase::Listening(_), None) => TcpState::Listen,
            (Phase::Connecting(_), None) => TcpState::SynSent,
            (Phase::Idle | Phase::Failed(_) | Phase::Established { .. }, None) => TcpState::Close,
        }
    }

    /// Its row in the namespace's listing; nothing for a socket without address.
    pub(in crate::net) fn info(&self) -> Option<SocketInfo> {
        let state = self.state();
        let (receive_queue, send_queue) = match (self.end.get(), self.listener()) {
            (Some(end), _) => end.queued(),
            (None, Some(listener)) => listener.queued(),
            (None, None) => (0, 0),
        };
        let control = self.control.lock();
        Some(SocketInfo {
            protocol: Protocol::Tcp,
            local: control.local?,
            remote: control.remote,
            state,
            receive_queue,
            send_queue,
            inode: self.id(),
        })
    }
}
