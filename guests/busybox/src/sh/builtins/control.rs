//! What changes the course of execution, and where commands come from.

use wasipod_guest_os::{self as os, OpenFlags};

use super::super::parser::RESERVED;
use super::super::print;
use super::super::source::Source;
use super::super::state::{Flow, Shell, Stop};
use super::{find, operands};

pub(super) fn colon(_: &mut Shell, _: &[String]) -> Flow<u8> {
    Ok(0)
}

pub(super) fn dot(shell: &mut Shell, argv: &[String]) -> Flow<u8> {
    let operands = operands(argv);
    let Some(name) = operands.first() else {
        shell.say("filename argument required");
        return Err(Stop::Error(2));
    };
    let mut path = name.clone();
    if !name.contains('/') {
        let search = shell.get("PATH").unwrap_or_default();
        let candidates = search.split(':').map(|directory| format!("{directory}/{name}"));
        let found = candidates.into_iter().find(|path| os::access(path, 4).is_ok());
        path = found.unwrap_or(path);
    }
    let content = match os::open(&path, OpenFlags::READ, 0).and_then(|file| file.read_to_end()) {
        Ok(content) => String::from_utf8_lossy(&content).into_owned(),
        Err(error) => {
            shell.say(&format!("can't open '{name}': {error}"));
            return Err(Stop::Error(2));
        }
    };
    let outer = shell.builtin.take();
    let arguments = operands.get(1..).unwrap_or_default();
    let positional =
        (!arguments.is_empty()).then(|| std::mem::replace(&mut shell.positional, arguments.to_vec()));
    shell.calls += 1;
    shell.status = 0;
    let done = shell.run_source(Source::Text(Some(content)), false);
    shell.calls -= 1;
    if let Some(positional) = positional {
        shell.positional = positional;
    }
    shell.builtin = outer;
    match done {
        Err(Stop::Return(status)) => Ok(status),
        other => other.map(|()| shell.status),
    }
}

fn levels(shell: &Shell, argv: &[String]) -> Flow<u32> {
    let levels = operands(argv).first().map_or(Ok(1), |text| shell.number(text))?;
    if levels == 0 {
        shell.say("Illegal number: 0");
        return Err(Stop::Error(2));
    }
    Ok(levels.min(shell.loops))
}

pub(super) fn break_(shell: &mut Shell, argv: &[String]) -> Flow<u8> {
    match levels(shell, argv)? {
        0 => Ok(0),
        levels => {
            shell.status = 0;
            Err(Stop::Break(levels))
        }
    }
}

pub(super) fn continue_(shell: &mut Shell, argv: &[String]) -> Flow<u8> {
    match levels(shell, argv)? {
        0 => Ok(0),
        levels => {
            shell.status = 0;
            Err(Stop::Continue(levels))
        }
    }
}

pub(super) fn eval(shell: &mut Shell, argv: &[String]) -> Flow<u8> {
    let text = operands(argv).join(" ");
    let outer = shell.builtin.take();
    shell.status = 0;
    let done = shell.run_source(Source::Text(Some(text)), false);
    shell.builtin = outer;
    done.map(|()| shell.status)
}

pub(super) fn exec(shell: &mut Shell, argv: &[String]) -> Flow<u8> {
    let command = operands(argv).to_vec();
    if command.is_empty() {
        return Ok(0);
    }
    let status = shell.become_program(&command, &[]);
    Err(Stop::Exit(status))
}

fn status_operand(shell: &Shell, argv: &[String]) -> Flow<u8> {
    match operands(argv).first() {
        Some(text) => shell.number(text).map(|number| (number & 255) as u8),
        None => Ok(shell.in_trap.unwrap_or(shell.status)),
    }
}

pub(super) fn exit(shell: &mut Shell, argv: &[String]) -> Flow<u8> {
    Err(Stop::Exit(status_operand(shell, argv)?))
}

pub(super) fn return_(shell: &mut Shell, argv: &[String]) -> Flow<u8> {
    Err(Stop::Return(status_operand(shell, argv)?))
}

/// Removes `.`, `..` and double slashes from an absolute path (XCU cd, step 8).
fn canonical(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

pub(super) fn cd(shell: &mut Shell, argv: &[String]) -> Flow<u8> {
    let mut physical = false;
    let mut args = argv.get(1..).unwrap_or_default();
    while let Some((first, rest)) = args.split_first() {
        match first.as_str() {
            "-P" => physical = true,
            "-L" => physical = false,
            "--" => {
                args = rest;
                break;
            }
            _ => break,
        }
        args = rest;
    }
    let mut shows = false;
    let target = match args.first().map(String::as_str) {
        None => match shell.get("HOME").filter(|home| !home.is_empty()) {
            Some(home) => home,
            None => return Ok(0),
        },
        Some("-") => {
            shows = true;
            match shell.get("OLDPWD") {
                Some(old) => old,
                None => return shell.refuse(2, "OLDPWD not set"),
            }
        }
        Some(target) => target.to_owned(),
    };
    let here = shell.get("PWD").unwrap_or_default();
    let mut candidates = Vec::new();
    if !target.starts_with(['/', '.'])
        && let Some(cdpath) = shell.get("CDPATH")
    {
        let bases = cdpath.split(':').filter(|base| !base.is_empty());
        candidates.extend(bases.map(|base| (format!("{}/{target}", base.trim_end_matches('/')), true)));
    }
    candidates.push((target.clone(), false));
    let mut error = os::Errno::ENOENT;
    for (candidate, from_cdpath) in candidates {
        let absolute =
            if candidate.starts_with('/') { candidate.clone() } else { format!("{here}/{candidate}") };
        let path = if physical { candidate } else { canonical(&absolute) };
        match os::change_directory(&path) {
            Ok(()) => {
                let now = if physical { os::working_directory().unwrap_or(path) } else { path };
                shell.set("OLDPWD", here)?;
                shell.set("PWD", now.clone())?;
                return Ok(if shows || from_cdpath { shell.print(&format!("{now}\n")) } else { 0 });
            }
            Err(failed) => error = failed,
        }
    }
    // An empty operand means here.
    if target.is_empty() {
        return Ok(0);
    }
    shell.refuse(2, &format!("can't cd to {target}: {error}"))
}

pub(super) fn pwd(shell: &mut Shell, argv: &[String]) -> Flow<u8> {
    let physical = argv.iter().skip(1).any(|argument| argument == "-P");
    let logical = shell.get("PWD").filter(|_| !physical);
    let path = logical.or_else(|| os::working_directory().ok()).unwrap_or_default();
    Ok(shell.print(&format!("{path}\n")))
}

pub(super) fn command(shell: &mut Shell, argv: &[String]) -> Flow<u8> {
    let mut args = argv.get(1..).unwrap_or_default();
    let (mut short, mut long, mut default_path) = (false, false, false);
    while let Some((first, rest)) = args.split_first() {
        match first.as_str() {
            "-v" => short = true,
            "-V" => long = true,
            "-p" => default_path = true,
            "--" => {
                args = rest;
                break;
            }
            _ => break,
        }
        args = rest;
    }
    if short || long {
        let Some(name) = args.first() else { return Ok(0) };
        return Ok(match describe(shell, name, short) {
            Some(text) => shell.print(&format!("{text}\n")),
            None => {
                if long {
                    shell.print(&format!("{name}: not found\n"));
                }
                127
            }
        });
    }
    let Some(name) = args.first() else { return Ok(0) };
    if let Some(builtin) = find(name) {
        shell.builtin = Some(builtin.name.to_owned());
        // Under `command` an error of a special utility doesn't end the shell.
        return match (builtin.run)(shell, args) {
            Err(Stop::Error(status)) => Ok(status),
            other => other,
        };
    }
    shell.builtin = None;
    let extra = if default_path {
        vec![("PATH".to_owned(), "/bin:/usr/bin:/sbin:/usr/sbin".to_owned())]
    } else {
        Vec::new()
    };
    let args = args.to_vec();
    shell.run_program(&args, &extra, false);
    Ok(shell.status)
}

/// What a name means as a command: for `command -v` (short) or in words.
fn describe(shell: &Shell, name: &str, short: bool) -> Option<String> {
    let tell = |what: &str| if short { name.to_owned() } else { format!("{name} is {what}") };
    if RESERVED.contains(&name) {
        return Some(tell("a shell keyword"));
    }
    if let Some(value) = shell.aliases.get(name) {
        let quoted = print::quote(value);
        return Some(if short {
            format!("alias {name}={quoted}")
        } else {
            format!("{name} is an alias for {value}")
        });
    }
    if shell.functions.contains_key(name) {
        return Some(tell("a function"));
    }
    if let Some(builtin) = find(name) {
        return Some(tell(if builtin.special { "a special shell builtin" } else { "a shell builtin" }));
    }
    let path = shell.search(name, None).filter(|path| os::access(path, 1).is_ok())?;
    Some(if short { path } else { format!("{name} is {path}") })
}

pub(super) fn type_(shell: &mut Shell, argv: &[String]) -> Flow<u8> {
    let mut status = 0;
    for name in operands(argv) {
        let text = describe(shell, name, false).unwrap_or_else(|| {
            status = 127;
            format!("{name}: not found")
        });
        shell.print(&format!("{text}\n"));
    }
    Ok(status)
}

pub(super) fn help(shell: &mut Shell, _: &[String]) -> Flow<u8> {
    let names: Vec<&str> = super::TABLE.iter().map(|builtin| builtin.name).collect();
    Ok(shell.print(&format!("Built-in commands:\n------------------\n\t{}\n", names.join(" "))))
}
