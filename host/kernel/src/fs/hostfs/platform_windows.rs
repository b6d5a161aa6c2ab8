//! What Windows machines have instead: no owners, one permission bit, fewer names.

use std::io;

use cap_std::fs::{Dir, File, FileExt, FileType, Metadata, OpenOptions, Permissions};

use crate::clock::Timestamp;
use crate::vfs::FileKind;

/// Whether no file of the machine can be called so, or the name would mean something else there (streams, devices,
/// directories).
pub(super) fn is_bad_name(name: &str) -> bool {
    let reserved = |byte: u8| byte < 32 || b"<>:\"/\\|?*".contains(&byte);
    name.bytes().any(reserved) || name.ends_with(['.', ' '])
}

/// The type of a file that is neither regular nor a directory or link.
pub(super) fn special_kind(_kind: FileType) -> FileKind {
    FileKind::CharDevice
}

/// Mode, owner, group, device number and blocks of 512 bytes.
pub(super) fn attributes(metadata: &Metadata) -> (u32, u32, u32, u64, u64) {
    let all = if metadata.is_dir() { 0o777 } else { 0o666 };
    let mode = if metadata.permissions().readonly() { all & 0o555 } else { all };
    (mode, 0, 0, 0, metadata.len().div_ceil(512))
}

/// Windows doesn't tell when attributes were changed.
pub(super) fn changed(_metadata: &Metadata) -> Option<Timestamp> {
    None
}

pub(super) fn permissions(mode: u32, present: Permissions) -> Permissions {
    let mut permissions = present;
    permissions.set_readonly(mode & 0o222 == 0);
    permissions
}

pub(super) fn set_mode(_options: &mut OpenOptions, _mode: u32) {}

pub(super) fn create_dir(dir: &Dir, name: &str, _mode: u32) -> io::Result<()> {
    dir.create_dir(name)
}

/// Links on Windows need a right that users don't have.
pub(super) fn symlink(_dir: &Dir, _text: &str, _name: &str) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(super) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    file.seek_read(buffer, offset)
}

pub(super) fn write_at(file: &File, data: &[u8], offset: u64) -> io::Result<usize> {
    file.seek_write(data, offset)
}
