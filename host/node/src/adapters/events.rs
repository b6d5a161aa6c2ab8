//! Events: into the store, and to whoever listens in this process.

use std::sync::Arc;

use k8s_openapi::api::core::v1 as wire;
use parking_lot::Mutex;
use tokio::sync::mpsc;
use wasipod_api::model::event::{EventType, ObjectRef};
use wasipod_api::model::{Event, UnixNanos};
use wasipod_control::{EventSink as ControlSink, Notice, StoreEvents};
use wasipod_kernel::clock::Clock;
use wasipod_kubelet::ports::EventSink as KubeletSink;
use wasipod_store::{Error, Object, Resource, Store};

/// Takes the events of kubelet and control plane alike.
pub(crate) struct Events {
    store: Store,
    clock: Clock,
    notices: StoreEvents,
    listeners: Mutex<Vec<mpsc::UnboundedSender<Event>>>,
}

// === impl Events ===

impl Events {
    pub(crate) fn new(store: Store, clock: Clock) -> Arc<Self> {
        let notices = StoreEvents::new(store.clone());
        Arc::new(Self { store, clock, notices, listeners: Mutex::default() })
    }

    /// Every event from now on; a repeat comes again, with its count grown.
    pub(crate) fn listen(&self) -> mpsc::UnboundedReceiver<Event> {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.listeners.lock().push(sender);
        receiver
    }

    fn tell(&self, event: &Event) {
        self.listeners.lock().retain(|listener| listener.send(event.clone()).is_ok());
    }

    fn store(&self, event: &Event) -> Result<(), Error> {
        let Ok(object) = Object::from_wire(&wire::Event::from(event)) else {
            // Plain data can always be written as JSON.
            return Ok(());
        };
        match self.store.create(Resource::EVENTS, &object) {
            Err(Error::AlreadyExists { .. }) => self
                .store
                .modify(Resource::EVENTS, object.namespace(), object.name(), |stored| -> Result<(), Error> {
                    let new = object.as_value();
                    for field in ["count", "lastTimestamp", "message", "type"] {
                        stored[field] = new[field].clone();
                    }
                    Ok(())
                })
                .map(|_| ()),
            done => done.map(|_| ()),
        }
    }
}

impl KubeletSink for Events {
    fn record(&self, event: Event) {
        if let Err(error) = self.store(&event) {
            tracing::warn!(%error, "an event is lost");
        }
        self.tell(&event);
    }
}

impl ControlSink for Events {
    fn record(&self, notice: Notice) {
        let now = UnixNanos(i64::try_from(self.clock.wall().as_nanos()).unwrap_or(i64::MAX));
        let regarding = notice.regarding.clone();
        let event = Event {
            kind: if notice.warning { EventType::Warning } else { EventType::Normal },
            reason: notice.reason.to_owned(),
            message: notice.message.clone(),
            object: ObjectRef {
                kind: regarding.kind.to_owned(),
                api_version: regarding.api_version,
                namespace: regarding.namespace,
                name: regarding.name,
                uid: regarding.uid,
                resource_version: regarding.resource_version,
                field_path: String::new(),
            },
            component: notice.component.clone(),
            host: String::new(),
            first_time: now,
            last_time: now,
            count: 1,
        };
        self.notices.record(notice);
        self.tell(&event);
    }
}
