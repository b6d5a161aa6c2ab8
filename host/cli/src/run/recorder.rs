//! Puts entries on the output as they come; on virtual time in an order that doesn't depend on the machine.
//!
//! On virtual time many things happen at one instant, and what was compiled first decides who is heard first. So the
//! entries of an instant are gathered, and when time has moved on they are printed by Pod: its events, its containers'
//! lines, what commands printed, and the status that it has at the end of the instant.

use std::collections::BTreeMap;
use std::time::Duration;

use wasipod_kubelet::logs::LogStream;

use super::entry::Entry;
use super::outcome::{ContainerResult, LastLines, table};
use super::pod_row::PodRow;
use crate::args::OutputForm;
use crate::exit::ExitStatus;
use crate::output::Output;

/// Who among the speakers of one instant comes first: the Pod's place, then the kind, then the container's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank(usize, u8, usize);

/// Prints a run.
#[derive(Debug)]
pub(crate) struct Recorder {
    output: Output,
    form: OutputForm,
    verbose: bool,
    /// Whether the entries of an instant are put in order.
    ordered: bool,
    instant: Duration,
    waiting: Vec<(Rank, Entry)>,
    last_lines: LastLines,
    /// What was last printed of each Pod's status, by its label.
    rows: BTreeMap<String, PodRow>,
}

impl Recorder {
    /// A recorder; `ordered` on virtual time.
    pub(crate) fn new(output: Output, form: OutputForm, verbose: bool, ordered: bool) -> Self {
        Self {
            output,
            form,
            verbose,
            ordered,
            instant: Duration::ZERO,
            waiting: Vec::new(),
            last_lines: LastLines::new(),
            rows: BTreeMap::new(),
        }
    }

    /// Where it prints.
    pub(crate) fn output(&self) -> &Output {
        &self.output
    }

    /// The last line of every container that printed one.
    pub(crate) fn last_lines(&self) -> &LastLines {
        &self.last_lines
    }

    /// Takes an entry about the Pod in place `pod` (and its container in place `container`).
    pub(crate) fn record(&mut self, at: Duration, pod: usize, container: usize, entry: Entry) {
        if let Entry::Log { container, content, .. } = &entry
            && !content.trim_ascii().is_empty()
        {
            self.last_lines.insert((pod, container.clone()), String::from_utf8_lossy(content).into_owned());
        }
        if entry.is_verbose() && !self.verbose && self.form == OutputForm::Text {
            return;
        }
        if at > self.instant {
            self.flush();
            self.instant = at;
        }
        let kind = match entry {
            Entry::Event { .. } => 0,
            Entry::Log { .. } => 1,
            Entry::Exec { .. } => 2,
            Entry::Status { .. } => 3,
        };
        let rank = Rank(pod, kind, container);
        if !self.ordered {
            return self.print(self.instant, &[entry]);
        }
        if matches!(entry, Entry::Status { .. }) {
            self.waiting.retain(|(other, _)| *other != rank);
        }
        self.waiting.push((rank, entry));
    }

    /// Prints what waits for its instant to be over.
    pub(crate) fn flush(&mut self) {
        let mut waiting = std::mem::take(&mut self.waiting);
        waiting.sort_by_key(|(rank, _)| *rank);
        let entries: Vec<Entry> = waiting.into_iter().map(|(_, entry)| entry).collect();
        self.print(self.instant, &entries);
    }

    /// The end: the table, or its JSON.
    pub(crate) fn finish(&mut self, at: Duration, status: ExitStatus, results: &[ContainerResult]) {
        self.flush();
        match self.form {
            OutputForm::Text if results.is_empty() => {}
            OutputForm::Text => self.output.data(format!("\n{}", table(results)).as_bytes()),
            OutputForm::Json => {
                let at = super::entry::seconds(at);
                let value = serde_json::json!({
                    "type": "result", "at": at, "exitStatus": status.code(), "containers": results,
                });
                self.output.line(&value.to_string());
            }
        }
    }

    fn print(&mut self, at: Duration, entries: &[Entry]) {
        let mut data = Vec::new();
        for entry in entries {
            if let Entry::Status { pod, row } = entry
                && self.rows.insert(pod.clone(), row.clone()).as_ref() == Some(row)
            {
                continue;
            }
            match (self.form, entry) {
                (OutputForm::Json, _) => data.extend(format!("{}\n", entry.json(at)).into_bytes()),
                (OutputForm::Text, Entry::Exec { stream: LogStream::Stderr, .. }) => {
                    self.output.data(&std::mem::take(&mut data));
                    self.output.aside(&entry.text(at, false));
                }
                (OutputForm::Text, _) => data.extend(entry.text(at, self.output.colour())),
            }
        }
        self.output.data(&data);
    }
}
