//! Mount namespaces: a root and what is mounted below it.

use std::fmt;
use std::sync::Arc;

use parking_lot::RwLock;

use super::node::same;
use super::walk::Walk;
use super::{Caller, FileKind, NodeId, NodeRef, Place};
use crate::errno::{Errno, Result};

/// How a file system is mounted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MountFlags {
    /// Nothing can be changed through this mount.
    pub read_only: bool,
}

/// A line of `/proc/mounts`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MountInfo {
    /// The mount's number in its namespace.
    pub id: u32,
    /// The number of the mount below; the root's own.
    pub parent_id: u32,
    /// The file system's number ([`super::Stat::dev`]).
    pub dev: u64,
    /// Where it is mounted.
    pub target: String,
    /// The file system's name.
    pub fs_type: &'static str,
    /// How.
    pub flags: MountFlags,
}

/// One mount.
pub(super) struct Mount {
    pub(super) id: u32,
    pub(super) root: NodeRef,
    /// `None` for the namespace's root.
    pub(super) at: Option<MountPoint>,
    pub(super) flags: MountFlags,
}

/// What a mount covers.
#[derive(Clone)]
pub(super) struct MountPoint {
    pub(super) mount: Arc<Mount>,
    pub(super) dir: NodeRef,
    pub(super) name: Arc<str>,
}

/// The mounts of a namespace at one moment.
#[derive(Clone, Default)]
pub(super) struct MountTable {
    next_id: u32,
    /// In the order of mounting.
    mounts: Vec<Arc<Mount>>,
    /// By (mount, directory, name) that is covered, ordered.
    covered: Vec<(u32, NodeId, Arc<str>, Arc<Mount>)>,
}

/// A container's view of the file tree; clones share it.
#[derive(Clone)]
pub struct MountNs {
    root: Place,
    table: Arc<RwLock<Arc<MountTable>>>,
}

// === impl MountTable ===

impl MountTable {
    fn position(&self, mount: u32, dir: NodeId, name: &str) -> Result<usize, usize> {
        self.covered.binary_search_by(|(id, covered, covered_name, _)| {
            (*id, *covered, &**covered_name).cmp(&(mount, dir, name))
        })
    }

    /// What is mounted over that entry.
    pub(super) fn mounted_on(&self, mount: &Mount, dir: &NodeRef, name: &str) -> Option<&Arc<Mount>> {
        if self.covered.is_empty() {
            return None;
        }
        let at = self.position(mount.id, dir.id(), name).ok()?;
        self.covered.get(at).map(|(_, _, _, mounted)| mounted)
    }
}

// === impl MountNs ===

impl MountNs {
    /// A namespace whose `/` is `root`.
    pub fn new(root: NodeRef, flags: MountFlags) -> Self {
        let mount = Arc::new(Mount { id: 1, root: root.clone(), at: None, flags });
        let table = MountTable { next_id: 2, mounts: vec![mount.clone()], covered: Vec::new() };
        Self { root: Place { mount, node: root, found: None }, table: Arc::new(RwLock::new(Arc::new(table))) }
    }

    /// The namespace's `/`.
    pub fn root(&self) -> &Place {
        &self.root
    }

    pub(super) fn table(&self) -> Arc<MountTable> {
        self.table.read().clone()
    }

    pub(super) fn walk<'a>(&'a self, caller: &'a Caller, base: &Place) -> Walk<'a> {
        Walk::new(self.table(), &self.root, caller, base)
    }

    /// Mounts `root` (a file system's root, or a directory or *file* of one: a bind mount) over what `path` leads to,
    /// as mount(8) does for root. What was there, also an earlier mount, is hidden.
    ///
    /// # Errors
    /// `ENOENT` where nothing is, `ENOTDIR` for a directory over a file or a file over a directory, `EBUSY` for `/`,
    /// `EINVAL` for a symbolic link as `root`.
    pub fn mount(&self, path: &str, root: NodeRef, flags: MountFlags) -> Result<()> {
        if root.kind() == FileKind::Symlink {
            return Err(Errno::EINVAL);
        }
        let caller = Caller::root();
        let target = self.resolve(&caller, &self.root, path, true)?;
        let directory = |node: &NodeRef| node.kind() == FileKind::Directory;
        if directory(&target.node) != directory(&root) {
            return Err(Errno::ENOTDIR);
        }
        let point = if same(&target.node, &target.mount.root) {
            target.mount.at.clone().ok_or(Errno::EBUSY)?
        } else {
            let found = target.node.parent().or(target.found).ok_or(Errno::EINVAL)?;
            MountPoint { mount: target.mount, dir: found.node, name: found.name }
        };
        let key = (point.mount.id, point.dir.id(), point.name.clone());
        let mut guard = self.table.write();
        let mut table = MountTable::clone(&guard);
        let mount = Arc::new(Mount { id: table.next_id, root, at: Some(point), flags });
        table.next_id += 1;
        table.mounts.push(mount.clone());
        match table.position(key.0, key.1, &key.2) {
            Ok(at) => table.covered[at].3 = mount,
            Err(at) => table.covered.insert(at, (key.0, key.1, key.2, mount)),
        }
        *guard = Arc::new(table);
        Ok(())
    }

    /// Undoes the latest mount at `path`; open files stay open.
    ///
    /// # Errors
    /// `EINVAL` where nothing is mounted, `EBUSY` while something is mounted below it.
    pub fn unmount(&self, path: &str) -> Result<()> {
        let target = self.resolve(&Caller::root(), &self.root, path, true)?;
        let Some(point) = target.mount.at.clone().filter(|_| same(&target.node, &target.mount.root)) else {
            return Err(Errno::EINVAL);
        };
        let dir = point.dir.id();
        let mut guard = self.table.write();
        let mut table = MountTable::clone(&guard);
        let id = target.mount.id;
        let below = |mount: &Arc<Mount>| mount.at.as_ref().is_some_and(|at| at.mount.id == id);
        if table.mounts.iter().any(below) {
            return Err(Errno::EBUSY);
        }
        table.mounts.retain(|mount| mount.id != id);
        let covers = |mount: &Arc<Mount>| {
            let at = mount.at.as_ref();
            at.is_some_and(|at| at.mount.id == point.mount.id && at.name == point.name && at.dir.id() == dir)
        };
        let earlier = table.mounts.iter().rev().find(|mount| covers(mount)).cloned();
        if let Ok(at) = table.position(point.mount.id, dir, &point.name) {
            match earlier {
                Some(earlier) => table.covered[at].3 = earlier,
                None => drop(table.covered.remove(at)),
            }
        }
        *guard = Arc::new(table);
        Ok(())
    }

    /// What is mounted, in the order of mounting.
    pub fn mounts(&self) -> Vec<MountInfo> {
        let describe = |mount: &Arc<Mount>| {
            let place = Place { mount: mount.clone(), node: mount.root.clone(), found: None };
            let parent_id = mount.at.as_ref().map_or(mount.id, |at| at.mount.id);
            MountInfo {
                id: mount.id,
                parent_id,
                dev: mount.root.id().dev,
                target: place.path(),
                fs_type: mount.root.statfs().map_or("none", |stat| stat.fs_type),
                flags: mount.flags,
            }
        };
        self.table().mounts.iter().map(describe).collect()
    }
}

impl fmt::Debug for MountNs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("MountNs").field("mounts", &self.mounts()).finish_non_exhaustive()
    }
}
