//! A pid namespace: per container, or one per Pod with `shareProcessNamespace` (PID-1, PID-2).

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;

use super::signals::{Origin, Signal};
use super::{Pid, Process};
use crate::errno::{Errno, Result};

/// The highest number before they begin anew, as Linux's default `pid_max`.
const PID_MAX: Pid = 32_768;

/// Processes by number. The namespace lives as long as its first process.
#[derive(Debug, Default)]
pub struct PidNs {
    members: Mutex<Members>,
}

#[derive(Debug, Default)]
struct Members {
    last: Pid,
    processes: BTreeMap<Pid, Arc<Process>>,
    closed: bool,
}

// === impl PidNs ===

impl PidNs {
    /// An empty one.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Adds the process that `make` builds for the next free number.
    pub(super) fn add(&self, make: impl FnOnce(Pid) -> Process) -> Result<Arc<Process>> {
        let mut members = self.members.lock();
        if members.closed {
            return Err(Errno::ENOMEM);
        }
        let mut pid = members.last;
        loop {
            pid = if pid >= PID_MAX { 2 } else { pid + 1 };
            if !members.processes.contains_key(&pid) {
                break;
            }
            if pid == members.last {
                return Err(Errno::EAGAIN);
            }
        }
        let process = Arc::new(make(pid));
        members.last = pid;
        members.processes.insert(pid, process.clone());
        Ok(process)
    }

    pub(super) fn remove(&self, pid: Pid) {
        self.members.lock().processes.remove(&pid);
    }

    /// Its first process has ended: no more are let in, the others are killed.
    pub(super) fn close(&self) {
        let others: Vec<_> = {
            let mut members = self.members.lock();
            members.closed = true;
            members.processes.values().filter(|process| process.pid() != 1).cloned().collect()
        };
        for process in others {
            process.signal(Signal::KILL, Origin::Outside);
        }
    }

    /// Number 1, if it lives.
    pub fn first(&self) -> Option<Arc<Process>> {
        self.get(1)
    }

    /// By number, zombies included.
    pub fn get(&self, pid: Pid) -> Option<Arc<Process>> {
        self.members.lock().processes.get(&pid).cloned()
    }

    /// All, zombies included, by number.
    pub fn processes(&self) -> Vec<Arc<Process>> {
        self.members.lock().processes.values().cloned().collect()
    }
}
