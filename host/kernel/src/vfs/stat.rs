//! What is known about a file: stat(2), statfs(2), and what can be changed of it.

use crate::clock::Timestamp;

/// The type of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FileKind {
    /// A regular file.
    Regular,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A character device.
    CharDevice,
    /// A block device.
    BlockDevice,
    /// A named pipe.
    Fifo,
    /// A socket.
    Socket,
}

/// stat(2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// The file system's number.
    pub dev: u64,
    /// The file's number within it.
    pub ino: u64,
    /// The type.
    pub kind: FileKind,
    /// Permission, set-id and sticky bits: at most `0o7777`.
    pub mode: u32,
    /// How many names it has.
    pub nlink: u64,
    /// The owner.
    pub uid: u32,
    /// The group.
    pub gid: u32,
    /// Which device, for devices.
    pub rdev: u64,
    /// Bytes.
    pub size: u64,
    /// Storage, in units of 512 bytes.
    pub blocks: u64,
    /// Last read.
    pub atime: Timestamp,
    /// Last change of content.
    pub mtime: Timestamp,
    /// Last change of content or attributes.
    pub ctime: Timestamp,
}

/// A time to set (utimensat(2)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetTime {
    /// The file system's present time (`UTIME_NOW`).
    Now,
    /// This time.
    At(Timestamp),
}

/// Which attributes to change; `None` leaves one as it is. The change time is always renewed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SetAttr {
    /// New permission bits (`0o7777`).
    pub mode: Option<u32>,
    /// New owner.
    pub uid: Option<u32>,
    /// New group.
    pub gid: Option<u32>,
    /// New size of a regular file, in bytes.
    pub size: Option<u64>,
    /// New access time.
    pub atime: Option<SetTime>,
    /// New modification time.
    pub mtime: Option<SetTime>,
}

/// statfs(2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FsStat {
    /// The file system's name as in `/proc/mounts`: `tmpfs`, `overlay`, …
    pub fs_type: &'static str,
    /// Bytes per block.
    pub block_size: u64,
    /// Size in blocks, zero where there is no limit.
    pub blocks: u64,
    /// Free blocks.
    pub blocks_free: u64,
    /// How many inodes there may be, zero where there is no limit.
    pub files: u64,
    /// How many more there may be.
    pub files_free: u64,
}

impl FsStat {
    /// A file system without storage of its own.
    pub const fn unlimited(fs_type: &'static str) -> Self {
        Self { fs_type, block_size: 4096, blocks: 0, blocks_free: 0, files: 0, files_free: 0 }
    }
}
