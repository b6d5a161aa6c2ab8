//! Percentiles, and the table that they end in.

use std::time::Duration;

/// One line of the table.
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) ours: String,
    pub(crate) baseline: String,
    pub(crate) ratio: String,
    pub(crate) budget: &'static str,
}

/// The middle and the bad end of some times.
#[derive(Clone, Copy)]
pub(crate) struct Times {
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
}

// === impl Row ===

impl Row {
    /// A line for what this machine or this build can't do.
    pub(crate) fn unmeasured(what: &str) -> Self {
        let none = || "–".to_owned();
        Self {
            what: what.to_owned(),
            ours: "can't run here".into(),
            baseline: none(),
            ratio: none(),
            budget: "",
        }
    }
}

// === impl Times ===

impl Times {
    pub(crate) fn of(mut samples: Vec<Duration>) -> Self {
        samples.sort_unstable();
        Self { p50: samples[samples.len() / 2], p99: samples[samples.len() * 99 / 100] }
    }

    /// From a line `NAME P50 P99` of a guest that measured itself, in nanoseconds.
    pub(crate) fn from_output(output: &str, name: &str) -> Self {
        let [p50, p99] = numbers(output, name);
        Self { p50: Duration::from_nanos(p50), p99: Duration::from_nanos(p99) }
    }

    /// Ours beside theirs, where less is better: `0.25 ×` is a quarter of the time.
    pub(crate) fn part_of(self, other: Self) -> String {
        format!("{:.2} ×", self.p50.as_secs_f64() / other.p50.as_secs_f64())
    }

    /// The same the other way round: `4.0 × faster`.
    pub(crate) fn faster_than(self, other: Self) -> String {
        format!("{:.1} × faster", other.p50.as_secs_f64() / self.p50.as_secs_f64())
    }
}

impl std::fmt::Display for Times {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} / {}", short(self.p50), short(self.p99))
    }
}

/// A time with three digits.
pub(crate) fn short(time: Duration) -> String {
    let micros = time.as_secs_f64() * 1e6;
    match micros {
        micros if micros < 10.0 => format!("{micros:.2} µs"),
        micros if micros < 100.0 => format!("{micros:.1} µs"),
        micros if micros < 1000.0 => format!("{micros:.0} µs"),
        micros if micros < 10_000.0 => format!("{:.2} ms", micros / 1e3),
        micros if micros < 100_000.0 => format!("{:.1} ms", micros / 1e3),
        micros => format!("{:.0} ms", micros / 1e3),
    }
}

/// The numbers after `name` in a guest's output.
pub(crate) fn numbers<const N: usize>(output: &str, name: &str) -> [u64; N] {
    let found = output.lines().find_map(|line| {
        let mut words = line.split(' ');
        if words.next()? != name {
            return None;
        }
        words.map(|word| word.parse().ok()).collect::<Option<Vec<u64>>>()?.try_into().ok()
    });
    found.unwrap_or_else(|| panic!("no {name} in what the guest printed: {output}"))
}

/// Prints the table; each column as wide as its widest cell.
pub(crate) fn print(rows: &[Row]) {
    let head = ["what", "ours p50 / p99", "baseline p50 / p99", "ratio", "budget"].map(str::to_owned);
    let cells = rows.iter().map(|row| {
        [&row.what, &row.ours, &row.baseline, &row.ratio]
            .map(Clone::clone)
            .into_iter()
            .chain([row.budget.to_owned()])
    });
    let lines: Vec<Vec<String>> = [head.to_vec()].into_iter().chain(cells.map(Iterator::collect)).collect();
    let width =
        |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    for (number, line) in lines.iter().enumerate() {
        let padded: Vec<String> =
            line.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        println!("| {} |", padded.join(" | "));
        if number == 0 {
            let rules: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
            println!("| {} |", rules.join(" | "));
        }
    }
}
