//! An emptyDir beside a directory of the machine's tmpfs that the stock host opens for the same guest.

use std::path::Path;

use wasmtime_wasi::{FsPerms, WasiCtxBuilder};

use crate::bare::Bare;
use crate::node::run_to_end;
use crate::report::{Row, Times};

/// In memory on Linux; elsewhere whatever the machine's temporary directory is on.
fn tmpfs() -> tempfile::TempDir {
    let shm = Path::new("/dev/shm");
    if shm.is_dir() { tempfile::tempdir_in(shm).unwrap() } else { tempfile::tempdir().unwrap() }
}

pub(crate) fn measure(bare: &Bare) -> Vec<Row> {
    let ours = run_to_end(&[("main", &["/bin/files", "/data"])], "main");
    let directory = tmpfs();
    let program = bare.load("files");
    let path = directory.path().to_owned();
    let stock = bare.executor.spawn(async move {
        let mut wasi = WasiCtxBuilder::new();
        wasi.args(&["files", "/data"]).preopened_dir(path, "/data", FsPerms::ReadWrite).unwrap();
        Bare::run(&program, wasi).await
    });
    let stock = bare.executor.block_on(stock).unwrap();
    [
        ("stat", "stat on an emptyDir, against stock wasmtime-wasi on tmpfs", "≥ 20 × faster"),
        ("write", "write 64 KiB, against the same", "≥ 1.5 × faster"),
        ("read", "read 64 KiB, against the same", "≥ 4 × faster"),
    ]
    .into_iter()
    .map(|(name, what, budget)| {
        let (ours, baseline) = (Times::from_output(&ours, name), Times::from_output(&stock, name));
        Row {
            what: what.to_owned(),
            ours: ours.to_string(),
            baseline: baseline.to_string(),
            ratio: ours.faster_than(baseline),
            budget,
        }
    })
    .collect()
}
