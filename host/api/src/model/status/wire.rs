//! Status to and from the wire types.

use k8s_openapi::api::core::v1 as wire;

use super::{
    ConditionStatus, ContainerState, ContainerStatus, PodCondition, PodPhase, PodStatus, QosClass, Terminated,
};
use crate::model::time::UnixNanos;

/// Empty text is absent on the wire.
fn text(value: &str) -> Option<String> {
    (!value.is_empty()).then(|| value.to_owned())
}

impl From<&PodStatus> for wire::PodStatus {
    fn from(status: &PodStatus) -> Self {
        let statuses = |list: &[ContainerStatus]| {
            (!list.is_empty()).then(|| list.iter().map(Into::into).collect::<Vec<_>>())
        };
        Self {
            phase: Some(status.phase.as_str().to_owned()),
            conditions: (!status.conditions.is_empty())
                .then(|| status.conditions.iter().map(Into::into).collect()),
            reason: text(&status.reason),
            message: text(&status.message),
            host_ip: status.host_ips.first().map(ToString::to_string),
            host_ips: (!status.host_ips.is_empty())
                .then(|| status.host_ips.iter().map(|ip| wire::HostIP { ip: ip.to_string() }).collect()),
            pod_ip: status.pod_ips.first().map(ToString::to_string),
            pod_ips: (!status.pod_ips.is_empty())
                .then(|| status.pod_ips.iter().map(|ip| wire::PodIP { ip: ip.to_string() }).collect()),
            start_time: status.start_time.map(UnixNanos::to_wire),
            init_container_statuses: statuses(&status.init_container_statuses),
            container_statuses: statuses(&status.container_statuses),
            qos_class: Some(status.qos_class.as_str().to_owned()),
            observed_generation: status.observed_generation,
            ..Self::default()
        }
    }
}

impl From<&PodCondition> for wire::PodCondition {
    fn from(condition: &PodCondition) -> Self {
        Self {
            type_: condition.kind.clone(),
            status: condition.status.as_str().to_owned(),
            last_probe_time: None,
            last_transition_time: condition.last_transition.map(UnixNanos::to_wire),
            reason: text(&condition.reason),
            message: text(&condition.message),
            observed_generation: condition.observed_generation,
        }
    }
}

impl From<&ContainerStatus> for wire::ContainerStatus {
    fn from(status: &ContainerStatus) -> Self {
        Self {
            name: status.name.clone(),
            state: Some((&status.state).into()),
            // Present and empty when there was no earlier attempt (CST-3).
            last_state: Some(status.last_state.as_ref().map(Into::into).unwrap_or_default()),
            ready: status.ready,
            started: Some(status.started),
            restart_count: i32::try_from(status.restart_count).unwrap_or(i32::MAX),
            image: status.image.clone(),
            image_id: status.image_id.clone(),
            container_id: text(&status.container_id),
            ..Self::default()
        }
    }
}

impl From<&ContainerState> for wire::ContainerState {
    fn from(state: &ContainerState) -> Self {
        match state {
            ContainerState::Waiting { reason, message } => Self {
                waiting: Some(wire::ContainerStateWaiting { reason: text(reason), message: text(message) }),
                ..Self::default()
            },
            ContainerState::Running { started_at } => Self {
                running: Some(wire::ContainerStateRunning { started_at: Some(started_at.to_wire()) }),
                ..Self::default()
            },
            ContainerState::Terminated(end) => Self {
                terminated: Some(wire::ContainerStateTerminated {
                    exit_code: end.exit_code,
                    reason: text(&end.reason),
                    message: text(&end.message),
                    started_at: Some(end.started_at.to_wire()),
                    finished_at: Some(end.finished_at.to_wire()),
                    container_id: text(&end.container_id),
                    signal: None,
                }),
                ..Self::default()
            },
        }
    }
}

// === impl from the wire ===

impl From<&wire::PodStatus> for PodStatus {
    /// What the store holds, for a kubelet that starts anew and for printing. Addresses that don't parse are left out.
    fn from(status: &wire::PodStatus) -> Self {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let statuses = |list: &Option<Vec<wire::ContainerStatus>>| {
            list.iter().flatten().map(ContainerStatus::from).collect::<Vec<_>>()
        };
        Self {
            phase: match status.phase.as_deref() {
                Some("Running") => PodPhase::Running,
                Some("Succeeded") => PodPhase::Succeeded,
                Some("Failed") => PodPhase::Failed,
                Some("Unknown") => PodPhase::Unknown,
                _ => PodPhase::Pending,
            },
            conditions: status.conditions.iter().flatten().map(PodCondition::from).collect(),
            reason: text(&status.reason),
            message: text(&status.message),
            host_ips: status.host_ips.iter().flatten().filter_map(|entry| entry.ip.parse().ok()).collect(),
            pod_ips: status.pod_ips.iter().flatten().filter_map(|entry| entry.ip.parse().ok()).collect(),
            start_time: status.start_time.as_ref().map(UnixNanos::from_wire),
            init_container_statuses: statuses(&status.init_container_statuses),
            container_statuses: statuses(&status.container_statuses),
            qos_class: match status.qos_class.as_deref() {
                Some("Guaranteed") => QosClass::Guaranteed,
                Some("Burstable") => QosClass::Burstable,
                _ => QosClass::BestEffort,
            },
            observed_generation: status.observed_generation,
        }
    }
}

impl From<&wire::PodCondition> for PodCondition {
    fn from(condition: &wire::PodCondition) -> Self {
        Self {
            kind: condition.type_.clone(),
            status: match condition.status.as_str() {
                "True" => ConditionStatus::True,
                "False" => ConditionStatus::False,
                _ => ConditionStatus::Unknown,
            },
            last_transition: condition.last_transition_time.as_ref().map(UnixNanos::from_wire),
            reason: condition.reason.clone().unwrap_or_default(),
            message: condition.message.clone().unwrap_or_default(),
            observed_generation: condition.observed_generation,
        }
    }
}

impl From<&wire::ContainerStatus> for ContainerStatus {
    fn from(status: &wire::ContainerStatus) -> Self {
        Self {
            name: status.name.clone(),
            // CST-2: no member set means that it waits.
            state: status.state.as_ref().and_then(state).unwrap_or_else(|| ContainerState::waiting("")),
            last_state: status.last_state.as_ref().and_then(state),
            ready: status.ready,
            started: status.started.unwrap_or_default(),
            restart_count: u32::try_from(status.restart_count).unwrap_or_default(),
            image: status.image.clone(),
            image_id: status.image_id.clone(),
            container_id: status.container_id.clone().unwrap_or_default(),
        }
    }
}

fn state(state: &wire::ContainerState) -> Option<ContainerState> {
    let time = |time: &Option<_>| time.as_ref().map(UnixNanos::from_wire).unwrap_or_default();
    if let Some(end) = &state.terminated {
        return Some(ContainerState::Terminated(Terminated {
            exit_code: end.exit_code,
            reason: end.reason.clone().unwrap_or_default(),
            message: end.message.clone().unwrap_or_default(),
            started_at: time(&end.started_at),
            finished_at: time(&end.finished_at),
            container_id: end.container_id.clone().unwrap_or_default(),
        }));
    }
    if let Some(running) = &state.running {
        return Some(ContainerState::Running { started_at: time(&running.started_at) });
    }
    state.waiting.as_ref().map(|waiting| ContainerState::Waiting {
        reason: waiting.reason.clone().unwrap_or_default(),
        message: waiting.message.clone().unwrap_or_default(),
    })
}
