//! What the servers ask of the system beside files and sockets: identity, signals, the wall clock.

use std::time::SystemTime;

use wasipod_guest_os::{self as os, Disposition};

use crate::reactor::{self, Source};

pub use wasipod_guest_os::signal;

/// The wall clock, as logs and Date fields show it.
pub fn now() -> SystemTime {
    SystemTime::now()
}

/// The process's own id.
pub fn process_id() -> u32 {
    os::get_pid()
}

/// The machine's name: in a Pod, the Pod's.
pub fn hostname() -> String {
    os::hostname()
}

/// Sends a signal to one process.
///
/// # Errors
/// The Linux error number: `ESRCH` (3) when there is no such process.
pub fn send_signal(process: u32, signal: u8) -> Result<(), u16> {
    let target = i32::try_from(process).ok().filter(|pid| *pid > 0).ok_or(3_u16)?;
    os::kill(target, signal).map_err(|error| error.0)
}

/// The signals that a server answers to; from now on they don't end the process by themselves.
pub struct Signals {
    source: Source,
    pending: Vec<u8>,
}

impl Signals {
    /// Catches these signals. KILL and STOP can't be caught and are left out.
    pub fn catch(signals: &[u8]) -> Signals {
        for signal in signals {
            let _ = os::set_disposition(*signal, Disposition::Catch);
        }
        Signals { source: reactor::signals(), pending: Vec::new() }
    }

    /// Waits for the next signal; its number.
    pub async fn next(&mut self) -> u8 {
        loop {
            if self.pending.is_empty() {
                self.pending = os::take_pending();
                self.pending.reverse();
            }
            if let Some(signal) = self.pending.pop() {
                return signal;
            }
            reactor::ready(&self.source).await;
        }
    }
}
