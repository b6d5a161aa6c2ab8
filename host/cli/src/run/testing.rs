//! A node that does what a test says, and Pods from YAML.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::mpsc;
use wasipod_api::load::{Manifest, Source};
use wasipod_api::model::event::{EventType, ObjectRef};
use wasipod_api::model::status::{ConditionStatus, ContainerState, PodCondition, Terminated, condition};
use wasipod_api::model::{ContainerStatus, Event, Pod, PodPhase, PodStatus, UnixNanos};
use wasipod_api::object::Object;
use wasipod_kernel::clock::Clock;
use wasipod_kubelet::container::{ExecStreams, PodKey};
use wasipod_kubelet::logs::{ContainerLog, DEFAULT_LOG_LIMIT, LogOptions, LogReader};
use wasipod_kubelet::ports::StreamError;

use crate::output::Output;
use crate::session::{CreatedPod, Node, PodUpdate};

/// Checked manifests of a YAML text.
pub(crate) fn manifests(yaml: &str) -> Vec<Manifest> {
    let checked = wasipod_api::manifest::read(&[Source { name: "test.yaml", text: yaml }], "default");
    assert!(!checked.has_errors(), "{:?}", checked.diagnostics);
    checked.manifests
}

/// A Pod with these containers: `name` or `init:name`.
pub(crate) fn yaml(name: &str, containers: &[&str]) -> String {
    let list = |init: bool| {
        let names = containers.iter().filter(|one| one.starts_with("init:") == init);
        let one =
            |name: &&str| format!("  - {{name: \"{}\", image: busybox}}\n", name.trim_start_matches("init:"));
        names.map(one).collect::<String>()
    };
    let init = list(true);
    let init = if init.is_empty() { init } else { format!("  initContainers:\n{init}") };
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\nspec:\n  restartPolicy: Never\n{init}  containers:\n{}",
        list(false)
    )
}

/// The same, resolved.
pub(crate) fn pod(name: &str, containers: &[&str]) -> Pod {
    match &manifests(&yaml(name, containers))[0].object {
        Object::Pod(pod) => {
            Pod { uid: format!("uid-of-{name}").into(), ..wasipod_api::resolve::pod(pod).unwrap() }
        }
        _ => unreachable!("the text is a Pod"),
    }
}

/// A container that waits.
pub(crate) fn waiting(name: &str, reason: &str) -> ContainerStatus {
    status(name, ContainerState::waiting(reason), "")
}

/// A container that runs and is ready.
pub(crate) fn running(name: &str) -> ContainerStatus {
    let state = ContainerState::Running { started_at: UnixNanos::EPOCH };
    ContainerStatus { ready: true, started: true, ..status(name, state, "id") }
}

/// A container that has ended.
pub(crate) fn ended(name: &str, exit_code: i32) -> ContainerStatus {
    let end = Terminated {
        exit_code,
        reason: if exit_code == 0 { "Completed" } else { "Error" }.to_owned(),
        message: String::new(),
        started_at: UnixNanos::EPOCH,
        finished_at: UnixNanos::EPOCH,
        container_id: String::new(),
    };
    status(name, ContainerState::Terminated(end), "id")
}

/// The same after so many restarts.
pub(crate) fn restarted(status: ContainerStatus, restart_count: u32) -> ContainerStatus {
    ContainerStatus { restart_count, last_state: Some(ended(&status.name, 1).state), ..status }
}

fn status(name: &str, state: ContainerState, id: &str) -> ContainerStatus {
    ContainerStatus {
        name: name.to_owned(),
        state,
        last_state: None,
        ready: false,
        started: false,
        restart_count: 0,
        image: "busybox".to_owned(),
        image_id: String::new(),
        container_id: id.to_owned(),
    }
}

/// A Pod's status; the condition Ready holds when all containers are ready.
pub(crate) fn pod_status(phase: PodPhase, containers: Vec<ContainerStatus>) -> PodStatus {
    let ready = phase == PodPhase::Running && containers.iter().all(|container| container.ready);
    let condition = |kind: &str, holds: bool| PodCondition {
        kind: kind.to_owned(),
        status: ConditionStatus::from(holds),
        last_transition: None,
        reason: String::new(),
        message: String::new(),
        observed_generation: None,
    };
    PodStatus {
        phase,
        conditions: vec![condition(condition::INITIALIZED, true), condition(condition::READY, ready)],
        container_statuses: containers,
        ..PodStatus::default()
    }
}

/// What was printed.
#[derive(Clone, Default)]
pub(crate) struct Printed(Arc<Mutex<Vec<u8>>>);

impl Printed {
    /// As text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().clone()).unwrap()
    }
}

impl Write for Printed {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// An output and what is printed to it: stdout, stderr.
pub(crate) fn output() -> (Output, Printed, Printed) {
    let (out, err) = (Printed::default(), Printed::default());
    (Output::into_streams(out.clone(), err.clone()), out, err)
}

/// A node whose life a test plays.
#[derive(Clone)]
pub(crate) struct FakeNode {
    clock: Clock,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    pods: Option<mpsc::UnboundedSender<PodUpdate>>,
    events: Option<mpsc::UnboundedSender<Event>>,
    /// By container: the logs of its instances that nobody has taken, in order.
    logs: BTreeMap<String, Vec<ContainerLog>>,
    deleted: Vec<(String, Option<u32>)>,
    /// What commands answer: by the command line.
    answers: BTreeMap<String, (String, i32)>,
}

impl FakeNode {
    /// A node on virtual time.
    pub(crate) fn new() -> Self {
        Self { clock: Clock::virtual_(), state: Arc::default() }
    }

    /// Tells of a Pod's status.
    pub(crate) fn tell(&self, pod: &Pod, status: PodStatus) {
        self.send(PodUpdate { pod: Arc::new(pod.clone()), status, deleted: false });
    }

    /// Tells that a Pod is gone.
    pub(crate) fn tell_gone(&self, pod: &Pod, status: PodStatus) {
        self.send(PodUpdate { pod: Arc::new(pod.clone()), status, deleted: true });
    }

    fn send(&self, update: PodUpdate) {
        let _ = self.state.lock().pods.as_ref().unwrap().send(update);
    }

    /// Tells of an event.
    pub(crate) fn event(&self, pod: &Pod, kind: EventType, reason: &str, message: &str) {
        let time = UnixNanos::EPOCH;
        let event = Event {
            kind,
            reason: reason.to_owned(),
            message: message.to_owned(),
            object: ObjectRef::container(pod, &pod.spec.containers[0].name),
            component: "kubelet".to_owned(),
            host: "node".to_owned(),
            first_time: time,
            last_time: time,
            count: 1,
        };
        let _ = self.state.lock().events.as_ref().unwrap().send(event);
    }

    /// A new instance of a container, to write its log.
    pub(crate) fn instance(&self, container: &str) -> ContainerLog {
        let log = ContainerLog::new(self.clock.clone(), DEFAULT_LOG_LIMIT);
        self.state.lock().logs.entry(container.to_owned()).or_default().push(log.clone());
        log
    }

    /// What a command prints and ends with.
    pub(crate) fn answer(&self, command: &str, output: &str, code: i32) {
        self.state.lock().answers.insert(command.to_owned(), (output.to_owned(), code));
    }

    /// Which Pods were deleted, with which grace period.
    pub(crate) fn deleted(&self) -> Vec<(String, Option<u32>)> {
        self.state.lock().deleted.clone()
    }
}

impl Node for FakeNode {
    type Published = ();

    fn clock(&self) -> &Clock {
        &self.clock
    }

    fn apply(&self, manifests: &[Manifest]) -> Result<Vec<CreatedPod>, String> {
        let name = |manifest: &Manifest| manifest.object.metadata().name.clone().unwrap();
        let created =
            |manifest: &Manifest| CreatedPod { namespace: "default".to_owned(), name: name(manifest) };
        Ok(manifests.iter().map(created).collect())
    }

    fn pods(&self) -> mpsc::UnboundedReceiver<PodUpdate> {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.state.lock().pods = Some(sender);
        receiver
    }

    fn events(&self) -> mpsc::UnboundedReceiver<Event> {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.state.lock().events = Some(sender);
        receiver
    }

    fn take_logs(&self, _: &PodKey, container: &str) -> Vec<LogReader> {
        let options = LogOptions { follow: true, ..LogOptions::default() };
        let logs = self.state.lock().logs.remove(container).unwrap_or_default();
        logs.iter().map(|log| log.reader(&options)).collect()
    }

    async fn exec(
        &self,
        _: &PodKey,
        container: &str,
        argv: Vec<String>,
        streams: ExecStreams,
    ) -> Result<i32, StreamError> {
        let command = format!("{container}: {}", argv.join(" "));
        let answer = self.state.lock().answers.get(&command).cloned();
        let (output, code) =
            answer.ok_or_else(|| StreamError::BadRequest(format!("unexpected: {command}")))?;
        for piece in output.as_bytes().chunks(3) {
            streams.stdout.send(Bytes::copy_from_slice(piece)).await.unwrap();
        }
        Ok(code)
    }

    async fn publish(&self, _: u16, _: &PodKey, _: u16) -> Result<(), String> {
        Ok(())
    }

    fn delete(&self, pod: &PodKey, grace: Option<u32>) -> Result<(), String> {
        self.state.lock().deleted.push((pod.name.clone(), grace));
        Ok(())
    }

    async fn stalled(&self) {
        self.clock.stalled().await;
    }

    fn who_waits(&self) -> Vec<String> {
        vec!["default/web nginx: nginx (pid 1) waits for accept 0.0.0.0:80".to_owned()]
    }

    fn missing_labels(&self, _: &str, _: &str) -> Vec<String> {
        vec!["disktype=ssd".to_owned()]
    }

    fn stand_in(&self, image: &str) -> Option<String> {
        (image == "busybox").then(|| "another busybox".to_owned())
    }
}
