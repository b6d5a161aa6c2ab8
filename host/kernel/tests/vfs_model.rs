//! The file tree behaves like Linux's: the same random calls, made on a directory of the machine and on ours, give
//! the same results, the same errors and the same tree.
//!
//! Failing sequences are kept in `vfs_model.proptest-regressions` beside this file and tried first the next time.
//! `PROPTEST_CASES=10000` looks longer.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "vfs_model/linux.rs"]
mod linux;
#[path = "vfs_model/operation.rs"]
mod operation;
#[path = "vfs_model/ours.rs"]
mod ours;

use std::thread;

use linux::Linux;
use operation::{At, Flags, Operation, System, operations};
use ours::Ours;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

/// Who makes the calls when the test runs as root: root itself, or a user without rights.
const USERS: [u32; 2] = [0, 1000];

/// How deep below the machine's directory the calls are made: `..` must not lead out of it.
const DEPTH: usize = 24;

/// Whether the machine restricts hard links to others' files as ours always does.
fn hard_links_are_protected() -> bool {
    std::fs::read_to_string("/proc/sys/fs/protected_hardlinks").is_ok_and(|value| value.trim() == "1")
}

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
                let skip_links = uid != 0 && !hard_links_are_protected();
                for (number, operation) in operations.iter().enumerate() {
                    if skip_links && matches!(operation, Operation::Link { .. }) {
                        continue;
                    }
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

fn at(slot: Option<usize>, path: &str) -> At {
    At { slot, path: path.to_owned() }
}

fn open(path: &str, directory: bool, mode: u32) -> Operation {
    let flags = Flags {
        read: directory,
        write: !directory,
        append: false,
        create: !directory,
        exclusive: false,
        truncate: false,
        directory,
        no_follow: false,
    };
    Operation::Open { slot: 0, at: at(None, path), flags, mode }
}

fn mkdir(path: At, mode: u32) -> Operation {
    Operation::Mkdir { at: path, mode }
}

/// Sequences that once gave different results.
#[test]
fn differences_that_were_found_stay_mended() {
    let here = |path: &str| at(None, path);
    let inside = |path: &str| at(Some(0), path);
    let long = "n".repeat(256);
    let removed = |mode: u32, then: Operation| {
        vec![mkdir(here("a"), mode), open("a", true, 0), Operation::Rmdir { at: here("a") }, then]
    };
    let chown = |uid| Operation::Chown { at: here("a"), follow: false, uid, gid: None };
    let sequences = [
        vec![Operation::Rename { old: here("a"), new: here(&long), no_replace: true }],
        vec![Operation::SetTimes { at: here("a"), follow: false, atime: None, mtime: None }],
        vec![open("a", false, 0o2775), Operation::WriteAt { slot: 0, offset: 0, len: 1, byte: 0 }],
        vec![open("a", false, 0o6755), chown(Some(1000)), chown(None)],
        vec![mkdir(here("a"), 0o500), Operation::Link { old: here(".."), new: here("a/a"), follow: false }],
        removed(0o777, Operation::Chmod { at: inside(&long), mode: 0o777 }),
        removed(0o500, mkdir(inside("b"), 0o777)),
    ];
    for sequence in sequences {
        compare(&sequence, &[], false);
        compare(&sequence, &[], true);
    }
    compare(&[chown(None)], &[open("a", false, 0o2775)], true);
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
