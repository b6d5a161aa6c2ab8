//! When a failed mount is tried again: 500 ms, doubled up to 2 m 2 s (VOL-60).

use std::time::Duration;

use wasipod_kernel::clock::Instant;

const INITIAL: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(122);

/// The delay of one volume's mount; gone with its success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MountBackoff {
    delay: Duration,
    /// The next try.
    pub(crate) due: Instant,
}

// === impl MountBackoff ===

impl MountBackoff {
    /// After a failure at `now`, which followed `before`.
    pub(crate) fn after(before: Option<Self>, now: Instant) -> Self {
        let delay = before.map_or(INITIAL, |before| (before.delay * 2).min(LONGEST));
        Self { delay, due: now + delay }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_are_tried_again_after_half_a_second_doubling_to_two_minutes_vol_60() {
        let mut backoff = None;
        let mut delays = Vec::new();
        for _ in 0..10 {
            let next = MountBackoff::after(backoff, Instant::START);
            delays.push(next.due.since(Instant::START).as_millis());
            backoff = Some(next);
        }
        assert_eq!(delays, [500, 1000, 2000, 4000, 8000, 16_000, 32_000, 64_000, 122_000, 122_000]);
    }
}
