//! A directory of the machine: the only way to its disk.
//!
//! Never leads out of its root: each call goes to the open handle of one directory with one name, so that `..` and
//! symbolic links are walked by [`crate::vfs`] inside the container's tree and never by the machine. Links show the
//! machine's text. Devices, pipes and sockets of the machine are seen but can't be opened (`ENXIO`). Names that
//! aren't Unicode aren't seen.
//!
//! Modes and owners are the machine's, times too. What is made belongs to the user that runs the node, who may give
//! nothing away (`EPERM`). Directories may be nested 256 deep (`ENAMETOOLONG`): each that is in use, with those above
//! it, keeps a handle of the machine open. A directory that was moved while somebody works in it keeps the path by which it was
//! found.

mod entries;
mod errors;
mod node;
#[cfg(unix)]
#[path = "hostfs/platform_unix.rs"]
mod platform;
#[cfg(windows)]
#[path = "hostfs/platform_windows.rs"]
mod platform;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Weak};

use cap_fs_ext::MetadataExt;
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use parking_lot::Mutex;

use self::node::HostNode;
use super::FsContext;
use crate::vfs::NodeRef;

/// How deep below the root a directory may be.
const DEPTH_MAX: usize = 256;

/// What all nodes of one file system share.
#[derive(Debug)]
struct HostVolume {
    dev: u64,
    /// The machine's number for the device that the root is on.
    host_dev: u64,
    read_only: bool,
    /// The directories in use by number, so that each takes one handle however often it is walked through.
    directories: Mutex<BTreeMap<u64, Weak<HostNode>>>,
}

/// The machine's directory at `path` as a file system.
///
/// # Errors
/// When it can't be opened as a directory.
pub fn hostfs(context: &FsContext, path: &Path, read_only: bool) -> io::Result<NodeRef> {
    hostfs_of(context, Dir::open_ambient_dir(path, ambient_authority())?, read_only)
}

/// An open directory of the machine as a file system.
///
/// # Errors
/// When it can't be looked at.
pub fn hostfs_of(context: &FsContext, directory: Dir, read_only: bool) -> io::Result<NodeRef> {
    let metadata = directory.dir_metadata()?;
    let (dev, host_dev) = (context.next_dev(), metadata.dev());
    let volume = HostVolume { dev, host_dev, read_only, directories: Mutex::default() };
    Ok(HostNode::root(Arc::new(volume), directory, &metadata))
}

#[cfg(test)]
mod tests;
