//! Whole lives of Pods on virtual time, by a fake runtime: the worked sequences of the rules (TL, SEED).

mod deletion;
mod liveness;
mod properties;
mod restarts;
mod startup;
mod streams;

use std::time::Duration;

use wasipod_api::model::status::{ConditionStatus, ContainerState, PodStatus};

/// `TYPE=STATUS REASON` of a condition.
fn condition(status: &PodStatus, kind: &str) -> String {
    let found = status.conditions.iter().find(|condition| condition.kind == kind).unwrap();
    let holds = if found.status == ConditionStatus::True { "True" } else { "False" };
    format!("{holds} {}{}", found.reason, found.message).trim_end().to_owned()
}

/// A word for what the container does: `Running`, or the reason.
fn word(status: &PodStatus, container: &str) -> String {
    let entry = crate::status::container_status(status, container).unwrap();
    match &entry.state {
        ContainerState::Running { .. } => "Running".to_owned(),
        ContainerState::Waiting { reason, .. } => reason.clone(),
        ContainerState::Terminated(end) => end.reason.clone(),
    }
}

/// The words without repeats.
fn words(statuses: &[(Duration, PodStatus)], container: &str) -> Vec<String> {
    let mut words: Vec<_> = statuses.iter().map(|(_, status)| word(status, container)).collect();
    words.dedup();
    words
}

/// The phases without repeats.
fn phases(statuses: &[(Duration, PodStatus)]) -> Vec<&'static str> {
    let mut phases: Vec<_> = statuses.iter().map(|(_, status)| status.phase.as_str()).collect();
    phases.dedup();
    phases
}

const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
