//! Making and removing names: mkdir, rmdir, rm, unlink, touch, truncate, mkfifo, mktemp.

use std::hash::{BuildHasher, Hasher, RandomState};

use wasipod_guest_os::{self as os, Errno, NewTime, OpenFlags, Timestamp};

use super::basic::{base_name, parent};
use crate::applet::{Context, Failure, Outcome};
use crate::{mode, stream};

/// Asks on standard error; whether the answer on standard input begins with y.
pub(super) fn ask(context: &mut Context, question: &str) -> bool {
    let text = format!("{}: {question} ", context.name);
    context.write_error(&text);
    let Ok(file) = context.stdin() else { return false };
    // Byte by byte: the rest belongs to the next question.
    let mut answer = Vec::new();
    let mut byte = [0];
    while matches!(file.read(&mut byte), Ok(1)) && byte != *b"\n" {
        answer.push(byte[0]);
    }
    stream::without_newline(&answer).first().is_some_and(|first| first.eq_ignore_ascii_case(&b'y'))
}

fn current_umask() -> u32 {
    let mask = os::umask(0);
    os::umask(mask);
    mask
}

pub(super) fn mkdir(context: &mut Context) -> Outcome {
    let options = context.options("m:pv", &[("mode", 'm'), ("parents", 'p'), ("verbose", 'v')])?;
    if options.operands.is_empty() {
        return Err(context.wrong_usage(None));
    }
    let wanted = match options.value('m') {
        None => None,
        Some(text) => match mode::parse(text, 0o777, true, current_umask()) {
            None => return Err(Failure::new(format!("invalid mode '{text}'"))),
            found => found,
        },
    };
    let mut status = 0;
    for path in &options.operands {
        let mut made = Vec::new();
        let done = make(path, options.has('p'), &mut made).and_then(|()| {
            let set = wanted.filter(|_| !made.is_empty()).map_or(Ok(()), |mode| os::chmod(path, mode));
            set.map_err(|error| format!("can't set permissions of directory '{path}': {error}"))
        });
        for path in made.iter().filter(|_| options.has('v')) {
            context.out.line(&format!("created directory: '{path}'"));
        }
        if let Err(message) = done {
            context.complain(&message);
            status = 1;
        }
    }
    Ok(status)
}

/// Makes a directory, with `parents` those above it too: then what is there already is no error.
fn make(path: &str, parents: bool, made: &mut Vec<String>) -> Result<(), String> {
    let mut ends: Vec<usize> = Vec::new();
    if parents {
        // After each run of slashes that follows a name.
        let bytes = path.as_bytes();
        let starts =
            |at: usize| bytes.get(at).is_some_and(|byte| *byte != b'/') && bytes.get(at - 1) == Some(&b'/');
        ends.extend((2..bytes.len()).filter(|at| starts(*at)));
    }
    ends.push(path.len());
    for end in ends {
        let prefix = path.get(..end).unwrap_or(path);
        let failed = |error: Errno| Err(format!("can't create directory '{prefix}': {error}"));
        match os::create_directory(prefix, 0o777) {
            Ok(()) => made.push(prefix.to_owned()),
            Err(error @ (Errno::EEXIST | Errno::EISDIR)) if parents => match os::stat(prefix, true) {
                Ok(stat) if stat.is_directory() => {}
                Ok(_) => return failed(error),
                Err(error) => return failed(error),
            },
            Err(error) => return failed(error),
        }
    }
    Ok(())
}

pub(super) fn rmdir(context: &mut Context) -> Outcome {
    let long = [("parents", 'p'), ("ignore-fail-on-non-empty", 'i')];
    let options = context.options("pi", &long)?;
    if options.operands.is_empty() {
        return Err(context.wrong_usage(None));
    }
    let mut status = 0;
    for operand in &options.operands {
        let mut path = operand.as_str();
        loop {
            match os::remove_directory(path) {
                Ok(()) => {}
                Err(Errno::ENOTEMPTY) if options.has('i') => break,
                Err(error) => {
                    context.complain(&format!("'{path}': {error}"));
                    status = 1;
                    break;
                }
            }
            let above = parent(path);
            if !options.has('p') || above == "." || above == "/" {
                break;
            }
            path = above;
        }
    }
    Ok(status)
}

pub(super) fn rm(context: &mut Context) -> Outcome {
    let long = [("recursive", 'r'), ("force", 'f'), ("interactive", 'i')];
    let options = context.options("fiRrv", &long)?;
    let recursive = options.has('r') || options.has('R');
    let asks = options.last_of("fi") == Some('i');
    if options.operands.is_empty() {
        return if options.has('f') { Ok(0) } else { Err(context.wrong_usage(None)) };
    }
    let mut status = 0;
    for path in &options.operands {
        if matches!(base_name(path), "." | "..") {
            context.complain("can't remove '.' or '..'");
            status = 1;
            continue;
        }
        if !remove(context, path, recursive, options.has('f'), asks, options.has('v')) {
            status = 1;
        }
    }
    Ok(status)
}

/// Removes a file or a tree; false after an error, with the message out.
pub(super) fn remove(
    context: &mut Context,
    path: &str,
    recursive: bool,
    force: bool,
    asks: bool,
    tells: bool,
) -> bool {
    let stat = match os::stat(path, false) {
        Ok(stat) => stat,
        Err(Errno::ENOENT) if force => return true,
        Err(error) => {
            context.complain(&format!("can't remove '{path}': {error}"));
            return false;
        }
    };
    let mut ok = true;
    let done = if stat.is_directory() {
        if !recursive {
            context.complain(&format!("'{path}' is a directory"));
            return false;
        }
        if asks && !ask(context, &format!("descend into directory '{path}'?")) {
            return true;
        }
        match os::read_directory(path) {
            Ok(entries) => {
                for entry in entries {
                    let below = format!("{}/{}", path.trim_end_matches('/'), entry.name);
                    ok &= remove(context, &below, recursive, force, asks, tells);
                }
            }
            Err(error) => {
                context.complain(&format!("can't open '{path}': {error}"));
                return false;
            }
        }
        if asks && !ask(context, &format!("remove directory '{path}'?")) {
            return ok;
        }
        os::remove_directory(path)
    } else {
        if asks && !ask(context, &format!("remove '{path}'?")) {
            return true;
        }
        os::remove_file(path)
    };
    match done {
        Ok(()) => {
            if tells {
                context.out.line(&format!(
                    "removed {}'{path}'",
                    if stat.is_directory() { "directory: " } else { "" }
                ));
            }
            ok
        }
        Err(error) => {
            context.complain(&format!("can't remove '{path}': {error}"));
            false
        }
    }
}

pub(super) fn unlink(context: &mut Context) -> Outcome {
    let [path] = context.args.as_slice() else { return Err(context.wrong_usage(None)) };
    os::remove_file(path).map_err(|error| Failure::new(format!("can't remove file '{path}': {error}")))?;
    Ok(0)
}

pub(super) fn touch(context: &mut Context) -> Outcome {
    let long = [("no-create", 'c'), ("reference", 'r'), ("date", 'd'), ("no-dereference", 'h')];
    let options = context.options("chamfr:d:t:", &long)?;
    if options.operands.is_empty() {
        return Err(context.wrong_usage(None));
    }
    let (mut access, mut modification) = (NewTime::Now, NewTime::Now);
    if let Some(path) = options.value('r') {
        let stat =
            os::stat(path, true).map_err(|error| Failure::new(format!("can't stat '{path}': {error}")))?;
        (access, modification) = (NewTime::At(stat.atime), NewTime::At(stat.mtime));
    }
    if let Some(text) = options.value('d').or_else(|| options.value('t')) {
        let seconds = super::date::parse(text, os::now().seconds)
            .ok_or_else(|| Failure::new(format!("invalid date '{text}'")))?;
        let at = NewTime::At(Timestamp { seconds, nanoseconds: 0 });
        (access, modification) = (at, at);
    }
    if options.has('a') && !options.has('m') {
        modification = NewTime::Keep;
    }
    if options.has('m') && !options.has('a') {
        access = NewTime::Keep;
    }
    let mut status = 0;
    for path in &options.operands {
        let done = match os::set_times(path, !options.has('h'), access, modification) {
            Err(Errno::ENOENT) if options.has('c') => Ok(()),
            Err(Errno::ENOENT) => {
                os::open(path, OpenFlags::WRITE | OpenFlags::CREATE, 0o666).and_then(|file| {
                    drop(file);
                    match access == NewTime::Now && modification == NewTime::Now {
                        true => Ok(()),
                        false => os::set_times(path, true, access, modification),
                    }
                })
            }
            done => done,
        };
        if let Err(error) = done {
            context.complain(&format!("{path}: {error}"));
            status = 1;
        }
    }
    Ok(status)
}

pub(super) fn truncate(context: &mut Context) -> Outcome {
    let options = context.options("cs:", &[])?;
    let (Some(text), false) = (options.value('s'), options.operands.is_empty()) else {
        return Err(context.wrong_usage(None));
    };
    let size = context.number(text)?;
    let create = if options.has('c') { OpenFlags::WRITE } else { OpenFlags::WRITE | OpenFlags::CREATE };
    let mut status = 0;
    for path in &options.operands {
        let done = match os::open(path, create, 0o666) {
            Err(Errno::ENOENT) if options.has('c') => Ok(()),
            Err(error) => Err(format!("{path}: open: {error}")),
            Ok(file) => file.truncate(size).map_err(|error| format!("{path}: truncate: {error}")),
        };
        if let Err(message) = done {
            context.complain(&message);
            status = 1;
        }
    }
    Ok(status)
}

pub(super) fn mkfifo(context: &mut Context) -> Outcome {
    let options = context.options("m:", &[])?;
    if options.operands.is_empty() {
        return Err(context.wrong_usage(None));
    }
    let wanted = match options.value('m') {
        None => 0o666,
        Some(text) => mode::parse(text, 0o666, false, current_umask())
            .ok_or_else(|| Failure::new(format!("invalid mode '{text}'")))?,
    };
    let mut status = 0;
    for path in &options.operands {
        if let Err(error) = os::make_fifo(path, wanted) {
            context.complain(&format!("{path}: {error}"));
            status = 1;
        }
    }
    Ok(status)
}

pub(super) fn mktemp(context: &mut Context) -> Outcome {
    let options = context.options("dqtup:", &[])?;
    let environment = super::basic::environment();
    let temporary =
        environment.iter().find(|(name, _)| name == "TMPDIR").map_or("/tmp", |(_, value)| value.as_str());
    let directory = options.value('p').unwrap_or(temporary);
    let template = match options.operands.first() {
        None => format!("{directory}/tmp.XXXXXX"),
        Some(name) if options.has('t') || options.value('p').is_some() => format!("{directory}/{name}"),
        Some(name) => name.clone(),
    };
    let fail = |error: Errno| match options.has('q') {
        true => Failure::new(""),
        false => Failure::new(format!("(null): {error}")),
    };
    let stem = template.trim_end_matches('X');
    let count = template.len() - stem.len();
    if count < 6 {
        return Err(fail(Errno::EINVAL));
    }
    loop {
        let path = format!("{stem}{}", random_letters(count));
        let made = if options.has('u') {
            match os::stat(&path, false) {
                Ok(_) => Err(Errno::EEXIST),
                Err(_) => Ok(()),
            }
        } else if options.has('d') {
            os::create_directory(&path, 0o700)
        } else {
            os::open(&path, OpenFlags::WRITE | OpenFlags::CREATE | OpenFlags::EXCLUSIVE, 0o600).map(drop)
        };
        match made {
            Ok(()) => {
                context.out.line(&path);
                return Ok(0);
            }
            Err(Errno::EEXIST) => {}
            Err(error) => return Err(fail(error)),
        }
    }
}

/// Letters from the system's randomness, which seeds `RandomState`.
fn random_letters(count: usize) -> String {
    const LETTERS: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let state = RandomState::new();
    let letter = |i: usize| {
        let mut hasher = state.build_hasher();
        hasher.write_usize(i);
        let at = usize::try_from(hasher.finish() % 62).unwrap_or(0);
        char::from(LETTERS.get(at).copied().unwrap_or(b'a'))
    };
    (0..count).map(letter).collect()
}
