//! One probe's clockwork: ticks from the worker's birth on, not from the container's start (PROBE-2, PROBE-3, PROBE-8).

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use wasipod_api::model::event::EventType;
use wasipod_api::model::{Container, Pod, Probe, ProbeHandler, RestartPolicy};
use wasipod_kernel::clock::Instant;

use super::{Answer, Judge, ProbeKind, ProbeResult, Situation, Step, exec};
use crate::command;
use crate::container::ContainerId;
use crate::facts::{Facts, InstanceState};
use crate::node::Node;
use crate::pod_cell::PodCell;

/// How often an ask that can't be made is tried at once (PROBE-10).
const TRIES: usize = 3;

/// Asks a readiness probe's worker to ask out of turn (PROBE-8); further triggers before it does are one.
pub(crate) type Trigger = Arc<Notify>;

/// One probe of one container of one Pod; it lives as long as the Pod is synced.
pub(crate) struct ProbeWorker {
    kind: ProbeKind,
    probe: Probe,
    argv: Vec<String>,
    container: String,
    policy: RestartPolicy,
    node: Arc<Node>,
    cell: Arc<PodCell>,
    trigger: Trigger,
    judge: Judge,
    has_startup_probe: bool,
}

// === impl ProbeWorker ===

impl ProbeWorker {
    /// The worker of the container's probe of that kind; `None` when it has none, or one of a handler that validation
    /// refuses.
    pub(crate) fn new(
        kind: ProbeKind,
        pod: &Pod,
        container: &Container,
        node: &Arc<Node>,
        cell: &Arc<PodCell>,
    ) -> Option<Self> {
        let probe = kind.of(container)?.clone();
        let ProbeHandler::Exec(argv) = &probe.handler else {
            tracing::error!(pod = %cell.key(), container = container.name, "{kind} probe: only exec is supported");
            return None;
        };
        Some(Self {
            kind,
            argv: command::expand_probe(argv, container),
            container: container.name.clone(),
            policy: pod.spec.restart_policy,
            node: node.clone(),
            cell: cell.clone(),
            trigger: Trigger::default(),
            judge: Judge::new(kind, &probe),
            has_startup_probe: container.startup_probe.is_some(),
            probe,
        })
    }

    /// What triggers it.
    pub(crate) fn trigger(&self) -> Trigger {
        self.trigger.clone()
    }

    /// Ticks until the probe's work is over. Dropping the future ends it and kills a command under way.
    pub(crate) async fn run(mut self) {
        let clock = self.node.clock.clone();
        let period = self.probe.period.max(Duration::from_secs(1));
        if clock.now().since(self.node.started_at) < period {
            clock.sleep(self.phase(period)).await;
        }
        let mut next = clock.now() + period;
        while self.tick().await {
            let trigger = self.trigger.clone();
            tokio::select! {
                biased;
                () = clock.sleep_until(next) => next = following(next, period, clock.now()),
                () = trigger.notified() => next = clock.now() + period,
            }
        }
    }

    /// The random wait before the first tick, for a kubelet that has just started (PROBE-3).
    fn phase(&self, period: Duration) -> Duration {
        let purpose = format!("probe/{}/{}/{}", self.cell.key().uid, self.container, self.kind);
        let nanos = u64::try_from(period.as_nanos()).unwrap_or(u64::MAX);
        Duration::from_nanos(self.node.random.fork(&purpose).below(nanos))
    }

    /// One tick; false when the work is over.
    async fn tick(&mut self) -> bool {
        let (situation, terminating) =
            self.cell.look(|facts, terminating| (self.situation(facts), terminating));
        let (result, step) = self.judge.tick(&situation, terminating, self.node.clock.wall());
        let id = match situation {
            Situation::Absent => return true,
            Situation::Running { id, .. } | Situation::NotRunning { id, .. } => id,
        };
        if let Some(result) = result {
            self.store(&id, result);
        }
        match step {
            Step::Skip => true,
            Step::End => false,
            Step::Ask => {
                let answer = self.ask(&id).await;
                if let Some(result) = self.judge.answered(&answer) {
                    self.store(&id, result);
                }
                true
            }
        }
    }

    fn situation(&self, facts: &Facts) -> Situation {
        let Some(instance) = facts.current(&self.container) else { return Situation::Absent };
        let id = instance.id.clone();
        match &instance.state {
            InstanceState::Created { .. } | InstanceState::Running { .. } if !instance.start_done => {
                Situation::Absent
            }
            InstanceState::Created { .. } => Situation::NotRunning { id, for_good: false },
            InstanceState::Running { started_at } => {
                let passed =
                    facts.probe_result(&self.container, ProbeKind::Startup) == Some(ProbeResult::Success);
                let started = passed || !self.has_startup_probe;
                Situation::Running { id, since: *started_at, started }
            }
            InstanceState::Exited(_) => {
                Situation::NotRunning { id, for_good: self.policy == RestartPolicy::Never }
            }
        }
    }

    async fn ask(&self, id: &ContainerId) -> Answer {
        let mut answer = Answer::Error(String::new());
        for _ in 0..TRIES {
            let runtime = &*self.node.ports.runtime;
            answer = exec::ask(runtime, &self.node.clock, id, &self.argv, self.probe.timeout).await;
            if !matches!(answer, Answer::Error(_)) {
                break;
            }
        }
        // A container that ended under the question isn't unhealthy but gone, and that is told otherwise.
        let still_runs = self.cell.look(|facts, _| {
            facts.current(&self.container).is_some_and(|instance| instance.id == *id && instance.is_running())
        });
        let text = match &answer {
            Answer::Success => return answer,
            Answer::Failure(output) => format!("{} probe failed: {output}", self.kind),
            Answer::Error(_) if !still_runs => return answer,
            Answer::Error(error) => {
                format!("{} probe errored and resulted in unknown state: {error}", self.kind)
            }
        };
        self.cell.container_event(&self.node, EventType::Warning, &self.container, "Unhealthy", text);
        answer
    }

    fn store(&self, id: &ContainerId, result: ProbeResult) {
        self.cell.probe_result(&self.container, self.kind, id, result);
    }
}

/// The next tick of a ticker: one that was missed is made up for at once, further ones are lost.
fn following(due: Instant, period: Duration, now: Instant) -> Instant {
    let mut next = due + period;
    while next + period <= now {
        next = next + period;
    }
    next
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_keep_their_phase_and_missed_ones_are_made_up_for_once_probe_2() {
        let at = |seconds: u64| Instant::START + Duration::from_secs(seconds);
        let period = Duration::from_secs(5);
        assert_eq!(following(at(3), period, at(3)), at(8));
        // Busy until 20: the tick of 8 comes late, at 20; of 13 and 18 one is made up for.
        assert_eq!(following(at(8), period, at(20)), at(18));
    }
}
