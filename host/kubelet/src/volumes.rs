//! Volumes: what the runtime is to set up for each of a Pod's, and when to try again (VOL).

mod backoff;
mod payload;

use wasipod_api::model::resources::ByteSize;
use wasipod_api::model::volume::{EmptyDirMedium, ProjectedSource};
use wasipod_api::model::{Pod, Volume, VolumeSource as Wanted};

pub(crate) use self::backoff::MountBackoff;
pub use self::payload::files;
use crate::container::VolumeSource;
use crate::fields::Place;
use crate::objects::Objects;
use crate::ports::{ObjectKind, ObjectRef};

/// The Secrets and ConfigMaps that the volume shows.
pub fn references(pod: &Pod, volume: &Volume) -> Vec<ObjectRef> {
    let object =
        |kind, name: &str| ObjectRef { kind, namespace: pod.namespace.clone(), name: name.to_owned() };
    match &volume.source {
        Wanted::Secret(files) => vec![object(ObjectKind::Secret, &files.name)],
        Wanted::ConfigMap(files) => vec![object(ObjectKind::ConfigMap, &files.name)],
        Wanted::Projected { sources, .. } => {
            let named = sources.iter().filter_map(|source| match source {
                ProjectedSource::Secret(files) => Some(object(ObjectKind::Secret, &files.name)),
                ProjectedSource::ConfigMap(files) => Some(object(ObjectKind::ConfigMap, &files.name)),
                ProjectedSource::DownwardApi(_) | ProjectedSource::ServiceAccountToken { .. } => None,
            });
            named.collect()
        }
        Wanted::EmptyDir { .. } | Wanted::HostPath { .. } | Wanted::DownwardApi { .. } => Vec::new(),
    }
}

/// Whether the volume's content is written by the kubelet: read-only in containers, updated while they run (VOL-15,
/// VOL-16).
pub fn is_written(volume: &Volume) -> bool {
    !matches!(volume.source, Wanted::EmptyDir { .. } | Wanted::HostPath { .. })
}

/// What the runtime is to set up.
///
/// # Errors
/// The text that follows `MountVolume.SetUp failed for volume "V" : ` (VOL-12).
pub fn source(
    pod: &Pod,
    volume: &Volume,
    objects: &Objects,
    place: Place<'_>,
) -> Result<VolumeSource, String> {
    Ok(match &volume.source {
        Wanted::EmptyDir { medium, size_limit } => match medium {
            EmptyDirMedium::Disk => VolumeSource::EmptyDir { memory: false, size_limit: *size_limit },
            EmptyDirMedium::Memory => {
                let limits = [*size_limit, pod_memory_limit(pod), place.allocatable.memory];
                VolumeSource::EmptyDir { memory: true, size_limit: limits.into_iter().flatten().min() }
            }
            EmptyDirMedium::HugePages(medium) => {
                return Err(format!("emptyDir medium {medium} is not supported"));
            }
        },
        Wanted::HostPath { path, kind } => VolumeSource::HostPath { path: path.clone(), kind: *kind },
        written => VolumeSource::Files {
            files: files(pod, volume, objects, place)?,
            memory: !matches!(written, Wanted::ConfigMap(_)),
        },
    })
}

/// What the Pod's containers may use together, if each has a limit (VOL-2).
fn pod_memory_limit(pod: &Pod) -> Option<ByteSize> {
    let limits =
        pod.spec.containers.iter().map(|container| container.resources.limits.memory.map(|size| size.0));
    limits.sum::<Option<u64>>().map(ByteSize)
}

#[cfg(test)]
mod tests;
