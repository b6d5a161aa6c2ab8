//! Stopping one container: event, preStop, stop signal, and SIGKILL when its time is up (HOOK-7…13).

use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use wasipod_api::model::event::EventType;
use wasipod_api::model::{Container, Pod};
use wasipod_kernel::clock::Instant;

use super::PodWorker;
use super::sync::Unfinished;
use crate::container::{ContainerId, Signal, SignalScope};
use crate::facts::Instance;
use crate::grace;
use crate::hooks;
use crate::node::Node;
use crate::plan::KillReason;
use crate::pod_cell::{PodCell, lost};

/// How long the runtime may take for a SIGKILL before the container is given up (DEL-9).
const KILL_PATIENCE: Duration = Duration::from_secs(120);

/// The time that a kill may take from its beginning on; it can only shrink while the kill is under way.
pub(super) type Grace = watch::Receiver<Duration>;

// === impl PodWorker ===

impl PodWorker {
    /// Stops the container's running instance while the Pod goes on.
    pub(super) async fn kill_one(
        &mut self,
        pod: &Pod,
        container: &Container,
        why: KillReason,
        message: String,
        stop: &CancellationToken,
    ) -> Result<(), Unfinished> {
        let (_keep, grace) = watch::channel(grace::of_kill(pod, container, why));
        let (node, cell) = (self.node.clone(), self.cell.clone());
        tokio::select! {
            biased;
            () = stop.cancelled() => Err(Unfinished::Interrupted),
            () = kill(&node, &cell, container, message, grace) => Ok(()),
        }
    }
}

/// Stops the container's running instance, if there is one. Its exit is in the facts afterwards. Dropping the future
/// leaves the container as it is.
pub(super) async fn kill(node: &Node, cell: &PodCell, container: &Container, message: String, grace: Grace) {
    let found = cell
        .look(|facts, _| facts.current(&container.name).filter(|instance| instance.is_running()).cloned());
    let Some(instance) = found else { return };
    let id = &instance.id;
    cell.container_event(node, EventType::Normal, &container.name, "Killing", message);
    let begun = node.clock.now();
    run_pre_stop(node, cell, container, &instance, grace.clone(), begun).await;
    let runtime = &node.ports.runtime;
    if let Err(error) = runtime.signal_container(id, instance.stop_signal, SignalScope::Main).await {
        tracing::warn!(pod = %cell.key(), container = container.name, %error, "stop signal not sent");
    }
    if ends_in_time(node, cell, id, grace, begun).await {
        return;
    }
    if let Err(error) = runtime.kill_container(id).await {
        tracing::warn!(pod = %cell.key(), container = container.name, %error, "not killed");
        give_up(node, cell, id);
        return;
    }
    tokio::select! {
        biased;
        () = cell.ended(id) => {}
        () = node.clock.sleep(KILL_PATIENCE) => {
            let message = "Container runtime did not kill the pod within specified grace period.";
            cell.event(node, EventType::Warning, "ExceededGracePeriod", message);
            give_up(node, cell, id);
        }
    }
}

fn give_up(node: &Node, cell: &PodCell, id: &ContainerId) {
    cell.change(|facts| facts.exited(id, lost(node.clock.wall())));
}

/// HOOK-7…10. The hook is abandoned when the grace period is over; it runs once in an instance's life, also when the
/// kill is begun again with a shorter grace.
async fn run_pre_stop(
    node: &Node,
    cell: &PodCell,
    container: &Container,
    instance: &Instance,
    grace: Grace,
    begun: Instant,
) {
    let Some(hook) = &container.lifecycle.pre_stop else { return };
    if instance.pre_stop_begun || grace.borrow().is_zero() {
        return;
    }
    cell.change(|facts| {
        if let Some((_, instance)) = facts.instance_mut(&instance.id) {
            instance.pre_stop_begun = true;
        }
    });
    let run = hooks::run(&*node.ports.runtime, &node.clock, cell.key(), &container.name, &instance.id, hook);
    let failed = tokio::select! {
        biased;
        done = run => done.is_err(),
        () = spent(node, grace, begun) => false,
    };
    if failed {
        let message = "PreStopHook failed";
        cell.container_event(node, EventType::Warning, &container.name, "FailedPreStopHook", message);
    }
}

/// Resolves when the grace period, as it is by then, is over.
async fn spent(node: &Node, mut grace: Grace, begun: Instant) {
    loop {
        let end = begun + *grace.borrow_and_update();
        tokio::select! {
            biased;
            () = node.clock.sleep_until(end) => return,
            Ok(()) = grace.changed() => {}
        }
    }
}

/// Waits for the instance's end after its stop signal; false when its time is up first.
async fn ends_in_time(
    node: &Node,
    cell: &PodCell,
    id: &ContainerId,
    mut grace: Grace,
    begun: Instant,
) -> bool {
    let clock = &node.clock;
    let signalled = clock.now();
    let mut deadline = signalled + grace::after_pre_stop(*grace.borrow_and_update(), signalled - begun);
    loop {
        tokio::select! {
            biased;
            () = cell.ended(id) => return true,
            () = clock.sleep_until(deadline) => return false,
            Ok(()) = grace.changed() => {
                let shorter = (begun + *grace.borrow_and_update()).max(clock.now() + grace::LEAST);
                deadline = deadline.min(shorter);
            }
        }
    }
}

/// The stop signal of an image's configuration (HOOK-13).
pub(super) fn stop_signal(image: &str) -> Signal {
    Signal::parse(image).unwrap_or(Signal::TERM)
}
