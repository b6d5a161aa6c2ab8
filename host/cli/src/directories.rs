//! Directories of this machine's user.

use std::path::PathBuf;

/// Names another directory for compiled programs than the user's cache directory.
const CACHE: &str = "WASIPOD_CACHE_DIR";

/// Where compiled programs are kept; `None`: this user has no cache directory, so they are not.
pub(crate) fn cache() -> Option<PathBuf> {
    match std::env::var_os(CACHE) {
        Some(directory) if !directory.is_empty() => Some(directory.into()),
        _ => dirs::cache_dir().map(|directory| directory.join("wasipod")),
    }
}
