//! The objects around Pods.

use k8s_openapi::api::core::v1 as wire;

use super::{ResolveError, filled, references};
use crate::model::objects::{ConfigMap, Namespace, Node, Secret, ServiceAccount};
use crate::model::secret::SecretBytes;

/// Resolves a Secret; `stringData` wins over `data`.
#[must_use]
pub fn secret(secret: &wire::Secret) -> Secret {
    let metadata = &secret.metadata;
    let texts = secret.string_data.iter().flatten();
    let data =
        secret.data.iter().flatten().map(|(key, value)| (key.clone(), SecretBytes::new(value.0.clone())));
    Secret {
        name: metadata.name.clone().unwrap_or_default(),
        namespace: metadata.namespace.clone().unwrap_or_default(),
        resource_version: metadata.resource_version.clone().unwrap_or_default(),
        kind: filled(secret.type_.as_ref()).unwrap_or_else(|| "Opaque".to_owned()),
        data: data
            .chain(texts.map(|(key, text)| (key.clone(), SecretBytes::new(text.clone().into_bytes()))))
            .collect(),
        immutable: secret.immutable == Some(true),
    }
}

/// Resolves a ConfigMap.
#[must_use]
pub fn config_map(map: &wire::ConfigMap) -> ConfigMap {
    let metadata = &map.metadata;
    ConfigMap {
        name: metadata.name.clone().unwrap_or_default(),
        namespace: metadata.namespace.clone().unwrap_or_default(),
        resource_version: metadata.resource_version.clone().unwrap_or_default(),
        data: map.data.clone().unwrap_or_default(),
        binary_data: map
            .binary_data
            .iter()
            .flatten()
            .map(|(key, value)| (key.clone(), value.0.clone()))
            .collect(),
        immutable: map.immutable == Some(true),
    }
}

/// Resolves a ServiceAccount.
#[must_use]
pub fn service_account(account: &wire::ServiceAccount) -> ServiceAccount {
    ServiceAccount {
        name: account.metadata.name.clone().unwrap_or_default(),
        namespace: account.metadata.namespace.clone().unwrap_or_default(),
        automount_token: account.automount_service_account_token != Some(false),
        image_pull_secrets: account
            .image_pull_secrets
            .iter()
            .flatten()
            .map(|secret| secret.name.clone())
            .collect(),
    }
}

/// Resolves a Namespace.
#[must_use]
pub fn namespace(namespace: &wire::Namespace) -> Namespace {
    Namespace {
        name: namespace.metadata.name.clone().unwrap_or_default(),
        labels: namespace.metadata.labels.clone().unwrap_or_default(),
    }
}

/// Resolves a Node.
///
/// # Errors
/// [`ResolveError`] for an amount that is no quantity.
pub fn node(node: &wire::Node) -> Result<Node, ResolveError> {
    let status = node.status.clone().unwrap_or_default();
    let addresses = status.addresses.iter().flatten().filter(|address| address.type_ == "InternalIP");
    Ok(Node {
        name: node.metadata.name.clone().unwrap_or_default(),
        labels: node.metadata.labels.clone().unwrap_or_default(),
        addresses: addresses.filter_map(|address| address.address.parse().ok()).collect(),
        capacity: references::resource_list(status.capacity.as_ref(), "status.capacity")?,
        allocatable: references::resource_list(status.allocatable.as_ref(), "status.allocatable")?,
        unschedulable: node.spec.as_ref().is_some_and(|spec| spec.unschedulable == Some(true)),
    })
}
