//! Who is to be woken when something changes: the one way in which kernel objects announce readiness.

use std::task::{Context, Waker};

use parking_lot::Mutex;

/// The tasks that wait for a change of the object that owns this queue.
///
/// Register *before* looking at the state, so that no change is missed between the look and the wait. Waking is
/// for all, once; a woken task looks again and registers again.
#[derive(Debug, Default)]
pub struct WaitQueue {
    wakers: Mutex<Vec<Waker>>,
}

impl WaitQueue {
    /// The task of `cx` is woken at the next [`wake`](Self::wake).
    pub fn register(&self, cx: &Context<'_>) {
        let mut wakers = self.wakers.lock();
        if !wakers.iter().any(|waker| waker.will_wake(cx.waker())) {
            wakers.push(cx.waker().clone());
        }
    }

    /// Wakes all that are registered, in the order of their registration.
    pub fn wake(&self) {
        let woken = std::mem::take(&mut *self.wakers.lock());
        for waker in woken {
            waker.wake();
        }
    }
}
