//! Ten simulated minutes of the liveness example: what they cost in CPU time.

use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::bare::Bare;
use crate::process::{example, wasipod};
use crate::report::{Row, Times, short};

const RUNS: u32 = 20;
const SIMULATED: Duration = Duration::from_secs(600);

/// CPU time of all children that were waited for. Linux counts in hundredths of a second here, over all of them
/// together, so that many short runs come out well enough.
fn children_cpu() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // After the program's name, which may have blanks: state is the third field, cutime and cstime 16 and 17.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: u64 = fields.get(13)?.parse::<u64>().ok()? + fields.get(14)?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 10))
}

pub(crate) fn measure(_bare: &Bare) -> Vec<Row> {
    let what = "ten simulated minutes of liveness-exec.yaml: CPU of the whole process";
    let run = || {
        let mut command = wasipod();
        command
            .args(["run", "--clock", "virtual", "--for", "10m", "-v", "-f"])
            .arg(example("liveness-exec.yaml"));
        let output = command.stdout(Stdio::piped()).output().unwrap();
        // Without the busybox guest there is no container whose probe could fail.
        output.status.success() && String::from_utf8_lossy(&output.stdout).contains("Unhealthy")
    };
    if !run() {
        return vec![Row::unmeasured(what)];
    }
    let Some(before) = children_cpu() else { return vec![Row::unmeasured(what)] };
    let mut wall = Vec::new();
    for _ in 0..RUNS {
        let start = Instant::now();
        assert!(run());
        wall.push(start.elapsed());
    }
    let cpu = (children_cpu().unwrap_or_default() - before) / RUNS;
    let row = |what: &str, ours: String, time: Duration, budget| Row {
        what: what.to_owned(),
        ours,
        baseline: "600 s".into(),
        ratio: format!("{:.0} × faster", SIMULATED.as_secs_f64() / time.as_secs_f64()),
        budget,
    };
    let wall = Times::of(wall);
    vec![
        row(what, format!("{} (mean)", short(cpu)), cpu, "≤ 100 ms"),
        row("the same: wall time", wall.to_string(), wall.p50, "< 1 s"),
    ]
}
