//! Entries as lines and as JSON.

use wasipod_api::model::UnixNanos;
use wasipod_api::model::event::ObjectRef;

use super::*;

fn text(entry: &Entry, millis: u64) -> String {
    String::from_utf8(entry.text(Duration::from_millis(millis), false)).unwrap()
}

fn unhealthy() -> Entry {
    let event = Event {
        kind: EventType::Warning,
        reason: "Unhealthy".to_owned(),
        message: "Liveness probe failed: cat: can't open '/tmp/healthy': No such file or directory\n"
            .to_owned(),
        object: ObjectRef {
            name: "liveness-exec".to_owned(),
            field_path: "spec.containers{liveness}".to_owned(),
            ..ObjectRef::default()
        },
        component: "kubelet".to_owned(),
        host: "wasipod".to_owned(),
        first_time: UnixNanos::EPOCH,
        last_time: UnixNanos::EPOCH,
        count: 1,
    };
    Entry::Event { pod: "liveness-exec".to_owned(), event: Box::new(event) }
}

fn log(content: &'static [u8]) -> Entry {
    Entry::Log {
        pod: "web".to_owned(),
        container: "nginx".to_owned(),
        colour: 0,
        stream: LogStream::Stdout,
        content: Bytes::from_static(content),
    }
}

#[test]
fn an_event_is_one_line_with_its_time() {
    assert_eq!(
        text(&unhealthy(), 40_213),
        "  +40.213s  Warning  Unhealthy  pod/liveness-exec  spec.containers{liveness}  \
         Liveness probe failed: cat: can't open '/tmp/healthy': No such file or directory\n"
    );
}

#[test]
fn a_repeated_event_says_how_often() {
    let Entry::Event { pod, mut event } = unhealthy() else { panic!() };
    event.count = 3;
    assert!(text(&Entry::Event { pod, event }, 0).ends_with("No such file or directory (x3)\n"));
}

#[test]
fn a_log_line_says_whose_it_is_and_keeps_its_bytes() {
    assert_eq!(log(b"\xff\x1b[1m").text(Duration::ZERO, false), b"[web/nginx] \xff\x1b[1m\n");
    assert_eq!(log(b"hi").text(Duration::ZERO, true), b"\x1b[36m[web/nginx]\x1b[0m hi\n");
}

#[test]
fn a_status_is_kubectls_columns() {
    let row = PodRow { status: "Running".to_owned(), ready: 1, total: 2, restarts: 3 };
    let entry = Entry::Status { pod: "web".to_owned(), row };
    assert_eq!(text(&entry, 3_661_001), "+3661.001s  Status   Running  pod/web  1/2 ready  3 restarts\n");
}

#[test]
fn every_entry_has_a_json_form() {
    let at = Duration::from_millis(40_213);
    assert_eq!(
        log(b"a\"b").json(at).to_string(),
        r#"{"type":"log","at":40.213,"pod":"web","container":"nginx","stream":"stdout","line":"a\"b"}"#
    );
    let event = unhealthy().json(at);
    assert_eq!((event["reason"].as_str(), event["count"].as_u64()), (Some("Unhealthy"), Some(1)));
}
