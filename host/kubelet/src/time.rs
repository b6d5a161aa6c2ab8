//! Times as Kubernetes writes them.

use wasipod_api::model::UnixNanos;
use wasipod_kernel::clock::Timestamp;

/// RFC 3339 in UTC with exactly nine digits after the second: log lines (LOG-3).
pub(crate) fn rfc3339_nanos(time: Timestamp) -> String {
    // A clock that counts nanoseconds in 64 bits ends in the year 2554, long before jiff's does.
    let time = jiff::Timestamp::from_nanosecond(i128::from(time.as_nanos())).unwrap_or(jiff::Timestamp::MAX);
    format!("{time:.9}")
}

/// The whole second that `time` lies in: how the API stores times (CST-7, FMT-4).
pub(crate) fn whole_seconds(time: Timestamp) -> Timestamp {
    Timestamp::from_nanos(time.seconds() * 1_000_000_000)
}

/// The API's form of a kernel time.
pub(crate) fn unix(time: Timestamp) -> UnixNanos {
    UnixNanos(i64::try_from(time.as_nanos()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_times_have_nine_digits_log_3() {
        let time = Timestamp::from_nanos(1_735_689_600_000_000_120);
        assert_eq!(rfc3339_nanos(time), "2025-01-01T00:00:00.000000120Z");
        assert_eq!(rfc3339_nanos(whole_seconds(time)), "2025-01-01T00:00:00.000000000Z");
    }
}
