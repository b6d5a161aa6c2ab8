//! The shell (XCU 2 and sh). The parser reads one complete command at a time; commands run in this process as far
//! as POSIX wants them to, everything else is a child process: programs, pipeline stages, subshells, background lists.

mod arith;
mod ast;
mod builtins;
mod exec;
mod expand;
mod jobs;
mod launch;
mod lexer;
mod parser;
pub(crate) mod pattern;
mod print;
mod purity;
mod redirect;
mod source;
mod state;
mod substitute;
mod transfer;
mod traps;

#[cfg(test)]
mod tests;

use std::rc::Rc;

use wasipod_guest_os::{self as os, Disposition, OpenFlags, signal};

use source::Source;
use state::{Flow, Shell, Stop};

/// Runs a shell with these arguments, its own name first; its exit status.
pub(crate) fn main(argv: Vec<String>) -> u8 {
    match transfer::receive(&argv) {
        Some(Ok((mut shell, text))) => {
            let done = shell.run_source(Source::Text(Some(text)), true);
            return shell.finish(done);
        }
        Some(Err(error)) => {
            Shell::new(argv).say(&format!("can't read the parent shell's state: {error}"));
            return 2;
        }
        None => {}
    }
    let mut shell = Shell::new(argv);
    shell.set_defaults();
    shell.ignored_at_start = traps::ignored_signals();
    let source = match shell.begin() {
        Ok(source) => source,
        Err(status) => return status,
    };
    let done = if shell.option('i') { shell.interact() } else { shell.run_source(source, true) };
    shell.finish(done)
}

impl Shell {
    /// Takes the arguments in; where the commands come from, or the exit status of what can't be.
    fn begin(&mut self) -> Result<Source, u8> {
        let mut args = self.argv.get(1..).unwrap_or_default().to_vec();
        self.builtin = None;
        match self.set_options(&mut args) {
            Ok(_) => {}
            Err(Stop::Error(status) | Stop::Exit(status)) => return Err(status),
            Err(_) => return Err(2),
        }
        let source = if self.option('c') {
            if args.is_empty() {
                self.say("-c requires an argument");
                return Err(2);
            }
            let text = args.remove(0);
            if !args.is_empty() {
                self.name = args.remove(0);
            }
            Source::Text(Some(text))
        } else if !args.is_empty() && !self.option('s') {
            let path = args.remove(0);
            let content = os::open(&path, OpenFlags::READ, 0).and_then(|file| file.read_to_end());
            match content {
                Ok(content) => {
                    self.name = path;
                    self.shows_lines = true;
                    Source::Text(Some(String::from_utf8_lossy(&content).into_owned()))
                }
                Err(error) => {
                    self.say(&format!("can't open '{path}': {error}"));
                    return Err(2);
                }
            }
        } else {
            self.options.insert('s');
            let is_terminal = |fd| self.descriptor(fd).is_some_and(|file| file.is_terminal());
            if is_terminal(0) && is_terminal(2) {
                self.options.insert('i');
            }
            match self.descriptor(0) {
                Some(file) => Source::Lines(file),
                None => Source::Text(None),
            }
        };
        self.positional = args;
        Ok(source)
    }

    /// Prompts, and goes on after errors.
    fn interact(&mut self) -> Flow<()> {
        // A prompt does not die of ^C or of a TERM meant for its children.
        for (number, disposition) in [
            (signal::INT, Disposition::Catch),
            (signal::QUIT, Disposition::Ignore),
            (signal::TERM, Disposition::Ignore),
        ] {
            let _ = os::set_disposition(number, disposition);
        }
        let Some(input) = self.descriptor(0) else { return Ok(()) };
        let mut parser = parser::Parser::new(Source::Lines(Rc::clone(&input)), Rc::clone(&self.aliases));
        loop {
            let prompt = self.get("PS1").unwrap_or_default();
            self.write_error(&prompt);
            parser.aliases = Rc::clone(&self.aliases);
            let done = match parser.complete_command() {
                Ok(None) => return Ok(()),
                Ok(Some(list)) => self.run_list(&list, false),
                Err(error) => {
                    parser = parser::Parser::new(Source::Lines(Rc::clone(&input)), Rc::clone(&self.aliases));
                    self.fail(&format!("syntax error: {}", error.message))
                }
            };
            match done {
                Ok(()) | Err(Stop::Break(_) | Stop::Continue(_) | Stop::Return(_)) => {}
                Err(Stop::Error(status)) => self.status = status,
                Err(Stop::Exit(status)) => return Err(Stop::Exit(status)),
            }
            self.loops = 0;
            self.reap();
            self.collect_signals();
            self.pending.retain(|pending| *pending != signal::INT);
        }
    }
}
