//! The only file that prints: data goes to stdout, everything else to stderr.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use parking_lot::Mutex;

use crate::failure::Failure;

const ERROR: Style = AnsiColor::BrightRed.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const NOTE: Style = AnsiColor::Cyan.on_default().bold();

/// Back to the first column, and clear the line.
const CLEAR_LINE: &str = "\r\x1b[K";

/// The two streams; clones share them.
#[derive(Clone)]
pub(crate) struct Output {
    colour_out: bool,
    colour_err: bool,
    /// Whether a line on stderr may be drawn over.
    can_redraw: bool,
    state: Arc<Mutex<State>>,
}

struct State {
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
    /// Nobody reads stdout any more.
    closed: bool,
    /// A progress line is on the screen.
    progress: bool,
}

// === impl Output ===

impl Output {
    /// The process's streams. Colour on a terminal only, and not when `NO_COLOR` is set.
    pub(crate) fn new() -> Self {
        // Where it isn't Windows there is nothing to enable.
        let _ = anstyle_query::windows::enable_ansi_colors();
        Self {
            colour_out: AutoStream::choice(&io::stdout()) != ColorChoice::Never,
            colour_err: AutoStream::choice(&io::stderr()) != ColorChoice::Never,
            can_redraw: io::stderr().is_terminal(),
            state: State::new(Box::new(io::stdout()), Box::new(io::stderr())),
        }
    }

    /// Writes into other streams, without colour.
    #[cfg(test)]
    pub(crate) fn into_streams(out: impl Write + Send + 'static, err: impl Write + Send + 'static) -> Self {
        let state = State::new(Box::new(out), Box::new(err));
        Self { colour_out: false, colour_err: false, can_redraw: false, state }
    }

    /// Whether stdout takes colours.
    pub(crate) fn colour(&self) -> bool {
        self.colour_out
    }

    /// Whether stderr takes colours.
    pub(crate) fn colour_err(&self) -> bool {
        self.colour_err
    }

    /// Whether whoever read stdout has gone: there is no use in going on.
    pub(crate) fn is_closed(&self) -> bool {
        self.state.lock().closed
    }

    /// Writes to stdout as it is. A reader that has gone is no error: see [`is_closed`](Self::is_closed).
    pub(crate) fn data(&self, bytes: &[u8]) {
        let mut state = self.state.lock();
        if bytes.is_empty() || state.closed {
            return;
        }
        state.clear_progress();
        state.closed = state.out.write_all(bytes).and_then(|()| state.out.flush()).is_err();
    }

    /// One line on stdout.
    pub(crate) fn line(&self, text: &str) {
        self.data(format!("{text}\n").as_bytes());
    }

    /// Writes to stderr as it is.
    pub(crate) fn aside(&self, bytes: &[u8]) {
        let mut state = self.state.lock();
        state.clear_progress();
        state.tell(bytes);
    }

    /// `note: …` on stderr: what people should know while it runs.
    pub(crate) fn note(&self, text: &str) {
        self.labelled(NOTE, "note", text);
    }

    /// `warning: …` on stderr.
    pub(crate) fn warning(&self, text: &str) {
        self.labelled(WARNING, "warning", text);
    }

    /// `hint: …` on stderr.
    pub(crate) fn hint(&self, text: &str) {
        self.labelled(NOTE, "hint", text);
    }

    /// `error: …` and its hints on stderr.
    pub(crate) fn failure(&self, failure: &Failure) {
        self.labelled(ERROR, "error", &failure.message);
        for hint in &failure.hints {
            self.hint(hint);
        }
    }

    /// Draws a line that the next output replaces; only on a terminal. `None` takes it away.
    pub(crate) fn progress(&self, text: Option<&str>) {
        if !self.can_redraw {
            return;
        }
        let mut state = self.state.lock();
        state.clear_progress();
        if let Some(text) = text {
            state.tell(text.as_bytes());
            state.progress = true;
        }
    }

    fn labelled(&self, style: Style, label: &str, text: &str) {
        let line = if self.colour_err {
            format!("{style}{label}{style:#}: {text}\n")
        } else {
            format!("{label}: {text}\n")
        };
        self.aside(line.as_bytes());
    }
}

impl std::fmt::Debug for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Output")
    }
}

// === impl State ===

impl State {
    fn new(out: Box<dyn Write + Send>, err: Box<dyn Write + Send>) -> Arc<Mutex<Self>> {
        Arc::new(Mutex::new(Self { out, err, closed: false, progress: false }))
    }

    fn tell(&mut self, bytes: &[u8]) {
        // There is nobody left to tell when stderr fails.
        let _ = self.err.write_all(bytes).and_then(|()| self.err.flush());
    }

    fn clear_progress(&mut self) {
        if std::mem::take(&mut self.progress) {
            self.tell(CLEAR_LINE.as_bytes());
        }
    }
}
