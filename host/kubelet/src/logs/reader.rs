//! Reading a log from some point on, to its present end or following it.

use tokio::sync::watch;
use wasipod_kernel::clock::Timestamp;

use super::{ContainerLog, LogLine};

/// Which part of a log is wanted (LOG-5). Byte limits and the printed form are the caller's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogOptions {
    /// Go on until the container has ended and everything is read (LOG-12).
    pub follow: bool,
    /// The instance before (LOG-10).
    pub previous: bool,
    /// Lines of that time or later (LOG-11).
    pub since: Option<Timestamp>,
    /// That many lines from the end, taken before `since` is looked at (LOG-11).
    pub tail_lines: Option<usize>,
}

/// A place in a log.
#[derive(Debug)]
pub struct LogReader {
    log: ContainerLog,
    changes: watch::Receiver<u64>,
    next: u64,
    since: Option<Timestamp>,
    follow: bool,
}

// === impl ContainerLog ===

impl ContainerLog {
    /// A reader of the part that `options` name.
    pub fn reader(&self, options: &LogOptions) -> LogReader {
        let changes = self.shared.version.subscribe();
        let state = self.shared.state.lock();
        let skipped =
            options.tail_lines.map_or(0, |tail| skip_for_tail(state.lines.iter().map(|l| l.partial), tail));
        let next = state.first + skipped;
        drop(state);
        LogReader { log: self.clone(), changes, next, since: options.since, follow: options.follow }
    }
}

/// How many entries to skip so that `tail` lines are left; the pieces of a long line count once.
fn skip_for_tail(partials: impl DoubleEndedIterator<Item = bool> + ExactSizeIterator, tail: usize) -> u64 {
    let total = partials.len();
    let (mut lines, mut kept) = (0, 0);
    for (index, partial) in partials.rev().enumerate() {
        // Seen from the end, a line begins with its last piece: a full one, or the log's very last entry.
        if !partial || index == 0 {
            if lines == tail {
                break;
            }
            lines += 1;
        }
        kept += 1;
    }
    (total - kept) as u64
}

// === impl LogReader ===

impl LogReader {
    /// The next line that is there already.
    pub fn try_next(&mut self) -> Option<LogLine> {
        let state = self.log.shared.state.lock();
        // Lines that fell out of the ring unread are lost to this reader, as with a rotated file.
        self.next = self.next.max(state.first);
        loop {
            let index = usize::try_from(self.next - state.first).ok()?;
            let line = state.lines.get(index)?;
            self.next += 1;
            if self.since.is_none_or(|since| line.time >= since) {
                return Some(line.clone());
            }
        }
    }

    /// The next line; waits for it when following. `None` at the end. Cancel-safe.
    pub async fn next(&mut self) -> Option<LogLine> {
        loop {
            self.changes.mark_unchanged();
            let closed = self.log.is_closed();
            if let Some(line) = self.try_next() {
                return Some(line);
            }
            if !self.follow || closed || self.changes.changed().await.is_err() {
                return None;
            }
        }
    }
}
