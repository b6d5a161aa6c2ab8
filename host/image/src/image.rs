//! One image.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::layer::hex;
use crate::{ImageConfig, Layer};

/// Where an image comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// This binary. If it only stands in for the image of that name, the text says what it is.
    Embedded(Option<Cow<'static, str>>),
    /// The local store.
    Local,
    /// A file or folder that a name was mapped to.
    Mapped(String),
}

/// Files and how to start a program in them. Clones share the files.
#[derive(Clone, PartialEq)]
pub struct Image {
    id: String,
    manifest: String,
    config: ImageConfig,
    layers: Vec<Arc<Layer>>,
    origin: Origin,
}

// === impl Image ===

impl Image {
    /// An image with an id of its content.
    pub(crate) fn new(config: ImageConfig, layers: Vec<Arc<Layer>>, origin: Origin) -> Self {
        let mut digest = Sha256::new();
        // A struct of strings can always be written as JSON.
        digest.update(serde_json::to_vec(&config).unwrap_or_default());
        for layer in &layers {
            digest.update("\nlayer\n");
            layer.digest_into(&mut digest);
        }
        let id = sha256(&digest.finalize());
        let manifest = sha256(&Sha256::digest(format!("manifest of {id}")));
        Self { id, manifest, config, layers, origin }
    }

    /// An image that has its digests already.
    pub(crate) fn with_digests(
        id: String,
        manifest: String,
        config: ImageConfig,
        layers: Vec<Arc<Layer>>,
        origin: Origin,
    ) -> Self {
        Self { id, manifest, config, layers, origin }
    }

    /// The digest of configuration and files, `sha256:…`: what a container's status calls `imageID`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The digest of the manifest, `sha256:…`; after a repository's name and `@` it is a repo digest.
    pub fn manifest_digest(&self) -> &str {
        &self.manifest
    }

    /// How to start a program.
    pub fn config(&self) -> &ImageConfig {
        &self.config
    }

    /// The files, lowest layer first.
    pub fn layers(&self) -> &[Arc<Layer>] {
        &self.layers
    }

    /// Where it comes from.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// What stands in for the image of that name, if it is only a stand-in: worth a line in the log.
    pub fn stand_in(&self) -> Option<&str> {
        match &self.origin {
            Origin::Embedded(stand_in) => stand_in.as_deref(),
            Origin::Local | Origin::Mapped(_) => None,
        }
    }

    /// The bytes of all files.
    pub fn size(&self) -> u64 {
        self.layers.iter().map(|layer| layer.size()).sum()
    }
}

impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Image {} ({:?})", self.id, self.origin)
    }
}

pub(crate) fn sha256(digest: &[u8]) -> String {
    format!("sha256:{}", hex(digest))
}
