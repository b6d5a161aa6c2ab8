//! The binary as a whole: started, waited for.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::bare::Bare;
use crate::node::{IMAGE, cache, image_folder, pod_text};
use crate::report::{Row, Times};
use crate::spawn::native;

const RUNS: usize = 40;

/// wasipod with the benches' cache.
pub(crate) fn wasipod() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wasipod"));
    command
        .env("WASIPOD_CACHE_DIR", cache())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// A manifest of this repository.
pub(crate) fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name)
}

fn time(mut command: Command) -> Times {
    // Once to fill the cache.
    assert!(command.status().unwrap().success());
    let once = |_| -> Duration {
        let start = Instant::now();
        assert!(command.status().unwrap().success());
        start.elapsed()
    };
    Times::of((0..RUNS).map(once).collect())
}

/// Whether this binary has the guests that the example needs.
fn ends_well(example: &Path) -> bool {
    let mut command = wasipod();
    command
        .args(["run", "--until", "succeeded", "--timeout", "10s", "--grace-period", "0", "-f"])
        .arg(example);
    command.status().unwrap().success()
}

pub(crate) fn measure(bare: &Bare) -> Vec<Row> {
    let mut rows = Vec::new();
    let (folder, directory) = (image_folder(), tempfile::tempdir().unwrap());
    let manifest = directory.path().join("pod.json");
    let pod = pod_text("bench", &[("one", &["/bin/tiny"]), ("two", &["/bin/tiny"])]);
    std::fs::write(&manifest, pod.to_string()).unwrap();
    let mut run = wasipod();
    run.arg("run").arg("-f").arg(manifest).arg(format!("--image={IMAGE}={}", folder.path().display()));
    let ours = time(run);
    let baseline = bare.tiny(1000, 2);
    rows.push(Row {
        what: "`wasipod run`, two containers that end at once, against bare instantiate + run of both".into(),
        ours: ours.to_string(),
        baseline: baseline.to_string(),
        ratio: ours.part_of(baseline),
        budget: "≤ 30 ms",
    });
    let hello = example("hello.yaml");
    rows.push(if ends_well(&hello) {
        let mut run = wasipod();
        run.arg("run").arg("-f").arg(hello);
        let ours = time(run);
        Row {
            what: "`wasipod run -f examples/hello.yaml` (busybox), against the same".into(),
            ours: ours.to_string(),
            baseline: baseline.to_string(),
            ratio: ours.part_of(baseline),
            budget: "≤ 30 ms",
        }
    } else {
        Row::unmeasured("`wasipod run -f examples/hello.yaml` (busybox)")
    });
    let native = native(1000);
    for arguments in [&["--version"][..], &["validate", "-f", "examples/two-containers.yaml"]] {
        let mut command = wasipod();
        command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR"));
        let ours = time(command);
        rows.push(Row {
            what: format!("`wasipod {}`, against fork + exec + wait of a native `true`", arguments[0]),
            ours: ours.to_string(),
            baseline: native.to_string(),
            ratio: ours.part_of(native),
            budget: "≤ 20 ms",
        });
    }
    rows
}
