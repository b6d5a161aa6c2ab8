//! The node of this process.

use tokio::sync::mpsc;
use wasipod_api::load::Manifest;
use wasipod_api::model::Event;
use wasipod_kernel::clock::Clock;
use wasipod_kernel::net::bridge::Published;
use wasipod_kubelet::container::{ExecStreams, PodKey};
use wasipod_kubelet::logs::LogReader;
use wasipod_kubelet::ports::StreamError;
use wasipod_node::{NodeHandle, PodUpdate};

use super::{CreatedPod, Node};

impl Node for NodeHandle {
    type Published = Published;

    fn clock(&self) -> &Clock {
        self.clock()
    }

    fn apply(&self, manifests: &[Manifest]) -> Result<Vec<CreatedPod>, String> {
        let created = self.apply(manifests).map_err(|refusal| refusal.to_string())?;
        let pods = created.into_iter().filter(|object| object.kind == "Pod");
        Ok(pods.map(|pod| CreatedPod { namespace: pod.namespace, name: pod.name }).collect())
    }

    fn pods(&self) -> mpsc::UnboundedReceiver<PodUpdate> {
        self.watch_pods()
    }

    fn events(&self) -> mpsc::UnboundedReceiver<Event> {
        self.watch_events()
    }

    fn take_logs(&self, pod: &PodKey, container: &str) -> Vec<LogReader> {
        self.take_logs(pod, container)
    }

    async fn exec(
        &self,
        pod: &PodKey,
        container: &str,
        argv: Vec<String>,
        streams: ExecStreams,
    ) -> Result<i32, StreamError> {
        self.exec(pod, container, argv, streams).await
    }

    async fn publish(&self, host_port: u16, pod: &PodKey, port: u16) -> Result<Published, String> {
        self.publish(host_port, pod, port).await.map_err(|error| error.to_string())
    }

    fn delete(&self, pod: &PodKey, grace: Option<u32>) -> Result<(), String> {
        self.delete_pod(pod, grace).map_err(|error| error.to_string())
    }

    async fn stalled(&self) {
        self.stalled().await;
    }

    fn who_waits(&self) -> Vec<String> {
        self.who_waits()
    }

    fn missing_labels(&self, namespace: &str, name: &str) -> Vec<String> {
        self.missing_labels(namespace, name)
    }

    fn stand_in(&self, image: &str) -> Option<String> {
        self.stand_in(image)
    }
}
