//! The file tree behaves like Linux's: the same random calls, made on a directory of the machine and on ours, give
//! the same results, the same errors and the same tree.
//!
//! Failing sequences are kept in `vfs_model.proptest-regressions` beside this file and tried first the next time.
//! `PROPTEST_CASES=10000` looks longer.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

#[path = "vfs_model/linux.rs"]
mod linux;
#[path = "vfs_model/operation.rs"]
mod operation;
#[path = "vfs_model/ours.rs"]
mod ours;

use std::thread;

use linux::Linux;
use operation::{Operation, System, operations};
use ours::Ours;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

/// Who makes the calls when the test runs as root: root itself, or a user without rights.
const USERS: [u32; 2] = [0, 1000];

/// How deep below the machine's directory the calls are made: `..` must not lead out of it.
const DEPTH: usize = 24;

/// Does `operations` on both systems, comparing each result and at last the trees.
fn compare(operations: &[Operation], lower: &[Operation], overlay: bool) {
    let directory = tempfile::tempdir().unwrap();
    let root = rustix::process::geteuid().is_root();
    for uid in USERS.into_iter().filter(|uid| root || *uid != 0) {
        let below = directory.path().join(format!("user-{uid}"));
        let uid = if root { uid } else { rustix::process::geteuid().as_raw() };
        thread::scope(|scope| {
            // Credentials of the machine's calls are the thread's.
            let run = scope.spawn(move || {
                let mut linux = Linux::new(&below, DEPTH);
                let mut ours = Ours::new(DEPTH);
                for operation in lower {
                    assert_eq!(ours.run(operation), linux.run(operation), "lower: {operation:?}");
                }
                if overlay {
                    ours = ours.below_an_overlay();
                }
                linux.close_all();
                linux.become_user(uid);
                ours.become_user(uid);
                for (number, operation) in operations.iter().enumerate() {
                    let (ours, linux) = (ours.run(operation), linux.run(operation));
                    assert_eq!(ours, linux, "user {uid}, operation {number}: {operation:?}");
                }
                linux.become_user_again();
                ours.become_user(0);
                assert_eq!(ours.tree(), linux.tree(), "user {uid}: the trees differ");
            });
            if let Err(panic) = run.join() {
                std::panic::resume_unwind(panic);
            }
        });
    }
}

fn configuration(cases: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(cases);
    let persistence = FileFailurePersistence::WithSource("proptest-regressions");
    let failure_persistence: Option<Box<dyn proptest::test_runner::FailurePersistence>> =
        Some(Box::new(persistence));
    ProptestConfig { cases, failure_persistence, max_shrink_iters: 20_000, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(configuration(64))]

    #[test]
    fn a_tmpfs_behaves_like_linux(operations in operations(1..200)) {
        compare(&operations, &[], false);
    }

    #[test]
    fn an_overlay_over_a_layer_behaves_like_linux(lower in operations(1..100), operations in operations(1..150)) {
        compare(&operations, &lower, true);
    }
}
