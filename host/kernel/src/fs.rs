//! The file systems: what [`crate::vfs`] mounts.
//!
//! | module | storage |
//! |---|---|
//! | [`tmpfs`] | memory, with limits |
//! | [`overlay`] | read-only layers below, changes in memory |
//! | [`image`] | a read-only tree that shares its content, for image layers |
//! | [`hostfs`] | a directory of the machine: the only way to its disk |
//! | [`devfs`] | `/dev` |
//! | [`procfs`] | `/proc` |
//! | [`projected`] | secret, configMap, downwardAPI and projected volumes |
//! | [`synthetic`] | a toolkit: directories, files and links made by code (`/proc`) |

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::clock::Clock;

pub mod devfs;
pub mod hostfs;
pub mod image;
pub mod overlay;
pub mod procfs;
pub mod projected;
pub mod synthetic;
pub mod tmpfs;

/// What every file system of a node is made with; clones share the numbering.
#[derive(Clone, Debug)]
pub struct FsContext {
    clock: Clock,
    next_dev: Arc<AtomicU64>,
}

// === impl FsContext ===

impl FsContext {
    /// For a node whose file times come from `clock`.
    pub fn new(clock: Clock) -> Self {
        Self { clock, next_dev: Arc::new(AtomicU64::new(1)) }
    }

    /// Where file times come from.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The number of a new file system ([`crate::vfs::Stat::dev`]).
    pub fn next_dev(&self) -> u64 {
        self.next_dev.fetch_add(1, Ordering::Relaxed)
    }
}
