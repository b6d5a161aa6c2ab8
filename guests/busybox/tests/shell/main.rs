//! The shell beside the machine's own `/bin/dash`: the same scripts, the same output and exit status. Its native twin
//! is run, where processes, pipes and signals are the machine's.
//!
//! Messages go to standard error and are not compared: ash words them differently. Where ash and dash differ in more
//! than words the shell follows ash; these scripts are in `ash`, with what they should give.

#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

mod ash;
mod builtins;
mod commands;
mod words;

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Nothing in the tables takes longer than this many seconds, waiting included.
const LIMIT: &str = "20";

struct Ended {
    output: String,
    status: Option<i32>,
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {:?}", self.status, self.output)
    }
}

/// Runs a script in an empty directory; `sh` is the same shell there.
fn run(shell: &str, script: &str, directory: &Path) -> Ended {
    let work = directory.join("work");
    let programs = directory.join("programs");
    std::fs::create_dir_all(&work).unwrap();
    std::fs::create_dir_all(&programs).unwrap();
    std::os::unix::fs::symlink(shell, programs.join("sh")).unwrap();
    let path = format!("PATH={}:/usr/bin:/bin", programs.display());
    let done = Command::new("timeout")
        .args([LIMIT, "env", "-i", &path, "HOME=/", "LC_ALL=C", "sh", "-c", script])
        .current_dir(&work)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .output()
        .unwrap();
    std::fs::remove_dir_all(directory).unwrap();
    // Paths are the only thing that differs by design.
    let output = String::from_utf8_lossy(&done.stdout).replace(&*directory.to_string_lossy(), "HERE");
    Ended { output, status: done.status.code() }
}

fn directory(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("shell-{}-{name}", std::process::id()))
}

const OURS: &str = env!("CARGO_BIN_EXE_busybox");

fn compare(table: &str, scripts: &[&str]) {
    if !Path::new("/bin/dash").exists() {
        eprintln!("skipped: no /bin/dash");
        return;
    }
    let mut different = Vec::new();
    for (i, script) in scripts.iter().enumerate() {
        let theirs = run("/bin/dash", script, &directory(&format!("{table}-{i}-dash")));
        let ours = run(OURS, script, &directory(&format!("{table}-{i}-ours")));
        if ours.output != theirs.output || ours.status != theirs.status {
            different.push(format!("{script}\n  dash {theirs}\n  ours {ours}"));
        }
    }
    assert!(different.is_empty(), "{} of {}:\n{}", different.len(), scripts.len(), different.join("\n"));
}

#[test]
fn words_expand_as_in_dash() {
    compare("words", words::CASES);
}

#[test]
fn commands_run_as_in_dash() {
    compare("commands", commands::CASES);
}

#[test]
fn options_and_built_in_utilities_work_as_in_dash() {
    compare("builtins", builtins::CASES);
}

#[test]
fn commands_read_what_follows_them_on_the_shells_standard_input() {
    // XCU sh, STDIN; dash reads ahead.
    let script = "printf 'echo in; read x; echo got $x\\nthis line\\ncat\\nto cat\\n' | sh";
    assert_eq!(run(OURS, script, &directory("stdin")).output, "in\ngot this line\nto cat\n");
}

#[test]
fn a_subshell_takes_over_more_state_than_a_pipe_holds() {
    let script = "x=$(seq 30000); f() { echo $x | wc -w; }; (f; y=$(f); echo \"$y\" | cat); echo \"$x\" | (cat) | wc -l";
    assert_eq!(run(OURS, script, &directory("state")).output, "30000\n30000\n30000\n");
}

#[test]
fn an_ignored_signal_stays_ignored_in_programs_and_their_children() {
    let script = "trap '' TERM; sh -c 'sh -c \"kill \\$\\$; echo alive\"; trap - TERM; kill $$; echo still'";
    assert_eq!(run(OURS, script, &directory("ignored")).output, "alive\nstill\n");
}

#[test]
fn what_ash_does_differently_is_done_as_ash_does_it() {
    for (i, (script, output, status)) in ash::CASES.iter().enumerate() {
        let ended = run(OURS, &format!("exec 2>&1\n{script}"), &directory(&format!("ash-{i}")));
        assert_eq!((ended.output.as_str(), ended.status), (*output, Some(*status)), "{script}");
    }
}
