//! Volumes.

use std::time::Duration;

use k8s_openapi::api::core::v1 as wire;

use super::{ResolveError, number, references};
use crate::model::volume::{
    DownwardFile, DownwardSource, EmptyDirMedium, HostPathType, KeyToPath, ObjectFiles, ProjectedSource,
    Volume, VolumeSource,
};

/// Mode of files unless said otherwise (VAL-7).
const MODE: i32 = 0o644;

pub(super) fn volume(volume: &wire::Volume, path: &str) -> Result<Volume, ResolveError> {
    let mode =
        |mode: Option<i32>, field: &str| number(mode.unwrap_or(MODE), &format!("{path}.{field}.defaultMode"));
    let source = if let Some(source) = &volume.empty_dir {
        empty_dir(source, path)?
    } else if let Some(source) = &volume.host_path {
        VolumeSource::HostPath { path: source.path.clone(), kind: host_path_type(source, path)? }
    } else if let Some(source) = &volume.secret {
        VolumeSource::Secret(ObjectFiles {
            name: source.secret_name.clone().unwrap_or_default(),
            items: keys(source.items.as_deref(), &format!("{path}.secret"))?,
            default_mode: mode(source.default_mode, "secret")?,
            optional: source.optional == Some(true),
        })
    } else if let Some(source) = &volume.config_map {
        VolumeSource::ConfigMap(ObjectFiles {
            name: source.name.clone(),
            items: keys(source.items.as_deref(), &format!("{path}.configMap"))?,
            default_mode: mode(source.default_mode, "configMap")?,
            optional: source.optional == Some(true),
        })
    } else if let Some(source) = &volume.downward_api {
        VolumeSource::DownwardApi {
            items: downward(source.items.as_deref(), &format!("{path}.downwardAPI"))?,
            default_mode: mode(source.default_mode, "downwardAPI")?,
        }
    } else if let Some(source) = &volume.projected {
        let default_mode = mode(source.default_mode, "projected")?;
        let sources = source.sources.iter().flatten().enumerate();
        let resolve =
            |(index, one)| projected(one, default_mode, &format!("{path}.projected.sources[{index}]"));
        VolumeSource::Projected { sources: sources.map(resolve).collect::<Result<_, _>>()?, default_mode }
    } else {
        return Err(ResolveError::unsupported(path));
    };
    Ok(Volume { name: volume.name.clone(), source })
}

fn empty_dir(source: &wire::EmptyDirVolumeSource, path: &str) -> Result<VolumeSource, ResolveError> {
    let medium = match source.medium.as_deref() {
        None | Some("") => EmptyDirMedium::Disk,
        Some("Memory") => EmptyDirMedium::Memory,
        Some(pages) if pages.starts_with("HugePages") => EmptyDirMedium::HugePages(pages.to_owned()),
        Some(other) => return Err(ResolveError::invalid(format!("{path}.emptyDir.medium"), other)),
    };
    let limit = source.size_limit.as_ref();
    let limit =
        limit.map(|limit| references::quantity(limit, &format!("{path}.emptyDir.sizeLimit"))).transpose()?;
    // A limit of zero is no limit.
    let size_limit = limit.filter(|limit| !limit.is_zero()).map(|limit| limit.to_bytes());
    Ok(VolumeSource::EmptyDir { medium, size_limit })
}

fn host_path_type(source: &wire::HostPathVolumeSource, path: &str) -> Result<HostPathType, ResolveError> {
    Ok(match source.type_.as_deref() {
        None | Some("") => HostPathType::Unset,
        Some("DirectoryOrCreate") => HostPathType::DirectoryOrCreate,
        Some("Directory") => HostPathType::Directory,
        Some("FileOrCreate") => HostPathType::FileOrCreate,
        Some("File") => HostPathType::File,
        Some("Socket") => HostPathType::Socket,
        Some("CharDevice") => HostPathType::CharDevice,
        Some("BlockDevice") => HostPathType::BlockDevice,
        Some(other) => return Err(ResolveError::invalid(format!("{path}.hostPath.type"), other)),
    })
}

fn keys(items: Option<&[wire::KeyToPath]>, path: &str) -> Result<Vec<KeyToPath>, ResolveError> {
    let resolve = |(index, item): (usize, &wire::KeyToPath)| {
        let mode = item.mode.map(|mode| number(mode, &format!("{path}.items[{index}].mode"))).transpose()?;
        Ok(KeyToPath { key: item.key.clone(), path: item.path.clone(), mode })
    };
    items.unwrap_or_default().iter().enumerate().map(resolve).collect()
}

fn downward(
    items: Option<&[wire::DownwardAPIVolumeFile]>,
    path: &str,
) -> Result<Vec<DownwardFile>, ResolveError> {
    let resolve = |(index, item): (usize, &wire::DownwardAPIVolumeFile)| {
        let path = format!("{path}.items[{index}]");
        let source = if let Some(field) = &item.field_ref {
            DownwardSource::Field(references::field(field, &format!("{path}.fieldRef"))?)
        } else if let Some(resource) = &item.resource_field_ref {
            DownwardSource::Resource(references::resource(
                resource,
                None,
                &format!("{path}.resourceFieldRef"),
            )?)
        } else {
            return Err(ResolveError::missing(path));
        };
        let mode = item.mode.map(|mode| number(mode, &format!("{path}.mode"))).transpose()?;
        Ok(DownwardFile { path: item.path.clone(), source, mode })
    };
    items.unwrap_or_default().iter().enumerate().map(resolve).collect()
}

fn projected(
    source: &wire::VolumeProjection,
    default_mode: u32,
    path: &str,
) -> Result<ProjectedSource, ResolveError> {
    let files = |name: &str, items, optional: Option<bool>, field: &str| {
        let items = keys(items, &format!("{path}.{field}"))?;
        Ok(ObjectFiles { name: name.to_owned(), items, default_mode, optional: optional == Some(true) })
    };
    if let Some(secret) = &source.secret {
        files(&secret.name, secret.items.as_deref(), secret.optional, "secret").map(ProjectedSource::Secret)
    } else if let Some(map) = &source.config_map {
        files(&map.name, map.items.as_deref(), map.optional, "configMap").map(ProjectedSource::ConfigMap)
    } else if let Some(api) = &source.downward_api {
        downward(api.items.as_deref(), &format!("{path}.downwardAPI")).map(ProjectedSource::DownwardApi)
    } else if let Some(token) = &source.service_account_token {
        let seconds = token.expiration_seconds.unwrap_or(3600);
        let path = format!("{path}.serviceAccountToken.expirationSeconds");
        Ok(ProjectedSource::ServiceAccountToken {
            audience: token.audience.clone().unwrap_or_default(),
            expiration: Duration::from_secs(number(seconds, &path)?),
            path: token.path.clone(),
        })
    } else {
        Err(ResolveError::unsupported(path))
    }
}
