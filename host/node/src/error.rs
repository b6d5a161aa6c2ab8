//! Why a node can't be built.

use std::io;

use wasipod_runtime::RuntimeError;

/// A node can't be built.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// The machine refuses threads or timers.
    #[error("can't start the node's executors")]
    Executor(#[source] io::Error),
    /// The machine's random generator fails.
    #[error("the machine gives no random numbers")]
    Randomness(#[source] io::Error),
    /// An image mapping can't be used: the user's mistake.
    #[error("--image {name}")]
    Image {
        /// The image's name.
        name: String,
        /// What is wrong.
        source: wasipod_image::Error,
    },
    /// The WebAssembly runtime can't start.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// The first objects can't be made.
    #[error("can't make the cluster's first objects: {0}")]
    Bootstrap(String),
}

// === impl NodeError ===

impl NodeError {
    /// Whether the user's input is wrong (exit code 2), not the machine.
    pub fn is_input(&self) -> bool {
        matches!(self, Self::Image { .. })
    }
}
