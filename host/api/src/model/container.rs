//! One container of a Pod as declared, with defaults filled in (VAL-3).

use std::net::IpAddr;

use super::env::{EnvFrom, EnvVar};
use super::probe::{Lifecycle, Probe};
use super::resources::Resources;

/// A container or init container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container {
    /// Name, unique in the Pod.
    pub name: String,
    /// Image reference as written.
    pub image: String,
    /// When to pull.
    pub image_pull_policy: ImagePullPolicy,
    /// Replaces the image's entrypoint unless empty (ENV-1, ENV-2).
    pub command: Vec<String>,
    /// Replaces the image's cmd unless empty.
    pub args: Vec<String>,
    /// Working directory; `None` = the image's.
    pub working_dir: Option<String>,
    /// Environment in declaration order.
    pub env: Vec<EnvVar>,
    /// Environment from whole objects, before `env`.
    pub env_from: Vec<EnvFrom>,
    /// Declared ports.
    pub ports: Vec<ContainerPort>,
    /// Where volumes appear in the container.
    pub volume_mounts: Vec<VolumeMount>,
    /// Failing it restarts the container.
    pub liveness_probe: Option<Probe>,
    /// Failing it makes the container not ready.
    pub readiness_probe: Option<Probe>,
    /// Holds the other probes back until it succeeds.
    pub startup_probe: Option<Probe>,
    /// Hooks.
    pub lifecycle: Lifecycle,
    /// Requests and limits.
    pub resources: Resources,
    /// File that the container writes its last words to.
    pub termination_message_path: String,
    /// What to use when that file is empty.
    pub termination_message_policy: TerminationMessagePolicy,
    /// Whether the container has a standard input that stays open.
    pub stdin: bool,
    /// Whether standard input closes after the first attach.
    pub stdin_once: bool,
    /// Whether it runs on a terminal.
    pub tty: bool,
    /// Users and rights, the container's own over the Pod's.
    pub security: SecurityContext,
    /// Own restart policy; `None` = the Pod's. `Always` on an init container makes it a sidecar.
    pub restart_policy: Option<ContainerRestartPolicy>,
}

impl Container {
    /// Whether this (init) container keeps running beside the main ones.
    #[must_use]
    pub fn is_sidecar(&self) -> bool {
        self.restart_policy == Some(ContainerRestartPolicy::Always)
    }
}

/// Restart policy of a single container (VAL-56).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContainerRestartPolicy {
    /// The only value that this release allows, and only on init containers.
    Always,
}

/// When the image is pulled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImagePullPolicy {
    /// At every start.
    Always,
    /// When it is not present.
    IfNotPresent,
    /// Never; it must be present.
    Never,
}

impl ImagePullPolicy {
    /// Kubernetes' word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Always => "Always",
            Self::IfNotPresent => "IfNotPresent",
            Self::Never => "Never",
        }
    }
}

/// Where a termination message comes from (TMSG-3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TerminationMessagePolicy {
    /// Only the file.
    File,
    /// The end of the log when the file is empty and the container failed.
    FallbackToLogsOnError,
}

/// One declared port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerPort {
    /// Name for probes and services; `None` = nameless.
    pub name: Option<String>,
    /// Port inside the Pod.
    pub container_port: u16,
    /// Port on the node; `None` = not published.
    pub host_port: Option<u16>,
    /// Node address to publish on; `None` = all.
    pub host_ip: Option<IpAddr>,
    /// Transport.
    pub protocol: Protocol,
}

/// Transport of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// TCP
    Tcp,
    /// UDP
    Udp,
    /// SCTP
    Sctp,
}

impl Protocol {
    /// Kubernetes' word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
            Self::Sctp => "SCTP",
        }
    }
}

/// Where a volume appears in a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeMount {
    /// Volume name.
    pub name: String,
    /// Path in the container.
    pub mount_path: String,
    /// Part of the volume that is mounted; `None` = its root.
    pub sub_path: Option<SubPath>,
    /// Whether writing through this mount fails.
    pub read_only: bool,
}

/// A path inside a volume (VOL-50).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubPath {
    /// `subPath`, taken literally.
    Literal(String),
    /// `subPathExpr`, with `$(VAR)` from the container's environment.
    Expression(String),
}

/// Users and rights of a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecurityContext {
    /// User id; `None` = the image's.
    pub run_as_user: Option<i64>,
    /// Group id; `None` = the image's.
    pub run_as_group: Option<i64>,
    /// Whether user 0 is refused.
    pub run_as_non_root: bool,
    /// Whether the image's file system can't be written.
    pub read_only_root_filesystem: bool,
    /// Whether all rights are given.
    pub privileged: bool,
    /// Groups beside the main one.
    pub supplemental_groups: Vec<i64>,
}
