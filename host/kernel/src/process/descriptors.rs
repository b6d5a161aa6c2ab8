//! A process's descriptor table.

use std::collections::BTreeMap;

use parking_lot::Mutex;

use crate::errno::{Errno, Result};
use crate::file::FileRef;

/// Descriptors that a process may have open: the usual soft limit of `RLIMIT_NOFILE`.
pub const OPEN_MAX: u32 = 1024;

/// Numbers to open file descriptions.
#[derive(Debug)]
pub struct Descriptors {
    table: Mutex<BTreeMap<u32, FileRef>>,
}

// === impl Descriptors ===

impl Descriptors {
    pub(super) fn new(table: BTreeMap<u32, FileRef>) -> Self {
        Self { table: Mutex::new(table) }
    }

    /// The description behind a number.
    ///
    /// # Errors
    /// `EBADF`.
    pub fn get(&self, fd: u32) -> Result<FileRef> {
        self.table.lock().get(&fd).cloned().ok_or(Errno::EBADF)
    }

    /// dup2: what was there is closed.
    ///
    /// # Errors
    /// `EBADF` beyond the limit.
    pub fn set(&self, fd: u32, file: FileRef) -> Result<()> {
        if fd >= OPEN_MAX {
            return Err(Errno::EBADF);
        }
        // Dropped after the lock: closing may wake others.
        let old = self.table.lock().insert(fd, file);
        drop(old);
        Ok(())
    }

    /// close(2).
    ///
    /// # Errors
    /// `EBADF`.
    pub fn close(&self, fd: u32) -> Result<()> {
        let old = self.table.lock().remove(&fd);
        old.map(drop).ok_or(Errno::EBADF)
    }

    /// Numbers and descriptions in ascending order.
    pub fn entries(&self) -> Vec<(u32, FileRef)> {
        self.table.lock().iter().map(|(fd, file)| (*fd, file.clone())).collect()
    }

    pub(super) fn replace_all(&self, with: BTreeMap<u32, FileRef>) {
        let old = std::mem::replace(&mut *self.table.lock(), with);
        drop(old);
    }

    pub(super) fn take_all(&self) -> BTreeMap<u32, FileRef> {
        std::mem::take(&mut *self.table.lock())
    }
}
