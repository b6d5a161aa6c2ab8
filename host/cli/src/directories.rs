//! Directories of this machine's user.

use std::path::PathBuf;

/// Names another directory for compiled programs than the user's cache directory.
const CACHE: &str = "WASIPOD_CACHE_DIR";

/// Names another directory for the images of `wasipod image build` than the user's data directory.
pub(crate) const IMAGES: &str = "WASIPOD_IMAGE_DIR";

/// Where compiled programs are kept; `None`: this user has no cache directory, so they are not.
pub(crate) fn cache() -> Option<PathBuf> {
    named_by(CACHE).or_else(|| Some(dirs::cache_dir()?.join("wasipod")))
}

/// Where built images are kept; `None`: this user has no data directory.
pub(crate) fn images() -> Option<PathBuf> {
    named_by(IMAGES).or_else(|| Some(dirs::data_local_dir()?.join("wasipod").join("images")))
}

fn named_by(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).filter(|directory| !directory.is_empty()).map(PathBuf::from)
}
