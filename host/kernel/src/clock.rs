//! The one source of time. Real, or virtual: then time moves only when nothing can run, to the next timer.
//!
//! ```text
//!  Clock::real()      now = the machine's monotonic clock        sleep = tokio's timer
//!  Clock::virtual_()  now = a number that only this file moves   sleep = an entry in an ordered heap
//!
//!  virtual: executor parks ──► no hold? ──► earliest deadline becomes now ──► wake its sleepers in order
//!                                    └── no timer at all ──► stalled() resolves
//! ```
//!
//! Work outside the executor (a compile on another thread) takes a [`Hold`] while it lasts: virtual time stands still.

mod real;
mod virtual_time;

use std::future::Future;
use std::ops::{Add, Sub};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use self::virtual_time::VirtualTime;

/// The wall-clock time at which every virtual run begins: 2025-01-01T00:00:00Z.
pub const VIRTUAL_START: Timestamp = Timestamp(1_735_689_600 * 1_000_000_000);

/// A point of monotonic time: nanoseconds since the clock began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(u64);

/// A point of wall-clock time: nanoseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

// === impl Instant ===

impl Instant {
    /// The beginning of the clock.
    pub const START: Self = Self(0);

    /// From nanoseconds since the clock began.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since the clock began.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// The time since `earlier`, zero if that is later.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, by: Duration) -> Self {
        Self(self.0.saturating_add(saturating_nanos(by)))
    }
}

impl Sub<Instant> for Instant {
    type Output = Duration;

    fn sub(self, earlier: Self) -> Duration {
        self.since(earlier)
    }
}

// === impl Timestamp ===

impl Timestamp {
    /// From nanoseconds since 1970.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since 1970.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Whole seconds since 1970.
    pub const fn seconds(self) -> u64 {
        self.0 / 1_000_000_000
    }

    /// The nanoseconds beyond the whole seconds.
    pub const fn subsec_nanos(self) -> u32 {
        (self.0 % 1_000_000_000) as u32
    }

    /// The time since `earlier`, zero if that is later.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, by: Duration) -> Self {
        Self(self.0.saturating_add(saturating_nanos(by)))
    }
}

fn saturating_nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// A handle on the node's clock; clones share it.
#[derive(Clone, Debug)]
pub struct Clock {
    source: Source,
}

#[derive(Clone, Debug)]
enum Source {
    Real(Arc<real::RealTime>),
    Virtual(Arc<VirtualTime>),
}

// === impl Clock ===

impl Clock {
    /// The machine's clock.
    pub fn real() -> Self {
        Self { source: Source::Real(Arc::new(real::RealTime::start())) }
    }

    /// A clock that begins at [`VIRTUAL_START`] and moves only while its runtime
    /// ([`virtual_runtime`](Self::virtual_runtime)) has nothing to run.
    pub fn virtual_() -> Self {
        Self { source: Source::Virtual(Arc::new(VirtualTime::starting_at(VIRTUAL_START))) }
    }

    /// Whether time is virtual.
    pub fn is_virtual(&self) -> bool {
        matches!(self.source, Source::Virtual(_))
    }

    /// Monotonic now.
    pub fn now(&self) -> Instant {
        match &self.source {
            Source::Real(time) => time.now(),
            Source::Virtual(time) => time.now(),
        }
    }

    /// Wall-clock now.
    pub fn wall(&self) -> Timestamp {
        match &self.source {
            Source::Real(time) => time.wall(),
            Source::Virtual(time) => time.wall(),
        }
    }

    /// Resolves when `deadline` has come. Cancel-safe: dropping it forgets the timer.
    pub fn sleep_until(&self, deadline: Instant) -> Sleep {
        match &self.source {
            Source::Real(time) => Sleep(SleepKind::Real(Box::pin(time.sleep_until(deadline)))),
            Source::Virtual(time) => {
                Sleep(SleepKind::Virtual(virtual_time::Timer::new(time.clone(), deadline)))
            }
        }
    }

    /// Resolves after `duration`. Cancel-safe.
    pub fn sleep(&self, duration: Duration) -> Sleep {
        self.sleep_until(self.now() + duration)
    }

    /// Virtual time stands still until the hold is dropped; on real time it means nothing.
    pub fn hold(&self) -> Hold {
        match &self.source {
            Source::Real(_) => Hold(None),
            Source::Virtual(time) => Hold(Some(virtual_time::HoldGuard::new(time.clone()))),
        }
    }

    /// Resolves when virtual time can't go on: nothing can run, nobody sleeps, nothing is held. Never on real time.
    pub async fn stalled(&self) {
        match &self.source {
            Source::Real(_) => std::future::pending().await,
            Source::Virtual(time) => time.stalled().await,
        }
    }

    /// The single-threaded runtime that moves this virtual clock: whenever it has nothing to run, time goes to the
    /// next timer.
    ///
    /// # Errors
    /// When the operating system refuses the runtime's resources, or the clock is real.
    pub fn virtual_runtime(&self) -> std::io::Result<tokio::runtime::Runtime> {
        match &self.source {
            Source::Real(_) => Err(std::io::Error::other("a real clock moves by itself")),
            Source::Virtual(time) => {
                let time = time.clone();
                tokio::runtime::Builder::new_current_thread().on_thread_park(move || time.advance()).build()
            }
        }
    }
}

/// See [`Clock::hold`].
#[derive(Debug)]
#[must_use = "dropping a hold lets time go on"]
pub struct Hold(#[expect(dead_code, reason = "held for its drop")] Option<virtual_time::HoldGuard>);

/// See [`Clock::sleep_until`].
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Sleep(SleepKind);

#[derive(Debug)]
enum SleepKind {
    Real(Pin<Box<real::Timer>>),
    Virtual(virtual_time::Timer),
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match &mut self.0 {
            SleepKind::Real(timer) => timer.as_mut().poll(cx),
            SleepKind::Virtual(timer) => timer.poll(cx),
        }
    }
}

#[cfg(test)]
mod tests;
