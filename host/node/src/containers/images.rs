//! Images as the kubelet asks for them, and their layers as file trees.

use wasipod_image::{Error, Image};
use wasipod_kernel::vfs::NodeRef;
use wasipod_kubelet::container::{ImageConfig, ImageError, ImageInfo};

use super::Containers;

// === impl Containers ===

impl Containers {
    /// The image if it is here: embedded, mapped by the user, or in the local store.
    pub(super) fn present_image(&self, reference: &str) -> Result<Option<ImageInfo>, ImageError> {
        match self.images.find(reference) {
            Ok(image) => Ok(Some(info(reference, &image))),
            Err(Error::NotFound { .. } | Error::Pinned { .. }) => Ok(None),
            Err(error) => Err(image_error(error)),
        }
    }

    /// What isn't here can't be had from anywhere: this release pulls from no registry. What is here takes no time.
    pub(super) fn pull(&self, reference: &str) -> Result<ImageInfo, ImageError> {
        self.images.find(reference).map(|image| info(reference, &image)).map_err(image_error)
    }

    /// The image's layers, the top one first; built once.
    pub(super) fn layers(&self, reference_or_id: &str) -> Result<Vec<NodeRef>, String> {
        if let Some(trees) = self.state.lock().trees.get(reference_or_id) {
            return Ok(trees.clone());
        }
        let image = self.images.find(reference_or_id).map_err(|error| error.to_string())?;
        let mut trees = Vec::new();
        for layer in image.layers().iter().rev() {
            let tree = layer.tree().map_err(|error| error.to_string())?;
            trees.push(tree.build(&self.fs));
        }
        self.state.lock().trees.insert(reference_or_id.to_owned(), trees.clone());
        Ok(trees)
    }
}

/// The kubelet calls the image by the name that it was asked for: names of mapped images may change hands, ids can't
/// be looked up by everybody.
fn info(reference: &str, image: &Image) -> ImageInfo {
    let parsed = reference.parse::<wasipod_image::Reference>();
    let (repo_tag, repository) = match &parsed {
        Ok(parsed) => (parsed.to_string(), parsed.name()),
        Err(_) => (reference.to_owned(), reference.to_owned()),
    };
    let config = image.config();
    let env = config.env.iter().filter_map(|entry| entry.split_once('='));
    ImageInfo {
        id: reference.to_owned(),
        repo_tag,
        repo_digest: format!("{repository}@{}", image.manifest_digest()),
        size: image.size(),
        config: ImageConfig {
            entrypoint: config.entrypoint.clone(),
            cmd: config.cmd.clone(),
            env: env.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            working_dir: config.working_dir.clone(),
            user: config.user.clone(),
            stop_signal: config.stop_signal.clone(),
        },
    }
}

fn image_error(error: Error) -> ImageError {
    let text = error.to_string();
    match error {
        Error::Reference(_) => ImageError::InvalidName(text),
        Error::NotFound { .. } | Error::Pinned { .. } => ImageError::NotFound(text),
        _ => ImageError::Unusable(text),
    }
}
