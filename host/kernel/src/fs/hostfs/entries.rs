//! Entries of the machine's directories: listing and changing them.

use std::sync::Arc;

use cap_fs_ext::{DirEntryExt, FollowSymlinks, OpenOptionsFollowExt};
use cap_std::fs::OpenOptions as HostOptions;

use super::errors::errno;
use super::node::{HostNode, kind_of};
use super::platform;
use crate::errno::{Errno, Result};
use crate::vfs::{DirEntry, NewKind, NewNode, Node};

// === impl HostNode ===

impl HostNode {
    pub(super) fn list(&self) -> Result<Vec<DirEntry>> {
        let mut entries = Vec::new();
        for entry in self.dir()?.entries().map_err(errno)? {
            let entry = entry.map_err(errno)?;
            let (Some(name), Ok(metadata)) =
                (entry.file_name().to_str().map(Arc::from), entry.full_metadata())
            else {
                continue;
            };
            entries.push(DirEntry { name, ino: self.volume.ino(&metadata), kind: kind_of(&metadata) });
        }
        entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    pub(super) fn create_entry(&self, name: &str, new: &NewNode<'_>) -> Result<Arc<Self>> {
        let dir = self.dir()?;
        if platform::is_bad_name(name) {
            return Err(Errno::EINVAL);
        }
        let mut made = None;
        match new.kind {
            NewKind::Regular => {
                let mut options = HostOptions::new();
                options.read(true).write(true).create_new(true).follow(FollowSymlinks::No);
                platform::set_mode(&mut options, new.mode);
                made = Some(dir.open_with(name, &options).map_err(errno)?);
            }
            NewKind::Directory => platform::create_dir(dir, name, new.mode).map_err(errno)?,
            NewKind::Symlink(text) => platform::symlink(dir, text, name).map_err(errno)?,
            NewKind::Fifo | NewKind::Socket | NewKind::CharDevice(_) | NewKind::BlockDevice(_) => {
                return Err(Errno::EPERM);
            }
        }
        let metadata = match &made {
            Some(file) => file.metadata(),
            None => dir.symlink_metadata(name),
        };
        let node = self.entry(name, &metadata.map_err(errno)?)?;
        if let Some(file) = made {
            node.keep(file);
        }
        // The machine took its own umask off.
        if !matches!(new.kind, NewKind::Symlink(_)) && node.stat()?.mode != new.mode {
            node.set_mode(new.mode)?;
        }
        Ok(node)
    }

    pub(super) fn link_entry(&self, name: &str, node: &Self) -> Result<()> {
        if platform::is_bad_name(name) {
            return Err(Errno::EINVAL);
        }
        let (from, old) = node.position()?;
        from.hard_link(old, self.dir()?, name).map_err(errno)
    }

    pub(super) fn rename_entry(&self, old: &str, to: &Self, new: &str, no_replace: bool) -> Result<()> {
        if platform::is_bad_name(new) {
            return Err(Errno::EINVAL);
        }
        let target = to.dir()?;
        if no_replace && target.symlink_metadata(new).is_ok() {
            return Err(Errno::EEXIST);
        }
        self.dir()?.rename(old, target, new).map_err(errno)
    }
}
