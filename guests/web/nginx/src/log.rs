//! The logs: lines of nginx's shape, in files or on the standard streams.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    rc::Rc,
};

use wasipod_guest_http::{date, errno, system};

use crate::config::ErrorLog;

/// How bad it is; the greater the less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Emerg,
    Alert,
    Crit,
    Error,
    Warn,
    Notice,
    Info,
    Debug,
}

const WORDS: [(&str, Level); 8] = [
    ("emerg", Level::Emerg),
    ("alert", Level::Alert),
    ("crit", Level::Crit),
    ("error", Level::Error),
    ("warn", Level::Warn),
    ("notice", Level::Notice),
    ("info", Level::Info),
    ("debug", Level::Debug),
];

impl Level {
    pub(crate) fn from_word(word: &str) -> Option<Level> {
        WORDS.iter().find(|(known, _)| *known == word).map(|(_, level)| *level)
    }

    fn word(self) -> &'static str {
        WORDS.iter().find(|(_, level)| *level == self).map_or("", |(word, _)| *word)
    }
}

enum Sink {
    Output,
    Errors,
    File(RefCell<File>),
}

impl Sink {
    /// Appends a line in one write. Nobody is left to be told if that fails.
    fn line(&self, text: &str) {
        let line = format!("{text}\n");
        let _ = match self {
            Sink::Output => {
                io::stdout().lock().write_all(line.as_bytes()).and_then(|()| io::stdout().flush())
            }
            Sink::Errors => io::stderr().lock().write_all(line.as_bytes()),
            Sink::File(file) => file.borrow_mut().write_all(line.as_bytes()),
        };
    }
}

/// All open logs.
#[derive(Default)]
pub(crate) struct Logs {
    by_path: RefCell<BTreeMap<PathBuf, Rc<Sink>>>,
}

impl Logs {
    /// Opens a log if it isn't yet.
    ///
    /// # Errors
    /// nginx's words for why not.
    pub(crate) fn open(&self, path: &Path) -> Result<(), String> {
        if self.by_path.borrow().contains_key(path) {
            return Ok(());
        }
        let sink = open_sink(path).map_err(|error| {
            let errno = errno::of(&error);
            format!("open() \"{}\" failed ({}: {})", path.display(), errno.number, errno.words)
        })?;
        self.by_path.borrow_mut().insert(path.to_owned(), Rc::new(sink));
        Ok(())
    }

    /// Opens the files anew by their names: after they were renamed.
    pub(crate) fn reopen(&self) {
        for (path, sink) in self.by_path.borrow_mut().iter_mut() {
            if let Ok(anew) = open_sink(path) {
                *sink = Rc::new(anew);
            }
        }
    }

    /// Appends a line to an open log.
    pub(crate) fn line(&self, path: &Path, text: &str) {
        let sink = self.by_path.borrow().get(path).cloned();
        if let Some(sink) = sink {
            sink.line(text);
        }
    }

    /// Writes to those of the error logs that want this level.
    pub(crate) fn error(&self, targets: &[ErrorLog], level: Level, message: &str) {
        let line = error_line(level, message);
        for target in targets.iter().filter(|target| level <= target.level) {
            match &target.path {
                Some(path) => self.line(path, &line),
                None => Sink::Errors.line(&line),
            }
        }
    }
}

/// `nginx: [emerg] …` on standard error, for the one who started the program.
pub(crate) fn tell(level: Level, message: &str) {
    Sink::Errors.line(&format!("nginx: [{}] {message}", level.word()));
}

/// A line for the one who started the program.
pub(crate) fn say(text: &str) {
    Sink::Errors.line(text);
}

/// A line of the program's own output.
pub(crate) fn print(text: &str) {
    Sink::Output.line(text);
}

fn error_line(level: Level, message: &str) -> String {
    let pid = system::process_id();
    format!("{} [{}] {pid}#{pid}: {message}", date::error_log(system::now()), level.word())
}

/// Images link their logs to the standard streams: written there directly, whatever /dev is made of.
fn open_sink(path: &Path) -> io::Result<Sink> {
    let target = fs::read_link(path).unwrap_or_else(|_| path.to_owned());
    match target.to_str() {
        Some("/dev/stdout" | "/proc/self/fd/1" | "/dev/fd/1") => Ok(Sink::Output),
        Some("/dev/stderr" | "/proc/self/fd/2" | "/dev/fd/2") => Ok(Sink::Errors),
        _ => Ok(Sink::File(RefCell::new(OpenOptions::new().append(true).create(true).open(path)?))),
    }
}
