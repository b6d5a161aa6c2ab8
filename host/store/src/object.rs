//! One stored object: an immutable JSON tree with the accessors that storage needs.

use std::fmt;
use std::sync::Arc;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize as _, Serialize};
use serde_json::{Map, Value};

use crate::Version;

/// An object as it goes over the wire. Clones share the tree.
///
/// Its debug form names it and shows none of its content: it may be a Secret.
#[derive(Clone, PartialEq)]
pub struct Object(Arc<Value>);

// === impl Object ===

impl Object {
    /// Takes a JSON tree. What isn't a JSON object has no metadata and is refused when it is stored.
    pub fn new(value: Value) -> Self {
        Self(Arc::new(value))
    }

    /// From a typed wire object.
    ///
    /// # Errors
    /// When it can't be written as JSON (a map with keys that aren't strings).
    pub fn from_wire<T: Serialize>(wire: &T) -> Result<Self, serde_json::Error> {
        serde_json::to_value(wire).map(Self::new)
    }

    /// As a typed wire object.
    ///
    /// # Errors
    /// When the object isn't one of that type.
    pub fn to_wire<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        T::deserialize(self.as_value())
    }

    /// The tree.
    pub fn as_value(&self) -> &Value {
        &self.0
    }

    /// The tree, to change it.
    pub fn into_value(self) -> Value {
        Arc::unwrap_or_clone(self.0)
    }

    /// `metadata.name`, empty when there is none.
    pub fn name(&self) -> &str {
        self.metadata_str("name").unwrap_or_default()
    }

    /// `metadata.namespace`, empty when there is none.
    pub fn namespace(&self) -> &str {
        self.metadata_str("namespace").unwrap_or_default()
    }

    /// `metadata.uid`, empty before the object is stored.
    pub fn uid(&self) -> &str {
        self.metadata_str("uid").unwrap_or_default()
    }

    /// `metadata.resourceVersion`: the version of the change that made this state; `None` before it is stored.
    pub fn version(&self) -> Option<Version> {
        self.metadata_str("resourceVersion").and_then(|text| text.parse().ok())
    }

    /// `metadata.deletionTimestamp`: when the object shall be gone, if its deletion has begun (DEL-3).
    pub fn deletion_timestamp(&self) -> Option<Timestamp> {
        self.metadata()
            .get("deletionTimestamp")
            .and_then(|time| Time::deserialize(time).ok())
            .map(|time| time.0)
    }

    /// `metadata.labels`, in the order they were written.
    pub fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        let labels = self.metadata().get("labels").and_then(Value::as_object);
        labels.into_iter().flatten().filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
    }

    pub(crate) fn metadata(&self) -> &Value {
        self.0.get("metadata").unwrap_or(&Value::Null)
    }

    pub(crate) fn metadata_str(&self, field: &str) -> Option<&str> {
        self.metadata().get(field).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    pub(crate) fn has_finalizers(&self) -> bool {
        self.metadata().get("finalizers").and_then(Value::as_array).is_some_and(|list| !list.is_empty())
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.0.get("kind").and_then(Value::as_str).unwrap_or("object");
        let version = self.metadata_str("resourceVersion").unwrap_or("unstored");
        write!(f, "{kind} {}/{} ({version})", self.namespace(), self.name())
    }
}

/// Keeps the order in which Kubernetes writes the fields that the store sets.
pub(crate) fn metadata_mut(value: &mut Value) -> Option<&mut Map<String, Value>> {
    value.as_object_mut()?.entry("metadata").or_insert_with(|| Value::Object(Map::new())).as_object_mut()
}

/// The wire form of a time: whole seconds (FMT-4).
pub(crate) fn time_value(time: Timestamp) -> Value {
    serde_json::to_value(Time(time)).unwrap_or(Value::Null)
}
