//! The machine's clock: with the bridge and hostfs one of the kernel's doors to the outside.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{Instant, Timestamp};

/// tokio's timer does the sleeping.
pub(super) type Timer = tokio::time::Sleep;

/// Monotonic time counts from the moment when the clock was made.
#[derive(Debug)]
pub(super) struct RealTime {
    origin: tokio::time::Instant,
}

impl RealTime {
    pub(super) fn start() -> Self {
        Self { origin: tokio::time::Instant::now() }
    }

    pub(super) fn now(&self) -> Instant {
        Instant::START + self.origin.elapsed()
    }

    pub(super) fn wall(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "the one place where time comes from")]
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Timestamp::from_nanos(0) + since_1970
    }

    pub(super) fn sleep_until(&self, deadline: Instant) -> Timer {
        /// Farther than that nobody waits; tokio's own arithmetic must not overflow.
        const LONGEST: Duration = Duration::from_secs(60 * 60 * 24 * 365 * 30);
        let after = deadline.since(Instant::START).min(LONGEST);
        tokio::time::sleep_until(self.origin + after)
    }
}
