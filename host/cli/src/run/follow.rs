//! The loop of a run: hears the node, tells the recorder and the course, does what the course says.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::time::Duration;

use tokio::sync::mpsc;
use wasipod_api::load::Manifest;
use wasipod_api::model::Event;
use wasipod_kernel::clock::Instant;
use wasipod_kubelet::container::PodKey;

use super::course::{Course, Ending, Step};
use super::entry::Entry;
use super::execs::{self, Exec, ExecFailure, Printed};
use super::followers::{Followers, Line, Place};
use super::outcome;
use super::pod_row::PodRow;
use super::recorder::Recorder;
use crate::args::{ExecSpec, Publish, Until};
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::session::{Node, PodUpdate, key_of};

/// Logs of containers that have ended are read for at most this long.
const DRAIN: Duration = Duration::from_secs(5);

/// What a run is to do, beside running.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    /// Delete the Pods after this time.
    pub(crate) run_for: Option<Duration>,
    /// Delete the Pods in this state.
    pub(crate) until: Option<Until>,
    /// Give up waiting for that state after this time.
    pub(crate) timeout: Option<Duration>,
    /// Commands to run in that state.
    pub(crate) execs: Vec<ExecSpec>,
    /// Ports to publish.
    pub(crate) publish: Vec<Publish>,
    /// Replaces the Pods' grace periods, in seconds.
    pub(crate) grace_period: Option<u32>,
    /// The images of all containers.
    pub(crate) images: BTreeSet<String>,
}

/// Applies the manifests and follows the Pods to the end.
///
/// # Errors
/// When the objects aren't accepted, or a flag names what isn't there.
pub(crate) async fn follow<N: Node>(
    node: &N,
    manifests: &[Manifest],
    plan: &Plan,
    recorder: &mut Recorder,
    interrupts: &mut mpsc::UnboundedReceiver<()>,
) -> Result<ExitStatus, Failure> {
    let started = node.clock().now();
    let (pods, events) = (node.pods(), node.events());
    for image in &plan.images {
        if let Some(what) = node.stand_in(image) {
            let note = format!("image \"{image}\" is a stand-in: {what}; your own: --image {image}=PATH");
            recorder.output().note(&note);
        }
    }
    let created = node.apply(manifests).map_err(Failure::input)?;
    let course = Course::new(created, plan.until.clone(), !plan.execs.is_empty());
    let mut run = Run {
        node,
        plan,
        recorder,
        course,
        followers: Followers::default(),
        started,
        published: Vec::new(),
        waiting_to_publish: plan.publish.clone(),
        hinted: BTreeSet::new(),
        deleted: BTreeSet::new(),
    };
    let ending = run.to_the_end(pods, events, interrupts).await?;
    Ok(run.finish(ending))
}

struct Run<'a, N: Node> {
    node: &'a N,
    plan: &'a Plan,
    recorder: &'a mut Recorder,
    course: Course,
    followers: Followers,
    started: Instant,
    /// Held for their drops.
    published: Vec<N::Published>,
    waiting_to_publish: Vec<Publish>,
    /// Pods whose hint was given.
    hinted: BTreeSet<usize>,
    /// Pods whose deletion was asked for.
    deleted: BTreeSet<usize>,
}

/// What the loop heard.
enum Heard {
    Interrupt,
    Event(Event),
    Pod(PodUpdate),
    Lines(Place, Vec<Line>),
    Printed(Printed),
    ExecsDone(Result<(), ExecFailure>),
    Alarm,
    Stalled,
}

type ExecsRun<'a> = Pin<Box<dyn Future<Output = Result<(), ExecFailure>> + 'a>>;

/// The future's result; never when there is none.
async fn maybe<F: Future>(future: Option<F>) -> F::Output {
    match future {
        Some(future) => future.await,
        None => std::future::pending().await,
    }
}

// === impl Run ===

impl<'a, N: Node> Run<'a, N> {
    async fn to_the_end(
        &mut self,
        mut pods: mpsc::UnboundedReceiver<PodUpdate>,
        mut events: mpsc::UnboundedReceiver<Event>,
        interrupts: &mut mpsc::UnboundedReceiver<()>,
    ) -> Result<Ending, Failure> {
        let node: &'a N = self.node;
        let time_limit = self.plan.run_for.or(self.plan.timeout);
        let alarm = time_limit.map(|limit| node.clock().sleep_until(self.started + limit));
        let mut alarm = alarm.map(Box::pin);
        let (print, mut printed) = mpsc::unbounded_channel();
        let mut execs: Option<ExecsRun<'a>> = None;
        loop {
            let heard = tokio::select! {
                biased;
                Some(()) = interrupts.recv() => Heard::Interrupt,
                Some(event) = events.recv() => Heard::Event(event),
                Some(update) = pods.recv() => Heard::Pod(update),
                (place, lines) = self.followers.next() => Heard::Lines(place, lines),
                Some(output) = printed.recv() => Heard::Printed(output),
                result = maybe(execs.as_mut()) => Heard::ExecsDone(result),
                () = maybe(alarm.as_mut()) => Heard::Alarm,
                () = node.stalled() => Heard::Stalled,
            };
            let mut step = match heard {
                Heard::Interrupt => self.course.interrupted(),
                Heard::Event(event) => self.event(event),
                Heard::Pod(update) => self.pod(update).await?,
                Heard::Lines(place, lines) => self.lines(place, lines),
                Heard::Printed(output) => self.printed(output),
                Heard::ExecsDone(result) => {
                    execs = None;
                    while let Ok(output) = printed.try_recv() {
                        self.printed(output);
                    }
                    self.execs_done(result)
                }
                Heard::Alarm => {
                    alarm = None;
                    if self.plan.run_for.is_some() {
                        self.course.time_is_up()
                    } else {
                        self.course.timed_out()
                    }
                }
                Heard::Stalled => self.course.stalled(node.who_waits()),
            };
            if step == Step::Nothing && self.recorder.output().is_closed() && !self.course.is_ending() {
                step = self.course.interrupted();
            }
            match step {
                Step::Nothing => {}
                Step::RunExecs => {
                    let (commands, print) = (self.commands()?, print.clone());
                    execs = Some(Box::pin(async move { execs::run(node, &commands, print).await }));
                }
                Step::Delete => {
                    execs = None;
                    if self.course.is_interrupted() {
                        self.say_who_is_waited_for();
                    }
                    self.delete(self.plan.grace_period);
                }
                Step::Kill => {
                    self.deleted.clear();
                    self.delete(Some(0));
                    return Ok(Ending::quiet(ExitStatus::Interrupted));
                }
                Step::End(ending) => {
                    self.drain(&mut pods, &mut events).await?;
                    return Ok(ending);
                }
            }
        }
    }

    /// Everything that was said before the end.
    async fn drain(
        &mut self,
        pods: &mut mpsc::UnboundedReceiver<PodUpdate>,
        events: &mut mpsc::UnboundedReceiver<Event>,
    ) -> Result<(), Failure> {
        while let Ok(event) = events.try_recv() {
            self.event(event);
        }
        while let Ok(update) = pods.try_recv() {
            self.pod(update).await?;
        }
        let mut enough = Box::pin(self.node.clock().sleep(DRAIN));
        while !self.followers.are_done() {
            tokio::select! {
                biased;
                (place, lines) = self.followers.next() => {
                    self.lines(place, lines);
                }
                () = &mut enough => break,
            }
        }
        Ok(())
    }

    fn event(&mut self, event: Event) -> Step {
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

    async fn pod(&mut self, update: PodUpdate) -> Result<Step, Failure> {
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

    fn lines(&mut self, place: Place, lines: Vec<Line>) -> Step {
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

    fn printed(&mut self, printed: Printed) -> Step {
        let at = self.now();
        let Printed { index, container, stream, content } = printed;
        let pod = self.label(index);
        self.recorder.record(at, index, 0, Entry::Exec { pod, container, stream, content });
        Step::Nothing
    }

    fn execs_done(&mut self, result: Result<(), ExecFailure>) -> Step {
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

    /// The commands of `--exec`, now that Pods and containers are known.
    fn commands(&self) -> Result<Vec<Exec>, Failure> {
        self.plan.execs.iter().map(|spec| self.command(spec)).collect()
    }

    fn command(&self, spec: &ExecSpec) -> Result<Exec, Failure> {
        let missing = || Failure::input(format!("--exec: there is no pod \"{}\"", spec.pod));
        let index = self.course.find(&spec.pod).ok_or_else(missing)?;
        let pod = self.course.pods()[index].pod.as_ref().ok_or_else(missing)?;
        let names: Vec<&str> = pod.all_containers().map(|container| container.name.as_str()).collect();
        let container = match &spec.container {
            Some(name) => names.iter().find(|known| *known == name).copied(),
            None => pod.spec.containers.first().map(|container| container.name.as_str()),
        };
        let container = container.ok_or_else(|| {
            Failure::input(format!(
                "--exec: pod \"{}\" has no container \"{}\"",
                spec.pod,
                spec.container_name()
            ))
            .hint(format!("its containers are {}", names.join(", ")))
        })?;
        Ok(Exec { index, pod: key_of(pod), container: container.to_owned(), argv: spec.argv.clone() })
    }

    async fn publish(&mut self, index: usize, key: &PodKey) -> Result<(), Failure> {
        let (here, elsewhere) = self
            .waiting_to_publish
            .drain(..)
            .partition(|publish| self.course.find(&publish.pod) == Some(index));
        self.waiting_to_publish = elsewhere;
        let here: Vec<Publish> = here;
        for Publish { host_port, port, .. } in here {
            let published = self.node.publish(host_port, key, port).await;
            self.published.push(published.map_err(|error| {
                Failure::machine(format!(
                    "can't publish port {port} of pod/{} on 127.0.0.1:{host_port}: {error}",
                    key.name
                ))
            })?);
            let label = self.label(index);
            self.recorder
                .output()
                .note(&format!("port {port} of pod/{label} is published on 127.0.0.1:{host_port}"));
        }
        Ok(())
    }

    fn say_why_it_waits(&mut self, index: usize, message: &str) {
        if !self.hinted.insert(index) {
            return;
        }
        let view = &self.course.pods()[index];
        let output = self.recorder.output();
        output.note(&format!("pod/{} waits for a node: {message}", view.label));
        let labels = view.pod.as_ref().map(|pod| self.node.missing_labels(pod)).unwrap_or_default();
        if !labels.is_empty() {
            let flags: Vec<String> = labels.iter().map(|label| format!("--node-label {label}")).collect();
            output.hint(&format!("no node has the label {}: add {}", labels.join(", "), flags.join(" ")));
        }
    }

    fn say_who_is_waited_for(&self) {
        let waits = |view: &super::course::PodView| {
            let running = view.running();
            let declared = view.pod.as_ref().map_or(Duration::ZERO, |pod| pod.spec.termination_grace);
            let grace = self.plan.grace_period.map_or(declared.as_secs(), u64::from);
            (!running.is_empty() && !view.gone)
                .then(|| format!("pod/{} ({}; grace {grace}s)", view.label, running.join(", ")))
        };
        let waited: Vec<String> = self.course.pods().iter().filter_map(waits).collect();
        let whom = if waited.is_empty() { "nobody".to_owned() } else { waited.join(", ") };
        self.recorder.output().note(&format!("deleting; waiting for {whom}. Ctrl-C again kills at once"));
    }

    /// Asks for the deletion of every Pod that is still there, once.
    fn delete(&mut self, grace: Option<u32>) {
        for (index, view) in self.course.pods().iter().enumerate().filter(|(_, view)| !view.gone) {
            let Some(pod) = &view.pod else { continue };
            if !self.deleted.insert(index) {
                continue;
            }
            if let Err(error) = self.node.delete(&key_of(pod), grace) {
                self.recorder.output().warning(&format!("pod/{}: {error}", view.label));
            }
        }
    }

    fn finish(self, ending: Ending) -> ExitStatus {
        let results = outcome::results(self.course.pods(), self.recorder.last_lines());
        let at = self.now();
        self.recorder.finish(at, ending.status, &results);
        if !ending.complaints.is_empty() {
            let message = ending.complaints.join("\n  ");
            self.recorder.output().failure(&Failure { message, hints: Vec::new(), status: ending.status });
        }
        ending.status
    }

    fn label(&self, index: usize) -> String {
        self.course.pods()[index].label.clone()
    }

    fn now(&self) -> Duration {
        self.node.clock().now().since(self.started)
    }
}

#[cfg(test)]
mod tests;
