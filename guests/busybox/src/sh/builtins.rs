//! The utilities that are part of the shell: special ones (XCU 2.15), those that must be built in (XCU 2.9.1.4),
//! and some that are there for speed.

mod control;
mod input;
mod options;
mod processes;
mod variables;

use super::state::{Flow, Shell, Stop};
use crate::applet;

/// A utility inside the shell; it returns the exit status.
pub(super) struct Builtin {
    pub(super) name: &'static str,
    pub(super) run: fn(&mut Shell, &[String]) -> Flow<u8>,
    /// A special one: errors end the shell, assignments stay.
    pub(super) special: bool,
}

const fn special(name: &'static str, run: fn(&mut Shell, &[String]) -> Flow<u8>) -> Builtin {
    Builtin { name, run, special: true }
}

const fn regular(name: &'static str, run: fn(&mut Shell, &[String]) -> Flow<u8>) -> Builtin {
    Builtin { name, run, special: false }
}

static TABLE: &[Builtin] = &[
    special(":", control::colon),
    special(".", control::dot),
    special("source", control::dot),
    special("break", control::break_),
    special("continue", control::continue_),
    special("eval", control::eval),
    special("exec", control::exec),
    special("exit", control::exit),
    special("export", variables::export),
    special("readonly", variables::readonly),
    special("return", control::return_),
    special("set", options::set),
    special("shift", variables::shift),
    special("trap", processes::trap),
    special("unset", variables::unset),
    regular("alias", variables::alias),
    regular("bg", processes::no_job_control),
    regular("cd", control::cd),
    regular("chdir", control::cd),
    regular("command", control::command),
    regular("echo", shared),
    regular("false", shared),
    regular("fg", processes::no_job_control),
    regular("getopts", input::getopts),
    regular("hash", variables::hash),
    regular("jobs", processes::jobs),
    regular("kill", processes::kill),
    regular("let", variables::let_),
    regular("local", variables::local),
    regular("printf", shared),
    regular("pwd", control::pwd),
    regular("read", input::read),
    regular("test", shared),
    regular("[", shared),
    regular("true", shared),
    regular("type", control::type_),
    regular("umask", processes::umask),
    regular("unalias", variables::unalias),
    regular("wait", processes::wait),
    regular("help", control::help),
];

/// The built-in utility of this name.
pub(super) fn find(name: &str) -> Option<&'static Builtin> {
    TABLE.iter().find(|builtin| builtin.name == name)
}

/// Whether there is one.
pub(super) fn exists(name: &str) -> bool {
    find(name).is_some()
}

/// A utility that is a program too: the same code, run in the shell.
fn shared(shell: &mut Shell, argv: &[String]) -> Flow<u8> {
    let name = argv.first().map(String::as_str).unwrap_or_default();
    let Some(applet) = applet::find(name) else { return shell.refuse(127, "not found") };
    let files = [0, 1, 2].map(|fd| shell.descriptor(fd));
    let args = argv.get(1..).unwrap_or_default().to_vec();
    // Errors begin like the shell's own.
    let shown = if name == "echo" { name.to_owned() } else { shell.name.clone() };
    Ok(applet::run_inside(applet, &shown, args, files, shell.capture.clone()))
}

impl Shell {
    /// Writes a built-in utility's output; its exit status.
    fn print(&mut self, text: &str) -> u8 {
        if let Some(memory) = &self.capture {
            memory.borrow_mut().extend_from_slice(text.as_bytes());
            return 0;
        }
        let written = match self.descriptor(1) {
            Some(file) => file.write_all(text.as_bytes()),
            None => Err(wasipod_guest_os::Errno::EBADF),
        };
        match written {
            Ok(()) => 0,
            Err(error) => {
                self.say(&format!("write error: {error}"));
                1
            }
        }
    }

    /// A message, and the status of a utility that failed but ends nothing.
    fn refuse(&self, status: u8, message: &str) -> Flow<u8> {
        self.say(message);
        Ok(status)
    }

    /// A decimal operand.
    fn number(&self, text: &str) -> Flow<u32> {
        match text.parse() {
            Ok(number) => Ok(number),
            Err(_) => {
                self.say(&format!("Illegal number: {text}"));
                Err(Stop::Error(2))
            }
        }
    }
}

/// Operands after the name, without a `--`.
fn operands(argv: &[String]) -> &[String] {
    match argv.get(1..) {
        Some([first, rest @ ..]) if first == "--" => rest,
        Some(rest) => rest,
        None => &[],
    }
}
