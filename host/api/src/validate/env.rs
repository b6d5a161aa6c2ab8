//! Environment variables and the references in them (VAL-50 … VAL-52).

use k8s_openapi::api::core::v1::{
    EnvFromSource, EnvVar, EnvVarSource, ObjectFieldSelector, ResourceFieldSelector,
};

use super::{Errors, Path, names, text};
use crate::model::Quantity;

/// Fields that an environment variable may show.
const ENV_FIELDS: [&str; 9] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];
/// Fields that a file of a volume may show.
const VOLUME_FIELDS: [&str; 5] =
    ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];
/// Further fields that the API server's converter knows, though neither place may show them.
const OTHER_FIELDS: [&str; 4] = ["spec.restartPolicy", "spec.schedulerName", "spec.host", "status.phase"];

/// Where a reference stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Env,
    Volume,
}

pub(super) fn check(errors: &mut Errors, variables: &[EnvVar], path: &Path) {
    for (index, variable) in variables.iter().enumerate() {
        let path = path.index(index);
        if variable.name.is_empty() {
            errors.required(&path.child("name"), "");
        } else {
            errors.name(&path.child("name"), &variable.name, names::env_name);
        }
        if let Some(source) = &variable.value_from {
            value_from(errors, variable, source, &path.child("valueFrom"));
        }
    }
}

fn value_from(errors: &mut Errors, variable: &EnvVar, source: &EnvVarSource, path: &Path) {
    let mut sources = 0;
    if let Some(field) = &source.field_ref {
        sources += 1;
        field_ref(errors, field, Place::Env, &path.child("fieldRef"));
    }
    if let Some(resource) = &source.resource_field_ref {
        sources += 1;
        resource_ref(errors, resource, Place::Env, &path.child("resourceFieldRef"));
    }
    if let Some(key) = &source.config_map_key_ref {
        sources += 1;
        key_ref(errors, &key.name, &key.key, &path.child("configMapKeyRef"));
    }
    if let Some(key) = &source.secret_key_ref {
        sources += 1;
        key_ref(errors, &key.name, &key.key, &path.child("secretKeyRef"));
    }
    sources += usize::from(source.file_key_ref.is_some());
    if sources == 0 {
        let detail =
            "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`";
        errors.invalid(path, "", detail);
    } else if !text(variable.value.as_ref()).is_empty() {
        errors.invalid(path, "", "may not be specified when `value` is not empty");
    } else if sources > 1 {
        errors.invalid(path, "", "may not have more than one field specified at a time");
    }
}

fn key_ref(errors: &mut Errors, name: &str, key: &str, path: &Path) {
    if name.is_empty() {
        errors.required(&path.child("name"), "");
    }
    if key.is_empty() {
        errors.required(&path.child("key"), "");
    } else {
        errors.name(&path.child("key"), key, names::config_key);
    }
}

pub(super) fn field_ref(errors: &mut Errors, field: &ObjectFieldSelector, place: Place, path: &Path) {
    let path = path.child("fieldPath");
    let given = field.field_path.as_str();
    if given.is_empty() {
        return errors.required(&path, "");
    }
    if let Some((base, key)) = subscript(given) {
        match base {
            "metadata.annotations" => {
                errors.name(&path, key, |key| names::qualified_name(&key.to_lowercase()))
            }
            "metadata.labels" => errors.name(&path, key, names::qualified_name),
            _ => errors.invalid(&path, given, "does not support subscript"),
        }
        return;
    }
    let known =
        ENV_FIELDS.contains(&given) || VOLUME_FIELDS.contains(&given) || OTHER_FIELDS.contains(&given);
    if !known {
        let detail = format!("error converting fieldPath: field label not supported: {given}");
        return errors.invalid(&path, given, &detail);
    }
    match place {
        Place::Env => errors.one_of(&path, given, &ENV_FIELDS),
        Place::Volume => errors.one_of(&path, given, &VOLUME_FIELDS),
    }
}

/// Splits `metadata.labels['KEY']`.
pub(crate) fn subscript(path: &str) -> Option<(&str, &str)> {
    path.strip_suffix("']").and_then(|path| path.split_once("['"))
}

pub(super) fn resource_ref(errors: &mut Errors, field: &ResourceFieldSelector, place: Place, path: &Path) {
    if place == Place::Volume && text(field.container_name.as_ref()).is_empty() {
        errors.required(&path.child("containerName"), "");
    }
    let given = field.resource.as_str();
    if given.is_empty() {
        return errors.required(&path.child("resource"), "");
    }
    let resource = given.split_once('.').filter(|(side, _)| matches!(*side, "limits" | "requests"));
    let known = resource.map(|(_, name)| name).filter(|name| {
        matches!(*name, "cpu" | "memory" | "ephemeral-storage") || name.starts_with("hugepages-")
    });
    let Some(name) = known else {
        let all = [
            "limits.cpu",
            "limits.ephemeral-storage",
            "limits.memory",
            "requests.cpu",
            "requests.ephemeral-storage",
            "requests.memory",
        ];
        return errors.one_of(&path.child("resource"), given, &all);
    };
    let Some(divisor) = &field.divisor else { return };
    let Ok(amount) = Quantity::try_from(divisor) else {
        let detail = crate::model::quantity::QuantityError.to_string();
        return errors.invalid(&path.child("divisor"), divisor.0.as_str(), &detail);
    };
    let shown = amount.to_string();
    let cpu = ["1", "1m"];
    let bytes = ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];
    // Zero is what an unset divisor looks like on the wire.
    if shown != "0" {
        let allowed: &[&str] = if name == "cpu" { &cpu } else { &bytes };
        errors.one_of(&path.child("divisor"), &shown, allowed);
    }
}

pub(super) fn check_from(errors: &mut Errors, sources: &[EnvFromSource], path: &Path) {
    for (index, source) in sources.iter().enumerate() {
        let path = path.index(index);
        if let Some(prefix) = source.prefix.as_ref().filter(|prefix| !prefix.is_empty()) {
            errors.name(&path.child("prefix"), prefix, names::env_name);
        }
        let references = [
            ("configMapRef", source.config_map_ref.as_ref().map(|reference| &reference.name)),
            ("secretRef", source.secret_ref.as_ref().map(|reference| &reference.name)),
        ];
        for (field, name) in references.iter().filter_map(|(field, name)| name.map(|name| (field, name))) {
            if name.is_empty() {
                errors.required(&path.child(field).child("name"), "");
            } else {
                errors.name(&path.child(field).child("name"), name, names::dns_subdomain);
            }
        }
        match references.iter().filter(|(_, name)| name.is_some()).count() {
            0 => errors.invalid(&path, "", "must specify one of: `configMapRef` or `secretRef`"),
            1 => {}
            _ => errors.invalid(&path, "", "may not have more than one field specified at a time"),
        }
    }
}
