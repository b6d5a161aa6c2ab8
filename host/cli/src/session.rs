//! The node as this crate uses it: one trait, so that following a run can be tested without a node.

mod embedded;

use tokio::sync::mpsc;
use wasipod_api::load::Manifest;
use wasipod_api::model::{Event, Pod};
use wasipod_kernel::clock::Clock;
use wasipod_kubelet::container::{ExecStreams, PodKey};
use wasipod_kubelet::logs::LogReader;
use wasipod_kubelet::ports::StreamError;
pub(crate) use wasipod_node::PodUpdate;

/// The Pod that was made from a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CreatedPod {
    pub(crate) namespace: String,
    pub(crate) name: String,
}

/// A running node.
pub(crate) trait Node {
    /// Keeps a port published.
    type Published;

    /// The node's clock.
    fn clock(&self) -> &Clock;

    /// Creates the objects; answers the Pods among them, in order. The error is Kubernetes' text.
    fn apply(&self, manifests: &[Manifest]) -> Result<Vec<CreatedPod>, String>;

    /// Every Pod's changes from now on.
    fn pods(&self) -> mpsc::UnboundedReceiver<PodUpdate>;

    /// Every event from now on.
    fn events(&self) -> mpsc::UnboundedReceiver<Event>;

    /// Readers of the container's instances that are new since the last call, in order.
    fn take_logs(&self, pod: &PodKey, container: &str) -> Vec<LogReader>;

    /// Runs a command; its exit code comes after all of its output.
    async fn exec(
        &self,
        pod: &PodKey,
        container: &str,
        argv: Vec<String>,
        streams: ExecStreams,
    ) -> Result<i32, StreamError>;

    /// Makes a Pod's port reachable on 127.0.0.1.
    async fn publish(&self, host_port: u16, pod: &PodKey, port: u16) -> Result<Self::Published, String>;

    /// Asks for the Pod's deletion; `grace` in seconds replaces the Pod's own, 0 kills.
    fn delete(&self, pod: &PodKey, grace: Option<u32>) -> Result<(), String>;

    /// Resolves when virtual time can't go on.
    async fn stalled(&self);

    /// Which processes wait for what.
    fn who_waits(&self) -> Vec<String>;

    /// Labels of the node that would let the Pod be scheduled, as `KEY=VALUE`; empty when labels aren't the problem.
    fn missing_labels(&self, namespace: &str, name: &str) -> Vec<String>;

    /// What stands in for the image of that name, if it isn't the image itself.
    fn stand_in(&self, image: &str) -> Option<String>;
}

/// The name of a Pod among all that ever had its name.
pub(crate) fn key_of(pod: &Pod) -> PodKey {
    PodKey { namespace: pod.namespace.clone(), name: pod.name.clone(), uid: pod.uid.clone() }
}
