//! Values as Go prints them, since Kubernetes' texts are made by Go (FMT-1, FMT-2).

use std::time::Duration;

pub(crate) use wasipod_api::quote::go as quote;

/// A duration as Go's `String()`: `500ms`, `1.5s`, `1m20s`, `5m0s`, `1h0m0s`; `0s`.
pub(crate) fn duration(value: Duration) -> String {
    let nanos = value.as_nanos();
    match nanos {
        0 => "0s".to_owned(),
        1..1_000 => format!("{nanos}ns"),
        1_000..1_000_000 => format!("{}µs", decimal(nanos, 1_000)),
        1_000_000..1_000_000_000 => format!("{}ms", decimal(nanos, 1_000_000)),
        _ => {
            let minutes = nanos / 60_000_000_000;
            let seconds = decimal(nanos % 60_000_000_000, 1_000_000_000);
            match minutes {
                0 => format!("{seconds}s"),
                1..60 => format!("{minutes}m{seconds}s"),
                _ => format!("{}h{}m{seconds}s", minutes / 60, minutes % 60),
            }
        }
    }
}

/// `value / unit` without needless zeros; `unit` is a power of ten.
fn decimal(value: u128, unit: u128) -> String {
    let (whole, rest) = (value / unit, value % unit);
    if rest == 0 {
        return whole.to_string();
    }
    let width = unit.ilog10() as usize;
    format!("{whole}.{}", format!("{rest:0width$}").trim_end_matches('0'))
}

/// A slice as `%v`: `[a b]`.
pub(crate) fn list<T: AsRef<str>>(items: &[T]) -> String {
    let items: Vec<_> = items.iter().map(AsRef::as_ref).collect();
    format!("[{}]", items.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_gos_fmt_2() {
        let table = [
            (Duration::ZERO, "0s"),
            (Duration::from_nanos(120), "120ns"),
            (Duration::from_micros(1500), "1.5ms"),
            (Duration::from_millis(500), "500ms"),
            (Duration::from_millis(1234), "1.234s"),
            (Duration::from_secs(10), "10s"),
            (Duration::from_secs(80), "1m20s"),
            (Duration::from_secs(160), "2m40s"),
            (Duration::from_secs(300), "5m0s"),
            (Duration::from_millis(3_600_500), "1h0m0.5s"),
        ];
        for (value, text) in table {
            assert_eq!(duration(value), text);
        }
    }

    #[test]
    fn lists_are_gos_fmt_1() {
        assert_eq!(list(&["a", "b"]), "[a b]");
        assert_eq!(list::<&str>(&[]), "[]");
    }
}
