//! Kubernetes data: manifests in, checked and resolved Pods out. Layer 0 of the house.
//!
//! This crate knows what Kubernetes objects look like and what they mean; it does nothing with them.
//! Used by every layer above except the kernel and the runtime; it has no async, no I/O and no clock, so callers
//! read the files and pass the text.
//!
//! ```text
//! text ──load──▶ wire objects + spans ──defaults──▶ ──validate──▶ (all diagnostics) ──resolve──▶ model
//!                     │                                  │
//!                  schema (k8s-openapi's own)         support (what this release does with each field)
//! ```
//!
//! * [`load`]: YAML or JSON text to wire objects; every mistake with file, line, column and field path.
//! * [`defaults`], [`validate`]: what the API server does to an object on create (VAL rules).
//! * [`resolve`]: wire types to [`model`].
//! * [`model`]: the resolved data that the kubelet works with; no `Option` that only means "default".
//! * [`manifest`]: all of the above in one call, from texts to checked objects.
//! * [`support`]: the one table that says which field is supported, ignored or refused.
//! * [`k8s_openapi`]: the Kubernetes wire types, re-exported so that there is one release of them in the house.
//!
//! Invariants: equal text gives equal results in equal order; secrets are never printed by `Debug` of model types.

pub use k8s_openapi;

pub mod defaults;
pub mod diagnostic;
pub mod expand;
pub mod load;
pub mod manifest;
pub mod model;
mod nearest;
pub mod object;
pub mod podpreset;
pub mod quote;
pub mod resolve;
mod schema;
pub mod selector;
pub mod support;
pub mod validate;
