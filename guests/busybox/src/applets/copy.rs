//! cp and mv.

use std::collections::BTreeSet;
use std::rc::Rc;

use wasipod_guest_os::{self as os, Errno, FileType, NewTime, OpenFlags, Stat};

use super::basic::base_name;
use super::remove::{ask, remove};
use crate::applet::{Context, Failure, Outcome};

#[derive(Clone, Copy, Default)]
struct How {
    recursive: bool,
    /// Follow symbolic links: on the command line, everywhere.
    follow_given: bool,
    follow_all: bool,
    preserve: bool,
    force: bool,
    asks: bool,
    keeps: bool,
    newer: bool,
    link: bool,
    symbolic: bool,
    tells: bool,
}

/// Directories by device and inode.
type Made = BTreeSet<(u64, u64)>;

/// Sources and target of `cp`, `mv`, `ln`: the last operand, or what -t says.
pub(super) fn split(
    context: &mut Context,
    operands: &[String],
    into: Option<&str>,
) -> Result<(Vec<String>, String), Failure> {
    match (operands, into) {
        ([_, ..], Some(target)) => Ok((operands.to_vec(), target.to_owned())),
        ([sources @ .., target], None) if !sources.is_empty() => Ok((sources.to_vec(), target.clone())),
        _ => Err(context.wrong_usage(None)),
    }
}

pub(super) fn join(directory: &str, name: &str) -> String {
    if directory.ends_with('/') { format!("{directory}{name}") } else { format!("{directory}/{name}") }
}

fn is_directory(path: &str) -> bool {
    os::stat(path, true).is_ok_and(|stat| stat.is_directory())
}

pub(super) fn cp(context: &mut Context) -> Outcome {
    let long = [
        ("archive", 'a'),
        ("force", 'f'),
        ("interactive", 'i'),
        ("link", 'l'),
        ("dereference", 'L'),
        ("no-dereference", 'P'),
        ("recursive", 'R'),
        ("symbolic-link", 's'),
        ("no-target-directory", 'T'),
        ("target-directory", 't'),
        ("verbose", 'v'),
        ("update", 'u'),
    ];
    let options = context.options("pdRrPLHfilsanTt:uv", &long)?;
    let all = options.has('a');
    let recursive = all || options.has('R') || options.has('r');
    let how = How {
        recursive,
        follow_given: match options.last_of("PLHad") {
            Some(letter) => matches!(letter, 'L' | 'H'),
            None => !recursive,
        },
        follow_all: options.last_of("PLHad").map_or(!recursive, |letter| letter == 'L'),
        preserve: all || options.has('p'),
        force: options.has('f'),
        asks: options.last_of("fin") == Some('i'),
        keeps: options.has('n'),
        newer: options.has('u'),
        link: options.has('l'),
        symbolic: options.has('s'),
        tells: options.has('v'),
    };
    let (sources, target) = split(context, &options.operands, options.value('t'))?;
    let target_is_directory = is_directory(&target);
    if target_is_directory && options.has('T') {
        return Err(Failure::new(format!("'{target}' is a directory")));
    }
    let into = target_is_directory || sources.len() > 1 || options.value('t').is_some();
    let mut made = BTreeSet::new();
    let mut status = 0;
    for source in &sources {
        let to = if into { join(&target, base_name(source)) } else { target.clone() };
        if !copy(context, source, &to, how, true, &mut made) {
            status = 1;
        }
    }
    Ok(status)
}

/// Shows a message; always false.
fn fail(context: &mut Context, message: &str) -> bool {
    context.complain(message);
    false
}

/// Copies a file or a tree. `made` has the directories that came into being: they aren't copied into themselves.
fn copy(context: &mut Context, from: &str, to: &str, how: How, given: bool, made: &mut Made) -> bool {
    let follow = if given { how.follow_given } else { how.follow_all };
    let source = match os::stat(from, follow) {
        Ok(stat) => stat,
        Err(error) => return fail(context, &format!("can't stat '{from}': {error}")),
    };
    let target = match os::stat(to, false) {
        Ok(stat) => Some(stat),
        Err(Errno::ENOENT) => None,
        Err(error) => return fail(context, &format!("can't stat '{to}': {error}")),
    };
    let reached = if follow { os::stat(to, true).ok() } else { target.clone() };
    if reached.as_ref().is_some_and(|target| target.same_file(&source)) {
        return fail(context, &format!("'{from}' and '{to}' are the same file"));
    }
    if source.is_directory() {
        return copy_directory(context, from, to, how, &source, made);
    }
    if let Some(old) = reached.as_ref().or(target.as_ref()) {
        if how.keeps || how.newer && old.mtime >= source.mtime {
            return true;
        }
        if how.asks && !ask(context, &format!("overwrite '{to}'?")) {
            return true;
        }
    }
    let exists = target.is_some();
    let done = if how.link || how.symbolic {
        let make = if how.link { os::hard_link } else { os::symbolic_link };
        if exists && how.force {
            let _ = os::remove_file(to);
        }
        make(from, to).map_err(|error| {
            format!("can't create {} '{to}': {error}", if how.link { "link" } else { "symlink" })
        })
    } else {
        match source.kind {
            FileType::Regular => copy_content(from, to, &source, how.force),
            FileType::Directory
            | FileType::Fifo
            | FileType::Socket
            | FileType::CharacterDevice
            | FileType::BlockDevice
                if !how.recursive =>
            {
                copy_content(from, to, &source, how.force)
            }
            kind => {
                if exists {
                    let _ = os::remove_file(to);
                }
                let made = match kind {
                    FileType::SymbolicLink => {
                        os::read_link(from).and_then(|content| os::symbolic_link(&content, to))
                    }
                    FileType::Fifo => os::make_fifo(to, source.mode),
                    _ => Err(Errno::EOPNOTSUPP),
                };
                made.map_err(|error| format!("can't create '{to}': {error}"))
            }
        }
    };
    if let Err(message) = done {
        return fail(context, &message);
    }
    if how.preserve && !how.link && !how.symbolic {
        preserve(context, to, &source);
    }
    if how.tells {
        context.out.line(&format!("'{from}' -> '{to}'"));
    }
    true
}

fn copy_content(from: &str, to: &str, source: &Stat, force: bool) -> Result<(), String> {
    let input =
        os::open(from, OpenFlags::READ, 0).map_err(|error| format!("can't open '{from}': {error}"))?;
    let flags = OpenFlags::WRITE | OpenFlags::CREATE | OpenFlags::TRUNCATE;
    let mode = if source.kind == FileType::Regular { source.mode & 0o777 } else { 0o666 };
    let mut opened = os::open(to, flags, mode);
    if force && opened.is_err() && os::remove_file(to).is_ok() {
        opened = os::open(to, flags | OpenFlags::EXCLUSIVE, mode);
    }
    let output = Rc::new(opened.map_err(|error| format!("can't create '{to}': {error}"))?);
    let mut failed = None;
    let read = super::text::pieces(&input, |piece| {
        failed = output.write_all(piece).err();
        failed.is_none()
    });
    read.map_err(|error| format!("read error: {error}"))?;
    failed.map_or(Ok(()), |error| Err(format!("write error: {error}")))
}

/// Owner, mode and times as of the source; not being allowed to is only mentioned.
fn preserve(context: &mut Context, to: &str, source: &Stat) {
    let is_link = source.kind == FileType::SymbolicLink;
    if let Err(error) = os::set_times(to, !is_link, NewTime::At(source.atime), NewTime::At(source.mtime)) {
        context.complain(&format!("can't preserve times of '{to}': {error}"));
    }
    let mut mode = source.mode;
    if let Err(error) = os::chown(to, !is_link, Some(source.uid), Some(source.gid)) {
        mode &= 0o1777;
        context.complain(&format!("can't preserve ownership of '{to}': {error}"));
    }
    if !is_link && let Err(error) = os::chmod(to, mode) {
        context.complain(&format!("can't preserve permissions of '{to}': {error}"));
    }
}

fn copy_directory(
    context: &mut Context,
    from: &str,
    to: &str,
    how: How,
    source: &Stat,
    made: &mut Made,
) -> bool {
    if !how.recursive {
        return fail(context, &format!("omitting directory '{from}'"));
    }
    if made.contains(&(source.dev, source.ino)) {
        return fail(context, &format!("recursion detected, omitting directory '{from}'"));
    }
    let mut is_new = false;
    match os::stat(to, true) {
        Ok(stat) if !stat.is_directory() => {
            return fail(context, &format!("target '{to}' is not a directory"));
        }
        Ok(_) => {}
        Err(_) => {
            // Written to before its own mode comes.
            if let Err(error) = os::create_directory(to, source.mode | 0o700) {
                return fail(context, &format!("can't create directory '{to}': {error}"));
            }
            is_new = true;
        }
    }
    if let Ok(stat) = os::stat(to, true) {
        made.insert((stat.dev, stat.ino));
    }
    if how.tells {
        context.out.line(&format!("'{from}' -> '{to}'"));
    }
    let entries = match os::read_directory(from) {
        Ok(entries) => entries,
        Err(error) => return fail(context, &format!("can't open '{from}': {error}")),
    };
    let mut ok = true;
    for entry in entries {
        ok &= copy(context, &join(from, &entry.name), &join(to, &entry.name), how, false, made);
    }
    if how.preserve {
        preserve(context, to, source);
    } else if is_new && source.mode & 0o700 != 0o700 {
        let mask = os::umask(0);
        os::umask(mask);
        if let Err(error) = os::chmod(to, source.mode & !mask) {
            return fail(context, &format!("can't preserve permissions of '{to}': {error}"));
        }
    }
    ok
}

pub(super) fn mv(context: &mut Context) -> Outcome {
    let long = [("interactive", 'i'), ("force", 'f'), ("no-clobber", 'n'), ("verbose", 'v')];
    let options = context.options("finTt:v", &long)?;
    let (sources, target) = split(context, &options.operands, options.value('t'))?;
    let into = is_directory(&target);
    if into && options.has('T') {
        return Err(Failure::new(format!("'{target}' is a directory")));
    }
    let into = into || sources.len() > 1 || options.value('t').is_some();
    let last = options.last_of("fin");
    let mut status = 0;
    for source in &sources {
        let to = if into { join(&target, base_name(source)) } else { target.clone() };
        let exists = os::stat(&to, false).is_ok();
        if exists && last == Some('n') {
            continue;
        }
        if exists && last == Some('i') && !ask(context, &format!("overwrite '{to}'?")) {
            continue;
        }
        if !rename(context, source, &to) {
            status = 1;
        } else if options.has('v') {
            context.out.line(&format!("'{source}' -> '{to}'"));
        }
    }
    Ok(status)
}

fn rename(context: &mut Context, from: &str, to: &str) -> bool {
    match os::rename(from, to) {
        Ok(()) => return true,
        Err(Errno::EXDEV) => {}
        Err(error) => return fail(context, &format!("can't rename '{from}': {error}")),
    }
    // Another file system: copy, then remove.
    let (source, target) = (os::stat(from, false), os::stat(to, false));
    if let (Ok(source), Ok(target)) = (&source, &target) {
        match (source.is_directory(), target.is_directory()) {
            (true, false) => return fail(context, &format!("can't rename '{from}': {}", Errno::ENOTDIR)),
            (false, true) => return fail(context, &format!("can't rename '{from}': {}", Errno::EISDIR)),
            _ => {}
        }
        let removed = if target.is_directory() { os::remove_directory(to) } else { os::remove_file(to) };
        if let Err(error) = removed {
            return fail(context, &format!("can't remove '{to}': {error}"));
        }
    }
    let how = How { recursive: true, preserve: true, ..How::default() };
    copy(context, from, to, how, true, &mut BTreeSet::new())
        && remove(context, from, true, true, false, false)
}
