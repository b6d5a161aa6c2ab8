//! Where the kubelet's statuses and deletions go.

use futures::future::{BoxFuture, FutureExt, ready};
use k8s_openapi::api::core::v1 as wire;
use serde_json::Value;
use wasipod_api::model::PodStatus;
use wasipod_kubelet::container::PodKey;
use wasipod_kubelet::ports::{PodWriter, WriteError};
use wasipod_store::{DeleteOptions, Error, Resource, Store};

/// The condition types that the kubelet owns (COND-2); others' stay as they are.
const OWN_CONDITIONS: [&str; 5] =
    ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"];

/// Writes into the store.
pub(crate) struct StoreWriter(pub(crate) Store);

/// Why a status isn't written.
enum Refused {
    Store(Error),
    /// An object of the same name but another uid.
    Stranger,
    Unwritable(serde_json::Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

impl StoreWriter {
    fn write(&self, pod: &PodKey, status: &PodStatus) -> Result<(), WriteError> {
        let done = self.0.modify(Resource::PODS, &pod.namespace, &pod.name, |stored| {
            if stored["metadata"]["uid"].as_str() != Some(pod.uid.as_str()) {
                return Err(Refused::Stranger);
            }
            let mut status =
                serde_json::to_value(wire::PodStatus::from(status)).map_err(Refused::Unwritable)?;
            keep_foreign_conditions(&stored["status"], &mut status);
            stored["status"] = status;
            Ok(())
        });
        match done {
            Ok(_) => Ok(()),
            Err(Refused::Stranger | Refused::Store(Error::NotFound { .. })) => {
                Err(WriteError::Gone(pod.clone()))
            }
            Err(Refused::Store(error)) => Err(WriteError::Unavailable(error.to_string())),
            Err(Refused::Unwritable(error)) => Err(WriteError::Unavailable(error.to_string())),
        }
    }

    fn remove(&self, pod: &PodKey) -> Result<(), WriteError> {
        let options = DeleteOptions {
            grace_period_seconds: Some(0),
            uid: Some(pod.uid.to_string()),
            ..DeleteOptions::default()
        };
        match self.0.delete(Resource::PODS, &pod.namespace, &pod.name, &options) {
            Ok(_) | Err(Error::NotFound { .. } | Error::Precondition { .. }) => Ok(()),
            Err(error) => Err(WriteError::Unavailable(error.to_string())),
        }
    }
}

fn keep_foreign_conditions(old: &Value, new: &mut Value) {
    let foreign = old["conditions"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|condition| !OWN_CONDITIONS.iter().any(|own| condition["type"].as_str() == Some(own)));
    let mut conditions: Vec<Value> = foreign.cloned().collect();
    conditions.extend(new["conditions"].as_array().cloned().unwrap_or_default());
    new["conditions"] = Value::Array(conditions);
}

impl PodWriter for StoreWriter {
    fn update_status(&self, pod: &PodKey, status: PodStatus) -> BoxFuture<'_, Result<(), WriteError>> {
        ready(self.write(pod, &status)).boxed()
    }

    fn delete(&self, pod: &PodKey) -> BoxFuture<'_, Result<(), WriteError>> {
        ready(self.remove(pod)).boxed()
    }
}
