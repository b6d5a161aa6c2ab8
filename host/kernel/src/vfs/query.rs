//! Questions: stat(2), access(2), readlink(2), statfs(2), reading directories.

use std::sync::Arc;

use super::walk::{End, Found};
use super::{Access, Caller, DirEntry, FileKind, FsStat, MountNs, Place, Stat};
use crate::errno::{Errno, Result};

// === impl MountNs ===

impl MountNs {
    /// The place that `path`, walked from `base`, leads to (`O_PATH`); `follow` is for a link at the end.
    ///
    /// # Errors
    /// path_resolution(7)'s; `ENXIO` when a magic link leads to an open file that is in no file system.
    pub fn resolve(&self, caller: &Caller, base: &Place, path: &str, follow: bool) -> Result<Place> {
        match self.walk(caller, base).find(path, follow)?.found() {
            Found::Place(place) => Ok(place),
            Found::File(_) => Err(Errno::ENXIO),
        }
    }

    /// fstatat(2).
    ///
    /// # Errors
    /// path_resolution(7)'s.
    pub fn stat(&self, caller: &Caller, base: &Place, path: &str, follow: bool) -> Result<Stat> {
        self.walk(caller, base).find(path, follow)?.stat()
    }

    /// access(2); with nothing `wanted`, whether it exists.
    ///
    /// # Errors
    /// `EACCES`, `EROFS` for writing, path_resolution(7)'s.
    pub fn access(&self, caller: &Caller, base: &Place, path: &str, wanted: Access) -> Result<()> {
        let end = self.walk(caller, base).find(path, true)?;
        caller.check(&end.stat()?, wanted)?;
        match end.found() {
            Found::Place(place)
                if wanted.write
                    && place.is_read_only()
                    && matches!(
                        place.node().kind(),
                        FileKind::Regular | FileKind::Directory | FileKind::Symlink
                    ) =>
            {
                Err(Errno::EROFS)
            }
            _ => Ok(()),
        }
    }

    /// readlinkat(2).
    ///
    /// # Errors
    /// `EINVAL` for what isn't a symbolic link, path_resolution(7)'s.
    pub fn readlink(&self, caller: &Caller, base: &Place, path: &str) -> Result<Arc<str>> {
        match self.walk(caller, base).find(path, false)? {
            End::Node { node, .. } if node.kind() == FileKind::Symlink => node.readlink(caller),
            End::Node { .. } | End::File(_) => Err(Errno::EINVAL),
        }
    }

    /// All entries of a directory, ordered by name, without `.` and `..`.
    ///
    /// # Errors
    /// `ENOTDIR`, `EACCES` without permission to read it, path_resolution(7)'s.
    pub fn read_dir(&self, caller: &Caller, base: &Place, path: &str) -> Result<Vec<DirEntry>> {
        let place = self.resolve(caller, base, path, true)?;
        if place.node().kind() != FileKind::Directory {
            return Err(Errno::ENOTDIR);
        }
        caller.check(&place.node().stat()?, Access::READ)?;
        place.node().read_dir()
    }

    /// statfs(2).
    ///
    /// # Errors
    /// path_resolution(7)'s.
    pub fn statfs(&self, caller: &Caller, base: &Place, path: &str) -> Result<FsStat> {
        self.resolve(caller, base, path, true)?.node().statfs()
    }
}
