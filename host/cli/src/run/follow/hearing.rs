//! What the loop hears, taken in: printed, remembered, and what it means for the run.

use wasipod_api::model::Event;

use super::Run;
use crate::args::ExecSpec;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::run::course::Step;
use crate::run::entry::Entry;
use crate::run::execs::{ExecFailure, Printed};
use crate::run::followers::{Line, Place};
use crate::run::pod_row::PodRow;
use crate::session::{Node, PodUpdate, key_of};

impl<N: Node> Run<'_, N> {
    pub(super) fn event(&mut self, event: Event) -> Step {
        let at = self.now();
        let Some(index) = self.course.index_of(&event.object.namespace, &event.object.name) else {
            return Step::Nothing;
        };
        if event.object.kind == "Pod" {
            let pod = self.label(index);
            if event.reason == "FailedScheduling" {
                self.say_why_it_waits(index, &event.message);
            }
            self.recorder.record(at, index, 0, Entry::Event { pod, event: Box::new(event) });
        }
        Step::Nothing
    }

    pub(super) async fn pod(&mut self, update: PodUpdate) -> Result<Step, Failure> {
        let at = self.now();
        let Some(index) = self.course.index_of(&update.pod.namespace, &update.pod.name) else {
            return Ok(Step::Nothing);
        };
        let key = key_of(&update.pod);
        let row = PodRow::new(&update.pod, &update.status);
        for status in update.status.init_container_statuses.iter().chain(&update.status.container_statuses) {
            let place = update.pod.all_containers().position(|declared| declared.name == status.name);
            if let Some(place) = place {
                self.followers.observe(self.node, (index, place), &key, status);
            }
        }
        if !update.status.pod_ips.is_empty() && !update.deleted {
            self.publish(index, &key).await?;
        }
        if !update.deleted {
            self.recorder.record(at, index, 0, Entry::Status { pod: self.label(index), row });
        }
        let step = self.course.pod_changed(update);
        if step == Step::Nothing && self.course.is_ending() {
            // A Pod that wasn't heard of when all were deleted.
            self.delete(self.plan.grace_period);
        }
        Ok(step)
    }

    pub(super) fn lines(&mut self, place: Place, lines: Vec<Line>) -> Step {
        let at = self.now();
        let (index, number) = place;
        let view = &self.course.pods()[index];
        let container =
            view.pod.as_ref().and_then(|pod| Some(pod.all_containers().nth(number)?.name.clone()));
        let (pod, container) = (view.label.clone(), container.unwrap_or_default());
        for Line { stream, content } in lines {
            let (pod, container, colour) = (pod.clone(), container.clone(), index + number);
            self.recorder.record(at, index, number, Entry::Log { pod, container, colour, stream, content });
        }
        Step::Nothing
    }

    pub(super) fn printed(&mut self, printed: Printed) -> Step {
        let at = self.now();
        let Printed { index, container, stream, content } = printed;
        let pod = self.label(index);
        self.recorder.record(at, index, 0, Entry::Exec { pod, container, stream, content });
        Step::Nothing
    }

    pub(super) fn execs_done(&mut self, result: Result<(), ExecFailure>) -> Step {
        let name = |exec: usize| self.plan.execs.get(exec).map_or_else(String::new, ExecSpec::to_string);
        let (status, complaint) = match result {
            Ok(()) => (ExitStatus::Success, None),
            Err(ExecFailure::Code { exec, code }) => (
                ExitStatus::of_container(code),
                Some(format!("`{}` ended with exit code {code}", name(exec))),
            ),
            Err(ExecFailure::Refused { exec, error }) => {
                (ExitStatus::Pods(1), Some(format!("`{}` could not run: {error}", name(exec))))
            }
        };
        self.course.execs_done(status, complaint)
    }
}
