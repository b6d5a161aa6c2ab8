//! When a probe asks and what the answers come to: pure (PROBE-4, PROBE-6…9, PROBE-13, PROBE-16, PROBE-24).

use std::time::Duration;

use wasipod_api::model::Probe;
use wasipod_kernel::clock::Timestamp;

use super::{ProbeKind, ProbeResult};
use crate::container::ContainerId;
use crate::time::whole_seconds;

/// What the container does when a probe's tick comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Situation {
    /// There is no instance yet.
    Absent,
    /// There is one and it runs.
    Running {
        /// Which.
        id: ContainerId,
        /// Since when.
        since: Timestamp,
        /// Whether its startup probe, if it has one, has passed.
        started: bool,
    },
    /// There is one and it doesn't run.
    NotRunning {
        /// Which.
        id: ContainerId,
        /// It has ended and none will follow.
        for_good: bool,
    },
}

/// What to do at a tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing.
    Skip,
    /// Ask the container.
    Ask,
    /// The probe's work is over.
    End,
}

/// What one ask came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It went well.
    Success,
    /// It didn't; the text tells why.
    Failure(String),
    /// The asking itself failed: it counts for nothing (PROBE-10).
    Error(String),
}

/// One probe's memory.
#[derive(Clone, Debug)]
pub struct Judge {
    kind: ProbeKind,
    initial_delay: Duration,
    success_threshold: u32,
    failure_threshold: u32,
    instance: Option<ContainerId>,
    on_hold: bool,
    /// The last answer and how often it came in a row.
    last: Option<ProbeResult>,
    run: u32,
}

// === impl Judge ===

impl Judge {
    /// The judge of `probe`.
    pub fn new(kind: ProbeKind, probe: &Probe) -> Self {
        Self {
            kind,
            initial_delay: probe.initial_delay,
            success_threshold: probe.success_threshold.max(1),
            failure_threshold: probe.failure_threshold.max(1),
            instance: None,
            on_hold: false,
            last: None,
            run: 0,
        }
    }

    /// What to do at a tick at `now`, and a result to be stored before that.
    pub fn tick(
        &mut self,
        situation: &Situation,
        terminating: bool,
        now: Timestamp,
    ) -> (Option<ProbeResult>, Step) {
        let id = match situation {
            Situation::Absent => return (None, Step::Skip),
            Situation::Running { id, .. } | Situation::NotRunning { id, .. } => id,
        };
        let mut result = None;
        if self.instance.as_ref() != Some(id) {
            self.instance = Some(id.clone());
            self.on_hold = false;
            result = Some(self.kind.initial_result());
        }
        if self.on_hold {
            return (result, Step::Skip);
        }
        let (since, started) = match situation {
            Situation::Running { since, started, .. } => (*since, *started),
            Situation::NotRunning { for_good, .. } => {
                return (Some(ProbeResult::Failure), if *for_good { Step::End } else { Step::Skip });
            }
            Situation::Absent => return (None, Step::Skip),
        };
        if terminating && self.kind != ProbeKind::Readiness {
            return (Some(ProbeResult::Success), Step::End);
        }
        // PROBE-4: whole seconds since a start that is itself cut to the second.
        if now.since(whole_seconds(since)).as_secs() < self.initial_delay.as_secs() {
            return (result, Step::Skip);
        }
        // PROBE-6.
        if started == (self.kind == ProbeKind::Startup) {
            return (result, Step::Skip);
        }
        (result, Step::Ask)
    }

    /// The result to be stored after `answer`, if it is decided.
    pub fn answered(&mut self, answer: &Answer) -> Option<ProbeResult> {
        let found = match answer {
            Answer::Success => ProbeResult::Success,
            Answer::Failure(_) => ProbeResult::Failure,
            Answer::Error(_) => return None,
        };
        if self.last == Some(found) {
            self.run += 1;
        } else {
            (self.last, self.run) = (Some(found), 1);
        }
        let threshold =
            if found == ProbeResult::Success { self.success_threshold } else { self.failure_threshold };
        if self.run < threshold {
            return None;
        }
        // PROBE-13.
        if self.kind == ProbeKind::Startup
            || (self.kind == ProbeKind::Liveness && found == ProbeResult::Failure)
        {
            self.on_hold = true;
            self.run = 0;
        }
        Some(found)
    }
}

#[cfg(test)]
mod tests;
