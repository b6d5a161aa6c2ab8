//! Pods as they are stored, resolved: for the kubelet those of its node, for people all.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::core::v1 as wire;
use tokio::sync::mpsc;
use wasipod_api::model::{Pod, PodStatus, PodUid};
use wasipod_api::resolve;
use wasipod_kubelet::container::PodKey;
use wasipod_kubelet::ports::{PodChange, PodSource};
use wasipod_store::{Change, ChangeKind, Object, Resource, Store, Watcher};

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
fn follow(store: &Store, tell: impl Fn(PodUpdate) -> bool + Send + Sync + 'static) {
    let store = store.clone();
    tokio::spawn(async move {
        let mut known = Known::new();
        // A watcher that was too slow begins anew.
        while let Ok((list, watcher)) = store.list_and_watch(Resource::PODS, None) {
            let listed: Vec<PodUpdate> = list.items.iter().filter_map(|object| read(object, false)).collect();
            if !catch_up(&mut known, listed, &tell) || !listen(&mut known, watcher, &tell).await {
                return;
            }
        }
    });
}

/// The Pods that were told of and not told to be gone, by uid.
type Known = BTreeMap<PodUid, PodUpdate>;

/// Tells of what is there, and of what has gone unseen.
fn catch_up(known: &mut Known, listed: Vec<PodUpdate>, tell: &impl Fn(PodUpdate) -> bool) -> bool {
    let before = std::mem::take(known);
    known.extend(listed.into_iter().map(|update| (update.pod.uid.clone(), update)));
    let gone = before.into_iter().filter(|(uid, _)| !known.contains_key(uid));
    let gone: Vec<PodUpdate> = gone.map(|(_, last)| PodUpdate { deleted: true, ..last }).collect();
    gone.into_iter().chain(known.values().cloned()).all(tell)
}

/// Tells of every change until the watcher falls behind (true) or nobody listens (false).
async fn listen(known: &mut Known, mut watcher: Watcher, tell: &impl Fn(PodUpdate) -> bool) -> bool {
    while let Ok(Change { kind, object, .. }) = watcher.next().await {
        let Some(update) = read(&object, kind == ChangeKind::Deleted) else { continue };
        if update.deleted {
            known.remove(&update.pod.uid);
        } else {
            known.insert(update.pod.uid.clone(), update.clone());
        }
        if !tell(update) {
            return false;
        }
    }
    true
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

#[cfg(test)]
mod tests {
    use serde_json::json;
    use wasipod_kernel::clock::Clock;
    use wasipod_kernel::random::Random;
    use wasipod_store::{DeleteOptions, Journal, JournalError};

    use super::*;
    use crate::adapters::surroundings::World;

    struct Nothing;

    impl Journal for Nothing {
        fn record(&mut self, _change: &Change) -> Result<(), JournalError> {
            Ok(())
        }
    }

    fn pod(name: &str) -> Object {
        Object::new(json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "default"},
            "spec": {
                "containers": [{"name": "main", "image": "busybox", "imagePullPolicy": "Always",
                    "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File"}],
                "restartPolicy": "Always", "dnsPolicy": "ClusterFirst", "terminationGracePeriodSeconds": 30,
            },
        }))
    }

    #[test]
    fn a_pod_that_went_while_the_watcher_was_behind_is_told_to_be_gone() {
        let clock = Clock::virtual_();
        clock.virtual_runtime().unwrap().block_on(async {
            let world = World { clock: clock.clone(), random: Random::from_seed(0) };
            let store = Store::with_journal(world, Box::new(Nothing), 1);
            store.create(Resource::PODS, &pod("first")).unwrap();
            let mut updates = watch(&store);
            let update = updates.recv().await.unwrap();
            assert_eq!((update.pod.name.as_str(), update.deleted), ("first", false));
            let now = DeleteOptions { grace_period_seconds: Some(0), ..DeleteOptions::default() };
            store.delete(Resource::PODS, "default", "first", &now).unwrap();
            for name in ["second", "third"] {
                store.create(Resource::PODS, &pod(name)).unwrap();
            }
            let mut heard = Vec::new();
            while heard.len() < 3 {
                let update = updates.recv().await.unwrap();
                heard.push((update.pod.name.clone(), update.deleted));
            }
            heard.sort();
            let expected = [("first", true), ("second", false), ("third", false)];
            assert_eq!(heard, expected.map(|(name, deleted)| (name.to_owned(), deleted)));
        });
    }
}
