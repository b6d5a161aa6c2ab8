//! Pollables made of the kernel's readiness.

use std::sync::Arc;
use std::task::{Context, Poll};

use wasipod_kernel::file::FileRef;
use wasipod_kernel::process::Process;
use wasmtime_wasi_io::async_trait;
use wasmtime_wasi_io::poll::Pollable;

/// Resolves when `poll` is ready; meanwhile the process is known to wait for `what`.
pub(crate) async fn ready(process: &Process, what: &str, mut poll: impl FnMut(&mut Context<'_>) -> Poll<()>) {
    let mut waits = false;
    std::future::poll_fn(|cx| {
        let answer = poll(cx);
        if answer.is_pending() && !waits {
            waits = true;
            process.set_waiting_for(what);
        }
        answer
    })
    .await;
    if waits {
        process.set_waiting_for("");
    }
}

/// In which direction a description is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Read,
    Write,
}

/// An open file description that becomes readable or writable.
pub(crate) struct FileReadiness {
    pub(crate) process: Arc<Process>,
    pub(crate) file: FileRef,
    pub(crate) direction: Direction,
}

#[async_trait]
impl Pollable for FileReadiness {
    async fn ready(&mut self) {
        let file = &self.file;
        match self.direction {
            Direction::Read => {
                ready(&self.process, &format!("read {}", file.label()), |cx| file.poll_readable(cx)).await;
            }
            Direction::Write => {
                ready(&self.process, &format!("write {}", file.label()), |cx| file.poll_writable(cx)).await;
            }
        }
    }
}

/// Caught signals that are pending.
pub(crate) struct SignalReadiness(pub(crate) Arc<Process>);

#[async_trait]
impl Pollable for SignalReadiness {
    async fn ready(&mut self) {
        let process = &self.0;
        ready(process, "signal", |cx| process.poll_signal(cx)).await;
    }
}
