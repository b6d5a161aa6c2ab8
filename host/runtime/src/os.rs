//! `wasipod:os` (wit/world.wit) over the kernel: what POSIX has and WASI hasn't.

pub(crate) mod files;
mod process;
mod signals;

use std::task::{Context, Poll};

use wasipod_kernel::process::Process;
use wasipod_kernel::{Errno, Result};

use crate::wasi::readiness::ready;

/// Waits until `attempt` answers something else than `EAGAIN`; `EINTR` when a caught signal comes first.
async fn blocking<T>(
    process: &Process,
    what: &str,
    mut attempt: impl FnMut() -> Result<T>,
    mut poll: impl FnMut(&mut Context<'_>) -> Poll<()>,
) -> Result<T> {
    loop {
        match attempt() {
            Err(Errno::EAGAIN) => {}
            answer => return answer,
        }
        let mut interrupted = false;
        ready(process, what, |cx| {
            if poll(cx).is_ready() {
                return Poll::Ready(());
            }
            interrupted = process.poll_signal(cx).is_ready();
            if interrupted { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        if interrupted {
            return Err(Errno::EINTR);
        }
    }
}
