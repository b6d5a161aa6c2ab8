//! The threads of a node.

use std::future::Future;
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};
use wasipod_kernel::clock::Clock;

use crate::NodeError;

/// Threads for the kubelet, the control plane and the command line: they decide and wait, they don't compute.
const CONTROL_THREADS: usize = 1;

/// How long the end of a run waits for guests that are just being interrupted.
const END: Duration = Duration::from_millis(200);

/// Where tasks run.
pub(crate) struct Executors {
    control: Runtime,
    /// On virtual time guests run on the control executor, the clock's only thread.
    guests: Option<Runtime>,
}

// === impl Executors ===

impl Executors {
    pub(crate) fn new(clock: &Clock) -> Result<Self, NodeError> {
        if clock.is_virtual() {
            return Ok(Self { control: clock.virtual_runtime().map_err(NodeError::Executor)?, guests: None });
        }
        let named = |name: &str| {
            let mut builder = Builder::new_multi_thread();
            builder.thread_name(name).enable_all();
            builder
        };
        let control =
            named("wasipod-control").worker_threads(CONTROL_THREADS).build().map_err(NodeError::Executor)?;
        let guests = named("wasipod-guests").build().map_err(NodeError::Executor)?;
        Ok(Self { control, guests: Some(guests) })
    }

    /// Where guests run.
    pub(crate) fn guests(&self) -> Handle {
        self.guests.as_ref().unwrap_or(&self.control).handle().clone()
    }

    pub(crate) fn block_on<T>(&self, main: impl Future<Output = T>) -> T {
        self.control.block_on(main)
    }

    /// Ends all tasks.
    pub(crate) fn end(self) {
        if let Some(guests) = self.guests {
            guests.shutdown_timeout(END);
        }
        self.control.shutdown_background();
    }
}
