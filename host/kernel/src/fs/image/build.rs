//! Building a tree from a layer's entries.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use super::node::ImageNode;
use super::{Body, Directory, Image, Inode};
use crate::clock::Timestamp;
use crate::fs::FsContext;
use crate::vfs::{FileKind, NAME_MAX, NodeRef};

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageKind {
    /// A regular file with this content.
    Regular(Bytes),
    /// A directory; with what earlier entries put there, if it was one.
    Directory,
    /// A symbolic link with this text.
    Symlink(String),
    /// One more name of the file that an earlier entry put at this path.
    HardLink(String),
    /// A named pipe.
    Fifo,
    /// A character device with this number.
    CharDevice(u64),
    /// A block device with this number.
    BlockDevice(u64),
    /// Removes what lower layers have there.
    Whiteout,
}

/// One entry of a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageEntry {
    /// What it is.
    pub kind: ImageKind,
    /// Permission bits; hard links and whiteouts have none of their own, nor owners and times.
    pub mode: u32,
    /// The owner.
    pub uid: u32,
    /// The group.
    pub gid: u32,
    /// When it was changed.
    pub mtime: Timestamp,
}

/// Why an entry can't be put into the tree.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ImageError {
    /// `..` or a name that is too long or has a zero byte.
    #[error("path `{0}` has a component that no file can be called")]
    BadPath(String),
    /// An entry below something that isn't a directory.
    #[error("path `{0}` leads through something that isn't a directory")]
    NotADirectory(String),
    /// The root can only be a directory.
    #[error("the root can only be a directory")]
    Root,
    /// A hard link to nothing, or to a directory.
    #[error("hard link `{path}`: there is no file `{target}`")]
    BadHardLink {
        /// The link.
        path: String,
        /// What it should be another name of.
        target: String,
    },
}

/// Collects entries.
#[derive(Debug)]
pub struct ImageBuilder {
    inodes: Vec<Inode>,
}

/// The names of a path; as in archives, `.` and empty ones mean nothing.
fn components(path: &str) -> Result<Vec<&str>, ImageError> {
    let names: Vec<&str> = path.split('/').filter(|name| !matches!(*name, "" | ".")).collect();
    let bad = |name: &&str| *name == ".." || name.len() > NAME_MAX || name.contains('\0');
    if names.iter().any(bad) { Err(ImageError::BadPath(path.to_owned())) } else { Ok(names) }
}

fn directory(parent: Option<(usize, Arc<str>)>, opaque: bool) -> Inode {
    let body = Body::Directory(Directory { entries: BTreeMap::new(), opaque, parent });
    Inode { mode: 0o755, uid: 0, gid: 0, mtime: Timestamp::default(), nlink: 0, body }
}

// === impl ImageBuilder ===

impl ImageBuilder {
    /// Only a root directory: root's, mode 0755.
    pub fn new() -> Self {
        Self { inodes: vec![directory(None, false)] }
    }

    /// Adds an entry; directories above it that are missing are root's, mode 0755.
    ///
    /// # Errors
    /// [`ImageError`].
    pub fn add(&mut self, path: &str, entry: ImageEntry) -> Result<(), ImageError> {
        let names = components(path)?;
        let ImageEntry { kind, mode, uid, gid, mtime } = entry;
        let mode = mode & 0o7777;
        let body = match kind {
            ImageKind::Directory => {
                let at = self.directory_at(path, &names, true)?;
                let inode = &mut self.inodes[at];
                (inode.mode, inode.uid, inode.gid, inode.mtime) = (mode, uid, gid, mtime);
                return Ok(());
            }
            ImageKind::HardLink(target) => return self.hard_link(path, &names, &target),
            ImageKind::Regular(content) => Body::Regular(content),
            ImageKind::Symlink(text) => Body::Symlink(Arc::from(text)),
            ImageKind::Fifo => Body::Special(FileKind::Fifo, 0),
            ImageKind::CharDevice(rdev) => Body::Special(FileKind::CharDevice, rdev),
            ImageKind::BlockDevice(rdev) => Body::Special(FileKind::BlockDevice, rdev),
            ImageKind::Whiteout => Body::Special(FileKind::CharDevice, 0),
        };
        let (name, above) = names.split_last().ok_or(ImageError::Root)?;
        let above = self.directory_at(path, above, false)?;
        let at = self.inodes.len();
        self.inodes.push(Inode { mode, uid, gid, mtime, nlink: 0, body });
        self.put(above, name, at);
        Ok(())
    }

    /// Says that nothing of lower layers shows in the directory `path`.
    ///
    /// # Errors
    /// [`ImageError`].
    pub fn add_opaque(&mut self, path: &str) -> Result<(), ImageError> {
        let at = self.directory_at(path, &components(path)?, true)?;
        if let Some(directory) = self.inodes[at].directory_mut() {
            directory.opaque = true;
        }
        Ok(())
    }

    /// The tree's root, as a file system of its own.
    pub fn build(self, context: &FsContext) -> NodeRef {
        let mut inodes = self.inodes;
        let links: Vec<u64> = inodes
            .iter()
            .map(|inode| match inode.directory() {
                None => inode.nlink,
                Some(directory) => {
                    let below = |at: &&usize| inodes[**at].directory().is_some();
                    2 + directory.entries.values().filter(below).count() as u64
                }
            })
            .collect();
        for (inode, nlink) in inodes.iter_mut().zip(links) {
            inode.nlink = nlink;
        }
        ImageNode::root(Arc::new(Image { dev: context.next_dev(), inodes }))
    }

    /// Puts inode `at` into a directory in place of what is called so there.
    fn put(&mut self, above: usize, name: &str, at: usize) {
        self.inodes[at].nlink += 1;
        let directory = self.inodes[above].directory_mut();
        let replaced = directory.and_then(|directory| directory.entries.insert(Arc::from(name), at));
        if let Some(replaced) = replaced {
            let nlink = &mut self.inodes[replaced].nlink;
            *nlink = nlink.saturating_sub(1);
        }
    }

    fn child(&self, above: usize, name: &str) -> Option<usize> {
        self.inodes[above].directory()?.entries.get(name).copied()
    }

    /// The directory at those components of `path`, made where it is missing. What isn't a directory gives way only
    /// as the last component of a directory's own entry (`replace`), and whiteouts always.
    fn directory_at(&mut self, path: &str, names: &[&str], replace: bool) -> Result<usize, ImageError> {
        let mut at = 0;
        for (depth, name) in names.iter().enumerate() {
            let last = depth + 1 == names.len();
            let found = self.child(at, name);
            if let Some(found) = found
                && self.inodes[found].directory().is_some()
            {
                at = found;
                continue;
            }
            // A whiteout and then a new directory in one layer: what lower layers have in it is gone.
            let whiteout = found.is_some_and(|found| self.is_whiteout(found));
            if found.is_some() && !whiteout && !(last && replace) {
                return Err(ImageError::NotADirectory(path.to_owned()));
            }
            let new = self.inodes.len();
            self.inodes.push(directory(Some((at, Arc::from(*name))), whiteout));
            self.put(at, name, new);
            at = new;
        }
        Ok(at)
    }

    fn is_whiteout(&self, at: usize) -> bool {
        matches!(self.inodes[at].body, Body::Special(FileKind::CharDevice, 0))
    }

    fn hard_link(&mut self, path: &str, names: &[&str], target: &str) -> Result<(), ImageError> {
        let mut found = Some(0);
        for name in components(target)? {
            found = found.and_then(|at| self.child(at, name));
        }
        let found = found.filter(|at| self.inodes[*at].directory().is_none() && !self.is_whiteout(*at));
        let Some(found) = found else {
            return Err(ImageError::BadHardLink { path: path.to_owned(), target: target.to_owned() });
        };
        let (name, above) = names.split_last().ok_or(ImageError::Root)?;
        let above = self.directory_at(path, above, false)?;
        self.put(above, name, found);
        Ok(())
    }
}

impl Default for ImageBuilder {
    fn default() -> Self {
        Self::new()
    }
}
