//! What the processes of one container may use together, and who they are.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use super::signals::{Origin, Signal};
use super::{Pid, Process};
use crate::errno::{Errno, Result};

/// Limits of one container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CgroupLimits {
    /// Bytes of memory of all its programs together.
    pub memory: u64,
    /// Processes at a time.
    pub processes: u32,
}

impl Default for CgroupLimits {
    /// No memory limit beyond what one program can address, and 1,024 processes: enough for any shell script, too few
    /// for a fork bomb to hurt its neighbours.
    fn default() -> Self {
        Self { memory: u64::MAX, processes: 1024 }
    }
}

/// A container's processes and memory.
#[derive(Debug)]
pub struct Cgroup {
    limits: CgroupLimits,
    memory: AtomicU64,
    members: Mutex<Members>,
}

#[derive(Debug, Default)]
struct Members {
    /// Let in, not yet entered.
    admitted: u32,
    processes: BTreeMap<Pid, Arc<Process>>,
}

/// The right to add one process; gives it back when dropped unused.
pub(super) struct Ticket(Option<Arc<Cgroup>>);

/// Memory that is booked on a container until this is dropped.
pub struct Charge {
    cgroup: Arc<Cgroup>,
    bytes: u64,
}

// === impl Cgroup ===

impl Cgroup {
    /// An empty one.
    pub fn new(limits: CgroupLimits) -> Arc<Self> {
        Arc::new(Self { limits, memory: AtomicU64::new(0), members: Mutex::default() })
    }

    /// Its limits.
    pub fn limits(&self) -> CgroupLimits {
        self.limits
    }

    /// Bytes in use.
    pub fn memory(&self) -> u64 {
        self.memory.load(Ordering::Relaxed)
    }

    /// Its processes by number.
    pub fn processes(&self) -> Vec<Arc<Process>> {
        self.members.lock().processes.values().cloned().collect()
    }

    /// KILL to every process, from outside.
    pub fn kill(&self) {
        for process in self.processes() {
            process.signal(Signal::KILL, Origin::Outside);
        }
    }

    /// Books bytes, if they are within the limit.
    pub fn charge(self: &Arc<Self>, bytes: u64) -> Option<Charge> {
        let mut charge = Charge { cgroup: self.clone(), bytes: 0 };
        charge.resize(bytes).then_some(charge)
    }

    pub(super) fn admit(self: &Arc<Self>) -> Result<Ticket> {
        let mut members = self.members.lock();
        let present =
            u32::try_from(members.processes.len()).unwrap_or(u32::MAX).saturating_add(members.admitted);
        if present >= self.limits.processes {
            return Err(Errno::EAGAIN);
        }
        members.admitted += 1;
        Ok(Ticket(Some(self.clone())))
    }

    pub(super) fn leave(&self, process: &Process) {
        self.members.lock().processes.remove(&process.pid());
    }
}

// === impl Ticket ===

impl Ticket {
    pub(super) fn enter(mut self, process: &Arc<Process>) {
        if let Some(cgroup) = self.0.take() {
            let mut members = cgroup.members.lock();
            members.admitted -= 1;
            members.processes.insert(process.pid(), process.clone());
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if let Some(cgroup) = self.0.take() {
            cgroup.members.lock().admitted -= 1;
        }
    }
}

// === impl Charge ===

impl Charge {
    /// What is booked.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Books another amount instead, if that is within the limit; whether it was.
    pub fn resize(&mut self, bytes: u64) -> bool {
        let limit = self.cgroup.limits.memory;
        let change = |total: u64| {
            let new = (total - self.bytes).checked_add(bytes)?;
            (bytes <= self.bytes || new <= limit).then_some(new)
        };
        let done = self.cgroup.memory.fetch_update(Ordering::Relaxed, Ordering::Relaxed, change).is_ok();
        if done {
            self.bytes = bytes;
        }
        done
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.cgroup.memory.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl fmt::Debug for Charge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Charge({} bytes)", self.bytes)
    }
}
