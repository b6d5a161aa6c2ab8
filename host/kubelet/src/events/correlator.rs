//! Repeats become counts, floods become few (EVT-5): pure, times come with the events.

use std::collections::{BTreeMap, BTreeSet};

use wasipod_api::model::UnixNanos;
use wasipod_api::model::event::{Event, ObjectRef};

/// More different messages than this within [`SIMILAR_WINDOW`] are merged.
const MOST_SIMILAR: usize = 10;
const SIMILAR_WINDOW: i64 = 600 * 1_000_000_000;

/// How many different events of one object are remembered; past that, repeats begin to count anew.
const MOST_SEEN: usize = 4096;

/// How many events of one object go through at once.
const BURST: f64 = 25.0;
/// After a burst one goes through in that many nanoseconds.
const REFILL: f64 = 300e9;

/// What an event is about; its message and version don't matter. Kind, reason and object with its part.
type Group = (String, String, ObjectRef);

/// What is known of the events so far.
#[derive(Debug)]
pub(super) struct Correlator {
    /// Whether floods are cut.
    limited: bool,
    objects: BTreeMap<String, PerObject>,
}

#[derive(Debug)]
struct PerObject {
    tokens: f64,
    refilled: UnixNanos,
    /// The first times given out: the store tells an object's events apart by them.
    last_first_time: UnixNanos,
    similar: BTreeMap<Group, Similar>,
    seen: BTreeMap<(Group, String), Seen>,
}

#[derive(Debug)]
struct Similar {
    messages: BTreeSet<String>,
    last: UnixNanos,
}

#[derive(Debug)]
struct Seen {
    first_time: UnixNanos,
    count: u32,
}

// === impl Correlator ===

impl Correlator {
    /// `limited`: an object that floods is cut short.
    pub(super) fn new(limited: bool) -> Self {
        Self { limited, objects: BTreeMap::new() }
    }

    /// The event as it is to be stored: counted, merged with similar ones; `None` if the object floods.
    pub(super) fn correlate(&mut self, mut event: Event) -> Option<Event> {
        let now = event.last_time;
        let object = self.objects.entry(event.object.uid.clone()).or_insert_with(|| PerObject::new(now));
        let group = (
            event.kind.as_str().to_owned(),
            event.reason.clone(),
            ObjectRef { resource_version: String::new(), ..event.object.clone() },
        );
        let mut key = (group.clone(), event.message.clone());
        if object.is_one_of_too_many(&group, &event.message, now) {
            event.message = format!("(combined from similar events): {}", event.message);
            // One object for all of them, whatever they say.
            key.1 = String::new();
        }
        // Every stored event pays, repeats too; they count also when they aren't stored.
        object.tokens = (object.tokens + elapsed(object.refilled, now) / REFILL).min(BURST);
        object.refilled = now;
        if object.seen.len() >= MOST_SEEN && !object.seen.contains_key(&key) {
            object.seen.clear();
        }
        let first_time = object.unique_time(now);
        let seen = object.seen.entry(key).or_insert(Seen { first_time, count: 0 });
        seen.count += 1;
        if seen.first_time == first_time {
            object.last_first_time = first_time;
        }
        event.first_time = seen.first_time;
        event.count = seen.count;
        if self.limited {
            if object.tokens < 1.0 {
                return None;
            }
            object.tokens -= 1.0;
        }
        Some(event)
    }

    /// Forgets an object.
    pub(super) fn forget(&mut self, uid: &str) {
        self.objects.remove(uid);
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rate limit needs no exact nanoseconds")]
fn elapsed(since: UnixNanos, now: UnixNanos) -> f64 {
    now.0.saturating_sub(since.0).max(0) as f64
}

// === impl PerObject ===

impl PerObject {
    fn new(now: UnixNanos) -> Self {
        Self {
            tokens: BURST,
            refilled: now,
            last_first_time: UnixNanos(i64::MIN),
            similar: BTreeMap::new(),
            seen: BTreeMap::new(),
        }
    }

    fn is_one_of_too_many(&mut self, group: &Group, message: &str, now: UnixNanos) -> bool {
        let similar = self
            .similar
            .entry(group.clone())
            .or_insert_with(|| Similar { messages: BTreeSet::new(), last: now });
        if now.0.saturating_sub(similar.last.0) > SIMILAR_WINDOW {
            similar.messages.clear();
        }
        similar.last = now;
        similar.messages.insert(message.to_owned());
        if similar.messages.len() <= MOST_SIMILAR {
            return false;
        }
        // As many are remembered as are needed to know that they are too many.
        similar.messages.pop_first();
        true
    }

    /// `now`, or just after the last one given out: on virtual time many events share an instant.
    fn unique_time(&self, now: UnixNanos) -> UnixNanos {
        UnixNanos(now.0.max(self.last_first_time.0.saturating_add(1)))
    }
}

#[cfg(test)]
mod tests {
    use wasipod_api::model::event::EventType;

    use super::*;

    fn event(message: &str, seconds: i64) -> Event {
        let at = UnixNanos::from_seconds(seconds);
        Event {
            kind: EventType::Warning,
            reason: "Unhealthy".to_owned(),
            message: message.to_owned(),
            object: ObjectRef { uid: "u".to_owned(), ..ObjectRef::default() },
            component: "kubelet".to_owned(),
            host: "n".to_owned(),
            first_time: at,
            last_time: at,
            count: 1,
        }
    }

    #[test]
    fn a_repeat_keeps_its_first_time_and_counts_evt_5() {
        let mut correlator = Correlator::new(true);
        let seen: Vec<_> = [35, 40, 45].map(|at| correlator.correlate(event("m", at)).unwrap()).to_vec();
        assert_eq!(seen.iter().map(|event| event.count).collect::<Vec<_>>(), [1, 2, 3]);
        assert!(seen.iter().all(|event| event.first_time == UnixNanos::from_seconds(35)));
        assert_eq!(seen[2].last_time, UnixNanos::from_seconds(45));
    }

    #[test]
    fn events_of_one_instant_have_different_first_times() {
        let mut correlator = Correlator::new(true);
        let a = correlator.correlate(event("a", 1)).unwrap();
        let b = correlator.correlate(event("b", 1)).unwrap();
        assert_eq!(b.first_time.0, a.first_time.0 + 1);
        assert_eq!(correlator.correlate(event("a", 1)).unwrap().first_time, a.first_time);
    }

    #[test]
    fn the_eleventh_similar_message_is_merged_evt_5() {
        let mut correlator = Correlator::new(true);
        let messages: Vec<_> =
            (0..12).map(|n| correlator.correlate(event(&format!("m{n}"), n)).unwrap()).collect();
        assert_eq!(messages[9].message, "m9");
        assert_eq!(messages[10].message, "(combined from similar events): m10");
        assert_eq!((messages[11].count, messages[11].first_time), (2, messages[10].first_time));
    }

    #[test]
    fn a_flood_is_cut_after_25_and_one_goes_through_in_five_minutes_evt_5() {
        let mut correlator = Correlator::new(true);
        let through = |correlator: &mut Correlator, at| correlator.correlate(event("m", at)).is_some();
        assert_eq!((0..40).filter(|_| through(&mut correlator, 0)).count(), 25);
        assert!(!through(&mut correlator, 299));
        assert!(through(&mut correlator, 301));
    }
}
