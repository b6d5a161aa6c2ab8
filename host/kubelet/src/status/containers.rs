//! Container statuses (CST).

use wasipod_api::model::status::{ContainerState, ContainerStatus, Terminated};
use wasipod_api::model::{Container, Pod, RestartPolicy, UnixNanos};

use super::{Stage, StatusContext, seconds};
use crate::facts::{Exit, Facts, Instance, InstanceState};
use crate::probe::{ProbeKind, ProbeResult};
use crate::restart;

/// What all termination messages of a Pod may hold together (TMSG-4).
const MESSAGE_BUDGET: usize = 12_288;

/// The init containers' statuses in spec order.
pub(super) fn init_statuses(pod: &Pod, facts: &Facts, context: &StatusContext<'_>) -> Vec<ContainerStatus> {
    let statuses = pod.spec.init_containers.iter().map(|container| {
        let mut status = status(pod, container, facts, context, restarts_init(pod, facts, &container.name));
        // CST-6: done is ready.
        status.ready = status.state.terminated().is_some_and(|end| end.exit_code == 0);
        status.started = facts.current(&container.name).is_some_and(is_started_instance);
        status
    });
    statuses.collect()
}

/// The main containers' statuses in spec order.
pub(super) fn main_statuses(pod: &Pod, facts: &Facts, context: &StatusContext<'_>) -> Vec<ContainerStatus> {
    let statuses = pod.spec.containers.iter().map(|container| {
        let restarts = restart::should_start(pod.spec.restart_policy, facts.newest(&container.name));
        let mut status = status(pod, container, facts, context, restarts);
        (status.started, status.ready) = match status.state {
            ContainerState::Running { .. } => started_and_ready(container, facts),
            _ => (false, false),
        };
        status
    });
    statuses.collect()
}

fn is_started_instance(instance: &Instance) -> bool {
    matches!(instance.state, InstanceState::Running { .. })
}

/// CST-5 and CST-6 for a running main container.
pub(super) fn started_and_ready(container: &Container, facts: &Facts) -> (bool, bool) {
    let passed = |kind| facts.probe_result(&container.name, kind) == Some(ProbeResult::Success);
    let started = container.startup_probe.is_none() || passed(ProbeKind::Startup);
    let ready = started && (container.readiness_probe.is_none() || passed(ProbeKind::Readiness));
    (started, ready)
}

fn restarts_init(pod: &Pod, facts: &Facts, name: &str) -> bool {
    // LIFE-7, LIFE-8.
    match facts.newest(name) {
        _ if facts.any_main_created(pod) => false,
        None => true,
        Some(instance) => match instance.exit() {
            Some(exit) => exit.code != 0 && pod.spec.restart_policy != RestartPolicy::Never,
            None => !instance.is_running(),
        },
    }
}

fn status(
    pod: &Pod,
    container: &Container,
    facts: &Facts,
    context: &StatusContext<'_>,
    restarts: bool,
) -> ContainerStatus {
    let known = facts.container(&container.name);
    let current = known.and_then(|known| known.current.as_ref());
    let previous = known.and_then(|known| known.previous.as_ref());
    let terminated =
        |exit: &Exit, instance: &Instance| ContainerState::Terminated(terminated(exit, instance, context));
    let mut last_state = previous.and_then(|instance| Some(terminated(instance.exit()?, instance)));
    let mut state = match current.map(|instance| (&instance.state, instance)) {
        None if pod.spec.init_containers.is_empty() => ContainerState::waiting("ContainerCreating"),
        None => ContainerState::waiting("PodInitializing"),
        Some((InstanceState::Created { .. }, _)) => ContainerState::waiting(""),
        Some((InstanceState::Running { started_at }, _)) => {
            ContainerState::Running { started_at: seconds(*started_at) }
        }
        Some((InstanceState::Exited(exit), instance)) => terminated(exit, instance),
    };
    // CST-9, CST-10: with a reason for the delay it waits, and what it ended with was before.
    if let Some(why) = known.and_then(|known| known.waiting.as_ref())
        && restarts
        && context.stage == Stage::Living
    {
        if state.terminated().is_some() {
            last_state = Some(state);
        }
        state = ContainerState::Waiting { reason: why.reason.to_owned(), message: why.message.clone() };
    }
    let shown = current.or(previous);
    ContainerStatus {
        name: container.name.clone(),
        state,
        last_state,
        ready: false,
        started: false,
        restart_count: shown.map_or(0, |instance| instance.attempt),
        image: shown.map_or_else(|| container.image.clone(), |instance| instance.image.clone()),
        image_id: shown.map_or_else(String::new, |instance| instance.image_id.clone()),
        container_id: shown.map_or_else(String::new, |instance| container_id(instance, context)),
    }
}

fn terminated(exit: &Exit, instance: &Instance, context: &StatusContext<'_>) -> Terminated {
    Terminated {
        exit_code: exit.code,
        reason: exit.reason.to_owned(),
        message: exit.message.clone(),
        started_at: seconds(exit.started_at),
        finished_at: seconds(exit.finished_at),
        container_id: container_id(instance, context),
    }
}

fn container_id(instance: &Instance, context: &StatusContext<'_>) -> String {
    format!("{}://{}", context.runtime, instance.id)
}

/// Once nothing can run any more, what hasn't ended is shown as lost (CST-15): nobody can say that it went well.
pub(super) fn end_unfinished(inits: &mut [ContainerStatus], mains: &mut [ContainerStatus]) {
    let begun = inits.iter().rposition(|init| !init.container_id.is_empty()).map_or(0, |last| last + 1);
    for init in &mut inits[..begun] {
        end(init);
    }
    let initialized = inits.iter().all(|init| init.state.terminated().is_some_and(|end| end.exit_code == 0));
    if initialized {
        mains.iter_mut().for_each(end);
    }
}

fn end(status: &mut ContainerStatus) {
    if status.state.terminated().is_some() {
        return;
    }
    (status.ready, status.started) = (false, false);
    status.state = ContainerState::Terminated(Terminated {
        exit_code: 137,
        reason: "ContainerStatusUnknown".to_owned(),
        message: "The container could not be located when the pod was terminated".to_owned(),
        started_at: UnixNanos::EPOCH,
        finished_at: UnixNanos::EPOCH,
        container_id: status.container_id.clone(),
    });
}

/// TMSG-4: each message is cut to an equal share.
pub(super) fn share_message_budget(inits: &mut [ContainerStatus], mains: &mut [ContainerStatus]) {
    let share = MESSAGE_BUDGET / (inits.len() + mains.len()).max(1);
    for status in inits.iter_mut().chain(mains) {
        for state in [Some(&mut status.state), status.last_state.as_mut()].into_iter().flatten() {
            if let ContainerState::Terminated(end) = state
                && end.message.len() > share
            {
                end.message.truncate(end.message.floor_char_boundary(share));
            }
        }
    }
}
