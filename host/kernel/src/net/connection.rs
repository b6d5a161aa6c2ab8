//! An established TCP connection: two ends, what each has received and not yet read, and how it ends.
//!
//! ```text
//!   end A  ── write ──► [ B's inbox ] ── read ──►  end B          one mutex for both directions
//!          ◄── read ─── [ A's inbox ] ◄── write ──
//!
//!   established ─ shutdown(Write) ─► FIN_WAIT2   (peer: CLOSE_WAIT) ─ peer's FIN ─► closed
//!        └─ close with unread data, write to one who is gone, teardown ─► RST ─► closed
//! ```
//!
//! The answers follow Linux's tcp_recvmsg, tcp_sendmsg, tcp_close, tcp_reset and inet_shutdown. Nothing here knows
//! sockets, ports or addresses.

use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use parking_lot::{Mutex, MutexGuard};

use super::byte_queue::ByteQueue;
use super::listing::TcpState;
use crate::errno::{Errno, Result};
use crate::wait_queue::WaitQueue;

/// What both ends share.
#[derive(Debug)]
struct Connection {
    mu: Mutex<[EndState; 2]>,
    waits: [EndWaits; 2],
}

/// One end, as its socket holds it.
#[derive(Clone, Debug)]
pub(super) struct End {
    connection: Arc<Connection>,
    side: usize,
}

/// The sizes that bound an end, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Buffers {
    pub(super) receive: usize,
    pub(super) send: usize,
}

#[derive(Debug)]
struct EndState {
    inbox: ByteQueue,
    buffers: Buffers,
    /// The peer's FIN has come; it counts after the inbox.
    fin_received: bool,
    /// Our FIN is sent: shutdown(Write) or close.
    fin_sent: bool,
    /// shutdown(Read): an empty inbox is the end, but what comes is taken.
    read_shut: bool,
    /// An RST was sent or received.
    reset: bool,
    /// No socket holds this end any more.
    gone: bool,
    /// `SO_ERROR`: told once.
    error: Option<Errno>,
}

#[derive(Debug, Default)]
struct EndWaits {
    readable: WaitQueue,
    writable: WaitQueue,
}

/// Who must look again, found out under the lock and told after it.
#[derive(Clone, Copy, Debug, Default)]
struct Wakes {
    own_readable: bool,
    own_writable: bool,
    peer_readable: bool,
    peer_writable: bool,
}

// === impl EndState ===

impl EndState {
    fn new(buffers: Buffers) -> Self {
        Self {
            inbox: ByteQueue::default(),
            buffers,
            fin_received: false,
            fin_sent: false,
            read_shut: false,
            reset: false,
            gone: false,
            error: None,
        }
    }

    /// `TCP_CLOSE`: nothing more can come or go.
    fn is_closed(&self) -> bool {
        self.reset || (self.fin_sent && self.fin_received)
    }

    /// tcp_reset(): an RST has come. What was received before it stays readable.
    fn receive_reset(&mut self) {
        if self.is_closed() || self.gone {
            return;
        }
        self.error = Some(if self.fin_received { Errno::EPIPE } else { Errno::ECONNRESET });
        self.reset = true;
    }

    /// Whether data that comes now is answered by an RST.
    fn rejects_data(&self) -> bool {
        self.gone || (self.fin_sent && self.read_shut)
    }

    fn state(&self) -> TcpState {
        match (self.fin_sent, self.fin_received) {
            _ if self.is_closed() => TcpState::Close,
            (false, false) => TcpState::Established,
            (false, true) => TcpState::CloseWait,
            (true, _) => TcpState::FinWait2,
        }
    }
}

// === impl End ===

impl End {
    /// A new connection's two ends.
    pub(super) fn pair(first: Buffers, second: Buffers) -> (Self, Self) {
        let connection = Arc::new(Connection {
            mu: Mutex::new([EndState::new(first), EndState::new(second)]),
            waits: Default::default(),
        });
        (Self { connection: connection.clone(), side: 0 }, Self { connection, side: 1 })
    }

    /// See [`TcpSocket::try_read`](super::TcpSocket::try_read).
    pub(super) fn try_read(&self, max: usize) -> Result<Bytes> {
        let (data, had_no_room) = {
            let mut ends = self.lock();
            let (own, peer) = self.split(&mut ends);
            if own.inbox.is_empty() {
                return if max == 0 || own.fin_received {
                    Ok(Bytes::new())
                } else if let Some(error) = own.error.take() {
                    Err(error)
                } else if own.read_shut || own.reset {
                    Ok(Bytes::new())
                } else {
                    Err(Errno::EAGAIN)
                };
            }
            let had_no_room = room(peer, own) == 0;
            (own.inbox.pop(max), had_no_room && room(peer, own) > 0)
        };
        if had_no_room {
            self.peer_waits().writable.wake();
        }
        Ok(data)
    }

    /// See [`TcpSocket::try_write`](super::TcpSocket::try_write).
    pub(super) fn try_write(&self, data: &Bytes) -> Result<usize> {
        let mut wakes = Wakes::default();
        let taken = {
            let mut ends = self.lock();
            let (own, peer) = self.split(&mut ends);
            if let Some(error) = own.error.take() {
                return Err(error);
            }
            if own.reset || own.fin_sent {
                return Err(Errno::EPIPE);
            }
            if data.is_empty() {
                return Ok(0);
            }
            if peer.rejects_data() {
                // The data goes out and an RST comes back: Linux tells it at the next call.
                peer.receive_reset();
                own.receive_reset();
                wakes = Wakes {
                    own_readable: true,
                    own_writable: true,
                    peer_readable: true,
                    peer_writable: true,
                };
                data.len()
            } else {
                let taken = data.len().min(room(own, peer));
                if taken == 0 {
                    return Err(Errno::EAGAIN);
                }
                wakes.peer_readable = peer.inbox.is_empty();
                peer.inbox.push(data.slice(..taken));
                taken
            }
        };
        self.wake(wakes);
        Ok(taken)
    }

    /// How much [`try_write`](Self::try_write) would take; as much as anybody has when it would fail.
    pub(super) fn write_room(&self) -> usize {
        let mut ends = self.lock();
        let (own, peer) = self.split(&mut ends);
        if own.cannot_wait_to_write(peer) { usize::MAX } else { room(own, peer) }
    }

    pub(super) fn poll_readable(&self, cx: &Context<'_>) -> Poll<()> {
        let mut ends = self.lock();
        let (own, _) = self.split(&mut ends);
        if !own.inbox.is_empty() || own.fin_received || own.error.is_some() || own.read_shut || own.reset {
            return Poll::Ready(());
        }
        // Under the lock that every change takes: none can come between the look and the registration.
        self.own_waits().readable.register(cx);
        Poll::Pending
    }

    pub(super) fn poll_writable(&self, cx: &Context<'_>) -> Poll<()> {
        let mut ends = self.lock();
        let (own, peer) = self.split(&mut ends);
        if own.cannot_wait_to_write(peer) || room(own, peer) > 0 {
            return Poll::Ready(());
        }
        self.own_waits().writable.register(cx);
        Poll::Pending
    }

    /// Half-closes.
    ///
    /// # Errors
    /// `ENOTCONN` when the connection is over (it shuts all the same).
    pub(super) fn shutdown(&self, read: bool, write: bool) -> Result<()> {
        let was_closed = {
            let mut ends = self.lock();
            let (own, peer) = self.split(&mut ends);
            let was_closed = own.is_closed();
            own.read_shut |= read;
            if write {
                own.send_fin(peer);
            }
            was_closed
        };
        // Also when only reading ends: a peer that waits for room may now learn that nobody will make any.
        self.wake(Wakes {
            own_readable: true,
            own_writable: write,
            peer_readable: write,
            peer_writable: true,
        });
        if was_closed { Err(Errno::ENOTCONN) } else { Ok(()) }
    }

    /// The socket lets go: FIN, or RST when there is unread data (RFC 1122 4.2.2.13).
    pub(super) fn close(&self) {
        {
            let mut ends = self.lock();
            let (own, peer) = self.split(&mut ends);
            if own.is_closed() || own.inbox.is_empty() {
                own.send_fin(peer);
            } else {
                own.reset = true;
                peer.receive_reset();
            }
            own.gone = true;
            own.inbox.clear();
        }
        self.wake(Wakes { own_readable: true, own_writable: true, peer_readable: true, peer_writable: true });
    }

    /// Sends an RST, whatever was unread. `error` is what this side is told.
    pub(super) fn abort(&self, error: Option<Errno>) {
        {
            let mut ends = self.lock();
            let (own, peer) = self.split(&mut ends);
            if !own.is_closed() {
                own.reset = true;
                own.error = error;
                peer.receive_reset();
            }
        }
        self.wake(Wakes { own_readable: true, own_writable: true, peer_readable: true, peer_writable: true });
    }

    pub(super) fn set_buffers(&self, buffers: Buffers) {
        {
            let mut ends = self.lock();
            self.split(&mut ends).0.buffers = buffers;
        }
        // A bigger window can make either side writable.
        self.wake(Wakes { own_writable: true, peer_writable: true, ..Wakes::default() });
    }

    pub(super) fn take_error(&self) -> Option<Errno> {
        let mut ends = self.lock();
        self.split(&mut ends).0.error.take()
    }

    pub(super) fn state(&self) -> TcpState {
        let mut ends = self.lock();
        self.split(&mut ends).0.state()
    }

    /// Received and unread; sent and unread by the peer. In bytes.
    pub(super) fn queued(&self) -> (usize, usize) {
        let mut ends = self.lock();
        let (own, peer) = self.split(&mut ends);
        (own.inbox.len(), peer.inbox.len())
    }

    fn lock(&self) -> MutexGuard<'_, [EndState; 2]> {
        self.connection.mu.lock()
    }

    /// This end and the other one.
    fn split<'a>(&self, ends: &'a mut [EndState; 2]) -> (&'a mut EndState, &'a mut EndState) {
        let [first, second] = ends;
        if self.side == 0 { (first, second) } else { (second, first) }
    }

    fn own_waits(&self) -> &EndWaits {
        &self.connection.waits[self.side]
    }

    fn peer_waits(&self) -> &EndWaits {
        &self.connection.waits[1 - self.side]
    }

    fn wake(&self, wakes: Wakes) {
        let (own, peer) = (self.own_waits(), self.peer_waits());
        for (wanted, queue) in [
            (wakes.peer_readable, &peer.readable),
            (wakes.peer_writable, &peer.writable),
            (wakes.own_readable, &own.readable),
            (wakes.own_writable, &own.writable),
        ] {
            if wanted {
                queue.wake();
            }
        }
    }
}

// === impl EndState, as a sender ===

impl EndState {
    /// Whether a write would be answered at once, without regard to the window.
    fn cannot_wait_to_write(&self, peer: &Self) -> bool {
        self.error.is_some() || self.reset || self.fin_sent || peer.rejects_data()
    }

    fn send_fin(&mut self, peer: &mut Self) {
        if !self.fin_sent && !self.reset {
            self.fin_sent = true;
            peer.fin_received = true;
        }
    }
}

/// What `sender` can still write before `receiver` reads.
fn room(sender: &EndState, receiver: &EndState) -> usize {
    (sender.buffers.send + receiver.buffers.receive).saturating_sub(receiver.inbox.len())
}
