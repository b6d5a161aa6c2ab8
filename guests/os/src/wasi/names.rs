//! Names in directories: `wasi:filesystem`, always from the root, so that `std`'s own idea of the working
//! directory plays no part.

use std::cell::OnceCell;
use std::rc::Rc;

use wasip2::filesystem::preopens::get_directories;
use wasip2::filesystem::types::{
    Descriptor, DescriptorFlags, DescriptorType, ErrorCode, NewTimestamp, OpenFlags, PathFlags,
};

use crate::{DirectoryEntry, Errno, FileType, NewTime, Result};

thread_local! {
    static ROOT: OnceCell<Option<Rc<Descriptor>>> = const { OnceCell::new() };
}

fn root() -> Result<Rc<Descriptor>> {
    ROOT.with(|cell| {
        cell.get_or_init(|| {
            get_directories().into_iter().find(|(_, path)| path == "/").map(|(root, _)| Rc::new(root))
        })
        .clone()
    })
    .ok_or(Errno::ENOENT)
}

/// The path from the root, as `wasi:filesystem` wants it.
fn from_root(path: &str) -> Result<String> {
    if path.is_empty() {
        return Err(Errno::ENOENT);
    }
    let joined;
    let absolute = if path.starts_with('/') {
        path
    } else {
        joined = format!("{}/{path}", crate::working_directory()?);
        &joined
    };
    let relative = absolute.trim_start_matches('/');
    Ok(if relative.is_empty() { "." } else { relative }.to_owned())
}

fn errno(code: ErrorCode) -> Errno {
    match code {
        ErrorCode::Access => Errno::EACCES,
        ErrorCode::WouldBlock => Errno::EAGAIN,
        ErrorCode::Already => Errno::EALREADY,
        ErrorCode::BadDescriptor => Errno::EBADF,
        ErrorCode::Busy => Errno::EBUSY,
        ErrorCode::Deadlock => Errno::EDEADLK,
        ErrorCode::Quota => Errno::EDQUOT,
        ErrorCode::Exist => Errno::EEXIST,
        ErrorCode::FileTooLarge => Errno::EFBIG,
        ErrorCode::IllegalByteSequence => Errno::EILSEQ,
        ErrorCode::InProgress => Errno::EINPROGRESS,
        ErrorCode::Interrupted => Errno::EINTR,
        ErrorCode::Invalid => Errno::EINVAL,
        ErrorCode::Io => Errno::EIO,
        ErrorCode::IsDirectory => Errno::EISDIR,
        ErrorCode::Loop => Errno::ELOOP,
        ErrorCode::TooManyLinks => Errno::EMLINK,
        ErrorCode::MessageSize => Errno::EMSGSIZE,
        ErrorCode::NameTooLong => Errno::ENAMETOOLONG,
        ErrorCode::NoDevice => Errno::ENODEV,
        ErrorCode::NoEntry => Errno::ENOENT,
        ErrorCode::NoLock => Errno::ENOLCK,
        ErrorCode::InsufficientMemory => Errno::ENOMEM,
        ErrorCode::InsufficientSpace => Errno::ENOSPC,
        ErrorCode::NotDirectory => Errno::ENOTDIR,
        ErrorCode::NotEmpty => Errno::ENOTEMPTY,
        ErrorCode::NotRecoverable => Errno::ENOTRECOVERABLE,
        ErrorCode::Unsupported => Errno::EOPNOTSUPP,
        ErrorCode::NoTty => Errno::ENOTTY,
        ErrorCode::NoSuchDevice => Errno::ENXIO,
        ErrorCode::Overflow => Errno::EOVERFLOW,
        ErrorCode::NotPermitted => Errno::EPERM,
        ErrorCode::Pipe => Errno::EPIPE,
        ErrorCode::ReadOnly => Errno::EROFS,
        ErrorCode::InvalidSeek => Errno::ESPIPE,
        ErrorCode::TextFileBusy => Errno::ETXTBSY,
        ErrorCode::CrossDevice => Errno::EXDEV,
    }
}

/// The names in a directory, in the file system's order, without `.` and `..`.
///
/// # Errors
/// POSIX's for `opendir`.
pub fn read_directory(path: &str) -> Result<Vec<DirectoryEntry>> {
    let directory = root()?
        .open_at(PathFlags::SYMLINK_FOLLOW, &from_root(path)?, OpenFlags::DIRECTORY, DescriptorFlags::READ)
        .map_err(errno)?;
    let stream = directory.read_directory().map_err(errno)?;
    let mut entries = Vec::new();
    while let Some(entry) = stream.read_directory_entry().map_err(errno)? {
        if entry.name == "." || entry.name == ".." {
            continue;
        }
        let kind = match entry.type_ {
            DescriptorType::RegularFile => Some(FileType::Regular),
            DescriptorType::Directory => Some(FileType::Directory),
            DescriptorType::SymbolicLink => Some(FileType::SymbolicLink),
            DescriptorType::CharacterDevice => Some(FileType::CharacterDevice),
            DescriptorType::BlockDevice => Some(FileType::BlockDevice),
            DescriptorType::Fifo => Some(FileType::Fifo),
            DescriptorType::Socket => Some(FileType::Socket),
            DescriptorType::Unknown => None,
        };
        entries.push(DirectoryEntry { name: entry.name, kind });
    }
    Ok(entries)
}

/// Makes a directory with this mode, before the umask.
///
/// # Errors
/// POSIX's for `mkdir`.
pub fn create_directory(path: &str, mode: u32) -> Result<()> {
    root()?.create_directory_at(&from_root(path)?).map_err(errno)?;
    // WASI has no mode: the kernel made it 0777 less the umask.
    if mode != 0o777 {
        let mask = crate::umask(0);
        crate::umask(mask);
        crate::chmod(path, mode & !mask)?;
    }
    Ok(())
}

/// Removes a name that is no directory.
///
/// # Errors
/// POSIX's for `unlink`.
pub fn remove_file(path: &str) -> Result<()> {
    root()?.unlink_file_at(&from_root(path)?).map_err(errno)
}

/// Removes an empty directory.
///
/// # Errors
/// POSIX's for `rmdir`.
pub fn remove_directory(path: &str) -> Result<()> {
    root()?.remove_directory_at(&from_root(path)?).map_err(errno)
}

/// Renames; an old target is replaced.
///
/// # Errors
/// POSIX's for `rename`.
pub fn rename(from: &str, to: &str) -> Result<()> {
    let root = root()?;
    root.rename_at(&from_root(from)?, &root, &from_root(to)?).map_err(errno)
}

/// Gives the file another name; a symbolic link itself is linked.
///
/// # Errors
/// POSIX's for `link`.
pub fn hard_link(from: &str, to: &str) -> Result<()> {
    let root = root()?;
    root.link_at(PathFlags::empty(), &from_root(from)?, &root, &from_root(to)?).map_err(errno)
}

/// Makes a symbolic link at `path` with this content.
///
/// # Errors
/// POSIX's for `symlink`.
pub fn symbolic_link(content: &str, path: &str) -> Result<()> {
    root()?.symlink_at(content, &from_root(path)?).map_err(errno)
}

/// What a symbolic link holds.
///
/// # Errors
/// POSIX's for `readlink`.
pub fn read_link(path: &str) -> Result<String> {
    root()?.readlink_at(&from_root(path)?).map_err(errno)
}

/// Sets the times of last access and of last modification.
///
/// # Errors
/// POSIX's for `utimensat`.
pub fn set_times(path: &str, follow: bool, access: NewTime, modification: NewTime) -> Result<()> {
    let convert = |time| match time {
        NewTime::Keep => NewTimestamp::NoChange,
        NewTime::Now => NewTimestamp::Now,
        NewTime::At(at) => NewTimestamp::Timestamp(wasip2::clocks::wall_clock::Datetime {
            seconds: u64::try_from(at.seconds).unwrap_or(0),
            nanoseconds: at.nanoseconds,
        }),
    };
    let flags = if follow { PathFlags::SYMLINK_FOLLOW } else { PathFlags::empty() };
    root()?.set_times_at(flags, &from_root(path)?, convert(access), convert(modification)).map_err(errno)
}
