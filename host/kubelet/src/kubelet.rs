//! The kubelet itself: listens to its four sources and passes on what it hears to the Pods' tasks. It decides nothing.
//!
//! ```text
//!  PodSource ──┐
//!  runtime ────┼─► dispatch ──► PodCell + Wish of the Pod ──► its PodWorker
//!  objects ────┤
//!  ended tasks ┘   (a task that broke down gets a successor that only ends the Pod)
//! ```

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt as _;
use parking_lot::Mutex;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;
use wasipod_api::model::event::EventType;
use wasipod_api::model::{Pod, PodUid};
use wasipod_kernel::clock::Clock;
use wasipod_kernel::random::Random;

use crate::container::{PodKey, RuntimeEvent};
use crate::env;
use crate::node::{Node, NodeConfig, Ports};
use crate::pod_cell::PodCell;
use crate::pod_worker::{PodWorker, Wish};
use crate::ports::{ObjectRef, PodChange};
use crate::status::Verdict;
use crate::streams::Streams;
use crate::volumes;

/// Runs the Pods of one node.
pub struct Kubelet {
    node: Arc<Node>,
    pods: Arc<Pods>,
    workers: JoinSet<(PodUid, Option<String>)>,
    changes: mpsc::UnboundedReceiver<PodChange>,
    events: mpsc::UnboundedReceiver<RuntimeEvent>,
    objects: mpsc::UnboundedReceiver<ObjectRef>,
}

/// The Pods that the kubelet knows, by uid.
#[derive(Default)]
pub(crate) struct Pods {
    by_uid: Mutex<BTreeMap<PodUid, Handle>>,
}

/// One Pod as the dispatcher knows it.
struct Handle {
    cell: Arc<PodCell>,
    wish: watch::Sender<Wish>,
    /// Its task has ended; the entry stays until the object is gone, so that late news don't bring it back.
    ended: bool,
    /// A task of it broke down already.
    broken: bool,
}

// === impl Kubelet ===

impl Kubelet {
    /// A kubelet that has begun to listen but does nothing yet.
    pub fn new(config: NodeConfig, clock: Clock, random: Random, ports: Ports) -> Self {
        let events = ports.runtime.events();
        let objects = ports.objects.changes();
        let changes = ports.source.pods();
        let node = Arc::new(Node::new(config, clock, random, ports));
        Self { node, pods: Arc::default(), workers: JoinSet::new(), changes, events, objects }
    }

    /// The way in: logs and commands.
    pub fn streams(&self) -> Streams {
        Streams::new(self.node.clone(), self.pods.clone())
    }

    /// Runs until `shutdown`, or until there can be no more Pods. Pods that still live then are left where they are:
    /// whoever wants them stopped deletes them first. Their tasks have ended when this returns.
    pub async fn run(mut self, shutdown: CancellationToken) {
        let mut no_more_pods = false;
        loop {
            tokio::select! {
                biased;
                () = shutdown.cancelled() => break,
                Some(event) = self.events.recv() => self.happened(event),
                Some(ended) = self.workers.join_next() => self.ended(ended),
                change = self.changes.recv(), if !no_more_pods => match change {
                    Some(PodChange::Set(pod)) => self.set(pod),
                    Some(PodChange::Deleted(key)) => self.deleted(&key),
                    None => no_more_pods = true,
                },
                Some(object) = self.objects.recv() => self.object_changed(&object),
                else => break,
            }
        }
        self.workers.shutdown().await;
    }

    fn happened(&self, event: RuntimeEvent) {
        let (RuntimeEvent::ContainerExited { pod_uid, .. } | RuntimeEvent::SandboxDied { pod_uid, .. }) =
            &event;
        if let Some(cell) = self.pods.cell(pod_uid) {
            cell.happened(event);
        }
    }

    fn set(&mut self, pod: Arc<Pod>) {
        if let Some(handle) = self.pods.by_uid.lock().get(&pod.uid) {
            handle.set(pod);
            return;
        }
        let admitted = self.node.ports.admission.admit(&pod);
        let uid = pod.uid.clone();
        let cell = Arc::new(PodCell::new(pod.clone()));
        let (wish, wishes) = watch::channel(Wish { pod, gone: false });
        let worker = PodWorker::new(self.node.clone(), cell.clone(), wishes);
        self.spawn(uid.clone(), worker.run(admitted));
        self.pods.by_uid.lock().insert(uid, Handle { cell, wish, ended: false, broken: false });
    }

    fn spawn(&mut self, uid: PodUid, life: impl Future<Output = ()> + Send + 'static) {
        self.workers.spawn(async move {
            let broken = AssertUnwindSafe(life).catch_unwind().await.err().map(|panic| panic_text(&*panic));
            (uid, broken)
        });
    }

    fn deleted(&mut self, key: &PodKey) {
        let mut pods = self.pods.by_uid.lock();
        let Some(handle) = pods.get(&key.uid) else { return };
        if handle.ended {
            pods.remove(&key.uid);
        } else {
            handle.wish.send_modify(|wish| wish.gone = true);
        }
    }

    fn object_changed(&self, object: &ObjectRef) {
        for handle in self.pods.by_uid.lock().values().filter(|handle| !handle.ended) {
            let pod = handle.cell.pod();
            let mounted = pod.spec.volumes.iter().flat_map(|volume| volumes::references(&pod, volume));
            let told = pod.all_containers().flat_map(|container| env::references(&pod, container));
            if mounted.chain(told).any(|reference| reference == *object) {
                handle.cell.objects_changed();
            }
        }
    }

    /// A Pod's task has ended, well or not.
    fn ended(&mut self, ended: Result<(PodUid, Option<String>), JoinError>) {
        let Ok((uid, broken)) = ended else { return };
        let mut pods = self.pods.by_uid.lock();
        let Some(handle) = pods.get_mut(&uid) else { return };
        let Some(panic) = broken else {
            if handle.wish.borrow().gone {
                pods.remove(&uid);
            } else {
                handle.ended = true;
            }
            return;
        };
        tracing::error!(pod = %handle.cell.key(), panic, "the pod's task broke down");
        if std::mem::replace(&mut handle.broken, true) {
            handle.ended = true;
            return;
        }
        let (cell, wishes) = (handle.cell.clone(), handle.wish.subscribe());
        drop(pods);
        let reason = "InternalError".to_owned();
        let message = format!("wasipod: the task of this pod broke down: {panic}");
        cell.event(&self.node, EventType::Warning, &reason, &message);
        let worker = PodWorker::new(self.node.clone(), cell, wishes);
        self.spawn(uid, worker.run_after_breakdown(Verdict { reason, message }));
    }
}

// === impl Pods ===

impl Pods {
    pub(crate) fn cell(&self, uid: &PodUid) -> Option<Arc<PodCell>> {
        self.by_uid.lock().get(uid).map(|handle| handle.cell.clone())
    }
}

// === impl Handle ===

impl Handle {
    /// Passes on a new version of the Pod. One that differs only in its version is the echo of the kubelet's own
    /// status: no reason to look.
    fn set(&self, pod: Arc<Pod>) {
        let before = self.wish.borrow().pod.clone();
        let same = *before == Pod { resource_version: before.resource_version.clone(), ..(*pod).clone() };
        if before.labels != pod.labels || before.annotations != pod.annotations {
            self.cell.objects_changed();
        }
        self.cell.set_pod(pod.clone());
        self.wish.send_if_modified(|wish| {
            wish.pod = pod;
            !same
        });
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic".to_owned())
}
