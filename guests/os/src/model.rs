//! The records that calls take and give, the same on every backend.

use crate::File;

/// What kind of file an inode is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "POSIX's file types by their names")]
pub enum FileType {
    Regular,
    Directory,
    SymbolicLink,
    CharacterDevice,
    BlockDevice,
    Fifo,
    Socket,
}

/// A moment: seconds and nanoseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp {
    /// Whole seconds; negative before 1970.
    pub seconds: i64,
    /// 0 to 999,999,999.
    pub nanoseconds: u32,
}

/// What `stat` tells of a file.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the fields of POSIX's struct stat")]
pub struct Stat {
    pub dev: u64,
    pub ino: u64,
    pub kind: FileType,
    /// Permission bits with set-user-id, set-group-id and sticky: 0 to 0o7777.
    pub mode: u32,
    pub nlink: u64,
    pub uid: u32,
    pub gid: u32,
    pub rdev: u64,
    /// Bytes.
    pub size: u64,
    /// Units of 512 bytes.
    pub blocks: u64,
    pub atime: Timestamp,
    pub mtime: Timestamp,
    pub ctime: Timestamp,
}

impl Stat {
    /// Whether it is a directory.
    pub fn is_directory(&self) -> bool {
        self.kind == FileType::Directory
    }

    /// Whether both describe the same inode.
    pub fn same_file(&self, other: &Stat) -> bool {
        self.dev == other.dev && self.ino == other.ino
    }
}

/// What `statvfs` tells of a mounted file system.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the fields of POSIX's struct statvfs")]
pub struct FileSystem {
    /// As in the third column of /proc/mounts.
    pub name: String,
    /// Bytes.
    pub block_size: u64,
    pub blocks: u64,
    pub blocks_free: u64,
    pub inodes: u64,
    pub inodes_free: u64,
    pub read_only: bool,
}

/// One name in a directory; `.` and `..` are left out.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "a name and the type of what it names")]
pub struct DirectoryEntry {
    pub name: String,
    /// None if the file system doesn't tell.
    pub kind: Option<FileType>,
}

/// How `open` opens: POSIX's O_ flags, joined with `|`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenFlags(pub(crate) u16);

#[expect(missing_docs, reason = "POSIX's O_ flags by their names")]
impl OpenFlags {
    pub const READ: Self = Self(1);
    pub const WRITE: Self = Self(2);
    pub const APPEND: Self = Self(4);
    pub const CREATE: Self = Self(8);
    pub const EXCLUSIVE: Self = Self(16);
    pub const TRUNCATE: Self = Self(32);
    pub const DIRECTORY: Self = Self(64);
    pub const NO_FOLLOW: Self = Self(128);
    pub const NONBLOCKING: Self = Self(256);

    /// Whether all of `other`'s flags are set.
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl std::ops::BitOr for OpenFlags {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// A program to start, with everything that it begins with.
#[derive(Debug)]
pub struct Program<'a> {
    /// The file to execute; no search in PATH.
    pub path: &'a str,
    /// The arguments, the first being the program's own name.
    pub argv: Vec<String>,
    /// The environment, in order.
    pub env: Vec<(String, String)>,
    /// The whole descriptor table.
    pub descriptors: Vec<(u32, &'a File)>,
    /// Signals that it starts with ignored.
    pub ignored: Vec<u8>,
}

/// Which process group a child begins in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// The caller's.
    Inherit,
    /// A new one that the child leads.
    Lead,
}

/// How a child ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// By itself, with this code.
    Exited(u8),
    /// By this signal.
    Signaled(u8),
}

impl Status {
    /// What a shell shows: the code, or 128 + the signal's number (XCU 2.8.2).
    pub fn code(self) -> u8 {
        match self {
            Status::Exited(code) => code,
            Status::Signaled(signal) => signal.saturating_add(128),
        }
    }
}

/// What a process does when a signal arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// The signal's own default action.
    Default,
    /// Nothing.
    Ignore,
    /// It is noted; [`crate::take_pending`] tells.
    Catch,
}

/// Whose process this is.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "POSIX's ids by their names")]
pub struct Identity {
    pub uid: u32,
    pub gid: u32,
    pub groups: Vec<u32>,
}

/// What `set_times` does with one of the two times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewTime {
    /// Leaves it.
    Keep,
    /// Sets the present moment.
    Now,
    /// Sets this one.
    At(Timestamp),
}

/// What [`crate::poll`] waits for.
#[derive(Clone, Copy, Debug)]
pub enum Interest<'a> {
    /// Reading would not block.
    Read(&'a File),
    /// Reading the connection would not block.
    Receive(&'a crate::TcpStream),
    /// A connection can be accepted.
    Accept(&'a crate::TcpListener),
    /// A caught signal is pending.
    Signal,
}
