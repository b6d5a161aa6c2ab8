//! References to keys, fields and resources.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{ObjectFieldSelector, ResourceFieldSelector, ResourceRequirements};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as WireQuantity;

use super::{ResolveError, filled};
use crate::model::Quantity;
use crate::model::env::{FieldPath, ResourceRef, ResourceSide};
use crate::model::resources::{ResourceList, Resources};

pub(super) fn field(field: &ObjectFieldSelector, path: &str) -> Result<FieldPath, ResolveError> {
    let given = field.field_path.as_str();
    let subscript = given.strip_suffix("']").and_then(|given| given.split_once("['"));
    Ok(match (given, subscript) {
        (_, Some(("metadata.labels", key))) => FieldPath::Label(key.to_owned()),
        (_, Some(("metadata.annotations", key))) => FieldPath::Annotation(key.to_owned()),
        ("metadata.name", _) => FieldPath::Name,
        ("metadata.namespace", _) => FieldPath::Namespace,
        ("metadata.uid", _) => FieldPath::Uid,
        ("metadata.labels", _) => FieldPath::Labels,
        ("metadata.annotations", _) => FieldPath::Annotations,
        ("spec.nodeName", _) => FieldPath::NodeName,
        ("spec.serviceAccountName", _) => FieldPath::ServiceAccountName,
        ("status.hostIP", _) => FieldPath::HostIp,
        ("status.hostIPs", _) => FieldPath::HostIps,
        ("status.podIP", _) => FieldPath::PodIp,
        ("status.podIPs", _) => FieldPath::PodIps,
        _ => return Err(ResolveError::invalid(format!("{path}.fieldPath"), given)),
    })
}

/// `own` is the container that the reference stands in; volumes have none.
pub(super) fn resource(
    field: &ResourceFieldSelector,
    own: Option<&str>,
    path: &str,
) -> Result<ResourceRef, ResolveError> {
    let container = filled(field.container_name.as_ref())
        .or_else(|| own.map(str::to_owned))
        .ok_or_else(|| ResolveError::missing(format!("{path}.containerName")))?;
    let invalid = || ResolveError::invalid(format!("{path}.resource"), &field.resource);
    let (side, resource) = field.resource.split_once('.').ok_or_else(invalid)?;
    let side = match side {
        "limits" => ResourceSide::Limits,
        "requests" => ResourceSide::Requests,
        _ => return Err(invalid()),
    };
    let divisor = match &field.divisor {
        None => Quantity::whole(1),
        Some(divisor) => quantity(divisor, &format!("{path}.divisor"))?,
    };
    // Zero is what an unset divisor looks like on the wire.
    let divisor = if divisor.is_zero() { Quantity::whole(1) } else { divisor };
    Ok(ResourceRef { container, side, resource: resource.to_owned(), divisor })
}

pub(super) fn quantity(amount: &WireQuantity, path: &str) -> Result<Quantity, ResolveError> {
    Quantity::try_from(amount).map_err(|_| ResolveError::invalid(path, &amount.0))
}

pub(super) fn resources(amounts: &ResourceRequirements, path: &str) -> Result<Resources, ResolveError> {
    Ok(Resources {
        requests: resource_list(amounts.requests.as_ref(), &format!("{path}.requests"))?,
        limits: resource_list(amounts.limits.as_ref(), &format!("{path}.limits"))?,
    })
}

pub(super) fn resource_list(
    list: Option<&BTreeMap<String, WireQuantity>>,
    path: &str,
) -> Result<ResourceList, ResolveError> {
    let mut resolved = ResourceList::default();
    for (name, amount) in list.into_iter().flatten() {
        let amount = quantity(amount, &format!("{path}[{name}]"))?;
        match name.as_str() {
            "cpu" => resolved.cpu = Some(amount.to_milli_cpu()),
            "memory" => resolved.memory = Some(amount.to_bytes()),
            "ephemeral-storage" => resolved.ephemeral_storage = Some(amount.to_bytes()),
            "pods" => resolved.pods = Some(amount.to_bytes().0),
            _ => {
                resolved.other.insert(name.clone(), amount);
            }
        }
    }
    Ok(resolved)
}
