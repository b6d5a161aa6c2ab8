//! What a file system implements.

use std::any::Any;
use std::fmt::Debug;
use std::sync::Arc;

use bytes::Bytes;

use super::{Caller, FileKind, FsStat, OpenOptions, Place, SetAttr, Stat};
use crate::errno::{Errno, Result};
use crate::file::FileRef;

/// How nodes are held.
pub type NodeRef = Arc<dyn Node>;

/// Which node of which file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId {
    /// The file system's number ([`Stat::dev`]).
    pub dev: u64,
    /// The node's number within it ([`Stat::ino`]).
    pub ino: u64,
}

/// A directory's directory and its name there.
#[derive(Clone, Debug)]
pub struct Parent {
    /// The directory above.
    pub node: NodeRef,
    /// The name there.
    pub name: Arc<str>,
}

/// One entry of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirEntry {
    /// The name; never `.` or `..`.
    pub name: Arc<str>,
    /// The node's number.
    pub ino: u64,
    /// The node's type.
    pub kind: FileKind,
}

/// What to create.
#[derive(Clone, Copy, Debug)]
pub struct NewNode<'a> {
    /// The type.
    pub kind: NewKind<'a>,
    /// Permission bits, umask already applied.
    pub mode: u32,
    /// The owner.
    pub uid: u32,
    /// The group.
    pub gid: u32,
}

/// The types that can be created.
#[derive(Clone, Copy, Debug)]
pub enum NewKind<'a> {
    /// An empty regular file.
    Regular,
    /// An empty directory.
    Directory,
    /// A symbolic link with this text.
    Symlink(&'a str),
    /// A named pipe.
    Fifo,
    /// A socket's name.
    Socket,
    /// A character device with this number.
    CharDevice(u64),
    /// A block device with this number.
    BlockDevice(u64),
}

impl NewKind<'_> {
    /// The type of the node.
    pub fn file_kind(self) -> FileKind {
        match self {
            Self::Regular => FileKind::Regular,
            Self::Directory => FileKind::Directory,
            Self::Symlink(_) => FileKind::Symlink,
            Self::Fifo => FileKind::Fifo,
            Self::Socket => FileKind::Socket,
            Self::CharDevice(_) => FileKind::CharDevice,
            Self::BlockDevice(_) => FileKind::BlockDevice,
        }
    }
}

/// Where a magic link (`/proc/PID/fd/N`, `/proc/PID/root`) leads without its text being walked.
#[derive(Clone, Debug)]
pub enum Jump {
    /// To a point of a file tree.
    Place(Place),
    /// To an open file.
    File(FileRef),
}

/// An inode: a file, directory, link or device of one file system.
///
/// Calls check existence and types atomically, with Linux's errors; permissions, read-only mounts, name lengths and
/// mount points were checked by the caller ([`MountNs`](super::MountNs)). Two references with the same
/// [`id`](Self::id) mean the same node; while anybody holds one, its id is no other's.
pub trait Node: Any + Debug + Send + Sync {
    /// Which node this is.
    fn id(&self) -> NodeId;

    /// Its type; never changes.
    fn kind(&self) -> FileKind;

    /// stat(2).
    ///
    /// # Errors
    /// `EIO`, `ENOENT` when the machine's file can't be read any more.
    fn stat(&self) -> Result<Stat>;

    /// chmod(2), chown(2), utimensat(2), truncate(2) in one.
    ///
    /// # Errors
    /// `EROFS`, `EPERM` where attributes can't be changed; `EFBIG`, `ENOSPC` for sizes.
    fn set_attr(&self, change: &SetAttr) -> Result<()>;

    /// For directories: where it is; `None` for a file system's root and for what is no directory.
    fn parent(&self) -> Option<Parent> {
        None
    }

    /// The entry called `name`, which is neither `.` nor `..`.
    ///
    /// # Errors
    /// `ENOENT`, `ENOTDIR`.
    fn lookup(&self, _name: &str) -> Result<NodeRef> {
        Err(Errno::ENOTDIR)
    }

    /// Makes a new entry.
    ///
    /// # Errors
    /// `EEXIST`, `ENOENT` in a removed directory, `ENOSPC`, `EPERM` where nothing can be created.
    fn create(&self, _name: &str, _new: &NewNode<'_>) -> Result<NodeRef> {
        Err(Errno::EPERM)
    }

    /// Makes `name` another name of `node`, which is of the same file system (else `EXDEV`) and no directory.
    ///
    /// # Errors
    /// `EEXIST`, `ENOENT` in a removed directory or when `node` has no name any more, `ENOSPC`, `EXDEV`, `EPERM`.
    fn link(&self, _name: &str, _node: &NodeRef) -> Result<()> {
        Err(Errno::EPERM)
    }

    /// Removes an entry that isn't a directory.
    ///
    /// # Errors
    /// `ENOENT`, `EISDIR`, `EPERM`.
    fn unlink(&self, _name: &str) -> Result<()> {
        Err(Errno::EPERM)
    }

    /// Removes an empty directory.
    ///
    /// # Errors
    /// `ENOENT`, `ENOTDIR`, `ENOTEMPTY`, `EPERM`.
    fn rmdir(&self, _name: &str) -> Result<()> {
        Err(Errno::EPERM)
    }

    /// Moves the entry `old` to `new_dir`, a directory of the same file system (else `EXDEV`), as `new`, in place of
    /// what is there unless `no_replace`. Nothing happens when both are the same node.
    ///
    /// # Errors
    /// `ENOENT`, `EEXIST`, `EINVAL` (into itself), `ENOTDIR`, `EISDIR`, `ENOTEMPTY`, `EXDEV`, `EPERM`.
    fn rename(&self, _old: &str, _new_dir: &NodeRef, _new: &str, _no_replace: bool) -> Result<()> {
        Err(Errno::EPERM)
    }

    /// All entries, ordered by name.
    ///
    /// # Errors
    /// `ENOTDIR`.
    fn read_dir(&self) -> Result<Vec<DirEntry>> {
        Err(Errno::ENOTDIR)
    }

    /// A symbolic link's text as `caller` sees it.
    ///
    /// # Errors
    /// `EINVAL` for what isn't a link.
    fn readlink(&self, _caller: &Caller) -> Result<Arc<str>> {
        Err(Errno::EINVAL)
    }

    /// For magic links: where it leads, instead of walking its text.
    fn follow(&self, _caller: &Caller) -> Option<Result<Jump>> {
        None
    }

    /// Up to `max` bytes of a regular file from `offset`; fewer only at the end.
    ///
    /// # Errors
    /// `EINVAL` for what isn't a regular file, `EIO`.
    fn read_at(&self, _offset: u64, _max: usize) -> Result<Bytes> {
        Err(Errno::EINVAL)
    }

    /// Writes at `offset`, filling a gap with zeros; how many bytes fitted.
    ///
    /// # Errors
    /// `ENOSPC` when nothing fitted, `EFBIG`, `EINVAL` for what isn't a regular file.
    fn write_at(&self, _offset: u64, _data: &[u8]) -> Result<usize> {
        Err(Errno::EINVAL)
    }

    /// Writes at the end, atomically (`O_APPEND`); where the written bytes end and how many they are.
    ///
    /// # Errors
    /// As [`write_at`](Self::write_at).
    fn append(&self, _data: &[u8]) -> Result<(u64, usize)> {
        Err(Errno::EINVAL)
    }

    /// Sets a regular file's size.
    ///
    /// # Errors
    /// As [`set_attr`](Self::set_attr).
    fn truncate(&self, size: u64) -> Result<()> {
        self.set_attr(&SetAttr { size: Some(size), ..SetAttr::default() })
    }

    /// fsync(2).
    ///
    /// # Errors
    /// `EIO`.
    fn sync(&self) -> Result<()> {
        Ok(())
    }

    /// Opens what isn't opened as a plain file or directory: devices, named pipes, generated files. `None`: the
    /// caller makes an [`OpenFile`](super::OpenFile) or [`OpenDirectory`](super::OpenDirectory) of `place`.
    fn open(
        self: Arc<Self>,
        _caller: &Caller,
        _place: &Place,
        _options: OpenOptions,
    ) -> Option<Result<FileRef>> {
        None
    }

    /// statfs(2).
    ///
    /// # Errors
    /// `EIO`.
    fn statfs(&self) -> Result<FsStat>;

    /// Whether the whole file system can't be written: changes answer `EROFS`.
    fn is_read_only(&self) -> bool {
        false
    }

    /// In a layer of an overlay: whether what lower layers have in this directory is hidden.
    fn is_opaque(&self) -> bool {
        false
    }
}

/// Whether two references mean the same node.
pub(crate) fn same(a: &NodeRef, b: &NodeRef) -> bool {
    Arc::ptr_eq(a, b) || a.id() == b.id()
}
