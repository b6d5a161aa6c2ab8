//! The decision: which node takes a Pod, or what each says against it. Pure.

use k8s_openapi::api::core::v1::{Node, Pod, PodSpec, Taint};

use super::host_port::HostPort;
use super::node_affinity;
use super::node_info::{Cluster, NodeFacts, Taken};
use super::toleration::tolerated;
use super::unschedulable::{Objection, Preemption, Unschedulable};
use crate::request::{self, Amounts};

/// Picks a node for `pod` among `nodes`, on which `pods` run.
///
/// # Errors
/// [`Unschedulable`], with every node's objection.
pub fn schedule<'a>(
    pod: &Pod,
    nodes: impl IntoIterator<Item = &'a Node>,
    pods: impl IntoIterator<Item = &'a Pod>,
) -> Result<String, Unschedulable> {
    pick(pod, &Cluster::new(nodes, pods))
}

/// Picks a node for `pod`: of those that fit the one with the highest weight of met preferences, then the fewest
/// `PreferNoSchedule` taints that it doesn't bear, then the fewest Pods, then the first by name.
///
/// # Errors
/// [`Unschedulable`], with every node's objection.
pub fn pick(pod: &Pod, cluster: &Cluster) -> Result<String, Unschedulable> {
    let empty = PodSpec::default();
    let spec = pod.spec.as_ref().unwrap_or(&empty);
    let wanted = Wanted { spec, requests: request::of_pod(spec), ports: HostPort::of_pod(spec) };
    let nothing = Taken::default();
    let (mut best, mut objections) = (None, Vec::new());
    for node in cluster.nodes() {
        let taken = cluster.taken(&node.name).unwrap_or(&nothing);
        if let Some(objection) = wanted.objection(node, taken) {
            objections.push(objection);
            continue;
        }
        let disliked = node
            .taints
            .iter()
            .filter(|taint| taint.effect == "PreferNoSchedule" && !wanted.bears(taint))
            .count();
        // Smaller is better; node names come in order, so the first of equals wins.
        let rank = (-node_affinity::preference(spec, node), disliked, taken.pods);
        if best.as_ref().is_none_or(|(best, _)| rank < *best) {
            best = Some((rank, node.name.clone()));
        }
    }
    let never_preempts = spec.preemption_policy.as_deref() == Some("Never");
    best.map(|(_, name)| name).ok_or(Unschedulable { nodes: objections.len(), objections, never_preempts })
}

struct Wanted<'a> {
    spec: &'a PodSpec,
    requests: Amounts,
    ports: Vec<HostPort>,
}

// === impl Wanted ===

impl Wanted<'_> {
    /// What the node says against the Pod: the first check that fails, in the scheduler's order of plugins.
    fn objection(&self, node: &NodeFacts, taken: &Taken) -> Option<Objection> {
        let refuse = |reason: &str| {
            Some(Objection { reasons: vec![reason.to_owned()], preemption: Preemption::NotHelpful })
        };
        let cordon = Taint {
            key: "node.kubernetes.io/unschedulable".to_owned(),
            effect: "NoSchedule".to_owned(),
            ..Taint::default()
        };
        if node.unschedulable && !self.bears(&cordon) {
            return refuse("node(s) were unschedulable");
        }
        if self.spec.node_name.as_ref().is_some_and(|name| !name.is_empty() && *name != node.name) {
            return refuse("node(s) didn't match the requested node name");
        }
        let keeps_away = |taint: &&Taint| matches!(taint.effect.as_str(), "NoSchedule" | "NoExecute");
        if node.taints.iter().filter(keeps_away).any(|taint| !self.bears(taint)) {
            return refuse("node(s) had untolerated taint(s)");
        }
        if !node_affinity::matches(self.spec, node) {
            return refuse("node(s) didn't match Pod's node affinity/selector");
        }
        let held = || taken.ports.values().flatten();
        let reasons = if self.ports.iter().any(|wanted| held().any(|held| held.conflicts(wanted))) {
            vec!["node(s) didn't have free ports for the requested pod ports".to_owned()]
        } else {
            self.shortages(node, taken)
        };
        if reasons.is_empty() {
            return None;
        }
        let fits_empty = self.shortages(node, &Taken::default()).is_empty();
        let preemption = match fits_empty && taken.has_below(self.spec.priority.unwrap_or(0)) {
            true => Preemption::NotBuilt,
            false => Preemption::NoVictims,
        };
        Some(Objection { reasons, preemption })
    }

    /// What the node has too little of: Pods first, then cpu, memory, storage and the rest.
    fn shortages(&self, node: &NodeFacts, taken: &Taken) -> Vec<String> {
        let mut reasons = Vec::new();
        if taken.pods + 1 > node.max_pods {
            reasons.push("Too many pods".to_owned());
        }
        let of = |amounts: &Amounts, name: &str| amounts.get(name).copied().unwrap_or(0);
        for (name, amount) in &self.requests {
            if *amount > 0 && *amount > of(&node.allocatable, name) - of(&taken.amounts, name) {
                reasons.push(format!("Insufficient {name}"));
            }
        }
        reasons
    }

    fn bears(&self, taint: &Taint) -> bool {
        tolerated(taint, self.spec.tolerations.as_ref())
    }
}

#[cfg(test)]
mod tests;
