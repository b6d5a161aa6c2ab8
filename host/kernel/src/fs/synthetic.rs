//! A toolkit for file systems made by code, such as `/proc`: directories, files and links that are functions.
//!
//! ```
//! use wasipod_kernel::clock::Clock;
//! use wasipod_kernel::fs::FsContext;
//! use wasipod_kernel::fs::synthetic::{Entry, Fixed, mount_root};
//!
//! let mut root = Fixed::new();
//! root.add("version", Entry::file(|_caller| Ok("wasipod 0.1.0\n".into())));
//! root.add("self", Entry::link(|caller| Ok(caller.pid.to_string())));
//! let context = FsContext::new(Clock::virtual_());
//! let root = mount_root(&context, "proc", Entry::directory(root));
//! assert_eq!(root.lookup("version").unwrap().read_at(0, 7).unwrap(), "wasipod");
//! ```
//!
//! Inode numbers are made from the names that lead to a node, so that nothing has to be remembered of nodes that
//! come and go. A file's content is made when it is opened; like `/proc`'s, its size is 0.

mod node;
mod opened;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use self::node::SyntheticNode;
use super::FsContext;
use crate::clock::Timestamp;
use crate::errno::{Errno, Result};
use crate::vfs::{Caller, FileKind, Jump, NodeRef};

/// A directory made by code.
pub trait Listing: Send + Sync {
    /// The entry called `name`.
    ///
    /// # Errors
    /// `ENOENT`.
    fn entry(&self, name: &str) -> Result<Entry>;

    /// All names with their types, in any order.
    ///
    /// # Errors
    /// `ENOENT` when what the directory is about has gone.
    fn names(&self) -> Result<Vec<(Arc<str>, FileKind)>>;
}

/// A file made by code.
pub trait Generated: Send + Sync {
    /// The whole content, for a process that opens it.
    ///
    /// # Errors
    /// What opening shall answer.
    fn content(&self, caller: &Caller) -> Result<Bytes>;

    /// Takes what a process wrote, in one piece as written; how much was taken.
    ///
    /// # Errors
    /// `EPERM` unless implemented; then `EINVAL` for what makes no sense.
    fn write(&self, _data: &[u8]) -> Result<usize> {
        Err(Errno::EPERM)
    }
}

/// What is in a directory: cheap to make, at each lookup.
#[derive(Clone)]
pub struct Entry {
    item: Item,
    mode: u32,
    uid: u32,
    gid: u32,
}

#[derive(Clone)]
enum Item {
    Directory(Arc<dyn Listing>),
    File(Arc<dyn Generated>),
    Link(Arc<Text>),
    Magic(Arc<Text>, Arc<Follow>),
}

type Text = dyn Fn(&Caller) -> Result<String> + Send + Sync;
type Follow = dyn Fn(&Caller) -> Result<Jump> + Send + Sync;

/// A directory whose entries are always the same.
#[derive(Clone, Debug, Default)]
pub struct Fixed {
    entries: BTreeMap<Arc<str>, Entry>,
}

/// What all nodes of one file system share.
#[derive(Debug)]
struct Volume {
    dev: u64,
    fs_type: &'static str,
    made: Timestamp,
}

/// The root of a file system whose root directory is `entry`; `fs_type` is its name in `/proc/mounts`.
pub fn mount_root(context: &FsContext, fs_type: &'static str, entry: Entry) -> NodeRef {
    let volume = Volume { dev: context.next_dev(), fs_type, made: context.clock().wall() };
    SyntheticNode::root(Arc::new(volume), entry)
}

struct Function<F>(F);

impl<F: Fn(&Caller) -> Result<Bytes> + Send + Sync> Generated for Function<F> {
    fn content(&self, caller: &Caller) -> Result<Bytes> {
        self.0(caller)
    }
}

// === impl Entry ===

impl Entry {
    fn new(item: Item, mode: u32) -> Self {
        Self { item, mode, uid: 0, gid: 0 }
    }

    /// A directory: root's, mode 0555.
    pub fn directory(listing: impl Listing + 'static) -> Self {
        Self::new(Item::Directory(Arc::new(listing)), 0o555)
    }

    /// A file that can only be read: root's, mode 0444.
    pub fn file(content: impl Fn(&Caller) -> Result<Bytes> + Send + Sync + 'static) -> Self {
        Self::generated(Function(content)).mode(0o444)
    }

    /// A file that may take writes: root's, mode 0644.
    pub fn generated(file: impl Generated + 'static) -> Self {
        Self::new(Item::File(Arc::new(file)), 0o644)
    }

    /// A symbolic link whose text may depend on who asks.
    pub fn link(text: impl Fn(&Caller) -> Result<String> + Send + Sync + 'static) -> Self {
        Self::new(Item::Link(Arc::new(text)), 0o777)
    }

    /// A magic link: it shows a text but leads where `follow` says (`/proc/PID/fd/N`, `/proc/PID/root`).
    pub fn magic(
        text: impl Fn(&Caller) -> Result<String> + Send + Sync + 'static,
        follow: impl Fn(&Caller) -> Result<Jump> + Send + Sync + 'static,
    ) -> Self {
        Self::new(Item::Magic(Arc::new(text), Arc::new(follow)), 0o777)
    }

    /// With other permission bits.
    #[must_use]
    pub fn mode(self, mode: u32) -> Self {
        Self { mode, ..self }
    }

    /// With another owner and group.
    #[must_use]
    pub fn owner(self, uid: u32, gid: u32) -> Self {
        Self { uid, gid, ..self }
    }

    /// The type.
    pub fn kind(&self) -> FileKind {
        match &self.item {
            Item::Directory(_) => FileKind::Directory,
            Item::File(_) => FileKind::Regular,
            Item::Link(_) | Item::Magic(..) => FileKind::Symlink,
        }
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?} {:04o} {}:{}", self.kind(), self.mode, self.uid, self.gid)
    }
}

// === impl Fixed ===

impl Fixed {
    /// An empty directory.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an entry, in place of one with that name.
    pub fn add(&mut self, name: &str, entry: Entry) -> &mut Self {
        self.entries.insert(Arc::from(name), entry);
        self
    }
}

impl Listing for Fixed {
    fn entry(&self, name: &str) -> Result<Entry> {
        self.entries.get(name).cloned().ok_or(Errno::ENOENT)
    }

    fn names(&self) -> Result<Vec<(Arc<str>, FileKind)>> {
        Ok(self.entries.iter().map(|(name, entry)| (name.clone(), entry.kind())).collect())
    }
}

#[cfg(test)]
mod tests;
