//! Secrets, ConfigMaps and PodPresets.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{ConfigMap, Secret};

use super::{Errors, Path, container, env, names, text, volume};
use crate::podpreset::PodPreset;
use crate::selector;

/// Largest content of a Secret or ConfigMap, in bytes.
const MAX_DATA: usize = 1 << 20;

pub(super) fn secret(errors: &mut Errors, secret: &Secret) {
    let data = Path::new("data");
    let mut size = 0;
    for (key, value) in secret.data.iter().flatten() {
        errors.name(&data.key(key), key, names::config_key);
        size += value.0.len();
    }
    if size > MAX_DATA {
        errors.too_long(&data, MAX_DATA);
    }
    // Types with fixed keys; a missing key is named, never a value.
    let needed: &[&str] = match text(secret.type_.as_ref()) {
        "kubernetes.io/dockercfg" => &[".dockercfg"],
        "kubernetes.io/dockerconfigjson" => &[".dockerconfigjson"],
        "kubernetes.io/ssh-auth" => &["ssh-privatekey"],
        "kubernetes.io/tls" => &["tls.crt", "tls.key"],
        _ => &[],
    };
    for key in needed {
        if !secret.data.iter().flatten().any(|(known, _)| known == key) {
            errors.required(&data.key(key), "");
        }
    }
}

pub(super) fn config_map(errors: &mut Errors, map: &ConfigMap) {
    let (data, binary) = (Path::new("data"), Path::new("binaryData"));
    let mut size = 0;
    let mut keys = BTreeSet::new();
    for (key, value) in map.data.iter().flatten() {
        errors.name(&data.key(key), key, names::config_key);
        keys.insert(key);
        size += value.len();
    }
    for (key, value) in map.binary_data.iter().flatten() {
        errors.name(&binary.key(key), key, names::config_key);
        if keys.contains(key) {
            errors.invalid(&data.key(key), key.as_str(), "duplicate of key present in binaryData");
        }
        size += value.0.len();
    }
    if size > MAX_DATA {
        errors.too_long(&data, MAX_DATA);
    }
}

/// PP-3.
pub(super) fn pod_preset(errors: &mut Errors, preset: &PodPreset) {
    let spec = &preset.spec;
    let path = Path::new("spec");
    for detail in selector::problems(&spec.selector) {
        errors.invalid(&path.child("selector"), "", &detail);
    }
    let volumes = spec.volumes.as_deref().unwrap_or_default();
    let variables = spec.env.as_deref().unwrap_or_default();
    let sources = spec.env_from.as_deref().unwrap_or_default();
    let mounts = spec.volume_mounts.as_deref().unwrap_or_default();
    if volumes.is_empty() && variables.is_empty() && sources.is_empty() && mounts.is_empty() {
        errors.required(&path.child("volumes.env.envFrom.volumeMounts"), "must specify at least one");
    }
    let known = volume::check(errors, volumes, &path.child("volumes"));
    env::check(errors, variables, &path.child("env"));
    env::check_from(errors, sources, &path.child("envFrom"));
    container::mounts(errors, mounts, false, &path.child("volumeMounts"), &known);
}
