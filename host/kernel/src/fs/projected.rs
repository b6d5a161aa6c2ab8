//! Volumes that the kubelet writes and containers read: secret, configMap, downwardAPI, projected.
//!
//! The layout and its updates are the kubelet's atomic writer's (VOL-13):
//!
//! ```text
//!  KEY ──► ..data/KEY          ..data ──► ..2025_01_01_00_00_00.000000000          (the only real files are there)
//!
//!  update:  new timestamped directory ─► ..data_tmp ─► renamed to ..data ─► links fixed ─► old directory removed
//! ```
//!
//! A reader that opens `..data` first sees one version of all files. Guests get `EROFS` for every change.

mod stamp;

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use parking_lot::Mutex;

use self::stamp::directory_name;
use super::FsContext;
use super::tmpfs::{Special, Tmpfs, TmpfsOptions};
use crate::clock::Clock;
use crate::errno::{Errno, Result};
use crate::vfs::{FileKind, NAME_MAX, NewKind, NewNode, NodeRef};

/// The link to the present version.
const DATA: &str = "..data";
/// The link that becomes [`DATA`].
const DATA_NEXT: &str = "..data_tmp";

/// One file.
#[derive(Clone, PartialEq, Eq)]
pub struct ProjectedFile {
    /// What is in it; may be secret, so that it is never printed.
    pub content: Bytes,
    /// Permission bits.
    pub mode: u32,
}

/// The files of a volume by path (`KEY`, `dir/KEY`).
pub type Payload = BTreeMap<String, ProjectedFile>;

/// A volume.
#[derive(Debug)]
pub struct Projected {
    root: NodeRef,
    clock: Clock,
    uid: u32,
    gid: u32,
    /// What is shown now; held during updates.
    shown: Mutex<Option<Shown>>,
}

/// The version that is shown.
struct Shown {
    directory: String,
    payload: Payload,
}

/// Why an update was refused; nothing has changed then.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ProjectedError {
    /// Absolute, with `..`, too long, reserved, or below another file.
    #[error("invalid path `{0}`")]
    InvalidPath(String),
    /// The file system refused.
    #[error("writing the volume: {0}")]
    Write(#[from] Errno),
}

// === impl ProjectedFile ===

impl std::fmt::Debug for ProjectedFile {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} bytes, mode {:o}", self.content.len(), self.mode)
    }
}

impl std::fmt::Debug for Shown {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} files in {}", self.payload.len(), self.directory)
    }
}

// === impl Projected ===

impl Projected {
    /// An empty volume; `uid` and `gid` (a Pod's `fsGroup`) own everything in it. Its root has mode 01777 and, with a
    /// group, set-group-ID, like the kubelet's volume directories.
    pub fn new(context: &FsContext, uid: u32, gid: u32) -> Self {
        let mode = if gid == 0 { 0o1777 } else { 0o3777 };
        let options = TmpfsOptions { mode, uid, gid, ..TmpfsOptions::default() };
        let special = Special { fs_type: "tmpfs", devices: None, read_only: true };
        let root = Tmpfs::special(context, &options, Vec::new(), special).root();
        Self { root, clock: context.clock().clone(), uid, gid, shown: Mutex::new(None) }
    }

    /// The root directory, to be mounted.
    pub fn root(&self) -> NodeRef {
        self.root.clone()
    }

    /// Shows `payload` from now on; whether anything changed. The same files with the same content stay as they are
    /// (VOL-14).
    ///
    /// # Errors
    /// [`ProjectedError`]; what was shown stays.
    pub fn update(&self, payload: Payload) -> Result<bool, ProjectedError> {
        check(&payload)?;
        let mut shown = self.shown.lock();
        let old = shown.as_ref();
        if old.is_some_and(|old| same_content(&old.payload, &payload)) {
            return Ok(false);
        }
        let directory = directory_name(self.clock.wall(), |name| self.root.lookup(name).is_ok());
        if let Err(error) = self.write_version(&directory, &payload) {
            remove_tree(&self.root, &directory)?;
            return Err(error.into());
        }
        self.create(&self.root, DATA_NEXT, NewKind::Symlink(&directory), 0o777)?;
        self.root.rename(DATA_NEXT, &self.root, DATA, false)?;
        let links = first_components(&payload);
        for link in &links {
            match self.create(&self.root, link, NewKind::Symlink(&format!("{DATA}/{link}")), 0o777) {
                Ok(_) | Err(Errno::EEXIST) => {}
                Err(error) => return Err(error.into()),
            }
        }
        if let Some(old) = old {
            for link in first_components(&old.payload).difference(&links) {
                self.root.unlink(link)?;
            }
            remove_tree(&self.root, &old.directory)?;
        }
        *shown = Some(Shown { directory, payload });
        Ok(true)
    }

    fn create(&self, dir: &NodeRef, name: &str, kind: NewKind<'_>, mode: u32) -> Result<NodeRef> {
        dir.create(name, &NewNode { kind, mode, uid: self.uid, gid: self.gid })
    }

    fn write_version(&self, directory: &str, payload: &Payload) -> Result<()> {
        let version = self.create(&self.root, directory, NewKind::Directory, 0o755)?;
        for (path, file) in payload {
            let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
            let mut dir = version.clone();
            for component in above.split('/').filter(|component| !component.is_empty()) {
                dir = match dir.lookup(component) {
                    Err(Errno::ENOENT) => self.create(&dir, component, NewKind::Directory, 0o755)?,
                    found => found?,
                };
            }
            let node = self.create(&dir, name, NewKind::Regular, file.mode & 0o7777)?;
            let mut written = 0;
            while written < file.content.len() {
                written += node.write_at(written as u64, &file.content[written..])?;
            }
        }
        Ok(())
    }
}

/// The entries of the volume's root that users see.
fn first_components(payload: &Payload) -> BTreeSet<&str> {
    payload.keys().map(|path| path.split_once('/').map_or(path.as_str(), |(first, _)| first)).collect()
}

fn same_content(old: &Payload, new: &Payload) -> bool {
    old.len() == new.len()
        && old.iter().zip(new).all(|((path, old), (other, new))| path == other && old.content == new.content)
}

/// Paths are relative, without `..`, and don't begin with what is the writer's own.
fn check(payload: &Payload) -> Result<(), ProjectedError> {
    for path in payload.keys() {
        let bad =
            |name: &str| matches!(name, "" | "." | "..") || name.len() > NAME_MAX || name.contains('\0');
        let below_file = path.match_indices('/').any(|(at, _)| payload.contains_key(&path[..at]));
        if path.starts_with("..") || path.split('/').any(bad) || below_file {
            return Err(ProjectedError::InvalidPath(path.clone()));
        }
    }
    Ok(())
}

/// Removes `name` and what is in it; only as deep as a payload's paths are.
fn remove_tree(dir: &NodeRef, name: &str) -> Result<()> {
    let node = match dir.lookup(name) {
        Err(Errno::ENOENT) => return Ok(()),
        node => node?,
    };
    if node.kind() != FileKind::Directory {
        return dir.unlink(name);
    }
    for entry in node.read_dir()? {
        remove_tree(&node, &entry.name)?;
    }
    dir.rmdir(name)
}

#[cfg(test)]
mod tests;
