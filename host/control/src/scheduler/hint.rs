//! Advice for people: what a node lacks to take a Pod.

use k8s_openapi::api::core::v1::{Node, Pod};

/// The labels that no node has together with the others that `nodeSelector` asks for, as `KEY=VALUE`: those missing
/// on the node that lacks the fewest. Empty when labels aren't the problem.
pub fn missing_labels<'a>(pod: &Pod, nodes: impl IntoIterator<Item = &'a Node>) -> Vec<String> {
    let selector = pod.spec.as_ref().and_then(|spec| spec.node_selector.clone()).unwrap_or_default();
    let lacking = |node: &Node| {
        let has = |key: &String| node.metadata.labels.as_ref().and_then(|labels| labels.get(key));
        let missing = selector.iter().filter(|(key, value)| has(key) != Some(value));
        missing.map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>()
    };
    nodes.into_iter().map(lacking).min_by_key(Vec::len).unwrap_or_default()
}
