//! Events of the control plane: what is said, and who writes it down (EVT-3, the scheduler's form).

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1 as wire;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};
use k8s_openapi::jiff::Timestamp;
use parking_lot::Mutex;
use serde_json::json;
use wasipod_api::model::EventType;
use wasipod_store::{Error, Object, Resource, Store};

/// One thing to tell about an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Notice {
    /// Whom it is about.
    pub regarding: Regarding,
    /// Whether it is a Warning.
    pub warning: bool,
    /// One word: `Scheduled`, `FailedScheduling`.
    pub reason: &'static str,
    /// What was being done: `Binding`, `Scheduling`.
    pub action: &'static str,
    /// Who says so: `default-scheduler`.
    pub component: String,
    /// The sentence. Longer ones are cut to 1024 bytes when they are stored (SCH-2).
    pub message: String,
}

/// The object that a [`Notice`] is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Regarding {
    /// `Pod`.
    pub kind: &'static str,
    /// `v1`.
    pub api_version: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its identity.
    pub uid: String,
    /// The version that the sender saw.
    pub resource_version: String,
}

/// Takes notices. Must not block; an event that can't be kept is lost, as in Kubernetes.
pub trait EventSink: Send + Sync {
    /// Takes one.
    fn record(&self, notice: Notice);
}

/// Writes notices as `v1` Events into the store; a repeat of the same notice becomes the series of the first.
pub struct StoreEvents {
    store: Store,
    /// The Event that each notice became, and how often it was repeated.
    known: Mutex<BTreeMap<Notice, Series>>,
}

struct Series {
    name: String,
    count: i32,
    last: Timestamp,
}

/// A notice that was silent for so long starts a new Event.
const SERIES_SECONDS: i64 = 360;
/// The longest message of an Event, in bytes.
const MAX_MESSAGE: usize = 1024;
/// What a cut message ends with.
const CUT: &str = " ...";

// === impl Regarding ===

impl Regarding {
    /// A stored object.
    pub fn object(resource: Resource, object: &Object) -> Self {
        Self {
            kind: resource.kind(),
            api_version: resource.api_version(),
            namespace: object.namespace().to_owned(),
            name: object.name().to_owned(),
            uid: object.uid().to_owned(),
            resource_version: object.version().map(|version| version.to_string()).unwrap_or_default(),
        }
    }
}

// === impl StoreEvents ===

impl StoreEvents {
    /// Writes into `store`.
    pub fn new(store: Store) -> Self {
        Self { store, known: Mutex::new(BTreeMap::new()) }
    }

    fn write(&self, notice: Notice) -> Result<(), Error> {
        let now = self.store.now();
        let mut known = self.known.lock();
        known.retain(|_, series| now.as_second() - series.last.as_second() < SERIES_SECONDS);
        let namespace = namespace_of(&notice).to_owned();
        if let Some(series) = known.get_mut(&notice) {
            (series.count, series.last) = (series.count + 1, now);
            let (count, last) = (series.count, MicroTime(now));
            return self
                .store
                .modify(Resource::EVENTS, &namespace, &series.name, |event| -> Result<(), Error> {
                    event["series"] = json!({"count": count, "lastObservedTime": last});
                    Ok(())
                })
                .map(drop);
        }
        let event = wire_event(&notice, now);
        let object = Object::from_wire(&event).map_err(|error| Error::BadRequest(error.to_string()))?;
        let created = self.store.create(Resource::EVENTS, &object)?;
        known.insert(notice, Series { name: created.name().to_owned(), count: 1, last: now });
        Ok(())
    }
}

impl EventSink for StoreEvents {
    fn record(&self, notice: Notice) {
        let (reason, name) = (notice.reason, notice.regarding.name.clone());
        if let Err(error) = self.write(notice) {
            tracing::warn!(%error, reason, object = name, "an event was lost");
        }
    }
}

/// Events of objects without a namespace live in the default one.
fn namespace_of(notice: &Notice) -> &str {
    match notice.regarding.namespace.as_str() {
        "" => "default",
        namespace => namespace,
    }
}

fn wire_event(notice: &Notice, now: Timestamp) -> wire::Event {
    let regarding = &notice.regarding;
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let kind = if notice.warning { EventType::Warning } else { EventType::Normal };
    wire::Event {
        metadata: ObjectMeta {
            // EVT-4; two at the same instant differ by what they say.
            generate_name: None,
            name: Some(event_name(notice, now)),
            namespace: Some(namespace_of(notice).to_owned()),
            ..ObjectMeta::default()
        },
        involved_object: wire::ObjectReference {
            kind: some(regarding.kind),
            api_version: some(&regarding.api_version),
            namespace: some(&regarding.namespace),
            name: some(&regarding.name),
            uid: some(&regarding.uid),
            resource_version: some(&regarding.resource_version),
            field_path: None,
        },
        type_: Some(kind.as_str().to_owned()),
        reason: Some(notice.reason.to_owned()),
        action: some(notice.action),
        message: Some(cut(&notice.message)),
        event_time: Some(MicroTime(now)),
        source: Some(wire::EventSource::default()),
        reporting_component: some(&notice.component),
        reporting_instance: some(&notice.component),
        ..wire::Event::default()
    }
}

/// `OBJECT.HEX` of the time in nanoseconds (EVT-4), moved on by a mark of the content so that two notices of one
/// instant don't collide.
fn event_name(notice: &Notice, now: Timestamp) -> String {
    let mark: i128 = notice
        .reason
        .bytes()
        .chain(notice.message.bytes())
        .fold(7, |mark, byte| (mark * 31 + i128::from(byte)) % 1_000_000);
    format!("{}.{:x}", notice.regarding.name, now.as_nanosecond() + mark)
}

fn cut(message: &str) -> String {
    if message.len() <= MAX_MESSAGE {
        return message.to_owned();
    }
    let end = message.floor_char_boundary(MAX_MESSAGE - CUT.len());
    format!("{}{CUT}", &message[..end])
}

#[cfg(test)]
mod tests;
