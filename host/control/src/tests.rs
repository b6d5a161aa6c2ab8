//! What the tests of this crate share.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use k8s_openapi::jiff::Timestamp;
use parking_lot::Mutex;
use wasipod_api::defaults;
use wasipod_api::object::{Kind, Object as WireObject};
use wasipod_store::{Store, Surroundings};

use crate::event::{EventSink, Notice};

/// A clock that is moved by hand and numbers that count up.
#[derive(Clone, Default)]
pub(crate) struct Fake {
    seconds: Arc<AtomicI64>,
    random: Arc<AtomicU64>,
}

impl Fake {
    pub(crate) fn advance(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Surroundings for Fake {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(1_735_689_600 + self.seconds.load(Ordering::SeqCst)).unwrap()
    }

    fn random(&self) -> u64 {
        self.random.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst)
    }
}

pub(crate) fn store_at(fake: &Fake) -> Store {
    Store::in_memory(fake.clone())
}

/// Keeps what it is told.
#[derive(Clone, Default)]
pub(crate) struct Heard(Arc<Mutex<Vec<Notice>>>);

impl Heard {
    pub(crate) fn take(&self) -> Vec<String> {
        self.0.lock().drain(..).map(|notice| format!("{}: {}", notice.reason, notice.message)).collect()
    }
}

impl EventSink for Heard {
    fn record(&self, notice: Notice) {
        self.0.lock().push(notice);
    }
}

/// A wire object from JSON, with defaults.
pub(crate) fn object(kind: Kind, value: serde_json::Value) -> WireObject {
    let mut object = WireObject::from_json(kind, value).unwrap();
    defaults::apply(&mut object, "default");
    object
}
