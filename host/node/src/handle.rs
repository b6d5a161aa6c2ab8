//! The node as its user sees it: apply, watch, look into, delete.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use k8s_openapi::api::core::v1 as wire;
use tokio::sync::mpsc;
use wasipod_api::load::Manifest;
use wasipod_api::model::Event;
use wasipod_control::admission::resource_of;
use wasipod_control::scheduler::missing_labels;
use wasipod_control::{Admission, Refusal};
use wasipod_kernel::clock::Clock;
use wasipod_kernel::net::bridge::{BridgeError, Published, publish};
use wasipod_kubelet::Streams;
use wasipod_kubelet::container::{ExecStreams, PodKey};
use wasipod_kubelet::logs::{LogOptions, LogReader};
use wasipod_kubelet::ports::{PodStreams, StreamError};
use wasipod_store::{DeleteOptions, Error, Resource, Store};

use crate::adapters::events::Events;
use crate::adapters::pods::{self, PodUpdate};
use crate::containers::Containers;

/// A running node; clones share it.
#[derive(Clone)]
pub struct NodeHandle {
    clock: Clock,
    store: Store,
    admission: Admission,
    events: Arc<Events>,
    containers: Arc<Containers>,
    streams: Streams,
}

/// An object that was created or brought up to date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Created {
    /// `Pod`, `Secret`, …
    pub kind: &'static str,
    /// Its namespace, empty for those without.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

// === impl NodeHandle ===

impl NodeHandle {
    pub(crate) fn new(
        clock: Clock,
        store: Store,
        admission: Admission,
        events: Arc<Events>,
        containers: Arc<Containers>,
        streams: Streams,
    ) -> Self {
        Self { clock, store, admission, events, containers, streams }
    }

    /// Creates the objects, Pods last so that they find what they refer to; the answers are in that order.
    ///
    /// # Errors
    /// [`Refusal`] of the first object that isn't taken; those before it are.
    pub fn apply(&self, manifests: &[Manifest]) -> Result<Vec<Created>, Refusal> {
        let mut objects = Vec::new();
        for manifest in manifests {
            objects.push((resource_of(manifest.object.kind()), manifest.object.clone()));
        }
        // Stable: objects of one kind stay in the order of the manifests.
        objects.sort_by_key(|(resource, _)| Resource::ALL.iter().position(|known| known == resource));
        let mut created = Vec::new();
        for (resource, object) in objects {
            let applied = self.admission.apply(object)?;
            let object = applied.object();
            created.push(Created {
                kind: resource.kind(),
                namespace: object.namespace().to_owned(),
                name: object.name().to_owned(),
            });
        }
        Ok(created)
    }

    /// All Pods, now and after each change.
    pub fn watch_pods(&self) -> mpsc::UnboundedReceiver<PodUpdate> {
        pods::watch(&self.store)
    }

    /// Every event from now on; a repeat comes again, with its count grown.
    pub fn watch_events(&self) -> mpsc::UnboundedReceiver<Event> {
        self.events.listen()
    }

    /// A container's log.
    ///
    /// # Errors
    /// [`StreamError`].
    pub fn logs(
        &self,
        pod: &PodKey,
        container: &str,
        options: &LogOptions,
    ) -> Result<LogReader, StreamError> {
        self.streams.logs(pod, container, options)
    }

    /// Readers of all instances of a container that were made since the last call, in order, each from its beginning:
    /// whoever asks at every change of the Pod's status misses nothing.
    pub fn take_logs(&self, pod: &PodKey, container: &str) -> Vec<LogReader> {
        let options = LogOptions { follow: true, ..LogOptions::default() };
        self.containers.take_logs(pod, container).iter().map(|log| log.reader(&options)).collect()
    }

    /// Runs a command in a container; its exit code. Dropping the future kills it.
    ///
    /// # Errors
    /// [`StreamError`].
    pub async fn exec(
        &self,
        pod: &PodKey,
        container: &str,
        argv: Vec<String>,
        streams: ExecStreams,
    ) -> Result<i32, StreamError> {
        self.streams.exec(pod, container, argv, streams).await
    }

    /// Publishes a Pod's port on 127.0.0.1 until the answer is dropped, as `kubectl port-forward` does: dialled
    /// from within the Pod, so that programs that listen on its loopback only are reached too.
    ///
    /// # Errors
    /// When the Pod has no network yet, or the machine's port can't be had.
    pub async fn publish(&self, host_port: u16, pod: &PodKey, port: u16) -> Result<Published, PublishError> {
        let network =
            self.containers.network_of(pod).ok_or_else(|| PublishError::NoNetwork(pod.name.clone()))?;
        let host = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), host_port);
        let inside = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
        Ok(publish(host, network, inside).await?)
    }

    /// Asks for the Pod's deletion; `grace` in seconds instead of its own. Gone already: no error.
    ///
    /// # Errors
    /// When the store refuses.
    pub fn delete_pod(&self, pod: &PodKey, grace: Option<u32>) -> Result<(), Error> {
        let options = DeleteOptions {
            grace_period_seconds: grace.map(i64::from),
            uid: Some(pod.uid.to_string()),
            ..DeleteOptions::default()
        };
        match self.store.delete(Resource::PODS, &pod.namespace, &pod.name, &options) {
            Ok(_) | Err(Error::NotFound { .. } | Error::Precondition { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The node's clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Resolves when virtual time can't go on; never on real time.
    pub async fn stalled(&self) {
        self.clock.stalled().await;
    }

    /// Which processes wait for what.
    pub fn who_waits(&self) -> Vec<String> {
        self.containers.who_waits()
    }

    /// What stands in for the image of that name, if it isn't the image itself.
    pub fn stand_in(&self, image: &str) -> Option<String> {
        self.containers.stand_in(image)
    }

    /// The node labels that would let the Pod be scheduled, as `KEY=VALUE`; empty when labels aren't the problem.
    pub fn missing_labels(&self, namespace: &str, name: &str) -> Vec<String> {
        let Ok(stored) = self.store.get(Resource::PODS, namespace, name) else { return Vec::new() };
        let Ok(pod) = stored.to_wire::<wire::Pod>() else { return Vec::new() };
        let nodes = self.store.list(Resource::NODES, None).items;
        let nodes: Vec<wire::Node> = nodes.iter().filter_map(|node| node.to_wire().ok()).collect();
        missing_labels(&pod, &nodes)
    }
}

/// A Pod's port can't be published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// It has no sandbox.
    #[error("pod \"{0}\" has no network yet")]
    NoNetwork(String),
    /// The machine's side.
    #[error(transparent)]
    Bridge(#[from] BridgeError),
}
