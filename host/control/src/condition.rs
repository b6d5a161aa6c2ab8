//! Conditions in an object's status: set without losing when they last changed (COND-1).

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;
use serde_json::{Map, Value, json};

/// A condition to set.
pub(crate) struct Condition<'a> {
    pub(crate) kind: &'a str,
    pub(crate) status: bool,
    pub(crate) reason: Option<&'a str>,
    pub(crate) message: Option<&'a str>,
}

/// Sets a condition of a Pod; one that is as it was stays untouched, and its transition time moves only when its
/// status flips.
pub(crate) fn set(pod: &mut Value, condition: &Condition<'_>, now: Timestamp) {
    let generation = pod.pointer("/metadata/generation").cloned();
    let Some(pod) = pod.as_object_mut() else { return };
    let empty = || Value::Object(Map::new());
    let Some(status) = pod.entry("status").or_insert_with(empty).as_object_mut() else { return };
    let list = status.entry("conditions").or_insert_with(|| json!([]));
    if list.is_null() {
        *list = json!([]);
    }
    let Some(list) = list.as_array_mut() else { return };
    let old = list.iter_mut().find(|entry| entry["type"] == condition.kind);
    let word = if condition.status { "True" } else { "False" };
    let since = match &old {
        Some(old) if old["status"] == word && !old["lastTransitionTime"].is_null() => {
            old["lastTransitionTime"].clone()
        }
        _ => json!(Time(now)),
    };
    let mut new = Map::new();
    let mut insert = |field: &str, value: Value| new.insert(field.to_owned(), value);
    insert("type", json!(condition.kind));
    if let Some(generation) = generation {
        insert("observedGeneration", generation);
    }
    insert("status", json!(word));
    insert("lastProbeTime", Value::Null);
    insert("lastTransitionTime", since);
    if let Some(reason) = condition.reason {
        insert("reason", json!(reason));
    }
    if let Some(message) = condition.message {
        insert("message", json!(message));
    }
    let new = Value::Object(new);
    match old {
        Some(old) => *old = new,
        None => list.push(new),
    }
}
