//! Manifests from the files to checked objects, with everything that is wrong shown on the way.

use std::path::PathBuf;

use wasipod_api::load::{Manifest, Source};
use wasipod_api::manifest::{self, Checked};
use wasipod_api::object::Object;

use crate::diagnostic::render;
use crate::inputs;
use crate::output::Output;

/// For objects that name no namespace.
pub(crate) const NAMESPACE: &str = "default";

/// Reads and checks all manifests. `None`: something is wrong, and it has been said.
pub(crate) fn load(files: &[PathBuf], output: &Output) -> Option<Vec<Manifest>> {
    let inputs = match inputs::read(files) {
        Ok(inputs) => inputs,
        Err(failures) => {
            for failure in &failures {
                output.failure(failure);
            }
            return None;
        }
    };
    let sources: Vec<Source<'_>> =
        inputs.iter().map(|input| Source { name: &input.name, text: &input.text }).collect();
    let checked: Checked = manifest::read(&sources, NAMESPACE);
    output.aside(render(&checked.diagnostics, output.colour_err()).as_bytes());
    (!checked.has_errors()).then_some(checked.manifests)
}

/// An object as people call it: `pod/web`, `secret/shop/user` in another namespace than the default one.
pub(crate) fn name_of(object: &Object) -> String {
    let metadata = object.metadata();
    let kind = object.kind().as_str().to_lowercase();
    let name =
        metadata.name.clone().or_else(|| metadata.generate_name.as_ref().map(|prefix| format!("{prefix}…")));
    let name = name.unwrap_or_default();
    match &metadata.namespace {
        Some(namespace) if namespace != NAMESPACE => format!("{kind}/{namespace}/{name}"),
        _ => format!("{kind}/{name}"),
    }
}
