//! What can go wrong with images, said so that the next step is clear.

use std::io;
use std::path::PathBuf;

use crate::reference::ReferenceError;

/// Why there is no image.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The name is none (IMG-3).
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// Nobody here has it (IMG-10).
    #[error(
        "rpc error: code = NotFound desc = failed to pull and unpack image \"{reference}\": failed to resolve reference \"{reference}\": {reference}: not found (registries are not supported yet; give the name a program with --image {name}=PATH.wasm or --image {name}=DIR, see `wasipod image ls`)"
    )]
    NotFound {
        /// The name as it was written.
        name: String,
        /// The name in full.
        reference: String,
    },
    /// A name pinned to content that a stand-in can't have.
    #[error(
        "rpc error: code = NotFound desc = failed to pull and unpack image \"{reference}\": not found: the name is pinned to a digest, and what stands in for it here has other content (leave the digest out, or map the name with --image {name}=PATH)"
    )]
    Pinned {
        /// The name as it was written.
        name: String,
        /// The name in full.
        reference: String,
    },
    /// This binary was built without a guest that the image needs.
    #[error("image {image}: this wasipod was built without the guest program {guest:?}")]
    NoGuest {
        /// Which image.
        image: String,
        /// The guest's name.
        guest: String,
    },
    /// A file that was given as a program isn't one.
    #[error("{}: {what}", path.display())]
    NotAProgram {
        /// Which file.
        path: PathBuf,
        /// What it is instead, and what to do.
        what: String,
    },
    /// An image folder that can't be read.
    #[error("{place}: {what}")]
    Folder {
        /// Which file.
        place: String,
        /// What is wrong with it.
        what: String,
    },
    /// A path in a layer that can't be.
    #[error(transparent)]
    Tree(#[from] wasipod_kernel::fs::image::ImageError),
    /// A file that can't be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The local store has something that doesn't belong there.
    #[error("image store {}: {what}", path.display())]
    Store {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// An OCI document that can't be written or read.
    #[error("image metadata: {0}")]
    Oci(#[from] oci_spec::OciSpecError),
}

// === impl Error ===

impl Error {
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        |source| Self::Io { path, source }
    }

    pub(crate) fn folder(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self::Folder { place: place.into(), what: what.into() }
    }
}
