//! `/proc`: the processes of a container's pid namespace, and what programs ask of the system (proc(5)).

mod process;
mod system;

use std::sync::Arc;

use self::process::ProcessDirectory;
use self::system::system_entries;
use super::FsContext;
use super::synthetic::{Entry, Fixed, Listing, mount_root};
use crate::clock::Clock;
use crate::errno::{Errno, Result};
use crate::process::{PidNs, Process};
use crate::sandbox::Sandbox;
use crate::vfs::{Caller, FileKind, NodeRef};

/// A `/proc` that shows the processes of `pids`.
pub fn procfs(context: &FsContext, pids: &Arc<PidNs>, sandbox: &Arc<Sandbox>) -> NodeRef {
    let clock = context.clock().clone();
    let root = Root { pids: pids.clone(), system: system_entries(&clock, pids, sandbox), clock };
    mount_root(context, "proc", Entry::directory(root))
}

/// The root: processes by number, `self`, the system's files.
struct Root {
    pids: Arc<PidNs>,
    system: Fixed,
    clock: Clock,
}

impl Listing for Root {
    fn entry(&self, name: &str) -> Result<Entry> {
        if let Ok(pid) = name.parse() {
            let process = self.pids.get(pid).ok_or(Errno::ENOENT)?;
            return Ok(entry_of(process, &self.clock));
        }
        if name == "self" {
            let pids = self.pids.clone();
            return Ok(Entry::link(move |caller| myself(&pids, caller).map(|pid| pid.to_string())));
        }
        self.system.entry(name)
    }

    fn names(&self) -> Result<Vec<(Arc<str>, FileKind)>> {
        let processes = self.pids.processes().into_iter();
        let mut names: Vec<_> =
            processes.map(|process| (Arc::from(process.pid().to_string()), FileKind::Directory)).collect();
        names.push((Arc::from("self"), FileKind::Symlink));
        names.extend(self.system.names()?);
        Ok(names)
    }
}

fn entry_of(process: Arc<Process>, clock: &Clock) -> Entry {
    let (uid, gid) = (process.credentials().uid, process.credentials().gid);
    Entry::directory(ProcessDirectory::new(process, clock.clone())).owner(uid, gid)
}

fn myself(pids: &PidNs, caller: &Caller) -> Result<u32> {
    pids.get(caller.pid).map(|process| process.pid()).ok_or(Errno::ENOENT)
}

#[cfg(test)]
mod tests;
