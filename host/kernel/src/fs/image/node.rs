//! The nodes of a finished tree: a reference to it and a number.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use super::{Body, Image, Inode};
use crate::errno::{Errno, Result};
use crate::vfs::{Caller, DirEntry, FileKind, FsStat, Node, NodeId, NodeRef, Parent, SetAttr, Stat};

/// A node.
#[derive(Clone)]
pub(super) struct ImageNode {
    image: Arc<Image>,
    at: usize,
}

// === impl ImageNode ===

impl ImageNode {
    pub(super) fn root(image: Arc<Image>) -> NodeRef {
        Arc::new(Self { image, at: 0 })
    }

    fn inode(&self) -> &Inode {
        &self.image.inodes[self.at]
    }

    fn other(&self, at: usize) -> NodeRef {
        Arc::new(Self { image: self.image.clone(), at })
    }
}

impl Node for ImageNode {
    fn id(&self) -> NodeId {
        NodeId { dev: self.image.dev, ino: self.at as u64 + 1 }
    }

    fn kind(&self) -> FileKind {
        self.inode().kind()
    }

    fn stat(&self) -> Result<Stat> {
        let Inode { mode, uid, gid, mtime, nlink, ref body } = *self.inode();
        let (size, rdev) = match body {
            Body::Regular(content) => (content.len() as u64, 0),
            Body::Directory(_) => (4096, 0),
            Body::Symlink(text) => (text.len() as u64, 0),
            Body::Special(_, rdev) => (0, *rdev),
        };
        let NodeId { dev, ino } = self.id();
        let kind = self.kind();
        let blocks = if kind == FileKind::Regular { size.div_ceil(4096) * 8 } else { 0 };
        let (atime, ctime) = (mtime, mtime);
        Ok(Stat { dev, ino, kind, mode, nlink, uid, gid, rdev, size, blocks, atime, mtime, ctime })
    }

    fn set_attr(&self, _change: &SetAttr) -> Result<()> {
        Err(Errno::EROFS)
    }

    fn parent(&self) -> Option<Parent> {
        let (at, name) = self.inode().directory()?.parent.clone()?;
        Some(Parent { node: self.other(at), name })
    }

    fn lookup(&self, name: &str) -> Result<NodeRef> {
        let directory = self.inode().directory().ok_or(Errno::ENOTDIR)?;
        directory.entries.get(name).map(|at| self.other(*at)).ok_or(Errno::ENOENT)
    }

    fn read_dir(&self) -> Result<Vec<DirEntry>> {
        let directory = self.inode().directory().ok_or(Errno::ENOTDIR)?;
        let entry = |(name, at): (&Arc<str>, &usize)| DirEntry {
            name: name.clone(),
            ino: *at as u64 + 1,
            kind: self.image.inodes[*at].kind(),
        };
        Ok(directory.entries.iter().map(entry).collect())
    }

    fn readlink(&self, _caller: &Caller) -> Result<Arc<str>> {
        match &self.inode().body {
            Body::Symlink(text) => Ok(text.clone()),
            _ => Err(Errno::EINVAL),
        }
    }

    fn read_at(&self, offset: u64, max: usize) -> Result<Bytes> {
        match &self.inode().body {
            Body::Regular(content) => {
                let start = usize::try_from(offset).unwrap_or(usize::MAX).min(content.len());
                let end = start.saturating_add(max).min(content.len());
                Ok(content.slice(start..end))
            }
            Body::Directory(_) => Err(Errno::EISDIR),
            Body::Symlink(_) | Body::Special(..) => Err(Errno::EINVAL),
        }
    }

    fn statfs(&self) -> Result<FsStat> {
        Ok(FsStat::unlimited("erofs"))
    }

    fn is_read_only(&self) -> bool {
        true
    }

    fn is_opaque(&self) -> bool {
        self.inode().directory().is_some_and(|directory| directory.opaque)
    }
}

impl fmt::Debug for ImageNode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "image inode {} ({:?})", self.at + 1, self.kind())
    }
}
