//! The pause image: one program that waits.

use crate::layer::LayerBuilder;
use crate::{Error, ImageConfig, Layer, embedded};

pub(super) fn image() -> Result<(ImageConfig, Vec<Layer>), Error> {
    let layer = LayerBuilder::default().file("pause", 0o755, embedded::guest("pause", "pause")?);
    let config = ImageConfig {
        entrypoint: vec!["/pause".to_owned()],
        env: vec![super::busybox::PATH.to_owned()],
        user: "65535:65535".to_owned(),
        ..ImageConfig::default()
    };
    Ok((config, vec![layer.build()]))
}
