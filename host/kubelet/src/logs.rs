//! What containers print: lines with their times, a ring of bounded size, readers that follow.
//!
//! ```text
//!  container ── write(stdout|stderr, bytes) ──► split into lines ──► ring (oldest fall out) ──► LogReader::next
//! ```

mod reader;
mod splitter;

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::watch;
use wasipod_kernel::clock::{Clock, Timestamp};

pub use self::reader::{LogOptions, LogReader};
use self::splitter::Splitter;

/// How much of one instance's log is kept: what a real node keeps of the file that `kubectl logs` reads (LOG-4).
pub const DEFAULT_LOG_LIMIT: usize = 10 * 1024 * 1024;

/// What a line costs beside its content.
const LINE_OVERHEAD: usize = 64;

/// From which of a container's streams a line came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogStream {
    /// Standard output; everything of a container with a terminal.
    Stdout,
    /// Standard error.
    Stderr,
}

/// One log entry.
#[derive(Clone, PartialEq, Eq)]
pub struct LogLine {
    /// When its last byte was written.
    pub time: Timestamp,
    /// Where.
    pub stream: LogStream,
    /// Not at its end: a piece of a long line, or a last line without newline (LOG-2).
    pub partial: bool,
    /// The text without newline.
    pub content: Bytes,
}

/// The log of one container instance; clones share it.
#[derive(Clone)]
pub struct ContainerLog {
    shared: Arc<Shared>,
}

struct Shared {
    clock: Clock,
    limit: usize,
    state: Mutex<State>,
    /// Bumped after every change; readers wait for it.
    version: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    lines: VecDeque<LogLine>,
    /// The number of the first line in `lines`, counted from the log's beginning.
    first: u64,
    bytes: usize,
    stdout: Splitter,
    stderr: Splitter,
    closed: bool,
}

// === impl ContainerLog ===

impl ContainerLog {
    /// An empty log that keeps about `limit` bytes.
    pub fn new(clock: Clock, limit: usize) -> Self {
        let shared = Shared { clock, limit, state: Mutex::default(), version: watch::Sender::new(0) };
        Self { shared: Arc::new(shared) }
    }

    /// Takes what the container wrote. Never blocks; after [`close`](Self::close) it has no effect.
    pub fn write(&self, stream: LogStream, bytes: &[u8]) {
        let time = self.shared.clock.wall();
        {
            let mut state = self.shared.state.lock();
            if state.closed {
                return;
            }
            let splitter = match stream {
                LogStream::Stdout => &mut state.stdout,
                LogStream::Stderr => &mut state.stderr,
            };
            for piece in splitter.push(bytes) {
                let line = LogLine { time, stream, partial: piece.partial, content: piece.content };
                state.push(line, self.shared.limit);
            }
        }
        self.shared.version.send_modify(|version| *version += 1);
    }

    /// The container has ended: unfinished lines are taken as they are, readers come to their end.
    pub fn close(&self) {
        let time = self.shared.clock.wall();
        {
            let mut state = self.shared.state.lock();
            if std::mem::replace(&mut state.closed, true) {
                return;
            }
            let rests =
                [(LogStream::Stdout, state.stdout.finish()), (LogStream::Stderr, state.stderr.finish())];
            for (stream, rest) in rests {
                if let Some(content) = rest {
                    state.push(LogLine { time, stream, partial: true, content }, self.shared.limit);
                }
            }
        }
        self.shared.version.send_modify(|version| *version += 1);
    }

    /// Whether the container has ended.
    pub fn is_closed(&self) -> bool {
        self.shared.state.lock().closed
    }

    /// The last `lines` lines, of them at most the last `bytes` bytes (TMSG-3).
    pub fn tail(&self, lines: usize, bytes: usize) -> Vec<u8> {
        let state = self.shared.state.lock();
        let mut text = Vec::new();
        for line in state.lines.iter().skip(state.lines.len().saturating_sub(lines)) {
            text.extend_from_slice(&line.content);
            if !line.partial {
                text.push(b'\n');
            }
        }
        let cut = text.len().saturating_sub(bytes);
        text.split_off(cut)
    }
}

impl fmt::Debug for ContainerLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContainerLog")
    }
}

// === impl State ===

impl State {
    fn push(&mut self, line: LogLine, limit: usize) {
        self.bytes += line.content.len() + LINE_OVERHEAD;
        self.lines.push_back(line);
        while self.bytes > limit
            && let Some(oldest) = self.lines.pop_front()
        {
            self.bytes -= oldest.content.len() + LINE_OVERHEAD;
            self.first += 1;
        }
    }
}

// === impl LogLine ===

impl LogLine {
    /// The line as in a container runtime's log file: `TIME STREAM TAG CONTENT` (LOG-2).
    pub fn cri(&self) -> Vec<u8> {
        let stream = match self.stream {
            LogStream::Stdout => "stdout",
            LogStream::Stderr => "stderr",
        };
        let tag = if self.partial { 'P' } else { 'F' };
        let mut line = format!("{} {stream} {tag} ", crate::time::rfc3339_nanos(self.time)).into_bytes();
        line.extend_from_slice(&self.content);
        line.push(b'\n');
        line
    }

    /// The line as `kubectl logs` prints it, with its time when `timestamps` (LOG-3).
    pub fn text(&self, timestamps: bool) -> Vec<u8> {
        let mut line = Vec::with_capacity(self.content.len() + 1);
        if timestamps {
            line.extend_from_slice(crate::time::rfc3339_nanos(self.time).as_bytes());
            line.push(b' ');
        }
        line.extend_from_slice(&self.content);
        if !self.partial {
            line.push(b'\n');
        }
        line
    }
}

impl fmt::Debug for LogLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(String::from_utf8_lossy(&self.cri()).trim_end())
    }
}

#[cfg(test)]
mod tests;
