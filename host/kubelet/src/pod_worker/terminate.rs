//! A Pod's end: its containers stopped in their grace, the final status, its volumes, its object (DEL-7, PHASE-10).

use std::time::Duration;

use futures::future::join_all;
use tokio::sync::watch;
use wasipod_api::model::event::EventType;

use super::kill::kill;
use super::sync::kill_message;
use super::{DEADLINE_MESSAGE, End, PodWorker, Wish, publish};
use crate::container::{ContainerId, SandboxId};
use crate::facts::SandboxState;
use crate::grace;
use crate::node::Node;
use crate::plan::KillReason;
use crate::pod_cell::declaration;
use crate::status::{Stage, Verdict};

// === impl PodWorker ===

impl PodWorker {
    /// Stops everything; afterwards the status is final.
    pub(super) async fn terminate(&mut self, end: End) {
        self.stage = Stage::Stopping;
        self.cell.set_terminating();
        match &end {
            End::Deadline => {
                self.cell.event(&self.node, EventType::Normal, "DeadlineExceeded", DEADLINE_MESSAGE);
                let (reason, message) = ("DeadlineExceeded".to_owned(), DEADLINE_MESSAGE.to_owned());
                self.verdict = Some(Verdict { reason, message });
            }
            End::Broken(verdict) => self.verdict = Some(verdict.clone()),
            End::Finished | End::Deleted | End::Gone => {}
        }
        self.publish().await;
        self.kill_all().await;
        self.stop_sandbox().await;
        self.probes.shutdown().await;
        self.read_termination_messages().await;
        self.stage = Stage::Stopped;
        self.publish().await;
        self.node.ports.admission.released(self.cell.key());
    }

    /// All containers at once (LIFE-19), in a grace that a later deletion can shorten.
    async fn kill_all(&mut self) {
        let (node, cell) = (self.node.clone(), self.cell.clone());
        let pod = cell.pod();
        let running =
            cell.look(|facts, _| facts.running().map(|(name, _)| name.to_owned()).collect::<Vec<_>>());
        let (shared, grace) = watch::channel(wanted_grace(&self.wishes.borrow(), None));
        let kills = running.iter().filter_map(|name| {
            let message = kill_message(name, KillReason::PodStopped, false);
            declaration(&pod, name).map(|container| kill(&node, &cell, container, message, grace.clone()))
        });
        let kills = join_all(kills.collect::<Vec<_>>());
        let wishes = self.wishes.clone();
        tokio::select! {
            biased;
            _ = kills => {}
            () = follow_wishes(&node, wishes, &shared) => {}
            () = publish::follow_readiness(&node, &cell) => {}
        }
    }

    async fn stop_sandbox(&mut self) {
        let sandbox = self.sandbox();
        let Some(id) = sandbox else { return };
        if let Err(error) = self.node.ports.runtime.stop_sandbox(&id).await {
            let message = format!("error killing pod: {error}");
            self.cell.event(&self.node, EventType::Warning, "FailedKillPod", message);
        }
        self.cell.change(|facts| {
            if let Some(sandbox) = &mut facts.sandbox {
                sandbox.state = SandboxState::Dead;
            }
        });
    }

    fn sandbox(&self) -> Option<SandboxId> {
        self.cell.look(|facts, _| facts.sandbox.as_ref().map(|sandbox| sandbox.id.clone()))
    }

    /// After the final status: volumes go at once, the rest stays readable until the object is to go, then it goes too.
    pub(super) async fn leave(&mut self) {
        self.unmount_volumes().await;
        loop {
            let wish = self.wishes.borrow_and_update().clone();
            if wish.gone {
                break;
            }
            let retry = if self.unwritten {
                self.publish().await;
                Some(self.retry_at())
            } else if wish.pod.deletion.is_some() {
                match self.node.ports.writer.delete(self.cell.key()).await {
                    Ok(()) => break,
                    Err(error) => {
                        tracing::warn!(pod = %self.cell.key(), %error, "object not deleted");
                        Some(self.retry_at())
                    }
                }
            } else {
                None
            };
            let clock = self.node.clock.clone();
            tokio::select! {
                biased;
                changed = self.wishes.changed() => if changed.is_err() { break },
                () = super::until(&clock, retry) => {}
            }
        }
        self.remove_everything().await;
        let uid = &self.cell.key().uid;
        self.node.recorder.forget(uid.as_str());
        self.node.pull_backoff.lock().retain(|(of, _)| of != uid);
    }

    async fn remove_everything(&mut self) {
        let runtime = self.node.ports.runtime.clone();
        let instances: Vec<ContainerId> = self.cell.look(|facts, _| {
            let all = facts.containers.values().flat_map(|known| known.current.iter().chain(&known.previous));
            all.map(|instance| instance.id.clone()).collect()
        });
        for id in instances {
            if let Err(error) = runtime.remove_container(&id).await {
                tracing::warn!(pod = %self.cell.key(), container = %id, %error, "container not removed");
            }
        }
        if let Some(id) = self.sandbox()
            && let Err(error) = runtime.remove_sandbox(&id).await
        {
            tracing::warn!(pod = %self.cell.key(), %error, "sandbox not removed");
        }
    }
}

/// The grace that the wish asks for; never more than `before` (DEL-5, DEL-9).
fn wanted_grace(wish: &Wish, before: Option<Duration>) -> Duration {
    if wish.gone {
        return before.map_or(grace::FORCED, |before| before.min(grace::FORCED));
    }
    grace::of_pod(&wish.pod, before)
}

/// Shortens the grace of the kills under way when a later deletion asks for it; never resolves.
async fn follow_wishes(node: &Node, mut wishes: watch::Receiver<Wish>, shared: &watch::Sender<Duration>) {
    let begun = node.clock.now();
    let mut asked = wanted_grace(&wishes.borrow_and_update(), None);
    while wishes.changed().await.is_ok() {
        let now_asked = wanted_grace(&wishes.borrow_and_update(), Some(asked));
        if now_asked < asked {
            asked = now_asked;
            let total = (node.clock.now() - begun) + asked;
            shared.send_if_modified(|grace| {
                let shorter = total < *grace;
                *grace = total.min(*grace);
                shorter
            });
        }
    }
    std::future::pending().await
}
