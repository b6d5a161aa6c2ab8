//! The kubelet's container runtime: sandboxes, volumes and containers made of the kernel, programs run by the runtime.
//!
//! ```text
//!  kubelet ── ContainerRuntime ──► Containers
//!                                    ├─ sandboxes   net, pids, /etc files, host ports
//!                                    ├─ volumes     emptyDir, hostPath, files
//!                                    ├─ rootfs      image layers + overlay + /proc + /dev + mounts
//!                                    └─ process     start, signal, exec, watch for the end ──► RuntimeEvent
//! ```

mod exec;
mod host_paths;
mod images;
pub(crate) mod port;
mod process;
mod rootfs;
mod sandboxes;
mod user;
mod volumes;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::mpsc;
use wasipod_api::model::PodUid;
use wasipod_image::Images;
use wasipod_kernel::clock::Clock;
use wasipod_kernel::fs::FsContext;
use wasipod_kernel::net::{Fabric, HostPorts};
use wasipod_kernel::random::Random;
use wasipod_kernel::vfs::NodeRef;
use wasipod_kubelet::container::{ContainerId, PodKey, RuntimeError, RuntimeEvent, SandboxId};
use wasipod_kubelet::logs::ContainerLog;
use wasipod_runtime::Runtime;

pub(crate) use self::host_paths::HostPaths;
use self::process::Container;
use self::sandboxes::PodSandbox;
use self::volumes::Volume;

/// What [`Containers`] is made of.
pub(crate) struct Parts {
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    pub(crate) runtime: Arc<Runtime>,
    pub(crate) images: Images,
    pub(crate) host_paths: HostPaths,
}

/// All containers of a node.
pub(crate) struct Containers {
    clock: Clock,
    /// Container and sandbox ids.
    ids: Random,
    /// What /dev/random gives.
    device_random: Random,
    fs: FsContext,
    fabric: Fabric,
    host_ports: HostPorts,
    runtime: Arc<Runtime>,
    images: Images,
    host_paths: HostPaths,
    state: Mutex<State>,
    events: mpsc::UnboundedSender<RuntimeEvent>,
    /// Taken by the kubelet.
    receiver: Mutex<Option<mpsc::UnboundedReceiver<RuntimeEvent>>>,
}

#[derive(Default)]
struct State {
    sandboxes: BTreeMap<SandboxId, Arc<PodSandbox>>,
    containers: BTreeMap<ContainerId, Arc<Container>>,
    /// By Pod uid and volume name.
    volumes: BTreeMap<(PodUid, String), Arc<Volume>>,
    /// Logs of instances that nobody has asked for yet, by Pod uid and container, in order.
    new_logs: BTreeMap<(PodUid, String), VecDeque<ContainerLog>>,
    /// Image layers as file trees, the top one first, by image id.
    trees: BTreeMap<String, Vec<NodeRef>>,
}

// === impl Containers ===

impl Containers {
    pub(crate) fn new(parts: Parts) -> Arc<Self> {
        let (events, receiver) = mpsc::unbounded_channel();
        Arc::new(Self {
            ids: parts.random.fork("ids"),
            device_random: parts.random.fork("devices"),
            fs: FsContext::new(parts.clock.clone()),
            fabric: Fabric::new(parts.clock.clone()),
            host_ports: HostPorts::default(),
            clock: parts.clock,
            runtime: parts.runtime,
            images: parts.images,
            host_paths: parts.host_paths,
            state: Mutex::default(),
            events,
            receiver: Mutex::new(Some(receiver)),
        })
    }

    /// 64 hexadecimal digits.
    fn new_id(&self) -> String {
        let mut bytes = [0; 32];
        self.ids.fill(&mut bytes);
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn sandbox(&self, id: &SandboxId) -> Result<Arc<PodSandbox>, RuntimeError> {
        let found = self.state.lock().sandboxes.get(id).cloned();
        found.ok_or_else(|| RuntimeError(format!("sandbox {id:?} not found")))
    }

    fn container(&self, id: &ContainerId) -> Result<Arc<Container>, RuntimeError> {
        let found = self.state.lock().containers.get(id).cloned();
        found.ok_or_else(|| RuntimeError(format!("container {id:?} not found")))
    }

    /// The network of a Pod that has a sandbox.
    pub(crate) fn network_of(&self, pod: &PodKey) -> Option<Arc<wasipod_kernel::net::NetNs>> {
        let state = self.state.lock();
        state.sandboxes.values().find(|sandbox| sandbox.pod == *pod).map(|sandbox| sandbox.kernel.net.clone())
    }

    /// Every process that waits, in words: what a stalled virtual clock reports.
    pub(crate) fn who_waits(&self) -> Vec<String> {
        let containers: Vec<_> = self.state.lock().containers.values().cloned().collect();
        containers.iter().flat_map(|container| container.who_waits()).collect()
    }

    /// The logs of a container's instances that were made since the last call, in order.
    pub(crate) fn take_logs(&self, pod: &PodKey, container: &str) -> Vec<ContainerLog> {
        let logs = self.state.lock().new_logs.remove(&(pod.uid.clone(), container.to_owned()));
        logs.unwrap_or_default().into()
    }

    /// The end of the node: every process is killed.
    pub(crate) fn kill_all(&self) {
        let containers: Vec<_> = self.state.lock().containers.values().cloned().collect();
        for container in containers {
            container.cgroup.kill();
        }
    }

    /// The image's line about what stands in for it, if it isn't what its name says.
    pub(crate) fn stand_in(&self, image: &str) -> Option<String> {
        self.images.find(image).ok().and_then(|image| image.stand_in().map(str::to_owned))
    }
}
