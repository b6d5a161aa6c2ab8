//! A Pod in one line, as `kubectl get pod` shows it: STATUS, READY, RESTARTS (PRN-2…8).

use wasipod_api::model::status::{ConditionStatus, ContainerState, condition};
use wasipod_api::model::{ContainerStatus, Pod, PodStatus};

/// The columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PodRow {
    /// One word for the Pod's state.
    pub(crate) status: String,
    /// Containers that are ready.
    pub(crate) ready: usize,
    /// Containers that count: main ones and sidecars.
    pub(crate) total: usize,
    /// Restarts of those.
    pub(crate) restarts: u32,
}

impl PodRow {
    /// The columns of a Pod.
    pub(crate) fn new(pod: &Pod, status: &PodStatus) -> Self {
        let sidecar =
            |name: &str| pod.spec.init_containers.iter().any(|init| init.name == name && init.is_sidecar());
        let sidecars = status.init_container_statuses.iter().filter(|init| sidecar(&init.name));
        let counted: Vec<&ContainerStatus> =
            status.container_statuses.iter().chain(sidecars.clone()).collect();
        let is_running =
            |container: &&ContainerStatus| matches!(container.state, ContainerState::Running { .. });
        let mains = status.container_statuses.iter().filter(|main| main.ready && is_running(main)).count();
        let started = sidecars.filter(|init| init.ready && init.started).count();
        let init = init_word(pod, status);
        let restarts = match init {
            // During initialisation the init containers' restarts are what people look for (PRN-8).
            Some(_) => status.init_container_statuses.iter().map(|init| init.restart_count).sum(),
            None => counted.iter().map(|container| container.restart_count).sum(),
        };
        Self {
            status: word(pod, status, init),
            ready: mains + started,
            total: pod.spec.containers.len()
                + pod.spec.init_containers.iter().filter(|init| init.is_sidecar()).count(),
            restarts,
        }
    }
}

/// Whether a condition of the Pod holds.
pub(crate) fn holds(status: &PodStatus, kind: &str) -> bool {
    status
        .conditions
        .iter()
        .any(|condition| condition.kind == kind && condition.status == ConditionStatus::True)
}

fn word(pod: &Pod, status: &PodStatus, init: Option<String>) -> String {
    let start = if status.reason.is_empty() { status.phase.as_str() } else { &status.reason };
    let word = match init {
        Some(word) if !holds(status, condition::INITIALIZED) => word,
        init => main_word(status, init.unwrap_or_else(|| start.to_owned())),
    };
    if pod.deletion.is_none() || status.phase.is_terminal() {
        return word;
    }
    if status.reason == "NodeLost" { "Unknown".to_owned() } else { "Terminating".to_owned() }
}

/// What the init containers have to say, while they do (PRN-4).
fn init_word(pod: &Pod, status: &PodStatus) -> Option<String> {
    let total = pod.spec.init_containers.len();
    for (index, container) in status.init_container_statuses.iter().enumerate() {
        let sidecar =
            pod.spec.init_containers.iter().any(|init| init.name == container.name && init.is_sidecar());
        match &container.state {
            ContainerState::Terminated(end) if end.exit_code == 0 => {}
            _ if sidecar && container.started => {}
            ContainerState::Terminated(end) => {
                return Some(format!("Init:{}", ended_word(&end.reason, end.exit_code)));
            }
            ContainerState::Waiting { reason, .. } if !reason.is_empty() && reason != "PodInitializing" => {
                return Some(format!("Init:{reason}"));
            }
            ContainerState::Waiting { .. } | ContainerState::Running { .. } => {
                return Some(format!("Init:{index}/{total}"));
            }
        }
    }
    None
}

/// What the main containers have to say; the first by name wins (PRN-5, PRN-6).
fn main_word(status: &PodStatus, start: String) -> String {
    let (mut word, mut error, mut running) = (start, None, false);
    for container in status.container_statuses.iter().rev() {
        match &container.state {
            ContainerState::Waiting { reason, .. } if !reason.is_empty() => word.clone_from(reason),
            ContainerState::Waiting { .. } => {}
            ContainerState::Terminated(end) => {
                word = ended_word(&end.reason, end.exit_code);
                if end.exit_code != 0 {
                    error = Some(word.clone());
                }
            }
            ContainerState::Running { .. } => running |= container.ready,
        }
    }
    if word != "Completed" {
        return word;
    }
    match (running, error) {
        (true, _) if holds(status, condition::READY) => "Running".to_owned(),
        (_, Some(error)) => error,
        (true, None) => "NotReady".to_owned(),
        (false, None) => word,
    }
}

fn ended_word(reason: &str, exit_code: i32) -> String {
    if reason.is_empty() { format!("ExitCode:{exit_code}") } else { reason.to_owned() }
}

#[cfg(test)]
mod tests;
