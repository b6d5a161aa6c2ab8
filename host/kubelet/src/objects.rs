//! The Secrets and ConfigMaps that a Pod refers to, as read for one use.

use std::collections::BTreeMap;
use std::sync::Arc;

use wasipod_api::model::{ConfigMap, Secret};

use crate::ports::{ObjectKind, ObjectReader, ObjectRef};

/// Something that the Pod refers to isn't as it must be; the text is Kubernetes' own (ENV-14, ENV-15).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub String);

/// What was read, also what was missing.
#[derive(Clone, Debug, Default)]
pub struct Objects {
    found: BTreeMap<ObjectRef, Result<Option<Object>, String>>,
}

/// One of the two kinds.
#[derive(Clone, Debug)]
pub enum Object {
    /// A Secret.
    Secret(Arc<Secret>),
    /// A ConfigMap.
    ConfigMap(Arc<ConfigMap>),
}

// === impl Objects ===

impl Objects {
    /// Reads each of `references` once.
    pub async fn read(reader: &dyn ObjectReader, references: Vec<ObjectRef>) -> Self {
        let mut objects = Self::default();
        for reference in references {
            if objects.found.contains_key(&reference) {
                continue;
            }
            let (namespace, name) = (&reference.namespace, &reference.name);
            let object = match reference.kind {
                ObjectKind::Secret => {
                    reader.secret(namespace, name).await.map(|found| found.map(Object::Secret))
                }
                ObjectKind::ConfigMap => {
                    reader.config_map(namespace, name).await.map(|found| found.map(Object::ConfigMap))
                }
            };
            objects.found.insert(reference, object.map_err(|error| error.to_string()));
        }
        objects
    }

    /// The object; `None` if it is missing and may be.
    ///
    /// # Errors
    /// `KIND "NAME" not found`.
    pub fn get(
        &self,
        kind: ObjectKind,
        namespace: &str,
        name: &str,
        optional: bool,
    ) -> Result<Option<&Object>, ConfigError> {
        let reference = ObjectRef { kind, namespace: namespace.to_owned(), name: name.to_owned() };
        match self.found.get(&reference) {
            Some(Ok(Some(object))) => Ok(Some(object)),
            Some(Err(error)) => Err(ConfigError(error.clone())),
            _ if optional => Ok(None),
            _ => Err(ConfigError(format!("{reference} not found"))),
        }
    }

    /// All keys as variables (ENV-13, ENV-16).
    ///
    /// # Errors
    /// When the object is missing and may not be.
    pub fn variables(
        &self,
        kind: ObjectKind,
        namespace: &str,
        name: &str,
        optional: bool,
    ) -> Result<Vec<(String, String)>, ConfigError> {
        let found = self.get(kind, namespace, name, optional)?;
        Ok(match found {
            None => Vec::new(),
            Some(Object::Secret(secret)) => {
                secret.data.iter().map(|(key, value)| (key.clone(), text(value.expose()))).collect()
            }
            Some(Object::ConfigMap(map)) => map.data.clone().into_iter().collect(),
        })
    }

    /// One key as a variable; `None` if object or key is missing and may be (ENV-15).
    ///
    /// # Errors
    /// When either is missing and may not be.
    pub fn variable(
        &self,
        kind: ObjectKind,
        namespace: &str,
        name: &str,
        key: &str,
        optional: bool,
    ) -> Result<Option<String>, ConfigError> {
        let value = match self.get(kind, namespace, name, optional)? {
            None => return Ok(None),
            Some(Object::Secret(secret)) => secret.data.get(key).map(|value| text(value.expose())),
            Some(Object::ConfigMap(map)) => map.data.get(key).cloned(),
        };
        match value {
            None if !optional => {
                Err(ConfigError(format!("couldn't find key {key} in {} {namespace}/{name}", kind.kind())))
            }
            value => Ok(value),
        }
    }
}

/// Variables are text: what isn't UTF-8 is replaced.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
