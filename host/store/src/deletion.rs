//! How an object goes: at once or with grace (DEL-1…5, DEL-10, DEL-11).

use k8s_openapi::jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::object::{metadata_mut, time_value};
use crate::{Error, Object, Resource};

/// What the caller of a deletion asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeleteOptions {
    /// Seconds to wait; `None` for the Pod's own `terminationGracePeriodSeconds`. Only Pods know grace.
    pub grace_period_seconds: Option<i64>,
    /// The object must have this uid.
    pub uid: Option<String>,
    /// The object must be of this `resourceVersion`.
    pub resource_version: Option<String>,
}

/// What a deletion did.
#[derive(Clone, Debug, PartialEq)]
pub enum Deletion {
    /// The object is gone; this was its last state.
    Done(Object),
    /// The object stays until whoever is in charge deletes it with no grace, or its finalizers are gone.
    Begun(Object),
}

/// What the store shall do.
pub(crate) enum Step {
    /// Remove it.
    Remove,
    /// Store this, the deletion's mark on it.
    Mark(Value),
    /// Nothing: a later deletion may only shorten (DEL-4).
    Nothing,
}

// === impl Deletion ===

impl Deletion {
    /// The object's last state, or the state that it waits in.
    pub fn object(&self) -> &Object {
        match self {
            Self::Done(object) | Self::Begun(object) => object,
        }
    }
}

/// Whether `options` allow deleting `object` (DEL-10).
pub(crate) fn check_preconditions(
    resource: Resource,
    object: &Object,
    options: &DeleteOptions,
) -> Result<(), Error> {
    let violated =
        |detail| Err(Error::Precondition { kind: resource.kind(), name: object.name().to_owned(), detail });
    if let Some(uid) = &options.uid
        && uid != object.uid()
    {
        return violated(format!(
            "the UID in the precondition ({uid}) does not match the UID in record ({}). The object might have been deleted and then recreated",
            object.uid()
        ));
    }
    let version = object.metadata_str("resourceVersion").unwrap_or_default();
    if let Some(wanted) = &options.resource_version
        && wanted != version
    {
        return violated(format!(
            "the ResourceVersion in the precondition ({wanted}) does not match the ResourceVersion in record ({version}). The object might have been modified"
        ));
    }
    Ok(())
}

/// Decides what a deletion does now.
pub(crate) fn step(resource: Resource, object: &Object, options: &DeleteOptions, now: Timestamp) -> Step {
    let asked = options.grace_period_seconds.map(|period| if period < 0 { 1 } else { period });
    let Some(deadline) = object.deletion_timestamp() else {
        let period = if resource == Resource::PODS { pod_period(object, asked) } else { 0 };
        return match period {
            0 if !object.has_finalizers() => Step::Remove,
            period => Step::Mark(marked(object, seconds_after(now, period), period, true)),
        };
    };
    let current = object.metadata().get("deletionGracePeriodSeconds").and_then(Value::as_i64).unwrap_or(0);
    match asked {
        Some(0) if !object.has_finalizers() => Step::Remove,
        Some(period) if period < current => {
            // The deletion's time runs from when it was first asked for, and never ends in the past.
            let moved = seconds_after(deadline, period - current);
            let (moved, period) = if moved < now { (now, period.min(1)) } else { (moved, period) };
            Step::Mark(marked(object, moved, period, false))
        }
        _ => Step::Nothing,
    }
}

/// DEL-1, DEL-2.
fn pod_period(pod: &Object, asked: Option<i64>) -> i64 {
    let (spec, status) = (pod.as_value().get("spec"), pod.as_value().get("status"));
    let scheduled = text(spec, "nodeName").is_some_and(|node| !node.is_empty());
    let ended = matches!(text(status, "phase"), Some("Succeeded" | "Failed"));
    if !scheduled || ended {
        return 0;
    }
    let own = spec.and_then(|spec| spec.get("terminationGracePeriodSeconds")).and_then(Value::as_i64);
    match asked.or(own).unwrap_or(30) {
        negative if negative < 0 => 1,
        period => period,
    }
}

fn text<'a>(part: Option<&'a Value>, field: &str) -> Option<&'a str> {
    part.and_then(|part| part.get(field)).and_then(Value::as_str)
}

fn marked(object: &Object, deadline: Timestamp, period: i64, first: bool) -> Value {
    let mut value = object.as_value().clone();
    if let Some(metadata) = metadata_mut(&mut value) {
        metadata.insert("deletionTimestamp".to_owned(), time_value(deadline));
        metadata.insert("deletionGracePeriodSeconds".to_owned(), json!(period));
        if first && let Some(generation) = metadata.get("generation").and_then(Value::as_i64) {
            metadata.insert("generation".to_owned(), json!(generation + 1));
        }
    }
    value
}

fn seconds_after(time: Timestamp, seconds: i64) -> Timestamp {
    time.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}
