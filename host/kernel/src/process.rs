//! Processes: what runs in a container, as POSIX sees it. What executes the program (WebAssembly) is above.
//!
//! ```text
//!  create ──► Running ──exit / doom──► Zombie ──wait (or nobody to wait)──► gone
//!                │ exec: another program in the same process
//!                └ stop / continue
//! ```
//!
//! The runtime owns one task per process. It polls the program and, before each poll, asks [`Process::poll_doom`]
//! and [`Process::poll_stopped`]; it ends with [`Process::exit`]. All else (signals, waiting, parents) is here.
//!
//! Lock order: a pid namespace's members, then a parent's state, then its child's.

mod cgroup;
mod descriptors;
mod life;
mod namespace;
pub mod signals;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Weak};

use parking_lot::{Mutex, RwLock};

pub use self::cgroup::{Cgroup, CgroupLimits, Charge};
pub use self::descriptors::{Descriptors, OPEN_MAX};
pub use self::life::{Exit, ExitCause, ExitStatus, WaitTarget};
pub use self::namespace::PidNs;
use self::signals::{Signal, SignalState};
use crate::clock::Instant;
use crate::errno::{Errno, Result};
use crate::file::FileRef;
use crate::sandbox::Sandbox;
use crate::vfs::{Caller, MountNs, Place};
use crate::wait_queue::WaitQueue;

/// A process's number in its namespace.
pub type Pid = u32;

/// All arguments and variables of a program together, in bytes: Linux's limit for the usual 8 MiB stack.
pub const ARG_MAX: usize = 2 << 20;

/// What a process executes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Program {
    /// The file, as an absolute path in the process's mount namespace.
    pub path: String,
    /// Arguments, the name first.
    pub argv: Vec<String>,
    /// Variables in order.
    pub env: Vec<(String, String)>,
}

/// Whose rights a process has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Credentials {
    /// User.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Supplementary groups.
    pub groups: Arc<[u32]>,
}

/// Into which process group a new process goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// The parent's; a process without parent leads its own.
    Inherit,
    /// A new one, led by the new process.
    Lead,
}

/// Everything that a new process starts with.
#[derive(Debug)]
pub struct ProcessSpec {
    /// What it executes.
    pub program: Program,
    /// Who started it; none for a container's entrypoint and for what is executed from outside.
    pub parent: Option<Arc<Process>>,
    /// Its process group.
    pub group: Group,
    /// Its pid namespace.
    pub pid_ns: Arc<PidNs>,
    /// Its container's resources.
    pub cgroup: Arc<Cgroup>,
    /// Its Pod's namespaces.
    pub sandbox: Arc<Sandbox>,
    /// Its file tree.
    pub mounts: MountNs,
    /// Its working directory.
    pub cwd: Place,
    /// Its rights.
    pub credentials: Credentials,
    /// File mode creation mask.
    pub umask: u32,
    /// Its descriptors.
    pub descriptors: BTreeMap<u32, FileRef>,
    /// Signals that it ignores from the start.
    pub ignored_signals: Vec<Signal>,
    /// Now.
    pub now: Instant,
}

/// One process.
pub struct Process {
    pid: Pid,
    pid_ns: Arc<PidNs>,
    cgroup: Arc<Cgroup>,
    sandbox: Arc<Sandbox>,
    mounts: MountNs,
    credentials: Credentials,
    started: Instant,
    descriptors: Descriptors,
    state: Mutex<State>,
    /// What it waits for, in words for people; empty while it runs.
    waiting_for: Mutex<String>,
    /// Children that changed, caught signals, doom, stop and continue.
    changed: WaitQueue,
    /// This process ended.
    ended: WaitQueue,
    memory: RwLock<Option<Charge>>,
}

#[derive(Debug)]
struct State {
    parent: Option<Weak<Process>>,
    group: Pid,
    program: Program,
    cwd: Place,
    umask: u32,
    life: life::Life,
    children: BTreeMap<Pid, Arc<Process>>,
    signals: SignalState,
    stopped: bool,
}

// === impl Process ===

impl Process {
    /// A new process, running from now on; its number is the next of its namespace.
    ///
    /// # Errors
    /// `EAGAIN` when the container has as many processes as it may, `E2BIG` when arguments and variables are too
    /// long, `ENOMEM` when the namespace's first process has ended.
    pub fn create(spec: ProcessSpec) -> Result<Arc<Self>> {
        check_argument_size(&spec.program)?;
        let ticket = spec.cgroup.admit()?;
        let mut signals = SignalState::default();
        for signal in spec.ignored_signals {
            signals.ignore(signal);
        }
        let process = spec.pid_ns.add(|pid| {
            let group = match (spec.group, &spec.parent) {
                (Group::Inherit, Some(parent)) => parent.group(),
                (Group::Inherit, None) | (Group::Lead, _) => pid,
            };
            Self {
                pid,
                pid_ns: spec.pid_ns.clone(),
                cgroup: spec.cgroup.clone(),
                sandbox: spec.sandbox,
                mounts: spec.mounts,
                credentials: spec.credentials,
                started: spec.now,
                descriptors: Descriptors::new(spec.descriptors),
                state: Mutex::new(State {
                    parent: spec.parent.as_ref().map(Arc::downgrade),
                    group,
                    program: spec.program,
                    cwd: spec.cwd,
                    umask: spec.umask,
                    life: life::Life::Running,
                    children: BTreeMap::new(),
                    signals,
                    stopped: false,
                }),
                waiting_for: Mutex::default(),
                changed: WaitQueue::default(),
                ended: WaitQueue::default(),
                memory: RwLock::default(),
            }
        })?;
        ticket.enter(&process);
        if let Some(parent) = spec.parent {
            parent.adopt(process.clone());
        }
        Ok(process)
    }

    /// Its number.
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// Its parent's number; 0 if that is outside of the namespace (POSIX getppid).
    pub fn parent_pid(&self) -> Pid {
        self.parent().map_or(0, |parent| parent.pid)
    }

    fn parent(&self) -> Option<Arc<Self>> {
        self.state.lock().parent.as_ref().and_then(Weak::upgrade)
    }

    /// Its process group.
    pub fn group(&self) -> Pid {
        self.state.lock().group
    }

    /// When it was created.
    pub fn started(&self) -> Instant {
        self.started
    }

    /// Its pid namespace.
    pub fn pid_ns(&self) -> &Arc<PidNs> {
        &self.pid_ns
    }

    /// Its container's resources.
    pub fn cgroup(&self) -> &Arc<Cgroup> {
        &self.cgroup
    }

    /// Its Pod's namespaces.
    pub fn sandbox(&self) -> &Arc<Sandbox> {
        &self.sandbox
    }

    /// Its file tree.
    pub fn mounts(&self) -> &MountNs {
        &self.mounts
    }

    /// Its descriptor table.
    pub fn descriptors(&self) -> &Descriptors {
        &self.descriptors
    }

    /// Its rights.
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// What it executes.
    pub fn program(&self) -> Program {
        self.state.lock().program.clone()
    }

    /// Its working directory.
    pub fn cwd(&self) -> Place {
        self.state.lock().cwd.clone()
    }

    /// chdir(2), to a place that the caller has checked to be a directory that may be searched.
    pub fn set_cwd(&self, cwd: Place) {
        self.state.lock().cwd = cwd;
    }

    /// umask(2): sets the mask, the old one.
    pub fn set_umask(&self, mask: u32) -> u32 {
        std::mem::replace(&mut self.state.lock().umask, mask & 0o777)
    }

    /// As whom it calls the file system.
    pub fn caller(&self) -> Caller {
        Caller {
            pid: self.pid,
            uid: self.credentials.uid,
            gid: self.credentials.gid,
            groups: self.credentials.groups.clone(),
            umask: self.state.lock().umask,
        }
    }

    /// execve(2): another program in this process. Caught signals go back to their default, ignored ones stay so.
    ///
    /// # Errors
    /// `E2BIG`.
    pub fn replace_program(&self, program: Program, descriptors: BTreeMap<u32, FileRef>) -> Result<()> {
        check_argument_size(&program)?;
        let mut state = self.state.lock();
        state.program = program;
        state.signals.reset_caught();
        drop(state);
        self.descriptors.replace_all(descriptors);
        Ok(())
    }

    /// Says for whom it waits while it waits: what a stalled virtual clock reports.
    pub fn set_waiting_for(&self, what: &str) {
        let mut waiting_for = self.waiting_for.lock();
        waiting_for.clear();
        waiting_for.push_str(what);
    }

    /// See [`set_waiting_for`](Self::set_waiting_for).
    pub fn waiting_for(&self) -> String {
        self.waiting_for.lock().clone()
    }

    /// Books the program's memory, in bytes, on its container; whether that is within the limit.
    pub fn set_memory(&self, bytes: u64) -> bool {
        let mut memory = self.memory.write();
        match &mut *memory {
            Some(charge) => charge.resize(bytes),
            none => match self.cgroup.charge(bytes) {
                Some(charge) => {
                    *none = Some(charge);
                    true
                }
                None => false,
            },
        }
    }

    /// Bytes of memory that its program has.
    pub fn memory(&self) -> u64 {
        self.memory.read().as_ref().map_or(0, Charge::bytes)
    }
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Process").field("pid", &self.pid).finish_non_exhaustive()
    }
}

fn check_argument_size(program: &Program) -> Result<()> {
    let argv = program.argv.iter().map(|word| word.len() + 1);
    let env = program.env.iter().map(|(name, value)| name.len() + value.len() + 2);
    if argv.chain(env).sum::<usize>() > ARG_MAX { Err(Errno::E2BIG) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
