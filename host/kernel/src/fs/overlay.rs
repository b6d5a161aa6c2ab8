//! A container's root: read-only layers below, the container's changes in memory on top.
//!
//! The top is a [`tmpfs`](super::tmpfs) whose directories let lower layers show through, so that there is nothing to
//! copy up but what is written: a renamed or chmod-ed file of a layer keeps sharing the layer's content, and a
//! renamed directory keeps its layers (overlayfs would answer `EXDEV`). As with overlayfs, merged directories have
//! one link. Inode numbers stay the same from the first look on.
//!
//! Layers say "removed" with a character device of number 0, and "nothing below shows" with
//! [`is_opaque`](crate::vfs::Node::is_opaque). They must not change while the overlay lives.

use super::FsContext;
use super::tmpfs::{Special, Tmpfs, TmpfsOptions};
use crate::clock::Timestamp;
use crate::errno::{Errno, Result};
use crate::vfs::{FileKind, NodeRef, SetAttr, SetTime};

/// A merged file tree.
#[derive(Clone, Debug)]
pub struct Overlay {
    top: Tmpfs,
}

/// The limits of what a container may add.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OverlayLimits {
    /// The most bytes, counted in pages of 4096.
    pub size: Option<u64>,
    /// The most inodes, those of layers that were looked at included.
    pub inodes: Option<u64>,
}

// === impl Overlay ===

impl Overlay {
    /// Merges `layers`, the top one first. The root directory is as the top layer's.
    ///
    /// # Errors
    /// `EINVAL` without layers, `ENOTDIR` for a layer that is no directory.
    pub fn new(context: &FsContext, layers: Vec<NodeRef>, limits: OverlayLimits) -> Result<Self> {
        let top = layers.first().ok_or(Errno::EINVAL)?.stat()?;
        if layers.iter().any(|layer| layer.kind() != FileKind::Directory) {
            return Err(Errno::ENOTDIR);
        }
        let below_hidden = layers.iter().position(|layer| layer.is_opaque());
        let shown = below_hidden.map_or(layers.len(), |at| at + 1);
        let lowers = layers.into_iter().take(shown).collect();
        let options = TmpfsOptions {
            size: limits.size,
            inodes: limits.inodes,
            mode: top.mode,
            uid: top.uid,
            gid: top.gid,
        };
        let special = Special { fs_type: "overlay", devices: None, read_only: false };
        let overlay = Self { top: Tmpfs::special(context, &options, lowers, special) };
        if top.mtime != Timestamp::default() {
            let mtime = Some(SetTime::At(top.mtime));
            overlay.root().set_attr(&SetAttr { mtime, ..SetAttr::default() })?;
        }
        Ok(overlay)
    }

    /// The root directory, to be mounted.
    pub fn root(&self) -> NodeRef {
        self.top.root()
    }

    /// How many bytes the changes take, in pages of 4096: the container's part of ephemeral-storage.
    pub fn used_bytes(&self) -> u64 {
        self.top.used_bytes()
    }
}

#[cfg(test)]
mod tests;
