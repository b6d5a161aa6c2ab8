//! A file system's limits, and what is used of them.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::errno::{Errno, Result};

/// The unit in which storage is counted, in bytes.
pub(super) const PAGE: u64 = 4096;

/// Limits and use.
#[derive(Debug)]
pub(super) struct Budget {
    bytes: Option<u64>,
    inodes: Option<u64>,
    used_bytes: AtomicU64,
    used_inodes: AtomicU64,
}

// === impl Budget ===

impl Budget {
    pub(super) fn new(bytes: Option<u64>, inodes: Option<u64>) -> Self {
        Self { bytes, inodes, used_bytes: AtomicU64::new(0), used_inodes: AtomicU64::new(0) }
    }

    pub(super) fn bytes(&self) -> Option<u64> {
        self.bytes
    }

    pub(super) fn inodes(&self) -> Option<u64> {
        self.inodes
    }

    pub(super) fn used_bytes(&self) -> u64 {
        self.used_bytes.load(Ordering::Relaxed)
    }

    pub(super) fn used_inodes(&self) -> u64 {
        self.used_inodes.load(Ordering::Relaxed)
    }

    /// Takes up to `pages`; how many there were.
    pub(super) fn take_pages(&self, pages: u64) -> u64 {
        let Some(limit) = self.bytes else {
            self.used_bytes.fetch_add(pages * PAGE, Ordering::Relaxed);
            return pages;
        };
        let mut taken = 0;
        let take = |used: u64| {
            taken = pages.min(limit.saturating_sub(used) / PAGE);
            Some(used + taken * PAGE)
        };
        // The closure never refuses.
        let _ = self.used_bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take);
        taken
    }

    pub(super) fn give_pages(&self, pages: u64) {
        self.used_bytes.fetch_sub(pages * PAGE, Ordering::Relaxed);
    }

    /// Takes one inode.
    pub(super) fn take_inode(&self) -> Result<()> {
        let limit = self.inodes.unwrap_or(u64::MAX);
        let take = |used: u64| (used < limit).then_some(used + 1);
        match self.used_inodes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take) {
            Ok(_) => Ok(()),
            Err(_) => Err(Errno::ENOSPC),
        }
    }

    /// Takes inodes even beyond the limit: for what a lower layer has already.
    pub(super) fn force_inodes(&self, count: u64) {
        self.used_inodes.fetch_add(count, Ordering::Relaxed);
    }

    pub(super) fn give_inode(&self) {
        self.used_inodes.fetch_sub(1, Ordering::Relaxed);
    }
}
