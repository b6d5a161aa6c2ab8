//! One emulated node: the layers put together, built, started, drained. Layer 4 of the house.
//!
//! ```text
//!  run(config, main)
//!    build   clock, randomness, executors, runtime, containers, store        nothing moves yet
//!    start   scheduler, kubelet                                              tasks
//!    main    what the caller wants of the node, through a NodeHandle
//!    drain   tasks are cancelled, processes killed, executors ended
//! ```
//!
//! On real time guests run on an executor of their own, so that probes and the API don't wait for them. On virtual
//! time everything runs on the clock's single thread.
//!
//! The adapters between the layers are here too: the kubelet's container runtime over kernel and WebAssembly
//! (`containers`), its other ports over the store (`adapters`).

mod adapters;
mod cluster;
mod containers;
mod error;
mod executors;
mod handle;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use wasipod_control::{Admission, Scheduler};
use wasipod_image::{Images, Layout};
use wasipod_kernel::clock::Clock;
use wasipod_kernel::random::Random;
use wasipod_kubelet::{Kubelet, NodeConfig as KubeletConfig, Ports};
use wasipod_runtime::{Progress, Runtime, RuntimeConfig};
use wasipod_store::Store;

use self::adapters::admission::NodeAdmission;
use self::adapters::events::Events;
use self::adapters::objects::StoreObjects;
use self::adapters::pods::NodePods;
pub use self::adapters::pods::PodUpdate;
use self::adapters::surroundings::{NodeTimer, World};
use self::adapters::writer::StoreWriter;
use self::containers::port::Port;
use self::containers::{Containers, HostPaths, Parts};
pub use self::error::NodeError;
use self::executors::Executors;
pub use self::handle::{Created, NodeHandle, PublishError};

/// The node's address: its end of the Pods' network.
const NODE_IP: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 244, 0, 1));

/// Instances that start from a pool; address space is all that they cost.
const POOL: u32 = 512;

/// Real or virtual time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockKind {
    /// The machine's.
    Real,
    /// Moves only when nothing can run; every run with the same seed is the same.
    Virtual,
}

/// What a node is made of.
pub struct NodeConfig {
    /// The node's name.
    pub name: String,
    /// Labels beside the usual ones.
    pub labels: BTreeMap<String, String>,
    /// Which time.
    pub clock: ClockKind,
    /// Where uids, ids, probe phases and guests' randomness come from. Without one: 0 on virtual time, the machine's
    /// randomness on real time.
    pub seed: Option<u64>,
    /// The node's own directory, which exists: private host paths are in it.
    pub data_dir: PathBuf,
    /// Where compiled programs are kept; without one they are compiled in each run.
    pub cache_dir: Option<PathBuf>,
    /// Where built images are, if anywhere.
    pub image_store: Option<PathBuf>,
    /// hostPath prefixes as manifests write them, and the machine's directories that they mean.
    pub host_paths: Vec<(String, PathBuf)>,
    /// Image names and the programs or folders that they mean.
    pub images: Vec<(String, PathBuf)>,
    /// Who is told of compiles.
    pub progress: Progress,
}

/// Builds a node, runs `main` with it, drains it.
///
/// # Errors
/// When the node can't be built: [`NodeError`].
pub fn run<T>(config: NodeConfig, main: impl AsyncFnOnce(NodeHandle) -> T) -> Result<T, NodeError> {
    let clock = match config.clock {
        ClockKind::Real => Clock::real(),
        ClockKind::Virtual => Clock::virtual_(),
    };
    let random = match (config.seed, config.clock) {
        (Some(seed), _) => Random::from_seed(seed),
        (None, ClockKind::Virtual) => Random::from_seed(0),
        (None, ClockKind::Real) => Random::from_machine().map_err(NodeError::Randomness)?,
    };
    let executors = Executors::new(&clock)?;
    let result = executors.block_on(async {
        let node = Node::build(config, clock, random, &executors)?;
        let running = node.start()?;
        let answer = main(running.handle.clone()).await;
        running.drain().await;
        Ok(answer)
    });
    executors.end();
    result
}

/// Built, not started.
struct Node {
    config: KubeletConfig,
    labels: BTreeMap<String, String>,
    clock: Clock,
    random: Random,
    store: Store,
    events: Arc<Events>,
    containers: Arc<Containers>,
}

/// Started.
struct Running {
    handle: NodeHandle,
    containers: Arc<Containers>,
    shutdown: CancellationToken,
    tasks: tokio::task::JoinSet<()>,
}

// === impl Node ===

impl Node {
    fn build(
        config: NodeConfig,
        clock: Clock,
        random: Random,
        executors: &Executors,
    ) -> Result<Self, NodeError> {
        let mut images = Images::new(config.image_store.map(Layout::new));
        for (name, path) in &config.images {
            images.map(name, path).map_err(|source| NodeError::Image { name: name.clone(), source })?;
        }
        let runtime = Runtime::new(RuntimeConfig {
            clock: clock.clone(),
            random: random.fork("guests"),
            executor: executors.guests(),
            cache: config.cache_dir,
            pool: POOL,
            progress: config.progress,
        })?;
        let containers = Containers::new(Parts {
            clock: clock.clone(),
            random: random.fork("containers"),
            runtime,
            images,
            host_paths: HostPaths::new(config.data_dir, config.host_paths),
        });
        let store = Store::in_memory(World { clock: clock.clone(), random: random.fork("store") });
        let events = Events::new(store.clone(), clock.clone());
        let mut kubelet = KubeletConfig::new(config.name, vec![NODE_IP]);
        kubelet.allocatable = cluster::allocatable();
        // The spam filter (EVT-5) protects an API server that many share; here it would only hide what happened.
        kubelet.limit_events = false;
        Ok(Self { config: kubelet, labels: config.labels, clock, random, store, events, containers })
    }

    fn start(self) -> Result<Running, NodeError> {
        let Self { config, labels, clock, random, store, events, containers } = self;
        let admission = Admission::new(store.clone(), events.clone());
        let now = wasipod_store::Surroundings::now(&World { clock: clock.clone(), random: random.clone() });
        cluster::bootstrap(&admission, &config.name, &labels, &config.addresses, &now.to_string())
            .map_err(|refusal| NodeError::Bootstrap(refusal.to_string()))?;
        let shutdown = CancellationToken::new();
        let mut tasks = tokio::task::JoinSet::new();
        let scheduler = Scheduler::new(store.clone(), events.clone(), Arc::new(NodeTimer(clock.clone())));
        tasks.spawn(scheduler.run());
        let kubelet = Kubelet::new(
            config.clone(),
            clock.clone(),
            random.fork("kubelet"),
            Ports {
                runtime: Arc::new(Port(containers.clone())),
                source: Arc::new(NodePods { store: store.clone(), node: config.name.clone() }),
                writer: Arc::new(StoreWriter(store.clone())),
                objects: Arc::new(StoreObjects(store.clone())),
                events: events.clone(),
                admission: Arc::new(NodeAdmission::new(store.clone(), config.name.clone())),
            },
        );
        let streams = kubelet.streams();
        tasks.spawn(kubelet.run(shutdown.clone()));
        let handle = NodeHandle::new(clock, store, admission, events, containers.clone(), streams);
        Ok(Running { handle, containers, shutdown, tasks })
    }
}

// === impl Running ===

impl Running {
    async fn drain(mut self) {
        self.shutdown.cancel();
        self.containers.kill_all();
        self.tasks.shutdown().await;
    }
}
