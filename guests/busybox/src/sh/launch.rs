//! Starting programs and subshells. There is no fork: a subshell is this program again, with the shell's state
//! handed over through a pipe.

use std::rc::Rc;

use wasipod_guest_os::{self as os, Disposition, Errno, File, Group, OpenFlags, Program, signal};

use super::ast::{AndOr, Command, Simple};
use super::print;
use super::state::{Flow, Shell, Stop};
use super::transfer;

/// So many bytes fit into an empty pipe on every system (POSIX's PIPE_BUF is at least 512, Linux's 4096).
pub(super) const PIPE_CERTAIN: usize = 4096;

/// What a program file turned out to be.
enum Found {
    Path(String),
    Nothing,
    NotExecutable,
}

impl Shell {
    /// The file that a command's name means (XCU 2.9.1.4).
    pub(super) fn search(&self, name: &str, path: Option<&str>) -> Option<String> {
        match self.find_program(name, path) {
            Found::Path(path) => Some(path),
            Found::Nothing | Found::NotExecutable => None,
        }
    }

    fn find_program(&self, name: &str, path: Option<&str>) -> Found {
        if name.contains('/') {
            return Found::Path(name.to_owned());
        }
        let mut denied = false;
        let own;
        let path = match path {
            Some(path) => path,
            None => {
                own = self.get("PATH").unwrap_or_default();
                &own
            }
        };
        for directory in path.split(':') {
            let candidate =
                if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") };
            if os::stat(&candidate, true).is_ok_and(|stat| stat.kind == os::FileType::Regular) {
                if os::access(&candidate, 1).is_ok() {
                    return Found::Path(candidate);
                }
                denied = true;
            }
        }
        if denied { Found::NotExecutable } else { Found::Nothing }
    }

    /// Signals that children ignore too.
    fn ignored(&self) -> Vec<u8> {
        let trapped = self.traps.iter().filter(|(signal, action)| **signal > 0 && action.is_empty());
        let mut all: Vec<u8> =
            trapped.map(|(signal, _)| *signal).chain(self.ignored_at_start.iter().copied()).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    fn table(&self) -> Vec<(u32, &File)> {
        self.descriptors.iter().map(|(fd, file)| (*fd, &**file)).collect()
    }

    /// Runs a program file: `spawn` or `exec`. The status if it can't be, with the message out.
    fn launch<T>(
        &mut self,
        argv: &[String],
        extra: &[(String, String)],
        start: impl Fn(&Program<'_>) -> Result<T, Errno>,
    ) -> Result<T, u8> {
        let name = argv.first().cloned().unwrap_or_default();
        let mut env = self.environment();
        for (name, value) in extra {
            env.retain(|(known, _)| known != name);
            env.push((name.clone(), value.clone()));
        }
        let path = extra.iter().find(|(name, _)| name == "PATH").map(|(_, value)| value.as_str());
        let cached = self.hashed.get(&name).filter(|_| path.is_none()).cloned();
        let was_cached = cached.is_some();
        let file = match cached.map_or_else(|| self.find_program(&name, path), Found::Path) {
            Found::Path(file) => file,
            Found::Nothing => return Err(self.launch_error(&name, Errno::ENOENT)),
            Found::NotExecutable => return Err(self.launch_error(&name, Errno::EACCES)),
        };
        let program = Program {
            path: &file,
            argv: argv.to_vec(),
            env,
            descriptors: self.table(),
            ignored: self.ignored(),
        };
        match start(&program) {
            Ok(done) => {
                if !name.contains('/') && path.is_none() {
                    self.hashed.insert(name, file);
                }
                Ok(done)
            }
            Err(Errno::ENOENT) if was_cached => {
                self.hashed.remove(&name);
                self.launch(argv, extra, start)
            }
            Err(Errno::ENOEXEC) if looks_like_script(&file) => {
                // A script without `#!` (XCU 2.9.1.6).
                let shell = executable();
                let mut argv = argv.to_vec();
                if let Some(first) = argv.first_mut() {
                    *first = file.clone();
                }
                argv.insert(0, "sh".to_owned());
                let program = Program { path: &shell, argv, ..program };
                start(&program).map_err(|error| self.launch_error(&name, error))
            }
            Err(error) => Err(self.launch_error(&name, error)),
        }
    }

    fn launch_error(&self, name: &str, error: Errno) -> u8 {
        match error {
            Errno::ENOENT | Errno::ENOTDIR => {
                self.say(&format!("{name}: not found"));
                127
            }
            Errno::EAGAIN | Errno::ENOMEM => {
                self.say(&format!("can't fork: {error}"));
                2
            }
            error => {
                self.say(&format!("{name}: {error}"));
                126
            }
        }
    }

    /// Starts a program as a child.
    pub(super) fn start_program(&mut self, argv: &[String], extra: &[(String, String)]) -> Result<u32, u8> {
        let pid = self.launch(argv, extra, |program| os::spawn(program, Group::Inherit))?;
        self.jobs.begins(pid);
        Ok(pid)
    }

    /// Becomes a program; the status if that fails.
    pub(super) fn become_program(&mut self, argv: &[String], extra: &[(String, String)]) -> u8 {
        match self.launch(argv, extra, |program| Err::<(), _>(os::exec(program))) {
            Ok(()) => 0,
            Err(status) => status,
        }
    }

    /// Starts a subshell that runs this text.
    pub(super) fn start_subshell(&mut self, text: &str) -> Result<u32, u8> {
        let state = transfer::encode(self, text);
        let failed = |shell: &Self, error: Errno| {
            shell.say(&format!("can't fork: {error}"));
            2
        };
        let (reading, writing) = os::pipe().map_err(|error| failed(self, error))?;
        let fits = state.len() <= PIPE_CERTAIN;
        if fits {
            writing.write_all(&state).map_err(|error| failed(self, error))?;
        }
        let number = self.descriptors.keys().last().map_or(10, |last| 10.max(last + 1));
        let mut env = self.environment();
        env.push((transfer::VARIABLE.to_owned(), number.to_string()));
        let mut descriptors = self.table();
        descriptors.push((number, &reading));
        let program = Program {
            path: &executable(),
            argv: self.argv.clone(),
            env,
            descriptors,
            ignored: self.ignored(),
        };
        let pid = os::spawn(&program, Group::Inherit).map_err(|error| failed(self, error))?;
        drop(program);
        drop(reading);
        self.jobs.begins(pid);
        if !fits {
            // Should the child die before it has read everything, only it shall.
            let before = os::set_disposition(signal::PIPE, Disposition::Ignore);
            let _ = writing.write_all(&state);
            if let Ok(before) = before {
                let _ = os::set_disposition(signal::PIPE, before);
            }
        }
        Ok(pid)
    }

    /// Starts a stage of a pipeline, or a background command, with the descriptors as they are.
    pub(super) fn start_stage(&mut self, command: &Command) -> Flow<Result<u32, u8>> {
        if let Command::Simple(simple) = command
            && self.is_plain_program(simple)
        {
            return self.start_plain(simple);
        }
        Ok(self.start_subshell(&print::command(command)))
    }

    /// Whether a simple command is a program whose expansions can't change this shell.
    fn is_plain_program(&self, simple: &Simple) -> bool {
        let Some(name) = simple.words.first().and_then(|word| word.literal()) else { return false };
        !self.functions.contains_key(name)
            && !super::builtins::exists(name)
            && !self.option('u')
            && simple
                .words
                .iter()
                .chain(simple.assignments.iter().map(|(_, word)| word))
                .all(super::purity::is_pure)
            && simple.redirects.iter().all(super::purity::is_pure_redirect)
    }

    fn start_plain(&mut self, simple: &Simple) -> Flow<Result<u32, u8>> {
        let started = (|| {
            let argv = self.expand_words(&simple.words)?;
            let trace_to = self.descriptor(2);
            let saved = self.redirect(&simple.redirects)?;
            let extra = self.expand_assignments(&simple.assignments);
            let pid = extra.map(|extra| {
                self.trace(trace_to.as_deref(), &extra, &argv);
                self.start_program(&argv, &extra)
            });
            self.restore(saved);
            pid
        })();
        // The error is the stage's, not the shell's.
        Ok(match started {
            Err(Stop::Error(status)) => Err(status),
            other => other?,
        })
    }

    /// Starts an and-or list in the background (XCU 2.9.3.1).
    pub(super) fn run_background(&mut self, and_or: &AndOr) -> Flow<()> {
        let text = print::and_or(and_or);
        let input = self.descriptor(0);
        if !self.option('m')
            && let Ok(null) = Self::null_device()
        {
            self.set_descriptor(0, Some(Rc::new(null)));
        }
        let mut fresh = Vec::new();
        if !self.option('m') {
            fresh = [signal::INT, signal::QUIT]
                .into_iter()
                .filter(|s| self.ignored_at_start.insert(*s))
                .collect();
        }
        let stages = if and_or.rest.is_empty() && !and_or.first.negated {
            self.start_pipeline(&and_or.first.stages)
        } else {
            Ok(vec![self.start_subshell(&format!("{text}\n"))])
        };
        for signal in fresh {
            self.ignored_at_start.remove(&signal);
        }
        self.set_descriptor(0, input);
        let pids: Vec<u32> = stages?.into_iter().filter_map(Result::ok).collect();
        if !pids.is_empty() {
            let number = self.jobs.add(pids, text);
            if self.option('i')
                && let Some(pid) = self.jobs.last
            {
                self.write_error(&format!("[{number}] {pid}\n"));
            }
        }
        self.status = 0;
        Ok(())
    }

    /// Starts all stages, connected by pipes.
    pub(super) fn start_pipeline(&mut self, stages: &[Command]) -> Flow<Vec<Result<u32, u8>>> {
        let mut started = Vec::new();
        let (input, output) = (self.descriptor(0), self.descriptor(1));
        let mut result = Ok(());
        for (i, stage) in stages.iter().enumerate() {
            let mut next_input = None;
            if i + 1 < stages.len() {
                match os::pipe() {
                    Ok((reading, writing)) => {
                        next_input = Some(Rc::new(reading));
                        self.set_descriptor(1, Some(Rc::new(writing)));
                    }
                    Err(error) => {
                        self.say(&format!("can't create pipe: {error}"));
                        result = Err(Stop::Error(2));
                        break;
                    }
                }
            } else {
                self.set_descriptor(1, output.clone());
            }
            match self.start_stage(stage) {
                Ok(pid) => started.push(pid),
                Err(stop) => {
                    result = Err(stop);
                    break;
                }
            }
            if i + 1 < stages.len() {
                self.set_descriptor(0, next_input);
            }
        }
        self.set_descriptor(0, input);
        self.set_descriptor(1, output);
        result.map(|()| started)
    }
}

/// This program's file.
fn executable() -> String {
    os::read_link("/proc/self/exe").unwrap_or_else(|_| "/bin/sh".to_owned())
}

/// Text, and not a program for some other machine: no NUL in its first line.
fn looks_like_script(path: &str) -> bool {
    let mut start = [0; 256];
    let read = os::open(path, OpenFlags::READ, 0).and_then(|file| file.read(&mut start)).unwrap_or(0);
    let start = start.get(..read).unwrap_or_default();
    let line = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
    !line.contains(&0)
}
