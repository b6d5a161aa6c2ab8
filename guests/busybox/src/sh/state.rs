//! What a shell knows: variables, options, parameters, functions, descriptors, traps (XCU 2.13).

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use wasipod_guest_os::{self as os, Errno, File, OpenFlags};

use super::ast::Command;
use super::jobs::Jobs;
use super::parser::Aliases;

/// Why the normal course of execution ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    Exit(u8),
    Return(u8),
    /// So many loops are left.
    Break(u32),
    Continue(u32),
    /// An error that ends a shell that is not interactive; its message is out.
    Error(u8),
}

pub(super) type Flow<T> = Result<T, Stop>;

#[derive(Clone, Debug, Default)]
pub(super) struct Variable {
    pub(super) value: Option<String>,
    pub(super) exported: bool,
    pub(super) readonly: bool,
}

/// The options of `set`, by letter and name.
pub(super) const OPTIONS: [(char, &str); 12] = [
    ('e', "errexit"),
    ('f', "noglob"),
    ('I', "ignoreeof"),
    ('i', "interactive"),
    ('m', "monitor"),
    ('n', "noexec"),
    ('x', "xtrace"),
    ('v', "verbose"),
    ('C', "noclobber"),
    ('a', "allexport"),
    ('b', "notify"),
    ('u', "nounset"),
];

pub(super) struct Shell {
    pub(super) variables: BTreeMap<String, Variable>,
    pub(super) functions: BTreeMap<String, Rc<Command>>,
    pub(super) aliases: Aliases,
    /// Letters of `OPTIONS`, and `p` for pipefail, `s` for reading from standard input, `c` for a string.
    pub(super) options: BTreeSet<char>,
    /// `$0`
    pub(super) name: String,
    /// Its own argument list, which subshells show too.
    pub(super) argv: Vec<String>,
    /// `$1` …
    pub(super) positional: Vec<String>,
    /// `$?`
    pub(super) status: u8,
    /// `$$`: stays that of the main shell in subshells.
    pub(super) main_pid: u32,
    pub(super) descriptors: BTreeMap<u32, Rc<File>>,
    /// Where standard output goes while a substitution runs in this process.
    pub(super) capture: Option<Rc<RefCell<Vec<u8>>>>,
    pub(super) traps: BTreeMap<u8, String>,
    /// Ignored when the shell began: can't be trapped (XCU trap).
    pub(super) ignored_at_start: BTreeSet<u8>,
    /// Traps of the parent, which a subshell has not but shows until it sets one.
    pub(super) shown_traps: BTreeMap<u8, String>,
    /// Signals that arrived and whose traps have not run.
    pub(super) pending: Vec<u8>,
    /// `$?` from before the trap that runs.
    pub(super) in_trap: Option<u8>,
    pub(super) jobs: Jobs,
    /// How many commands run inside of each other.
    pub(super) depth: u32,
    pub(super) loops: u32,
    /// How many functions and dot scripts are running.
    pub(super) calls: u32,
    /// Variables that `local` hides, for each running function.
    pub(super) locals: Vec<Vec<(String, Option<Variable>)>>,
    /// More than 0 where `set -e` does not apply.
    pub(super) tested: u32,
    /// The status of the last command substitution of a command.
    pub(super) substitution: Option<u8>,
    pub(super) line: u32,
    /// Lines are shown in messages: it runs a script file.
    pub(super) shows_lines: bool,
    /// The built-in utility that runs, for messages.
    pub(super) builtin: Option<String>,
    pub(super) is_subshell: bool,
    /// Where `getopts` is within an argument.
    pub(super) getopts_offset: usize,
    /// Where commands were found.
    pub(super) hashed: BTreeMap<String, String>,
}

impl Shell {
    pub(super) fn new(argv: Vec<String>) -> Self {
        let mut variables = BTreeMap::new();
        for (name, value) in std::env::vars_os() {
            let (name, value) = (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned());
            variables.insert(name, Variable { value: Some(value), exported: true, readonly: false });
        }
        let descriptors =
            os::descriptors().into_iter().filter_map(|fd| Some((fd, Rc::new(os::descriptor(fd).ok()?))));
        Self {
            variables,
            functions: BTreeMap::new(),
            aliases: Aliases::default(),
            options: BTreeSet::new(),
            name: argv.first().cloned().unwrap_or_default(),
            argv,
            positional: Vec::new(),
            status: 0,
            main_pid: os::get_pid(),
            descriptors: descriptors.collect(),
            capture: None,
            traps: BTreeMap::new(),
            ignored_at_start: BTreeSet::new(),
            shown_traps: BTreeMap::new(),
            pending: Vec::new(),
            in_trap: None,
            jobs: Jobs::default(),
            depth: 0,
            loops: 0,
            calls: 0,
            locals: Vec::new(),
            tested: 0,
            substitution: None,
            line: 0,
            shows_lines: false,
            builtin: None,
            is_subshell: false,
            getopts_offset: 0,
            hashed: BTreeMap::new(),
        }
    }

    /// The variables that a shell begins with whatever its environment says (XCU 2.5.3).
    pub(super) fn set_defaults(&mut self) {
        let mut set = |name: &str, value: &str, only_if_unset: bool| {
            let variable = self.variables.entry(name.to_owned()).or_default();
            if !only_if_unset || variable.value.is_none() {
                variable.value = Some(value.to_owned());
            }
        };
        set("IFS", " \t\n", false);
        set("OPTIND", "1", false);
        set("PS1", "$ ", true);
        set("PS2", "> ", true);
        set("PS4", "+ ", true);
        set("PATH", "/sbin:/usr/sbin:/bin:/usr/bin", true);
        set("PPID", &os::get_parent().to_string(), false);
        let here = os::working_directory().unwrap_or_default();
        let same = |path: &str| match (os::stat(path, true), os::stat(".", true)) {
            (Ok(there), Ok(here)) => path.starts_with('/') && there.same_file(&here),
            _ => false,
        };
        if !self.get("PWD").is_some_and(|pwd| same(&pwd)) {
            self.variables.entry("PWD".to_owned()).or_default().value = Some(here);
        }
    }

    pub(super) fn option(&self, letter: char) -> bool {
        self.options.contains(&letter)
    }

    /// A variable's value.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        if name == "LINENO" {
            return Some(self.line.to_string());
        }
        self.variables.get(name).and_then(|variable| variable.value.clone())
    }

    /// Sets a variable.
    pub(super) fn set(&mut self, name: &str, value: impl Into<String>) -> Flow<()> {
        let allexport = self.option('a');
        let variable = self.variables.entry(name.to_owned()).or_default();
        if variable.readonly {
            self.say(&format!("{name}: is read only"));
            return Err(Stop::Error(2));
        }
        variable.value = Some(value.into());
        variable.exported |= allexport;
        match name {
            "OPTIND" => self.getopts_offset = 0,
            "PATH" => self.hashed.clear(),
            _ => {}
        }
        Ok(())
    }

    /// The exported variables.
    pub(super) fn environment(&self) -> Vec<(String, String)> {
        let exported = self.variables.iter().filter(|(_, variable)| variable.exported);
        exported.filter_map(|(name, variable)| Some((name.clone(), variable.value.clone()?))).collect()
    }

    pub(super) fn descriptor(&self, fd: u32) -> Option<Rc<File>> {
        self.descriptors.get(&fd).cloned()
    }

    /// Writes to standard error as it is redirected now.
    pub(super) fn write_error(&self, text: &str) {
        if let Some(file) = self.descriptors.get(&2) {
            // With nowhere to complain, there is nowhere to complain about that either.
            let _ = file.write_all(text.as_bytes());
        }
    }

    /// A message with the shell's name, the utility's and the line.
    pub(super) fn say(&self, message: &str) {
        let mut text = format!("{}: ", self.name);
        let mut line = self.shows_lines;
        if let Some(builtin) = &self.builtin {
            text.push_str(builtin);
            text.push_str(": ");
            line = true;
        }
        if line {
            // As in ash, which counts the lines of `-c` from 0.
            let number = if self.shows_lines { self.line } else { self.line.saturating_sub(1) };
            text.push_str(&format!("line {number}: "));
        }
        self.write_error(&format!("{text}{message}\n"));
    }

    /// An error that ends the shell.
    pub(super) fn fail<T>(&self, message: &str) -> Flow<T> {
        self.say(message);
        Err(Stop::Error(2))
    }

    /// `$-`
    pub(super) fn flags(&self) -> String {
        let letters = OPTIONS.iter().map(|(letter, _)| *letter).chain(['c', 's']);
        letters.filter(|letter| self.option(*letter)).collect()
    }

    /// Opens the null device.
    pub(super) fn null_device() -> Result<File, Errno> {
        os::open("/dev/null", OpenFlags::READ | OpenFlags::WRITE, 0)
    }
}
