//! Who asks, and what that one may.

use std::sync::Arc;

use super::{FileKind, Stat};
use crate::errno::{Errno, Result};

/// The credentials of a calling process.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The process, as its own pid namespace numbers it.
    pub pid: u32,
    /// The user; 0 passes every permission check.
    pub uid: u32,
    /// The group.
    pub gid: u32,
    /// The supplementary groups.
    pub groups: Arc<[u32]>,
    /// The permission bits that new files don't get.
    pub umask: u32,
}

/// What is wanted of a file (access(2)).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// Read; list a directory.
    pub read: bool,
    /// Write; change a directory's entries.
    pub write: bool,
    /// Execute; search a directory.
    pub execute: bool,
}

// === impl Access ===

impl Access {
    /// Only reading.
    pub const READ: Self = Self { read: true, write: false, execute: false };
    /// Only writing.
    pub const WRITE: Self = Self { read: false, write: true, execute: false };
    /// Only executing or searching.
    pub const EXECUTE: Self = Self { read: false, write: false, execute: true };
    /// What changing a directory's entries takes.
    pub(super) const CHANGE_ENTRIES: Self = Self { read: false, write: true, execute: true };

    fn bits(self) -> u32 {
        u32::from(self.read) << 2 | u32::from(self.write) << 1 | u32::from(self.execute)
    }
}

// === impl Caller ===

impl Caller {
    /// The kernel itself and whoever sets up a container: user 0, umask 022, no process.
    pub fn root() -> Self {
        Self { pid: 0, uid: 0, gid: 0, groups: Arc::from([]), umask: 0o022 }
    }

    /// Whether the caller is of that group.
    pub fn in_group(&self, gid: u32) -> bool {
        self.gid == gid || self.groups.contains(&gid)
    }

    /// POSIX file access permissions (XBD 4.7).
    ///
    /// # Errors
    /// `EACCES`.
    pub fn check(&self, stat: &Stat, wanted: Access) -> Result<()> {
        let bits = wanted.bits();
        if self.uid == 0 {
            let executable = stat.kind == FileKind::Directory || stat.mode & 0o111 != 0;
            return if wanted.execute && !executable { Err(Errno::EACCES) } else { Ok(()) };
        }
        let class = if self.uid == stat.uid {
            6
        } else if self.in_group(stat.gid) {
            3
        } else {
            0
        };
        if (stat.mode >> class) & bits == bits { Ok(()) } else { Err(Errno::EACCES) }
    }

    /// Whether the caller owns the file or is root.
    ///
    /// # Errors
    /// `EPERM`.
    pub fn check_owner(&self, stat: &Stat) -> Result<()> {
        if self.uid == 0 || self.uid == stat.uid { Ok(()) } else { Err(Errno::EPERM) }
    }

    /// The sticky bit's rule (XBD 4.5): in such a directory only the owners of file and directory may remove it.
    pub(super) fn check_sticky(&self, directory: &Stat, victim: &Stat) -> Result<()> {
        let free = directory.mode & 0o1000 == 0
            || self.uid == 0
            || self.uid == directory.uid
            || self.uid == victim.uid;
        if free { Ok(()) } else { Err(Errno::EPERM) }
    }
}
