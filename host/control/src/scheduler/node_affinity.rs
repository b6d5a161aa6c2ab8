//! Which nodes a Pod wants by their labels: nodeSelector and node affinity (SCH-6).

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{NodeAffinity, NodeSelectorRequirement, NodeSelectorTerm, PodSpec};

use wasipod_api::selector;

use super::node_info::NodeFacts;

/// Whether the node has every label of `nodeSelector` and meets one term of the required affinity.
pub(super) fn matches(spec: &PodSpec, node: &NodeFacts) -> bool {
    let selected = spec.node_selector.as_ref().is_none_or(|wanted| selector::holds_all(wanted, &node.labels));
    let required = affinity(spec)
        .and_then(|affinity| affinity.required_during_scheduling_ignored_during_execution.as_ref());
    let wanted = required
        .is_none_or(|selector| selector.node_selector_terms.iter().any(|term| term_matches(term, node)));
    selected && wanted
}

/// The sum of the weights of the preferences that the node meets.
pub(super) fn preference(spec: &PodSpec, node: &NodeFacts) -> i64 {
    let preferred = affinity(spec)
        .and_then(|affinity| affinity.preferred_during_scheduling_ignored_during_execution.as_ref());
    let met = preferred.into_iter().flatten().filter(|term| term_matches(&term.preference, node));
    met.map(|term| i64::from(term.weight)).sum()
}

fn affinity(spec: &PodSpec) -> Option<&NodeAffinity> {
    spec.affinity.as_ref()?.node_affinity.as_ref()
}

/// All expressions hold; a term without any matches nothing.
fn term_matches(term: &NodeSelectorTerm, node: &NodeFacts) -> bool {
    let labels = term.match_expressions.as_deref().unwrap_or_default();
    let fields = term.match_fields.as_deref().unwrap_or_default();
    let names = BTreeMap::from([("metadata.name".to_owned(), node.name.clone())]);
    if labels.is_empty() && fields.is_empty() {
        return false;
    }
    labels.iter().all(|requirement| holds(requirement, &node.labels))
        && fields.iter().all(|requirement| holds(requirement, &names))
}

fn holds(requirement: &NodeSelectorRequirement, labels: &BTreeMap<String, String>) -> bool {
    let value = labels.get(&requirement.key);
    let values = requirement.values.as_deref().unwrap_or_default();
    let is_in = || value.is_some_and(|value| values.contains(value));
    let compare = |wanted: fn(i64, i64) -> bool| {
        let number = value.and_then(|value| value.parse().ok());
        let bound = values.first().and_then(|bound| bound.parse().ok());
        number.zip(bound).is_some_and(|(number, bound)| wanted(number, bound))
    };
    match requirement.operator.as_str() {
        "In" => is_in(),
        "NotIn" => !is_in(),
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        "Gt" => compare(|number, bound| number > bound),
        "Lt" => compare(|number, bound| number < bound),
        _ => false,
    }
}
