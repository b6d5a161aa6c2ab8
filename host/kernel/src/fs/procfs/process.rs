//! `/proc/PID`.

use std::fmt::Write as _;
use std::sync::Arc;

use bytes::Bytes;

use super::super::synthetic::{Entry, Fixed, Listing};
use crate::clock::{Clock, Instant};
use crate::errno::{Errno, Result};
use crate::process::Process;
use crate::vfs::{FileKind, Jump};

/// Ticks of `/proc/PID/stat` a second (`sysconf(_SC_CLK_TCK)`).
const TICKS: u64 = 100;

/// A command's name is cut after so many bytes (`TASK_COMM_LEN` less the zero).
const COMM_MAX: usize = 15;

const PAGE: u64 = 4096;

/// One process.
pub(super) struct ProcessDirectory {
    entries: Fixed,
}

// === impl ProcessDirectory ===

impl ProcessDirectory {
    pub(super) fn new(process: Arc<Process>, clock: Clock) -> Self {
        let mut entries = Fixed::new();
        let file = |content: fn(&Process, &Clock) -> Bytes| {
            let (process, clock) = (process.clone(), clock.clone());
            Entry::file(move |_| Ok(content(&process, &clock)))
        };
        entries
            .add("cmdline", file(|process, _| zero_terminated(process.program().argv)))
            .add("comm", file(|process, _| format!("{}\n", comm(process)).into()))
            .add(
                "environ",
                file(|process, _| {
                    zero_terminated(
                        process.program().env.into_iter().map(|(name, value)| format!("{name}={value}")),
                    )
                })
                .mode(0o400),
            )
            .add("mounts", file(|process, _| mounts(process)))
            .add("stat", file(|process, _| stat(process)))
            .add("statm", file(|process, _| statm(process)))
            .add("status", file(|process, _| status(process)))
            .add("limits", file(|process, _| limits(process)))
            .add("cgroup", file(|_, _| Bytes::from_static(b"0::/\n")))
            .add("fd", Entry::directory(Descriptors(process.clone())).mode(0o500))
            .add("cwd", place(&process, |process| Ok(process.cwd())))
            .add("root", place(&process, |process| Ok(process.mounts().root().clone())))
            .add(
                "exe",
                place(&process, |process| {
                    let path = process.program().path;
                    process.mounts().resolve(&process.caller(), process.mounts().root(), &path, true)
                }),
            );
        Self { entries }
    }
}

impl Listing for ProcessDirectory {
    fn entry(&self, name: &str) -> Result<Entry> {
        self.entries.entry(name)
    }

    fn names(&self) -> Result<Vec<(Arc<str>, FileKind)>> {
        self.entries.names()
    }
}

/// A magic link to a place of the process's tree (PID-4).
fn place(process: &Arc<Process>, at: fn(&Process) -> Result<crate::vfs::Place>) -> Entry {
    let (text, target) = (process.clone(), process.clone());
    Entry::magic(
        move |_| running(&text).and_then(|()| at(&text)).map(|place| place.path()),
        move |_| running(&target).and_then(|()| at(&target)).map(Jump::Place),
    )
}

/// An ended process has neither files nor places.
fn running(process: &Process) -> Result<()> {
    if process.try_exit().is_some() { Err(Errno::ENOENT) } else { Ok(()) }
}

/// `/proc/PID/fd`.
struct Descriptors(Arc<Process>);

impl Listing for Descriptors {
    fn entry(&self, name: &str) -> Result<Entry> {
        let fd: u32 = name.parse().map_err(|_| Errno::ENOENT)?;
        self.0.descriptors().get(fd).map_err(|_| Errno::ENOENT)?;
        let (text, target) = (self.0.clone(), self.0.clone());
        Ok(Entry::magic(
            move |_| text.descriptors().get(fd).map(|file| file.label()).map_err(|_| Errno::ENOENT),
            move |_| target.descriptors().get(fd).map(Jump::File).map_err(|_| Errno::ENOENT),
        )
        .mode(0o700))
    }

    fn names(&self) -> Result<Vec<(Arc<str>, FileKind)>> {
        let entries = self.0.descriptors().entries().into_iter();
        Ok(entries.map(|(fd, _)| (Arc::from(fd.to_string()), FileKind::Symlink)).collect())
    }
}

fn zero_terminated(words: impl IntoIterator<Item = String>) -> Bytes {
    let mut text = Vec::new();
    for word in words {
        text.extend_from_slice(word.as_bytes());
        text.push(0);
    }
    text.into()
}

fn comm(process: &Process) -> String {
    let program = process.program();
    let name = program.argv.first().unwrap_or(&program.path);
    let base = name.rsplit('/').next().unwrap_or(name);
    base.char_indices().take_while(|(at, c)| at + c.len_utf8() <= COMM_MAX).map(|(_, c)| c).collect()
}

/// The state letter and its name.
fn state(process: &Process) -> (&'static str, &'static str) {
    if process.try_exit().is_some() {
        ("Z", "zombie")
    } else if process.is_stopped() {
        ("T", "stopped")
    } else if process.waiting_for().is_empty() {
        ("R", "running")
    } else {
        ("S", "sleeping")
    }
}

fn ticks(since_start: Instant) -> u64 {
    since_start.as_nanos() / (1_000_000_000 / TICKS)
}

/// The fields that programs read; what doesn't exist here is 0.
fn stat(process: &Process) -> Bytes {
    let (letter, _) = state(process);
    let memory = process.memory();
    let mut line = format!(
        "{} ({}) {letter} {} {} {} 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 {} {memory} {}",
        process.pid(),
        comm(process),
        process.parent_pid(),
        process.group(),
        process.group(),
        ticks(process.started()),
        memory / PAGE,
    );
    // Fields 25 to 52.
    line.push_str(&" 0".repeat(28));
    line.push('\n');
    line.into()
}

fn statm(process: &Process) -> Bytes {
    let pages = process.memory() / PAGE;
    format!("{pages} {pages} 0 0 0 {pages} 0\n").into()
}

fn status(process: &Process) -> Bytes {
    let (letter, word) = state(process);
    let credentials = process.credentials();
    let (uid, gid) = (credentials.uid, credentials.gid);
    let groups: Vec<String> = credentials.groups.iter().map(ToString::to_string).collect();
    let (pending, ignored, caught) = process.signal_masks();
    let kilobytes = process.memory() / 1024;
    let mut text = String::new();
    let pid = process.pid();
    // Writing to a string can't fail.
    let _ = write!(
        text,
        "Name:\t{}\nUmask:\t{:04o}\nState:\t{letter} ({word})\nTgid:\t{pid}\nNgid:\t0\nPid:\t{pid}\nPPid:\t{}\n\
         TracerPid:\t0\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\nGid:\t{gid}\t{gid}\t{gid}\t{gid}\nFDSize:\t64\nGroups:\t{} \n\
         VmPeak:\t{kilobytes:8} kB\nVmSize:\t{kilobytes:8} kB\nVmRSS:\t{kilobytes:8} kB\nThreads:\t1\n\
         SigPnd:\t{pending:016x}\nShdPnd:\t{:016x}\nSigBlk:\t{:016x}\nSigIgn:\t{ignored:016x}\nSigCgt:\t{caught:016x}\n",
        comm(process),
        process.caller().umask,
        process.parent_pid(),
        groups.join(" "),
        0,
        0,
    );
    text.into()
}

fn mounts(process: &Process) -> Bytes {
    let mut text = String::new();
    for mount in process.mounts().mounts() {
        let access = if mount.flags.read_only { "ro" } else { "rw" };
        let target = mount.target.replace('\\', "\\134").replace(' ', "\\040").replace('\t', "\\011");
        // Writing to a string can't fail.
        let _ = writeln!(text, "{0} {target} {0} {access},relatime 0 0", mount.fs_type);
    }
    text.into()
}

fn limits(process: &Process) -> Bytes {
    let limits = process.cgroup().limits();
    let memory = if limits.memory == u64::MAX { "unlimited".to_owned() } else { limits.memory.to_string() };
    let mut text = format!("{:<26}{:<21}{:<21}{:<10}\n", "Limit", "Soft Limit", "Hard Limit", "Units");
    let open = crate::process::OPEN_MAX.to_string();
    let processes = limits.processes.to_string();
    for (name, value, unit) in [
        ("Max processes", &processes, "processes"),
        ("Max open files", &open, "files"),
        ("Max address space", &memory, "bytes"),
    ] {
        // Writing to a string can't fail.
        let _ = writeln!(text, "{name:<26}{value:<21}{value:<21}{unit:<10}");
    }
    text.into()
}
