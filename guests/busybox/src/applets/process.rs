//! Processes: starting programs for other utilities, kill, which, timeout.

use std::time::Duration;

use wasipod_guest_os::{self as os, Disposition, Errno, File, Group, Interest, Program, signal};

use super::basic::{duration, environment};
use crate::applet::{Context, Failure, Outcome};

/// Where programs are looked for without a PATH.
const DEFAULT_PATH: &str = "/sbin:/usr/sbin:/bin:/usr/bin";

/// The file that a command's name means, looked for along `path`.
fn find_program(name: &str, path: &str) -> Result<String, Errno> {
    if name.contains('/') {
        return Ok(name.to_owned());
    }
    let mut error = Errno::ENOENT;
    for directory in path.split(':') {
        let candidate = if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") };
        if os::stat(&candidate, true).is_ok_and(|stat| !stat.is_directory()) {
            if os::access(&candidate, 1).is_ok() {
                return Ok(candidate);
            }
            error = Errno::EACCES;
        }
    }
    Err(error)
}

/// Signals that this process was started with ignored: its children ignore them too.
fn ignored() -> Vec<u8> {
    let status = super::read_text("/proc/self/status");
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|text| u64::from_str_radix(text.trim(), 16).ok()).unwrap_or(0);
    (1..=64).filter(|number| mask & 1 << (number - 1) != 0).collect()
}

/// Finds the program and starts it, with these descriptors.
///
/// # Errors
/// `ENOENT` if there is no such program, and what `start` answers.
pub(super) fn launch<T>(
    argv: &[String],
    env: Vec<(String, String)>,
    descriptors: &[(u32, &File)],
    start: impl Fn(&Program<'_>) -> Result<T, Errno>,
) -> Result<T, Errno> {
    let name = argv.first().map(String::as_str).unwrap_or_default();
    let path = env.iter().find(|(name, _)| name == "PATH").map_or(DEFAULT_PATH, |(_, path)| path);
    let file = find_program(name, path)?;
    let program = Program {
        path: &file,
        argv: argv.to_vec(),
        env,
        descriptors: descriptors.to_vec(),
        ignored: ignored(),
    };
    match start(&program) {
        // A script without `#!` is the shell's (execvp does the same).
        Err(Errno::ENOEXEC) => {
            let mut argv = vec!["sh".to_owned(), file.clone()];
            argv.extend_from_slice(program.argv.get(1..).unwrap_or_default());
            start(&Program { path: "/bin/sh", argv, ..program })
        }
        done => done,
    }
}

/// This process's descriptor table.
fn table() -> Vec<(u32, File)> {
    os::descriptors().into_iter().filter_map(|fd| Some((fd, os::descriptor(fd).ok()?))).collect()
}

fn borrowed(table: &[(u32, File)]) -> Vec<(u32, &File)> {
    table.iter().map(|(fd, file)| (*fd, file)).collect()
}

/// Starts a program as a child with the same descriptors; its pid.
///
/// # Errors
/// `ENOENT` if there is no such program, and what `spawn` answers.
pub(super) fn start(argv: &[String]) -> Result<u32, Errno> {
    launch(argv, environment(), &borrowed(&table()), |program| os::spawn(program, Group::Inherit))
}

/// The exit status of a program that can't be started (XCU 2.8.2).
pub(super) fn start_status(error: Errno) -> u8 {
    if error == Errno::ENOENT { 127 } else { 126 }
}

/// Becomes another program; comes back only if that fails.
pub(super) fn replace(argv: &[String], env: Vec<(String, String)>) -> Outcome {
    let failed: Result<(), Errno> = launch(argv, env, &borrowed(&table()), |program| Err(os::exec(program)));
    let error = failed.err().unwrap_or(Errno::EIO);
    let name = argv.first().map(String::as_str).unwrap_or_default();
    Err(Failure::with_status(start_status(error), format!("can't execute '{name}': {error}")))
}

/// What `kill` has to say: the caller shows it under its own name.
#[derive(Default)]
pub(crate) struct Answer {
    /// For standard output.
    pub(crate) output: String,
    /// For standard error, each without the name of who says it.
    pub(crate) messages: Vec<String>,
    pub(crate) status: u8,
}

impl Answer {
    fn fail(message: impl Into<String>) -> Self {
        Self { messages: vec![message.into()], status: 1, ..Self::default() }
    }
}

/// Takes a leading `-s NAME`, `-NAME` or `-N` off; the signal.
fn take_signal(args: &mut Vec<String>) -> Result<u8, Answer> {
    let Some(text) = args.first().and_then(|first| first.strip_prefix('-')).map(str::to_owned) else {
        return Ok(signal::TERM);
    };
    if text.is_empty() {
        return Ok(signal::TERM);
    }
    args.remove(0);
    if text == "-" {
        return Ok(signal::TERM);
    }
    let name = match text.strip_prefix(['s', 'n']) {
        Some("") if args.is_empty() => return Err(Answer::fail("you need to specify whom to kill")),
        Some("") => args.remove(0),
        Some(name) if signal::number(&text).is_none() && text.starts_with('s') => name.to_owned(),
        _ => text,
    };
    let number = signal::number(&name).filter(|_| name != "EXIT");
    if args.first().is_some_and(|argument| argument == "--") {
        args.remove(0);
    }
    number.ok_or_else(|| Answer::fail(format!("bad signal name '{name}'")))
}

/// The utility `kill`, for the program and for the shell.
pub(crate) fn kill_with(args: &[String]) -> Answer {
    let mut args = args.to_vec();
    if args.first().is_some_and(|first| first == "-l" || first == "-L") {
        return list_signals(args.get(1..).unwrap_or_default());
    }
    let number = match take_signal(&mut args) {
        Ok(number) => number,
        Err(answer) => return answer,
    };
    if args.is_empty() {
        return Answer::fail("you need to specify whom to kill");
    }
    let mut answer = Answer::default();
    for text in &args {
        let message = match text.parse::<i32>() {
            Ok(pid) => match os::kill(pid, number) {
                Ok(()) => continue,
                Err(error) => format!("can't kill pid {pid}: {error}"),
            },
            Err(_) => format!("invalid number '{text}'"),
        };
        answer.messages.push(message);
        answer.status = answer.status.saturating_add(1);
    }
    answer
}

fn list_signals(names: &[String]) -> Answer {
    let mut answer = Answer::default();
    if names.is_empty() {
        for (number, name) in signal::all() {
            answer.output.push_str(&format!("{number:2}) {name}\n"));
        }
        return answer;
    }
    for text in names {
        // An exit status of a shell stands for the signal that it came from.
        let line = match text.parse::<u8>() {
            Ok(number) => {
                signal::name(number & 127).map_or_else(|| (number & 127).to_string(), str::to_owned)
            }
            Err(_) => match signal::number(text) {
                Some(number) => number.to_string(),
                None => {
                    return Answer {
                        output: answer.output,
                        ..Answer::fail(format!("unknown signal '{text}'"))
                    };
                }
            },
        };
        answer.output.push_str(&line);
        answer.output.push('\n');
    }
    answer
}

fn show(context: &mut Context, answer: &Answer) -> Outcome {
    context.out.text(&answer.output);
    for message in &answer.messages {
        context.complain(message);
    }
    Ok(answer.status)
}

pub(super) fn kill(context: &mut Context) -> Outcome {
    let answer = kill_with(&context.args);
    show(context, &answer)
}

pub(super) fn killall(context: &mut Context) -> Outcome {
    let mut args = std::mem::take(&mut context.args);
    if args.first().is_some_and(|first| first == "-l") {
        let answer = list_signals(args.get(1..).unwrap_or_default());
        return show(context, &answer);
    }
    let quiet = args.first().is_some_and(|first| first == "-q");
    if quiet {
        args.remove(0);
    }
    let number = match take_signal(&mut args) {
        Ok(number) => number,
        Err(answer) => return show(context, &answer),
    };
    if args.is_empty() {
        return Err(Failure::new("you need to specify whom to kill"));
    }
    let mut errors = 0u8;
    for name in &args {
        let mut found = false;
        for process in super::ps::processes() {
            let program = process.argv.first().map_or("", |argv0| super::basic::base_name(argv0));
            if process.pid == os::get_pid() || (process.comm != *name && program != name) {
                continue;
            }
            found = true;
            let pid = i32::try_from(process.pid).unwrap_or(i32::MAX);
            if let Err(error) = os::kill(pid, number) {
                errors = errors.saturating_add(1);
                if !quiet {
                    context.complain(&format!("can't kill pid {pid}: {error}"));
                }
            }
        }
        if !found {
            errors = errors.saturating_add(1);
            if !quiet {
                context.complain(&format!("{name}: no process killed"));
            }
        }
    }
    Ok(errors)
}

pub(super) fn which(context: &mut Context) -> Outcome {
    let options = context.options("a", &[])?;
    if options.operands.is_empty() {
        return Err(context.wrong_usage(None));
    }
    let env = environment();
    let path = env.iter().find(|(name, _)| name == "PATH").map_or(DEFAULT_PATH, |(_, path)| path);
    let mut status = 0;
    for name in &options.operands {
        let executable = |path: &str| {
            os::stat(path, true).is_ok_and(|stat| !stat.is_directory()) && os::access(path, 1).is_ok()
        };
        let candidates: Vec<String> = match name.contains('/') {
            true => vec![name.clone()],
            false => path.split(':').map(|directory| format!("{directory}/{name}")).collect(),
        };
        let count = if options.has('a') { usize::MAX } else { 1 };
        let found: Vec<String> = candidates.into_iter().filter(|path| executable(path)).take(count).collect();
        if found.is_empty() {
            status = 1;
        }
        found.iter().for_each(|path| context.out.line(path));
    }
    Ok(status)
}

/// Waits for a child at most so long; signals that ask this process to end go to the child.
fn wait_for(pid: u32, time: Option<Duration>) -> Result<Option<os::Status>, Errno> {
    let end = time.map(|time| os::monotonic_now().saturating_add(time));
    let target = i32::try_from(pid).map_err(|_| Errno::ESRCH)?;
    loop {
        if let Some((_, status)) = os::wait(target, true)? {
            return Ok(Some(status));
        }
        let left = end.map(|end| end.saturating_sub(os::monotonic_now()));
        if left.is_some_and(|left| left.is_zero()) {
            return Ok(None);
        }
        os::poll(&[Interest::Signal], left);
        for number in os::take_pending() {
            if number != signal::CHLD {
                let _ = os::kill(target, number);
            }
        }
    }
}

/// Ends as the child did: by the same signal, if that can be; else the exit status.
fn end_like(status: os::Status) -> u8 {
    if let os::Status::Signaled(number) = status {
        let _ = os::set_disposition(number, Disposition::Default);
        let _ = os::kill(i32::try_from(os::get_pid()).unwrap_or(0), number);
    }
    status.code()
}

pub(super) fn timeout(context: &mut Context) -> Outcome {
    let options = context.options("+s:k:", &[])?;
    let number = match options.value('s') {
        None => signal::TERM,
        Some(text) => {
            signal::number(text).ok_or_else(|| Failure::new(format!("bad signal name '{text}'")))?
        }
    };
    let parse = |text: &str| duration(text).ok_or_else(|| Failure::new(format!("invalid number '{text}'")));
    let kill_after = options.value('k').map(parse).transpose()?;
    let [time, argv @ ..] = options.operands.as_slice() else { return Err(context.wrong_usage(None)) };
    let time = parse(time)?;
    if argv.is_empty() {
        return Err(context.wrong_usage(None));
    }
    let lost = |error: Errno| Failure::new(format!("wait: {error}"));
    for forwarded in [signal::CHLD, signal::TERM, signal::INT, signal::HUP, signal::QUIT] {
        let _ = os::set_disposition(forwarded, Disposition::Catch);
    }
    let pid = start(argv).map_err(|error| {
        let name = argv.first().map(String::as_str).unwrap_or_default();
        Failure::with_status(start_status(error), format!("can't execute '{name}': {error}"))
    })?;
    let target = i32::try_from(pid).unwrap_or(i32::MAX);
    if let Some(status) = wait_for(pid, Some(time).filter(|time| !time.is_zero())).map_err(lost)? {
        return Ok(end_like(status));
    }
    let _ = os::kill(target, number);
    if let Some(more) = kill_after {
        if let Some(status) = wait_for(pid, Some(more)).map_err(lost)? {
            return Ok(end_like(status));
        }
        let _ = os::kill(target, signal::KILL);
    }
    Ok(wait_for(pid, None).map_err(lost)?.map_or(1, end_like))
}
