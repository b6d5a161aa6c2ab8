//! A listening port's backlog: connections that are made and not yet accepted, and attempts that wait for room.
//!
//! ```text
//!   start_connect ──► room? ──► ready (made, ESTABLISHED for the client) ──► accept
//!                       └ no ─► waiting (SYN unanswered) ── accept makes room ──► ready
//! ```

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};

use parking_lot::Mutex;

use super::connection::{Buffers, End};
use super::namespace::NetNs;
use super::options::TcpOptions;
use super::tcp::TcpSocket;
use crate::errno::{Errno, Result};
use crate::wait_queue::WaitQueue;

/// `net.core.somaxconn`.
const SOMAXCONN: u32 = 4096;

/// What listen(2) makes of a socket.
#[derive(Debug)]
pub(super) struct Listener {
    namespace: Weak<NetNs>,
    /// The listening socket's own: connections begin with them.
    options: Arc<Mutex<TcpOptions>>,
    acceptable: WaitQueue,
    backlog: Mutex<Backlog>,
}

#[derive(Debug)]
struct Backlog {
    open: bool,
    /// How many ready connections there can be: one more than listen(2) was told, as on Linux.
    room: usize,
    ready: VecDeque<(Arc<TcpSocket>, SocketAddr)>,
    waiting: VecDeque<Weak<Attempt>>,
}

/// A connect that waits for room in the backlog.
#[derive(Debug)]
pub(super) struct Attempt {
    call: Call,
    outcome: Mutex<Option<Result<End>>>,
    settled: WaitQueue,
}

/// Who calls whom.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call {
    pub(super) from: SocketAddr,
    pub(super) to: SocketAddr,
    pub(super) buffers: Buffers,
}

/// What a listener says to a call.
#[derive(Debug)]
pub(super) enum Answer {
    /// Connected.
    Made(End),
    /// Room will tell.
    Waits(Arc<Attempt>),
}

// === impl Listener ===

impl Listener {
    pub(super) fn new(namespace: &Arc<NetNs>, options: Arc<Mutex<TcpOptions>>, backlog: u32) -> Self {
        let backlog =
            Backlog { open: true, room: room_for(backlog), ready: VecDeque::new(), waiting: VecDeque::new() };
        Self {
            namespace: Arc::downgrade(namespace),
            options,
            acceptable: WaitQueue::default(),
            backlog: Mutex::new(backlog),
        }
    }

    /// listen(2) again.
    pub(super) fn set_backlog(&self, backlog: u32) {
        let mut state = self.backlog.lock();
        state.room = room_for(backlog);
        self.make_waiting(&mut state);
        let acceptable = !state.ready.is_empty();
        drop(state);
        if acceptable {
            self.acceptable.wake();
        }
    }

    /// # Errors
    /// `ECONNREFUSED` when it is closed meanwhile.
    pub(super) fn call(&self, call: Call) -> Result<Answer> {
        let mut state = self.backlog.lock();
        if !state.open {
            return Err(Errno::ECONNREFUSED);
        }
        if state.ready.len() >= state.room || !state.waiting.is_empty() {
            let attempt =
                Arc::new(Attempt { call, outcome: Mutex::new(None), settled: WaitQueue::default() });
            state.waiting.retain(|waiting| waiting.strong_count() > 0);
            state.waiting.push_back(Arc::downgrade(&attempt));
            return Ok(Answer::Waits(attempt));
        }
        let end = self.make(&mut state, call)?;
        drop(state);
        self.acceptable.wake();
        Ok(Answer::Made(end))
    }

    /// # Errors
    /// `EAGAIN` when nobody has called, `EINVAL` when it is closed.
    pub(super) fn try_accept(&self) -> Result<(Arc<TcpSocket>, SocketAddr)> {
        let mut state = self.backlog.lock();
        if !state.open {
            return Err(Errno::EINVAL);
        }
        let accepted = state.ready.pop_front().ok_or(Errno::EAGAIN)?;
        self.make_waiting(&mut state);
        Ok(accepted)
    }

    pub(super) fn poll_acceptable(&self, cx: &Context<'_>) -> Poll<()> {
        let state = self.backlog.lock();
        if !state.open || !state.ready.is_empty() {
            return Poll::Ready(());
        }
        self.acceptable.register(cx);
        Poll::Pending
    }

    /// Made connections get an RST, waiting calls are refused.
    pub(super) fn close(&self) {
        let (ready, waiting) = {
            let mut state = self.backlog.lock();
            state.open = false;
            (std::mem::take(&mut state.ready), std::mem::take(&mut state.waiting))
        };
        for (socket, _) in ready {
            socket.abort();
        }
        for attempt in waiting.iter().filter_map(Weak::upgrade) {
            attempt.settle(Err(Errno::ECONNREFUSED));
        }
        self.acceptable.wake();
    }

    /// Connections that wait to be accepted; how many can.
    pub(super) fn queued(&self) -> (usize, usize) {
        let state = self.backlog.lock();
        (state.ready.len(), state.room.saturating_sub(1))
    }

    /// Lets in who waits, as far as there is room.
    fn make_waiting(&self, state: &mut Backlog) {
        while state.ready.len() < state.room {
            let Some(attempt) = state.waiting.pop_front() else { return };
            if let Some(attempt) = attempt.upgrade() {
                let made = self.make(state, attempt.call);
                attempt.settle(made);
            }
        }
    }

    fn make(&self, state: &mut Backlog, call: Call) -> Result<End> {
        let namespace = self.namespace.upgrade().ok_or(Errno::ECONNREFUSED)?;
        let options = self.options.lock().clone();
        let (client, server) = End::pair(call.buffers, Buffers::of(&options));
        let socket = TcpSocket::accepted(&namespace, options, server, call.to, call.from)
            .map_err(|_full_or_closed| Errno::ECONNREFUSED)?;
        state.ready.push_back((socket, call.from));
        Ok(client)
    }
}

// === impl Attempt ===

impl Attempt {
    /// How it ended, if it has and nobody has taken that yet.
    pub(super) fn take_outcome(&self) -> Option<Result<End>> {
        self.outcome.lock().take()
    }

    pub(super) fn poll_settled(&self, cx: &Context<'_>) -> Poll<()> {
        self.settled.register(cx);
        if self.outcome.lock().is_some() { Poll::Ready(()) } else { Poll::Pending }
    }

    /// Ends it, unless it has ended.
    pub(super) fn settle(&self, outcome: Result<End>) {
        let unwanted = {
            let mut present = self.outcome.lock();
            if present.is_some() { Some(outcome) } else { present.replace(outcome) }
        };
        if let Some(Ok(end)) = unwanted {
            end.abort(None);
        }
        self.settled.wake();
    }
}

impl Drop for Attempt {
    /// The caller went away before it looked.
    fn drop(&mut self) {
        if let Some(Ok(end)) = self.outcome.get_mut().take() {
            end.close();
        }
    }
}

fn room_for(backlog: u32) -> usize {
    usize::try_from(backlog.min(SOMAXCONN)).unwrap_or(usize::MAX).saturating_add(1)
}
