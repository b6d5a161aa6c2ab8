//! What the API server resets or fills in before it stores a new object, whatever the manifest says (VAL-13, API-86).

use k8s_openapi::api::core::v1::{Namespace, NamespaceSpec, NamespaceStatus, Pod, PodCondition, PodStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use k8s_openapi::jiff::Timestamp;

use crate::request;

/// Forgets what a manifest that was copied from a cluster says about that cluster.
pub(super) fn metadata(metadata: &mut ObjectMeta) {
    metadata.uid = None;
    metadata.resource_version = None;
    metadata.generation = None;
    metadata.creation_timestamp = None;
    metadata.deletion_timestamp = None;
    metadata.deletion_grace_period_seconds = None;
    metadata.self_link = None;
    metadata.managed_fields = None;
}

/// Generation 1, and a status that says Pending and nothing else.
pub(super) fn pod(pod: &mut Pod, now: Timestamp) {
    pod.metadata.generation = Some(1);
    let Some(spec) = &pod.spec else { return };
    let gated = spec.scheduling_gates.as_ref().is_some_and(|gates| !gates.is_empty());
    let condition = || PodCondition {
        type_: "PodScheduled".to_owned(),
        status: "False".to_owned(),
        reason: Some("SchedulingGated".to_owned()),
        message: Some("Scheduling is blocked due to non-empty scheduling gates".to_owned()),
        last_transition_time: Some(Time(now)),
        observed_generation: Some(1),
        ..PodCondition::default()
    };
    pod.status = Some(PodStatus {
        phase: Some("Pending".to_owned()),
        qos_class: Some(request::qos(spec).as_str().to_owned()),
        conditions: gated.then(|| vec![condition()]),
        ..PodStatus::default()
    });
}

/// API-86.
pub(super) fn namespace(namespace: &mut Namespace) {
    let name = namespace.metadata.name.clone().unwrap_or_default();
    namespace.metadata.labels.get_or_insert_default().insert("kubernetes.io/metadata.name".to_owned(), name);
    namespace.spec = Some(NamespaceSpec { finalizers: Some(vec!["kubernetes".to_owned()]) });
    namespace.status =
        Some(NamespaceStatus { phase: Some("Active".to_owned()), ..NamespaceStatus::default() });
}
