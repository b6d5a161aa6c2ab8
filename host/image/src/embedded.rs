//! The images in this binary and the names that they stand in for.
//!
//! A name matches under the registries and prefixes where people find it, with any tag: what stands in for
//! `debian:bookworm-slim` stands in for `debian:12` too. Names pinned to a digest never match: a stand-in has other
//! content, and a digest promises content.

mod busybox;
mod debian;
mod nginx;
mod pause;

use std::sync::{Arc, OnceLock};

use crate::folder::{self, ImageFolder};
use crate::{Error, Image, ImageConfig, Layer, Origin, Reference};

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// A program that was built from guests/.
pub(crate) struct Guest {
    name: &'static str,
    /// SHA-256 in hex, so that it needn't be computed at every start.
    digest: &'static str,
    bytes: &'static [u8],
}

/// A folder of examples/images: paths, with content if they are files.
pub(crate) struct Folder {
    name: &'static str,
    files: &'static [(&'static str, Option<&'static [u8]>)],
}

/// What an image is made of.
type Made = Result<(ImageConfig, Vec<Layer>), Error>;

/// An image of this binary before it is made.
pub(crate) struct Recipe {
    /// The repository's last component.
    pub(crate) name: &'static str,
    /// Prefixes beyond the usual ones, as `registry/path/`.
    prefixes: &'static [&'static str],
    /// What it is, for those who look for the image of that name; `None` if it is what the name says.
    pub(crate) stand_in: Option<&'static str>,
    make: fn() -> Made,
    made: OnceLock<Arc<Image>>,
}

/// Where images of common names are found.
const USUAL: [&str; 13] = [
    "docker.io/library/",
    "k8s.gcr.io/",
    "k8s.gcr.io/e2e-test-images/",
    "registry.k8s.io/",
    "registry.k8s.io/e2e-test-images/",
    "gcr.io/google_containers/",
    "gcr.io/google-containers/",
    "mirror.gcr.io/",
    "mirror.gcr.io/library/",
    "public.ecr.aws/docker/library/",
    "quay.io/",
    "quay.io/library/",
    "ghcr.io/",
];

const SHELL: &str = "wasipod's own busybox, built for WebAssembly";
const SHELL_ONLY: &str =
    "wasipod's own busybox in that layout; no package manager, no programs of the distribution";
const WEB: &str = "wasipod's own web server in nginx's layout, with a part of its configuration language";
const PAUSE: &str = "wasipod's own pause, built for WebAssembly";

pub(crate) static RECIPES: [Recipe; 6] = [
    Recipe::new("alpine", &[], SHELL_ONLY, debian::alpine),
    Recipe::new("busybox", &["quay.io/prometheus/"], SHELL, busybox::image),
    Recipe::new("debian", &[], SHELL_ONLY, debian::debian),
    Recipe::new("nginx", &["public.ecr.aws/nginx/"], WEB, nginx::image),
    Recipe::new(
        "pause",
        &["docker.io/rancher/mirrored-", "mcr.microsoft.com/oss/kubernetes/"],
        PAUSE,
        pause::image,
    ),
    Recipe::new("ubuntu", &[], SHELL_ONLY, debian::ubuntu),
];

// === impl Recipe ===

impl Recipe {
    const fn new(
        name: &'static str,
        prefixes: &'static [&'static str],
        stand_in: &'static str,
        make: fn() -> Made,
    ) -> Self {
        Self { name, prefixes, stand_in: Some(stand_in), make, made: OnceLock::new() }
    }

    /// Whether the image of this name is meant.
    pub(crate) fn matches(&self, reference: &Reference) -> bool {
        let name = reference.name();
        let prefix = name.strip_suffix(self.name);
        prefix.is_some_and(|prefix| USUAL.contains(&prefix) || self.prefixes.contains(&prefix))
    }

    /// The image, made at the first call.
    pub(crate) fn image(&self) -> Result<Arc<Image>, Error> {
        if let Some(image) = self.made.get() {
            return Ok(image.clone());
        }
        let (config, layers) = (self.make)()?;
        let layers = layers.into_iter().map(Arc::new).collect();
        let image = Arc::new(Image::new(config, layers, Origin::Embedded(self.stand_in.map(Into::into))));
        Ok(self.made.get_or_init(|| image).clone())
    }
}

/// The layers of the image of that name, to build on.
pub(crate) fn base(name: &str) -> Option<Result<Arc<Image>, Error>> {
    RECIPES.iter().find(|recipe| recipe.name == name).map(Recipe::image)
}

/// The folders of example images.
pub(crate) fn example_folders() -> impl Iterator<Item = Result<ImageFolder, Error>> {
    FOLDERS.iter().map(|folder| folder::embedded(folder.name, folder.files))
}

/// Programs for tests of a tree whose guests weren't built.
#[cfg(not(test))]
const SUBSTITUTES: &[Guest] = &[];
#[cfg(test)]
const SUBSTITUTES: &[Guest] = &tests::SUBSTITUTES;

/// The program of that name.
///
/// # Errors
/// [`Error::NoGuest`] when it was not there when this binary was built.
pub(crate) fn guest(image: &str, name: &str) -> Result<&'static [u8], Error> {
    let found = GUESTS.iter().chain(SUBSTITUTES).find(|guest| guest.name == name);
    found
        .map(|guest| guest.bytes)
        .ok_or_else(|| Error::NoGuest { image: image.to_owned(), guest: name.to_owned() })
}

/// The digest of content that was computed when the binary was built.
pub(crate) fn known_digest(content: &[u8]) -> Option<&'static str> {
    let found = GUESTS.iter().chain(SUBSTITUTES).find(|guest| std::ptr::eq(guest.bytes, content));
    found.map(|guest| guest.digest)
}

#[cfg(test)]
mod tests;
