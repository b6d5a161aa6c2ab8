//! A process that a guest starts, with a pipe, and waits for.

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::bare::Bare;
use crate::node::run_to_end;
use crate::report::{Row, Times};

/// fork, exec, read to the pipe's end and wait on the machine itself.
pub(crate) fn native(times: usize) -> Times {
    let once = |_| -> Duration {
        let start = Instant::now();
        let mut child = Command::new("true").stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut output = Vec::new();
        child.stdout.take().expect("piped").read_to_end(&mut output).unwrap();
        assert!(child.wait().unwrap().success());
        start.elapsed()
    };
    Times::of((0..times).map(once).collect())
}

pub(crate) fn measure(_bare: &Bare) -> Vec<Row> {
    let output = run_to_end(&[("main", &["/bin/spawner", "/bin/tiny", "2000"])], "main");
    let ours = Times::from_output(&output, "spawn");
    let baseline = native(2000);
    vec![Row {
        what: "spawn + pipe + wait from a guest, against native fork + exec + wait".into(),
        ours: ours.to_string(),
        baseline: baseline.to_string(),
        ratio: ours.part_of(baseline),
        budget: "≤ 0.2 ×",
    }]
}
