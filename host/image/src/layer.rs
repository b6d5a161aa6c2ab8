//! Files of an image: an immutable list of entries that becomes a tree of the kernel.

use std::collections::BTreeMap;

use bytes::Bytes;
use sha2::{Digest, Sha256};
use wasipod_kernel::clock::{Timestamp, VIRTUAL_START};
use wasipod_kernel::fs::image::{ImageBuilder, ImageEntry, ImageError, ImageKind};

/// When every file that we make was changed: the same at every build.
pub(crate) const FILE_TIME: Timestamp = VIRTUAL_START;

/// One layer, its entries in the order in which they take effect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layer {
    entries: Vec<(String, ImageEntry)>,
    /// Directories that hide what lower layers have in them.
    opaque: Vec<String>,
}

/// Collects the entries of a layer by path; what is added later replaces what was there.
#[derive(Clone, Debug, Default)]
pub struct LayerBuilder {
    entries: BTreeMap<String, ImageEntry>,
}

// === impl Layer ===

impl Layer {
    pub(crate) fn new(entries: Vec<(String, ImageEntry)>, opaque: Vec<String>) -> Self {
        Self { entries, opaque }
    }

    pub(crate) fn opaque(&self) -> impl Iterator<Item = &str> {
        self.opaque.iter().map(String::as_str)
    }

    /// The entries with their paths from the image's root, without a leading slash.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &ImageEntry)> {
        self.entries.iter().map(|(path, entry)| (path.as_str(), entry))
    }

    /// As a tree of the kernel, to be built once and shared by all containers.
    ///
    /// # Errors
    /// When the entries contradict each other.
    pub fn tree(&self) -> Result<ImageBuilder, ImageError> {
        let mut builder = ImageBuilder::new();
        for (path, entry) in &self.entries {
            builder.add(path, entry.clone())?;
        }
        for path in &self.opaque {
            builder.add_opaque(path)?;
        }
        Ok(builder)
    }

    /// The bytes of all files.
    pub fn size(&self) -> u64 {
        let sizes = self.entries.iter().map(|(_, entry)| match &entry.kind {
            ImageKind::Regular(content) => content.len() as u64,
            _ => 0,
        });
        sizes.sum()
    }

    /// Adds what makes this layer this layer to a digest.
    pub(crate) fn digest_into(&self, digest: &mut Sha256) {
        for (path, entry) in &self.entries {
            let (kind, content): (&str, &[u8]) = match &entry.kind {
                ImageKind::Regular(content) => ("file", content),
                ImageKind::Directory => ("directory", b""),
                ImageKind::Symlink(target) => ("symlink", target.as_bytes()),
                ImageKind::HardLink(target) => ("hard link", target.as_bytes()),
                ImageKind::Fifo => ("fifo", b""),
                ImageKind::CharDevice(_) => ("character device", b""),
                ImageKind::BlockDevice(_) => ("block device", b""),
                ImageKind::Whiteout => ("whiteout", b""),
            };
            let content: String = match crate::embedded::known_digest(content) {
                Some(known) => known.to_owned(),
                None => hex(&Sha256::digest(content)),
            };
            let ImageEntry { mode, uid, gid, .. } = entry;
            digest.update(format!("{path}\0{kind}\0{mode:o}\0{uid}\0{gid}\0{content}\n"));
        }
        for path in &self.opaque {
            digest.update(format!("{path}\0opaque\n"));
        }
    }
}

// === impl LayerBuilder ===

impl LayerBuilder {
    /// A directory of root's.
    #[must_use]
    pub fn directory(self, path: &str, mode: u32) -> Self {
        self.entry(path, ImageKind::Directory, mode)
    }

    /// A file of root's.
    #[must_use]
    pub fn file(self, path: &str, mode: u32, content: impl Into<Bytes>) -> Self {
        self.entry(path, ImageKind::Regular(content.into()), mode)
    }

    /// A symbolic link.
    #[must_use]
    pub fn link(self, path: &str, target: &str) -> Self {
        self.entry(path, ImageKind::Symlink(target.to_owned()), 0o777)
    }

    /// The layer.
    #[must_use]
    pub fn build(self) -> Layer {
        // By path: a directory comes before what is in it.
        Layer::new(self.entries.into_iter().collect(), Vec::new())
    }

    fn entry(mut self, path: &str, kind: ImageKind, mode: u32) -> Self {
        let entry = ImageEntry { kind, mode, uid: 0, gid: 0, mtime: FILE_TIME };
        self.entries.insert(path.trim_matches('/').to_owned(), entry);
        self
    }

    pub(crate) fn entry_mut(&mut self, path: &str) -> Option<&mut ImageEntry> {
        self.entries.get_mut(path.trim_matches('/'))
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a string can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
