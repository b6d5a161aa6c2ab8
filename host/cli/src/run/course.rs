//! Where a run stands and what comes next. Pure: facts go in, the next step comes out.
//!
//! ```text
//!  Living ──--until reached──► Executing ──done──► Deleting ──all gone──► (end)
//!    │  └──--for is over, Ctrl-C─────────────────────▲   └─Ctrl-C──► kill, end
//!    └──all Pods ended, stalled──► (end)
//! ```

use std::collections::BTreeSet;
use std::sync::Arc;

use wasipod_api::model::status::{ContainerState, condition};
use wasipod_api::model::{ContainerStatus, Pod, PodPhase, PodStatus};

use super::outcome;
use super::pod_row::{PodRow, holds};
use crate::args::{PodRef, Until};
use crate::exit::ExitStatus;
use crate::session::{CreatedPod, PodUpdate};

/// A Pod of the run, as last heard of.
#[derive(Clone, Debug)]
pub(crate) struct PodView {
    /// Namespace and name.
    pub(crate) id: CreatedPod,
    /// What messages call it: its name, with the namespace where the run has several.
    pub(crate) label: String,
    /// The Pod; `None` before it was heard of.
    pub(crate) pod: Option<Arc<Pod>>,
    /// Its status.
    pub(crate) status: PodStatus,
    /// Whether the object is gone.
    pub(crate) gone: bool,
    /// Containers that have ended at least once.
    exited: BTreeSet<String>,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Nothing; go on.
    Nothing,
    /// Run the commands of `--exec`.
    RunExecs,
    /// Delete all Pods gracefully.
    Delete,
    /// Kill all Pods and end at once.
    Kill,
    /// The run is over.
    End(Ending),
}

/// How the run ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ending {
    /// With what status.
    pub(crate) status: ExitStatus,
    /// What has to be said about it; empty: nothing.
    pub(crate) complaints: Vec<String>,
}

/// The state of a run.
#[derive(Debug)]
pub(crate) struct Course {
    pods: Vec<PodView>,
    until: Option<Until>,
    has_execs: bool,
    stage: Stage,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Stage {
    Living,
    Executing,
    Deleting(Ending),
    Over,
}

// === impl Ending ===

impl Ending {
    /// Nothing to complain about.
    pub(crate) fn quiet(status: ExitStatus) -> Self {
        Self { status, complaints: Vec::new() }
    }

    fn failed(complaints: Vec<String>) -> Self {
        Self { status: ExitStatus::Pods(1), complaints }
    }
}

// === impl Course ===

impl Course {
    /// A run of these Pods.
    pub(crate) fn new(created: Vec<CreatedPod>, until: Option<Until>, has_execs: bool) -> Self {
        let namespaces: BTreeSet<String> = created.iter().map(|pod| pod.namespace.clone()).collect();
        let view = |id: CreatedPod| {
            let label =
                if namespaces.len() > 1 { format!("{}/{}", id.namespace, id.name) } else { id.name.clone() };
            let (pod, status, gone, exited) = (None, PodStatus::default(), false, BTreeSet::new());
            PodView { id, label, pod, status, gone, exited }
        };
        Self { pods: created.into_iter().map(view).collect(), until, has_execs, stage: Stage::Living }
    }

    /// The Pods in the order of the manifests.
    pub(crate) fn pods(&self) -> &[PodView] {
        &self.pods
    }

    /// The place of a Pod in [`pods`](Self::pods).
    pub(crate) fn index_of(&self, namespace: &str, name: &str) -> Option<usize> {
        self.pods.iter().position(|pod| pod.id.namespace == namespace && pod.id.name == name)
    }

    /// The place of the Pod that a person means.
    pub(crate) fn find(&self, pod: &PodRef) -> Option<usize> {
        self.pods.iter().position(|view| {
            view.id.name == pod.name
                && pod.namespace.as_ref().is_none_or(|namespace| *namespace == view.id.namespace)
        })
    }

    /// Whether the Pods are being deleted, or the run is over.
    pub(crate) fn is_ending(&self) -> bool {
        matches!(self.stage, Stage::Deleting(_) | Stage::Over)
    }

    /// Whether the Pods are being deleted because of Ctrl-C.
    pub(crate) fn is_interrupted(&self) -> bool {
        matches!(&self.stage, Stage::Deleting(ending) if ending.status == ExitStatus::Interrupted)
    }

    /// A Pod has changed. Pods that aren't of this run are nobody's business here.
    pub(crate) fn pod_changed(&mut self, update: PodUpdate) -> Step {
        let Some(index) = self.index_of(&update.pod.namespace, &update.pod.name) else {
            return Step::Nothing;
        };
        self.pods[index].take(update);
        match &self.stage {
            Stage::Living => self.next(),
            Stage::Deleting(ending) if self.pods.iter().all(|pod| pod.gone) => {
                let ending = ending.clone();
                self.end(ending)
            }
            Stage::Executing | Stage::Deleting(_) | Stage::Over => Step::Nothing,
        }
    }

    /// Ctrl-C.
    pub(crate) fn interrupted(&mut self) -> Step {
        match self.stage {
            Stage::Living | Stage::Executing => self.delete(Ending::quiet(ExitStatus::Interrupted)),
            Stage::Deleting(_) | Stage::Over => {
                self.stage = Stage::Over;
                Step::Kill
            }
        }
    }

    /// The time of `--for` is over.
    pub(crate) fn time_is_up(&mut self) -> Step {
        match self.stage {
            Stage::Living | Stage::Executing => self.delete(Ending::quiet(ExitStatus::Success)),
            Stage::Deleting(_) | Stage::Over => Step::Nothing,
        }
    }

    /// The time of `--timeout` is over.
    pub(crate) fn timed_out(&mut self) -> Step {
        if self.stage != Stage::Living {
            return Step::Nothing;
        }
        let ending = Ending::failed(self.unreached("timed out"));
        self.delete(ending)
    }

    /// All commands of `--exec` have ended: with success, or with this status.
    pub(crate) fn execs_done(&mut self, status: ExitStatus, complaint: Option<String>) -> Step {
        if self.stage != Stage::Executing {
            return Step::Nothing;
        }
        self.delete(Ending { status, complaints: complaint.into_iter().collect() })
    }

    /// Virtual time can't go on.
    pub(crate) fn stalled(&mut self, who_waits: Vec<String>) -> Step {
        let mut complaints = vec!["nothing can go on: no timer is set and every process waits".to_owned()];
        complaints.extend(who_waits);
        self.end(Ending::failed(complaints))
    }

    fn next(&mut self) -> Step {
        if let Some(until) = &self.until
            && self.reached(until)
        {
            if self.has_execs {
                self.stage = Stage::Executing;
                return Step::RunExecs;
            }
            return self.delete(Ending::quiet(ExitStatus::Success));
        }
        if !self.pods.iter().all(PodView::has_ended) {
            return Step::Nothing;
        }
        let status = outcome::exit_status(&self.pods);
        match &self.until {
            None => self.end(Ending::quiet(status)),
            Some(_) => {
                let status = if status == ExitStatus::Success { ExitStatus::Pods(1) } else { status };
                let complaints = self.unreached("all Pods have ended");
                self.end(Ending { status, complaints })
            }
        }
    }

    fn delete(&mut self, ending: Ending) -> Step {
        if self.pods.iter().all(|pod| pod.gone) {
            return self.end(ending);
        }
        self.stage = Stage::Deleting(ending);
        Step::Delete
    }

    fn end(&mut self, ending: Ending) -> Step {
        self.stage = Stage::Over;
        Step::End(ending)
    }

    fn reached(&self, until: &Until) -> bool {
        match until {
            Until::Exited(container) => {
                let mut having = self.pods.iter().filter(|pod| pod.declares(container)).peekable();
                having.peek().is_some() && having.all(|pod| pod.exited.contains(container))
            }
            _ => self.pods.iter().all(|pod| pod.is(until)),
        }
    }

    /// Why the wanted state isn't there, Pod by Pod.
    fn unreached(&self, what_happened: &str) -> Vec<String> {
        let Some(until) = &self.until else { return vec![what_happened.to_owned()] };
        let mut lines = vec![format!("{what_happened} before the state `{until}` was reached")];
        for view in self.pods.iter().filter(|pod| !pod.is(until)) {
            lines.push(match &view.pod {
                Some(pod) => {
                    let row = PodRow::new(pod, &view.status);
                    format!(
                        "pod/{} is {}, {}/{} ready, {} restarts",
                        view.label, row.status, row.ready, row.total, row.restarts
                    )
                }
                None => format!("pod/{} has not been heard of", view.label),
            });
        }
        lines
    }
}

// === impl PodView ===

impl PodView {
    /// Whether the Pod is at its end, for good.
    pub(crate) fn has_ended(&self) -> bool {
        self.gone || self.status.phase.is_terminal()
    }

    /// Every container's status, init containers first.
    pub(crate) fn containers(&self) -> impl Iterator<Item = &ContainerStatus> {
        self.status.init_container_statuses.iter().chain(&self.status.container_statuses)
    }

    /// Names of the containers that run.
    pub(crate) fn running(&self) -> Vec<&str> {
        let runs = |container: &&ContainerStatus| matches!(container.state, ContainerState::Running { .. });
        self.containers().filter(runs).map(|container| container.name.as_str()).collect()
    }

    fn take(&mut self, update: PodUpdate) {
        self.gone = update.deleted;
        // The object's last breath may come without a status; what was known before says how the Pod ended.
        if !update.deleted || update.status.phase != PodPhase::Pending {
            self.status = update.status;
        }
        let ended = |container: &&ContainerStatus| {
            container.state.terminated().is_some()
                || container.last_state.as_ref().is_some_and(|last| last.terminated().is_some())
        };
        let ended: Vec<String> =
            self.containers().filter(ended).map(|container| container.name.clone()).collect();
        self.exited.extend(ended);
        self.pod = Some(update.pod);
    }

    fn declares(&self, container: &str) -> bool {
        self.pod.as_ref().is_some_and(|pod| pod.all_containers().any(|declared| declared.name == container))
    }

    fn is(&self, until: &Until) -> bool {
        match until {
            Until::Running => matches!(self.status.phase, PodPhase::Running | PodPhase::Succeeded),
            Until::Ready => !self.gone && holds(&self.status, condition::READY),
            Until::Succeeded => self.status.phase == PodPhase::Succeeded,
            Until::Failed => self.status.phase == PodPhase::Failed,
            Until::Exited(container) => !self.declares(container) || self.exited.contains(container),
        }
    }
}

#[cfg(test)]
mod tests;
