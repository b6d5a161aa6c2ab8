//! The utilities beside the real BusyBox: the same command lines in the same directory must give the same output,
//! the same errors and the same exit status. Where ours differs on purpose, the line is in [`ON_PURPOSE`].
//!
//! Needs `busybox` in PATH (Debian's package); without it there is nothing to compare with.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Command lines, one a line; `#` begins a comment.
const FILES: &str = include_str!("differential/files.txt");
const TEXT: &str = include_str!("differential/text.txt");
const SYSTEM: &str = include_str!("differential/system.txt");

/// What the machine's BusyBox lacks or does in its own way: (command line, what ours does instead).
const ON_PURPOSE: &[(&str, &str)] = &[
    (
        "busybox ps -o nosuch | head -n 1",
        "the list of columns has time and etime, as in most builds of BusyBox",
    ),
    ("busybox find dir -name one -delete; ls dir", "left out of Debian's build"),
    ("busybox nc -z 127.0.0.1 1; echo $?", "left out of Debian's build"),
    ("printf '2K\\n1G\\n3\\n' | busybox sort -h", "newer than Debian's build"),
    ("busybox wc -m bytes", "text is UTF-8 here whatever the locale"),
    ("busybox cut -d : -f 1,3 table", "BusyBox 1.35 writes a delimiter after the last field of a short line"),
    ("busybox cut -f 2-1 table", "POSIX wants ranges in order"),
    ("echo hello | busybox tr z-a x", "POSIX wants ranges in order"),
    ("busybox cat -E noeol", "newer than Debian's build"),
    ("busybox cut -f 0 table", "POSIX numbers fields from 1"),
];

/// A directory with links of all names to one program.
fn links(at: &Path, program: &Path, names: &[String]) -> PathBuf {
    fs::create_dir_all(at).unwrap();
    symlink(program, at.join("busybox")).unwrap();
    for name in names {
        symlink(program, at.join(name)).unwrap();
    }
    at.to_owned()
}

/// What every command line finds.
fn fixture(at: &Path) {
    fs::create_dir_all(at.join("dir/sub")).unwrap();
    fs::write(at.join("fruit"), "pear 3\napple 10\nfig 2\napple 10\nBanana 7\n").unwrap();
    fs::write(at.join("numbers"), "10\n9\n-3\n2.5\n\n9\n").unwrap();
    fs::write(at.join("table"), "a:b:c\nd:e\nnone\n:x:\n").unwrap();
    fs::write(at.join("noeol"), "first\nlast without newline").unwrap();
    fs::write(at.join("bytes"), b"tab\there\x01\x7f\x80\xff end\n").unwrap();
    fs::write(at.join("empty"), "").unwrap();
    fs::write(at.join("dir/one"), "1\n").unwrap();
    fs::write(at.join("dir/.hidden"), "h\n").unwrap();
    fs::write(at.join("dir/sub/two.txt"), "two\n").unwrap();
    fs::write(at.join("lines"), (1..=30).map(|n| format!("line {n}\n")).collect::<String>()).unwrap();
    symlink("fruit", at.join("link")).unwrap();
    symlink("nowhere", at.join("dangling")).unwrap();
    symlink("dir", at.join("dirlink")).unwrap();
}

#[derive(Debug, PartialEq)]
struct Outcome {
    stdout: String,
    stderr: String,
    code: Option<i32>,
}

/// Usages are ours; that there is one is BusyBox's.
fn without_usage(text: &str) -> String {
    match text.find("BusyBox v") {
        Some(at) => format!("{}(usage)", &text[..at]),
        None => text.to_owned(),
    }
}

fn run(line: &str, path: &Path, at: &Path) -> Outcome {
    let _ = fs::remove_dir_all(at);
    fixture(at);
    let done = Command::new("/bin/sh")
        .args(["-c", line])
        .current_dir(at)
        .env_clear()
        .env("PATH", path)
        .env("LC_ALL", "C")
        .env("TZ", "UTC")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| bytes.iter().map(|byte| char::from(*byte)).collect::<String>();
    Outcome {
        stdout: without_usage(&text(&done.stdout)),
        stderr: without_usage(&text(&done.stderr)),
        code: done.status.code(),
    }
}

#[test]
fn command_lines_give_what_the_real_busybox_gives() {
    let search = std::env::var_os("PATH").unwrap_or_default();
    let real = std::env::split_paths(&search).map(|place| place.join("busybox")).find(|path| path.is_file());
    let Some(real) = real else {
        eprintln!("there is no busybox in PATH: nothing was compared");
        return;
    };
    let ours = Path::new(env!("CARGO_BIN_EXE_busybox"));
    let listed = Command::new(ours).arg("--list").output().unwrap();
    let names: Vec<String> = String::from_utf8(listed.stdout).unwrap().lines().map(str::to_owned).collect();
    let root = std::env::temp_dir().join(format!("busybox-differential-{}", std::process::id()));
    let (theirs, own) = (links(&root.join("theirs"), &real, &names), links(&root.join("ours"), ours, &names));
    let work = root.join("work");
    let lines = [FILES, TEXT, SYSTEM].into_iter().flat_map(str::lines).map(str::trim);
    let mut count = 0;
    let mut different = Vec::new();
    for line in lines.filter(|line| !line.is_empty() && !line.starts_with("# ")) {
        count += 1;
        let (expected, found) = (run(line, &theirs, &work), run(line, &own, &work));
        if expected != found && !ON_PURPOSE.iter().any(|(known, _)| *known == line) {
            different.push(format!("{line}\n  busybox: {expected:?}\n  ours:    {found:?}\n"));
        }
    }
    fs::remove_dir_all(&root).unwrap();
    assert!(different.is_empty(), "{} of {count} differ:\n{}", different.len(), different.join("\n"));
    assert!(count >= 100);
}
