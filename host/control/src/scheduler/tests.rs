#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Notify;
use wasipod_store::DeleteOptions;

use super::*;
use crate::tests::{Fake, Heard, store_at};

/// Time that a test moves.
#[derive(Clone, Default)]
struct ManualTimer {
    seconds: Arc<AtomicU64>,
    moved: Arc<Notify>,
}

impl ManualTimer {
    fn advance(&self, seconds: u64) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
        self.moved.notify_waiters();
    }
}

impl Timer for ManualTimer {
    fn now(&self) -> Duration {
        Duration::from_secs(self.seconds.load(Ordering::SeqCst))
    }

    fn sleep_until(&self, deadline: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            while self.now() < deadline {
                self.moved.notified().await;
            }
        })
    }
}

struct World {
    store: Store,
    heard: Heard,
    timer: ManualTimer,
}

impl World {
    fn start() -> Self {
        let world = Self {
            store: store_at(&Fake::default()),
            heard: Heard::default(),
            timer: ManualTimer::default(),
        };
        let events = Arc::new(world.heard.clone());
        tokio::spawn(Scheduler::new(world.store.clone(), events, Arc::new(world.timer.clone())).run());
        world
    }

    /// Lets everything that can run do so.
    async fn settle(&self) -> Vec<String> {
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
        self.heard.take()
    }

    fn add_node(&self, labels: Value) {
        let node = json!({"metadata": {"name": "n", "labels": labels}, "status": {"allocatable": {"cpu": "1", "pods": "1"}}});
        self.store.create(Resource::NODES, &Object::new(node)).unwrap();
    }

    fn add_pod(&self, name: &str, spec: Value) {
        let metadata = json!({"name": name, "namespace": "default", "generation": 1});
        let mut full = json!({"containers": [{"name": "c"}]});
        full.as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
        let pod = json!({"metadata": metadata, "spec": full, "status": {"phase": "Pending"}});
        self.store.create(Resource::PODS, &Object::new(pod)).unwrap();
    }

    fn pod(&self, name: &str) -> Value {
        self.store.get(Resource::PODS, "default", name).unwrap().into_value()
    }
}

#[tokio::test]
async fn a_pod_is_bound_and_says_so() {
    let world = World::start();
    world.add_node(json!({}));
    world.add_pod("p", json!({}));
    assert_eq!(world.settle().await, ["Scheduled: Successfully assigned default/p to n"], "SCH-1");
    let pod = world.pod("p");
    assert_eq!(pod["spec"]["nodeName"], "n");
    assert_eq!(pod["metadata"]["generation"], 1);
    let scheduled = &pod["status"]["conditions"][0];
    assert_eq!(
        (&scheduled["type"], &scheduled["status"]),
        (&json!("PodScheduled"), &json!("True")),
        "COND-3"
    );
    assert!(scheduled.get("reason").is_none());
}

#[tokio::test]
async fn a_pod_that_fits_nowhere_waits_for_a_label_and_not_shorter_than_its_back_off() {
    let world = World::start();
    world.add_node(json!({}));
    world.add_pod("p", json!({"nodeSelector": {"disktype": "ssd"}}));
    let told = world.settle().await;
    assert_eq!(told.len(), 1, "SEED-1: {told:?}");
    assert!(told[0].starts_with("FailedScheduling: 0/1 nodes are available: 1 node(s) didn't match"));
    let condition = world.pod("p")["status"]["conditions"][0].clone();
    assert_eq!((&condition["status"], &condition["reason"]), (&json!("False"), &json!("Unschedulable")));
    assert_eq!(told[0].strip_prefix("FailedScheduling: "), condition["message"].as_str());
    world.timer.advance(600);
    assert!(world.settle().await.is_empty(), "without a change nothing is tried");

    // A heartbeat is no change.
    let node = |change: fn(&mut Value)| {
        world.store.modify(Resource::NODES, "", "n", |node| -> Result<(), Error> {
            change(node);
            Ok(())
        })
    };
    node(|node| node["status"]["conditions"] = json!([{"type": "Ready", "status": "True"}])).unwrap();
    assert!(world.settle().await.is_empty());

    node(|node| node["metadata"]["labels"] = json!({"disktype": "hdd"})).unwrap();
    assert_eq!(world.settle().await.len(), 1, "its back-off was long over");
    node(|node| node["metadata"]["labels"] = json!({"disktype": "ssd"})).unwrap();
    assert!(world.settle().await.is_empty(), "2 s of back-off");
    world.timer.advance(2);
    assert_eq!(world.settle().await, ["Scheduled: Successfully assigned default/p to n"]);
}

#[tokio::test]
async fn a_pod_waits_until_another_leaves() {
    let world = World::start();
    world.add_node(json!({}));
    world.add_pod("first", json!({}));
    world.add_pod("second", json!({}));
    let told = world.settle().await;
    assert_eq!(told.len(), 2);
    assert!(
        told[1].starts_with("FailedScheduling: 0/1 nodes are available: 1 Too many pods."),
        "SCH-15: {told:?}"
    );
    world.timer.advance(1);
    let at_once = DeleteOptions { grace_period_seconds: Some(0), ..DeleteOptions::default() };
    world.store.delete(Resource::PODS, "default", "first", &at_once).unwrap();
    assert_eq!(world.settle().await, ["Scheduled: Successfully assigned default/second to n"]);
}

#[tokio::test]
async fn what_isnt_its_business_is_left_alone() {
    let world = World::start();
    world.add_node(json!({}));
    world.add_pod("named", json!({"nodeName": "elsewhere"}));
    world.add_pod("foreign", json!({"schedulerName": "other"}));
    world.add_pod("gated", json!({"schedulingGates": [{"name": "g"}]}));
    assert!(world.settle().await.is_empty(), "SCH-1, SCH-8");
    world
        .store
        .modify(Resource::PODS, "default", "gated", |pod| -> Result<(), Error> {
            pod["spec"]["schedulingGates"] = json!([]);
            Ok(())
        })
        .unwrap();
    assert_eq!(world.settle().await, ["Scheduled: Successfully assigned default/gated to n"]);
}

#[tokio::test]
async fn pods_that_were_there_before_the_scheduler_are_found() {
    let store = store_at(&Fake::default());
    let world = World { store: store.clone(), heard: Heard::default(), timer: ManualTimer::default() };
    world.add_pod("p", json!({}));
    world.add_node(json!({}));
    tokio::spawn(Scheduler::new(store, Arc::new(world.heard.clone()), Arc::new(world.timer.clone())).run());
    assert_eq!(world.settle().await.len(), 1);
}

#[tokio::test]
async fn without_nodes_the_message_says_so() {
    let world = World::start();
    world.add_pod("p", json!({}));
    assert_eq!(world.settle().await, ["FailedScheduling: no nodes available to schedule pods"], "SCH-5");
}
