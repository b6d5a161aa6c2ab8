//! The kinds that this release knows, and an object of any of them.

use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Node, Pod, Secret, ServiceAccount};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::Value;

use crate::podpreset::PodPreset;

/// A kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `v1`
    ConfigMap,
    /// `v1`
    Namespace,
    /// `v1`
    Node,
    /// `v1`
    Pod,
    /// `settings.k8s.io/v1alpha1`
    PodPreset,
    /// `v1`
    Secret,
    /// `v1`
    ServiceAccount,
}

impl Kind {
    /// Every kind, by name.
    pub const ALL: [Self; 7] = [
        Self::ConfigMap,
        Self::Namespace,
        Self::Node,
        Self::Pod,
        Self::PodPreset,
        Self::Secret,
        Self::ServiceAccount,
    ];

    /// The `kind` field.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ConfigMap => "ConfigMap",
            Self::Namespace => "Namespace",
            Self::Node => "Node",
            Self::Pod => "Pod",
            Self::PodPreset => "PodPreset",
            Self::Secret => "Secret",
            Self::ServiceAccount => "ServiceAccount",
        }
    }

    /// The `apiVersion` field.
    #[must_use]
    pub const fn api_version(self) -> &'static str {
        match self {
            Self::PodPreset => "settings.k8s.io/v1alpha1",
            _ => "v1",
        }
    }

    /// Whether objects of this kind live in a namespace.
    #[must_use]
    pub const fn is_namespaced(self) -> bool {
        !matches!(self, Self::Namespace | Self::Node)
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A wire object of a known kind. There is no `Debug`: it may be a Secret.
#[derive(Clone, PartialEq)]
pub enum Object {
    /// A ConfigMap.
    ConfigMap(ConfigMap),
    /// A Namespace.
    Namespace(Namespace),
    /// A Node.
    Node(Box<Node>),
    /// A Pod.
    Pod(Box<Pod>),
    /// A PodPreset.
    PodPreset(Box<PodPreset>),
    /// A Secret.
    Secret(Secret),
    /// A ServiceAccount.
    ServiceAccount(ServiceAccount),
}

impl Object {
    /// Reads an object of a kind from its JSON form, which may lack `kind` and `apiVersion`.
    ///
    /// # Errors
    /// When the JSON doesn't have the kind's types.
    pub fn from_json(kind: Kind, value: Value) -> Result<Self, serde_json::Error> {
        Ok(match kind {
            Kind::ConfigMap => Self::ConfigMap(serde_json::from_value(value)?),
            Kind::Namespace => Self::Namespace(serde_json::from_value(value)?),
            Kind::Node => Self::Node(Box::new(serde_json::from_value(value)?)),
            Kind::Pod => Self::Pod(Box::new(serde_json::from_value(value)?)),
            Kind::PodPreset => Self::PodPreset(Box::new(serde_json::from_value(value)?)),
            Kind::Secret => Self::Secret(serde_json::from_value(value)?),
            Kind::ServiceAccount => Self::ServiceAccount(serde_json::from_value(value)?),
        })
    }

    /// The JSON form with `kind` and `apiVersion`.
    ///
    /// # Errors
    /// Never for objects that were read by this crate; the wire types could in principle refuse a time.
    pub fn to_json(&self) -> Result<Value, serde_json::Error> {
        match self {
            Self::ConfigMap(object) => serde_json::to_value(object),
            Self::Namespace(object) => serde_json::to_value(object),
            Self::Node(object) => serde_json::to_value(object),
            Self::Pod(object) => serde_json::to_value(object),
            Self::PodPreset(object) => serde_json::to_value(object),
            Self::Secret(object) => serde_json::to_value(object),
            Self::ServiceAccount(object) => serde_json::to_value(object),
        }
    }

    /// The YAML form with `kind` and `apiVersion`.
    ///
    /// # Errors
    /// As for [`Object::to_json`].
    pub fn to_yaml(&self) -> Result<String, serde_yaml::Error> {
        match self {
            Self::ConfigMap(object) => serde_yaml::to_string(object),
            Self::Namespace(object) => serde_yaml::to_string(object),
            Self::Node(object) => serde_yaml::to_string(object),
            Self::Pod(object) => serde_yaml::to_string(object),
            Self::PodPreset(object) => serde_yaml::to_string(object),
            Self::Secret(object) => serde_yaml::to_string(object),
            Self::ServiceAccount(object) => serde_yaml::to_string(object),
        }
    }

    /// Which kind it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::ConfigMap(_) => Kind::ConfigMap,
            Self::Namespace(_) => Kind::Namespace,
            Self::Node(_) => Kind::Node,
            Self::Pod(_) => Kind::Pod,
            Self::PodPreset(_) => Kind::PodPreset,
            Self::Secret(_) => Kind::Secret,
            Self::ServiceAccount(_) => Kind::ServiceAccount,
        }
    }

    /// Its metadata.
    #[must_use]
    pub const fn metadata(&self) -> &ObjectMeta {
        match self {
            Self::ConfigMap(object) => &object.metadata,
            Self::Namespace(object) => &object.metadata,
            Self::Node(object) => &object.metadata,
            Self::Pod(object) => &object.metadata,
            Self::PodPreset(object) => &object.metadata,
            Self::Secret(object) => &object.metadata,
            Self::ServiceAccount(object) => &object.metadata,
        }
    }

    /// Its metadata, to change.
    pub const fn metadata_mut(&mut self) -> &mut ObjectMeta {
        match self {
            Self::ConfigMap(object) => &mut object.metadata,
            Self::Namespace(object) => &mut object.metadata,
            Self::Node(object) => &mut object.metadata,
            Self::Pod(object) => &mut object.metadata,
            Self::PodPreset(object) => &mut object.metadata,
            Self::Secret(object) => &mut object.metadata,
            Self::ServiceAccount(object) => &mut object.metadata,
        }
    }
}
