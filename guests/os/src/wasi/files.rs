//! Open file descriptions and what is known of files: `wasipod:os/files`.

use std::io::SeekFrom;

use super::bindings::wasipod::os::files as wit;
use crate::{Errno, FileSystem, FileType, OpenFlags, Result, Stat, Timestamp};

/// An open file description. It has no number: `set_descriptor` gives it one.
#[derive(Debug)]
pub struct File(pub(crate) wit::File);

impl File {
    /// Blocks until there is something; 0 is the end of the file.
    ///
    /// # Errors
    /// POSIX's for `read`.
    pub fn read(&self, buffer: &mut [u8]) -> Result<usize> {
        let max = u32::try_from(buffer.len()).unwrap_or(u32::MAX);
        let bytes = self.0.read(max).map_err(Errno)?;
        let n = bytes.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..n), bytes.get(..n)) {
            to.copy_from_slice(from);
        }
        Ok(n)
    }

    /// Blocks until something was taken; how many bytes were.
    ///
    /// # Errors
    /// POSIX's for `write`; with `EPIPE` comes a SIGPIPE.
    pub fn write(&self, bytes: &[u8]) -> Result<usize> {
        self.0.write(bytes).map(|n| n as usize).map_err(Errno)
    }

    /// Moves the offset; where it is then.
    ///
    /// # Errors
    /// `ESPIPE` for pipes, `EINVAL` for a negative offset.
    pub fn seek(&self, to: SeekFrom) -> Result<u64> {
        let (offset, whence) = match to {
            SeekFrom::Start(offset) => (i64::try_from(offset).unwrap_or(i64::MAX), wit::Whence::Start),
            SeekFrom::Current(offset) => (offset, wit::Whence::Current),
            SeekFrom::End(offset) => (offset, wit::Whence::End),
        };
        self.0.seek(offset, whence).map_err(Errno)
    }

    /// What is known of the file.
    ///
    /// # Errors
    /// POSIX's for `fstat`.
    pub fn stat(&self) -> Result<Stat> {
        self.0.stat().map(Stat::from).map_err(Errno)
    }

    /// Cuts or extends the file to this many bytes.
    ///
    /// # Errors
    /// POSIX's for `ftruncate`.
    pub fn truncate(&self, size: u64) -> Result<()> {
        self.0.truncate(size).map_err(Errno)
    }

    /// Whether it is a terminal.
    pub fn is_terminal(&self) -> bool {
        self.0.is_terminal()
    }

    /// Another handle on the same description.
    ///
    /// # Errors
    /// None here; a machine of its own may run out of descriptors.
    pub fn duplicate(&self) -> Result<File> {
        Ok(File(self.0.duplicate()))
    }
}

impl From<wit::Timestamp> for Timestamp {
    fn from(from: wit::Timestamp) -> Self {
        Self { seconds: from.seconds, nanoseconds: from.nanoseconds }
    }
}

impl From<wit::Stat> for Stat {
    fn from(from: wit::Stat) -> Self {
        Self {
            dev: from.dev,
            ino: from.ino,
            kind: match from.type_ {
                wit::FileType::Regular => FileType::Regular,
                wit::FileType::Directory => FileType::Directory,
                wit::FileType::SymbolicLink => FileType::SymbolicLink,
                wit::FileType::CharacterDevice => FileType::CharacterDevice,
                wit::FileType::BlockDevice => FileType::BlockDevice,
                wit::FileType::Fifo => FileType::Fifo,
                wit::FileType::Socket => FileType::Socket,
            },
            mode: from.mode,
            nlink: from.nlink,
            uid: from.uid,
            gid: from.gid,
            rdev: from.rdev,
            size: from.size,
            blocks: from.blocks,
            atime: from.atime.into(),
            mtime: from.mtime.into(),
            ctime: from.ctime.into(),
        }
    }
}

/// Opens a file; `mode` is that of a file that is created, before the umask.
///
/// # Errors
/// POSIX's for `open`.
pub fn open(path: &str, how: OpenFlags, mode: u32) -> Result<File> {
    let table = [
        (OpenFlags::READ, wit::OpenFlags::READ),
        (OpenFlags::WRITE, wit::OpenFlags::WRITE),
        (OpenFlags::APPEND, wit::OpenFlags::APPEND),
        (OpenFlags::CREATE, wit::OpenFlags::CREATE),
        (OpenFlags::EXCLUSIVE, wit::OpenFlags::EXCLUSIVE),
        (OpenFlags::TRUNCATE, wit::OpenFlags::TRUNCATE),
        (OpenFlags::DIRECTORY, wit::OpenFlags::DIRECTORY),
        (OpenFlags::NO_FOLLOW, wit::OpenFlags::NO_FOLLOW),
        (OpenFlags::NONBLOCKING, wit::OpenFlags::NONBLOCKING),
    ];
    let flags = table
        .into_iter()
        .filter(|(ours, _)| how.has(*ours))
        .fold(wit::OpenFlags::empty(), |all, (_, theirs)| all | theirs);
    wit::open(path, flags, mode).map(File).map_err(Errno)
}

/// A pipe's reading and writing end.
///
/// # Errors
/// `EMFILE`, `ENFILE`.
pub fn pipe() -> Result<(File, File)> {
    wit::pipe().map(|(reading, writing)| (File(reading), File(writing))).map_err(Errno)
}

/// What the descriptor table holds under this number.
///
/// # Errors
/// `EBADF` if nothing.
pub fn descriptor(fd: u32) -> Result<File> {
    wit::descriptor(fd).map(File).map_err(Errno)
}

/// dup2, or close when no file is given.
///
/// # Errors
/// `EBADF` for a number out of range.
pub fn set_descriptor(fd: u32, to: Option<&File>) -> Result<()> {
    wit::set_descriptor(fd, to.map(|file| &file.0)).map_err(Errno)
}

/// The descriptor numbers in use, in ascending order.
pub fn descriptors() -> Vec<u32> {
    wit::descriptors()
}

/// What is known of the file of this name.
///
/// # Errors
/// POSIX's for `stat` and `lstat`.
pub fn stat(path: &str, follow: bool) -> Result<Stat> {
    wit::stat_path(path, follow).map(Stat::from).map_err(Errno)
}

/// What is known of the file system that holds this file.
///
/// # Errors
/// POSIX's for `statvfs`.
pub fn stat_file_system(path: &str) -> Result<FileSystem> {
    let from = wit::stat_file_system(path).map_err(Errno)?;
    Ok(FileSystem {
        name: from.name,
        block_size: from.block_size,
        blocks: from.blocks,
        blocks_free: from.blocks_free,
        inodes: from.inodes,
        inodes_free: from.inodes_free,
        read_only: from.read_only,
    })
}

/// Whether the file may be read (4), written (2), executed (1), or is there (0).
///
/// # Errors
/// POSIX's for `access`.
pub fn access(path: &str, mode: u32) -> Result<()> {
    wit::access(path, mode).map_err(Errno)
}

/// Sets the permission bits.
///
/// # Errors
/// POSIX's for `chmod`.
pub fn chmod(path: &str, mode: u32) -> Result<()> {
    wit::chmod(path, mode).map_err(Errno)
}

/// Sets owner and group, each unless none.
///
/// # Errors
/// POSIX's for `chown` and `lchown`.
pub fn chown(path: &str, follow: bool, uid: Option<u32>, gid: Option<u32>) -> Result<()> {
    wit::chown(path, follow, uid, gid).map_err(Errno)
}

/// Makes a FIFO.
///
/// # Errors
/// POSIX's for `mkfifo`.
pub fn make_fifo(path: &str, mode: u32) -> Result<()> {
    wit::make_fifo(path, mode).map_err(Errno)
}

/// Sets the file mode creation mask; returns the old one.
pub fn umask(mask: u32) -> u32 {
    wit::umask(mask)
}

/// The process's working directory.
///
/// # Errors
/// None here; elsewhere `ENOENT` when it was removed.
pub fn working_directory() -> Result<String> {
    Ok(wit::working_directory())
}

/// Changes the working directory, for `std` too.
///
/// # Errors
/// POSIX's for `chdir`.
pub fn change_directory(path: &str) -> Result<()> {
    wit::change_directory(path).map_err(Errno)?;
    // `std` keeps its own; programs that mix both must see one.
    let _ = std::env::set_current_dir(wit::working_directory());
    Ok(())
}
