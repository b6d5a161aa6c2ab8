//! The date formats of HTTP and of web servers' logs, all in UTC.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;

/// Seconds and the rest since 1970; a time before it counts as 1970.
pub fn since_epoch(at: SystemTime) -> Duration {
    at.duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 5.6.7).
pub fn http(at: SystemTime) -> String {
    httpdate::fmt_http_date(at)
}

/// Reads any of the three date forms of HTTP, as whole seconds since 1970.
pub fn parse_http(text: &str) -> Option<u64> {
    httpdate::parse_http_date(text.trim()).ok().map(|at| since_epoch(at).as_secs())
}

/// `06/Nov/1994:08:49:37 +0000`, the common log format's.
pub fn common_log(at: SystemTime) -> String {
    let t = OffsetDateTime::from(at);
    format!(
        "{:02}/{}/{:04}:{:02}:{:02}:{:02} +0000",
        t.day(),
        month(t),
        t.year(),
        t.hour(),
        t.minute(),
        t.second()
    )
}

/// `1994/11/06 08:49:37`, as nginx begins the lines of its error log.
pub fn error_log(at: SystemTime) -> String {
    let t = OffsetDateTime::from(at);
    let month = u8::from(t.month());
    format!("{:04}/{:02}/{:02} {:02}:{:02}:{:02}", t.year(), month, t.day(), t.hour(), t.minute(), t.second())
}

/// `1994-11-06T08:49:37+00:00`.
pub fn iso8601(at: SystemTime) -> String {
    let t = OffsetDateTime::from(at);
    let month = u8::from(t.month());
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}+00:00",
        t.year(),
        month,
        t.day(),
        t.hour(),
        t.minute(),
        t.second()
    )
}

/// `Nov 6, 1994 8:49:37 AM`, as java.util.logging begins a record in the English locale.
pub fn java_log(at: SystemTime) -> String {
    let t = OffsetDateTime::from(at);
    let (hour, half) = match t.hour() {
        0 => (12, "AM"),
        h @ 1..=11 => (h, "AM"),
        12 => (12, "PM"),
        h => (h - 12, "PM"),
    };
    format!("{} {}, {} {hour}:{:02}:{:02} {half}", month(t), t.day(), t.year(), t.minute(), t.second())
}

/// `06-Nov-1994 08:49`, as in nginx's directory listings.
pub fn listing(at: SystemTime) -> String {
    let t = OffsetDateTime::from(at);
    format!("{:02}-{}-{:04} {:02}:{:02}", t.day(), month(t), t.year(), t.hour(), t.minute())
}

fn month(t: OffsetDateTime) -> &'static str {
    const NAMES: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    NAMES[usize::from(u8::from(t.month())) - 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn every_format_shows_the_same_instant() {
        let t = at(784_111_777);
        assert_eq!(http(t), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(common_log(t), "06/Nov/1994:08:49:37 +0000");
        assert_eq!(error_log(t), "1994/11/06 08:49:37");
        assert_eq!(iso8601(t), "1994-11-06T08:49:37+00:00");
        assert_eq!(java_log(t), "Nov 6, 1994 8:49:37 AM");
        assert_eq!(listing(t), "06-Nov-1994 08:49");
    }

    #[test]
    fn java_counts_hours_from_twelve() {
        assert_eq!(java_log(at(0)), "Jan 1, 1970 12:00:00 AM");
        assert_eq!(java_log(at(12 * 3600)), "Jan 1, 1970 12:00:00 PM");
        assert_eq!(java_log(at(13 * 3600)), "Jan 1, 1970 1:00:00 PM");
    }

    #[test]
    fn all_three_http_date_forms_are_read() {
        for text in
            ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
        {
            assert_eq!(parse_http(text), Some(784_111_777), "{text}");
        }
        assert_eq!(parse_http("yesterday"), None);
    }
}
