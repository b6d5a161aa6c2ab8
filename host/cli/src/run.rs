//! Following a run: from the applied manifests to the exit status.
//!
//! ```text
//!  node ──pods, events, logs──► follow ──► Course: where the run stands, what to do next (pure)
//!   ▲                            │  └────► Recorder ──► Output      (virtual time: ordered per instant)
//!   └── delete, exec, publish ◄──┘
//! ```

pub(crate) mod course;
pub(crate) mod entry;
pub(crate) mod execs;
pub(crate) mod follow;
pub(crate) mod followers;
pub(crate) mod interrupt;
pub(crate) mod outcome;
pub(crate) mod pod_row;
pub(crate) mod progress;
pub(crate) mod recorder;

#[cfg(test)]
mod testing;
