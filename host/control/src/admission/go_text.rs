//! Values as Go's `%#v` prints them, for the messages of PodPreset conflicts (PP-15).
//!
//! Where Go prints the address of something, this prints its content as JSON: an address helps nobody.

use k8s_openapi::api::core::v1::{EnvVar, Volume, VolumeMount};
use serde::Serialize;
use serde_json::Value;

pub(super) fn env_var(var: &EnvVar) -> String {
    format!(
        "core.EnvVar{{Name:{:?}, Value:{:?}, ValueFrom:{}}}",
        var.name,
        var.value.as_deref().unwrap_or_default(),
        pointer("EnvVarSource", var.value_from.as_ref())
    )
}

pub(super) fn volume_mount(mount: &VolumeMount) -> String {
    format!(
        "core.VolumeMount{{Name:{:?}, ReadOnly:{}, MountPath:{:?}, SubPath:{:?}, MountPropagation:{}, SubPathExpr:{:?}}}",
        mount.name,
        mount.read_only.unwrap_or(false),
        mount.mount_path,
        mount.sub_path.as_deref().unwrap_or_default(),
        pointer("MountPropagationMode", mount.mount_propagation.as_ref()),
        mount.sub_path_expr.as_deref().unwrap_or_default()
    )
}

/// Only the source that is set: Go prints thirty more as nil.
pub(super) fn volume(volume: &Volume) -> String {
    let mut source = serde_json::to_value(volume).unwrap_or(Value::Null);
    if let Some(source) = source.as_object_mut() {
        source.shift_remove("name");
    }
    format!("core.Volume{{Name:{:?}, VolumeSource:core.VolumeSource({source})}}", volume.name)
}

fn pointer<T: Serialize>(name: &str, value: Option<&T>) -> String {
    let content = value.map_or_else(
        || "nil".to_owned(),
        |value| serde_json::to_string(value).unwrap_or_else(|_| "?".to_owned()),
    );
    format!("(*core.{name})({content})")
}
