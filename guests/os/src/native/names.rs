//! Names in directories.

use std::fs;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt};

use nix::sys::stat::{UtimensatFlags, utimensat};
use nix::sys::time::TimeSpec;

use super::{errno, io_errno};
use crate::{DirectoryEntry, FileType, NewTime, Result};

/// The names in a directory, in the file system's order, without `.` and `..`.
///
/// # Errors
/// POSIX's for `opendir`.
pub fn read_directory(path: &str) -> Result<Vec<DirectoryEntry>> {
    let mut all = Vec::new();
    for entry in fs::read_dir(path).map_err(io_errno)? {
        let entry = entry.map_err(io_errno)?;
        let kind = entry.file_type().ok().map(|kind| {
            if kind.is_dir() {
                FileType::Directory
            } else if kind.is_symlink() {
                FileType::SymbolicLink
            } else if kind.is_char_device() {
                FileType::CharacterDevice
            } else if kind.is_block_device() {
                FileType::BlockDevice
            } else if kind.is_fifo() {
                FileType::Fifo
            } else if kind.is_socket() {
                FileType::Socket
            } else {
                FileType::Regular
            }
        });
        all.push(DirectoryEntry { name: entry.file_name().to_string_lossy().into_owned(), kind });
    }
    Ok(all)
}

/// Makes a directory with this mode, before the umask.
///
/// # Errors
/// POSIX's for `mkdir`.
pub fn create_directory(path: &str, mode: u32) -> Result<()> {
    fs::DirBuilder::new().mode(mode).create(path).map_err(io_errno)
}

/// Removes a name that is no directory.
///
/// # Errors
/// POSIX's for `unlink`.
pub fn remove_file(path: &str) -> Result<()> {
    fs::remove_file(path).map_err(io_errno)
}

/// Removes an empty directory.
///
/// # Errors
/// POSIX's for `rmdir`.
pub fn remove_directory(path: &str) -> Result<()> {
    fs::remove_dir(path).map_err(io_errno)
}

/// Renames; an old target is replaced.
///
/// # Errors
/// POSIX's for `rename`.
pub fn rename(from: &str, to: &str) -> Result<()> {
    fs::rename(from, to).map_err(io_errno)
}

/// Gives the file another name; a symbolic link itself is linked.
///
/// # Errors
/// POSIX's for `link`.
pub fn hard_link(from: &str, to: &str) -> Result<()> {
    fs::hard_link(from, to).map_err(io_errno)
}

/// Makes a symbolic link at `path` with this content.
///
/// # Errors
/// POSIX's for `symlink`.
pub fn symbolic_link(content: &str, path: &str) -> Result<()> {
    std::os::unix::fs::symlink(content, path).map_err(io_errno)
}

/// What a symbolic link holds.
///
/// # Errors
/// POSIX's for `readlink`.
pub fn read_link(path: &str) -> Result<String> {
    Ok(fs::read_link(path).map_err(io_errno)?.to_string_lossy().into_owned())
}

/// Sets the times of last access and of last modification.
///
/// # Errors
/// POSIX's for `utimensat`.
pub fn set_times(path: &str, follow: bool, access: NewTime, modification: NewTime) -> Result<()> {
    let convert = |time| match time {
        NewTime::Keep => TimeSpec::UTIME_OMIT,
        NewTime::Now => TimeSpec::UTIME_NOW,
        NewTime::At(at) => TimeSpec::new(at.seconds, i64::from(at.nanoseconds)),
    };
    let flag = if follow { UtimensatFlags::FollowSymlink } else { UtimensatFlags::NoFollowSymlink };
    utimensat(None, path, &convert(access), &convert(modification), flag).map_err(errno)
}
