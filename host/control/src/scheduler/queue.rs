//! Which Pods wait for the scheduler and when it may try them again (SCH-2). Pure.
//!
//! A Pod that found no node waits for a change of the cluster, but not shorter than its back-off: 1 s after the first
//! failure, doubled with each, at most 10 s. Nothing is tried again without a change: every change is seen here, so
//! that Kubernetes' five-minute sweep has nothing to find.

use std::collections::BTreeMap;
use std::time::Duration;

const FIRST_BACKOFF: Duration = Duration::from_secs(1);
const MAX_BACKOFF: Duration = Duration::from_secs(10);

/// The identity of a waiting Pod.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PodKey {
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) uid: String,
}

#[derive(Debug)]
struct Waiting {
    priority: i32,
    /// The order of arrival.
    arrival: u64,
    attempts: u32,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// To be tried now.
    Ready,
    /// To be tried then.
    BackingOff(Duration),
    /// Waits for a change; not before then.
    Unschedulable(Duration),
}

/// Everything that waits. Times are durations on the caller's monotonic clock.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: BTreeMap<PodKey, Waiting>,
    arrivals: u64,
}

// === impl Queue ===

impl Queue {
    /// Adds a Pod; one that waits already keeps its place.
    pub(super) fn add(&mut self, key: PodKey, priority: i32) {
        let arrival = self.arrivals;
        self.waiting.entry(key).or_insert_with(|| {
            self.arrivals += 1;
            Waiting { priority, arrival, attempts: 0, state: State::Ready }
        });
    }

    /// Forgets a Pod.
    pub(super) fn remove(&mut self, key: &PodKey) {
        self.waiting.remove(key);
    }

    /// Whether the Pod waits.
    pub(super) fn contains(&self, key: &PodKey) -> bool {
        self.waiting.contains_key(key)
    }

    /// Forgets all but these.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(&PodKey) -> bool) {
        self.waiting.retain(|key, _| keep(key));
    }

    /// The Pod to try now: highest priority first, then who came first.
    pub(super) fn next(&self, now: Duration) -> Option<PodKey> {
        let ready = self.waiting.iter().filter(|(_, waiting)| match waiting.state {
            State::Ready => true,
            State::BackingOff(until) => until <= now,
            State::Unschedulable(_) => false,
        });
        let first = ready.min_by_key(|(_, waiting)| (std::cmp::Reverse(waiting.priority), waiting.arrival));
        first.map(|(key, _)| key.clone())
    }

    /// No node would have the Pod.
    pub(super) fn failed(&mut self, key: &PodKey, now: Duration) {
        if let Some(waiting) = self.waiting.get_mut(key) {
            waiting.attempts += 1;
            let doublings = (waiting.attempts - 1).min(8);
            let backoff = FIRST_BACKOFF.saturating_mul(1 << doublings).min(MAX_BACKOFF);
            waiting.state = State::Unschedulable(now + backoff);
        }
    }

    /// The cluster changed: everybody may try again once their back-off is over.
    pub(super) fn cluster_changed(&mut self) {
        self.waiting.values_mut().for_each(Waiting::wake);
    }

    /// The Pod itself changed.
    pub(super) fn pod_changed(&mut self, key: &PodKey) {
        self.waiting.get_mut(key).into_iter().for_each(Waiting::wake);
    }

    /// When the next back-off ends.
    pub(super) fn next_deadline(&self) -> Option<Duration> {
        let deadlines = self.waiting.values().filter_map(|waiting| match waiting.state {
            State::BackingOff(until) => Some(until),
            State::Ready | State::Unschedulable(_) => None,
        });
        deadlines.min()
    }
}

// === impl Waiting ===

impl Waiting {
    fn wake(&mut self) {
        if let State::Unschedulable(until) = self.state {
            self.state = State::BackingOff(until);
        }
    }
}

#[cfg(test)]
mod tests;
