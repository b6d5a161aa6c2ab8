//! What of an object's metadata belongs to the store, and what happens to it when the object is written.

use serde_json::{Value, json};

use crate::object::metadata_mut;
use crate::{Error, Object, Resource};

/// Takes over what only the store sets and refuses changes of what can't change (VAL-85).
pub(crate) fn keep(resource: Resource, stored: &Object, value: &mut Value) -> Result<(), Error> {
    let (kind, name) = (resource.kind(), stored.name().to_owned());
    if let Some(uid) = value.pointer("/metadata/uid").and_then(Value::as_str).filter(|uid| !uid.is_empty())
        && uid != stored.uid()
    {
        let detail =
            format!("Precondition failed: UID in precondition: {uid}, UID in object meta: {}", stored.uid());
        return Err(Error::Precondition { kind, name, detail });
    }
    let Some(metadata) = metadata_mut(value) else {
        return Err(Error::BadRequest(format!("a {kind} must be an object with metadata")));
    };
    for (field, path) in [("name", "metadata.name"), ("namespace", "metadata.namespace")] {
        let new = metadata.get(field).and_then(Value::as_str).unwrap_or_default();
        if new != stored.metadata_str(field).unwrap_or_default() {
            return Err(Error::Immutable { kind, name, field: path, value: new.to_owned() });
        }
    }
    for (field, path) in KEPT {
        let (old, new) = (stored.metadata().get(field), metadata.get(field));
        if let (Some(old), Some(new)) = (old, new)
            && !new.is_null()
            && new != old
            && let Some(path) = path
        {
            return Err(Error::Immutable { kind, name, field: path, value: plain(new) });
        }
        match old {
            Some(old) => metadata.insert(field.to_owned(), old.clone()),
            None => metadata.shift_remove(field),
        };
    }
    Ok(())
}

/// Metadata that updates can't touch, with the path to complain about when they try.
const KEPT: [(&str, Option<&str>); 6] = [
    ("uid", Some("metadata.uid")),
    ("creationTimestamp", Some("metadata.creationTimestamp")),
    ("deletionTimestamp", Some("metadata.deletionTimestamp")),
    ("deletionGracePeriodSeconds", Some("metadata.deletionGracePeriodSeconds")),
    ("generateName", None),
    ("resourceVersion", None),
];

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Undoes what an update did to the generation.
pub(crate) fn keep_generation(stored: &Value, new: &mut Value) {
    let Some(metadata) = metadata_mut(new) else { return };
    match stored.pointer("/metadata/generation") {
        Some(generation) => metadata.insert("generation".to_owned(), generation.clone()),
        None => metadata.shift_remove("generation"),
    };
}

/// Counts the generation when the spec is another one (VAL-85).
pub(crate) fn count_generation(stored: &Value, new: &mut Value) {
    if new.get("spec") == stored.get("spec") {
        return;
    }
    let Some(generation) = stored.pointer("/metadata/generation").and_then(Value::as_i64) else { return };
    if let Some(metadata) = metadata_mut(new) {
        metadata.insert("generation".to_owned(), json!(generation + 1));
    }
}
