//! Conditions (COND).

use wasipod_api::model::Pod;
use wasipod_api::model::status::{
    ConditionStatus, ContainerState, ContainerStatus, PodCondition, PodPhase, PodStatus, condition,
};

use super::{Stage, StatusContext, seconds};
use crate::facts::{Facts, SandboxState};
use crate::go_format::list;

/// The kubelet's conditions in the order of COND-2. `status` has the containers in spec order.
pub(super) fn generate(
    pod: &Pod,
    facts: &Facts,
    status: &PodStatus,
    context: &StatusContext<'_>,
) -> Vec<PodCondition> {
    let containers_ready = containers_ready(status);
    // COND-7; readiness gates are refused by validation.
    let ready = containers_ready.clone();
    let has_sandbox = context.stage != Stage::Stopped
        && facts.sandbox.as_ref().is_some_and(|sandbox| sandbox.state == SandboxState::Ready);
    let found = [
        (condition::POD_READY_TO_START_CONTAINERS, Finding::plain(has_sandbox)),
        (condition::INITIALIZED, initialized(status)),
        (condition::READY, ready),
        (condition::CONTAINERS_READY, containers_ready),
        (condition::POD_SCHEDULED, Finding::plain(true)),
    ];
    let conditions = found.into_iter().map(|(kind, finding)| {
        let before = context.previous.conditions.iter().find(|before| before.kind == kind);
        let unchanged = before.filter(|before| before.status == finding.holds);
        PodCondition {
            kind: kind.to_owned(),
            status: finding.holds,
            last_transition: unchanged
                .and_then(|before| before.last_transition)
                .or_else(|| Some(seconds(context.now))),
            reason: finding.reason.to_owned(),
            message: finding.message,
            observed_generation: Some(pod.generation),
        }
    });
    conditions.collect()
}

/// Whether the condition is one that a readiness probe moves.
pub(super) fn is_readiness(condition: &PodCondition) -> bool {
    [condition::READY, condition::CONTAINERS_READY].contains(&condition.kind.as_str())
}

#[derive(Clone)]
struct Finding {
    holds: ConditionStatus,
    reason: &'static str,
    message: String,
}

// === impl Finding ===

impl Finding {
    fn plain(holds: bool) -> Self {
        Self { holds: holds.into(), reason: "", message: String::new() }
    }

    fn because(holds: bool, reason: &'static str, message: String) -> Self {
        Self { holds: holds.into(), reason, message }
    }
}

/// COND-5.
fn initialized(status: &PodStatus) -> Finding {
    if status.container_statuses.is_empty() {
        return Finding::because(false, "UnknownContainerStatuses", String::new());
    }
    let main_ever_ran = status.container_statuses.iter().any(|main| {
        matches!(main.state, ContainerState::Running { .. })
            || main.last_state.is_some()
            || main.state.terminated().is_some_and(|end| end.reason != "ContainerStatusUnknown")
    });
    if status.phase == PodPhase::Succeeded {
        return Finding::because(true, "PodCompleted", String::new());
    }
    let incomplete = names(&status.init_container_statuses, |init| !init.ready);
    if incomplete.is_empty() || main_ever_ran {
        return Finding::plain(true);
    }
    let message = format!("containers with incomplete status: {}", list(&incomplete));
    Finding::because(false, "ContainersNotInitialized", message)
}

/// COND-6, COND-8.
fn containers_ready(status: &PodStatus) -> Finding {
    match status.phase {
        PodPhase::Succeeded => return Finding::because(false, "PodCompleted", String::new()),
        PodPhase::Failed => return Finding::because(false, "PodFailed", String::new()),
        PodPhase::Pending | PodPhase::Running | PodPhase::Unknown => {}
    }
    if status.container_statuses.is_empty() {
        return Finding::because(false, "UnknownContainerStatuses", String::new());
    }
    let unready = names(&status.container_statuses, |main| !main.ready);
    if unready.is_empty() {
        return Finding::plain(true);
    }
    let message = format!("containers with unready status: {}", list(&unready));
    Finding::because(false, "ContainersNotReady", message)
}

fn names(statuses: &[ContainerStatus], wanted: impl Fn(&ContainerStatus) -> bool) -> Vec<&str> {
    statuses.iter().filter(|status| wanted(status)).map(|status| status.name.as_str()).collect()
}
