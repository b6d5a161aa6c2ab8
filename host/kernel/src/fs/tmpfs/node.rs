//! The nodes of a file system in memory.

use std::fmt;
use std::sync::{Arc, Weak};

use bytes::Bytes;
use parking_lot::RwLock;

use super::content::Content;
use super::directory::Directory;
use super::{Attributes, TmpfsOptions, Volume};
use crate::clock::Timestamp;
use crate::errno::{Errno, Result};
use crate::file::FileRef;
use crate::vfs::{
    Caller, DirEntry, FileKind, FsStat, NewNode, Node, NodeId, NodeRef, OpenOptions, Parent, Place, SetAttr,
    SetTime, Stat,
};

/// The root directory's number.
const ROOT: u64 = 1;

/// An inode.
pub(super) struct TmpNode {
    pub(super) volume: Arc<Volume>,
    pub(super) ino: u64,
    pub(super) kind: FileKind,
    pub(super) state: RwLock<State>,
}

/// What changes of an inode.
pub(super) struct State {
    pub(super) mode: u32,
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) nlink: u64,
    pub(super) rdev: u64,
    pub(super) atime: Timestamp,
    pub(super) mtime: Timestamp,
    pub(super) ctime: Timestamp,
    pub(super) body: Body,
}

/// What a node holds.
pub(super) enum Body {
    Regular(Content),
    /// A lower layer's file, never written so far, and its size.
    Lower(NodeRef, u64),
    Directory(Directory),
    Symlink(Arc<str>),
    /// Devices, named pipes and sockets: only a name and attributes.
    Special,
}

// === impl State ===

impl State {
    pub(super) fn directory(&self) -> Result<&Directory> {
        match &self.body {
            Body::Directory(directory) => Ok(directory),
            _ => Err(Errno::ENOTDIR),
        }
    }

    pub(super) fn directory_mut(&mut self) -> Result<&mut Directory> {
        match &mut self.body {
            Body::Directory(directory) => Ok(directory),
            _ => Err(Errno::ENOTDIR),
        }
    }

    /// The content was changed.
    pub(super) fn modified(&mut self, now: Timestamp) {
        self.mtime = now;
        self.ctime = now;
    }

    /// Whether reading renews the access time: when it is older than the last change (mount(8), `relatime`).
    fn access_shows(&self) -> bool {
        self.atime <= self.mtime || self.atime <= self.ctime
    }

    fn size(&self) -> u64 {
        match &self.body {
            Body::Regular(content) => content.size(),
            Body::Lower(_, size) => *size,
            Body::Directory(directory) if directory.lowers.is_empty() => 20 * (directory.len() as u64 + 2),
            Body::Directory(_) => 4096,
            Body::Symlink(text) => text.len() as u64,
            Body::Special => 0,
        }
    }

    fn blocks(&self) -> u64 {
        match &self.body {
            Body::Regular(content) => content.blocks(),
            Body::Lower(_, size) => size.div_ceil(4096) * 8,
            _ => 0,
        }
    }
}

// === impl TmpNode ===

impl TmpNode {
    pub(super) fn root(volume: &Arc<Volume>, options: &TmpfsOptions, lowers: Vec<NodeRef>) -> Arc<Self> {
        let lowers: Arc<[NodeRef]> = lowers.into();
        let nlink = if lowers.is_empty() { 2 } else { 1 };
        let directory = Directory::new(Weak::new(), Arc::from(""), lowers);
        let TmpfsOptions { mode, uid, gid, .. } = *options;
        let attributes = Attributes { kind: FileKind::Directory, mode, uid, gid, rdev: 0 };
        volume.budget.force_inodes(1);
        Self::new(volume, attributes, nlink, volume.now(), Body::Directory(directory))
    }

    /// A node, for which an inode was taken from the budget.
    pub(super) fn new(
        volume: &Arc<Volume>,
        attributes: Attributes,
        nlink: u64,
        now: Timestamp,
        body: Body,
    ) -> Arc<Self> {
        let Attributes { kind, mode, uid, gid, rdev } = attributes;
        let mut state = State { mode, uid, gid, nlink, rdev, atime: now, mtime: now, ctime: now, body };
        Arc::new_cyclic(|this| {
            if let Body::Directory(directory) = &mut state.body {
                directory.this = this.clone();
            }
            Self { volume: volume.clone(), ino: volume.next_ino(), kind, state: RwLock::new(state) }
        })
    }

    fn touch_access(&self) {
        let now = self.volume.now();
        self.state.write().atime = now;
    }

    /// Changes the content, which is made ours first.
    fn change<T>(&self, change: impl FnOnce(&mut Content) -> Result<T>) -> Result<T> {
        let now = self.volume.now();
        loop {
            let lower = {
                let mut state = self.state.write();
                match &mut state.body {
                    Body::Regular(content) => {
                        let done = change(content)?;
                        state.modified(now);
                        return Ok(done);
                    }
                    Body::Lower(lower, size) => (lower.clone(), *size),
                    Body::Directory(_) => return Err(Errno::EISDIR),
                    Body::Symlink(_) | Body::Special => return Err(Errno::EINVAL),
                }
            };
            let content = Content::borrowed(lower.1, |offset, max| lower.0.read_at(offset, max))?;
            let mut state = self.state.write();
            if matches!(state.body, Body::Lower(..)) {
                state.body = Body::Regular(content);
            }
        }
    }

    fn resize(&self, size: u64) -> Result<()> {
        if size == 0 {
            let mut state = self.state.write();
            if matches!(state.body, Body::Lower(..)) {
                state.body = Body::Regular(Content::default());
                state.modified(self.volume.now());
                return Ok(());
            }
        }
        self.change(|content| content.truncate(&self.volume.budget, size))
    }
}

impl Node for TmpNode {
    fn id(&self) -> NodeId {
        NodeId { dev: self.volume.dev, ino: self.ino }
    }

    fn kind(&self) -> FileKind {
        self.kind
    }

    fn stat(&self) -> Result<Stat> {
        let state = self.state.read();
        Ok(Stat {
            dev: self.volume.dev,
            ino: self.ino,
            kind: self.kind,
            mode: state.mode,
            nlink: state.nlink,
            uid: state.uid,
            gid: state.gid,
            rdev: state.rdev,
            size: state.size(),
            blocks: state.blocks(),
            atime: state.atime,
            mtime: state.mtime,
            ctime: state.ctime,
        })
    }

    fn set_attr(&self, change: &SetAttr) -> Result<()> {
        if let Some(size) = change.size {
            self.resize(size)?;
        }
        let now = self.volume.now();
        let time = |time: SetTime| match time {
            SetTime::Now => now,
            SetTime::At(time) => time,
        };
        let mut state = self.state.write();
        state.mode = change.mode.map_or(state.mode, |mode| mode & 0o7777);
        state.uid = change.uid.unwrap_or(state.uid);
        state.gid = change.gid.unwrap_or(state.gid);
        state.atime = change.atime.map_or(state.atime, time);
        state.mtime = change.mtime.map_or(state.mtime, time);
        state.ctime = now;
        Ok(())
    }

    fn parent(&self) -> Option<Parent> {
        let state = self.state.read();
        let directory = state.directory().ok()?;
        let node = directory.parent.upgrade()?;
        Some(Parent { node, name: directory.name.clone() })
    }

    fn lookup(&self, name: &str) -> Result<NodeRef> {
        Ok(self.child(name)?)
    }

    fn create(&self, name: &str, new: &NewNode<'_>) -> Result<NodeRef> {
        Ok(self.create_child(name, new)?)
    }

    fn link(&self, name: &str, node: &NodeRef) -> Result<()> {
        self.link_child(name, &self.ours(node)?)
    }

    fn unlink(&self, name: &str) -> Result<()> {
        self.remove_child(name, false)
    }

    fn rmdir(&self, name: &str) -> Result<()> {
        self.remove_child(name, true)
    }

    fn rename(&self, old: &str, new_dir: &NodeRef, new: &str, no_replace: bool) -> Result<()> {
        self.move_child(old, &self.ours(new_dir)?, new, no_replace)
    }

    fn read_dir(&self) -> Result<Vec<DirEntry>> {
        self.list()
    }

    fn readlink(&self, _caller: &Caller) -> Result<Arc<str>> {
        match &self.state.read().body {
            Body::Symlink(text) => Ok(text.clone()),
            _ => Err(Errno::EINVAL),
        }
    }

    fn read_at(&self, offset: u64, max: usize) -> Result<Bytes> {
        let (data, accessed) = {
            let state = self.state.read();
            let accessed = state.access_shows();
            match &state.body {
                Body::Regular(content) => (content.read(offset, max), accessed),
                Body::Lower(lower, _) => {
                    let lower = lower.clone();
                    drop(state);
                    (lower.read_at(offset, max)?, accessed)
                }
                Body::Directory(_) => return Err(Errno::EISDIR),
                Body::Symlink(_) | Body::Special => return Err(Errno::EINVAL),
            }
        };
        if accessed {
            self.touch_access();
        }
        Ok(data)
    }

    fn write_at(&self, offset: u64, data: &[u8]) -> Result<usize> {
        if data.is_empty() {
            return Ok(0);
        }
        self.change(|content| content.write(&self.volume.budget, offset, data))
    }

    fn append(&self, data: &[u8]) -> Result<(u64, usize)> {
        self.change(|content| {
            let written = content.write(&self.volume.budget, content.size(), data)?;
            Ok((content.size(), written))
        })
    }

    fn truncate(&self, size: u64) -> Result<()> {
        self.resize(size)
    }

    fn open(
        self: Arc<Self>,
        _caller: &Caller,
        place: &Place,
        options: OpenOptions,
    ) -> Option<Result<FileRef>> {
        let devices = self.volume.special.devices.as_ref()?;
        if self.kind != FileKind::CharDevice {
            return None;
        }
        let rdev = self.state.read().rdev;
        Some(devices.open(rdev, place, options))
    }

    fn is_read_only(&self) -> bool {
        self.volume.special.read_only
    }

    fn statfs(&self) -> Result<FsStat> {
        let budget = &self.volume.budget;
        let free = |limit: Option<u64>, used: u64| limit.map_or(0, |limit| limit.saturating_sub(used));
        Ok(FsStat {
            fs_type: self.volume.special.fs_type,
            block_size: 4096,
            blocks: budget.bytes().unwrap_or(0) / 4096,
            blocks_free: free(budget.bytes(), budget.used_bytes()) / 4096,
            files: budget.inodes().unwrap_or(0),
            files_free: free(budget.inodes(), budget.used_inodes()),
        })
    }
}

impl fmt::Debug for TmpNode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} inode {} ({:?})", self.volume.special.fs_type, self.ino, self.kind)
    }
}

impl Drop for TmpNode {
    /// Gives back what it took. Directories are emptied in a loop: a guest can nest them deeper than any stack.
    fn drop(&mut self) {
        self.volume.budget.give_inode();
        let mut left = Vec::new();
        if self.ino == ROOT {
            left.extend(std::mem::take(&mut *self.volume.linked.lock()).into_values());
        }
        self.release(&mut left);
        while let Some(node) = left.pop() {
            if let Some(mut node) = Arc::into_inner(node) {
                node.release(&mut left);
            }
        }
    }
}

impl TmpNode {
    /// Gives back what this node took, once; its entries go to `left`.
    fn release(&mut self, left: &mut Vec<Arc<Self>>) {
        let body = std::mem::replace(&mut self.state.get_mut().body, Body::Special);
        match body {
            Body::Regular(content) => self.volume.budget.give_pages(content.pages()),
            Body::Directory(directory) => left.extend(directory.into_nodes()),
            Body::Lower(..) | Body::Symlink(_) | Body::Special => {}
        }
    }
}
