//! Time, and waiting for several things at once.

use std::time::Duration;

use wasip2::clocks::{monotonic_clock, wall_clock};

use crate::{Errno, Interest, Result, Timestamp};

/// The present moment.
pub fn now() -> Timestamp {
    let now = wall_clock::now();
    Timestamp { seconds: i64::try_from(now.seconds).unwrap_or(i64::MAX), nanoseconds: now.nanoseconds }
}

/// Time since some fixed moment; never goes back.
pub fn monotonic_now() -> Duration {
    Duration::from_nanos(monotonic_clock::now())
}

/// Blocks until one of them is ready or the time is over; tells which are.
pub fn poll(interests: &[Interest<'_>], timeout: Option<Duration>) -> Vec<bool> {
    let mut pollables: Vec<_> = interests
        .iter()
        .map(|interest| match interest {
            Interest::Read(file) => super::pollables::readable(file),
            Interest::Receive(stream) => stream.subscribe(),
            Interest::Accept(listener) => listener.subscribe(),
            Interest::Signal => super::pollables::signal(),
        })
        .collect();
    if let Some(timeout) = timeout {
        let nanoseconds = u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX);
        pollables.push(monotonic_clock::subscribe_duration(nanoseconds));
    }
    let borrowed: Vec<_> = pollables.iter().collect();
    let ready = wasip2::io::poll::poll(&borrowed);
    (0u32..).take(interests.len()).map(|i| ready.contains(&i)).collect()
}

/// Sleeps; a caught signal ends it early.
///
/// # Errors
/// `EINTR` after a caught signal.
pub fn sleep(time: Duration) -> Result<()> {
    match poll(&[Interest::Signal], Some(time)).first() {
        Some(true) => Err(Errno::EINTR),
        _ => Ok(()),
    }
}
