//! Binds Pods to nodes, or says why none fits and waits for a change (SCH-1…8).
//!
//! Pods with a `nodeName`, another `schedulerName` or scheduling gates are not its business (SCH-1, SCH-8).

mod filter;
mod hint;
mod host_port;
mod node_affinity;
mod node_info;
mod queue;
mod toleration;
mod unschedulable;

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::{Node, Pod};
use serde_json::{Value, json};
use wasipod_store::{Change, ChangeKind, Error, Object, Resource, Store, Watcher};

pub use self::filter::{pick, schedule};
pub use self::hint::missing_labels;
pub use self::node_info::{Cluster, NodeFacts};
use self::queue::{PodKey, Queue};
pub use self::unschedulable::{Objection, Preemption, Unschedulable};
use crate::condition::{self, Condition};
use crate::event::{EventSink, Notice, Regarding};

/// The name by which Pods ask for this scheduler, and the component in its events.
pub const NAME: &str = "default-scheduler";

/// The clock that back-off is measured by.
pub trait Timer: Send + Sync {
    /// Monotonic time since some beginning.
    fn now(&self) -> Duration;

    /// Resolves when `deadline` has come.
    fn sleep_until(&self, deadline: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// The scheduler of one cluster.
pub struct Scheduler {
    store: Store,
    events: Arc<dyn EventSink>,
    timer: Arc<dyn Timer>,
    cluster: Cluster,
    queue: Queue,
}

struct Watchers {
    nodes: Watcher,
    pods: Watcher,
}

// === impl Scheduler ===

impl Scheduler {
    /// A scheduler over `store`.
    pub fn new(store: Store, events: Arc<dyn EventSink>, timer: Arc<dyn Timer>) -> Self {
        Self { store, events, timer, cluster: Cluster::default(), queue: Queue::default() }
    }

    /// Schedules until it is dropped.
    pub async fn run(mut self) {
        loop {
            // Falling behind the store's memory is no fault: look at everything again.
            let Err(error) = self.follow().await;
            tracing::debug!(%error, "the scheduler starts over");
        }
    }

    async fn follow(&mut self) -> Result<std::convert::Infallible, Error> {
        let mut watchers = self.list()?;
        loop {
            while let Some(change) = watchers.nodes.try_next()? {
                self.node_changed(&change);
            }
            while let Some(change) = watchers.pods.try_next()? {
                self.pod_changed(&change);
            }
            if let Some(key) = self.queue.next(self.timer.now()) {
                self.try_pod(&key);
                // Many Pods at once must not keep other tasks from running.
                tokio::task::yield_now().await;
                continue;
            }
            let timer = self.timer.clone();
            let deadline = self.queue.next_deadline();
            let backoff = async {
                match deadline {
                    Some(deadline) => timer.sleep_until(deadline).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! { biased;
                change = watchers.nodes.next() => self.node_changed(&change?),
                change = watchers.pods.next() => self.pod_changed(&change?),
                () = backoff => {}
            }
        }
    }

    fn list(&mut self) -> Result<Watchers, Error> {
        let (node_list, nodes) = self.store.list_and_watch(Resource::NODES, None)?;
        let (pod_list, pods) = self.store.list_and_watch(Resource::PODS, None)?;
        self.cluster = Cluster::default();
        for node in &node_list.items {
            if let Some(node) = decode::<Node>(node) {
                self.cluster.set_node(NodeFacts::new(&node));
            }
        }
        let mut waiting = BTreeSet::new();
        for object in &pod_list.items {
            let Some(pod) = decode::<Pod>(object) else { continue };
            self.cluster.set_pod(&pod);
            if concerns_us(&pod) {
                waiting.insert(key_of(object));
                self.queue.add(key_of(object), priority_of(&pod));
            }
        }
        self.queue.retain(|key| waiting.contains(key));
        self.queue.cluster_changed();
        Ok(Watchers { nodes, pods })
    }

    fn node_changed(&mut self, change: &Change) {
        let matters = match change.kind {
            ChangeKind::Deleted => {
                self.cluster.remove_node(change.object.name());
                false
            }
            ChangeKind::Added | ChangeKind::Modified => decode::<Node>(&change.object)
                .is_some_and(|node| self.cluster.set_node(NodeFacts::new(&node))),
        };
        if matters {
            self.queue.cluster_changed();
        }
    }

    fn pod_changed(&mut self, change: &Change) {
        let key = key_of(&change.object);
        if change.kind == ChangeKind::Deleted {
            self.queue.remove(&key);
            if self.cluster.remove_pod(&key.uid) {
                self.queue.cluster_changed();
            }
            return;
        }
        let Some(pod) = decode::<Pod>(&change.object) else { return };
        if self.cluster.set_pod(&pod) {
            self.queue.cluster_changed();
        }
        if !concerns_us(&pod) {
            self.queue.remove(&key);
        } else if !self.queue.contains(&key) {
            self.queue.add(key, priority_of(&pod));
        } else if change
            .previous
            .as_ref()
            .is_some_and(|previous| spec_of(previous) != spec_of(&change.object))
        {
            self.queue.pod_changed(&key);
        }
    }

    fn try_pod(&mut self, key: &PodKey) {
        let object = match self.store.get(Resource::PODS, &key.namespace, &key.name) {
            Ok(object) if object.uid() == key.uid => object,
            // Deleted, or deleted and made again: the watch tells.
            _ => return self.queue.remove(key),
        };
        let Some(pod) = decode::<Pod>(&object).filter(concerns_us) else { return self.queue.remove(key) };
        match filter::pick(&pod, &self.cluster) {
            Ok(node) => self.bind(key, &object, &node),
            Err(why) => self.refuse(key, &object, &why.to_string()),
        }
    }

    fn bind(&mut self, key: &PodKey, object: &Object, node: &str) {
        let now = self.store.now();
        let bound = self.store.modify(Resource::PODS, &key.namespace, &key.name, |pod| {
            if pod.pointer("/metadata/uid").and_then(Value::as_str) != Some(&key.uid) {
                return Err(Error::NotFound { resource: Resource::PODS, name: key.name.clone() });
            }
            pod["spec"]["nodeName"] = json!(node);
            let scheduled = Condition { kind: "PodScheduled", status: true, reason: None, message: None };
            condition::set(pod, &scheduled, now);
            Ok(())
        });
        match bound {
            Ok(bound) => {
                self.queue.remove(key);
                if let Some(pod) = decode::<Pod>(&bound) {
                    self.cluster.set_pod(&pod);
                }
                let message = format!("Successfully assigned {}/{} to {node}", key.namespace, key.name);
                self.tell(object, false, "Scheduled", "Binding", message);
            }
            Err(error @ Error::NotFound { .. }) => {
                tracing::debug!(%error, "a pod went while it was being bound");
                self.queue.remove(key);
            }
            Err(error) => {
                let message = format!("binding rejected: {error}");
                self.fail(key, object, "SchedulerError", &message);
            }
        }
    }

    fn refuse(&mut self, key: &PodKey, object: &Object, message: &str) {
        self.fail(key, object, "Unschedulable", message);
    }

    fn fail(&mut self, key: &PodKey, object: &Object, reason: &str, message: &str) {
        self.queue.failed(key, self.timer.now());
        self.tell(object, true, "FailedScheduling", "Scheduling", message.to_owned());
        let now = self.store.now();
        let noted =
            self.store.modify(Resource::PODS, &key.namespace, &key.name, |pod| -> Result<(), Error> {
                let (reason, message) = (Some(reason), Some(message));
                condition::set(pod, &Condition { kind: "PodScheduled", status: false, reason, message }, now);
                Ok(())
            });
        if let Err(error) = noted {
            tracing::debug!(%error, "the condition of a pod could not be written");
        }
    }

    fn tell(&self, pod: &Object, warning: bool, reason: &'static str, action: &'static str, message: String) {
        let regarding = Regarding::object(Resource::PODS, pod);
        self.events.record(Notice {
            regarding,
            warning,
            reason,
            action,
            component: NAME.to_owned(),
            message,
        });
    }
}

/// SCH-1.
fn concerns_us(pod: &Pod) -> bool {
    let Some(spec) = &pod.spec else { return false };
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    spec.node_name.as_ref().is_none_or(String::is_empty)
        && spec.scheduler_name.as_deref().unwrap_or(NAME) == NAME
        && spec.scheduling_gates.as_ref().is_none_or(Vec::is_empty)
        && pod.metadata.deletion_timestamp.is_none()
        && !matches!(phase, Some("Succeeded" | "Failed"))
}

fn priority_of(pod: &Pod) -> i32 {
    pod.spec.as_ref().and_then(|spec| spec.priority).unwrap_or(0)
}

fn key_of(object: &Object) -> PodKey {
    PodKey {
        namespace: object.namespace().to_owned(),
        name: object.name().to_owned(),
        uid: object.uid().to_owned(),
    }
}

fn spec_of(object: &Object) -> Option<&Value> {
    object.as_value().get("spec")
}

fn decode<T: serde::de::DeserializeOwned>(object: &Object) -> Option<T> {
    object.to_wire().inspect_err(|error| tracing::warn!(%error, ?object, "an object can't be read")).ok()
}

#[cfg(test)]
mod tests;
