//! The kubelet's port, call by call; the work is next door.

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt, ready};
use tokio::sync::mpsc;
use wasipod_kubelet::container::{
    ContainerId, ContainerRuntime, ContainerSpec, ExecRequest, ExecResult, ExecStreams, ImageError,
    ImageInfo, PodKey, RuntimeError, RuntimeEvent, SandboxId, SandboxInfo, SandboxSpec, Signal, SignalScope,
    VolumeFiles, VolumeRequest,
};

use super::Containers;

/// The port needs `Arc`s of itself for the tasks that it starts.
#[derive(Clone)]
pub(crate) struct Port(pub(crate) Arc<Containers>);

type Answer<'a, T> = BoxFuture<'a, Result<T, RuntimeError>>;

impl ContainerRuntime for Port {
    fn name(&self) -> &'static str {
        "wasipod"
    }

    fn image_status(&self, reference: &str) -> BoxFuture<'_, Result<Option<ImageInfo>, ImageError>> {
        ready(self.0.present_image(reference)).boxed()
    }

    fn pull_image(&self, reference: &str) -> BoxFuture<'_, Result<ImageInfo, ImageError>> {
        ready(self.0.pull(reference)).boxed()
    }

    fn create_sandbox(&self, spec: SandboxSpec) -> Answer<'_, SandboxInfo> {
        self.0.make_sandbox(spec).boxed()
    }

    fn stop_sandbox(&self, id: &SandboxId) -> Answer<'_, ()> {
        self.0.end_sandbox(id);
        ready(Ok(())).boxed()
    }

    fn remove_sandbox(&self, id: &SandboxId) -> Answer<'_, ()> {
        self.0.end_sandbox(id);
        ready(Ok(())).boxed()
    }

    fn mount_volume(&self, request: VolumeRequest) -> Answer<'_, ()> {
        ready(self.0.set_up_volume(request)).boxed()
    }

    fn update_volume(&self, pod: &PodKey, name: &str, files: VolumeFiles) -> Answer<'_, ()> {
        ready(self.0.swap_files(pod, name, files)).boxed()
    }

    fn unmount_volume(&self, pod: &PodKey, name: &str) -> Answer<'_, ()> {
        self.0.take_down_volume(pod, name);
        ready(Ok(())).boxed()
    }

    fn create_container(&self, spec: ContainerSpec) -> Answer<'_, ContainerId> {
        ready(self.0.make_container(spec)).boxed()
    }

    fn start_container(&self, id: &ContainerId) -> Answer<'_, ()> {
        let id = id.clone();
        async move { self.0.start(&id).await }.boxed()
    }

    fn signal_container(&self, id: &ContainerId, signal: Signal, scope: SignalScope) -> Answer<'_, ()> {
        ready(self.0.signal(id, signal.0, scope == SignalScope::All)).boxed()
    }

    fn kill_container(&self, id: &ContainerId) -> Answer<'_, ()> {
        ready(self.0.signal(id, Signal::KILL.0, true)).boxed()
    }

    fn remove_container(&self, id: &ContainerId) -> Answer<'_, ()> {
        ready(self.0.forget_container(id)).boxed()
    }

    fn exec(&self, id: &ContainerId, request: ExecRequest) -> Answer<'_, ExecResult> {
        let id = id.clone();
        async move { self.0.execute(&id, request).await }.boxed()
    }

    fn exec_stream(&self, id: &ContainerId, argv: Vec<String>, streams: ExecStreams) -> Answer<'_, i32> {
        let id = id.clone();
        async move { self.0.execute_connected(&id, argv, streams).await }.boxed()
    }

    fn read_termination_message(&self, id: &ContainerId, limit: usize) -> Answer<'_, Vec<u8>> {
        ready(self.0.termination_message(id, limit)).boxed()
    }

    fn events(&self) -> mpsc::UnboundedReceiver<RuntimeEvent> {
        // Asked a second time there is nothing more to hear.
        self.0.receiver.lock().take().unwrap_or_else(|| mpsc::unbounded_channel().1)
    }
}
