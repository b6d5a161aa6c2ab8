//! Doubling delays, for restarts (RST-3…6) and for image pulls (IMG-12): pure, the caller tells the time.

use std::collections::BTreeMap;
use std::time::Duration;

use wasipod_kernel::clock::Timestamp;

/// The first delay.
const INITIAL: Duration = Duration::from_secs(10);

/// The longest delay.
const LONGEST: Duration = Duration::from_secs(300);

/// What happened so much later than the entry's last use starts anew (RST-5).
const EXPIRES_AFTER: Duration = Duration::from_secs(600);

/// The delays by key.
///
/// ```text
///  try at now, after what happened at `since`:
///      no entry, or since > last use + 600 s  ──► go; the entry is (again) 10 s
///      now − since < delay                    ──► wait
///      else                                   ──► go; the delay doubles, at most 300 s
/// ```
#[derive(Clone, Debug)]
pub struct Backoff<K> {
    entries: BTreeMap<K, Entry>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    delay: Duration,
    last_use: Timestamp,
}

/// What [`Backoff::attempt`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// Now is the time; the entry is updated.
    Go,
    /// Not before the delay has passed; nothing is changed.
    Wait {
        /// The whole delay, as messages name it (CST-13).
        delay: Duration,
        /// When it ends.
        until: Timestamp,
    },
}

// === impl Backoff ===

impl<K> Default for Backoff<K> {
    fn default() -> Self {
        Self { entries: BTreeMap::new() }
    }
}

impl<K: Ord> Backoff<K> {
    /// Whether `key`, of which something failed or ended at `since`, may go at `now`; if so, the next delay is set.
    pub fn attempt(&mut self, key: K, since: Timestamp, now: Timestamp) -> Attempt {
        let waiting = self.waiting(&key, since, now);
        if let Attempt::Go = waiting {
            self.next(key, since, now);
        }
        waiting
    }

    /// As [`attempt`](Self::attempt), changing nothing.
    pub fn waiting(&self, key: &K, since: Timestamp, now: Timestamp) -> Attempt {
        match self.entries.get(key) {
            Some(entry) if !entry.expired(since) && now.since(since) < entry.delay => {
                Attempt::Wait { delay: entry.delay, until: since + entry.delay }
            }
            _ => Attempt::Go,
        }
    }

    /// Sets the next delay.
    pub fn next(&mut self, key: K, since: Timestamp, now: Timestamp) {
        let fresh = Entry { delay: INITIAL, last_use: now };
        self.entries
            .entry(key)
            .and_modify(|entry| {
                let delay = if entry.expired(since) { INITIAL } else { (entry.delay * 2).min(LONGEST) };
                *entry = Entry { delay, last_use: now };
            })
            .or_insert(fresh);
    }

    /// Forgets what `keep` refuses.
    pub fn retain(&mut self, mut keep: impl FnMut(&K) -> bool) {
        self.entries.retain(|key, _| keep(key));
    }
}

// === impl Entry ===

impl Entry {
    fn expired(&self, since: Timestamp) -> bool {
        since.since(self.last_use) > EXPIRES_AFTER
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_nanos(seconds * 1_000_000_000)
    }

    #[test]
    fn the_first_restart_is_free_then_the_delays_double_to_five_minutes_rst_4() {
        let mut backoff = Backoff::default();
        let mut now = 0;
        let mut delays = Vec::new();
        for _ in 0..9 {
            // Exits at once, every time.
            let delay = match backoff.attempt("c", at(now), at(now)) {
                Attempt::Go => 0,
                Attempt::Wait { delay, until } => {
                    assert_eq!(backoff.attempt("c", at(now), until), Attempt::Go);
                    delay.as_secs()
                }
            };
            delays.push(delay);
            now += delay;
        }
        assert_eq!(delays, [0, 10, 20, 40, 80, 160, 300, 300, 300]);
        // RST-9: 0, 0, 10, 30, 70, 150, 310, 610 …
        assert_eq!(now, 1210);
    }

    #[test]
    fn it_is_over_one_nanosecond_after_not_before() {
        let mut backoff = Backoff::default();
        assert_eq!(backoff.attempt((), at(0), at(0)), Attempt::Go);
        let before = Timestamp::from_nanos(10_000_000_000 - 1);
        assert!(matches!(backoff.waiting(&(), at(0), before), Attempt::Wait { .. }));
        assert_eq!(backoff.waiting(&(), at(0), at(10)), Attempt::Go);
    }

    #[test]
    fn an_exit_more_than_ten_minutes_after_the_last_use_starts_anew_rst_5() {
        for (exit, next) in [(700, 20), (701, 10)] {
            let mut backoff = Backoff::default();
            backoff.next("c", at(0), at(100));
            assert_eq!(backoff.attempt("c", at(exit), at(exit + 15)), Attempt::Go);
            let wait = backoff.waiting(&"c", at(exit + 15), at(exit + 15));
            let until = at(exit + 15 + next);
            assert_eq!(wait, Attempt::Wait { delay: Duration::from_secs(next), until });
        }
    }
}
