//! The local store: an OCI image layout in a folder, shared by all runs of the user.
//!
//! Blobs are named by their content and written by rename, so that a reader never sees half of one; `index.json` says
//! which manifest a name means and is replaced under a lock. What is read is checked against its digest.

mod archive;

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use oci_spec::image::{
    Arch, Descriptor, Digest, ImageConfiguration, ImageConfigurationBuilder, ImageIndex, ImageManifest,
    ImageManifestBuilder, MediaType, Os, RootFsBuilder, SCHEMA_VERSION,
};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::image::sha256;
use crate::layer::hex;
use crate::{Error, Image, ImageConfig, Origin, Reference};

/// The annotation of a manifest that says its name.
const NAME: &str = "org.opencontainers.image.ref.name";
const LAYOUT: &str = r#"{"imageLayoutVersion":"1.0.0"}"#;

/// A store in a folder.
#[derive(Clone, Debug)]
pub struct Layout {
    root: PathBuf,
}

// === impl Layout ===

impl Layout {
    /// The store in `root`; it is made when the first image is written.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Writes an image under a name, in place of what had the name, and returns it with its digests.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Store`].
    pub fn save(&self, name: &Reference, image: &Image) -> Result<Image, Error> {
        let blobs = self.root.join("blobs/sha256");
        fs::create_dir_all(&blobs).map_err(Error::io(&blobs))?;
        self.write(&self.root.join("oci-layout"), LAYOUT.as_bytes())?;
        let mut layers = Vec::new();
        for layer in image.layers() {
            layers.push(self.put(MediaType::ImageLayer, &archive::write(layer)?)?);
        }
        let diffs: Vec<String> = layers.iter().map(|layer| layer.digest().to_string()).collect();
        let configuration = ImageConfigurationBuilder::default()
            .architecture(Arch::Wasm)
            .os(Os::Other("wasip1".to_owned()))
            .config(image.config().to_oci()?)
            .rootfs(RootFsBuilder::default().typ("layers").diff_ids(diffs).build()?)
            .build()?;
        let configuration = self.put(MediaType::ImageConfig, &self.canonical(&configuration)?)?;
        let manifest = ImageManifestBuilder::default()
            .schema_version(SCHEMA_VERSION)
            .media_type(MediaType::ImageManifest)
            .config(configuration.clone())
            .layers(layers)
            .build()?;
        let mut manifest = self.put(MediaType::ImageManifest, &self.canonical(&manifest)?)?;
        let digest = manifest.digest().to_string();
        manifest.set_annotations(Some(HashMap::from([(NAME.to_owned(), name.to_string())])));
        self.replace(name, manifest)?;
        let (id, config) = (configuration.digest().to_string(), image.config().clone());
        Ok(Image::with_digests(id, digest, config, image.layers().to_vec(), Origin::Local))
    }

    /// The digest of the manifest that the name means now, for those who keep images in memory.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn resolve(&self, name: &Reference) -> Result<Option<String>, Error> {
        Ok(self.find(name)?.map(|manifest| manifest.digest().to_string()))
    }

    /// The image of that name, or of that digest if the name has one.
    ///
    /// # Errors
    /// [`Error::Store`] when the store is damaged, [`Error::Io`].
    pub fn load(&self, name: &Reference) -> Result<Option<Image>, Error> {
        self.find(name)?.map(|manifest| self.read(&manifest)).transpose()
    }

    fn find(&self, name: &Reference) -> Result<Option<Descriptor>, Error> {
        let index = self.index()?;
        let wanted = |manifest: &&Descriptor| match name.digest() {
            Some(digest) => {
                let parsed = name_of(manifest).and_then(|known| known.parse::<Reference>().ok());
                manifest.digest().as_ref() == digest
                    && parsed.is_some_and(|known| known.name() == name.name())
            }
            None => name_of(manifest) == Some(name.to_string().as_str()),
        };
        Ok(index.manifests().iter().find(wanted).cloned())
    }

    /// All names with their images, by name.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn list(&self) -> Result<Vec<(String, Image)>, Error> {
        let index = self.index()?;
        let mut found = Vec::new();
        for manifest in index.manifests() {
            if let Some(name) = name_of(manifest) {
                found.push((name.to_owned(), self.read(manifest)?));
            }
        }
        found.sort_by(|one, other| one.0.cmp(&other.0));
        Ok(found)
    }

    fn read(&self, manifest: &Descriptor) -> Result<Image, Error> {
        let digest = manifest.digest().to_string();
        let manifest = ImageManifest::from_reader(self.blob(manifest.digest())?.as_slice())?;
        let id = manifest.config().digest().to_string();
        let configuration =
            ImageConfiguration::from_reader(self.blob(manifest.config().digest())?.as_slice())?;
        let config = configuration.config().as_ref().map(ImageConfig::from_oci).unwrap_or_default();
        let mut layers = Vec::new();
        for layer in manifest.layers() {
            if *layer.media_type() != MediaType::ImageLayer {
                let what = format!("layers of type {} are not supported yet", layer.media_type());
                return Err(self.damaged(&self.path_of(layer.digest()), what));
            }
            let path = self.path_of(layer.digest());
            let entries = archive::read(self.blob(layer.digest())?.into());
            layers.push(Arc::new(entries.map_err(|error| self.damaged(&path, error.to_string()))?));
        }
        Ok(Image::with_digests(id, digest, config, layers, Origin::Local))
    }

    fn index(&self) -> Result<ImageIndex, Error> {
        let path = self.root.join("index.json");
        if !path.is_file() {
            let mut index = ImageIndex::default();
            index.set_schema_version(SCHEMA_VERSION);
            return Ok(index);
        }
        let text = fs::read(&path).map_err(Error::io(&path))?;
        ImageIndex::from_reader(text.as_slice()).map_err(|error| self.damaged(&path, error.to_string()))
    }

    fn replace(&self, name: &Reference, manifest: Descriptor) -> Result<(), Error> {
        let lock = self.root.join("lock");
        let file = File::create(&lock).map_err(Error::io(&lock))?;
        file.lock().map_err(Error::io(&lock))?;
        let mut index = self.index()?;
        let name = name.to_string();
        let mut manifests = index.manifests().clone();
        manifests.retain(|known| name_of(known) != Some(&name));
        manifests.push(manifest);
        index.set_manifests(manifests);
        let text = self.canonical(&index)?;
        self.write(&self.root.join("index.json"), &text)
        // The lock goes with the file.
    }

    fn put(&self, media_type: MediaType, content: &[u8]) -> Result<Descriptor, Error> {
        let digest: Digest = sha256(&Sha256::digest(content)).parse()?;
        let path = self.path_of(&digest);
        if !path.is_file() {
            self.write(&path, content)?;
        }
        Ok(Descriptor::new(media_type, content.len() as u64, digest))
    }

    fn blob(&self, digest: &Digest) -> Result<Vec<u8>, Error> {
        let path = self.path_of(digest);
        let content = fs::read(&path).map_err(Error::io(&path))?;
        if hex(&Sha256::digest(&content)) != digest.digest() {
            return Err(self.damaged(&path, "the content is not what its name says".to_owned()));
        }
        Ok(content)
    }

    fn path_of(&self, digest: &Digest) -> PathBuf {
        self.root.join("blobs/sha256").join(digest.digest())
    }

    /// Writes a file so that it is there whole or not at all.
    fn write(&self, path: &Path, content: &[u8]) -> Result<(), Error> {
        let mut file = tempfile::NamedTempFile::new_in(&self.root).map_err(Error::io(&self.root))?;
        file.write_all(content).and_then(|()| file.as_file().sync_all()).map_err(Error::io(path))?;
        file.persist(path).map_err(|error| Error::Io { path: path.to_path_buf(), source: error.error })?;
        Ok(())
    }

    /// JSON whose text depends on nothing but its content.
    fn canonical<T: Serialize>(&self, document: &T) -> Result<Vec<u8>, Error> {
        let damaged = |error: serde_json::Error| self.damaged(&self.root, error.to_string());
        let mut value = serde_json::to_value(document).map_err(damaged)?;
        Value::sort_all_objects(&mut value);
        serde_json::to_vec(&value).map_err(|error| self.damaged(&self.root, error.to_string()))
    }

    fn damaged(&self, path: &Path, what: String) -> Error {
        Error::Store { path: path.to_path_buf(), what }
    }
}

fn name_of(manifest: &Descriptor) -> Option<&str> {
    manifest.annotations().as_ref()?.get(NAME).map(String::as_str)
}

#[cfg(test)]
mod tests;
