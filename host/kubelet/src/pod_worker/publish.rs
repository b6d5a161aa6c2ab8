//! A Pod's status on its way out: generated, compared with the last one, written.

use wasipod_api::model::status::{ContainerState, PodStatus};

use super::PodWorker;
use crate::node::Node;
use crate::pod_cell::PodCell;
use crate::ports::WriteError;
use crate::probe::ProbeKind;
use crate::status::{self, Stage, StatusContext, Verdict};

// === impl PodWorker ===

impl PodWorker {
    /// Writes the status if it has changed, and asks the readiness probes whose answer is missing (PROBE-8).
    pub(super) async fn publish(&mut self) {
        let status = self.generate();
        self.trigger_readiness(&status);
        if self.unwritten || status != self.cell.status() {
            self.write(status).await;
        }
    }

    /// Whether the Pod's containers have come to their end by themselves.
    pub(super) fn is_finished(&self) -> bool {
        let (pod, previous) = (self.cell.pod(), self.cell.status());
        let context = context(&self.node, &previous, self.stage, self.verdict.as_ref());
        self.cell.look(|facts, _| status::is_finished(&pod, facts, &context))
    }

    fn generate(&self) -> PodStatus {
        let (pod, previous) = (self.cell.pod(), self.cell.status());
        let context = context(&self.node, &previous, self.stage, self.verdict.as_ref());
        self.cell.look(|facts, _| status::generate(&pod, facts, &context))
    }

    pub(super) async fn write(&mut self, status: PodStatus) {
        self.unwritten = !write(&self.node, &self.cell, status).await;
    }

    fn trigger_readiness(&self, status: &PodStatus) {
        for entry in &status.container_statuses {
            let asks = matches!(entry.state, ContainerState::Running { .. }) && entry.started && !entry.ready;
            if asks && let Some(trigger) = self.probing.get(&(entry.name.clone(), ProbeKind::Readiness)) {
                trigger.notify_one();
            }
        }
    }
}

/// Reports readiness while the Pod's task is busy; never resolves.
pub(super) async fn follow_readiness(node: &Node, cell: &PodCell) {
    loop {
        cell.readiness_changed().await;
        let (pod, previous) = (cell.pod(), cell.status());
        let mut status = previous.clone();
        let context = context(node, &previous, Stage::Living, None);
        if cell.look(|facts, _| status::refresh_readiness(&pod, facts, &mut status, &context)) {
            // A failed write is made up for by the next full one.
            write(node, cell, status).await;
        }
    }
}

fn context<'a>(
    node: &'a Node,
    previous: &'a PodStatus,
    stage: Stage,
    verdict: Option<&'a Verdict>,
) -> StatusContext<'a> {
    StatusContext {
        runtime: node.ports.runtime.name(),
        host_ips: &node.config.addresses,
        previous,
        stage,
        verdict,
        now: node.clock.wall(),
    }
}

/// True if there is nothing more to do about it.
async fn write(node: &Node, cell: &PodCell, status: PodStatus) -> bool {
    cell.set_status(status.clone());
    match node.ports.writer.update_status(cell.key(), status).await {
        Ok(()) | Err(WriteError::Gone(_)) => true,
        Err(WriteError::Unavailable(error)) => {
            tracing::warn!(pod = %cell.key(), error, "status not written");
            false
        }
    }
}
