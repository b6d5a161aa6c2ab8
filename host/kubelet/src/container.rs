//! The port to containers: everything that the kubelet asks of the machine below it, and what it hears back.
//!
//! Plain data crosses it: no wasm, no kernel objects, no wire types. The node's adapter implements it over the kernel,
//! the tests over a fake.
//!
//! ```text
//!  kubelet ── create_sandbox ─ mount_volume ─ create_container ─ start ─ exec ─ signal ─ kill ─ remove ──► runtime
//!     ▲                                                                                                      │
//!     └────────────────────── RuntimeEvent: ContainerExited, SandboxDied ◄───────────────────────────────────┘
//! ```
//!
//! **Cancellation.** Every future may be dropped before it resolves. A dropped `pull_image`, `create_container` or
//! `create_sandbox` leaves nothing behind (a compile on another thread may go on, its result is only cached); a dropped
//! `exec` or `exec_stream` kills the process that it started; a dropped `signal_container` or `kill_container` may or may
//! not have had its effect, and is asked again. The others are short and are awaited to their end.
//!
//! **Events and calls.** A container's exit is told once, by an event, also when the kubelet killed it and also when it
//! happens before `start_container` has returned. No event follows `remove_container`.

mod spec;

use std::fmt;
use std::net::IpAddr;

use futures::future::BoxFuture;
use tokio::sync::mpsc;
use wasipod_api::model::{Pod, PodUid};
use wasipod_kernel::clock::Timestamp;

pub use self::spec::{
    ContainerMount, ContainerSpec, Environment, ExecRequest, ExecStreams, FilePayload, ImageConfig,
    ImageInfo, SandboxSpec, TerminalSize, VolumeFiles, VolumeRequest, VolumeSource,
};

/// A Pod as the runtime knows it: enough to name it in a log line and to tell it from one of the same name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PodKey {
    /// `metadata.namespace`.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
    /// `metadata.uid`.
    pub uid: PodUid,
}

/// A sandbox's name in the runtime.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SandboxId(pub String);

/// A container instance's name in the runtime: 64 lower-case hexadecimal digits, new for every attempt.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContainerId(pub String);

/// What `create_sandbox` made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SandboxInfo {
    /// Its name.
    pub id: SandboxId,
    /// The Pod's addresses, the node's family first, at most one of each (CST-20).
    pub ips: Vec<IpAddr>,
}

/// A signal that the kubelet sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signal(pub u8);

/// To whom a signal goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignalScope {
    /// The container's first process only (HOOK-13).
    Main,
    /// Every process of the container.
    All,
}

/// What a finished `exec` says.
#[derive(Clone, PartialEq, Eq)]
pub struct ExecResult {
    /// The exit code, 128 + n for a process that signal n ended.
    pub exit_code: i32,
    /// stdout and stderr as they came, cut to the request's limit.
    pub output: Vec<u8>,
}

/// Something happened that the kubelet didn't do (or whose end it waits for).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuntimeEvent {
    /// The container's first process has ended and all others of it are gone.
    ContainerExited {
        /// The Pod's uid.
        pod_uid: PodUid,
        /// Which instance.
        container: ContainerId,
        /// How.
        exit: ContainerExit,
    },
    /// The Pod's sandbox is gone (its first process has ended): a new one is needed (LIFE-4).
    SandboxDied {
        /// The Pod's uid.
        pod_uid: PodUid,
        /// Which sandbox.
        sandbox: SandboxId,
    },
}

/// How a container ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerExit {
    /// The exit code, 128 + n for signal n (CST-16).
    pub exit_code: i32,
    /// Whether the memory limit ended it (RES-2): reason `OOMKilled`.
    pub oom_killed: bool,
    /// When.
    pub finished_at: Timestamp,
    /// What the runtime has to say (a trap's summary); nothing for an ordinary exit.
    pub message: Option<String>,
}

/// Why an image can't be had. The texts are the runtime's own and reach events (IMG-8).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    /// The reference can't be parsed; the text begins with `couldn't parse image name` (IMG-3).
    #[error("{0}")]
    InvalidName(String),
    /// Nobody has such an image (IMG-10).
    #[error("{0}")]
    NotFound(String),
    /// It is there but can't be used: not an image, not for WebAssembly, damaged.
    #[error("{0}")]
    Unusable(String),
    /// The registry can't be reached or refuses.
    #[error("{0}")]
    Unavailable(String),
}

/// A runtime call failed; the text is shown to people as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RuntimeError(pub String);

/// Containers, sandboxes, volumes and images.
pub trait ContainerRuntime: Send + Sync + 'static {
    /// The name before `://` in `status.containerID` (CST-4).
    fn name(&self) -> &str;

    /// The image if it is on this node.
    ///
    /// # Errors
    /// [`ImageError::InvalidName`] for a reference that can't be parsed; others when the store can't be read.
    fn image_status(&self, reference: &str) -> BoxFuture<'_, Result<Option<ImageInfo>, ImageError>>;

    /// Brings the image to this node. In virtual time it takes a fixed, deterministic time.
    ///
    /// # Errors
    /// Any [`ImageError`].
    fn pull_image(&self, reference: &str) -> BoxFuture<'_, Result<ImageInfo, ImageError>>;

    /// Makes the Pod's sandbox: network, host name, process namespace, host ports.
    ///
    /// # Errors
    /// E.g. a host port that is taken: the text names the port and its holder.
    fn create_sandbox(&self, spec: SandboxSpec) -> BoxFuture<'_, Result<SandboxInfo, RuntimeError>>;

    /// Ends the sandbox: its network and ports are free afterwards, what still runs in it is killed. Again: no effect.
    ///
    /// # Errors
    /// When the machine refuses.
    fn stop_sandbox(&self, id: &SandboxId) -> BoxFuture<'_, Result<(), RuntimeError>>;

    /// Forgets a stopped sandbox and what belongs to it. Unknown: no effect.
    ///
    /// # Errors
    /// When the machine refuses.
    fn remove_sandbox(&self, id: &SandboxId) -> BoxFuture<'_, Result<(), RuntimeError>>;

    /// Sets up one of the Pod's volumes; it needs no sandbox and outlives all of them (VOL-1).
    ///
    /// # Errors
    /// The text follows `MountVolume.SetUp failed for volume "V" : ` (VOL-4).
    fn mount_volume(&self, request: VolumeRequest) -> BoxFuture<'_, Result<(), RuntimeError>>;

    /// Swaps the content of a mounted [`VolumeSource::Files`] volume in one step (VOL-13).
    ///
    /// # Errors
    /// When the volume isn't mounted or can't hold the files.
    fn update_volume(
        &self,
        pod: &PodKey,
        name: &str,
        files: VolumeFiles,
    ) -> BoxFuture<'_, Result<(), RuntimeError>>;

    /// Takes a volume down; an emptyDir's content is gone. Unknown: no effect.
    ///
    /// # Errors
    /// When the machine refuses.
    fn unmount_volume(&self, pod: &PodKey, name: &str) -> BoxFuture<'_, Result<(), RuntimeError>>;

    /// Makes a container: root file system, mounts, limits, the program loaded. Nothing runs yet.
    ///
    /// # Errors
    /// The text becomes the message of `CreateContainerError` (CST-11).
    fn create_container(&self, spec: ContainerSpec) -> BoxFuture<'_, Result<ContainerId, RuntimeError>>;

    /// Starts it.
    ///
    /// # Errors
    /// The text becomes the message of `RunContainerError`; the container is dead then (CST-14: `StartError`, 128),
    /// no event tells its exit.
    fn start_container(&self, id: &ContainerId) -> BoxFuture<'_, Result<(), RuntimeError>>;

    /// Sends a signal. A container that has ended: no effect.
    ///
    /// # Errors
    /// When the container is unknown.
    fn signal_container(
        &self,
        id: &ContainerId,
        signal: Signal,
        scope: SignalScope,
    ) -> BoxFuture<'_, Result<(), RuntimeError>>;

    /// SIGKILL to all of the container; the exit comes as an event. A container that has ended: no effect.
    ///
    /// # Errors
    /// When the container is unknown.
    fn kill_container(&self, id: &ContainerId) -> BoxFuture<'_, Result<(), RuntimeError>>;

    /// Forgets a container that doesn't run: its writable layer is gone. Unknown: no effect.
    ///
    /// # Errors
    /// When it runs.
    fn remove_container(&self, id: &ContainerId) -> BoxFuture<'_, Result<(), RuntimeError>>;

    /// Runs a command in a running container with the container's environment and working directory, to its end.
    /// The caller keeps the time: dropping the future kills the command.
    ///
    /// # Errors
    /// When the command can't be started; a command that ends with any code is no error.
    fn exec(&self, id: &ContainerId, request: ExecRequest)
    -> BoxFuture<'_, Result<ExecResult, RuntimeError>>;

    /// As [`exec`](Self::exec), for people: the streams are connected, the exit code comes at the end.
    ///
    /// # Errors
    /// When the command can't be started.
    fn exec_stream(
        &self,
        id: &ContainerId,
        argv: Vec<String>,
        streams: ExecStreams,
    ) -> BoxFuture<'_, Result<i32, RuntimeError>>;

    /// The last `limit` bytes of the container's termination message file (TMSG-2); empty when nothing was written.
    ///
    /// # Errors
    /// When the file can't be read (TMSG-5).
    fn read_termination_message(
        &self,
        id: &ContainerId,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<u8>, RuntimeError>>;

    /// The runtime's events from now on. The kubelet calls it once, before anything else.
    fn events(&self) -> mpsc::UnboundedReceiver<RuntimeEvent>;
}

// === impl Signal ===

impl Signal {
    /// SIGTERM.
    pub const TERM: Self = Self(15);
    /// SIGKILL.
    pub const KILL: Self = Self(9);

    /// The signal of an image's `STOPSIGNAL` (`SIGQUIT`, `QUIT` or `3`), where it is one that the kubelet may send.
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(number) = text.parse::<u8>() {
            return (1..=64).contains(&number).then_some(Self(number));
        }
        let upper = text.to_ascii_uppercase();
        let name = upper.strip_prefix("SIG").unwrap_or(&upper);
        let number = match name {
            "HUP" => 1,
            "INT" => 2,
            "QUIT" => 3,
            "ABRT" => 6,
            "KILL" => 9,
            "USR1" => 10,
            "USR2" => 12,
            "ALRM" => 14,
            "TERM" => 15,
            "WINCH" => 28,
            "PWR" => 30,
            _ => return None,
        };
        Some(Self(number))
    }
}

// === impl PodKey ===

impl PodKey {
    /// The key of `pod`.
    pub fn of(pod: &Pod) -> Self {
        Self { namespace: pod.namespace.clone(), name: pod.name.clone(), uid: pod.uid.clone() }
    }
}

impl fmt::Display for PodKey {
    /// `NAME_NAMESPACE(UID)`, the form of the kubelet's texts (FMT-3).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}({})", self.name, self.namespace, self.uid)
    }
}

impl fmt::Display for SandboxId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for ContainerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ExecResult {
    /// Without the output: a command may print a Secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExecResult")
            .field("exit_code", &self.exit_code)
            .field("output_bytes", &self.output.len())
            .finish()
    }
}
