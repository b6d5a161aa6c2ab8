//! A read-only file tree whose content is shared, never copied: an image layer.
//!
//! Built once from a list of entries, as a layer's archive has them; later entries replace earlier ones.

mod build;
mod node;

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

pub use self::build::{ImageBuilder, ImageEntry, ImageError, ImageKind};
use crate::clock::Timestamp;
use crate::vfs::FileKind;

/// A finished tree.
#[derive(Debug)]
struct Image {
    dev: u64,
    /// By inode number less one; the root is the first.
    inodes: Vec<Inode>,
}

#[derive(Debug)]
struct Inode {
    mode: u32,
    uid: u32,
    gid: u32,
    mtime: Timestamp,
    nlink: u64,
    body: Body,
}

#[derive(Debug)]
enum Body {
    Regular(Bytes),
    Directory(Directory),
    Symlink(Arc<str>),
    /// A device, pipe or socket with its number; a whiteout is a character device with number 0.
    Special(FileKind, u64),
}

#[derive(Debug)]
struct Directory {
    entries: BTreeMap<Arc<str>, usize>,
    opaque: bool,
    /// The directory above and the name there.
    parent: Option<(usize, Arc<str>)>,
}

// === impl Inode ===

impl Inode {
    fn kind(&self) -> FileKind {
        match &self.body {
            Body::Regular(_) => FileKind::Regular,
            Body::Directory(_) => FileKind::Directory,
            Body::Symlink(_) => FileKind::Symlink,
            Body::Special(kind, _) => *kind,
        }
    }

    fn directory(&self) -> Option<&Directory> {
        match &self.body {
            Body::Directory(directory) => Some(directory),
            _ => None,
        }
    }

    fn directory_mut(&mut self) -> Option<&mut Directory> {
        match &mut self.body {
            Body::Directory(directory) => Some(directory),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
