//! What to do next for a Pod: pure, from what is wanted and what is known (LIFE-1, LIFE-4…8, LIFE-14).
//!
//! ```text
//!  no sandbox, or it died ──► (kill what runs) make a sandbox ──► first init container, or all main ones
//!  init not done          ──► the next init container, or nothing while one runs
//!  init done              ──► kill what failed a probe or changed ──► start what should run and doesn't
//! ```
//!
//! Delays are not planned here: a [`Action::Start`] carries the time that its back-off counts from (RST-6), and the
//! executor asks [`crate::backoff`] when its turn comes, since a kill before it may take long.

use wasipod_api::model::{Pod, RestartPolicy};
use wasipod_kernel::clock::Timestamp;

use crate::facts::{Facts, InstanceState, Sandbox, SandboxState};
use crate::probe::{ProbeKind, ProbeResult};
use crate::restart;

/// One step, in the order of execution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Ends what runs in the dead sandbox and forgets it (LIFE-4).
    DropSandbox,
    /// Makes a sandbox.
    CreateSandbox {
        /// 0 for the first.
        attempt: u32,
    },
    /// Stops a running container.
    Kill {
        /// Its name.
        container: String,
        /// Why.
        why: KillReason,
        /// Whether a start follows: part of the message.
        restarts: bool,
    },
    /// Starts a container.
    Start {
        /// Its name.
        container: String,
        /// Whether it is an init container.
        init: bool,
        /// When its newest dead instance ended, as seen before anything of this plan was done (RST-6).
        reference: Option<Timestamp>,
    },
}

/// Why a container is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KillReason {
    /// Its liveness probe failed.
    Liveness,
    /// Its startup probe failed.
    Startup,
    /// Its image changed (VAL-86).
    DefinitionChanged,
    /// Its sandbox died.
    SandboxGone,
    /// Its postStart hook failed (HOOK-6).
    PostStart,
    /// The Pod is stopped.
    PodStopped,
}

/// The steps for a Pod that is to go on living. Empty: nothing to do until something happens.
///
/// A Pod at its end (all done, or an init container failed for good) is recognised by its phase, not here.
pub fn plan(pod: &Pod, facts: &Facts) -> Vec<Action> {
    match &facts.sandbox {
        Some(sandbox) if sandbox.state == SandboxState::Ready => in_sandbox(pod, facts),
        old => with_new_sandbox(pod, facts, old.as_ref()),
    }
}

fn with_new_sandbox(pod: &Pod, facts: &Facts, old: Option<&Sandbox>) -> Vec<Action> {
    let policy = pod.spec.restart_policy;
    // What ended well under OnFailure stays ended (LIFE-5).
    let to_start: Vec<_> = pod
        .spec
        .containers
        .iter()
        .filter(|container| {
            let code =
                facts.newest(&container.name).and_then(|instance| instance.exit()).map(|exit| exit.code);
            !(policy == RestartPolicy::OnFailure && code == Some(0))
        })
        .collect();
    let existed = pod.all_containers().any(|container| facts.newest(&container.name).is_some());
    if (policy == RestartPolicy::Never && old.is_some() && existed) || to_start.is_empty() {
        let kill = |name: &str| Action::Kill {
            container: name.to_owned(),
            why: KillReason::SandboxGone,
            restarts: false,
        };
        return facts.running().map(|(name, _)| kill(name)).collect();
    }
    let mut actions = Vec::new();
    if old.is_some_and(|sandbox| sandbox.state == SandboxState::Dead) {
        actions.push(Action::DropSandbox);
    }
    actions.push(Action::CreateSandbox { attempt: old.map_or(0, |sandbox| sandbox.attempt + 1) });
    match pod.spec.init_containers.first() {
        Some(first) => actions.push(start(facts, &first.name, true)),
        None => actions.extend(to_start.iter().map(|container| start(facts, &container.name, false))),
    }
    actions
}

fn in_sandbox(pod: &Pod, facts: &Facts) -> Vec<Action> {
    match next_init(pod, facts) {
        Init::Done => {}
        Init::Start(name) => return vec![start(facts, name, true)],
        Init::Wait => return Vec::new(),
    }
    let policy = pod.spec.restart_policy;
    let (mut kills, mut starts) = (Vec::new(), Vec::new());
    for container in &pod.spec.containers {
        let name = &container.name;
        let instance = facts.newest(name);
        let Some(running) = instance.filter(|instance| instance.is_running()) else {
            if restart::should_start(policy, instance) {
                starts.push(start(facts, name, false));
            }
            continue;
        };
        let why = if running.spec_image != container.image {
            KillReason::DefinitionChanged
        } else if facts.probe_result(name, ProbeKind::Liveness) == Some(ProbeResult::Failure) {
            KillReason::Liveness
        } else if facts.probe_result(name, ProbeKind::Startup) == Some(ProbeResult::Failure) {
            KillReason::Startup
        } else {
            continue;
        };
        let restarts = why == KillReason::DefinitionChanged || restart::restarts_after_probe_failure(policy);
        kills.push(Action::Kill { container: name.clone(), why, restarts });
        if restarts {
            starts.push(start(facts, name, false));
        }
    }
    kills.extend(starts);
    kills
}

/// Where initialisation stands.
enum Init<'a> {
    Done,
    Start(&'a str),
    /// One runs, or one failed for good.
    Wait,
}

fn next_init<'a>(pod: &'a Pod, facts: &Facts) -> Init<'a> {
    let inits = &pod.spec.init_containers;
    if facts.any_main_created(pod) {
        return Init::Done;
    }
    // The last one that has begun decides: those before it are done (LIFE-6).
    let begun = inits.iter().enumerate().rev().find_map(|(index, container)| {
        facts.current(&container.name).map(|instance| (index, container, instance))
    });
    let Some((index, container, instance)) = begun else {
        return inits.first().map_or(Init::Done, |first| Init::Start(&first.name));
    };
    match &instance.state {
        InstanceState::Exited(exit) if exit.code == 0 => {
            inits.get(index + 1).map_or(Init::Done, |next| Init::Start(&next.name))
        }
        InstanceState::Exited(_) if pod.spec.restart_policy == RestartPolicy::Never => Init::Wait,
        InstanceState::Exited(_) | InstanceState::Created { starting_at: None } => {
            Init::Start(&container.name)
        }
        InstanceState::Created { .. } | InstanceState::Running { .. } => Init::Wait,
    }
}

fn start(facts: &Facts, name: &str, init: bool) -> Action {
    Action::Start { container: name.to_owned(), init, reference: facts.newest_exit(name) }
}

#[cfg(test)]
mod tests;
