//! Who may write to the cache directory, on Unix.

use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::Path;

/// Makes the directory with mode 0700; parents as usual.
pub(super) fn create_private(directory: &Path) -> io::Result<()> {
    if let Some(parent) = directory.parent() {
        std::fs::create_dir_all(parent)?;
    }
    match std::fs::DirBuilder::new().mode(0o700).create(directory) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        done => done,
    }
}

/// What is wrong with it, if others than the user can write there.
pub(super) fn open_to_others(directory: &Path) -> io::Result<Option<String>> {
    let metadata = std::fs::metadata(directory)?;
    // A file that this process just made belongs to its effective user.
    let mine = tempfile::tempfile_in(directory)?.metadata()?.uid();
    Ok(if metadata.uid() != mine {
        Some(format!("it belongs to user {}", metadata.uid()))
    } else if metadata.mode() & 0o077 != 0 {
        Some(format!("its mode is {:04o}", metadata.mode() & 0o7777))
    } else {
        None
    })
}
