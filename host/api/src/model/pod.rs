//! A Pod, resolved.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use super::container::Container;
use super::time::UnixNanos;
use super::volume::Volume;

/// The identity of one Pod object; a Pod made anew under the same name has another.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PodUid(String);

impl PodUid {
    /// The uid as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for PodUid {
    fn from(uid: String) -> Self {
        Self(uid)
    }
}

impl From<&str> for PodUid {
    fn from(uid: &str) -> Self {
        Self(uid.to_owned())
    }
}

impl std::fmt::Display for PodUid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A Pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pod {
    /// Name, unique in the namespace.
    pub name: String,
    /// Namespace.
    pub namespace: String,
    /// Identity.
    pub uid: PodUid,
    /// The object's version, for references in events (EVT-2).
    pub resource_version: String,
    /// Counts changes of the spec; starts at 1 (VAL-13).
    pub generation: i64,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Annotations.
    pub annotations: BTreeMap<String, String>,
    /// When the object was made.
    pub created_at: UnixNanos,
    /// Set once the Pod is being deleted.
    pub deletion: Option<Deletion>,
    /// What is wanted.
    pub spec: PodSpec,
}

impl Pod {
    /// `NAME_NAMESPACE(UID)`, the form that kubelet messages use (FMT-3).
    #[must_use]
    pub fn reference(&self) -> String {
        format!("{}_{}({})", self.name, self.namespace, self.uid)
    }

    /// All containers that the Pod declares: init containers first, each in declaration order.
    pub fn all_containers(&self) -> impl Iterator<Item = &Container> {
        self.spec.init_containers.iter().chain(&self.spec.containers)
    }
}

/// A deletion that has been asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// `metadata.deletionTimestamp`: when the Pod should be gone.
    pub at: UnixNanos,
    /// `metadata.deletionGracePeriodSeconds`.
    pub grace: Duration,
}

/// What a Pod should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodSpec {
    /// Run one after another before the main containers.
    pub init_containers: Vec<Container>,
    /// The main containers; at least one.
    pub containers: Vec<Container>,
    /// Volumes.
    pub volumes: Vec<Volume>,
    /// What happens when a main container ends.
    pub restart_policy: RestartPolicy,
    /// Time between the stop signal and the kill.
    pub termination_grace: Duration,
    /// Longest time the Pod may be active; `None` = for ever.
    pub active_deadline: Option<Duration>,
    /// Node that the Pod is bound to; `None` = not yet scheduled.
    pub node_name: Option<String>,
    /// Labels that the node must have.
    pub node_selector: BTreeMap<String, String>,
    /// Extra lines of /etc/hosts.
    pub host_aliases: Vec<HostAlias>,
    /// Whether all containers see each other's processes.
    pub share_process_namespace: bool,
    /// Whether the Pod uses the node's network.
    pub host_network: bool,
    /// Host name; `None` = the Pod's name (NET-10).
    pub hostname: Option<String>,
    /// Sub domain; `None` = no domain.
    pub subdomain: Option<String>,
    /// Whether the kernel's host name is the full name.
    pub set_hostname_as_fqdn: bool,
    /// Base of resolv.conf.
    pub dns_policy: DnsPolicy,
    /// Merged into resolv.conf (NET-21).
    pub dns_config: DnsConfig,
    /// Service account.
    pub service_account_name: String,
    /// Whether the account's token is mounted; `None` = the account decides (VAL-10).
    pub automount_service_account_token: Option<bool>,
    /// Whether variables for the namespace's services are set (ENV-20).
    pub enable_service_links: bool,
    /// Names of the Secrets for pulling images.
    pub image_pull_secrets: Vec<String>,
    /// Who schedules the Pod.
    pub scheduler_name: String,
    /// Priority (VAL-12).
    pub priority: i32,
    /// Group that owns volumes; `None` = nobody in particular.
    pub fs_group: Option<i64>,
}

/// What happens when a main container ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestartPolicy {
    /// Restart it.
    Always,
    /// Restart it when it failed.
    OnFailure,
    /// Leave it.
    Never,
}

impl RestartPolicy {
    /// Kubernetes' word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Always => "Always",
            Self::OnFailure => "OnFailure",
            Self::Never => "Never",
        }
    }
}

/// One line for /etc/hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostAlias {
    /// Address.
    pub ip: IpAddr,
    /// Names in order.
    pub hostnames: Vec<String>,
}

/// Base of resolv.conf (NET-20).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DnsPolicy {
    /// Cluster names first.
    ClusterFirst,
    /// Cluster names first, also on the node's network.
    ClusterFirstWithHostNet,
    /// The node's.
    Default,
    /// Only what `dnsConfig` says.
    None,
}

/// Additions to resolv.conf.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DnsConfig {
    /// Name servers.
    pub nameservers: Vec<String>,
    /// Search domains.
    pub searches: Vec<String>,
    /// Options: name and, where there is one, value.
    pub options: Vec<(String, Option<String>)>,
}
