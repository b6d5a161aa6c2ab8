//! Waiting in a guest: WASI's poll over pollables.

use std::{rc::Rc, time::Duration};

use wasip2::{
    clocks::monotonic_clock,
    io::poll::{self, Pollable},
};

/// Something that can become ready.
#[derive(Clone)]
pub struct Source(Rc<Pollable>);

impl Source {
    pub(crate) fn new(pollable: Pollable) -> Source {
        Source(Rc::new(pollable))
    }
}

/// Ready when a caught signal is pending.
pub fn signals() -> Source {
    Source::new(wasipod_guest_os::pollables::signal())
}

pub(super) fn monotonic() -> Duration {
    Duration::from_nanos(monotonic_clock::now())
}

/// Blocks until a source is ready or the deadline has come; the indexes of those that are.
pub(super) fn wait(sources: &[Source], deadline: Option<Duration>) -> Vec<usize> {
    let timer = deadline
        .map(|at| monotonic_clock::subscribe_instant(u64::try_from(at.as_nanos()).unwrap_or(u64::MAX)));
    let pollables: Vec<&Pollable> = sources.iter().map(|source| &*source.0).chain(timer.as_ref()).collect();
    if pollables.is_empty() {
        return Vec::new();
    }
    poll::poll(&pollables)
        .into_iter()
        .map(|index| index as usize)
        .filter(|index| *index < sources.len())
        .collect()
}
