//! The webapps folder: which applications it holds, and what changed since it was looked at last.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use wasipod_guest_http::date;

use crate::archive::{ArchiveError, Limits, Unpacking};

/// In an unpacked archive: which state of the archive it holds.
const TRACKER: &str = "META-INF/war-tracker";

/// Tells one state of an archive from the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    modified: SystemTime,
    size: u64,
}

/// What a name in webapps is deployed from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    Archive(Fingerprint),
    Directory,
}

/// What one look at webapps asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// The archive appeared or changed.
    DeployArchive(String, Fingerprint),
    /// A directory without an archive appeared.
    DeployDirectory(String),
    /// The archive or the directory vanished.
    Undeploy(String),
}

/// The applications by their names in webapps (`sample`, `ROOT`, `a#b`).
pub(crate) struct Webapps {
    folder: PathBuf,
    /// What was tried last under a name, whether it worked or not.
    seen: BTreeMap<String, Origin>,
    deployed: BTreeSet<String>,
}

impl Webapps {
    pub(crate) fn new(folder: &Path) -> Webapps {
        Webapps { folder: folder.to_owned(), seen: BTreeMap::new(), deployed: BTreeSet::new() }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn archive(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.war"))
    }

    /// Compares the folder with what is deployed; the changes, vanished ones first.
    pub(crate) fn look(&mut self) -> Vec<Change> {
        let found = self.found();
        let mut changes = Vec::new();
        for (name, origin) in &self.seen {
            let is_gone = match (origin, found.get(name)) {
                (_, None) => true,
                // The folder that the archive was unpacked to doesn't outlive it.
                (Origin::Archive(_), Some(Origin::Directory)) => true,
                _ => false,
            };
            if is_gone {
                changes.push(Change::Undeploy(name.clone()));
            }
        }
        for (name, origin) in &found {
            match (origin, self.seen.get(name)) {
                (Origin::Archive(_), Some(Origin::Archive(_)) | None)
                | (Origin::Archive(_), Some(Origin::Directory))
                    if self.seen.get(name) != Some(origin) =>
                {
                    if let Origin::Archive(fingerprint) = origin {
                        changes.push(Change::DeployArchive(name.clone(), *fingerprint));
                    }
                }
                (Origin::Directory, None) => changes.push(Change::DeployDirectory(name.clone())),
                _ => {}
            }
        }
        changes
    }

    fn found(&self) -> BTreeMap<String, Origin> {
        let mut found = BTreeMap::new();
        let Ok(entries) = fs::read_dir(&self.folder) else { return found };
        for entry in entries.flatten() {
            let (Ok(file), Ok(metadata)) = (entry.file_name().into_string(), fs::metadata(entry.path()))
            else {
                continue;
            };
            if metadata.is_dir() {
                found.entry(file).or_insert(Origin::Directory);
            } else if let Some(name) =
                file.strip_suffix(".war").filter(|name| !name.is_empty() && metadata.is_file())
            {
                let modified = metadata.modified().unwrap_or(UNIX_EPOCH);
                found
                    .insert(name.to_owned(), Origin::Archive(Fingerprint { modified, size: metadata.len() }));
            }
        }
        found
    }

    /// Begins to deploy an archive; none if its folder already holds this very state of it (after a restart), or is
    /// the user's own.
    pub(crate) fn begin_archive(
        &mut self,
        name: &str,
        state: Fingerprint,
        limits: Limits,
    ) -> Result<Option<Unpacking>, ArchiveError> {
        self.seen.insert(name.to_owned(), Origin::Archive(state));
        let folder = self.folder.join(name);
        if folder.is_dir() {
            match fs::read_to_string(folder.join(TRACKER)) {
                Ok(text) if text == state.text() => return Ok(None),
                Err(error) if error.kind() == io::ErrorKind::NotFound && !self.deployed.contains(name) => {
                    return Ok(None);
                }
                _ => self.remove(&folder)?,
            }
        }
        let unpacking = Unpacking::open(&self.archive(name), &folder, limits)?;
        // Whoever is interrupted from here on leaves a folder that isn't taken for a whole one.
        self.track(name, "unfinished")?;
        Ok(Some(unpacking))
    }

    /// Ends what [`Webapps::begin_archive`] began.
    pub(crate) fn end_archive(&mut self, name: &str, state: Fingerprint) -> Result<(), ArchiveError> {
        if self.folder.join(name).join(TRACKER).exists() {
            self.track(name, &state.text())?;
        }
        self.deployed.insert(name.to_owned());
        Ok(())
    }

    /// Remembers a directory as deployed.
    pub(crate) fn add_directory(&mut self, name: &str) {
        self.seen.insert(name.to_owned(), Origin::Directory);
        self.deployed.insert(name.to_owned());
    }

    /// Removes what was unpacked from an archive that vanished or could not be unpacked; true if it was deployed.
    pub(crate) fn forget(&mut self, name: &str) -> bool {
        let folder = self.folder.join(name);
        if folder.join(TRACKER).exists() {
            let _ = fs::remove_dir_all(&folder);
        }
        self.deployed.remove(name)
    }

    /// The name is no longer in webapps.
    pub(crate) fn vanished(&mut self, name: &str) -> bool {
        self.seen.remove(name);
        self.forget(name)
    }

    fn remove(&self, folder: &Path) -> Result<(), ArchiveError> {
        fs::remove_dir_all(folder).map_err(|error| ArchiveError::File { path: folder.to_owned(), error })
    }

    fn track(&self, name: &str, text: &str) -> Result<(), ArchiveError> {
        let path = self.folder.join(name).join(TRACKER);
        let write = || {
            fs::create_dir_all(path.parent().unwrap_or(&self.folder))?;
            fs::write(&path, text)
        };
        write().map_err(|error| ArchiveError::File { path: path.clone(), error })
    }
}

impl Fingerprint {
    fn text(&self) -> String {
        let modified = date::since_epoch(self.modified);
        format!("{}.{:09} {}\n", modified.as_secs(), modified.subsec_nanos(), self.size)
    }
}

/// Where an application of this name is served: `/sample`, `/a/b` for `a#b`, the root for `ROOT`.
pub(crate) fn context_path(name: &str) -> String {
    let name = name.split("##").next().unwrap_or(name);
    if name == "ROOT" { String::new() } else { format!("/{}", name.replace('#', "/")) }
}

#[cfg(test)]
mod tests;
