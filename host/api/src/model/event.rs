//! Events as plain data, and their wire form (EVT rules).

use k8s_openapi::api::core::v1 as wire;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::pod::Pod;
use super::time::UnixNanos;

/// Something that happened to an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Normal or Warning.
    pub kind: EventType,
    /// One word (`Pulled`, `BackOff` …; EVT-7).
    pub reason: String,
    /// The sentence.
    pub message: String,
    /// Whom it happened to.
    pub object: ObjectRef,
    /// Who says so (`kubelet`, `default-scheduler`).
    pub component: String,
    /// Node of the reporter; empty for cluster-wide ones.
    pub host: String,
    /// When it first happened.
    pub first_time: UnixNanos,
    /// When it last happened.
    pub last_time: UnixNanos,
    /// How often.
    pub count: u32,
}

/// Whether an event is ordinary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventType {
    /// Ordinary.
    Normal,
    /// Something to look at.
    Warning,
}

impl EventType {
    /// Kubernetes' word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "Normal",
            Self::Warning => "Warning",
        }
    }
}

/// A reference to an object, optionally to a part of it. Empty texts mean "none".
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectRef {
    /// `Pod`, `Node` …
    pub kind: String,
    /// `v1` …
    pub api_version: String,
    /// Namespace; empty for cluster-wide objects.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// Identity.
    pub uid: String,
    /// Version of the object.
    pub resource_version: String,
    /// Part of the object, such as `spec.containers{web}` (EVT-2).
    pub field_path: String,
}

impl ObjectRef {
    /// The Pod as a whole.
    #[must_use]
    pub fn pod(pod: &Pod) -> Self {
        Self {
            kind: "Pod".to_owned(),
            api_version: "v1".to_owned(),
            namespace: pod.namespace.clone(),
            name: pod.name.clone(),
            uid: pod.uid.to_string(),
            resource_version: pod.resource_version.clone(),
            field_path: String::new(),
        }
    }

    /// One container of the Pod: `spec.containers{NAME}` or `spec.initContainers{NAME}`.
    #[must_use]
    pub fn container(pod: &Pod, name: &str) -> Self {
        let init = pod.spec.init_containers.iter().any(|container| container.name == name);
        let list = if init { "initContainers" } else { "containers" };
        Self { field_path: format!("spec.{list}{{{name}}}"), ..Self::pod(pod) }
    }
}

impl From<&Event> for wire::Event {
    /// The kubelet's form (EVT-3): source, first and last time, count; named `OBJECT.HEX` (EVT-4).
    fn from(event: &Event) -> Self {
        let text = |value: &str| (!value.is_empty()).then(|| value.to_owned());
        Self {
            metadata: ObjectMeta {
                name: Some(format!("{}.{:x}", event.object.name, event.first_time.0)),
                // Events of cluster-wide objects live in the default namespace.
                namespace: Some(text(&event.object.namespace).unwrap_or_else(|| "default".to_owned())),
                ..ObjectMeta::default()
            },
            involved_object: wire::ObjectReference {
                kind: text(&event.object.kind),
                api_version: text(&event.object.api_version),
                namespace: text(&event.object.namespace),
                name: text(&event.object.name),
                uid: text(&event.object.uid),
                resource_version: text(&event.object.resource_version),
                field_path: text(&event.object.field_path),
            },
            type_: Some(event.kind.as_str().to_owned()),
            reason: text(&event.reason),
            message: text(&event.message),
            source: Some(wire::EventSource { component: text(&event.component), host: text(&event.host) }),
            first_timestamp: Some(event.first_time.to_wire()),
            last_timestamp: Some(event.last_time.to_wire()),
            count: Some(i32::try_from(event.count).unwrap_or(i32::MAX)),
            reporting_component: text(&event.component),
            reporting_instance: text(&event.host),
            ..Self::default()
        }
    }
}
