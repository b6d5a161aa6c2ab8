//! Volumes of a Pod as declared, with defaults filled in (VAL-7).

use std::time::Duration;

use super::env::{FieldPath, ResourceRef};
use super::resources::ByteSize;

/// One volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume {
    /// Name that mounts refer to.
    pub name: String,
    /// What it holds.
    pub source: VolumeSource,
}

/// What a volume holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VolumeSource {
    /// An empty directory that lives as long as the Pod (VOL-1).
    EmptyDir {
        /// Where it is kept.
        medium: EmptyDirMedium,
        /// Largest size; `None` = unlimited.
        size_limit: Option<ByteSize>,
    },
    /// A path of the node (VOL-3, VOL-5).
    HostPath {
        /// Path on the node.
        path: String,
        /// What must be there.
        kind: HostPathType,
    },
    /// The keys of a Secret as files.
    Secret(ObjectFiles),
    /// The keys of a ConfigMap as files.
    ConfigMap(ObjectFiles),
    /// Fields of the Pod as files.
    DownwardApi {
        /// The files.
        items: Vec<DownwardFile>,
        /// Mode of files without their own.
        default_mode: u32,
    },
    /// Several sources merged into one directory (VOL-18).
    Projected {
        /// Sources in order; a later one overwrites.
        sources: Vec<ProjectedSource>,
        /// Mode of files without their own.
        default_mode: u32,
    },
}

/// Where an emptyDir is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EmptyDirMedium {
    /// The node's disk (`""`).
    Disk,
    /// Memory (`Memory`).
    Memory,
    /// Huge pages (`HugePages`, `HugePages-2Mi` …).
    HugePages(String),
}

/// What a hostPath expects at its path (VOL-3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostPathType {
    /// `""`: no check; a missing directory is made.
    Unset,
    /// A directory, made when missing.
    DirectoryOrCreate,
    /// A directory that exists.
    Directory,
    /// A file, made when missing.
    FileOrCreate,
    /// A file that exists.
    File,
    /// A Unix socket.
    Socket,
    /// A character device.
    CharDevice,
    /// A block device.
    BlockDevice,
}

/// The files of a Secret or ConfigMap volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectFiles {
    /// Object name.
    pub name: String,
    /// Which keys go where; empty = every key under its own name (VOL-10).
    pub items: Vec<KeyToPath>,
    /// Mode of files without their own.
    pub default_mode: u32,
    /// Whether the object or a key may be missing.
    pub optional: bool,
}

/// One key that becomes a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyToPath {
    /// Key in the object.
    pub key: String,
    /// Path below the mount.
    pub path: String,
    /// Mode; `None` = the volume's default mode.
    pub mode: Option<u32>,
}

/// A file with a field of the Pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DownwardFile {
    /// Path below the mount.
    pub path: String,
    /// Content.
    pub source: DownwardSource,
    /// Mode; `None` = the volume's default mode.
    pub mode: Option<u32>,
}

/// Content of a [`DownwardFile`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DownwardSource {
    /// A field of the Pod.
    Field(FieldPath),
    /// An amount of a container's resources.
    Resource(ResourceRef),
}

/// One source of a projected volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProjectedSource {
    /// Keys of a Secret (`default_mode` is the volume's).
    Secret(ObjectFiles),
    /// Keys of a ConfigMap (`default_mode` is the volume's).
    ConfigMap(ObjectFiles),
    /// Fields of the Pod.
    DownwardApi(Vec<DownwardFile>),
    /// A token of the Pod's service account (VOL-43).
    ServiceAccountToken {
        /// Whom the token is for; empty = the API server.
        audience: String,
        /// How long it is valid.
        expiration: Duration,
        /// Path below the mount.
        path: String,
    },
}
