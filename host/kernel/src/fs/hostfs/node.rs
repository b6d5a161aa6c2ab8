//! The nodes of a directory of the machine.

use std::any::Any;
use std::fmt;
use std::io;
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use cap_fs_ext::{
    DirExt, FollowSymlinks, MetadataExt, OpenOptionsFollowExt, OpenOptionsSyncExt, SystemTimeSpec,
};
use cap_std::fs::{Dir, File, Metadata, OpenOptions as HostOptions};
use cap_std::time::SystemTime as CapTime;
use parking_lot::Mutex;

use super::errors::errno;
use super::{DEPTH_MAX, HostVolume, platform};
use crate::clock::Timestamp;
use crate::errno::{Errno, Result};
use crate::file::FileRef;
use crate::vfs::{
    Caller, DirEntry, FileKind, FsStat, NewNode, Node, NodeId, NodeRef, OpenOptions, Parent, Place, SetAttr,
    SetTime, Stat,
};

/// The most that one read gives, in bytes.
const READ_MAX: usize = 16 * 1024 * 1024;

/// A file of the machine, as it was found.
pub(super) struct HostNode {
    this: Weak<HostNode>,
    pub(super) volume: Arc<HostVolume>,
    pub(super) kind: FileKind,
    ino: u64,
    /// The directory above and the name there; `None` for the root.
    pub(super) found: Option<(Arc<HostNode>, Arc<str>)>,
    /// How many directories are above.
    depth: usize,
    /// A directory's handle.
    directory: Option<Dir>,
    /// A regular file's handles, kept from the first use on: they outlive its name.
    handles: Mutex<Handles>,
}

#[derive(Default)]
struct Handles {
    read: Option<Arc<File>>,
    write: Option<Arc<File>>,
}

fn timestamp(time: io::Result<CapTime>) -> Timestamp {
    let since = time.ok().and_then(|time| time.into_std().duration_since(SystemTime::UNIX_EPOCH).ok());
    let nanos = since.map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(u64::MAX));
    Timestamp::from_nanos(nanos)
}

fn host_time(time: SetTime) -> SystemTimeSpec {
    match time {
        SetTime::Now => SystemTimeSpec::SymbolicNow,
        SetTime::At(time) => {
            let since = Duration::from_nanos(time.as_nanos());
            SystemTimeSpec::Absolute(CapTime::from_std(SystemTime::UNIX_EPOCH + since))
        }
    }
}

pub(super) fn kind_of(metadata: &Metadata) -> FileKind {
    let kind = metadata.file_type();
    if kind.is_file() {
        FileKind::Regular
    } else if kind.is_dir() {
        FileKind::Directory
    } else if kind.is_symlink() {
        FileKind::Symlink
    } else {
        platform::special_kind(kind)
    }
}

// === impl HostVolume ===

impl HostVolume {
    /// Our number for a file: the machine's, changed for what is on other devices mounted below.
    pub(super) fn ino(&self, metadata: &Metadata) -> u64 {
        let other = metadata.dev() ^ self.host_dev;
        metadata.ino() ^ other.wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

// === impl HostNode ===

impl HostNode {
    pub(super) fn root(volume: Arc<HostVolume>, directory: Dir, metadata: &Metadata) -> NodeRef {
        let ino = volume.ino(metadata);
        Self::new(volume, FileKind::Directory, ino, None, Some(directory))
    }

    fn new(
        volume: Arc<HostVolume>,
        kind: FileKind,
        ino: u64,
        found: Option<(Arc<Self>, Arc<str>)>,
        directory: Option<Dir>,
    ) -> Arc<Self> {
        let depth = found.as_ref().map_or(0, |(above, _)| above.depth + 1);
        Arc::new_cyclic(|this| {
            let (this, handles) = (this.clone(), Mutex::default());
            Self { this, volume, kind, ino, found, depth, directory, handles }
        })
    }

    pub(super) fn dir(&self) -> Result<&Dir> {
        self.directory.as_ref().ok_or(Errno::ENOTDIR)
    }

    /// The entry `name`, of which the machine says `metadata`.
    pub(super) fn entry(&self, name: &str, metadata: &Metadata) -> Result<Arc<Self>> {
        let kind = kind_of(metadata);
        let above = self.this.upgrade().ok_or(Errno::ENOENT)?;
        let (volume, found) = (self.volume.clone(), Some((above, Arc::from(name))));
        if kind != FileKind::Directory {
            return Ok(Self::new(volume, kind, self.volume.ino(metadata), found, None));
        }
        if self.depth >= DEPTH_MAX {
            return Err(Errno::ENAMETOOLONG);
        }
        let known = self.known(metadata);
        if let Some(known) = known.filter(|known| known.is_at(self.ino, name)) {
            return Ok(known);
        }
        let directory = self.dir()?.open_dir_nofollow(name).map_err(errno)?;
        // What was opened counts, should it have been exchanged meanwhile.
        let ino = self.volume.ino(&directory.dir_metadata().map_err(errno)?);
        let node = Self::new(volume, kind, ino, found, Some(directory));
        self.volume.directories.lock().insert(ino, Arc::downgrade(&node));
        Ok(node)
    }

    /// The directory with the number in `metadata`, if it is in use. The lock is released before the result can be
    /// dropped, which takes it again.
    fn known(&self, metadata: &Metadata) -> Option<Arc<Self>> {
        self.volume.directories.lock().get(&self.volume.ino(metadata)).and_then(Weak::upgrade)
    }

    fn is_at(&self, above: u64, name: &str) -> bool {
        self.found.as_ref().is_some_and(|found| found.0.ino == above && *found.1 == *name)
    }

    /// Keeps the handle of a file that was just made.
    pub(super) fn keep(&self, file: File) {
        let file = Arc::new(file);
        *self.handles.lock() = Handles { read: Some(file.clone()), write: Some(file) };
    }

    /// The directory and the name under which the machine is asked.
    pub(super) fn position(&self) -> Result<(&Dir, &str)> {
        match &self.found {
            Some((above, name)) => Ok((above.dir()?, name)),
            None => Ok((self.dir()?, ".")),
        }
    }

    /// A handle of a regular file, opened now if it wasn't.
    fn file(&self, write: bool) -> Result<Arc<File>> {
        if self.kind != FileKind::Regular {
            return Err(if self.kind == FileKind::Directory { Errno::EISDIR } else { Errno::EINVAL });
        }
        let mut handles = self.handles.lock();
        let kept = if write { &mut handles.write } else { &mut handles.read };
        if let Some(file) = kept {
            return Ok(file.clone());
        }
        let (dir, name) = self.position()?;
        let mut options = HostOptions::new();
        options.read(!write).write(write).follow(FollowSymlinks::No).nonblock(true);
        let file = dir.open_with(name, &options).map_err(errno)?;
        self.check_same(&file.metadata().map_err(errno)?)?;
        Ok(kept.insert(Arc::new(file)).clone())
    }

    fn check_same(&self, metadata: &Metadata) -> Result<()> {
        let same = kind_of(metadata) == self.kind && self.volume.ino(metadata) == self.ino;
        if same { Ok(()) } else { Err(Errno::ESTALE) }
    }

    fn metadata(&self) -> Result<Metadata> {
        if let Some(directory) = &self.directory {
            return directory.dir_metadata().map_err(errno);
        }
        let handles = self.handles.lock();
        if let Some(file) = handles.read.as_ref().or(handles.write.as_ref()) {
            return file.metadata().map_err(errno);
        }
        drop(handles);
        let (dir, name) = self.position()?;
        let metadata = dir.symlink_metadata(name).map_err(errno)?;
        self.check_same(&metadata)?;
        Ok(metadata)
    }

    fn set_times(&self, atime: Option<SetTime>, mtime: Option<SetTime>) -> Result<()> {
        let (atime, mtime) = (atime.map(host_time), mtime.map(host_time));
        let done = match &self.directory {
            Some(directory) => directory.set_times(".", atime, mtime),
            None => {
                let (dir, name) = self.position()?;
                dir.set_symlink_times(name, atime, mtime)
            }
        };
        done.map_err(errno)
    }

    pub(super) fn set_mode(&self, mode: u32) -> Result<()> {
        let permissions = platform::permissions(mode, self.metadata()?.permissions());
        let done = match (&self.directory, self.kind) {
            (Some(directory), _) => directory.set_permissions(".", permissions),
            (None, FileKind::Regular) => match self.handles.lock().write.clone() {
                Some(file) => file.set_permissions(permissions),
                None => {
                    let (dir, name) = self.position()?;
                    dir.set_permissions(name, permissions)
                }
            },
            _ => return Err(Errno::EPERM),
        };
        done.map_err(errno)
    }

    pub(super) fn ours(&self, node: &NodeRef) -> Result<Arc<Self>> {
        let any: Arc<dyn Any + Send + Sync> = node.clone();
        match any.downcast::<Self>() {
            Ok(node) if Arc::ptr_eq(&node.volume, &self.volume) => Ok(node),
            _ => Err(Errno::EXDEV),
        }
    }
}

impl Node for HostNode {
    fn id(&self) -> NodeId {
        NodeId { dev: self.volume.dev, ino: self.ino }
    }

    fn kind(&self) -> FileKind {
        self.kind
    }

    fn stat(&self) -> Result<Stat> {
        let metadata = self.metadata()?;
        let (mode, uid, gid, rdev, blocks) = platform::attributes(&metadata);
        let mtime = timestamp(metadata.modified());
        Ok(Stat {
            dev: self.volume.dev,
            ino: self.ino,
            kind: self.kind,
            mode,
            nlink: metadata.nlink(),
            uid,
            gid,
            rdev,
            size: metadata.len(),
            blocks,
            atime: timestamp(metadata.accessed()),
            mtime,
            ctime: platform::changed(&metadata).unwrap_or(mtime),
        })
    }

    fn set_attr(&self, change: &SetAttr) -> Result<()> {
        if change.uid.is_some() || change.gid.is_some() {
            let Stat { uid, gid, .. } = self.stat()?;
            let same = change.uid.is_none_or(|new| new == uid) && change.gid.is_none_or(|new| new == gid);
            if !same {
                return Err(Errno::EPERM);
            }
        }
        if let Some(size) = change.size {
            self.file(true)?.set_len(size).map_err(errno)?;
        }
        if let Some(mode) = change.mode {
            self.set_mode(mode)?;
        }
        if change.atime.is_some() || change.mtime.is_some() {
            self.set_times(change.atime, change.mtime)?;
        }
        Ok(())
    }

    fn parent(&self) -> Option<Parent> {
        let (above, name) = self.found.clone().filter(|_| self.kind == FileKind::Directory)?;
        Some(Parent { node: above, name })
    }

    fn lookup(&self, name: &str) -> Result<NodeRef> {
        let dir = self.dir()?;
        if platform::is_bad_name(name) {
            return Err(Errno::ENOENT);
        }
        Ok(self.entry(name, &dir.symlink_metadata(name).map_err(errno)?)?)
    }

    fn create(&self, name: &str, new: &NewNode<'_>) -> Result<NodeRef> {
        Ok(self.create_entry(name, new)?)
    }

    fn link(&self, name: &str, node: &NodeRef) -> Result<()> {
        self.link_entry(name, &*self.ours(node)?)
    }

    fn unlink(&self, name: &str) -> Result<()> {
        self.dir()?.remove_file(name).map_err(errno)
    }

    fn rmdir(&self, name: &str) -> Result<()> {
        self.dir()?.remove_dir(name).map_err(errno)
    }

    /// Between the look for `no_replace` and the renaming the machine's other programs may come.
    fn rename(&self, old: &str, new_dir: &NodeRef, new: &str, no_replace: bool) -> Result<()> {
        self.rename_entry(old, &*self.ours(new_dir)?, new, no_replace)
    }

    fn read_dir(&self) -> Result<Vec<DirEntry>> {
        self.list()
    }

    fn readlink(&self, _caller: &Caller) -> Result<Arc<str>> {
        if self.kind != FileKind::Symlink {
            return Err(Errno::EINVAL);
        }
        let (dir, name) = self.position()?;
        let text = dir.read_link_contents(name).map_err(errno)?;
        text.to_str().map(Arc::from).ok_or(Errno::EILSEQ)
    }

    fn read_at(&self, offset: u64, max: usize) -> Result<Bytes> {
        let file = self.file(false)?;
        let left = file.metadata().map_err(errno)?.len().saturating_sub(offset);
        let mut buffer = vec![0; usize::try_from(left).unwrap_or(READ_MAX).min(max).min(READ_MAX)];
        let mut got = 0;
        while got < buffer.len() {
            match platform::read_at(&file, &mut buffer[got..], offset + got as u64) {
                Ok(0) => break,
                Ok(more) => got += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(errno(error)),
            }
        }
        buffer.truncate(got);
        Ok(Bytes::from(buffer))
    }

    fn write_at(&self, offset: u64, data: &[u8]) -> Result<usize> {
        platform::write_at(&*self.file(true)?, data, offset).map_err(errno)
    }

    /// Atomic among the node's own processes that share this open file.
    fn append(&self, data: &[u8]) -> Result<(u64, usize)> {
        let file = self.file(true)?;
        let _alone = self.handles.lock();
        let end = file.metadata().map_err(errno)?.len();
        let written = platform::write_at(&file, data, end).map_err(errno)?;
        Ok((end + written as u64, written))
    }

    fn sync(&self) -> Result<()> {
        let file = self.handles.lock().write.clone();
        file.map_or(Ok(()), |file| file.sync_all().map_err(errno))
    }

    /// Opens the machine's file now, so that its errors come from here and its name isn't needed later.
    fn open(
        self: Arc<Self>,
        _caller: &Caller,
        _place: &Place,
        options: OpenOptions,
    ) -> Option<Result<FileRef>> {
        let handle = |write: bool| self.file(write).err();
        match self.kind {
            FileKind::Directory | FileKind::Symlink => None,
            FileKind::Regular => {
                let refused = if options.read { handle(false) } else { None };
                let writes = options.write || options.truncate;
                refused.or_else(|| if writes { handle(true) } else { None }).map(Err)
            }
            _ => Some(Err(Errno::ENXIO)),
        }
    }

    fn statfs(&self) -> Result<FsStat> {
        Ok(FsStat::unlimited("hostfs"))
    }

    fn is_read_only(&self) -> bool {
        self.volume.read_only
    }
}

impl Drop for HostNode {
    /// The directories above go in a loop, not one within the other.
    fn drop(&mut self) {
        if self.directory.is_some() {
            let mut directories = self.volume.directories.lock();
            if directories.get(&self.ino).is_some_and(|known| known.strong_count() == 0) {
                directories.remove(&self.ino);
            }
        }
        let mut above = self.found.take();
        while let Some((node, _)) = above {
            above = Arc::into_inner(node).and_then(|mut node| node.found.take());
        }
    }
}

impl fmt::Debug for HostNode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "hostfs inode {} ({:?})", self.ino, self.kind)
    }
}
