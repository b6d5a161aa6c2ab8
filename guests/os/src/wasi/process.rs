//! Processes, signals and identity: `wasipod:os/process` and `wasipod:os/signals`.

use super::bindings::wasipod::os::{process as wit, signals};
use crate::{Disposition, Errno, Group, Identity, Program, Result, Status};

/// To be called first in `main`: makes `std`'s working directory the kernel's.
pub fn init() {
    let _ = std::env::set_current_dir(super::bindings::wasipod::os::files::working_directory());
}

/// Ends the process with exactly this status.
pub fn exit(code: u8) -> ! {
    wit::exit(code);
    // The call above does not come back.
    std::process::abort()
}

/// What `std::process::exit` and a C program's `exit` end in: WASI 0.2's own exit only knows 0 and 1.
#[expect(unsafe_code, reason = "replaces the C library's function by its name")]
#[unsafe(no_mangle)]
extern "C" fn _Exit(code: i32) -> ! {
    exit((code & 0xff) as u8)
}

/// The same under its POSIX name.
#[expect(unsafe_code, reason = "replaces the C library's function by its name")]
#[unsafe(no_mangle)]
extern "C" fn _exit(code: i32) -> ! {
    exit((code & 0xff) as u8)
}

fn program<'a>(from: &'a Program<'_>) -> wit::Program<'a> {
    wit::Program {
        path: from.path.to_owned(),
        argv: from.argv.clone(),
        env: from.env.clone(),
        working_directory: None,
        descriptors: from.descriptors.iter().map(|(fd, file)| (*fd, &file.0)).collect(),
        ignored_signals: from.ignored.clone(),
    }
}

/// Starts a child; its pid.
///
/// # Errors
/// execve's, and `EAGAIN` when there are too many processes.
pub fn spawn(child: &Program<'_>, into: Group) -> Result<u32> {
    let group = match into {
        Group::Inherit => wit::Group::Inherit,
        Group::Lead => wit::Group::Lead,
    };
    wit::spawn(&program(child), group).map_err(Errno)
}

/// Puts the program in this one's place; comes back only if that fails.
pub fn exec(image: &Program<'_>) -> Errno {
    Errno(wit::exec(&program(image)))
}

/// waitpid: -1 for any child, else a child's pid. None only with `no_hang`.
///
/// # Errors
/// `ECHILD`, and `EINTR` after a caught signal.
pub fn wait(target: i32, no_hang: bool) -> Result<Option<(u32, Status)>> {
    let ended = wit::wait(target, no_hang).map_err(Errno)?;
    Ok(ended.map(|(pid, status)| {
        let status = match status {
            wit::Status::Exited(code) => Status::Exited(code),
            wit::Status::Signaled(signal) => Status::Signaled(signal),
        };
        (pid, status)
    }))
}

/// kill(2): a pid, 0 for the own group, -1 for all, -N for group N. Signal 0 only checks.
///
/// # Errors
/// `ESRCH`, `EPERM`, `EINVAL`.
pub fn kill(target: i32, signal: u8) -> Result<()> {
    wit::kill(target, signal).map_err(Errno)
}

/// The process's own id.
pub fn get_pid() -> u32 {
    wit::get_pid()
}

/// The parent's id.
pub fn get_parent() -> u32 {
    wit::get_parent()
}

/// The process group's id.
pub fn get_group() -> u32 {
    wit::get_group()
}

/// User, group and supplementary groups.
pub fn identity() -> Identity {
    let from = wit::get_identity();
    Identity { uid: from.uid, gid: from.gid, groups: from.groups }
}

/// The machine's name.
pub fn hostname() -> String {
    wit::hostname()
}

/// Says what a signal does; returns what it did.
///
/// # Errors
/// `EINVAL` for KILL and STOP.
pub fn set_disposition(signal: u8, to: Disposition) -> Result<Disposition> {
    let to = match to {
        Disposition::Default => signals::Disposition::Default,
        Disposition::Ignore => signals::Disposition::Ignore,
        Disposition::Catch => signals::Disposition::Catch,
    };
    Ok(match signals::set_disposition(signal, to).map_err(Errno)? {
        signals::Disposition::Default => Disposition::Default,
        signals::Disposition::Ignore => Disposition::Ignore,
        signals::Disposition::Catch => Disposition::Catch,
    })
}

/// Caught signals since the last call, oldest first, each number once.
pub fn take_pending() -> Vec<u8> {
    signals::take_pending()
}
