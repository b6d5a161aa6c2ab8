//! Who may write to the cache directory, on Windows: a profile's own folders are closed to other users by default.

use std::io;
use std::path::Path;

pub(super) fn create_private(directory: &Path) -> io::Result<()> {
    std::fs::create_dir_all(directory)
}

/// Folders below the user's profile inherit its access list; others aren't accepted as a cache.
pub(super) fn open_to_others(directory: &Path) -> io::Result<Option<String>> {
    let inside = std::env::var_os("USERPROFILE").is_some_and(|profile| {
        directory.canonicalize().is_ok_and(|path| {
            Path::new(&profile).canonicalize().is_ok_and(|profile| path.starts_with(profile))
        })
    });
    Ok((!inside).then(|| "it is outside of your profile".to_owned()))
}
