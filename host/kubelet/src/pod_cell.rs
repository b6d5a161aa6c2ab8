//! What the tasks of one Pod share: its wish, its facts, the status last published. No lock is held across an await.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{Notify, watch};
use wasipod_api::model::event::{EventType, ObjectRef};
use wasipod_api::model::status::PodStatus;
use wasipod_api::model::{Container, Pod};

use crate::container::{ContainerExit, ContainerId, PodKey, RuntimeEvent};
use crate::facts::{Facts, SandboxState};
use crate::node::Node;
use crate::probe::{ProbeKind, ProbeResult};

/// One Pod's shared state.
pub(crate) struct PodCell {
    key: PodKey,
    state: Mutex<State>,
    /// Bumped by every change of facts; who waits for an exit watches it.
    changes: watch::Sender<u64>,
    /// Something happened that the Pod's task must look at.
    wake: Notify,
    /// A readiness result changed: status may change while a sync is under way.
    readiness: Notify,
}

struct State {
    pod: Arc<Pod>,
    facts: Facts,
    /// Something that its volumes show has changed since they were set up.
    stale: bool,
    /// The Pod is being stopped: liveness and startup probes end (PROBE-24).
    terminating: bool,
    status: PodStatus,
}

// === impl PodCell ===

impl PodCell {
    pub(crate) fn new(pod: Arc<Pod>) -> Self {
        let key = PodKey::of(&pod);
        let state = State {
            pod,
            facts: Facts::default(),
            stale: false,
            terminating: false,
            status: PodStatus::default(),
        };
        Self {
            key,
            state: Mutex::new(state),
            changes: watch::Sender::new(0),
            wake: Notify::new(),
            readiness: Notify::new(),
        }
    }

    pub(crate) fn key(&self) -> &PodKey {
        &self.key
    }

    /// The Pod as it is wanted now.
    pub(crate) fn pod(&self) -> Arc<Pod> {
        self.state.lock().pod.clone()
    }

    pub(crate) fn set_pod(&self, pod: Arc<Pod>) {
        self.state.lock().pod = pod;
    }

    /// A look at the facts, and whether the Pod is being stopped.
    pub(crate) fn look<R>(&self, look: impl FnOnce(&Facts, bool) -> R) -> R {
        let state = self.state.lock();
        look(&state.facts, state.terminating)
    }

    /// A change of the facts.
    pub(crate) fn change<R>(&self, change: impl FnOnce(&mut Facts) -> R) -> R {
        let result = change(&mut self.state.lock().facts);
        self.changes.send_modify(|version| *version += 1);
        result
    }

    pub(crate) fn set_terminating(&self) {
        self.state.lock().terminating = true;
        self.wake.notify_one();
    }

    /// The status last published.
    pub(crate) fn status(&self) -> PodStatus {
        self.state.lock().status.clone()
    }

    pub(crate) fn set_status(&self, status: PodStatus) {
        self.state.lock().status = status;
    }

    /// Takes in what the runtime tells; true if the Pod's task has something to look at.
    pub(crate) fn happened(&self, event: RuntimeEvent) {
        let news = match event {
            RuntimeEvent::ContainerExited { container, exit, .. } => {
                self.change(|facts| facts.exited(&container, exit))
            }
            RuntimeEvent::SandboxDied { sandbox, .. } => self.change(|facts| match &mut facts.sandbox {
                Some(current) if current.id == sandbox && current.state == SandboxState::Ready => {
                    current.state = SandboxState::Dead;
                    true
                }
                _ => false,
            }),
        };
        if news {
            self.wake();
        }
    }

    /// A Secret or ConfigMap that the Pod refers to, or what it shows of itself, has changed (VOL-15).
    pub(crate) fn objects_changed(&self) {
        self.state.lock().stale = true;
        self.wake();
    }

    /// Whether [`objects_changed`](Self::objects_changed) since the last call.
    pub(crate) fn take_stale(&self) -> bool {
        std::mem::take(&mut self.state.lock().stale)
    }

    /// The Pod's task is to look again.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }

    pub(crate) async fn woken(&self) {
        self.wake.notified().await;
    }

    pub(crate) async fn readiness_changed(&self) {
        self.readiness.notified().await;
    }

    /// Stores what a probe found; the Pod's task hears of it when it is new and matters.
    pub(crate) fn probe_result(
        &self,
        container: &str,
        kind: ProbeKind,
        id: &ContainerId,
        result: ProbeResult,
    ) {
        let before = self.change(|facts| {
            let known = facts.containers.get_mut(container)?;
            known.probes.insert(kind, (id.clone(), result))
        });
        let before =
            before.filter(|(of, _)| of == id).map_or_else(|| kind.initial_result(), |(_, result)| result);
        if before == result {
            return;
        }
        match kind {
            ProbeKind::Liveness if result != ProbeResult::Failure => {}
            ProbeKind::Readiness => {
                self.readiness.notify_one();
                self.wake();
            }
            ProbeKind::Liveness | ProbeKind::Startup => self.wake(),
        }
    }

    /// Resolves when the instance has ended (or is forgotten); at once if it has. Cancel-safe.
    pub(crate) async fn ended(&self, id: &ContainerId) {
        let mut changes = self.changes.subscribe();
        loop {
            changes.mark_unchanged();
            let runs = self.look(|facts, _| facts.running().any(|(_, instance)| instance.id == *id));
            if !runs || changes.changed().await.is_err() {
                return;
            }
        }
    }

    /// Records an event of the Pod as a whole.
    pub(crate) fn event(&self, node: &Node, kind: EventType, reason: &str, message: impl Into<String>) {
        node.recorder.record(ObjectRef::pod(&self.pod()), kind, reason, message.into());
    }

    /// Records an event of one of the Pod's containers.
    pub(crate) fn container_event(
        &self,
        node: &Node,
        kind: EventType,
        container: &str,
        reason: &str,
        message: impl Into<String>,
    ) {
        node.recorder.record(ObjectRef::container(&self.pod(), container), kind, reason, message.into());
    }
}

/// The container's declaration.
pub(crate) fn declaration<'a>(pod: &'a Pod, name: &str) -> Option<&'a Container> {
    pod.all_containers().find(|container| container.name == name)
}

/// An exit for a container that the runtime no longer knows (CST-15).
pub(crate) fn lost(now: wasipod_kernel::clock::Timestamp) -> ContainerExit {
    ContainerExit {
        exit_code: 137,
        oom_killed: false,
        finished_at: now,
        message: Some("The container could not be located when the pod was terminated".to_owned()),
    }
}
