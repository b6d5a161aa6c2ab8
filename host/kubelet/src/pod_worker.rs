//! The task that owns one Pod. Life goes one way:
//!
//! ```text
//!  rejected ─────────────────────────────────────────────┐
//!  living: sync ⇄ wait ──► stopping: kill, in grace ──► stopped: final status, unmount ──► gone: object deleted
//!            ▲                 ▲
//!            │                 └ deletion, deadline, all containers done, an init container failed for good
//!            └ a container ended, a probe's result changed, the Pod or a Secret changed, a retry is due
//! ```
//!
//! There is no resync timer: every reason for a sync is an event, so a Pod with nothing to do costs nothing and virtual
//! time can stand still. After a failed sync the Pod is tried again in 10 s × (1 + a random part of ½) from the node's
//! seed (RST-8), or earlier when something happens.

mod kill;
mod publish;
mod start;
mod sync;
mod terminate;
mod volumes;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use wasipod_api::model::Pod;
use wasipod_api::model::event::EventType;
use wasipod_kernel::clock::Instant;
use wasipod_kernel::random::Random;

use self::sync::SyncEnd;
use self::volumes::MountState;
use crate::backoff::Backoff;
use crate::image::PullFailure;
use crate::node::Node;
use crate::pod_cell::PodCell;
use crate::ports::Rejection;
use crate::probe::{ProbeKind, Trigger};
use crate::status::{self, Stage, Verdict};

/// The least time until a failed sync is tried again, and what chance adds at most (RST-8, CONST-2).
const RETRY: Duration = Duration::from_secs(10);
const RETRY_JITTER_NANOS: u64 = 5_000_000_000;

/// ADL-1.
const DEADLINE_MESSAGE: &str = "Pod was active on the node longer than the specified deadline";

/// What is wanted of the Pod; the newest wins.
#[derive(Clone)]
pub(crate) struct Wish {
    /// The Pod as its object says.
    pub(crate) pod: Arc<Pod>,
    /// The object is gone.
    pub(crate) gone: bool,
}

/// Why a Pod is stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Its containers have done what they should, or can't.
    Finished,
    /// Somebody deletes it.
    Deleted,
    /// Its object is gone already.
    Gone,
    /// It was active too long (ADL-1).
    Deadline,
    /// The task that owned it broke down.
    Broken(Verdict),
}

/// One Pod's owner.
pub(crate) struct PodWorker {
    node: Arc<Node>,
    cell: Arc<PodCell>,
    wishes: watch::Receiver<Wish>,
    stage: Stage,
    verdict: Option<Verdict>,
    /// RST-3: by container and image.
    restarts: Backoff<(String, String)>,
    pull_failures: BTreeMap<String, Option<PullFailure>>,
    mounts: BTreeMap<String, MountState>,
    probes: JoinSet<()>,
    /// The probes that have workers; readiness ones can be triggered.
    probing: BTreeMap<(String, ProbeKind), Trigger>,
    jitter: Random,
    /// A status that could not be written.
    unwritten: bool,
}

// === impl PodWorker ===

impl PodWorker {
    pub(crate) fn new(node: Arc<Node>, cell: Arc<PodCell>, wishes: watch::Receiver<Wish>) -> Self {
        let jitter = node.random.fork(&format!("sync/{}", cell.key().uid));
        Self {
            node,
            cell,
            wishes,
            stage: Stage::Living,
            verdict: None,
            restarts: Backoff::default(),
            pull_failures: BTreeMap::new(),
            mounts: BTreeMap::new(),
            probes: JoinSet::new(),
            probing: BTreeMap::new(),
            jitter,
            unwritten: false,
        }
    }

    /// The Pod's whole life. Returns when its object is gone and nothing of it is left.
    pub(crate) async fn run(mut self, admitted: Result<(), Rejection>) {
        match admitted {
            Err(rejection) => self.reject(&rejection).await,
            Ok(()) => {
                let end = self.live().await;
                self.terminate(end).await;
            }
        }
        self.leave().await;
    }

    /// What is left of a life whose task broke down: everything is stopped, the Pod fails.
    pub(crate) async fn run_after_breakdown(mut self, verdict: Verdict) {
        let pod = self.cell.pod();
        for volume in &pod.spec.volumes {
            self.mounts.insert(volume.name.clone(), MountState::Unknown);
        }
        self.terminate(End::Broken(verdict)).await;
        self.leave().await;
    }

    async fn reject(&mut self, rejection: &Rejection) {
        let pod = self.cell.pod();
        self.cell.event(&self.node, EventType::Warning, &rejection.reason, &rejection.message);
        self.stage = Stage::Stopped;
        self.write(status::rejected(&pod, rejection)).await;
    }

    async fn live(&mut self) -> End {
        let now = self.node.clock.wall();
        self.cell.change(|facts| facts.start_time.get_or_insert(now).to_owned());
        loop {
            if let Some(end) = self.adopt_wish() {
                return end;
            }
            let retry = match self.sync_until_stopped().await {
                SyncEnd::Done => None,
                SyncEnd::Retry(at) => Some(at),
                SyncEnd::Interrupted => continue,
                SyncEnd::Finished => return End::Finished,
            };
            let retry = if self.unwritten { Some(retry.unwrap_or_else(|| self.retry_at())) } else { retry };
            let deadline = self.deadline();
            let clock = self.node.clock.clone();
            let cell = self.cell.clone();
            tokio::select! {
                biased;
                changed = self.wishes.changed() => if changed.is_err() { return End::Gone },
                () = cell.woken() => {}
                () = until(&clock, deadline) => {}
                () = until(&clock, retry) => {}
            }
        }
    }

    /// Takes over what is wanted now; a reason to stop, if there is one.
    fn adopt_wish(&mut self) -> Option<End> {
        let wish = self.wishes.borrow_and_update().clone();
        self.cell.set_pod(wish.pod.clone());
        if wish.gone {
            return Some(End::Gone);
        }
        if wish.pod.deletion.is_some() {
            return Some(End::Deleted);
        }
        self.deadline().filter(|deadline| *deadline <= self.node.clock.now()).map(|_| End::Deadline)
    }

    /// One sync; a reason to stop the Pod interrupts what may take long in it, and readiness is reported meanwhile.
    async fn sync_until_stopped(&mut self) -> SyncEnd {
        let stop = CancellationToken::new();
        let watch = wait_for_reason_to_stop(self.wishes.clone(), self.node.clone(), self.deadline());
        let (node, cell) = (self.node.clone(), self.cell.clone());
        let readiness = publish::follow_readiness(&node, &cell);
        let sync = self.sync(&stop);
        tokio::pin!(sync, readiness, watch);
        loop {
            tokio::select! {
                biased;
                () = &mut watch, if !stop.is_cancelled() => stop.cancel(),
                end = &mut sync => return end,
                () = &mut readiness => {}
            }
        }
    }

    /// When the Pod will have been active too long (ADL-1).
    fn deadline(&self) -> Option<Instant> {
        let allowed = self.cell.pod().spec.active_deadline?;
        let start = self.cell.look(|facts, _| facts.start_time)?;
        let clock = &self.node.clock;
        let spent = clock.wall().since(start);
        Some(clock.now() + allowed.saturating_sub(spent))
    }

    /// When a failed sync is tried again (RST-8).
    fn retry_at(&self) -> Instant {
        self.node.clock.now() + RETRY + Duration::from_nanos(self.jitter.below(RETRY_JITTER_NANOS))
    }
}

/// Resolves when the Pod is to be stopped.
async fn wait_for_reason_to_stop(
    mut wishes: watch::Receiver<Wish>,
    node: Arc<Node>,
    deadline: Option<Instant>,
) {
    let unwanted = wishes.wait_for(|wish| wish.gone || wish.pod.deletion.is_some());
    tokio::select! {
        biased;
        _ = unwanted => {}
        () = until(&node.clock, deadline) => {}
    }
}

/// Resolves at `deadline`; never without one.
async fn until(clock: &wasipod_kernel::clock::Clock, deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => clock.sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
