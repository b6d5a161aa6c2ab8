//! Processes, signals and identity.

use std::collections::BTreeMap;
use std::ffi::CString;
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use nix::errno::Errno as Native;
use nix::sys::signal::{SigHandler, SigSet, SigmaskHow, Signal};
use nix::sys::wait::{WaitPidFlag, WaitStatus};
use nix::unistd::{ForkResult, Pid};

use super::errno;
use crate::{Disposition, Errno, Group, Identity, Program, Result, Status};

static CAUGHT: Mutex<BTreeMap<u8, (Disposition, Arc<AtomicBool>)>> = Mutex::new(BTreeMap::new());

/// To be called first in `main`.
pub fn init() {
    // std ignores it at start; the guests have the default.
    let _ = set_disposition(crate::signal::PIPE, Disposition::Default);
}

/// Ends the process with exactly this status.
#[expect(clippy::exit, reason = "this is exit")]
pub fn exit(code: u8) -> ! {
    std::process::exit(i32::from(code))
}

struct Image {
    path: CString,
    argv: Vec<CString>,
    env: Vec<CString>,
}

fn image(from: &Program<'_>) -> Result<Image> {
    let text = |text: &str| CString::new(text).map_err(|_| Errno::EINVAL);
    Ok(Image {
        path: text(from.path)?,
        argv: from.argv.iter().map(|argument| text(argument)).collect::<Result<_>>()?,
        env: from.env.iter().map(|(name, value)| text(&format!("{name}={value}"))).collect::<Result<_>>()?,
    })
}

/// Sets the descriptor table and signals, then executes. Only async-signal-safe calls: it runs after a fork.
fn become_program(program: &Program<'_>, image: &Image) -> Errno {
    for fd in 0..200 {
        if !program.descriptors.iter().any(|(number, _)| i64::from(*number) == i64::from(fd)) {
            let _ = nix::unistd::close(fd);
        }
    }
    for (fd, file) in &program.descriptors {
        let _ = nix::unistd::dup2(file.0.as_raw_fd(), *fd as i32);
    }
    for signal in Signal::iterator() {
        let ignored = program.ignored.contains(&(signal as i32 as u8));
        let to = if ignored { SigHandler::SigIgn } else { SigHandler::SigDfl };
        #[expect(unsafe_code, reason = "no handler of ours is installed, only a standard action")]
        // SAFETY: neither action runs code of ours.
        let _ = unsafe { nix::sys::signal::signal(signal, to) };
    }
    let _ = nix::sys::signal::sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), None);
    match nix::unistd::execve(&image.path, &image.argv, &image.env) {
        Err(error) => errno(error),
    }
}

/// Starts a child; its pid.
///
/// # Errors
/// execve's, and `EAGAIN` when there are too many processes.
pub fn spawn(child: &Program<'_>, into: Group) -> Result<u32> {
    let image = image(child)?;
    let (reading, writing) = crate::pipe()?;
    #[expect(unsafe_code, reason = "the test twin is single-threaded where it spawns")]
    // SAFETY: the child only makes system calls until it executes or ends.
    match unsafe { nix::unistd::fork() }.map_err(errno)? {
        ForkResult::Child => {
            if into == Group::Lead {
                let _ = nix::unistd::setpgid(Pid::from_raw(0), Pid::from_raw(0));
            }
            let error = become_program(child, &image);
            let _ = writing.write(&error.0.to_le_bytes());
            exit(127)
        }
        ForkResult::Parent { child } => {
            drop(writing);
            let mut error = [0; 2];
            if matches!(reading.read(&mut error), Ok(2)) {
                let _ = nix::sys::wait::waitpid(child, None);
                return Err(Errno(u16::from_le_bytes(error)));
            }
            u32::try_from(child.as_raw()).map_err(|_| Errno::EAGAIN)
        }
    }
}

/// Puts the program in this one's place; comes back only if that fails.
pub fn exec(program: &Program<'_>) -> Errno {
    match image(program) {
        Ok(image) => become_program(program, &image),
        Err(error) => error,
    }
}

/// waitpid: -1 for any child, else a child's pid. None only with `no_hang`.
///
/// # Errors
/// `ECHILD`, and `EINTR` after a caught signal.
pub fn wait(target: i32, no_hang: bool) -> Result<Option<(u32, Status)>> {
    let pid = Pid::from_raw(target);
    loop {
        match nix::sys::wait::waitpid(pid, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::Exited(pid, code)) => {
                return Ok(Some((pid.as_raw() as u32, Status::Exited((code & 255) as u8))));
            }
            Ok(WaitStatus::Signaled(pid, signal, _)) => {
                return Ok(Some((pid.as_raw() as u32, Status::Signaled(signal as i32 as u8))));
            }
            Ok(_) | Err(Native::EINTR) if no_hang => return Ok(None),
            Ok(_) | Err(Native::EINTR) => {
                if has_pending() {
                    return Err(Errno::EINTR);
                }
                std::thread::sleep(std::time::Duration::from_micros(300));
            }
            Err(error) => return Err(errno(error)),
        }
    }
}

/// kill(2): a pid, 0 for the own group, -1 for all, -N for group N. Signal 0 only checks.
///
/// # Errors
/// `ESRCH`, `EPERM`, `EINVAL`.
pub fn kill(target: i32, signal: u8) -> Result<()> {
    let signal = match signal {
        0 => None,
        number => Some(Signal::try_from(i32::from(number)).map_err(errno)?),
    };
    nix::sys::signal::kill(Pid::from_raw(target), signal).map_err(errno)
}

/// The process's own id.
pub fn get_pid() -> u32 {
    std::process::id()
}

/// The parent's id.
pub fn get_parent() -> u32 {
    std::os::unix::process::parent_id()
}

/// The process group's id.
pub fn get_group() -> u32 {
    nix::unistd::getpgrp().as_raw() as u32
}

/// User, group and supplementary groups.
pub fn identity() -> Identity {
    let groups = nix::unistd::getgroups().unwrap_or_default();
    Identity {
        uid: nix::unistd::geteuid().as_raw(),
        gid: nix::unistd::getegid().as_raw(),
        groups: groups.into_iter().map(nix::unistd::Gid::as_raw).collect(),
    }
}

/// The machine's name.
pub fn hostname() -> String {
    nix::unistd::gethostname().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Says what a signal does; returns what it did.
///
/// # Errors
/// `EINVAL` for KILL and STOP.
pub fn set_disposition(signal: u8, to: Disposition) -> Result<Disposition> {
    let native = Signal::try_from(i32::from(signal)).map_err(errno)?;
    if matches!(native, Signal::SIGKILL | Signal::SIGSTOP) {
        return Err(Errno::EINVAL);
    }
    let mut caught = CAUGHT.lock().unwrap_or_else(PoisonError::into_inner);
    let known = caught.get(&signal).map(|(disposition, _)| *disposition);
    let flag = Arc::new(AtomicBool::new(false));
    let old = match to {
        Disposition::Catch => {
            let id = signal_hook::flag::register(i32::from(signal), Arc::clone(&flag));
            id.map_err(super::io_errno)?;
            SigHandler::SigDfl
        }
        Disposition::Default | Disposition::Ignore => {
            let action = if to == Disposition::Ignore { SigHandler::SigIgn } else { SigHandler::SigDfl };
            #[expect(unsafe_code, reason = "no handler of ours is installed, only a standard action")]
            // SAFETY: neither action runs code of ours.
            unsafe { nix::sys::signal::signal(native, action) }.map_err(errno)?
        }
    };
    caught.insert(signal, (to, flag));
    Ok(known.unwrap_or(if old == SigHandler::SigIgn { Disposition::Ignore } else { Disposition::Default }))
}

pub(super) fn has_pending() -> bool {
    let caught = CAUGHT.lock().unwrap_or_else(PoisonError::into_inner);
    caught.values().any(|(_, flag)| flag.load(Ordering::SeqCst))
}

/// Caught signals since the last call, each number once.
pub fn take_pending() -> Vec<u8> {
    let caught = CAUGHT.lock().unwrap_or_else(PoisonError::into_inner);
    caught
        .iter()
        .filter(|(_, (_, flag))| flag.swap(false, Ordering::SeqCst))
        .map(|(signal, _)| *signal)
        .collect()
}
