//! Environment of a container as declared: values, references and where they point.

use super::quantity::Quantity;

/// One entry of `env`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvVar {
    /// Variable name.
    pub name: String,
    /// Where the value comes from.
    pub source: EnvSource,
}

/// Where an environment variable's value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnvSource {
    /// Literal text; may hold `$(NAME)` references (ENV-11).
    Value(String),
    /// A key of a Secret of the Pod's namespace.
    SecretKey(KeyRef),
    /// A key of a ConfigMap of the Pod's namespace.
    ConfigMapKey(KeyRef),
    /// A field of the Pod itself (ENV-17).
    Field(FieldPath),
    /// An amount of a container's resources (ENV-18).
    Resource(ResourceRef),
}

/// One key of a Secret or ConfigMap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRef {
    /// Object name.
    pub name: String,
    /// Key inside the object.
    pub key: String,
    /// Whether a missing object or key leaves the variable out instead of failing (ENV-15).
    pub optional: bool,
}

/// One entry of `envFrom`: all keys of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvFrom {
    /// Put in front of every key (ENV-13); may be empty.
    pub prefix: String,
    /// Which object.
    pub source: EnvFromSource,
}

/// The object of an [`EnvFrom`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnvFromSource {
    /// A ConfigMap.
    ConfigMap {
        /// Object name.
        name: String,
        /// Whether it may be missing.
        optional: bool,
    },
    /// A Secret.
    Secret {
        /// Object name.
        name: String,
        /// Whether it may be missing.
        optional: bool,
    },
}

/// A field of the Pod that the downward API can show (ENV-17, VOL-17).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldPath {
    /// `metadata.name`
    Name,
    /// `metadata.namespace`
    Namespace,
    /// `metadata.uid`
    Uid,
    /// `metadata.labels` (volumes only)
    Labels,
    /// `metadata.annotations` (volumes only)
    Annotations,
    /// `metadata.labels['KEY']`
    Label(String),
    /// `metadata.annotations['KEY']`
    Annotation(String),
    /// `spec.nodeName`
    NodeName,
    /// `spec.serviceAccountName`
    ServiceAccountName,
    /// `status.hostIP`
    HostIp,
    /// `status.hostIPs`
    HostIps,
    /// `status.podIP`
    PodIp,
    /// `status.podIPs`
    PodIps,
}

/// An amount of a container's resources, for the environment or a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceRef {
    /// Container whose resources are meant (in `env`: the container itself unless named).
    pub container: String,
    /// Limit or request.
    pub side: ResourceSide,
    /// Resource name without the side: `cpu`, `memory`, `ephemeral-storage`, `hugepages-2Mi`.
    pub resource: String,
    /// Unit of the result.
    pub divisor: Quantity,
}

/// Which half of `resources` a [`ResourceRef`] reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResourceSide {
    /// `limits.*`; unset means the node's allocatable amount.
    Limits,
    /// `requests.*`; unset means 0.
    Requests,
}
