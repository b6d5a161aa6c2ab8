//! Image folders: an `image.yaml` beside the files that go into the image.
//!
//! ```yaml
//! names: [example.org/hello:1]        # the names that the image goes by
//! base: busybox                       # an embedded image whose files lie beneath (none: an empty tree)
//! rootfs: rootfs                      # a folder whose content becomes / (none: `rootfs` if there is one)
//! guests: {/bin/server: web}          # programs of this binary, by path
//! links: {/bin/sh: /bin/busybox}      # symbolic links
//! directories: [/data]                # directories that a rootfs without files can't show
//! modes: {/data: "1777"}              # where 0755 for directories and programs and 0644 for files isn't right
//! config: {entrypoint: [/bin/server], env: [A=b]}
//! ```
//!
//! Files keep no owner, time or mode of the machine that they lie on, so that the same folder makes the same image
//! everywhere.

mod source;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;

use self::source::{Item, Source};
use crate::content::Content;
use crate::layer::LayerBuilder;
use crate::{Error, Image, ImageConfig, Layer, Origin, Reference, embedded};

/// The file that makes a folder an image folder.
pub(crate) const MANIFEST: &str = "image.yaml";

/// A folder that was read: names, and what becomes an image.
pub struct ImageFolder {
    /// The names that the image goes by.
    pub names: Vec<Reference>,
    label: String,
    manifest: Manifest,
    source: Source,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct Manifest {
    names: Vec<String>,
    /// What to say about an image that only stands in for the one of that name.
    stand_in: Option<String>,
    base: Option<String>,
    rootfs: Option<String>,
    guests: BTreeMap<String, String>,
    links: BTreeMap<String, String>,
    directories: Vec<String>,
    modes: BTreeMap<String, String>,
    config: Option<ImageConfig>,
}

// === impl ImageFolder ===

impl ImageFolder {
    /// Reads a folder on disk.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Folder`], [`Error::Reference`].
    pub fn open(dir: &Path) -> Result<Self, Error> {
        let manifest = dir.join(MANIFEST);
        let text = std::fs::read(&manifest).map_err(Error::io(&manifest))?;
        Self::new(dir.display().to_string(), &text, Source::Disk(dir.to_path_buf()))
    }

    fn new(label: String, manifest: &[u8], source: Source) -> Result<Self, Error> {
        let place = format!("{label}/{MANIFEST}");
        let manifest: Manifest =
            serde_yaml::from_slice(manifest).map_err(|error| Error::folder(place, error.to_string()))?;
        let names = manifest.names.iter().map(|name| name.parse()).collect::<Result<_, _>>()?;
        Ok(Self { names, label, manifest, source })
    }

    /// What the image is, if it says that it only stands in for the one of its name.
    pub fn stand_in(&self) -> Option<&str> {
        self.manifest.stand_in.as_deref()
    }

    /// The image: the base's layers and one of this folder.
    ///
    /// # Errors
    /// [`Error::Folder`] for what `image.yaml` says wrongly, [`Error::Io`], [`Error::NoGuest`].
    pub fn build(&self, origin: Origin) -> Result<Image, Error> {
        let (base_config, mut layers) = match &self.manifest.base {
            None => (ImageConfig::default(), Vec::new()),
            Some(name) => {
                let base = embedded::base(name)
                    .ok_or_else(|| self.wrong(format!("base: there is no embedded image {name:?}")))??;
                (base.config().clone(), base.layers().to_vec())
            }
        };
        layers.push(Arc::new(self.layer()?));
        let mut config = self.manifest.config.clone().unwrap_or_default();
        if config.env.is_empty() {
            config.env = base_config.env;
        }
        if config.entrypoint.is_empty() && config.cmd.is_empty() {
            (config.entrypoint, config.cmd) = (base_config.entrypoint, base_config.cmd);
        }
        let image = Image::new(config, layers, origin);
        for layer in image.layers() {
            layer.tree()?;
        }
        Ok(image)
    }

    fn layer(&self) -> Result<Layer, Error> {
        let mut layer = LayerBuilder::default();
        let rootfs = self.manifest.rootfs.as_deref();
        if rootfs.is_some() || self.source.has_folder("rootfs") {
            for (path, item) in self.source.items(rootfs.unwrap_or("rootfs"))? {
                layer = match item {
                    Item::Directory => layer.directory(&path, 0o755),
                    Item::Link(target) => layer.link(&path, &target),
                    Item::File(content) => {
                        let mode = if Content::of(&content).is_executable() { 0o755 } else { 0o644 };
                        layer.file(&path, mode, content)
                    }
                };
            }
        }
        for path in &self.manifest.directories {
            layer = layer.directory(path, 0o755);
        }
        for (path, guest) in &self.manifest.guests {
            layer = layer.file(path, 0o755, embedded::guest(&self.label, guest)?);
        }
        for (path, target) in &self.manifest.links {
            layer = layer.link(path, target);
        }
        for (path, mode) in &self.manifest.modes {
            let bits = u32::from_str_radix(mode, 8).ok().filter(|bits| *bits <= 0o7777);
            let bits = bits.ok_or_else(|| self.wrong(format!("modes: {mode:?} is no octal mode")))?;
            let entry = layer.entry_mut(path);
            entry.ok_or_else(|| self.wrong(format!("modes: there is no {path:?} in this image")))?.mode =
                bits;
        }
        Ok(layer.build())
    }

    fn wrong(&self, what: String) -> Error {
        Error::folder(format!("{}/{MANIFEST}", self.label), what)
    }
}

/// A folder in this binary.
pub(crate) fn embedded(
    name: &str,
    files: &'static [(&'static str, Option<&'static [u8]>)],
) -> Result<ImageFolder, Error> {
    let manifest = files.iter().find(|(path, _)| *path == MANIFEST).and_then(|(_, content)| *content);
    ImageFolder::new(name.to_owned(), manifest.unwrap_or_default(), Source::Embedded(files))
}

#[cfg(test)]
mod tests;
