#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::tests::{Fake, store_at};

fn notice(message: &str) -> Notice {
    Notice {
        regarding: Regarding {
            kind: "Pod",
            api_version: "v1".to_owned(),
            namespace: "default".to_owned(),
            name: "web".to_owned(),
            uid: "u".to_owned(),
            resource_version: "7".to_owned(),
        },
        warning: true,
        reason: "FailedScheduling",
        action: "Scheduling",
        component: "default-scheduler".to_owned(),
        message: message.to_owned(),
    }
}

fn events(store: &Store) -> Vec<wire::Event> {
    store.list(Resource::EVENTS, None).items.iter().map(|event| event.to_wire().unwrap()).collect()
}

#[test]
fn the_schedulers_events_have_the_new_form() {
    let store = store_at(&Fake::default());
    StoreEvents::new(store.clone()).record(notice("no"));
    let event = &events(&store)[0];
    // EVT-3, EVT-4.
    assert_eq!(event.reporting_component.as_deref(), Some("default-scheduler"));
    assert_eq!(event.action.as_deref(), Some("Scheduling"));
    assert_eq!(
        (event.event_time.is_some(), event.first_timestamp.is_some(), event.count),
        (true, false, None)
    );
    assert_eq!(event.source, Some(wire::EventSource::default()));
    assert!(event.metadata.name.as_deref().unwrap().starts_with("web.18"));
    assert_eq!((event.involved_object.uid.as_deref(), event.type_.as_deref()), (Some("u"), Some("Warning")));
}

#[test]
fn a_repeat_becomes_a_series_until_it_has_been_silent_for_six_minutes() {
    let fake = Fake::default();
    let store = store_at(&fake);
    let sink = StoreEvents::new(store.clone());
    for _ in 0..3 {
        sink.record(notice("no"));
        fake.advance(60);
    }
    assert_eq!(events(&store).len(), 1);
    assert_eq!(events(&store)[0].series.as_ref().unwrap().count, Some(3));
    sink.record(notice("other"));
    assert_eq!(events(&store).len(), 2, "another message is another event");
    fake.advance(400);
    sink.record(notice("no"));
    assert_eq!(events(&store).len(), 3);
}

#[test]
fn long_messages_are_cut_to_1024_bytes() {
    let store = store_at(&Fake::default());
    StoreEvents::new(store.clone()).record(notice(&"ä".repeat(600)));
    let message = events(&store)[0].message.clone().unwrap();
    assert!(message.len() <= 1024 && message.ends_with("ä ..."), "SCH-2");
}
