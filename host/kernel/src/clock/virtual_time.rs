//! Time that is a number: an ordered heap of sleepers, moved on when the executor parks.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use parking_lot::Mutex;

use super::{Instant, Timestamp};
use crate::wait_queue::WaitQueue;

/// A timer's place in the heap: its deadline, then the order in which timers were set.
type Key = (Instant, u64);

#[derive(Debug)]
pub(super) struct VirtualTime {
    start: Timestamp,
    state: Mutex<State>,
    stalled: WaitQueue,
}

#[derive(Debug, Default)]
struct State {
    now: Instant,
    sleepers: BTreeMap<Key, Option<Waker>>,
    sequence: u64,
    holds: usize,
    stalled: bool,
}

impl VirtualTime {
    pub(super) fn starting_at(start: Timestamp) -> Self {
        Self { start, state: Mutex::default(), stalled: WaitQueue::default() }
    }

    pub(super) fn now(&self) -> Instant {
        self.state.lock().now
    }

    pub(super) fn wall(&self) -> Timestamp {
        self.start + self.now().since(Instant::START)
    }

    /// Called by the executor when nothing can run: moves to the earliest deadline and wakes all who wait for it, in
    /// the order in which they began to.
    pub(super) fn advance(&self) {
        let mut state = self.state.lock();
        if state.holds > 0 {
            return;
        }
        let Some((&(deadline, _), _)) = state.sleepers.first_key_value() else {
            state.stalled = true;
            drop(state);
            self.stalled.wake();
            return;
        };
        state.now = state.now.max(deadline);
        let later = state.sleepers.split_off(&(deadline + std::time::Duration::from_nanos(1), 0));
        let due = std::mem::replace(&mut state.sleepers, later);
        drop(state);
        for waker in due.into_values().flatten() {
            waker.wake();
        }
    }

    pub(super) async fn stalled(&self) {
        std::future::poll_fn(|cx| {
            self.stalled.register(cx);
            if std::mem::take(&mut self.state.lock().stalled) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

/// One sleeper; its place in the heap is fixed when it is made, so ties wake in the order of creation.
#[derive(Debug)]
pub(super) struct Timer {
    time: Arc<VirtualTime>,
    key: Key,
}

impl Timer {
    pub(super) fn new(time: Arc<VirtualTime>, deadline: Instant) -> Self {
        let mut state = time.state.lock();
        let key = (deadline, state.sequence);
        state.sequence += 1;
        if deadline > state.now {
            state.sleepers.insert(key, None);
        }
        drop(state);
        Self { time, key }
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.time.state.lock();
        if state.now >= self.key.0 {
            return Poll::Ready(());
        }
        state.sleepers.insert(self.key, Some(cx.waker().clone()));
        Poll::Pending
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.time.state.lock().sleepers.remove(&self.key);
    }
}

#[derive(Debug)]
pub(super) struct HoldGuard(Arc<VirtualTime>);

impl HoldGuard {
    pub(super) fn new(time: Arc<VirtualTime>) -> Self {
        time.state.lock().holds += 1;
        Self(time)
    }
}

impl Drop for HoldGuard {
    fn drop(&mut self) {
        self.0.state.lock().holds -= 1;
    }
}
