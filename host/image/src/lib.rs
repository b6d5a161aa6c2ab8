//! Images: what a name in a manifest becomes.
//!
//! ```text
//!  "nginx:1.25" ──Reference──► Images::find ── mapped (--image) ► local store ► embedded set
//!                                                   │                │              │
//!                       folder + image.yaml, .wasm ─┘   OCI layout on disk     guests and layouts in this binary
//!                                                   └────────────────┴──────────────┘
//!                                                     Image: id, config, layers of files
//! ```
//!
//! A layer becomes a read-only tree of the kernel in one function ([`Layer::tree`]); nothing is ever unpacked.
//! Registries are not asked yet: a name that nobody here knows is not found, and the error says how to map it.

mod config;
mod content;
mod embedded;
mod error;
mod folder;
mod image;
mod images;
mod layer;
mod layout;
mod reference;

pub use config::ImageConfig;
pub use content::{Content, Program};
pub use error::Error;
pub use folder::ImageFolder;
pub use image::{Image, Origin};
pub use images::{Images, Listing};
pub use layer::{Layer, LayerBuilder};
pub use layout::Layout;
pub use reference::{Reference, ReferenceError};
