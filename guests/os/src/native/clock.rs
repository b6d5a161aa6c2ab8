//! Time, and waiting for several things at once.

use std::os::fd::{AsFd, BorrowedFd};
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime};

use nix::poll::{PollFd, PollFlags, PollTimeout};

use super::process::has_pending;
use crate::{Errno, Interest, Result, Timestamp};

/// So long at most until a caught signal is seen.
const TICK: Duration = Duration::from_millis(5);

/// The present moment.
pub fn now() -> Timestamp {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp { seconds: i64::try_from(now.as_secs()).unwrap_or(i64::MAX), nanoseconds: now.subsec_nanos() }
}

/// Time since some fixed moment; never goes back.
pub fn monotonic_now() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

/// Blocks until one of them is ready or the time is over; tells which are.
pub fn poll(interests: &[Interest<'_>], timeout: Option<Duration>) -> Vec<bool> {
    let end = timeout.map(|time| Instant::now() + time);
    loop {
        let mut ready: Vec<bool> = interests
            .iter()
            .map(|interest| {
                let fd: BorrowedFd<'_> = match interest {
                    Interest::Signal => return has_pending(),
                    Interest::Read(file) => file.0.as_fd(),
                    Interest::Receive(stream) => stream.0.as_fd(),
                    Interest::Accept(listener) => listener.0.as_fd(),
                };
                let mut one = [PollFd::new(fd, PollFlags::POLLIN)];
                nix::poll::poll(&mut one, PollTimeout::ZERO).is_ok_and(|n| n > 0)
            })
            .collect();
        if ready.contains(&true) {
            return ready;
        }
        let now = Instant::now();
        if end.is_some_and(|end| now >= end) {
            ready.fill(false);
            return ready;
        }
        std::thread::sleep(end.map_or(TICK, |end| TICK.min(end - now)));
    }
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
