//! Changes of the tree. Each holds the structure lock, so that it sees nothing change but by itself.

use std::any::Any;
use std::sync::{Arc, Weak};

use super::Attributes;
use super::content::Content;
use super::directory::{Directory, Entry};
use super::node::{Body, TmpNode};
use crate::errno::{Errno, Result};
use crate::vfs::{FileKind, NewKind, NewNode, NodeRef};

// === impl TmpNode ===

impl TmpNode {
    /// That node, if it is of this file system.
    pub(super) fn ours(&self, node: &NodeRef) -> Result<Arc<Self>> {
        let any: Arc<dyn Any + Send + Sync> = node.clone();
        match any.downcast::<Self>() {
            Ok(node) if Arc::ptr_eq(&node.volume, &self.volume) => Ok(node),
            _ => Err(Errno::EXDEV),
        }
    }

    /// That this is a directory which still has a name.
    fn check_live(&self) -> Result<()> {
        let state = self.state.read();
        state.directory()?;
        if state.nlink == 0 { Err(Errno::ENOENT) } else { Ok(()) }
    }

    fn check_vacant(&self, name: &str) -> Result<()> {
        self.check_live()?;
        match self.child_locked(name) {
            Ok(_) => Err(Errno::EEXIST),
            Err(Errno::ENOENT) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// One more or less directory whose ".." is this one. Directories with lower layers always have one link, as
    /// overlayfs shows them.
    fn count_subdirectory(&self, more: bool) {
        let mut state = self.state.write();
        if state.directory().is_ok_and(|directory| directory.lowers.is_empty()) && state.nlink > 0 {
            state.nlink = if more { state.nlink + 1 } else { state.nlink.saturating_sub(1).max(2) };
        }
    }

    fn insert(&self, name: Arc<str>, node: Arc<Self>) -> Result<()> {
        let now = self.volume.now();
        let mut state = self.state.write();
        state.directory_mut()?.put(name, Entry::Node(node));
        state.modified(now);
        Ok(())
    }

    /// Takes an entry away, also from what lower layers show.
    fn take(&self, name: &str) -> Result<()> {
        let hide = self.shows_through(name)?;
        let now = self.volume.now();
        let mut state = self.state.write();
        let directory = state.directory_mut()?;
        let taken = match hide {
            true => directory.put(Arc::from(name), Entry::Whiteout),
            false => directory.remove(name),
        };
        state.modified(now);
        // What is freed now must not be freed under the lock.
        drop(state);
        drop(taken);
        Ok(())
    }

    /// One name less.
    fn unlinked(&self) {
        let now = self.volume.now();
        let mut state = self.state.write();
        state.nlink = if self.kind == FileKind::Directory { 0 } else { state.nlink.saturating_sub(1) };
        state.ctime = now;
        if state.nlink > 0 {
            self.volume.budget.give_inode();
        }
    }

    pub(super) fn create_child(&self, name: &str, new: &NewNode<'_>) -> Result<Arc<Self>> {
        let _structure = self.volume.structure.lock();
        self.check_vacant(name)?;
        self.volume.budget.take_inode()?;
        let name: Arc<str> = Arc::from(name);
        let rdev = match new.kind {
            NewKind::CharDevice(rdev) | NewKind::BlockDevice(rdev) => rdev,
            _ => 0,
        };
        let (body, nlink) = match new.kind {
            NewKind::Regular => (Body::Regular(Content::default()), 1),
            NewKind::Directory => {
                let parent = self.state.read().directory()?.this.clone();
                (Body::Directory(Directory::new(parent, name.clone(), Arc::from([]))), 2)
            }
            NewKind::Symlink(text) => (Body::Symlink(Arc::from(text)), 1),
            NewKind::Fifo | NewKind::Socket | NewKind::CharDevice(_) | NewKind::BlockDevice(_) => {
                (Body::Special, 1)
            }
        };
        let kind = new.kind.file_kind();
        let attributes = Attributes { kind, mode: new.mode, uid: new.uid, gid: new.gid, rdev };
        let node = Self::new(&self.volume, attributes, nlink, self.volume.now(), body);
        self.insert(name, node.clone())?;
        if kind == FileKind::Directory {
            self.count_subdirectory(true);
        }
        Ok(node)
    }

    pub(super) fn link_child(&self, name: &str, node: &Arc<Self>) -> Result<()> {
        let _structure = self.volume.structure.lock();
        self.check_vacant(name)?;
        if node.kind == FileKind::Directory {
            return Err(Errno::EPERM);
        }
        let now = self.volume.now();
        {
            let mut state = node.state.write();
            if state.nlink == 0 {
                return Err(Errno::ENOENT);
            }
            self.volume.budget.take_inode()?;
            state.nlink += 1;
            state.ctime = now;
        }
        self.insert(Arc::from(name), node.clone())
    }

    pub(super) fn remove_child(&self, name: &str, directory: bool) -> Result<()> {
        let _structure = self.volume.structure.lock();
        let victim = self.child_locked(name)?;
        match (directory, victim.kind == FileKind::Directory) {
            (true, false) => return Err(Errno::ENOTDIR),
            (false, true) => return Err(Errno::EISDIR),
            _ => {}
        }
        if directory && !victim.is_empty()? {
            return Err(Errno::ENOTEMPTY);
        }
        self.take(name)?;
        victim.unlinked();
        if directory {
            self.count_subdirectory(false);
        }
        Ok(())
    }

    pub(super) fn move_child(&self, old: &str, to: &Arc<Self>, new: &str, no_replace: bool) -> Result<()> {
        let _structure = self.volume.structure.lock();
        let source = self.child_locked(old)?;
        to.check_live()?;
        let target = match to.child_locked(new) {
            Ok(_) if no_replace => return Err(Errno::EEXIST),
            Ok(target) => Some(target),
            Err(Errno::ENOENT) => None,
            Err(error) => return Err(error),
        };
        let directory = source.kind == FileKind::Directory;
        if directory && source.is_above(to.clone()) {
            return Err(Errno::EINVAL);
        }
        if let Some(target) = &target {
            if Arc::ptr_eq(target, &source) {
                return Ok(());
            }
            match (directory, target.kind == FileKind::Directory) {
                (true, false) => return Err(Errno::ENOTDIR),
                (false, true) => return Err(Errno::EISDIR),
                (true, true) if !target.is_empty()? => return Err(Errno::ENOTEMPTY),
                _ => {}
            }
        }
        let name: Arc<str> = Arc::from(new);
        to.insert(name.clone(), source.clone())?;
        self.take(old)?;
        if let Some(target) = target {
            target.unlinked();
            if directory {
                to.count_subdirectory(false);
            }
        }
        if directory {
            self.count_subdirectory(false);
            to.count_subdirectory(true);
            let parent = to.state.read().directory()?.this.clone();
            let mut state = source.state.write();
            let moved = state.directory_mut()?;
            moved.parent = parent;
            moved.name = name;
        }
        source.state.write().ctime = self.volume.now();
        Ok(())
    }

    /// Whether this is `node` or a directory above it.
    fn is_above(&self, node: Arc<Self>) -> bool {
        let mut at = Some(node);
        while let Some(node) = at {
            if std::ptr::eq(self, &raw const *node) {
                return true;
            }
            at = node.state.read().directory().ok().and_then(|directory| Weak::upgrade(&directory.parent));
        }
        false
    }

    fn is_empty(&self) -> Result<bool> {
        let (lowers, empty) = {
            let state = self.state.read();
            let directory = state.directory()?;
            (directory.lowers.clone(), directory.len() == 0)
        };
        if !empty || lowers.is_empty() {
            return Ok(empty);
        }
        for lower in lowers.iter() {
            for entry in lower.read_dir()? {
                match self.child_locked(&entry.name) {
                    Ok(_) => return Ok(false),
                    Err(Errno::ENOENT) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(true)
    }
}
