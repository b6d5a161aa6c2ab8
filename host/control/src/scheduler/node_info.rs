//! What the scheduler knows of the nodes: facts, and what the Pods on them have taken.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Node, Pod, Taint};

use super::host_port::HostPort;
use crate::request::{self, Amounts};

/// The most Pods on a node that doesn't say (SCH-15).
const MAX_PODS: i128 = 110;
const WHOLE: i128 = 1_000_000_000;

/// The facts of a node that decide who may run there. Heartbeats and addresses are none of them.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeFacts {
    pub(super) name: String,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) taints: Vec<Taint>,
    pub(super) unschedulable: bool,
    pub(super) allocatable: Amounts,
    pub(super) max_pods: i128,
}

/// What a Pod takes on its node.
#[derive(Clone, Debug, PartialEq)]
struct Share {
    node: String,
    requests: Amounts,
    ports: Vec<HostPort>,
    priority: i32,
}

/// What is taken on a node.
#[derive(Clone, Debug, Default)]
pub(super) struct Taken {
    pub(super) amounts: Amounts,
    pub(super) pods: i128,
    /// Ports by the uid of the Pod that holds them.
    pub(super) ports: BTreeMap<String, Vec<HostPort>>,
    /// How many Pods of each priority.
    priorities: BTreeMap<i32, usize>,
}

/// All nodes and what is taken on them; kept up to date change by change.
#[derive(Clone, Debug, Default)]
pub struct Cluster {
    nodes: BTreeMap<String, NodeFacts>,
    /// By node name; a Pod can be bound to a node that isn't known (yet).
    taken: BTreeMap<String, Taken>,
    /// By uid.
    shares: BTreeMap<String, Share>,
}

// === impl NodeFacts ===

impl NodeFacts {
    /// Reads a Node.
    pub fn new(node: &Node) -> Self {
        let spec = node.spec.as_ref();
        let status = node.status.as_ref();
        let allocatable = status.and_then(|status| status.allocatable.as_ref().or(status.capacity.as_ref()));
        let mut allocatable = request::amounts(allocatable);
        let max_pods = allocatable.remove("pods").map_or(MAX_PODS, |pods| pods / WHOLE);
        Self {
            name: node.metadata.name.clone().unwrap_or_default(),
            labels: node.metadata.labels.clone().unwrap_or_default(),
            taints: spec.and_then(|spec| spec.taints.clone()).unwrap_or_default(),
            unschedulable: spec.and_then(|spec| spec.unschedulable).unwrap_or(false),
            allocatable,
            max_pods,
        }
    }
}

// === impl Taken ===

impl Taken {
    /// Whether a Pod of lower priority runs there.
    pub(super) fn has_below(&self, priority: i32) -> bool {
        self.priorities.range(..priority).next().is_some()
    }
}

// === impl Cluster ===

impl Cluster {
    /// The cluster of these nodes and Pods.
    pub fn new<'a>(
        nodes: impl IntoIterator<Item = &'a Node>,
        pods: impl IntoIterator<Item = &'a Pod>,
    ) -> Self {
        let mut cluster = Self::default();
        for node in nodes {
            cluster.set_node(NodeFacts::new(node));
        }
        for pod in pods {
            cluster.set_pod(pod);
        }
        cluster
    }

    /// Adds or replaces a node; `true` when that changes who may run there.
    pub fn set_node(&mut self, facts: NodeFacts) -> bool {
        let old = self.nodes.insert(facts.name.clone(), facts);
        let name = old.as_ref().map(|facts| facts.name.clone());
        name.is_none_or(|name| self.nodes.get(&name) != old.as_ref())
    }

    /// Forgets a node; what is bound to it stays bound.
    pub fn remove_node(&mut self, name: &str) {
        self.nodes.remove(name);
    }

    /// Takes note of a Pod's state; `true` when it gave something back. Pods without node take nothing, and so do
    /// those that have ended (NET-3).
    pub fn set_pod(&mut self, pod: &Pod) -> bool {
        let uid = pod.metadata.uid.clone().unwrap_or_default();
        let new = Share::of(pod);
        if new.as_ref() == self.shares.get(&uid) {
            return false;
        }
        let freed = self.remove_pod(&uid);
        if let Some(share) = new {
            let taken = self.taken.entry(share.node.clone()).or_default();
            request::add(&mut taken.amounts, &share.requests);
            taken.pods += 1;
            *taken.priorities.entry(share.priority).or_default() += 1;
            if !share.ports.is_empty() {
                taken.ports.insert(uid.clone(), share.ports.clone());
            }
            self.shares.insert(uid, share);
        }
        freed
    }

    /// Forgets a Pod; `true` when it had taken something.
    pub fn remove_pod(&mut self, uid: &str) -> bool {
        let Some(share) = self.shares.remove(uid) else { return false };
        if let Some(taken) = self.taken.get_mut(&share.node) {
            request::subtract(&mut taken.amounts, &share.requests);
            taken.pods -= 1;
            taken.ports.remove(uid);
            if let Some(count) = taken.priorities.get_mut(&share.priority) {
                *count -= 1;
            }
            taken.priorities.retain(|_, count| *count > 0);
        }
        true
    }

    pub(super) fn nodes(&self) -> impl Iterator<Item = &NodeFacts> {
        self.nodes.values()
    }

    pub(super) fn taken(&self, node: &str) -> Option<&Taken> {
        self.taken.get(node)
    }
}

// === impl Share ===

impl Share {
    fn of(pod: &Pod) -> Option<Self> {
        let spec = pod.spec.as_ref()?;
        let node = spec.node_name.clone().filter(|node| !node.is_empty())?;
        let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
        if matches!(phase, Some("Succeeded" | "Failed")) {
            return None;
        }
        let (requests, ports) = (request::of_pod(spec), HostPort::of_pod(spec));
        Some(Self { node, requests, ports, priority: spec.priority.unwrap_or(0) })
    }
}
