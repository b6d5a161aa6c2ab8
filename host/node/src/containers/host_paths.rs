//! Which directories of the machine hostPath volumes reach: a private root, and what the user allows (design 9).

use std::path::{Path, PathBuf};

use wasipod_api::model::volume::HostPathType;
use wasipod_kernel::Errno;
use wasipod_kernel::fs::FsContext;
use wasipod_kernel::fs::hostfs::hostfs;
use wasipod_kernel::vfs::{Caller, FileKind, MountFlags, MountNs, NodeRef, OpenOptions};

/// Where the node's own paths are in its data directory.
const PRIVATE: &str = "/host";

/// Paths of manifests to directories of the machine.
#[derive(Clone, Debug)]
pub(crate) struct HostPaths {
    /// The node's data directory: every path that isn't allowed is below [`PRIVATE`] in it.
    data_dir: PathBuf,
    /// Allowed by the user: a path as manifests write it, and the directory.
    allowed: Vec<(String, PathBuf)>,
}

// === impl HostPaths ===

impl HostPaths {
    pub(crate) fn new(data_dir: PathBuf, allowed: Vec<(String, PathBuf)>) -> Self {
        Self { data_dir, allowed }
    }

    /// The directory of the machine below which `path` is, and the rest of it.
    fn root_of(&self, path: &str) -> (&Path, String) {
        let inside = |prefix: &str| {
            let rest = path.strip_prefix(prefix.trim_end_matches('/'))?;
            (rest.is_empty() || rest.starts_with('/')).then_some(rest)
        };
        self.allowed
            .iter()
            .filter_map(|(prefix, directory)| Some((directory.as_path(), inside(prefix)?)))
            .min_by_key(|(_, rest)| rest.len())
            .map(|(directory, rest)| (directory, rest.to_owned()))
            .unwrap_or_else(|| (&self.data_dir, format!("{PRIVATE}/{}", path.trim_start_matches('/'))))
    }

    /// What a hostPath volume shows (VOL-3, VOL-4).
    ///
    /// # Errors
    /// The text after `MountVolume.SetUp failed for volume "V" : `.
    pub(crate) fn open(&self, fs: &FsContext, path: &str, kind: HostPathType) -> Result<NodeRef, String> {
        let (directory, rest) = self.root_of(path);
        let unusable =
            |error: &dyn std::fmt::Display| format!("hostPath {path}: {}: {error}", directory.display());
        let root = hostfs(fs, directory, false).map_err(|error| unusable(&error))?;
        let tree = MountNs::new(root, MountFlags::default());
        let caller = Caller { umask: 0, ..Caller::root() };
        let rest = format!("/{}", rest.trim_start_matches('/'));
        let errno = |errno: Errno| unusable(&errno);
        match kind {
            HostPathType::Unset | HostPathType::DirectoryOrCreate
                if tree.stat(&caller, tree.root(), &rest, true) == Err(Errno::ENOENT) =>
            {
                tree.mkdir_all(&caller, tree.root(), &rest, 0o755).map_err(errno)?;
            }
            HostPathType::FileOrCreate => {
                let options = OpenOptions { write: true, create: true, ..OpenOptions::default() };
                match tree.open(&caller, tree.root(), &rest, options, 0o644) {
                    Ok(_) | Err(Errno::EISDIR) => {}
                    Err(error) => return Err(errno(error)),
                }
            }
            _ => {}
        }
        let found = tree.resolve(&caller, tree.root(), &rest, true);
        let is = found.as_ref().ok().map(|place| place.node().kind());
        let check = |wanted: FileKind, what: &str| {
            if is == Some(wanted) {
                Ok(())
            } else {
                Err(format!("hostPath type check failed: {path} is not {what}"))
            }
        };
        match kind {
            HostPathType::Unset => {}
            HostPathType::Directory | HostPathType::DirectoryOrCreate => {
                check(FileKind::Directory, "a directory")?
            }
            HostPathType::File | HostPathType::FileOrCreate => check(FileKind::Regular, "a file")?,
            HostPathType::Socket => check(FileKind::Socket, "a socket file")?,
            HostPathType::CharDevice => check(FileKind::CharDevice, "a character device")?,
            HostPathType::BlockDevice => check(FileKind::BlockDevice, "a block device")?,
        }
        Ok(found.map_err(errno)?.node().clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_allowed_prefix_wins_and_anything_else_is_private() {
        let allowed = vec![("/data".to_owned(), "/a".into()), ("/data/web".to_owned(), "/b".into())];
        let paths = HostPaths::new("/node".into(), allowed);
        assert_eq!(paths.root_of("/data/web/x"), (Path::new("/b"), "/x".to_owned()));
        assert_eq!(paths.root_of("/data"), (Path::new("/a"), String::new()));
        assert_eq!(paths.root_of("/database"), (Path::new("/node"), "/host/database".to_owned()));
    }
}
