//! Unpacking a web archive, which may come from anybody: no entry gets out of its folder, and none grows past a limit.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use zip::{ZipArchive, read::ZipFile, result::ZipError};

/// What an archive may grow to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) entries: usize,
    /// Bytes of all entries unpacked.
    pub(crate) bytes: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { entries: 20_000, bytes: 512 * 1024 * 1024 }
    }
}

/// Why an archive is not deployed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ArchiveError {
    #[error("{}: {error}", path.display())]
    File { path: PathBuf, error: io::Error },
    #[error("not a readable archive: {0}")]
    Format(#[from] ZipError),
    #[error("entry {0:?} would be written outside of the application")]
    Outside(String),
    #[error("entry {0:?} is a symbolic link")]
    Link(String),
    #[error("more than {0} entries")]
    TooMany(usize),
    #[error("more than {0} bytes unpacked")]
    TooBig(u64),
}

/// An archive that is being unpacked, one entry at a time.
pub(crate) struct Unpacking {
    archive: ZipArchive<File>,
    folder: PathBuf,
    limits: Limits,
    next: usize,
    bytes: u64,
}

impl Unpacking {
    /// Opens an archive that goes into a new folder.
    ///
    /// # Errors
    /// If it can't be read or has too many entries; nothing is written then.
    pub(crate) fn open(archive: &Path, folder: &Path, limits: Limits) -> Result<Unpacking, ArchiveError> {
        let archive = ZipArchive::new(File::open(archive).map_err(at(archive))?)?;
        if archive.len() > limits.entries {
            return Err(ArchiveError::TooMany(limits.entries));
        }
        Ok(Unpacking { archive, folder: folder.to_owned(), limits, next: 0, bytes: 0 })
    }

    /// Unpacks the next entry; false when there is none left.
    ///
    /// # Errors
    /// The archive then is not to be trusted: the folder should be removed.
    pub(crate) fn step(&mut self) -> Result<bool, ArchiveError> {
        if self.next >= self.archive.len() {
            return Ok(false);
        }
        let mut entry = self.archive.by_index(self.next)?;
        self.next += 1;
        let target = target(&entry, &self.folder)?;
        if entry.is_dir() {
            fs::create_dir_all(&target).map_err(at(&target))?;
            return Ok(true);
        }
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).map_err(at(parent))?;
        }
        let mut file = File::create(&target).map_err(at(&target))?;
        // What the entry says of its size is not believed.
        let left = self.limits.bytes - self.bytes;
        let mut buffer = vec![0; 64 * 1024];
        let mut written = 0;
        loop {
            let length = entry.read(&mut buffer).map_err(ZipError::Io)?;
            if length == 0 {
                break;
            }
            written += length as u64;
            if written > left {
                return Err(ArchiveError::TooBig(self.limits.bytes));
            }
            file.write_all(&buffer[..length]).map_err(at(&target))?;
        }
        self.bytes += written;
        Ok(true)
    }
}

fn at(path: &Path) -> impl Fn(io::Error) -> ArchiveError + use<> {
    let path = path.to_owned();
    move |error| ArchiveError::File { path: path.clone(), error }
}

/// Where an entry goes. An absolute name, one with `..`, and a link that a later entry could be written through are
/// refused with the whole archive.
fn target<R: Read>(entry: &ZipFile<'_, R>, folder: &Path) -> Result<PathBuf, ArchiveError> {
    const FILE_TYPE: u32 = 0o170_000;
    const LINK: u32 = 0o120_000;
    let name = entry.name()?.into_owned();
    if entry.unix_mode().is_some_and(|mode| mode & FILE_TYPE == LINK) {
        return Err(ArchiveError::Link(name));
    }
    if name.starts_with('/') || name.contains('\\') {
        return Err(ArchiveError::Outside(name));
    }
    Ok(folder.join(entry.enclosed_name().ok_or(ArchiveError::Outside(name))?))
}

#[cfg(test)]
mod tests;
