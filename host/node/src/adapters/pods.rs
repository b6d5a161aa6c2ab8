//! Pods as they are stored, resolved: for the kubelet those of its node, for people all.

use std::sync::Arc;

use k8s_openapi::api::core::v1 as wire;
use tokio::sync::mpsc;
use wasipod_api::model::{Pod, PodStatus};
use wasipod_api::resolve;
use wasipod_kubelet::container::PodKey;
use wasipod_kubelet::ports::{PodChange, PodSource};
use wasipod_store::{Change, ChangeKind, Object, Resource, Store};

/// A Pod is new, has changed, or is gone.
#[derive(Clone, Debug)]
pub struct PodUpdate {
    /// The Pod.
    pub pod: Arc<Pod>,
    /// Its status.
    pub status: PodStatus,
    /// Whether the object is gone.
    pub deleted: bool,
}

/// The Pods that are bound to one node.
pub(crate) struct NodePods {
    pub(crate) store: Store,
    pub(crate) node: String,
}

impl PodSource for NodePods {
    fn pods(&self) -> mpsc::UnboundedReceiver<PodChange> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let node = self.node.clone();
        follow(&self.store, move |pod| {
            if pod.pod.spec.node_name.as_deref() != Some(&node) {
                return true;
            }
            let change =
                if pod.deleted { PodChange::Deleted(key_of(&pod.pod)) } else { PodChange::Set(pod.pod) };
            sender.send(change).is_ok()
        });
        receiver
    }
}

/// All Pods and their status, now and after each change.
pub(crate) fn watch(store: &Store) -> mpsc::UnboundedReceiver<PodUpdate> {
    let (sender, receiver) = mpsc::unbounded_channel();
    follow(store, move |pod| sender.send(pod).is_ok());
    receiver
}

/// The Pod's name in the runtime.
pub(crate) fn key_of(pod: &Pod) -> PodKey {
    PodKey { namespace: pod.namespace.clone(), name: pod.name.clone(), uid: pod.uid.clone() }
}

/// Tells of every Pod until `tell` answers false.
fn follow(store: &Store, tell: impl Fn(PodUpdate) -> bool + Send + 'static) {
    let store = store.clone();
    tokio::spawn(async move {
        loop {
            let Ok((list, mut watcher)) = store.list_and_watch(Resource::PODS, None) else { return };
            for object in &list.items {
                if !read(object, false).is_none_or(&tell) {
                    return;
                }
            }
            // A watcher that was too slow begins anew.
            while let Ok(Change { kind, object, .. }) = watcher.next().await {
                if !read(&object, kind == ChangeKind::Deleted).is_none_or(&tell) {
                    return;
                }
            }
        }
    });
}

/// What was admitted can be resolved; should that fail all the same, it is said and the Pod passed over.
fn read(object: &Object, deleted: bool) -> Option<PodUpdate> {
    let wire: wire::Pod = match object.to_wire() {
        Ok(wire) => wire,
        Err(error) => {
            tracing::error!(pod = object.name(), %error, "a stored Pod can't be read");
            return None;
        }
    };
    match resolve::pod(&wire) {
        Ok(pod) => {
            let status = wire.status.as_ref().map(PodStatus::from).unwrap_or_default();
            Some(PodUpdate { pod: Arc::new(pod), status, deleted })
        }
        Err(error) => {
            tracing::error!(pod = object.name(), %error, "a stored Pod can't be resolved");
            None
        }
    }
}
