//! A runtime whose programs are tables: how long they run, what they do about a signal, what a command in them says.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use parking_lot::Mutex;
use tokio::sync::{mpsc, watch};
use wasipod_kernel::clock::{Clock, Instant};

use crate::container::{
    ContainerExit, ContainerId, ContainerRuntime, ContainerSpec, ExecRequest, ExecResult, ExecStreams,
    ImageConfig, ImageError, ImageInfo, PodKey, RuntimeError, RuntimeEvent, SandboxId, SandboxInfo,
    SandboxSpec, Signal, SignalScope, VolumeFiles, VolumeRequest,
};

/// What one instance of a container does.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    /// Ends by itself after that long with that code.
    pub(crate) ends: Option<(Duration, i32)>,
    /// Ends after SIGTERM after that long with that code; `None` ignores it.
    pub(crate) on_term: Option<(Duration, i32)>,
    /// Can't be started.
    pub(crate) start_error: Option<&'static str>,
}

/// A command in a container.
pub(crate) struct ExecCall<'a> {
    pub(crate) argv: &'a [String],
    /// Since the container's start.
    pub(crate) elapsed: Duration,
}

/// What a command does.
pub(crate) struct ExecAnswer {
    pub(crate) takes: Duration,
    pub(crate) result: Result<(i32, &'static str), &'static str>,
}

type ExecTable = Arc<dyn Fn(&ExecCall<'_>) -> ExecAnswer + Send + Sync>;

/// The fake.
pub(crate) struct FakeRuntime {
    clock: Clock,
    state: Arc<Mutex<State>>,
    sender: mpsc::UnboundedSender<RuntimeEvent>,
    receiver: Mutex<Option<mpsc::UnboundedReceiver<RuntimeEvent>>>,
}

struct State {
    programs: BTreeMap<String, Vec<Program>>,
    exec: ExecTable,
    images: BTreeSet<String>,
    pull_takes: Duration,
    journal: Vec<(Duration, String)>,
    containers: BTreeMap<ContainerId, Fake>,
    sandboxes: u32,
    specs: Vec<ContainerSpec>,
    volumes: BTreeMap<String, crate::container::VolumeSource>,
    last_words: BTreeMap<String, String>,
    sandbox_error: Option<String>,
}

struct Fake {
    pod: PodKey,
    name: String,
    attempt: u32,
    program: Program,
    started: Option<Instant>,
    running: bool,
    signals: watch::Sender<Option<Signal>>,
}

// === impl Program ===

impl Program {
    /// Runs for ever and doesn't hear SIGTERM, as PID 1 without a handler.
    pub(crate) const DEAF: Self = Self { ends: None, on_term: None, start_error: None };

    pub(crate) const fn ends(after: Duration, code: i32) -> Self {
        Self { ends: Some((after, code)), ..Self::DEAF }
    }

    pub(crate) const fn on_term(after: Duration, code: i32) -> Self {
        Self { on_term: Some((after, code)), ..Self::DEAF }
    }
}

// === impl ExecAnswer ===

impl ExecAnswer {
    pub(crate) const fn code(code: i32, output: &'static str) -> Self {
        Self { takes: Duration::ZERO, result: Ok((code, output)) }
    }
}

// === impl FakeRuntime ===

impl FakeRuntime {
    pub(crate) fn new(clock: &Clock) -> Arc<Self> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let state = State {
            programs: BTreeMap::new(),
            exec: Arc::new(|_| ExecAnswer::code(0, "")),
            images: ["busybox:1".to_owned()].into(),
            pull_takes: Duration::from_millis(1234),
            journal: Vec::new(),
            containers: BTreeMap::new(),
            sandboxes: 0,
            specs: Vec::new(),
            volumes: BTreeMap::new(),
            last_words: BTreeMap::new(),
            sandbox_error: None,
        };
        let state = Arc::new(Mutex::new(state));
        Arc::new(Self { clock: clock.clone(), state, sender, receiver: Mutex::new(Some(receiver)) })
    }

    /// The programs of the container's attempts; the last is that of all further ones.
    pub(crate) fn program(&self, container: &str, attempts: &[Program]) {
        self.state.lock().programs.insert(container.to_owned(), attempts.to_vec());
    }

    pub(crate) fn on_exec(&self, table: impl Fn(&ExecCall<'_>) -> ExecAnswer + Send + Sync + 'static) {
        self.state.lock().exec = Arc::new(table);
    }

    /// What the container leaves in its termination message file.
    pub(crate) fn last_words(&self, container: &str, words: String) {
        self.state.lock().last_words.insert(container.to_owned(), words);
    }

    pub(crate) fn fail_sandbox(&self, error: Option<&str>) {
        self.state.lock().sandbox_error = error.map(str::to_owned);
    }

    /// What was done, with the time since the clock's beginning.
    pub(crate) fn journal(&self) -> Vec<(Duration, String)> {
        self.state.lock().journal.clone()
    }

    /// The containers that were asked for.
    pub(crate) fn specs(&self) -> Vec<ContainerSpec> {
        self.state.lock().specs.clone()
    }

    pub(crate) fn volumes(&self) -> BTreeMap<String, crate::container::VolumeSource> {
        self.state.lock().volumes.clone()
    }

    pub(crate) fn any_running(&self) -> bool {
        self.state.lock().containers.values().any(|container| container.running)
    }

    /// The Pod's sandbox and all in it end.
    pub(crate) fn break_sandbox(&self, pod: &PodKey, sandbox: &str) {
        let running: Vec<_> = {
            let state = self.state.lock();
            state
                .containers
                .values()
                .filter(|c| c.running && c.pod == *pod)
                .map(|c| c.signals.clone())
                .collect()
        };
        for signals in running {
            signals.send_replace(Some(Signal::KILL));
        }
        let sandbox = SandboxId(sandbox.to_owned());
        let _ = self.sender.send(RuntimeEvent::SandboxDied { pod_uid: pod.uid.clone(), sandbox });
    }

    fn note(&self, text: String) {
        note(&self.clock, &self.state, text);
    }

    fn signal(&self, id: &ContainerId, signal: Signal) -> Result<(), RuntimeError> {
        let (signals, label) = {
            let state = self.state.lock();
            let found =
                state.containers.get(id).ok_or_else(|| RuntimeError("no such container".to_owned()))?;
            (found.signals.clone(), found.label())
        };
        let name = if signal == Signal::KILL { "KILL" } else { "TERM" };
        self.note(format!("{name} {label}"));
        signals.send_replace(Some(signal));
        Ok(())
    }
}

fn note(clock: &Clock, state: &Mutex<State>, text: String) {
    let at = clock.now().since(Instant::START);
    state.lock().journal.push((at, text));
}

// === impl Fake ===

impl Fake {
    fn label(&self) -> String {
        format!("{}#{}", self.name, self.attempt)
    }
}

async fn live(clock: Clock, program: Program, mut signals: watch::Receiver<Option<Signal>>) -> i32 {
    let born = clock.now();
    let mut end = program.ends.map(|(after, code)| (born + after, code));
    loop {
        let due = async {
            match end {
                Some((at, _)) => clock.sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            Ok(()) = signals.changed() => match *signals.borrow_and_update() {
                Some(Signal::KILL) => return 137,
                Some(Signal::TERM) => if let Some((after, code)) = program.on_term {
                    end = Some((clock.now() + after, code));
                },
                _ => {}
            },
            () = due => return end.map_or(0, |(_, code)| code),
        }
    }
}

impl ContainerRuntime for FakeRuntime {
    fn name(&self) -> &str {
        "fake"
    }

    fn image_status(&self, reference: &str) -> BoxFuture<'_, Result<Option<ImageInfo>, ImageError>> {
        let found = if reference.contains(' ') {
            Err(ImageError::InvalidName(format!(
                "couldn't parse image name {reference:?}: invalid reference format"
            )))
        } else {
            Ok(self.state.lock().images.contains(reference).then(|| image(reference)))
        };
        async move { found }.boxed()
    }

    fn pull_image(&self, reference: &str) -> BoxFuture<'_, Result<ImageInfo, ImageError>> {
        let reference = reference.to_owned();
        async move {
            let takes = self.state.lock().pull_takes;
            self.clock.sleep(takes).await;
            self.note(format!("pull {reference}"));
            if reference.starts_with("missing") {
                return Err(ImageError::NotFound(format!("{reference}: not found")));
            }
            self.state.lock().images.insert(reference.clone());
            Ok(image(&reference))
        }
        .boxed()
    }

    fn create_sandbox(&self, spec: SandboxSpec) -> BoxFuture<'_, Result<SandboxInfo, RuntimeError>> {
        let mut state = self.state.lock();
        assert!(spec.pod.name != "panics", "the runtime breaks down");
        if let Some(error) = &state.sandbox_error {
            let error = RuntimeError(error.clone());
            return async move { Err(error) }.boxed();
        }
        state.sandboxes += 1;
        let id = SandboxId(format!("sandbox-{}", state.sandboxes));
        let last = u8::try_from(state.sandboxes % 250).unwrap_or(1);
        drop(state);
        self.note(format!("sandbox {}", spec.attempt));
        let ips = if spec.previous_ips.is_empty() {
            vec![IpAddr::from([10, 244, 0, last])]
        } else {
            spec.previous_ips
        };
        async move { Ok(SandboxInfo { id, ips }) }.boxed()
    }

    fn stop_sandbox(&self, _: &SandboxId) -> BoxFuture<'_, Result<(), RuntimeError>> {
        self.note("stop sandbox".to_owned());
        async { Ok(()) }.boxed()
    }

    fn remove_sandbox(&self, _: &SandboxId) -> BoxFuture<'_, Result<(), RuntimeError>> {
        async { Ok(()) }.boxed()
    }

    fn mount_volume(&self, request: VolumeRequest) -> BoxFuture<'_, Result<(), RuntimeError>> {
        self.state.lock().volumes.insert(request.name, request.source);
        async { Ok(()) }.boxed()
    }

    fn update_volume(
        &self,
        _: &PodKey,
        name: &str,
        files: VolumeFiles,
    ) -> BoxFuture<'_, Result<(), RuntimeError>> {
        self.note(format!("update {name}"));
        let source = crate::container::VolumeSource::Files { files, memory: true };
        self.state.lock().volumes.insert(name.to_owned(), source);
        async { Ok(()) }.boxed()
    }

    fn unmount_volume(&self, _: &PodKey, name: &str) -> BoxFuture<'_, Result<(), RuntimeError>> {
        self.state.lock().volumes.remove(name);
        async { Ok(()) }.boxed()
    }

    fn create_container(&self, spec: ContainerSpec) -> BoxFuture<'_, Result<ContainerId, RuntimeError>> {
        let mut state = self.state.lock();
        let id = ContainerId(format!("{:064x}", state.specs.len()));
        let programs = state.programs.get(&spec.name).cloned().unwrap_or_else(|| vec![Program::DEAF]);
        let attempt = usize::try_from(spec.attempt).unwrap_or(usize::MAX).min(programs.len() - 1);
        let fake = Fake {
            pod: spec.pod.clone(),
            name: spec.name.clone(),
            attempt: spec.attempt,
            program: programs[attempt].clone(),
            started: None,
            running: false,
            signals: watch::Sender::new(None),
        };
        state.containers.insert(id.clone(), fake);
        state.specs.push(spec);
        async move { Ok(id) }.boxed()
    }

    fn start_container(&self, id: &ContainerId) -> BoxFuture<'_, Result<(), RuntimeError>> {
        let mut state = self.state.lock();
        let container = state.containers.get_mut(id).expect("a container that was made");
        if let Some(error) = container.program.start_error {
            return async move { Err(RuntimeError(error.to_owned())) }.boxed();
        }
        container.started = Some(self.clock.now());
        container.running = true;
        let (label, program) = (container.label(), container.program.clone());
        let (pod_uid, name) = (container.pod.uid.clone(), container.name.clone());
        let signals = container.signals.subscribe();
        let twins =
            state.containers.values().filter(|c| c.running && c.name == name && c.pod.uid == pod_uid).count();
        assert_eq!(twins, 1, "two instances of {name} run");
        drop(state);
        self.note(format!("start {label}"));
        let (clock, state, sender, id) =
            (self.clock.clone(), self.state.clone(), self.sender.clone(), id.clone());
        tokio::spawn(async move {
            let exit_code = live(clock.clone(), program, signals).await;
            if let Some(container) = state.lock().containers.get_mut(&id) {
                container.running = false;
            }
            note(&clock, &state, format!("exit {label} {exit_code}"));
            let exit =
                ContainerExit { exit_code, oom_killed: false, finished_at: clock.wall(), message: None };
            let _ = sender.send(RuntimeEvent::ContainerExited { pod_uid, container: id, exit });
        });
        async { Ok(()) }.boxed()
    }

    fn signal_container(
        &self,
        id: &ContainerId,
        signal: Signal,
        _: SignalScope,
    ) -> BoxFuture<'_, Result<(), RuntimeError>> {
        let done = self.signal(id, signal);
        async move { done }.boxed()
    }

    fn kill_container(&self, id: &ContainerId) -> BoxFuture<'_, Result<(), RuntimeError>> {
        let done = self.signal(id, Signal::KILL);
        async move { done }.boxed()
    }

    fn remove_container(&self, id: &ContainerId) -> BoxFuture<'_, Result<(), RuntimeError>> {
        let removed = self.state.lock().containers.remove(id);
        assert!(removed.is_none_or(|container| !container.running), "a running container is removed");
        async { Ok(()) }.boxed()
    }

    fn exec(
        &self,
        id: &ContainerId,
        request: ExecRequest,
    ) -> BoxFuture<'_, Result<ExecResult, RuntimeError>> {
        let answer = {
            let state = self.state.lock();
            match state.containers.get(id).filter(|container| container.running) {
                None => ExecAnswer { takes: Duration::ZERO, result: Err("container not running") },
                Some(container) => {
                    let elapsed = container.started.map_or(Duration::ZERO, |at| self.clock.now() - at);
                    (state.exec)(&ExecCall { argv: &request.argv, elapsed })
                }
            }
        };
        let clock = self.clock.clone();
        async move {
            if !answer.takes.is_zero() {
                clock.sleep(answer.takes).await;
            }
            match answer.result {
                Ok((exit_code, output)) => Ok(ExecResult { exit_code, output: output.as_bytes().to_vec() }),
                Err(error) => Err(RuntimeError(error.to_owned())),
            }
        }
        .boxed()
    }

    fn exec_stream(
        &self,
        _: &ContainerId,
        _: Vec<String>,
        _: ExecStreams,
    ) -> BoxFuture<'_, Result<i32, RuntimeError>> {
        async { Ok(0) }.boxed()
    }

    fn read_termination_message(
        &self,
        id: &ContainerId,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<u8>, RuntimeError>> {
        let state = self.state.lock();
        let words = state.containers.get(id).and_then(|container| state.last_words.get(&container.name));
        let bytes = words.map(|words| words.as_bytes()[words.len().saturating_sub(limit)..].to_vec());
        async move { Ok(bytes.unwrap_or_default()) }.boxed()
    }

    fn events(&self) -> mpsc::UnboundedReceiver<RuntimeEvent> {
        self.receiver.lock().take().expect("asked once")
    }
}

fn image(reference: &str) -> ImageInfo {
    ImageInfo {
        id: reference.to_owned(),
        repo_tag: format!("docker.io/library/{reference}"),
        repo_digest: String::new(),
        size: 12_345,
        config: ImageConfig { cmd: vec!["sh".to_owned()], ..ImageConfig::default() },
    }
}
