//! Everything around a kubelet, in memory: Pods in, status and events out.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use parking_lot::Mutex;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use wasipod_api::model::status::PodStatus;
use wasipod_api::model::{ConfigMap, Event, Pod, PodUid, Secret};
use wasipod_kernel::clock::{Clock, Instant};
use wasipod_kernel::random::Random;

use super::runtime::FakeRuntime;
use crate::container::PodKey;
use crate::ports::{
    Admission, EventSink, ObjectReader, ObjectRef, PodChange, PodSource, PodWriter, ReadError, Rejection,
    WriteError,
};
use crate::{Kubelet, NodeConfig, Ports, Streams};

/// The API's side.
pub(crate) struct World {
    pub(crate) clock: Clock,
    pub(crate) runtime: Arc<FakeRuntime>,
    seed: u64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    pods: BTreeMap<PodUid, Arc<Pod>>,
    pod_changes: Option<mpsc::UnboundedSender<PodChange>>,
    object_changes: Option<mpsc::UnboundedSender<ObjectRef>>,
    statuses: Vec<(Duration, PodStatus)>,
    deleted: Vec<Duration>,
    events: Vec<(Duration, Event)>,
    secrets: BTreeMap<String, Arc<Secret>>,
    config_maps: BTreeMap<String, Arc<ConfigMap>>,
    rejection: Option<Rejection>,
    streams: Option<Streams>,
    taken: BTreeSet<PodUid>,
}

// === impl World ===

impl World {
    /// A world on virtual time.
    pub(crate) fn new(seed: u64) -> Arc<Self> {
        Self::on(Clock::virtual_(), seed)
    }

    pub(crate) fn on(clock: Clock, seed: u64) -> Arc<Self> {
        let runtime = FakeRuntime::new(&clock);
        Arc::new(Self { clock, runtime, seed, state: Mutex::default() })
    }

    /// Runs a kubelet in this world while `story` goes on, then a little longer for what is due at the same instant.
    pub(crate) fn run(self: &Arc<Self>, story: impl AsyncFnOnce(Arc<Self>)) {
        let runtime = if self.clock.is_virtual() {
            self.clock.virtual_runtime()
        } else {
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build()
        };
        let runtime = runtime.expect("a runtime");
        runtime.block_on(async {
            let ports = Ports {
                runtime: self.runtime.clone(),
                source: self.clone(),
                writer: self.clone(),
                objects: self.clone(),
                events: self.clone(),
                admission: self.clone(),
            };
            let config = NodeConfig {
                limit_events: false,
                ..NodeConfig::new("node", vec![IpAddr::from([10, 0, 0, 1])])
            };
            let kubelet = Kubelet::new(config, self.clock.clone(), Random::from_seed(self.seed), ports);
            self.state.lock().streams = Some(kubelet.streams());
            let shutdown = CancellationToken::new();
            let running = tokio::spawn(kubelet.run(shutdown.clone()));
            story(self.clone()).await;
            self.clock.sleep(Duration::from_nanos(1)).await;
            shutdown.cancel();
            running.await.expect("the kubelet ends well");
        });
    }

    pub(crate) async fn sleep(&self, seconds: f64) {
        self.clock.sleep(Duration::from_secs_f64(seconds)).await;
    }

    pub(crate) fn apply(&self, pod: Pod) {
        let pod = Arc::new(pod);
        let mut state = self.state.lock();
        state.pods.insert(pod.uid.clone(), pod.clone());
        if let Some(changes) = &state.pod_changes {
            let _ = changes.send(PodChange::Set(pod));
        }
    }

    /// What the API does for DELETE: a second one can only shorten the grace (DEL-3, DEL-4).
    pub(crate) fn delete(&self, uid: &str, grace: u64) {
        let pod = self.state.lock().pods.get(&PodUid::from(uid)).cloned();
        let grace = Duration::from_secs(grace);
        if let Some(pod) = pod.filter(|pod| pod.deletion.is_none_or(|deletion| grace < deletion.grace)) {
            let deletion = Some(super::deletion(grace));
            self.apply(Pod { deletion, generation: pod.generation + 1, ..(*pod).clone() });
        }
    }

    /// DELETE by force (DEL-5).
    pub(crate) fn delete_by_force(&self, uid: &str) {
        let mut state = self.state.lock();
        if let Some(pod) = state.pods.remove(&PodUid::from(uid))
            && let Some(changes) = &state.pod_changes
        {
            let _ = changes.send(PodChange::Deleted(PodKey::of(&pod)));
        }
    }

    pub(crate) fn set_secret(&self, secret: Secret) {
        let reference = ObjectRef {
            kind: crate::ports::ObjectKind::Secret,
            namespace: secret.namespace.clone(),
            name: secret.name.clone(),
        };
        let mut state = self.state.lock();
        state.secrets.insert(secret.name.clone(), Arc::new(secret));
        if let Some(changes) = &state.object_changes {
            let _ = changes.send(reference);
        }
    }

    pub(crate) fn set_config_map(&self, map: ConfigMap) {
        let reference = ObjectRef {
            kind: crate::ports::ObjectKind::ConfigMap,
            namespace: map.namespace.clone(),
            name: map.name.clone(),
        };
        let mut state = self.state.lock();
        state.config_maps.insert(map.name.clone(), Arc::new(map));
        if let Some(changes) = &state.object_changes {
            let _ = changes.send(reference);
        }
    }

    /// How many Pods the node holds.
    pub(crate) fn taken(&self) -> usize {
        self.state.lock().taken.len()
    }

    /// The kubelet's way in.
    pub(crate) fn streams(&self) -> Streams {
        self.state.lock().streams.clone().expect("a kubelet runs")
    }

    pub(crate) fn reject(&self, rejection: Rejection) {
        self.state.lock().rejection = Some(rejection);
    }

    /// Every status that was written.
    pub(crate) fn statuses(&self) -> Vec<(Duration, PodStatus)> {
        self.state.lock().statuses.clone()
    }

    /// The last one.
    pub(crate) fn status(&self) -> PodStatus {
        self.state.lock().statuses.last().map(|(_, status)| status.clone()).expect("a status")
    }

    /// When objects were deleted by the kubelet.
    pub(crate) fn deleted(&self) -> Vec<Duration> {
        self.state.lock().deleted.clone()
    }

    /// Every event with its time.
    pub(crate) fn events(&self) -> Vec<(Duration, Event)> {
        self.state.lock().events.clone()
    }

    /// The times of the events with that reason, in seconds.
    pub(crate) fn times_of(&self, reason: &str) -> Vec<f64> {
        let events = self.events();
        events.iter().filter(|(_, event)| event.reason == reason).map(|(at, _)| at.as_secs_f64()).collect()
    }

    /// `REASON MESSAGE` of every event.
    pub(crate) fn event_texts(&self) -> Vec<String> {
        self.events().iter().map(|(_, event)| format!("{} {}", event.reason, event.message)).collect()
    }

    /// The times of the runtime's journal entries that begin so, in seconds.
    pub(crate) fn times_done(&self, what: &str) -> Vec<f64> {
        let journal = self.runtime.journal();
        journal.iter().filter(|(_, text)| text.starts_with(what)).map(|(at, _)| at.as_secs_f64()).collect()
    }

    fn elapsed(&self) -> Duration {
        self.clock.now().since(Instant::START)
    }
}

impl PodSource for World {
    fn pods(&self) -> mpsc::UnboundedReceiver<PodChange> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let mut state = self.state.lock();
        for pod in state.pods.values() {
            let _ = sender.send(PodChange::Set(pod.clone()));
        }
        state.pod_changes = Some(sender);
        receiver
    }
}

impl PodWriter for World {
    fn update_status(&self, key: &PodKey, status: PodStatus) -> BoxFuture<'_, Result<(), WriteError>> {
        let at = self.elapsed();
        let key = key.clone();
        let mut state = self.state.lock();
        let Some(pod) = state.pods.get(&key.uid).cloned() else {
            return async { Err(WriteError::Gone(key)) }.boxed();
        };
        state.statuses.push((at, status));
        drop(state);
        // The echo of the write, as a watch gives it.
        self.apply(Pod { resource_version: format!("{}x", pod.resource_version), ..(*pod).clone() });
        async { Ok(()) }.boxed()
    }

    fn delete(&self, key: &PodKey) -> BoxFuture<'_, Result<(), WriteError>> {
        let at = self.elapsed();
        let mut state = self.state.lock();
        state.deleted.push(at);
        state.pods.remove(&key.uid);
        if let Some(changes) = &state.pod_changes {
            let _ = changes.send(PodChange::Deleted(key.clone()));
        }
        async { Ok(()) }.boxed()
    }
}

impl ObjectReader for World {
    fn secret(&self, _: &str, name: &str) -> BoxFuture<'_, Result<Option<Arc<Secret>>, ReadError>> {
        let found = self.state.lock().secrets.get(name).cloned();
        async move { Ok(found) }.boxed()
    }

    fn config_map(&self, _: &str, name: &str) -> BoxFuture<'_, Result<Option<Arc<ConfigMap>>, ReadError>> {
        let found = self.state.lock().config_maps.get(name).cloned();
        async move { Ok(found) }.boxed()
    }

    fn changes(&self) -> mpsc::UnboundedReceiver<ObjectRef> {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.state.lock().object_changes = Some(sender);
        receiver
    }
}

impl EventSink for World {
    fn record(&self, event: Event) {
        let at = self.elapsed();
        self.state.lock().events.push((at, event));
    }
}

impl Admission for World {
    fn admit(&self, pod: &Pod) -> Result<(), Rejection> {
        let mut state = self.state.lock();
        state.rejection.clone().map_or(Ok(()), Err)?;
        state.taken.insert(pod.uid.clone());
        Ok(())
    }

    fn released(&self, pod: &PodKey) {
        let known = self.state.lock().taken.remove(&pod.uid);
        assert!(known, "released twice, or never taken");
    }
}
