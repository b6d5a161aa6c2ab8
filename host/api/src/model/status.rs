//! What the kubelet reports about a Pod, as plain data.

mod wire;

use std::net::IpAddr;

use super::pod::PodSpec;
use super::resources::ResourceList;
use super::time::UnixNanos;

/// Status of a Pod. Empty texts mean "none", as on the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodStatus {
    /// Where the Pod is in its life.
    pub phase: PodPhase,
    /// Conditions in the order of COND-2.
    pub conditions: Vec<PodCondition>,
    /// Why the Pod is in this phase, one word (`Evicted`, `DeadlineExceeded`).
    pub reason: String,
    /// The same as a sentence.
    pub message: String,
    /// Node addresses, the main one first.
    pub host_ips: Vec<IpAddr>,
    /// Pod addresses, the main one first.
    pub pod_ips: Vec<IpAddr>,
    /// When the kubelet first saw the Pod (CST-21).
    pub start_time: Option<UnixNanos>,
    /// Init containers in spec order.
    pub init_container_statuses: Vec<ContainerStatus>,
    /// Main containers sorted by name (CST-1).
    pub container_statuses: Vec<ContainerStatus>,
    /// Quality of service class.
    pub qos_class: QosClass,
    /// Generation of the spec that this status reflects; `None` = not reported.
    pub observed_generation: Option<i64>,
}

/// Phase of a Pod (PHASE-1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PodPhase {
    /// Not all containers have started yet.
    #[default]
    Pending,
    /// At least one container runs, starts or restarts.
    Running,
    /// All ended well and stay so.
    Succeeded,
    /// All ended, at least one badly.
    Failed,
    /// The node can't be asked.
    Unknown,
}

impl PodPhase {
    /// Kubernetes' word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Running => "Running",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Unknown => "Unknown",
        }
    }

    /// Whether the Pod never leaves this phase.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }
}

/// Quality of service class (RES-1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QosClass {
    /// Every container has cpu and memory limits equal to its requests.
    Guaranteed,
    /// Something in between.
    Burstable,
    /// Nothing is set.
    #[default]
    BestEffort,
}

impl QosClass {
    /// The class of a Pod: only cpu and memory of init and main containers count, zero is unset (RES-1).
    #[must_use]
    pub fn of(spec: &PodSpec) -> Self {
        let amounts =
            |list: &ResourceList| [list.cpu.map_or(0, |cpu| cpu.0), list.memory.map_or(0, |memory| memory.0)];
        let mut all =
            spec.init_containers.iter().chain(&spec.containers).map(|container| {
                (amounts(&container.resources.limits), amounts(&container.resources.requests))
            });
        if all.clone().all(|(limits, requests)| limits == [0, 0] && requests == [0, 0]) {
            Self::BestEffort
        } else if all.all(|(limits, requests)| !limits.contains(&0) && limits == requests) {
            Self::Guaranteed
        } else {
            Self::Burstable
        }
    }

    /// Kubernetes' word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Guaranteed => "Guaranteed",
            Self::Burstable => "Burstable",
            Self::BestEffort => "BestEffort",
        }
    }
}

/// One condition of a Pod (COND-1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodCondition {
    /// What it is about: one of the names in [`condition`], or somebody else's.
    pub kind: String,
    /// Whether it holds.
    pub status: ConditionStatus,
    /// When `status` last changed.
    pub last_transition: Option<UnixNanos>,
    /// Why, one word; may be empty.
    pub reason: String,
    /// Why, as a sentence; may be empty.
    pub message: String,
    /// Generation of the spec that this reflects; `None` = not reported.
    pub observed_generation: Option<i64>,
}

/// Names of the kubelet's conditions, in the order of COND-2.
pub mod condition {
    /// A sandbox with network exists.
    pub const POD_READY_TO_START_CONTAINERS: &str = "PodReadyToStartContainers";
    /// All init containers are done.
    pub const INITIALIZED: &str = "Initialized";
    /// The Pod can serve.
    pub const READY: &str = "Ready";
    /// All containers are ready.
    pub const CONTAINERS_READY: &str = "ContainersReady";
    /// The Pod is bound to a node.
    pub const POD_SCHEDULED: &str = "PodScheduled";
}

/// Whether a condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConditionStatus {
    /// It does.
    True,
    /// It doesn't.
    False,
    /// Nobody knows.
    Unknown,
}

impl ConditionStatus {
    /// Kubernetes' word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::True => "True",
            Self::False => "False",
            Self::Unknown => "Unknown",
        }
    }
}

impl From<bool> for ConditionStatus {
    fn from(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}

/// Status of one container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerStatus {
    /// Container name.
    pub name: String,
    /// What it does now.
    pub state: ContainerState,
    /// How the attempt before ended; `None` = there was none.
    pub last_state: Option<ContainerState>,
    /// Whether it can serve (init container: whether it is done).
    pub ready: bool,
    /// Whether its startup probe has passed (CST-5).
    pub started: bool,
    /// How often it was made anew.
    pub restart_count: u32,
    /// Image reference (CST-4).
    pub image: String,
    /// Image digest reference; may be empty.
    pub image_id: String,
    /// `RUNTIME://ID`; empty before it is created.
    pub container_id: String,
}

/// What a container does (CST-2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContainerState {
    /// It has not started (again) yet.
    Waiting {
        /// Why, one word; empty = created but not started (CST-8).
        reason: String,
        /// Why, as a sentence; may be empty.
        message: String,
    },
    /// It runs.
    Running {
        /// Since when.
        started_at: UnixNanos,
    },
    /// It ended.
    Terminated(Terminated),
}

impl ContainerState {
    /// A waiting state without a message.
    #[must_use]
    pub fn waiting(reason: &str) -> Self {
        Self::Waiting { reason: reason.to_owned(), message: String::new() }
    }

    /// How it ended, if it has.
    #[must_use]
    pub fn terminated(&self) -> Option<&Terminated> {
        match self {
            Self::Terminated(end) => Some(end),
            Self::Waiting { .. } | Self::Running { .. } => None,
        }
    }
}

/// How a container ended (CST-7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terminated {
    /// Exit code; 128 + n when killed by signal n (CST-16).
    pub exit_code: i32,
    /// One word (`Completed`, `Error`, `OOMKilled`, `StartError`; CST-14).
    pub reason: String,
    /// Termination message; may be empty.
    pub message: String,
    /// When it started.
    pub started_at: UnixNanos,
    /// When it ended.
    pub finished_at: UnixNanos,
    /// `RUNTIME://ID`.
    pub container_id: String,
}
