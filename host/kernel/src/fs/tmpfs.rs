//! A file system in memory (tmpfs(5)), also the writable part of an [`overlay`](super::overlay).
//!
//! A directory may have *lowers*: directories of read-only layers whose entries show through until they are changed
//! or removed. A plain tmpfs has none. An entry of a lower layer becomes a node of this file system when it is first
//! looked up; its content is taken over, without copying what memory holds already, when it is first written.
//!
//! One lock per file system is held during changes of the tree; states of nodes are locked one at a time below it.
//! Lower layers may be asked under that lock: they never ask back.

mod budget;
mod content;
mod directory;
mod layers;
mod node;
mod tree;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use self::budget::Budget;
use self::node::TmpNode;
use super::FsContext;
use super::devfs::Devices;
use crate::clock::{Clock, Timestamp};
use crate::vfs::{FileKind, NodeId, NodeRef};

/// How a tmpfs is made.
#[derive(Clone, Copy, Debug)]
pub struct TmpfsOptions {
    /// The most bytes that files may take, counted in pages of 4096.
    pub size: Option<u64>,
    /// The most inodes; further hard links count too.
    pub inodes: Option<u64>,
    /// The root directory's mode.
    pub mode: u32,
    /// The root directory's owner.
    pub uid: u32,
    /// The root directory's group.
    pub gid: u32,
}

/// A file system in memory; it lives as long as this or any of its nodes.
#[derive(Clone, Debug)]
pub struct Tmpfs {
    root: Arc<TmpNode>,
}

/// What other file systems made of this one differ in.
#[derive(Debug)]
pub(super) struct Special {
    /// The name in `/proc/mounts`.
    pub(super) fs_type: &'static str,
    /// What its device nodes open; `None`: they don't (mount(8), `nodev`).
    pub(super) devices: Option<Devices>,
    /// Whether guests can't change it; its owner in the kernel can.
    pub(super) read_only: bool,
}

/// What the nodes of one file system share.
#[derive(Debug)]
struct Volume {
    dev: u64,
    special: Special,
    clock: Clock,
    next_ino: AtomicU64,
    budget: Budget,
    /// Held during changes of the tree.
    structure: Mutex<()>,
    /// Nodes of lower layers that have several names, so that all names mean one node here too.
    linked: Mutex<BTreeMap<NodeId, Arc<TmpNode>>>,
}

// === impl TmpfsOptions ===

impl Default for TmpfsOptions {
    /// No limits; the root is root's, mode 01777.
    fn default() -> Self {
        Self { size: None, inodes: None, mode: 0o1777, uid: 0, gid: 0 }
    }
}

// === impl Tmpfs ===

impl Tmpfs {
    /// An empty file system.
    pub fn new(context: &FsContext, options: &TmpfsOptions) -> Self {
        let special = Special { fs_type: "tmpfs", devices: None, read_only: false };
        Self::special(context, options, Vec::new(), special)
    }

    /// A file system with something special about it.
    pub(super) fn special(
        context: &FsContext,
        options: &TmpfsOptions,
        lowers: Vec<NodeRef>,
        special: Special,
    ) -> Self {
        let volume = Arc::new(Volume {
            dev: context.next_dev(),
            special,
            clock: context.clock().clone(),
            next_ino: AtomicU64::new(1),
            budget: Budget::new(options.size, options.inodes),
            structure: Mutex::new(()),
            linked: Mutex::new(BTreeMap::new()),
        });
        Self { root: TmpNode::root(&volume, options, lowers) }
    }

    /// The root directory, to be mounted.
    pub fn root(&self) -> NodeRef {
        self.root.clone()
    }

    /// How many bytes its files take, in pages of 4096.
    pub fn used_bytes(&self) -> u64 {
        self.root.volume.budget.used_bytes()
    }

    /// How many inodes there are.
    pub fn used_inodes(&self) -> u64 {
        self.root.volume.budget.used_inodes()
    }
}

// === impl Volume ===

impl Volume {
    fn next_ino(&self) -> u64 {
        self.next_ino.fetch_add(1, Ordering::Relaxed)
    }

    fn now(&self) -> Timestamp {
        self.clock.wall()
    }
}

/// The bits of a new node that don't depend on its content.
#[derive(Clone, Copy, Debug)]
struct Attributes {
    kind: FileKind,
    mode: u32,
    uid: u32,
    gid: u32,
    rdev: u64,
}

#[cfg(test)]
mod tests;
