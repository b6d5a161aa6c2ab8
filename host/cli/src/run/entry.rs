//! What a run has to tell, entry by entry, as text and as JSON.

use std::time::Duration;

use anstyle::{AnsiColor, Color, Style};
use bytes::Bytes;
use serde_json::{Value, json};
use wasipod_api::model::Event;
use wasipod_api::model::event::EventType;
use wasipod_kubelet::logs::LogStream;

use super::pod_row::PodRow;

/// Colours of the containers, in turn.
const COLOURS: [AnsiColor; 6] = [
    AnsiColor::Cyan,
    AnsiColor::Green,
    AnsiColor::Magenta,
    AnsiColor::Blue,
    AnsiColor::Yellow,
    AnsiColor::BrightCyan,
];

/// Something to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// A line of a container's log.
    Log {
        /// The Pod's label.
        pod: String,
        /// The container's name.
        container: String,
        /// Which colour the container has.
        colour: usize,
        /// Where it was written.
        stream: LogStream,
        /// The line, without newline.
        content: Bytes,
    },
    /// An event about a Pod.
    Event {
        /// The Pod's label.
        pod: String,
        /// The event.
        event: Box<Event>,
    },
    /// A Pod's columns have changed.
    Status {
        /// The Pod's label.
        pod: String,
        /// The new columns.
        row: PodRow,
    },
    /// What a command of `--exec` printed.
    Exec {
        /// The Pod's label.
        pod: String,
        /// The container's name.
        container: String,
        /// Where it was written.
        stream: LogStream,
        /// The bytes as they came.
        content: Bytes,
    },
}

impl Entry {
    /// Whether the entry shows only when asked for with `-v`.
    pub(crate) fn is_verbose(&self) -> bool {
        matches!(self, Self::Event { .. } | Self::Status { .. })
    }

    /// The entry for people, in whole lines.
    pub(crate) fn text(&self, at: Duration, colour: bool) -> Vec<u8> {
        match self {
            Self::Log { pod, container, colour: number, content, .. } => {
                let prefix =
                    painted(&format!("[{pod}/{container}]"), COLOURS[number % COLOURS.len()], colour);
                [prefix.as_bytes(), b" ", content, b"\n"].concat()
            }
            Self::Event { pod, event } => {
                let kind = match event.kind {
                    EventType::Normal => "Normal ".to_owned(),
                    EventType::Warning => painted("Warning", AnsiColor::Yellow, colour),
                };
                let mut parts = vec![offset(at), kind, event.reason.clone(), format!("pod/{pod}")];
                if !event.object.field_path.is_empty() {
                    parts.push(event.object.field_path.clone());
                }
                let count = if event.count > 1 { format!(" (x{})", event.count) } else { String::new() };
                parts.push(format!("{}{count}", one_line(&event.message)));
                format!("{}\n", parts.join("  ")).into_bytes()
            }
            Self::Status { pod, row } => {
                let PodRow { status, ready, total, restarts } = row;
                let at = offset(at);
                format!("{at}  Status   {status}  pod/{pod}  {ready}/{total} ready  {restarts} restarts\n")
                    .into_bytes()
            }
            Self::Exec { content, .. } => {
                let end: &[u8] = if content.ends_with(b"\n") { b"" } else { b"\n" };
                [content, end].concat()
            }
        }
    }

    /// The entry as one JSON object.
    pub(crate) fn json(&self, at: Duration) -> Value {
        let at = seconds(at);
        match self {
            Self::Log { pod, container, stream, content, .. } => json!({
                "type": "log", "at": at, "pod": pod, "container": container, "stream": stream_name(*stream),
                "line": String::from_utf8_lossy(content),
            }),
            Self::Event { pod, event } => json!({
                "type": "event", "at": at, "pod": pod, "kind": event.kind.as_str(), "reason": event.reason,
                "fieldPath": event.object.field_path, "message": event.message, "count": event.count,
                "source": event.component,
            }),
            Self::Status { pod, row } => json!({
                "type": "status", "at": at, "pod": pod, "status": row.status, "ready": row.ready, "total": row.total,
                "restarts": row.restarts,
            }),
            Self::Exec { pod, container, stream, content } => json!({
                "type": "exec", "at": at, "pod": pod, "container": container, "stream": stream_name(*stream),
                "output": String::from_utf8_lossy(content),
            }),
        }
    }
}

/// Seconds with milliseconds, as a JSON number.
pub(crate) fn seconds(at: Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "exact for 285,000 years of milliseconds")]
    {
        at.as_millis() as f64 / 1000.0
    }
}

/// Time since the start: `+40.213s`, as wide as the first three hours need.
fn offset(at: Duration) -> String {
    format!("{:>10}", format!("+{}.{:03}s", at.as_secs(), at.subsec_millis()))
}

fn stream_name(stream: LogStream) -> &'static str {
    match stream {
        LogStream::Stdout => "stdout",
        LogStream::Stderr => "stderr",
    }
}

fn painted(text: &str, colour: AnsiColor, on: bool) -> String {
    if !on {
        return text.to_owned();
    }
    let style = Style::new().fg_color(Some(Color::Ansi(colour)));
    format!("{style}{text}{style:#}")
}

/// An event's message on one line, and nothing in it that could upset a terminal.
fn one_line(message: &str) -> String {
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    message.trim_end().chars().map(clean).collect()
}

#[cfg(test)]
mod tests;
