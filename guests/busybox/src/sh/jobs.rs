//! Children: the foreground's and the background's (XCU 2.11, 2.9.3.1).

use std::collections::BTreeMap;

use wasipod_guest_os::{self as os, Errno, Status, signal};

use super::state::Shell;

/// An and-or list in the background.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) number: u32,
    /// One for each stage; `$!` is the last.
    pub(super) pids: Vec<u32>,
    pub(super) text: String,
    /// How the last stage ended.
    pub(super) ended: Option<Status>,
}

/// The jobs, and children whose end nobody asked for yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Jobs {
    pub(super) list: Vec<Job>,
    /// `$!`
    pub(super) last: Option<u32>,
    ended: BTreeMap<u32, Status>,
}

impl Jobs {
    /// Adds a job; its number.
    pub(super) fn add(&mut self, pids: Vec<u32>, text: String) -> u32 {
        let number = self.list.iter().map(|job| job.number).max().unwrap_or(0) + 1;
        self.last = pids.last().copied().or(self.last);
        self.list.push(Job { number, pids, text, ended: None });
        number
    }

    /// A new child: what is known of an earlier process with its number is over.
    pub(super) fn begins(&mut self, pid: u32) {
        self.ended.remove(&pid);
    }

    fn note(&mut self, pid: u32, status: Status) {
        for job in &mut self.list {
            if job.pids.last() == Some(&pid) {
                job.ended = Some(status);
            }
        }
        self.ended.insert(pid, status);
    }

    /// The job that `%1`, `%%`, `%+`, `%-`, `%name`, or a pid means.
    pub(super) fn find(&self, spec: &str) -> Option<&Job> {
        let Some(spec) = spec.strip_prefix('%') else {
            let pid = spec.parse().ok()?;
            return self.list.iter().find(|job| job.pids.contains(&pid));
        };
        match spec {
            "" | "%" | "+" => self.list.last(),
            "-" => self.list.iter().rev().nth(1).or_else(|| self.list.last()),
            spec => match spec.parse::<u32>() {
                Ok(number) => self.list.iter().find(|job| job.number == number),
                Err(_) => self.list.iter().rev().find(|job| job.text.starts_with(spec)),
            },
        }
    }
}

impl Shell {
    /// Waits for a child. `interruptible`: a signal with a trap ends it early.
    ///
    /// # Errors
    /// `EINTR`; `ECHILD` if it is no child of this shell.
    pub(super) fn wait_for(&mut self, pid: u32, interruptible: bool) -> Result<Status, Errno> {
        loop {
            if let Some(status) = self.jobs.ended.remove(&pid) {
                self.jobs.list.retain(|job| job.pids.last() != Some(&pid));
                return Ok(status);
            }
            match os::wait(-1, false) {
                // What is nobody's here was an orphan that fell to process 1.
                Ok(Some((child, status))) => self.jobs.note(child, status),
                Ok(None) => {}
                Err(Errno::EINTR) => {
                    self.collect_signals();
                    if interruptible && !self.pending.is_empty() {
                        return Err(Errno::EINTR);
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Waits for the foreground's children (none: could not be started, with the status for that); the last
    /// one's status, or with `set -o pipefail` the last that is not 0.
    pub(super) fn wait_foreground(&mut self, stages: &[Result<u32, u8>]) -> u8 {
        let (mut last, mut failed) = (0, 0);
        for stage in stages {
            last = match stage {
                Ok(pid) => {
                    let ended = self.wait_for(*pid, false).unwrap_or(Status::Exited(127));
                    self.tell_end(ended);
                    ended.code()
                }
                Err(status) => *status,
            };
            if last != 0 {
                failed = last;
            }
        }
        if self.option('p') { failed } else { last }
    }

    /// Says what killed a child of the foreground.
    fn tell_end(&self, status: Status) {
        if let Status::Signaled(signal) = status
            && signal != signal::INT
            && signal != signal::PIPE
        {
            self.write_error(&format!("{}\n", signal::description(signal)));
        }
    }

    /// Notes the children that have ended, without waiting.
    pub(super) fn reap(&mut self) {
        while let Ok(Some((child, status))) = os::wait(-1, true) {
            self.jobs.note(child, status);
        }
    }
}
