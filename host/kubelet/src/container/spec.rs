//! What the runtime is asked to make: sandboxes, containers, volumes, commands.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

use bytes::Bytes;
use tokio::sync::mpsc;
use wasipod_api::model::ContainerPort;
use wasipod_api::model::resources::{ByteSize, MilliCpu};
use wasipod_api::model::volume::HostPathType;

use super::{PodKey, SandboxId};
use crate::logs::ContainerLog;

/// A sandbox to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SandboxSpec {
    /// Whose.
    pub pod: PodKey,
    /// 0 for the Pod's first sandbox, then counting.
    pub attempt: u32,
    /// The kernel's host name and the content of /etc/hostname (NET-10, NET-15).
    pub hostname: String,
    /// The content of /etc/resolv.conf (NET-22).
    pub resolv_conf: String,
    /// One process namespace for all containers, its PID 1 is `/pause` (PID-2).
    pub share_process_namespace: bool,
    /// The ports that all containers declare; those with a host port are to be published (NET-3).
    pub ports: Vec<ContainerPort>,
    /// Addresses that the Pod had in an earlier sandbox of this kubelet: the runtime gives them again when it can.
    pub previous_ips: Vec<IpAddr>,
}

/// A container to make: one attempt of one of the Pod's containers.
#[derive(Clone)]
pub struct ContainerSpec {
    /// Whose.
    pub pod: PodKey,
    /// In which sandbox.
    pub sandbox: SandboxId,
    /// The container's name in the Pod.
    pub name: String,
    /// `restartCount` of this instance (CST-17).
    pub attempt: u32,
    /// [`ImageInfo::id`] of the image to run.
    pub image_id: String,
    /// The command line: command and args merged with the image's (ENV-1), expanded (ENV-3). Never empty.
    pub argv: Vec<String>,
    /// The whole environment in order (ENV-10, ENV-22).
    pub env: Environment,
    /// The working directory; the image's, else `/`, when the Pod gives none.
    pub working_dir: String,
    /// The user of the image or of the security context as a number or a name; `None` is root.
    pub user: Option<String>,
    /// Volumes to mount, in the Pod's order.
    pub mounts: Vec<ContainerMount>,
    /// /etc/hosts, to be written anew into the Pod's one shared file (NET-14); `None` when the container mounts its own.
    pub hosts_file: Option<String>,
    /// Where the termination message file is mounted, made empty for this instance (TMSG-1).
    pub termination_message_path: String,
    /// `limits.memory`.
    pub memory_limit: Option<ByteSize>,
    /// `limits.cpu`.
    pub cpu_limit: Option<MilliCpu>,
    /// A terminal instead of pipes; then everything is stdout (LOG-2).
    pub tty: bool,
    /// Keeps stdin open; otherwise it is at its end at once.
    pub stdin: bool,
    /// The root file system refuses writes (`securityContext.readOnlyRootFilesystem`).
    pub read_only_root: bool,
    /// Where stdout and stderr go; never blocks.
    pub log: ContainerLog,
}

/// A volume in a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerMount {
    /// The volume's name in the Pod.
    pub volume: String,
    /// Where.
    pub mount_path: String,
    /// The part of the volume; expanded, relative, without `..` (VOL-50). A missing one is made as a directory.
    pub sub_path: Option<String>,
    /// Writes are refused with EROFS.
    pub read_only: bool,
}

/// Environment variables in order; values may be Secrets and are never printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Environment(pub Vec<(String, String)>);

/// An image on the node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageInfo {
    /// The name that [`ContainerSpec::image_id`] takes.
    pub id: String,
    /// The first repository tag, fully spelled (`docker.io/library/nginx:1.25`): `status.image` (CST-4).
    pub repo_tag: String,
    /// The repository digest (`docker.io/library/nginx@sha256:…`): `status.imageID`; may be empty.
    pub repo_digest: String,
    /// Bytes, for `Image size: N bytes.` (IMG-7).
    pub size: u64,
    /// What the image says about running it.
    pub config: ImageConfig,
}

/// The part of an OCI image configuration that containers are made from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageConfig {
    /// ENTRYPOINT.
    pub entrypoint: Vec<String>,
    /// CMD.
    pub cmd: Vec<String>,
    /// ENV in order.
    pub env: Vec<(String, String)>,
    /// WORKDIR; empty when not given.
    pub working_dir: String,
    /// USER; empty when not given.
    pub user: String,
    /// STOPSIGNAL; empty when not given.
    pub stop_signal: String,
}

/// A volume to set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeRequest {
    /// Whose.
    pub pod: PodKey,
    /// The volume's name in the Pod.
    pub name: String,
    /// What it is made of.
    pub source: VolumeSource,
}

/// What a volume is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VolumeSource {
    /// An empty directory, mode 0777 (VOL-1).
    EmptyDir {
        /// `medium: Memory`: a tmpfs whose limit is enforced with ENOSPC (VOL-2).
        memory: bool,
        /// The most it may hold.
        size_limit: Option<ByteSize>,
    },
    /// A path of the node (VOL-3).
    HostPath {
        /// Absolute.
        path: String,
        /// What has to be there.
        kind: HostPathType,
    },
    /// Files that the kubelet writes, atomically updated, always mounted read-only (VOL-13, VOL-16).
    Files {
        /// The files.
        files: VolumeFiles,
        /// Kept in memory (Secret, downwardAPI, projected) or on disk (ConfigMap).
        memory: bool,
    },
}

/// Files by path relative to the volume's root.
pub type VolumeFiles = BTreeMap<String, FilePayload>;

/// A file that the kubelet writes; its content may be a Secret and is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct FilePayload {
    /// The content.
    pub bytes: Bytes,
    /// Permission bits (VOL-11).
    pub mode: u32,
}

/// A command to run in a container, by probes and hooks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecRequest {
    /// The command line; no shell (HOOK-2).
    pub argv: Vec<String>,
    /// Output beyond that many bytes is read and dropped (PROBE-17).
    pub output_limit: usize,
}

/// The streams of a command that a person runs.
#[derive(Debug)]
pub struct ExecStreams {
    /// What the person types; its end closes the command's stdin. `None`: stdin is at its end at once.
    pub stdin: Option<mpsc::Receiver<Bytes>>,
    /// The command's stdout, with back-pressure.
    pub stdout: mpsc::Sender<Bytes>,
    /// The command's stderr; unused with a terminal.
    pub stderr: mpsc::Sender<Bytes>,
    /// Sizes of the person's terminal; `Some` gives the command a terminal.
    pub tty: Option<mpsc::Receiver<TerminalSize>>,
}

/// A terminal's size in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TerminalSize {
    /// Columns.
    pub columns: u16,
    /// Rows.
    pub rows: u16,
}

// === impl Environment ===

impl Environment {
    /// The last value of `name`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Sets `name`, in its old place if it has one.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let (name, value) = (name.into(), value.into());
        match self.0.iter_mut().find(|(key, _)| *key == name) {
            Some(entry) => entry.1 = value,
            None => self.0.push((name, value)),
        }
    }
}

impl fmt::Debug for ContainerSpec {
    /// Which container it is; its command line and paths may hold Secrets as its environment does.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContainerSpec")
            .field("pod", &self.pod)
            .field("name", &self.name)
            .field("attempt", &self.attempt)
            .field("image_id", &self.image_id)
            .field("env", &self.env)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Environment {
    /// Names only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

impl fmt::Debug for FilePayload {
    /// Size and mode only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes, mode {:o}", self.bytes.len(), self.mode)
    }
}
