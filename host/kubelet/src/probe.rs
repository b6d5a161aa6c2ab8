//! Probes: the judge decides when to ask and what the answers mean (pure), the worker keeps the time and asks.

mod exec;
mod judge;
mod worker;

use std::fmt;

use wasipod_api::model::{Container, Probe};

pub use self::judge::{Answer, Judge, Situation, Step};
pub(crate) use self::worker::{ProbeWorker, Trigger};

/// Which of a container's probes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProbeKind {
    /// Holds the others back until it succeeds.
    Startup,
    /// Failing it restarts the container.
    Liveness,
    /// Failing it makes the container not ready.
    Readiness,
}

/// What a probe has found (after its thresholds).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProbeResult {
    /// It holds.
    Success,
    /// It doesn't.
    Failure,
    /// Not decided yet.
    Unknown,
}

// === impl ProbeKind ===

impl ProbeKind {
    /// All kinds, in the order in which their workers are made.
    pub const ALL: [Self; 3] = [Self::Startup, Self::Readiness, Self::Liveness];

    /// The container's probe of that kind.
    pub fn of(self, container: &Container) -> Option<&Probe> {
        match self {
            Self::Startup => container.startup_probe.as_ref(),
            Self::Liveness => container.liveness_probe.as_ref(),
            Self::Readiness => container.readiness_probe.as_ref(),
        }
    }

    /// What a new instance begins with (PROBE-7).
    pub const fn initial_result(self) -> ProbeResult {
        match self {
            Self::Startup => ProbeResult::Unknown,
            Self::Liveness => ProbeResult::Success,
            Self::Readiness => ProbeResult::Failure,
        }
    }
}

impl fmt::Display for ProbeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Startup => "Startup",
            Self::Liveness => "Liveness",
            Self::Readiness => "Readiness",
        })
    }
}
