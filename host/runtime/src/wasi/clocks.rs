//! `wasi:clocks`: the node's clock, so that sleeps pass in virtual time too.

use std::sync::Arc;
use std::time::Duration;

use wasipod_kernel::clock::{Clock, Instant};
use wasipod_kernel::process::Process;
use wasmtime::component::Resource;
use wasmtime_wasi_io::async_trait;
use wasmtime_wasi_io::poll::{DynPollable, Pollable, subscribe};

use crate::bindings::wasi::clocks::wall_clock::Datetime;
use crate::bindings::wasi::clocks::{monotonic_clock, wall_clock};
use crate::guest::Guest;

/// What a program's monotonic clock shows when the node's begins: no running machine shows 0, and Go's runtime takes
/// that for a broken clock.
const UPTIME_NANOS: u64 = 1_000_000_000;

struct Alarm {
    process: Arc<Process>,
    clock: Clock,
    deadline: Instant,
}

#[async_trait]
impl Pollable for Alarm {
    async fn ready(&mut self) {
        if self.clock.now() < self.deadline {
            self.process.set_waiting_for("sleep");
            self.clock.sleep_until(self.deadline).await;
            self.process.set_waiting_for("");
        }
    }
}

impl Guest {
    fn alarm(&mut self, deadline: Instant) -> wasmtime::Result<Resource<DynPollable>> {
        let alarm = Alarm { process: self.process.clone(), clock: self.clock().clone(), deadline };
        let alarm = self.table.push(alarm)?;
        subscribe(&mut self.table, alarm)
    }
}

impl monotonic_clock::Host for Guest {
    fn now(&mut self) -> wasmtime::Result<u64> {
        Ok(self.clock().now().as_nanos() + UPTIME_NANOS)
    }

    fn resolution(&mut self) -> wasmtime::Result<u64> {
        Ok(1)
    }

    fn subscribe_instant(&mut self, when: u64) -> wasmtime::Result<Resource<DynPollable>> {
        self.alarm(Instant::from_nanos(when.saturating_sub(UPTIME_NANOS)))
    }

    fn subscribe_duration(&mut self, duration: u64) -> wasmtime::Result<Resource<DynPollable>> {
        let deadline = self.clock().now() + Duration::from_nanos(duration);
        self.alarm(deadline)
    }
}

impl wall_clock::Host for Guest {
    fn now(&mut self) -> wasmtime::Result<Datetime> {
        let now = self.clock().wall();
        Ok(Datetime { seconds: now.seconds(), nanoseconds: now.subsec_nanos() })
    }

    fn resolution(&mut self) -> wasmtime::Result<Datetime> {
        Ok(Datetime { seconds: 0, nanoseconds: 1 })
    }
}
