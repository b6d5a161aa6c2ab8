//! What shows through from lower layers.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use super::Attributes;
use super::directory::{Directory, Entry};
use super::node::{Body, TmpNode};
use crate::errno::{Errno, Result};
use crate::vfs::{Caller, DirEntry, FileKind, NodeRef};

/// Whether a layer's node says "removed here" (overlayfs: a character device with number 0/0).
fn is_whiteout(node: &NodeRef) -> Result<bool> {
    Ok(node.kind() == FileKind::CharDevice && node.stat()?.rdev == 0)
}

/// What the layers show as `name`: a file, or the directories that are merged.
fn shown(lowers: &[NodeRef], name: &str) -> Result<Vec<NodeRef>> {
    let mut found: Vec<NodeRef> = Vec::new();
    for lower in lowers {
        let node = match lower.lookup(name) {
            Ok(node) => node,
            Err(Errno::ENOENT) => continue,
            Err(error) => return Err(error),
        };
        let directory = node.kind() == FileKind::Directory;
        if is_whiteout(&node)? || (!directory && !found.is_empty()) {
            break;
        }
        let last = !directory || node.is_opaque();
        found.push(node);
        if last {
            break;
        }
    }
    Ok(found)
}

// === impl TmpNode ===

impl TmpNode {
    /// Whether lower layers show `name` in this directory, whatever it is here.
    pub(super) fn shows_through(&self, name: &str) -> Result<bool> {
        let lowers = self.state.read().directory()?.lowers.clone();
        Ok(!shown(&lowers, name)?.is_empty())
    }

    /// The entry called `name`. Takes the structure lock when it is a lower layer's, never seen before.
    pub(super) fn child(&self, name: &str) -> Result<Arc<Self>> {
        let lowers = match self.known(name)? {
            Known::Node(node) => return Ok(node),
            Known::Lowers(lowers) => shown(&lowers, name)?,
        };
        if lowers.is_empty() {
            return Err(Errno::ENOENT);
        }
        let _structure = self.volume.structure.lock();
        self.child_locked(name)
    }

    /// The entry called `name`, for those who hold the structure lock.
    pub(super) fn child_locked(&self, name: &str) -> Result<Arc<Self>> {
        match self.known(name)? {
            Known::Node(node) => Ok(node),
            Known::Lowers(lowers) => self.take_over(name, shown(&lowers, name)?),
        }
    }

    fn known(&self, name: &str) -> Result<Known> {
        let state = self.state.read();
        let directory = state.directory()?;
        match directory.get(name) {
            Some(Entry::Node(node)) => Ok(Known::Node(node.clone())),
            Some(Entry::Whiteout) => Err(Errno::ENOENT),
            None if directory.lowers.is_empty() => Err(Errno::ENOENT),
            None => Ok(Known::Lowers(directory.lowers.clone())),
        }
    }

    /// Makes a node of this file system from what lower layers show.
    fn take_over(&self, name: &str, lowers: Vec<NodeRef>) -> Result<Arc<Self>> {
        let top = lowers.first().ok_or(Errno::ENOENT)?.clone();
        let stat = top.stat()?;
        let linked = stat.kind != FileKind::Directory && stat.nlink > 1;
        let known = if linked { self.volume.linked.lock().get(&top.id()).cloned() } else { None };
        let name: Arc<str> = Arc::from(name);
        let node = match known {
            Some(node) => node,
            None => {
                let (body, nlink) = match stat.kind {
                    FileKind::Regular => (Body::Lower(top.clone(), stat.size), stat.nlink),
                    FileKind::Directory => {
                        let parent = self.this()?;
                        (Body::Directory(Directory::new(parent, name.clone(), lowers.into())), 1)
                    }
                    FileKind::Symlink => (Body::Symlink(top.readlink(&Caller::root())?), stat.nlink),
                    _ => (Body::Special, stat.nlink),
                };
                let attributes = Attributes {
                    kind: stat.kind,
                    mode: stat.mode,
                    uid: stat.uid,
                    gid: stat.gid,
                    rdev: stat.rdev,
                };
                // As here: further names count too.
                self.volume.budget.force_inodes(nlink);
                let node = Self::new(&self.volume, attributes, nlink, stat.mtime, body);
                {
                    let mut state = node.state.write();
                    state.atime = stat.atime;
                    state.ctime = stat.ctime;
                }
                if linked {
                    self.volume.linked.lock().insert(top.id(), node.clone());
                }
                node
            }
        };
        self.state.write().directory_mut()?.put(name, Entry::Node(node.clone()));
        Ok(node)
    }

    /// All entries, lower layers' included, by name.
    pub(super) fn list(&self) -> Result<Vec<DirEntry>> {
        let lowers = self.state.read().directory()?.lowers.clone();
        // None: removed by a layer above.
        let mut shown: BTreeMap<Arc<str>, Option<DirEntry>> = BTreeMap::new();
        for lower in lowers.iter() {
            for entry in lower.read_dir()? {
                if shown.contains_key(&entry.name) {
                    continue;
                }
                let device = entry.kind == FileKind::CharDevice;
                let gone = device && is_whiteout(&lower.lookup(&entry.name)?)?;
                shown.insert(entry.name.clone(), (!gone).then_some(entry));
            }
        }
        for (name, entry) in shown.iter_mut() {
            // The number must be the one that stat will show.
            if let Some(shown) = entry {
                match self.child(name) {
                    Ok(node) => shown.ino = node.ino,
                    Err(_) => *entry = None,
                }
            }
        }
        let state = self.state.read();
        for (name, entry) in state.directory()?.iter() {
            let entry = match entry {
                Entry::Node(node) => Some(DirEntry { name: name.clone(), ino: node.ino, kind: node.kind }),
                Entry::Whiteout => None,
            };
            shown.insert(name.clone(), entry);
        }
        Ok(shown.into_values().flatten().collect())
    }

    /// A reference to this directory for what is in it.
    fn this(&self) -> Result<Weak<Self>> {
        Ok(self.state.read().directory()?.this.clone())
    }
}

enum Known {
    Node(Arc<TmpNode>),
    Lowers(Arc<[NodeRef]>),
}
