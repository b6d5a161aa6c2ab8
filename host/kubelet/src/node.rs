//! What all Pods of a kubelet share: its configuration, its ports, its clock, its back-offs.

use std::net::IpAddr;
use std::sync::Arc;

use parking_lot::Mutex;
use wasipod_api::model::PodUid;
use wasipod_api::model::resources::ResourceList;
use wasipod_kernel::clock::{Clock, Instant};
use wasipod_kernel::random::Random;

use crate::backoff::Backoff;
use crate::container::ContainerRuntime;
use crate::dns::Resolver;
use crate::env::ServiceAddress;
use crate::events::Recorder;
use crate::logs::DEFAULT_LOG_LIMIT;
use crate::ports::{Admission, EventSink, ObjectReader, PodSource, PodWriter};

/// What the kubelet has to know of its node.
#[derive(Clone, Debug)]
pub struct NodeConfig {
    /// The node's name.
    pub name: String,
    /// Its addresses, the main one first (CST-20).
    pub addresses: Vec<IpAddr>,
    /// What Pods may use of it (ENV-18).
    pub allocatable: ResourceList,
    /// The cluster's domain (NET-24).
    pub cluster_domain: String,
    /// The cluster's name servers.
    pub cluster_dns: Vec<String>,
    /// What the node itself resolves names with.
    pub resolver: Resolver,
    /// The Services that every container is told of (ENV-21).
    pub services: Vec<ServiceAddress>,
    /// How many bytes of an instance's log are kept.
    pub log_limit: usize,
    /// Whether an object that floods with events is cut short (EVT-5: 25, then one in five minutes).
    pub limit_events: bool,
}

/// The kubelet's doors.
#[derive(Clone)]
pub struct Ports {
    /// To containers.
    pub runtime: Arc<dyn ContainerRuntime>,
    /// Where Pods come from.
    pub source: Arc<dyn PodSource>,
    /// Where their status goes.
    pub writer: Arc<dyn PodWriter>,
    /// Secrets and ConfigMaps.
    pub objects: Arc<dyn ObjectReader>,
    /// Where events go.
    pub events: Arc<dyn EventSink>,
    /// Whether the node takes a Pod.
    pub admission: Arc<dyn Admission>,
}

/// Shared by all Pods' tasks.
pub(crate) struct Node {
    pub(crate) config: NodeConfig,
    pub(crate) ports: Ports,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    /// When the kubelet began (PROBE-3).
    pub(crate) started_at: Instant,
    pub(crate) recorder: Recorder,
    /// Images are pulled one after another (IMG-13).
    pub(crate) pulling: tokio::sync::Mutex<()>,
    /// IMG-12.
    pub(crate) pull_backoff: Mutex<Backoff<(PodUid, String)>>,
}

// === impl NodeConfig ===

impl NodeConfig {
    /// A node of that name and address in a cluster with the usual values (NET-24).
    pub fn new(name: impl Into<String>, addresses: Vec<IpAddr>) -> Self {
        Self {
            name: name.into(),
            addresses,
            allocatable: ResourceList::default(),
            cluster_domain: "cluster.local".to_owned(),
            cluster_dns: vec!["10.96.0.10".to_owned()],
            resolver: Resolver::default(),
            services: vec![ServiceAddress {
                name: "kubernetes".to_owned(),
                ip: IpAddr::from([10, 96, 0, 1]),
                ports: vec![("https".to_owned(), 443, "TCP".to_owned())],
            }],
            log_limit: DEFAULT_LOG_LIMIT,
            limit_events: true,
        }
    }
}

// === impl Node ===

impl Node {
    pub(crate) fn new(config: NodeConfig, clock: Clock, random: Random, ports: Ports) -> Self {
        Self {
            recorder: Recorder::new(
                clock.clone(),
                config.name.clone(),
                ports.events.clone(),
                config.limit_events,
            ),
            started_at: clock.now(),
            config,
            ports,
            clock,
            random,
            pulling: tokio::sync::Mutex::default(),
            pull_backoff: Mutex::default(),
        }
    }
}
