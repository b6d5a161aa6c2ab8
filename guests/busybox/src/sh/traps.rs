//! Traps (XCU trap, 2.12): when the actions run.

use std::collections::BTreeSet;

use wasipod_guest_os::{self as os, Disposition, Errno, OpenFlags, signal};

use super::source::Source;
use super::state::{Flow, Shell, Stop};

/// Signals that this process began with ignored; there is no call that tells without a change, but /proc does.
pub(super) fn ignored_signals() -> BTreeSet<u8> {
    let status = os::open("/proc/self/status", OpenFlags::READ, 0).and_then(|file| file.read_to_end());
    let text = status.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let mask = text.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    signal::all().map(|(number, _)| number).filter(|number| mask >> (number - 1) & 1 == 1).collect()
}

impl Shell {
    /// Sets a signal's action: none is the default, empty ignores. Signal 0 is the end of the shell.
    ///
    /// # Errors
    /// `EINVAL` for signals that can't be changed.
    pub(super) fn set_trap(&mut self, signal: u8, action: Option<String>) -> Result<(), Errno> {
        self.shown_traps.clear();
        if self.ignored_at_start.contains(&signal) {
            return Ok(());
        }
        if signal > 0 {
            let disposition = match action.as_deref() {
                None => Disposition::Default,
                Some("") => Disposition::Ignore,
                Some(_) => Disposition::Catch,
            };
            os::set_disposition(signal, disposition)?;
        }
        match action {
            Some(action) => self.traps.insert(signal, action),
            None => self.traps.remove(&signal),
        };
        Ok(())
    }

    /// Asks which signals have arrived.
    pub(super) fn collect_signals(&mut self) {
        for signal in os::take_pending() {
            if !self.pending.contains(&signal) {
                self.pending.push(signal);
            }
        }
    }

    /// Runs the actions of signals that have arrived; between commands.
    pub(super) fn run_traps(&mut self) -> Flow<()> {
        if !self.traps.iter().any(|(signal, action)| *signal > 0 && !action.is_empty())
            || self.in_trap.is_some()
        {
            return Ok(());
        }
        self.collect_signals();
        while !self.pending.is_empty() {
            let signal = self.pending.remove(0);
            if let Some(action) = self.traps.get(&signal).cloned() {
                self.run_action(action)?;
            }
        }
        Ok(())
    }

    /// An action leaves `$?` as it was.
    fn run_action(&mut self, action: String) -> Flow<()> {
        let status = self.status;
        let outer = self.in_trap.replace(status);
        let done = self.run_source(Source::Text(Some(action)), false);
        self.in_trap = outer;
        done?;
        self.status = status;
        Ok(())
    }

    /// The shell's end: runs the action for it; the exit status.
    pub(super) fn finish(&mut self, stop: Flow<()>) -> u8 {
        let mut status = match stop {
            Ok(()) => self.status,
            Err(Stop::Exit(status) | Stop::Return(status) | Stop::Error(status)) => status,
            Err(Stop::Break(_) | Stop::Continue(_)) => self.status,
        };
        if let Some(action) = self.traps.remove(&0) {
            self.status = status;
            if let Err(Stop::Exit(other) | Stop::Error(other)) = self.run_action(action) {
                status = other;
            }
        }
        status
    }
}
