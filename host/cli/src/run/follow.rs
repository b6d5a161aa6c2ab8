//! The loop of a run: hears the node, tells the recorder and the course, does what the course says.

mod doing;
mod hearing;

use std::collections::BTreeSet;
use std::pin::Pin;
use std::time::Duration;

use tokio::sync::mpsc;
use wasipod_api::load::Manifest;
use wasipod_api::model::Event;
use wasipod_kernel::clock::Instant;

use super::course::{Course, Ending, Step};
use super::execs::{self, ExecFailure, Printed};
use super::followers::{Followers, Line, Place};
use super::outcome;
use super::recorder::Recorder;
use crate::args::{ExecSpec, Publish, Until};
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::session::{Node, PodUpdate};

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
    let ending = run.play(pods, events, interrupts).await?;
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
    async fn play(
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
