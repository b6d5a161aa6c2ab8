//! The files of Secret, ConfigMap, downwardAPI and projected volumes (VOL-10…12, VOL-17…19): pure.

use bytes::Bytes;
use wasipod_api::model::volume::{DownwardFile, DownwardSource, ObjectFiles, ProjectedSource};
use wasipod_api::model::{Pod, Volume, VolumeSource as Wanted};

use crate::container::{FilePayload, VolumeFiles};
use crate::fields::{self, Place};
use crate::objects::{Object, Objects};
use crate::ports::ObjectKind;

/// The volume's files.
///
/// # Errors
/// The text of the first thing that is missing; of a projected volume all of them, in brackets if they are several.
pub fn files(pod: &Pod, volume: &Volume, objects: &Objects, place: Place<'_>) -> Result<VolumeFiles, String> {
    match &volume.source {
        Wanted::Secret(wanted) => object_files(pod, ObjectKind::Secret, wanted, wanted.default_mode, objects),
        Wanted::ConfigMap(wanted) => {
            object_files(pod, ObjectKind::ConfigMap, wanted, wanted.default_mode, objects)
        }
        Wanted::DownwardApi { items, default_mode } => downward_files(pod, items, *default_mode, place),
        Wanted::Projected { sources, default_mode } => {
            projected_files(pod, sources, *default_mode, objects, place)
        }
        Wanted::EmptyDir { .. } | Wanted::HostPath { .. } => Ok(VolumeFiles::new()),
    }
}

fn object_files(
    pod: &Pod,
    kind: ObjectKind,
    wanted: &ObjectFiles,
    default_mode: u32,
    objects: &Objects,
) -> Result<VolumeFiles, String> {
    let found = objects
        .get(kind, &pod.namespace, &wanted.name, wanted.optional)
        .map_err(|error| error.to_string())?;
    let Some(object) = found else { return Ok(VolumeFiles::new()) };
    let content = content(object);
    let file = |bytes: &Bytes, mode: Option<u32>| FilePayload {
        bytes: bytes.clone(),
        mode: mode.unwrap_or(default_mode),
    };
    if wanted.items.is_empty() {
        return Ok(content.iter().map(|(key, bytes)| (key.clone(), file(bytes, None))).collect());
    }
    let mut files = VolumeFiles::new();
    for item in &wanted.items {
        match content.iter().find(|(key, _)| *key == item.key) {
            Some((_, bytes)) => {
                files.insert(item.path.clone(), file(bytes, item.mode));
            }
            None if wanted.optional => {}
            None => {
                return Err(match kind {
                    ObjectKind::Secret => format!("references non-existent secret key: {}", item.key),
                    ObjectKind::ConfigMap => {
                        format!("configmap references non-existent config key: {}", item.key)
                    }
                });
            }
        }
    }
    Ok(files)
}

/// All keys with their bytes; of a ConfigMap both kinds of data (VOL-10).
fn content(object: &Object) -> Vec<(String, Bytes)> {
    match object {
        Object::Secret(secret) => secret
            .data
            .iter()
            .map(|(key, value)| (key.clone(), Bytes::copy_from_slice(value.expose())))
            .collect(),
        Object::ConfigMap(map) => {
            let texts = map.data.iter().map(|(key, value)| (key.clone(), Bytes::from(value.clone())));
            let binaries =
                map.binary_data.iter().map(|(key, value)| (key.clone(), Bytes::from(value.clone())));
            texts.chain(binaries).collect()
        }
    }
}

fn downward_files(
    pod: &Pod,
    items: &[DownwardFile],
    default_mode: u32,
    place: Place<'_>,
) -> Result<VolumeFiles, String> {
    let mut files = VolumeFiles::new();
    for item in items {
        let text = match &item.source {
            DownwardSource::Field(path) => fields::field(path, pod, place),
            DownwardSource::Resource(reference) => fields::resource(reference, pod, place)?,
        };
        let payload = FilePayload { bytes: Bytes::from(text), mode: item.mode.unwrap_or(default_mode) };
        files.insert(item.path.clone(), payload);
    }
    Ok(files)
}

fn projected_files(
    pod: &Pod,
    sources: &[ProjectedSource],
    default_mode: u32,
    objects: &Objects,
    place: Place<'_>,
) -> Result<VolumeFiles, String> {
    let (mut files, mut errors) = (VolumeFiles::new(), Vec::new());
    for source in sources {
        let found = match source {
            ProjectedSource::Secret(wanted) => {
                object_files(pod, ObjectKind::Secret, wanted, default_mode, objects)
            }
            ProjectedSource::ConfigMap(wanted) => {
                object_files(pod, ObjectKind::ConfigMap, wanted, default_mode, objects)
            }
            ProjectedSource::DownwardApi(items) => downward_files(pod, items, default_mode, place),
            ProjectedSource::ServiceAccountToken { .. } => {
                Err("service account tokens are not supported yet".to_owned())
            }
        };
        match found {
            // VOL-18: a later source overwrites.
            Ok(more) => files.extend(more),
            Err(error) if errors.contains(&error) => {}
            Err(error) => errors.push(error),
        }
    }
    match &errors[..] {
        [] => Ok(files),
        [error] => Err(error.clone()),
        several => Err(format!("[{}]", several.join(", "))),
    }
}
