//! Events: worded by whom they happen to, correlated here, handed to the sink (EVT-2…6).

mod correlator;

use std::sync::Arc;

use parking_lot::Mutex;
use wasipod_api::model::event::{Event, EventType, ObjectRef};
use wasipod_kernel::clock::Clock;

use self::correlator::Correlator;
use crate::ports::EventSink;
use crate::time::unix;

/// The reporter's name (EVT-3).
const COMPONENT: &str = "kubelet";

/// Records the node's events.
pub(crate) struct Recorder {
    clock: Clock,
    host: String,
    sink: Arc<dyn EventSink>,
    correlator: Mutex<Correlator>,
}

// === impl Recorder ===

impl Recorder {
    pub(crate) fn new(clock: Clock, host: String, sink: Arc<dyn EventSink>, limited: bool) -> Self {
        Self { clock, host, sink, correlator: Mutex::new(Correlator::new(limited)) }
    }

    /// Something happened to `object` now.
    pub(crate) fn record(&self, object: ObjectRef, kind: EventType, reason: &str, message: String) {
        let now = unix(self.clock.wall());
        let event = Event {
            kind,
            reason: reason.to_owned(),
            message,
            object,
            component: COMPONENT.to_owned(),
            host: self.host.clone(),
            first_time: now,
            last_time: now,
            count: 1,
        };
        let correlated = self.correlator.lock().correlate(event);
        if let Some(event) = correlated {
            self.sink.record(event);
        }
    }

    /// Forgets what it knows of a Pod that is gone.
    pub(crate) fn forget(&self, uid: &str) {
        self.correlator.lock().forget(uid);
    }
}
