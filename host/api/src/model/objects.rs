//! The objects around a Pod, as far as the layers above need them.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::resources::ResourceList;
use super::secret::SecretBytes;

/// A Secret with `stringData` merged into `data`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Secret {
    /// Name.
    pub name: String,
    /// Namespace.
    pub namespace: String,
    /// The object's version.
    pub resource_version: String,
    /// `Opaque` unless said otherwise.
    pub kind: String,
    /// Decoded values by key.
    pub data: BTreeMap<String, SecretBytes>,
    /// Whether the data can't change any more.
    pub immutable: bool,
}

/// A ConfigMap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfigMap {
    /// Name.
    pub name: String,
    /// Namespace.
    pub namespace: String,
    /// The object's version.
    pub resource_version: String,
    /// Texts by key.
    pub data: BTreeMap<String, String>,
    /// Bytes by key; not used for environments (ENV-16).
    pub binary_data: BTreeMap<String, Vec<u8>>,
    /// Whether the data can't change any more.
    pub immutable: bool,
}

/// A ServiceAccount.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceAccount {
    /// Name.
    pub name: String,
    /// Namespace.
    pub namespace: String,
    /// Whether Pods get the token unless they say otherwise (VAL-10).
    pub automount_token: bool,
    /// Names of the Secrets for pulling images.
    pub image_pull_secrets: Vec<String>,
}

/// A Namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Namespace {
    /// Name.
    pub name: String,
    /// Labels.
    pub labels: BTreeMap<String, String>,
}

/// A Node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// Name.
    pub name: String,
    /// Labels that selectors match.
    pub labels: BTreeMap<String, String>,
    /// Internal addresses, the main one first.
    pub addresses: Vec<IpAddr>,
    /// Everything the node has.
    pub capacity: ResourceList,
    /// What Pods may use of it.
    pub allocatable: ResourceList,
    /// Whether new Pods are kept away.
    pub unschedulable: bool,
}
