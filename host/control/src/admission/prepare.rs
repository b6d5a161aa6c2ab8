//! What the API server resets or fills in before it stores a new object, whatever the manifest says (VAL-13, API-86).

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::{
    Namespace, NamespaceSpec, NamespaceStatus, Pod, PodCondition, PodStatus, Secret,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;
use serde_json::Value;
use wasipod_store::Object;

use crate::request;

/// Metadata that only the server sets.
const SYSTEM_FIELDS: [&str; 6] =
    ["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "generation"];

/// Without what a manifest that was copied from a cluster says about that cluster.
pub(super) fn metadata(object: &Object) -> Object {
    let mut value = object.as_value().clone();
    if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
        for field in SYSTEM_FIELDS {
            metadata.shift_remove(field);
        }
    }
    Object::new(value)
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
    namespace.status = Some(NamespaceStatus { phase: Some("Active".to_owned()), ..NamespaceStatus::default() });
}

/// What was written as text becomes data; the type is `Opaque` when none is given.
pub(super) fn secret(secret: &mut Secret) {
    if let Some(texts) = secret.string_data.take() {
        let data = secret.data.get_or_insert_default();
        data.extend(texts.into_iter().map(|(key, text)| (key, ByteString(text.into_bytes()))));
    }
    secret.type_.get_or_insert_with(|| "Opaque".to_owned());
}
