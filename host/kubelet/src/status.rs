//! A Pod's status from facts: pure (PHASE, COND and CST rules).
//!
//! ```text
//!  facts ──► container statuses (CST) ──► phase (PHASE) ──► conditions (COND) ──► PodStatus
//! ```

mod conditions;
mod containers;
mod phase;
mod qos;

use std::net::IpAddr;

use wasipod_api::model::status::{ContainerState, ContainerStatus, PodPhase, PodStatus};
use wasipod_api::model::{Pod, UnixNanos};
use wasipod_kernel::clock::Timestamp;

pub use self::qos::qos_class;
use crate::facts::Facts;
use crate::ports::Rejection;
use crate::time::{unix, whole_seconds};

/// How far the kubelet has come in ending the Pod.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Its containers may run.
    #[default]
    Living,
    /// Its containers are being stopped.
    Stopping,
    /// None of its containers can run any more.
    Stopped,
}

/// Why a Pod fails that its containers didn't fail (PHASE-9).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// `status.reason`.
    pub reason: String,
    /// `status.message`.
    pub message: String,
}

/// What a status is made of beside the Pod and its facts.
#[derive(Clone, Copy, Debug)]
pub struct StatusContext<'a> {
    /// The name before `://` in container ids.
    pub runtime: &'a str,
    /// The node's addresses (CST-20).
    pub host_ips: &'a [IpAddr],
    /// The status published before.
    pub previous: &'a PodStatus,
    /// How far the Pod's end has come.
    pub stage: Stage,
    /// Why it fails, if the kubelet decided so.
    pub verdict: Option<&'a Verdict>,
    /// Now.
    pub now: Timestamp,
}

/// The status of `pod`.
pub fn generate(pod: &Pod, facts: &Facts, context: &StatusContext<'_>) -> PodStatus {
    let mut inits = containers::init_statuses(pod, facts, context);
    let mut mains = containers::main_statuses(pod, facts, context);
    if context.stage == Stage::Stopped {
        containers::end_unfinished(&mut inits, &mut mains);
    }
    let (phase, reason, message) = decide_phase(pod, facts, &inits, &mains, context);
    containers::share_message_budget(&mut inits, &mut mains);
    let mut status = PodStatus {
        phase,
        conditions: Vec::new(),
        reason,
        message,
        host_ips: context.host_ips.to_vec(),
        pod_ips: pod_ips(pod, facts, context),
        start_time: facts.start_time.map(|time| unix(whole_seconds(time))),
        init_container_statuses: inits,
        container_statuses: mains,
        qos_class: qos_class(pod),
        observed_generation: Some(pod.generation),
    };
    status.conditions = conditions::generate(pod, facts, &status, context);
    // CST-1: what the conditions name in spec order is listed by name.
    status.container_statuses.sort_by(|a, b| a.name.cmp(&b.name));
    status
}

fn decide_phase(
    pod: &Pod,
    facts: &Facts,
    inits: &[ContainerStatus],
    mains: &[ContainerStatus],
    context: &StatusContext<'_>,
) -> (PodPhase, String, String) {
    let previous = context.previous;
    // PHASE-1: a terminal phase is never left.
    if previous.phase.is_terminal() {
        return (previous.phase, previous.reason.clone(), previous.message.clone());
    }
    let stopped = context.stage == Stage::Stopped;
    let (phase, verdict) = match context.verdict {
        Some(verdict) => (PodPhase::Failed, Some(verdict)),
        None => (phase::phase(pod, inits, mains, stopped), None),
    };
    // PHASE-7: the end is told when no container can run any more; until then the old phase stays.
    let runs = facts.running().next().is_some();
    if phase.is_terminal() && (runs || context.stage == Stage::Stopping) {
        let old = if previous.phase == PodPhase::Unknown { PodPhase::Pending } else { previous.phase };
        return (old, previous.reason.clone(), previous.message.clone());
    }
    match verdict {
        Some(verdict) => (phase, verdict.reason.clone(), verdict.message.clone()),
        None => (phase, String::new(), String::new()),
    }
}

/// The status of a Pod that the node doesn't take: final, without containers (SCH-10).
pub fn rejected(pod: &Pod, rejection: &Rejection) -> PodStatus {
    PodStatus {
        phase: PodPhase::Failed,
        reason: rejection.reason.clone(),
        message: format!("Pod was rejected: {}", rejection.message),
        qos_class: qos_class(pod),
        observed_generation: Some(pod.generation),
        ..PodStatus::default()
    }
}

/// Whether the Pod's containers have all ended and none restarts: the kubelet may stop it (LIFE-7, LIFE-16).
pub fn is_finished(pod: &Pod, facts: &Facts, context: &StatusContext<'_>) -> bool {
    let inits = containers::init_statuses(pod, facts, context);
    let mains = containers::main_statuses(pod, facts, context);
    phase::phase(pod, &inits, &mains, false).is_terminal()
}

/// The statuses' `ready` and the conditions that hang on it brought up to date, and nothing else: what may change while
/// a sync is under way (LIFE-15). True if anything did.
pub fn refresh_readiness(
    pod: &Pod,
    facts: &Facts,
    status: &mut PodStatus,
    context: &StatusContext<'_>,
) -> bool {
    let before = status.clone();
    for entry in &mut status.container_statuses {
        if matches!(entry.state, ContainerState::Running { .. })
            && let Some(container) = pod.spec.containers.iter().find(|container| container.name == entry.name)
        {
            (entry.started, entry.ready) = containers::started_and_ready(container, facts);
        }
    }
    if *status != before {
        let position = |name: &str| pod.spec.containers.iter().position(|container| container.name == name);
        status.container_statuses.sort_by_key(|entry| position(&entry.name));
        let fresh = conditions::generate(pod, facts, status, context);
        for condition in &mut status.conditions {
            if let Some(new) =
                fresh.iter().find(|new| new.kind == condition.kind && conditions::is_readiness(new))
            {
                condition.clone_from(new);
            }
        }
        status.container_statuses.sort_by(|a, b| a.name.cmp(&b.name));
    }
    *status != before
}

/// A container's status in `status`.
pub fn container_status<'a>(status: &'a PodStatus, name: &str) -> Option<&'a ContainerStatus> {
    status.container_statuses.iter().chain(&status.init_container_statuses).find(|entry| entry.name == name)
}

fn pod_ips(pod: &Pod, facts: &Facts, context: &StatusContext<'_>) -> Vec<IpAddr> {
    if pod.spec.host_network {
        return context.host_ips.to_vec();
    }
    match &facts.sandbox {
        Some(sandbox) => sandbox.ips.clone(),
        None => context.previous.pod_ips.clone(),
    }
}

fn seconds(time: Timestamp) -> UnixNanos {
    unix(whole_seconds(time))
}

#[cfg(test)]
mod tests;
