//! Where the files of an image folder lie: on disk or in this binary.

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use crate::Error;

/// A folder's files.
pub(super) enum Source {
    Disk(PathBuf),
    Embedded(&'static [(&'static str, Option<&'static [u8]>)]),
}

/// One of them.
pub(super) enum Item {
    Directory,
    Link(String),
    File(Bytes),
}

// === impl Source ===

impl Source {
    pub(super) fn has_folder(&self, name: &str) -> bool {
        match self {
            Self::Disk(dir) => dir.join(name).is_dir(),
            Self::Embedded(files) => files.iter().any(|(path, content)| *path == name && content.is_none()),
        }
    }

    /// Everything below `folder`, by path, in order.
    pub(super) fn items(&self, folder: &str) -> Result<Vec<(String, Item)>, Error> {
        match self {
            Self::Disk(dir) => {
                let mut found = Vec::new();
                walk(&dir.join(folder), "", &mut found)?;
                Ok(found)
            }
            Self::Embedded(files) => {
                let prefix = format!("{}/", folder.trim_end_matches('/'));
                let below = files.iter().filter_map(|(path, content)| {
                    let item =
                        content.map_or(Item::Directory, |content| Item::File(Bytes::from_static(content)));
                    Some((path.strip_prefix(&prefix)?.to_owned(), item))
                });
                Ok(below.collect())
            }
        }
    }
}

fn walk(dir: &Path, prefix: &str, found: &mut Vec<(String, Item)>) -> Result<(), Error> {
    let entries = fs::read_dir(dir).map_err(Error::io(dir))?;
    let mut paths = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(Error::io(dir))?;
    paths.sort();
    for path in paths {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            return Err(Error::folder(path.display().to_string(), "the name is not UTF-8"));
        };
        let name = format!("{prefix}{name}");
        let kind = path.symlink_metadata().map_err(Error::io(&path))?.file_type();
        if kind.is_symlink() {
            let target = fs::read_link(&path).map_err(Error::io(&path))?;
            let target = target.to_string_lossy().replace('\\', "/");
            found.push((name, Item::Link(target)));
        } else if kind.is_dir() {
            found.push((name.clone(), Item::Directory));
            walk(&path, &format!("{name}/"), found)?;
        } else if kind.is_file() {
            let content = fs::read(&path).map_err(Error::io(&path))?;
            found.push((name, Item::File(Bytes::from(content))));
        } else {
            return Err(Error::folder(
                path.display().to_string(),
                "only files, folders and links go into an image",
            ));
        }
    }
    Ok(())
}
