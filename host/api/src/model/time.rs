//! Points in time as plain numbers: this crate has no clock, it only reads and writes times.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, Time};
use k8s_openapi::jiff::Timestamp;

const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// Nanoseconds since 1970-01-01T00:00:00Z (negative before it).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixNanos(pub i64);

impl UnixNanos {
    /// The start of the Unix epoch; what Kubernetes shows for containers that never started (CST-14).
    pub const EPOCH: Self = Self(0);

    /// From whole seconds since the epoch.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(NANOS_PER_SECOND))
    }

    /// Whole seconds since the epoch, rounded down.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(NANOS_PER_SECOND)
    }

    /// The wire form with whole seconds (FMT-4).
    #[must_use]
    pub fn to_wire(self) -> Time {
        Time(self.timestamp())
    }

    /// The wire form with microseconds (`eventTime`, lease times).
    #[must_use]
    pub fn to_wire_micro(self) -> MicroTime {
        MicroTime(self.timestamp())
    }

    /// Reads a wire time.
    #[must_use]
    pub fn from_wire(time: &Time) -> Self {
        Self(i64::try_from(time.0.as_nanosecond()).unwrap_or(i64::MAX))
    }

    fn timestamp(self) -> Timestamp {
        // Every i64 of nanoseconds lies between 1677 and 2262, well inside what a timestamp can hold.
        Timestamp::from_nanosecond(i128::from(self.0)).unwrap_or_default()
    }
}

/// RFC 3339 in UTC with whole seconds: `2025-01-02T03:04:05Z` (FMT-4).
impl std::fmt::Display for UnixNanos {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.timestamp().strftime("%Y-%m-%dT%H:%M:%SZ"))
    }
}
