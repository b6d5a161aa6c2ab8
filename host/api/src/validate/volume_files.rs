//! Volumes that turn keys and fields into files: their paths and modes (VAL-48, VAL-49).

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{DownwardAPIVolumeFile, KeyToPath, ProjectedVolumeSource};

use super::container::local_path;
use super::env::{self, Place};
use super::{Errors, Path, names};

/// The paths taken so far in one volume.
#[derive(Default)]
pub(super) struct Files(BTreeSet<String>);

pub(super) fn items(
    errors: &mut Errors,
    items: &[KeyToPath],
    default_mode: Option<i32>,
    path: &Path,
    files: &mut Files,
) {
    mode(errors, default_mode, &path.child("defaultMode"));
    for (index, item) in items.iter().enumerate() {
        let path = path.child("items").index(index);
        if item.key.is_empty() {
            errors.required(&path.child("key"), "");
        }
        file(errors, &item.path, &path.child("path"), files);
        mode(errors, item.mode, &path.child("mode"));
    }
}

pub(super) fn downward(errors: &mut Errors, items: &[DownwardAPIVolumeFile], path: &Path, files: &mut Files) {
    for (index, item) in items.iter().enumerate() {
        let path = path.child("items").index(index);
        file(errors, &item.path, &path.child("path"), files);
        match (&item.field_ref, &item.resource_field_ref) {
            (Some(_), Some(_)) => {
                errors.invalid(
                    &path,
                    "resource",
                    "fieldRef and resourceFieldRef can not be specified simultaneously",
                );
            }
            (Some(field), None) => env::field_ref(errors, field, Place::Volume, &path.child("fieldRef")),
            (None, Some(resource)) => {
                env::resource_ref(errors, resource, Place::Volume, &path.child("resourceFieldRef"));
            }
            (None, None) => errors.required(&path, "one of fieldRef and resourceFieldRef is required"),
        }
        mode(errors, item.mode, &path.child("mode"));
    }
}

fn file(errors: &mut Errors, file: &str, path: &Path, files: &mut Files) {
    if file.is_empty() {
        return errors.required(path, "");
    }
    local_path(errors, file, path);
    if file.starts_with("..") && !file.starts_with("../") && file != ".." {
        errors.invalid(path, file, "must not start with '..'");
    }
    if !files.0.insert(file.to_owned()) {
        errors.invalid(path, file, "conflicting duplicate paths");
    }
}

pub(super) fn mode(errors: &mut Errors, mode: Option<i32>, path: &Path) {
    if let Some(mode) = mode.filter(|mode| !(0..=0o777).contains(mode)) {
        errors.invalid(path, mode, "must be a number between 0 and 0777 (octal), both inclusive");
    }
}

pub(super) fn projected(errors: &mut Errors, volume: &ProjectedVolumeSource, path: &Path) {
    mode(errors, volume.default_mode, &path.child("defaultMode"));
    let mut files = Files::default();
    for (index, source) in volume.sources.iter().flatten().enumerate() {
        let path = path.child("sources").index(index);
        let mut set = Vec::new();
        for (field, name, keys) in [
            (
                "secret",
                source.secret.as_ref().map(|source| &source.name),
                source.secret.as_ref().map(|s| &s.items),
            ),
            (
                "configMap",
                source.config_map.as_ref().map(|source| &source.name),
                source.config_map.as_ref().map(|s| &s.items),
            ),
        ] {
            let (Some(name), Some(keys)) = (name, keys) else { continue };
            set.push(field);
            let path = path.child(field);
            if name.is_empty() {
                errors.required(&path.child("name"), "");
            } else {
                errors.name(&path.child("name"), name, names::dns_subdomain);
            }
            items(errors, keys.as_deref().unwrap_or_default(), None, &path, &mut files);
        }
        if let Some(source) = &source.downward_api {
            set.push("downwardAPI");
            let items = source.items.as_deref().unwrap_or_default();
            downward(errors, items, &path.child("downwardAPI"), &mut files);
        }
        if let Some(token) = &source.service_account_token {
            set.push("serviceAccountToken");
            let path = path.child("serviceAccountToken");
            let seconds = token.expiration_seconds.unwrap_or(3600);
            let field = path.child("expirationSeconds");
            if seconds < 600 {
                errors.invalid(&field, seconds, "may not specify a duration less than 10 minutes");
            } else if seconds > 1 << 32 {
                errors.invalid(&field, seconds, "may not specify a duration larger than 2^32 seconds");
            }
            file(errors, &token.path, &path.child("path"), &mut files);
        }
        set.extend(source.cluster_trust_bundle.iter().map(|_| "clusterTrustBundle"));
        set.extend(source.pod_certificate.iter().map(|_| "podCertificate"));
        for field in set.iter().skip(1) {
            errors.forbidden(&path.child(field), "may not specify more than 1 volume type per source");
        }
        if set.is_empty() {
            errors.required(&path, "must specify a projected volume source type");
        }
    }
}
