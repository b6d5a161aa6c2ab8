//! Volumes (VAL-47).

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{HostPathVolumeSource, Volume};

use super::volume_files::{self, Files};
use super::{Errors, Path, names, text};
use crate::model::Quantity;

/// Names of the volumes that mounts may refer to.
pub(super) type Names = BTreeSet<String>;

/// The order in which the API server looks at the sources; the first one found is the volume's type.
const SOURCES: [&str; 13] = [
    "emptyDir",
    "hostPath",
    "gitRepo",
    "secret",
    "nfs",
    "iscsi",
    "persistentVolumeClaim",
    "downwardAPI",
    "configMap",
    "projected",
    "csi",
    "ephemeral",
    "image",
];
const HOST_PATH_TYPES: [&str; 8] =
    ["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"];

pub(super) fn check(errors: &mut Errors, volumes: &[Volume], path: &Path) -> Names {
    let mut taken = Names::new();
    for (index, volume) in volumes.iter().enumerate() {
        let path = path.index(index);
        let name = path.child("name");
        if volume.name.is_empty() {
            errors.required(&name, "");
        } else {
            errors.name(&name, &volume.name, names::dns_label);
            if !taken.insert(volume.name.clone()) {
                errors.duplicate(&name, &volume.name);
            }
        }
        source(errors, volume, &path);
    }
    taken
}

fn source(errors: &mut Errors, volume: &Volume, path: &Path) {
    let set = sources(volume);
    if set.is_empty() {
        errors.required(path, "must specify a volume type");
    }
    for extra in set.iter().skip(1) {
        errors.forbidden(&path.child(extra), "may not specify more than 1 volume type");
    }
    if let Some(limit) = volume.empty_dir.as_ref().and_then(|source| source.size_limit.as_ref())
        && Quantity::try_from(limit).is_ok_and(Quantity::is_negative)
    {
        let path = path.child("emptyDir").child("sizeLimit");
        errors.forbidden(&path, "SizeLimit field must be a valid resource quantity");
    }
    if let Some(source) = &volume.host_path {
        host_path(errors, source, &path.child("hostPath"));
    }
    if let Some(source) = &volume.secret {
        let path = path.child("secret");
        if text(source.secret_name.as_ref()).is_empty() {
            errors.required(&path.child("secretName"), "");
        }
        let items = source.items.as_deref().unwrap_or_default();
        volume_files::items(errors, items, source.default_mode, &path, &mut Files::default());
    }
    if let Some(source) = &volume.config_map {
        let path = path.child("configMap");
        if source.name.is_empty() {
            errors.required(&path.child("name"), "");
        }
        let items = source.items.as_deref().unwrap_or_default();
        volume_files::items(errors, items, source.default_mode, &path, &mut Files::default());
    }
    if let Some(source) = &volume.downward_api {
        let path = path.child("downwardAPI");
        volume_files::mode(errors, source.default_mode, &path.child("defaultMode"));
        let items = source.items.as_deref().unwrap_or_default();
        volume_files::downward(errors, items, &path, &mut Files::default());
    }
    if let Some(source) = &volume.projected {
        volume_files::projected(errors, source, &path.child("projected"));
    }
}

/// The sources that are set, in the API server's order.
fn sources(volume: &Volume) -> Vec<String> {
    // Through the wire form, so that no source is forgotten.
    let fields = match serde_json::to_value(volume) {
        Ok(serde_json::Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    let mut set: Vec<String> =
        fields.into_iter().map(|(name, _)| name).filter(|name| name != "name").collect();
    set.sort_by_key(|name| SOURCES.iter().position(|known| known == name).unwrap_or(SOURCES.len()));
    set
}

fn host_path(errors: &mut Errors, source: &HostPathVolumeSource, path: &Path) {
    let field = path.child("path");
    if source.path.is_empty() {
        errors.required(&field, "");
    } else if source.path.split('/').any(|part| part == "..") {
        errors.invalid(&field, source.path.as_str(), "must not contain '..'");
    }
    errors.one_of(&path.child("type"), text(source.type_.as_ref()), &HOST_PATH_TYPES);
}
