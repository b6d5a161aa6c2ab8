//! What only Unix machines have.

use std::io;
use std::path::Path;

use cap_std::fs::{
    Dir, DirBuilder, DirBuilderExt, File, FileExt, FileType, FileTypeExt, Metadata, MetadataExt, OpenOptions,
    OpenOptionsExt, Permissions, PermissionsExt,
};

use crate::clock::Timestamp;
use crate::vfs::FileKind;

/// Whether no file of the machine can be called so.
pub(super) fn is_bad_name(_name: &str) -> bool {
    false
}

/// The type of a file that is neither regular nor a directory or link.
pub(super) fn special_kind(kind: FileType) -> FileKind {
    if kind.is_block_device() {
        FileKind::BlockDevice
    } else if kind.is_char_device() {
        FileKind::CharDevice
    } else if kind.is_socket() {
        FileKind::Socket
    } else {
        FileKind::Fifo
    }
}

/// Mode, owner, group, device number and blocks of 512 bytes.
pub(super) fn attributes(metadata: &Metadata) -> (u32, u32, u32, u64, u64) {
    let mode = metadata.mode() & 0o7777;
    (mode, metadata.uid(), metadata.gid(), metadata.rdev(), metadata.blocks())
}

/// When attributes or content were last changed.
pub(super) fn changed(metadata: &Metadata) -> Option<Timestamp> {
    let seconds = u64::try_from(metadata.ctime()).ok()?;
    let nanos = u64::try_from(metadata.ctime_nsec()).ok()?;
    Some(Timestamp::from_nanos(seconds.saturating_mul(1_000_000_000).saturating_add(nanos)))
}

pub(super) fn permissions(mode: u32, _present: Permissions) -> Permissions {
    Permissions::from_mode(mode)
}

pub(super) fn set_mode(options: &mut OpenOptions, mode: u32) {
    options.mode(mode);
}

pub(super) fn create_dir(dir: &Dir, name: &str, mode: u32) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.mode(mode);
    dir.create_dir_with(name, &builder)
}

pub(super) fn symlink(dir: &Dir, text: &str, name: &str) -> io::Result<()> {
    dir.symlink_contents(Path::new(text), name)
}

pub(super) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    file.read_at(buffer, offset)
}

pub(super) fn write_at(file: &File, data: &[u8], offset: u64) -> io::Result<usize> {
    file.write_at(data, offset)
}
