//! What every utility gets and gives, and the table of them.

use std::cell::RefCell;
use std::rc::Rc;

use wasipod_guest_os::{self as os, Errno, File};

use crate::applets;
use crate::stream::Output;

/// Why a utility ends with an error: shown as "name: message".
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) status: u8,
    pub(crate) message: String,
}

impl Failure {
    /// With exit status 1.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { status: 1, message: message.into() }
    }

    /// With this exit status.
    pub(crate) fn with_status(status: u8, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }
}

/// An exit status, or why there is none yet.
pub(crate) type Outcome = Result<u8, Failure>;

/// A utility's surroundings.
pub(crate) struct Context {
    /// What it calls itself in messages.
    pub(crate) name: String,
    /// Its arguments, without its name.
    pub(crate) args: Vec<String>,
    /// Standard input; none if it is closed.
    pub(crate) stdin: Option<Rc<File>>,
    /// Standard output, buffered.
    pub(crate) out: Output,
    /// Standard error; none if it is closed.
    pub(crate) stderr: Option<Rc<File>>,
    pub(crate) usage: &'static str,
}

impl Context {
    /// Shows "name: message" on standard error.
    pub(crate) fn complain(&mut self, message: &str) {
        self.write_error(&format!("{}: {message}\n", self.name));
    }

    /// Writes to standard error, after what went to standard output before.
    pub(crate) fn write_error(&mut self, text: &str) {
        self.out.flush();
        if let Some(file) = &self.stderr {
            // With nowhere to complain, there is nowhere to complain about that either.
            let _ = file.write_all(text.as_bytes());
        }
    }

    /// Standard input, or why there is none.
    pub(crate) fn stdin(&self) -> Result<Rc<File>, Errno> {
        self.stdin.clone().ok_or(Errno::EBADF)
    }

    /// The failure of a call with wrong arguments: the message, then how to call it.
    pub(crate) fn wrong_usage(&mut self, message: Option<&str>) -> Failure {
        if let Some(message) = message {
            self.complain(message);
        }
        let text = format!("{}\n\nUsage: {} {}\n", crate::BANNER, self.name, self.usage);
        self.write_error(&text);
        Failure { status: 1, message: String::new() }
    }

    /// A file to read by its name; `-` is standard input.
    pub(crate) fn open(&self, path: &str) -> Result<Rc<File>, Failure> {
        let file =
            if path == "-" { self.stdin() } else { os::open(path, os::OpenFlags::READ, 0).map(Rc::new) };
        file.map_err(|error| Failure::new(format!("can't open '{path}': {error}")))
    }
}

/// A utility: its name, its code, how it is called.
pub(crate) struct Applet {
    pub(crate) name: &'static str,
    pub(crate) run: fn(&mut Context) -> Outcome,
    pub(crate) usage: &'static str,
}

/// The utility of this name.
pub(crate) fn find(name: &str) -> Option<&'static Applet> {
    applets::TABLE.iter().find(|applet| applet.name == name)
}

/// Runs a utility as a program of its own; its exit status.
pub(crate) fn run(applet: &Applet, args: Vec<String>) -> u8 {
    let descriptor = |fd| os::descriptor(fd).ok().map(Rc::new);
    let mut context = Context {
        name: applet.name.to_owned(),
        args,
        stdin: descriptor(0),
        out: Output::to_file(descriptor(1)),
        stderr: descriptor(2),
        usage: applet.usage,
    };
    finish(applet, &mut context)
}

/// Runs a utility inside the shell.
pub(crate) fn run_inside(
    applet: &Applet,
    name: &str,
    args: Vec<String>,
    [stdin, stdout, stderr]: [Option<Rc<File>>; 3],
    capture: Option<Rc<RefCell<Vec<u8>>>>,
) -> u8 {
    let out = match capture {
        Some(memory) => Output::to_memory(memory),
        None => Output::to_file(stdout),
    };
    let mut context = Context { name: name.to_owned(), args, stdin, out, stderr, usage: applet.usage };
    finish(applet, &mut context)
}

fn finish(applet: &Applet, context: &mut Context) -> u8 {
    let status = match (applet.run)(context) {
        Ok(status) => status,
        Err(failure) => {
            if !failure.message.is_empty() {
                context.complain(&failure.message);
            }
            failure.status
        }
    };
    context.out.flush();
    match context.out.take_error() {
        Some(error) => {
            context.complain(&format!("write error: {error}"));
            status.max(1)
        }
        None => status,
    }
}
