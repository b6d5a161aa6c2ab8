//! Open file descriptions and what is known of files.

use std::io::SeekFrom;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

use nix::fcntl::{AtFlags, FcntlArg, OFlag};
use nix::sys::stat::{FchmodatFlags, FileStat, Mode, SFlag};
use nix::unistd::{AccessFlags, Gid, Uid, Whence};

use super::errno;
use crate::{Errno, FileSystem, FileType, OpenFlags, Result, Stat, Timestamp};

/// An open file description. It has no number: `set_descriptor` gives it one.
#[derive(Debug)]
pub struct File(pub(crate) OwnedFd);

/// Files live above the numbers that programs use, and are not inherited.
const FIRST_HIDDEN: RawFd = 200;

fn hide(fd: RawFd) -> Result<File> {
    let high = nix::fcntl::fcntl(fd, FcntlArg::F_DUPFD_CLOEXEC(FIRST_HIDDEN)).map_err(errno)?;
    #[expect(unsafe_code, reason = "the number is fresh from the kernel")]
    // SAFETY: the call above made this descriptor; nobody else has it.
    Ok(File(unsafe { OwnedFd::from_raw_fd(high) }))
}

fn hide_and_close(fd: RawFd) -> Result<File> {
    let file = hide(fd);
    nix::unistd::close(fd).map_err(errno)?;
    file
}

impl File {
    /// Blocks until there is something; 0 is the end of the file.
    ///
    /// # Errors
    /// POSIX's for `read`.
    pub fn read(&self, buffer: &mut [u8]) -> Result<usize> {
        nix::unistd::read(self.0.as_raw_fd(), buffer).map_err(errno)
    }

    /// Blocks until something was taken; how many bytes were.
    ///
    /// # Errors
    /// POSIX's for `write`; with `EPIPE` comes a SIGPIPE.
    pub fn write(&self, bytes: &[u8]) -> Result<usize> {
        nix::unistd::write(&self.0, bytes).map_err(errno)
    }

    /// Moves the offset; where it is then.
    ///
    /// # Errors
    /// `ESPIPE` for pipes, `EINVAL` for a negative offset.
    pub fn seek(&self, to: SeekFrom) -> Result<u64> {
        let (offset, whence) = match to {
            SeekFrom::Start(offset) => (i64::try_from(offset).unwrap_or(i64::MAX), Whence::SeekSet),
            SeekFrom::Current(offset) => (offset, Whence::SeekCur),
            SeekFrom::End(offset) => (offset, Whence::SeekEnd),
        };
        let at = nix::unistd::lseek(self.0.as_raw_fd(), offset, whence).map_err(errno)?;
        Ok(u64::try_from(at).unwrap_or(0))
    }

    /// What is known of the file.
    ///
    /// # Errors
    /// POSIX's for `fstat`.
    pub fn stat(&self) -> Result<Stat> {
        nix::sys::stat::fstat(self.0.as_raw_fd()).map(convert).map_err(errno)
    }

    /// Cuts or extends the file to this many bytes.
    ///
    /// # Errors
    /// POSIX's for `ftruncate`.
    pub fn truncate(&self, size: u64) -> Result<()> {
        nix::unistd::ftruncate(&self.0, i64::try_from(size).map_err(|_| Errno::EFBIG)?).map_err(errno)
    }

    /// Whether it is a terminal.
    pub fn is_terminal(&self) -> bool {
        std::io::IsTerminal::is_terminal(&self.0)
    }

    /// Another handle on the same description.
    ///
    /// # Errors
    /// `EMFILE`.
    pub fn duplicate(&self) -> Result<File> {
        hide(self.0.as_raw_fd())
    }
}

fn convert(from: FileStat) -> Stat {
    let time =
        |seconds, nanoseconds| Timestamp { seconds, nanoseconds: u32::try_from(nanoseconds).unwrap_or(0) };
    let format = SFlag::from_bits_truncate(from.st_mode & SFlag::S_IFMT.bits());
    let kind = [
        (SFlag::S_IFDIR, FileType::Directory),
        (SFlag::S_IFLNK, FileType::SymbolicLink),
        (SFlag::S_IFCHR, FileType::CharacterDevice),
        (SFlag::S_IFBLK, FileType::BlockDevice),
        (SFlag::S_IFIFO, FileType::Fifo),
        (SFlag::S_IFSOCK, FileType::Socket),
    ]
    .into_iter()
    .find(|(flag, _)| *flag == format)
    .map_or(FileType::Regular, |(_, kind)| kind);
    Stat {
        dev: from.st_dev,
        ino: from.st_ino,
        kind,
        mode: from.st_mode & 0o7777,
        nlink: from.st_nlink,
        uid: from.st_uid,
        gid: from.st_gid,
        rdev: from.st_rdev,
        size: u64::try_from(from.st_size).unwrap_or(0),
        blocks: u64::try_from(from.st_blocks).unwrap_or(0),
        atime: time(from.st_atime, from.st_atime_nsec),
        mtime: time(from.st_mtime, from.st_mtime_nsec),
        ctime: time(from.st_ctime, from.st_ctime_nsec),
    }
}

/// Opens a file; `mode` is that of a file that is created, before the umask.
///
/// # Errors
/// POSIX's for `open`.
pub fn open(path: &str, how: OpenFlags, mode: u32) -> Result<File> {
    let mut flags = OFlag::O_CLOEXEC
        | match (how.has(OpenFlags::READ), how.has(OpenFlags::WRITE)) {
            (true, true) => OFlag::O_RDWR,
            (false, true) => OFlag::O_WRONLY,
            _ => OFlag::O_RDONLY,
        };
    for (ours, theirs) in [
        (OpenFlags::APPEND, OFlag::O_APPEND),
        (OpenFlags::CREATE, OFlag::O_CREAT),
        (OpenFlags::EXCLUSIVE, OFlag::O_EXCL),
        (OpenFlags::TRUNCATE, OFlag::O_TRUNC),
        (OpenFlags::DIRECTORY, OFlag::O_DIRECTORY),
        (OpenFlags::NO_FOLLOW, OFlag::O_NOFOLLOW),
        (OpenFlags::NONBLOCKING, OFlag::O_NONBLOCK),
    ] {
        flags.set(theirs, how.has(ours));
    }
    let fd = nix::fcntl::open(path, flags, Mode::from_bits_truncate(mode)).map_err(errno)?;
    hide_and_close(fd)
}

/// A pipe's reading and writing end.
///
/// # Errors
/// `EMFILE`, `ENFILE`.
pub fn pipe() -> Result<(File, File)> {
    let (reading, writing) = nix::unistd::pipe().map_err(errno)?;
    Ok((hide(reading.as_raw_fd())?, hide(writing.as_raw_fd())?))
}

fn raw(fd: u32) -> Result<RawFd> {
    RawFd::try_from(fd).map_err(|_| Errno::EBADF)
}

/// What the descriptor table holds under this number.
///
/// # Errors
/// `EBADF` if nothing.
pub fn descriptor(fd: u32) -> Result<File> {
    hide(raw(fd)?)
}

/// dup2, or close when no file is given.
///
/// # Errors
/// `EBADF` for a number out of range.
pub fn set_descriptor(fd: u32, to: Option<&File>) -> Result<()> {
    match to {
        Some(file) => nix::unistd::dup2(file.0.as_raw_fd(), raw(fd)?).map(drop).map_err(errno),
        None => nix::unistd::close(raw(fd)?).map_err(errno),
    }
}

/// The descriptor numbers in use, in ascending order.
pub fn descriptors() -> Vec<u32> {
    (0..FIRST_HIDDEN)
        .filter(|fd| nix::fcntl::fcntl(*fd, FcntlArg::F_GETFD).is_ok())
        .filter_map(|fd| u32::try_from(fd).ok())
        .collect()
}

/// What is known of the file of this name.
///
/// # Errors
/// POSIX's for `stat` and `lstat`.
pub fn stat(path: &str, follow: bool) -> Result<Stat> {
    let call = if follow { nix::sys::stat::stat(path) } else { nix::sys::stat::lstat(path) };
    call.map(convert).map_err(errno)
}

/// What is known of the file system that holds this file.
///
/// # Errors
/// POSIX's for `statvfs`.
pub fn stat_file_system(path: &str) -> Result<FileSystem> {
    let from = nix::sys::statvfs::statvfs(path).map_err(errno)?;
    Ok(FileSystem {
        name: "native".to_owned(),
        block_size: from.fragment_size(),
        blocks: from.blocks(),
        blocks_free: from.blocks_available(),
        inodes: from.files(),
        inodes_free: from.files_free(),
        read_only: from.flags().contains(nix::sys::statvfs::FsFlags::ST_RDONLY),
    })
}

/// Whether the file may be read (4), written (2), executed (1), or is there (0).
///
/// # Errors
/// POSIX's for `access`.
pub fn access(path: &str, mode: u32) -> Result<()> {
    let flags = AccessFlags::from_bits_truncate(i32::try_from(mode).map_err(|_| Errno::EINVAL)?);
    nix::unistd::access(path, flags).map_err(errno)
}

/// Sets the permission bits.
///
/// # Errors
/// POSIX's for `chmod`.
pub fn chmod(path: &str, mode: u32) -> Result<()> {
    nix::sys::stat::fchmodat(None, path, Mode::from_bits_truncate(mode), FchmodatFlags::FollowSymlink)
        .map_err(errno)
}

/// Sets owner and group, each unless none.
///
/// # Errors
/// POSIX's for `chown` and `lchown`.
pub fn chown(path: &str, follow: bool, uid: Option<u32>, gid: Option<u32>) -> Result<()> {
    let flag = if follow { AtFlags::empty() } else { AtFlags::AT_SYMLINK_NOFOLLOW };
    nix::unistd::fchownat(None, path, uid.map(Uid::from_raw), gid.map(Gid::from_raw), flag).map_err(errno)
}

/// Makes a FIFO.
///
/// # Errors
/// POSIX's for `mkfifo`.
pub fn make_fifo(path: &str, mode: u32) -> Result<()> {
    nix::unistd::mkfifo(path, Mode::from_bits_truncate(mode)).map_err(errno)
}

/// Sets the file mode creation mask; returns the old one.
pub fn umask(mask: u32) -> u32 {
    nix::sys::stat::umask(Mode::from_bits_truncate(mask)).bits()
}

/// The process's working directory.
///
/// # Errors
/// `ENOENT` when it was removed.
pub fn working_directory() -> Result<String> {
    Ok(nix::unistd::getcwd().map_err(errno)?.to_string_lossy().into_owned())
}

/// Changes the working directory.
///
/// # Errors
/// POSIX's for `chdir`.
pub fn change_directory(path: &str) -> Result<()> {
    nix::unistd::chdir(path).map_err(errno)
}
