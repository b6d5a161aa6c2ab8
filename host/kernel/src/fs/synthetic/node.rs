//! The nodes of a synthetic file system.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use super::opened::OpenGenerated;
use super::{Entry, Item, Volume};
use crate::errno::{Errno, Result};
use crate::file::FileRef;
use crate::vfs::{
    Caller, DirEntry, FileKind, FsStat, Jump, Node, NodeId, NodeRef, OpenOptions, Parent, Place, SetAttr,
    Stat,
};

/// The root's number.
const ROOT: u64 = 1;

/// A node; made anew at each lookup.
pub(super) struct SyntheticNode {
    volume: Arc<Volume>,
    ino: u64,
    entry: Entry,
    parent: Option<Parent>,
}

/// The number of `name` in directory `parent`: FNV-1a of both, never the root's.
fn inode_number(parent: u64, name: &str) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in parent.to_le_bytes().into_iter().chain(name.bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash.max(ROOT + 1)
}

// === impl SyntheticNode ===

impl SyntheticNode {
    pub(super) fn root(volume: Arc<Volume>, entry: Entry) -> NodeRef {
        Arc::new(Self { volume, ino: ROOT, entry, parent: None })
    }

    /// This directory once more, as what is in it refers to it.
    fn again(&self) -> NodeRef {
        let Self { volume, ino, entry, parent } = self;
        Arc::new(Self { volume: volume.clone(), ino: *ino, entry: entry.clone(), parent: parent.clone() })
    }
}

impl Node for SyntheticNode {
    fn id(&self) -> NodeId {
        NodeId { dev: self.volume.dev, ino: self.ino }
    }

    fn kind(&self) -> FileKind {
        self.entry.kind()
    }

    fn stat(&self) -> Result<Stat> {
        let time = self.volume.made;
        Ok(Stat {
            dev: self.volume.dev,
            ino: self.ino,
            kind: self.kind(),
            mode: self.entry.mode,
            nlink: if self.kind() == FileKind::Directory { 2 } else { 1 },
            uid: self.entry.uid,
            gid: self.entry.gid,
            rdev: 0,
            size: 0,
            blocks: 0,
            atime: time,
            mtime: time,
            ctime: time,
        })
    }

    /// Emptying a file before writing to it means nothing here, but is no error.
    fn set_attr(&self, change: &SetAttr) -> Result<()> {
        let only_size = SetAttr { size: change.size, ..SetAttr::default() };
        if *change == only_size { Ok(()) } else { Err(Errno::EPERM) }
    }

    fn parent(&self) -> Option<Parent> {
        if self.kind() == FileKind::Directory { self.parent.clone() } else { None }
    }

    fn lookup(&self, name: &str) -> Result<NodeRef> {
        let Item::Directory(listing) = &self.entry.item else { return Err(Errno::ENOTDIR) };
        let entry = listing.entry(name)?;
        // Only directories ask for what is above.
        let parent = matches!(entry.item, Item::Directory(_))
            .then(|| Parent { node: self.again(), name: Arc::from(name) });
        let ino = inode_number(self.ino, name);
        Ok(Arc::new(Self { volume: self.volume.clone(), ino, entry, parent }))
    }

    fn read_dir(&self) -> Result<Vec<DirEntry>> {
        let Item::Directory(listing) = &self.entry.item else { return Err(Errno::ENOTDIR) };
        let entry = |(name, kind): (Arc<str>, FileKind)| {
            let ino = inode_number(self.ino, &name);
            DirEntry { name, ino, kind }
        };
        let mut entries: Vec<DirEntry> = listing.names()?.into_iter().map(entry).collect();
        entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    fn readlink(&self, caller: &Caller) -> Result<Arc<str>> {
        match &self.entry.item {
            Item::Link(text) | Item::Magic(text, _) => Ok(Arc::from(text(caller)?)),
            Item::Directory(_) | Item::File(_) => Err(Errno::EINVAL),
        }
    }

    fn follow(&self, caller: &Caller) -> Option<Result<Jump>> {
        match &self.entry.item {
            Item::Magic(_, follow) => Some(follow(caller)),
            Item::Link(_) | Item::Directory(_) | Item::File(_) => None,
        }
    }

    /// What the kernel itself sees of a file that it didn't open.
    fn read_at(&self, offset: u64, max: usize) -> Result<Bytes> {
        match &self.entry.item {
            Item::File(file) => {
                let content = file.content(&Caller::root())?;
                let start = usize::try_from(offset).unwrap_or(usize::MAX).min(content.len());
                Ok(content.slice(start..start.saturating_add(max).min(content.len())))
            }
            Item::Directory(_) => Err(Errno::EISDIR),
            Item::Link(_) | Item::Magic(..) => Err(Errno::EINVAL),
        }
    }

    fn open(
        self: Arc<Self>,
        caller: &Caller,
        place: &Place,
        options: OpenOptions,
    ) -> Option<Result<FileRef>> {
        let Item::File(file) = &self.entry.item else { return None };
        let content = if options.read { file.content(caller) } else { Ok(Bytes::new()) };
        Some(content.map(|content| -> FileRef {
            Arc::new(OpenGenerated::new(file.clone(), content, place.clone(), options))
        }))
    }

    fn statfs(&self) -> Result<FsStat> {
        Ok(FsStat::unlimited(self.volume.fs_type))
    }
}

impl fmt::Debug for SyntheticNode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} inode {} ({:?})", self.volume.fs_type, self.ino, self.entry)
    }
}
