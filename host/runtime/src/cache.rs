//! Compiled code on disk, so that a program is compiled once per machine.
//!
//! What is here is native code that is run as it is: the directory must be the user's own and closed to others, every
//! entry is checked against its digest, and an entry appears whole or not at all (written aside, then renamed).

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

#[cfg(unix)]
#[path = "cache/owner_unix.rs"]
mod owner;
#[cfg(windows)]
#[path = "cache/owner_windows.rs"]
mod owner;

/// Bytes of the digest at the end of an entry's companion file.
const DIGEST_BYTES: usize = 32;

/// A directory of compiled programs.
#[derive(Debug)]
pub(crate) struct DiskCache {
    directory: PathBuf,
}

/// The directory can't be used.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// It can't be made or looked at.
    #[error("can't use `{}` as the cache of compiled programs", path.display())]
    Io {
        /// The directory.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Others could put code there.
    #[error("the cache of compiled programs `{}` is open to other users ({why}); it must belong to you with mode 0700", path.display())]
    Insecure {
        /// The directory.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
}

// === impl DiskCache ===

impl DiskCache {
    /// Opens the directory, makes it if it isn't there.
    pub(crate) fn open(directory: &Path) -> Result<Self, CacheError> {
        let io = |source| CacheError::Io { path: directory.to_owned(), source };
        owner::create_private(directory).map_err(io)?;
        if let Some(why) = owner::open_to_others(directory).map_err(io)? {
            return Err(CacheError::Insecure { path: directory.to_owned(), why });
        }
        Ok(Self { directory: directory.to_owned() })
    }

    /// The file of compiled code for `key`, if it is there and whole.
    pub(crate) fn get(&self, key: &str) -> Option<PathBuf> {
        let path = self.path(key);
        let expected = fs::read(sum_path(&path)).ok()?;
        let mut digest = Sha256::new();
        io::copy(&mut fs::File::open(&path).ok()?, &mut digest).ok()?;
        (expected.len() == DIGEST_BYTES && digest.finalize().as_slice() == expected).then_some(path)
    }

    /// Stores compiled code. A full disk only means that it is compiled again next time.
    pub(crate) fn put(&self, key: &str, code: &[u8]) -> io::Result<PathBuf> {
        let path = self.path(key);
        self.write(&path, code)?;
        self.write(&sum_path(&path), &Sha256::digest(code))?;
        Ok(path)
    }

    fn write(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        let aside = path.with_extension(format!("{}.tmp", std::process::id()));
        let written = fs::File::create(&aside).and_then(|mut file| file.write_all(content));
        let done = written.and_then(|()| fs::rename(&aside, path));
        if done.is_err() {
            // Best effort: the error that matters is the first.
            let _ = fs::remove_file(&aside);
        }
        done
    }

    fn path(&self, key: &str) -> PathBuf {
        self.directory.join(format!("{key}.cwasm"))
    }
}

fn sum_path(path: &Path) -> PathBuf {
    path.with_extension("sum")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory() -> (tempfile::TempDir, DiskCache) {
        let dir = tempfile::tempdir().unwrap();
        let cache = DiskCache::open(&dir.path().join("compiled")).unwrap();
        (dir, cache)
    }

    #[test]
    fn what_was_put_is_found_and_what_was_changed_is_not() {
        let (_dir, cache) = directory();
        assert_eq!(cache.get("k"), None);
        let path = cache.put("k", b"code").unwrap();
        assert_eq!(cache.get("k"), Some(path.clone()));
        fs::write(&path, b"evil").unwrap();
        assert_eq!(cache.get("k"), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_directory_that_others_can_write_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o777)).unwrap();
        assert!(matches!(DiskCache::open(dir.path()), Err(CacheError::Insecure { .. })));
    }
}
