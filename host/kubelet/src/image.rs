//! Getting a container's image: policy, pull, back-off, and what is said about it (IMG-3…9, IMG-12, IMG-13).

use wasipod_api::model::event::EventType;
use wasipod_api::model::{Container, ImagePullPolicy};
use wasipod_kernel::clock::Timestamp;

use crate::backoff::Attempt;
use crate::container::{ImageError, ImageInfo};
use crate::facts::WaitingReason;
use crate::go_format::{duration, quote};
use crate::node::Node;
use crate::pod_cell::PodCell;

/// The last failed pull of a container's image, kept for the back-off's message (IMG-9).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PullFailure {
    /// The image.
    image: String,
    /// `ErrImagePull: ERR`.
    text: String,
    /// When.
    at: Timestamp,
}

/// Makes sure that the image is here. Events are recorded, the one that says `Error: REASON` is the caller's.
///
/// # Errors
/// Why the container has to wait.
///
/// Cancel-safe: a dropped pull leaves nothing behind.
pub(crate) async fn ensure(
    node: &Node,
    cell: &PodCell,
    container: &Container,
    last_failure: &mut Option<PullFailure>,
) -> Result<ImageInfo, WaitingReason> {
    let image = &container.image;
    let event = |kind, reason, text: String| cell.container_event(node, kind, &container.name, reason, text);
    let present = match node.ports.runtime.image_status(image).await {
        Ok(present) => present,
        Err(ImageError::InvalidName(error)) => {
            let message = format!("Failed to apply default image tag {}: {error}", quote(image));
            event(EventType::Warning, "InspectFailed", message.clone());
            return Err(WaitingReason { reason: "InvalidImageName", message });
        }
        Err(error) => {
            let message = format!("Failed to inspect image {}: {error}", quote(image));
            event(EventType::Warning, "InspectFailed", message.clone());
            return Err(WaitingReason { reason: "ImageInspectError", message });
        }
    };
    match (container.image_pull_policy, present) {
        (ImagePullPolicy::IfNotPresent | ImagePullPolicy::Never, Some(info)) => {
            event(
                EventType::Normal,
                "Pulled",
                format!("Container image {} already present on machine", quote(image)),
            );
            return Ok(info);
        }
        (ImagePullPolicy::Never, None) => {
            let message =
                format!("Container image {} is not present with pull policy of Never", quote(image));
            event(EventType::Warning, "ErrImageNeverPull", message.clone());
            return Err(WaitingReason { reason: "ErrImageNeverPull", message });
        }
        (ImagePullPolicy::Always, _) | (ImagePullPolicy::IfNotPresent, None) => {}
    }
    let key = (cell.key().uid.clone(), image.clone());
    let failure = last_failure.as_ref().filter(|failure| failure.image == *image);
    if let Some(failure) = failure {
        let waiting = node.pull_backoff.lock().waiting(&key, failure.at, node.clock.wall());
        if let Attempt::Wait { .. } = waiting {
            let short = format!("Back-off pulling image {}", quote(image));
            event(EventType::Normal, "BackOff", short.clone());
            let message = format!("{short}: {}", failure.text);
            return Err(WaitingReason { reason: "ImagePullBackOff", message });
        }
    }
    event(EventType::Normal, "Pulling", format!("Pulling image {}", quote(image)));
    let asked = node.clock.now();
    let turn = node.pulling.lock().await;
    let begun = node.clock.now();
    let pulled = node.ports.runtime.pull_image(image).await;
    let now = node.clock.now();
    drop(turn);
    match pulled {
        Ok(info) => {
            *last_failure = None;
            let millis = |from| duration(std::time::Duration::from_millis(whole_millis(now - from)));
            let text = format!(
                "Successfully pulled image {} in {} ({} including waiting). Image size: {} bytes.",
                quote(image),
                millis(begun),
                millis(asked),
                info.size
            );
            event(EventType::Normal, "Pulled", text);
            Ok(info)
        }
        Err(error) => {
            event(EventType::Warning, "Failed", format!("Failed to pull image {}: {error}", quote(image)));
            let at = node.clock.wall();
            node.pull_backoff.lock().next(key, at, at);
            *last_failure =
                Some(PullFailure { image: image.clone(), text: format!("ErrImagePull: {error}"), at });
            Err(WaitingReason { reason: "ErrImagePull", message: error.to_string() })
        }
    }
}

fn whole_millis(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
