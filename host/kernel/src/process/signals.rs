//! Signals: numbers, default actions, dispositions, delivery (POSIX.1-2024, XSH 2.4; signal(7); Linux's PID-1 rule).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::life::{Exit, ExitStatus};
use super::{Pid, Process};
use crate::errno::{Errno, Result};

/// A signal's Linux number, 1 to 64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signal(u8);

/// What happens when a signal arrives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Disposition {
    /// The signal's default action.
    #[default]
    Default,
    /// Nothing.
    Ignore,
    /// The program asks for it and is told.
    Catch,
}

/// Who sends a signal: the PID-1 rule depends on it (pid_namespaces(7)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A process of the same namespace.
    Inside,
    /// The node: kubelet, exec, out-of-memory.
    Outside,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DefaultAction {
    Terminate,
    Ignore,
    Stop,
    Continue,
}

/// A process's dispositions and what is pending.
#[derive(Debug, Default)]
pub(super) struct SignalState {
    dispositions: BTreeMap<Signal, Disposition>,
    /// In order of arrival; standard signals don't queue, so each is here once at most.
    pending: Vec<Signal>,
}

/// The names of signals 1 to 31 without their `SIG`.
const NAMES: [&str; 31] = [
    "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE",
    "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ",
    "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
];

// === impl Signal ===

impl Signal {
    /// Hangup.
    pub const HUP: Self = Self(1);
    /// Interrupt from a terminal.
    pub const INT: Self = Self(2);
    /// Quit.
    pub const QUIT: Self = Self(3);
    /// Kill; can't be caught.
    pub const KILL: Self = Self(9);
    /// Write to a pipe that nobody reads.
    pub const PIPE: Self = Self(13);
    /// Terminate.
    pub const TERM: Self = Self(15);
    /// A child ended.
    pub const CHLD: Self = Self(17);
    /// Continue if stopped.
    pub const CONT: Self = Self(18);
    /// Stop; can't be caught.
    pub const STOP: Self = Self(19);

    /// By number.
    ///
    /// # Errors
    /// `EINVAL` outside of 1 to 64.
    pub fn new(number: u8) -> Result<Self> {
        if (1..=64).contains(&number) { Ok(Self(number)) } else { Err(Errno::EINVAL) }
    }

    /// By name, with or without `SIG`, in any case: `SIGQUIT`, `term`.
    pub fn from_name(name: &str) -> Option<Self> {
        let upper = name.to_ascii_uppercase();
        let bare = upper.strip_prefix("SIG").unwrap_or(&upper);
        (1u8..).zip(NAMES).find(|(_, known)| *known == bare).map(|(number, _)| Self(number))
    }

    /// The number.
    pub fn number(self) -> u8 {
        self.0
    }

    /// `SIGTERM`, or `SIGRTMIN+1` and so on from 34.
    pub fn name(self) -> String {
        match NAMES.get(usize::from(self.0) - 1) {
            Some(name) => format!("SIG{name}"),
            None => format!("SIGRTMIN+{}", self.0 - 32),
        }
    }

    fn default_action(self) -> DefaultAction {
        match self.0 {
            17 | 23 | 28 => DefaultAction::Ignore,
            18 => DefaultAction::Continue,
            19..=22 => DefaultAction::Stop,
            _ => DefaultAction::Terminate,
        }
    }

    fn bit(self) -> u64 {
        1 << (self.0 - 1)
    }
}

// === impl SignalState ===

impl SignalState {
    fn disposition(&self, signal: Signal) -> Disposition {
        self.dispositions.get(&signal).copied().unwrap_or_default()
    }

    pub(super) fn ignore(&mut self, signal: Signal) {
        self.dispositions.insert(signal, Disposition::Ignore);
    }

    /// What execve does: ignored signals stay ignored, the rest goes back to default.
    pub(super) fn reset_caught(&mut self) {
        self.dispositions.retain(|_, disposition| *disposition == Disposition::Ignore);
    }

    fn mask(&self, disposition: Disposition) -> u64 {
        self.dispositions
            .iter()
            .filter(|(_, have)| **have == disposition)
            .map(|(signal, _)| signal.bit())
            .sum()
    }
}

// === impl Process ===

impl Process {
    /// Delivers a signal to this process. Signals to an ended process are lost (as to a zombie).
    pub fn signal(self: &Arc<Self>, signal: Signal, origin: Origin) {
        let first = self.pid == 1;
        let mut state = self.state.lock();
        if !state.life.is_running() {
            return;
        }
        if signal == Signal::KILL || signal == Signal::STOP {
            // The first process of a namespace is protected even from these, if they come from inside.
            if first && origin == Origin::Inside {
                return;
            }
        }
        if signal == Signal::CONT {
            state.stopped = false;
            self.changed.wake();
        }
        let disposition = match signal {
            Signal::KILL | Signal::STOP => Disposition::Default,
            _ => state.signals.disposition(signal),
        };
        match (disposition, signal.default_action()) {
            (Disposition::Ignore, _)
            | (Disposition::Default, DefaultAction::Ignore | DefaultAction::Continue) => {}
            (Disposition::Catch, _) => {
                if !state.signals.pending.contains(&signal) {
                    state.signals.pending.push(signal);
                }
                drop(state);
                self.changed.wake();
            }
            // Without a handler the first process of a namespace doesn't even notice.
            (Disposition::Default, _) if first && !matches!(signal, Signal::KILL | Signal::STOP) => {}
            (Disposition::Default, DefaultAction::Stop) => {
                state.stopped = true;
                drop(state);
                self.changed.wake();
            }
            (Disposition::Default, DefaultAction::Terminate) => {
                drop(state);
                self.doom(Exit::from(ExitStatus::Signaled(signal.number())));
            }
        }
    }

    /// kill(2) by this process.
    ///
    /// # Errors
    /// `ESRCH` when no such process or group is there, `EPERM` when none of them may be signalled.
    pub fn kill(self: &Arc<Self>, target: i32, signal: Option<Signal>) -> Result<()> {
        let all = self.pid_ns.processes();
        let number = Pid::try_from(target.unsigned_abs()).map_err(|_| Errno::ESRCH)?;
        let chosen: Vec<_> = match target {
            0 => all.into_iter().filter(|process| process.group() == self.group()).collect(),
            -1 => all.into_iter().filter(|process| process.pid != 1 && process.pid != self.pid).collect(),
            1.. => all.into_iter().filter(|process| process.pid == number).collect(),
            _ => all.into_iter().filter(|process| process.group() == number).collect(),
        };
        if chosen.is_empty() {
            return Err(Errno::ESRCH);
        }
        let allowed: Vec<_> = chosen.into_iter().filter(|process| self.may_signal(process)).collect();
        if allowed.is_empty() {
            return Err(Errno::EPERM);
        }
        if let Some(signal) = signal {
            for process in allowed {
                process.signal(signal, Origin::Inside);
            }
        }
        Ok(())
    }

    /// PID-3: the same user, or root.
    fn may_signal(&self, other: &Self) -> bool {
        self.credentials.uid == 0 || self.credentials.uid == other.credentials.uid
    }

    /// Sets what a signal does; the old disposition.
    ///
    /// # Errors
    /// `EINVAL` for KILL and STOP.
    pub fn set_disposition(&self, signal: Signal, to: Disposition) -> Result<Disposition> {
        if matches!(signal, Signal::KILL | Signal::STOP) {
            return Err(Errno::EINVAL);
        }
        let mut state = self.state.lock();
        if to == Disposition::Ignore {
            state.signals.pending.retain(|pending| *pending != signal);
        }
        Ok(state.signals.dispositions.insert(signal, to).unwrap_or_default())
    }

    /// The caught signals that arrived since the last call.
    pub fn take_pending_signals(&self) -> Vec<Signal> {
        std::mem::take(&mut self.state.lock().signals.pending)
    }

    /// Ready when a caught signal is pending: what a blocked call answers `EINTR` to.
    pub fn poll_signal(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.changed.register(cx);
        if self.state.lock().signals.pending.is_empty() { Poll::Pending } else { Poll::Ready(()) }
    }

    /// Ready while the process isn't stopped.
    pub fn poll_continued(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.changed.register(cx);
        let state = self.state.lock();
        if state.stopped && state.life.is_running() { Poll::Pending } else { Poll::Ready(()) }
    }

    /// Whether a stop signal holds it.
    pub fn is_stopped(&self) -> bool {
        self.state.lock().stopped
    }

    /// The masks of pending, ignored and caught signals, as /proc/PID/status shows them.
    pub fn signal_masks(&self) -> (u64, u64, u64) {
        let state = self.state.lock();
        let pending = state.signals.pending.iter().map(|signal| signal.bit()).sum();
        (pending, state.signals.mask(Disposition::Ignore), state.signals.mask(Disposition::Catch))
    }
}
