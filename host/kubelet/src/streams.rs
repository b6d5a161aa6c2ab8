//! Looking into Pods: logs and commands ([`PodStreams`]).

use std::sync::Arc;

use futures::future::BoxFuture;
use wasipod_api::model::status::ContainerState;

use crate::container::{ContainerId, ExecStreams, PodKey};
use crate::facts::{ContainerFacts, InstanceState};
use crate::kubelet::Pods;
use crate::logs::{ContainerLog, LogOptions, LogReader};
use crate::node::Node;
use crate::pod_cell::{PodCell, declaration};
use crate::ports::{PodStreams, StreamError};
use crate::status;

/// The kubelet's way in; clones share it.
#[derive(Clone)]
pub struct Streams {
    node: Arc<Node>,
    pods: Arc<Pods>,
}

// === impl Streams ===

impl Streams {
    pub(crate) fn new(node: Arc<Node>, pods: Arc<Pods>) -> Self {
        Self { node, pods }
    }

    fn cell(&self, pod: &PodKey, container: &str) -> Result<Arc<PodCell>, StreamError> {
        let cell = self.pods.cell(&pod.uid).ok_or_else(|| StreamError::PodNotFound(pod.name.clone()))?;
        if declaration(&cell.pod(), container).is_none() {
            return Err(StreamError::BadRequest(format!(
                "container {container} is not valid for pod {}",
                pod.name
            )));
        }
        Ok(cell)
    }

    fn running(&self, pod: &PodKey, container: &str) -> Result<ContainerId, StreamError> {
        let cell = self.cell(pod, container)?;
        let running = cell.look(|facts, _| {
            let instance = facts.current(container)?;
            matches!(instance.state, InstanceState::Running { .. }).then(|| instance.id.clone())
        });
        running.ok_or_else(|| StreamError::BadRequest(format!("container not found (\"{container}\")")))
    }
}

impl PodStreams for Streams {
    fn logs(&self, pod: &PodKey, container: &str, options: &LogOptions) -> Result<LogReader, StreamError> {
        let cell = self.cell(pod, container)?;
        let found =
            cell.look(|facts, _| facts.container(container).and_then(|known| instance_log(known, options)));
        match found {
            Some(log) => Ok(log.reader(options)),
            None if options.previous => Err(StreamError::BadRequest(format!(
                "previous terminated container \"{container}\" in pod \"{}\" not found",
                pod.name
            ))),
            None => Err(StreamError::BadRequest(waiting_text(&cell, container))),
        }
    }

    fn exec(
        &self,
        pod: &PodKey,
        container: &str,
        argv: Vec<String>,
        streams: ExecStreams,
    ) -> BoxFuture<'_, Result<i32, StreamError>> {
        let running = self.running(pod, container);
        Box::pin(async move {
            let id = running?;
            let done = self.node.ports.runtime.exec_stream(&id, argv, streams).await;
            done.map_err(|error| StreamError::Runtime(error.to_string()))
        })
    }
}

/// The instance whose log is meant (LOG-9, LOG-10).
fn instance_log(known: &ContainerFacts, options: &LogOptions) -> Option<ContainerLog> {
    if !options.previous {
        let begun = known
            .current
            .as_ref()
            .filter(|instance| !matches!(instance.state, InstanceState::Created { .. }));
        return begun.or(known.previous.as_ref()).map(|instance| instance.log.clone());
    }
    // While a container waits to be restarted, what has just ended is the previous one (CST-9).
    let waits = known.waiting.is_some();
    let ended = known.current.as_ref().filter(|instance| waits && instance.exit().is_some());
    ended.or(known.previous.as_ref()).map(|instance| instance.log.clone())
}

/// Why there is no log yet (LOG-9).
fn waiting_text(cell: &PodCell, container: &str) -> String {
    let status = cell.status();
    let reason = status::container_status(&status, container).map(|entry| match &entry.state {
        ContainerState::Waiting { reason, .. } => reason.clone(),
        ContainerState::Running { .. } | ContainerState::Terminated(_) => String::new(),
    });
    let reason = reason.unwrap_or_else(|| "ContainerCreating".to_owned());
    let shown = match reason.as_str() {
        "ErrImagePull" => "image can't be pulled",
        "ImagePullBackOff" => "trying and failing to pull image",
        other => other,
    };
    format!("container \"{container}\" in pod \"{}\" is waiting to start: {shown}", cell.key().name)
}
