//! The file tree that processes see: nodes, mounts, path walk, permissions and open files. No storage: that is
//! [`crate::fs`].
//!
//! ```text
//!  path ──► walk (symlinks, "..", mounts, search permission) ──► Place = mount + node (+ where it was found)
//!                                                                  │
//!            MountNs operations: permission and POSIX checks ──► Node (an inode of one file system)
//!                                                                  │ open
//!                                                                  └──► File (an open file description)
//! ```
//!
//! * [`Node`] is what a file system implements. It checks types and existence atomically, never permissions.
//! * [`MountNs`] is what a container sees: a root and what is mounted below it. All path calls are its methods.
//! * [`Place`] is a point of that tree: a working directory, the base of `openat`. [`Place::path`] rebuilds its name.
//! * [`Caller`] is who asks.
//!
//! Mount points are kept by (directory, name), not by inode, and a directory knows its parent ([`Node::parent`]), so
//! `..` and path names stay right after renames, and nothing has to be cached or invalidated here.
//!
//! # Lock order
//! ```text
//! an open file's offset
//!   └── a file system's structure lock (create, link, unlink, rename)
//!         └── node states: a directory before what is in it; more than one at a time only under the structure lock
//! a mount namespace's table: only to copy the reference to it; nothing is called meanwhile
//! ```

mod attributes;
mod caller;
mod change;
mod mount;
mod node;
mod open;
mod opened;
mod place;
mod query;
mod rename;
mod stat;
mod walk;

pub use self::caller::{Access, Caller};
pub use self::mount::{MountFlags, MountInfo, MountNs};
pub use self::node::{DirEntry, Jump, NewKind, NewNode, Node, NodeId, NodeRef, Parent};
pub use self::open::OpenOptions;
pub use self::opened::{OpenDirectory, OpenFile};
pub use self::place::Place;
pub use self::stat::{FileKind, FsStat, SetAttr, SetTime, Stat};

/// The longest name of a directory entry, in bytes.
pub const NAME_MAX: usize = 255;
/// A path, with its terminating zero, may be this long, in bytes.
pub const PATH_MAX: usize = 4096;
/// So many symbolic links may be followed in one walk.
pub const LINKS_MAX: u32 = 40;

#[cfg(test)]
mod tests;
