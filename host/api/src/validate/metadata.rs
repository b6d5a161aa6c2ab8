//! Names, labels and annotations, the same for all kinds.

use super::{ErrorKind, Errors, Path, names, text};
use crate::object::{Kind, Object};

/// Largest size of all annotations together, in bytes (VAL-85).
const MAX_ANNOTATIONS: usize = 262_144;

pub(super) fn check(errors: &mut Errors, object: &Object) {
    let metadata = object.metadata();
    let path = Path::new("metadata");
    let rule = match object.kind() {
        Kind::Namespace => names::dns_label,
        _ => names::dns_subdomain,
    };
    match (text(metadata.name.as_ref()), text(metadata.generate_name.as_ref())) {
        ("", "") => errors.required(&path.child("name"), "name or generateName is required"),
        ("", base) => {
            // A trailing dash is what people write on purpose; something follows it.
            errors.name(&path.child("generateName"), base, |base| rule(&masked(base)));
        }
        (name, _) => errors.name(&path.child("name"), name, rule),
    }
    if let Some(namespace) = metadata.namespace.as_ref().filter(|namespace| !namespace.is_empty()) {
        if object.kind().is_namespaced() {
            errors.name(&path.child("namespace"), namespace, names::dns_label);
        } else {
            errors.forbidden(&path.child("namespace"), "not allowed on this type");
        }
    }
    for (key, value) in metadata.labels.iter().flatten() {
        errors.name(&path.child("labels"), key, names::qualified_name);
        errors.name(&path.child("labels"), value, names::label_value);
    }
    let mut size = 0;
    for (key, value) in metadata.annotations.iter().flatten() {
        size += key.len() + value.len();
        errors.name(&path.child("annotations"), key, |key| names::qualified_name(&key.to_lowercase()));
    }
    if size > MAX_ANNOTATIONS {
        let detail = format!("may not be more than {MAX_ANNOTATIONS} bytes");
        errors.add(ErrorKind::TooLong, &path.child("annotations"), String::new(), &detail);
    }
}

/// The base of a generated name with its trailing dash replaced, so that the rules for whole names fit.
fn masked(base: &str) -> String {
    base.strip_suffix('-').map_or_else(|| base.to_owned(), |stem| format!("{stem}a"))
}
