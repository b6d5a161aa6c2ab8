//! The kubelet's own look at a Pod that was bound past the scheduler (SCH-10, SCH-11).

use std::collections::BTreeMap;

use parking_lot::Mutex;
use wasipod_api::model::Pod;
use wasipod_kubelet::container::PodKey;
use wasipod_kubelet::ports::{Admission, Rejection};
use wasipod_store::{Resource, Store};

/// Protocol and number.
type HostPort = (&'static str, u16);

/// Asks the node object's labels, and keeps the ledger of host ports.
pub(crate) struct NodeAdmission {
    store: Store,
    node: String,
    taken: Mutex<BTreeMap<PodKey, Vec<HostPort>>>,
}

// === impl NodeAdmission ===

impl NodeAdmission {
    pub(crate) fn new(store: Store, node: String) -> Self {
        Self { store, node, taken: Mutex::default() }
    }

    fn matches(&self, pod: &Pod) -> bool {
        let Ok(node) = self.store.get(Resource::NODES, "", &self.node) else { return true };
        pod.spec.node_selector.iter().all(|(key, value)| node.labels().any(|label| label == (key, value)))
    }
}

impl Admission for NodeAdmission {
    fn admit(&self, pod: &Pod) -> Result<(), Rejection> {
        let predicate = |name: &str, text: &str| Rejection {
            reason: name.to_owned(),
            message: format!("Predicate {name} failed: {text}"),
        };
        if !self.matches(pod) {
            return Err(predicate("NodeAffinity", "node(s) didn't match Pod's node affinity/selector"));
        }
        let wanted: Vec<_> = host_ports(pod).collect();
        let mut taken = self.taken.lock();
        if taken.values().flatten().any(|port| wanted.contains(port)) {
            return Err(predicate("NodePorts", "node(s) didn't have free ports for the requested pod ports"));
        }
        taken.insert(super::pods::key_of(pod), wanted);
        Ok(())
    }

    fn released(&self, pod: &PodKey) {
        self.taken.lock().remove(pod);
    }
}

/// Addresses are left out: overlaps are found when the ports are booked.
fn host_ports(pod: &Pod) -> impl Iterator<Item = HostPort> + '_ {
    pod.all_containers()
        .flat_map(|container| &container.ports)
        .filter_map(|port| Some((port.protocol.as_str(), port.host_port?)))
}
