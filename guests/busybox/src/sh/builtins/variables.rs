//! Variables, parameters, aliases, remembered commands.

use std::rc::Rc;

use super::super::lexer::is_name;
use super::super::print::quote;
use super::super::state::{Flow, Shell, Stop, Variable};
use super::operands;

fn mark(shell: &mut Shell, argv: &[String], word: &str, change: fn(&mut Variable)) -> Flow<u8> {
    let mut args = operands(argv);
    let mut undo = false;
    while let Some((first, rest)) = args.split_first() {
        match first.as_str() {
            "-p" => {}
            "-n" if word == "export" => undo = true,
            _ => break,
        }
        args = rest;
    }
    if args.is_empty() {
        let mut text = String::new();
        for (name, variable) in &shell.variables {
            let marked = if word == "export" { variable.exported } else { variable.readonly };
            if !marked {
                continue;
            }
            match &variable.value {
                Some(value) => text.push_str(&format!("{word} {name}={}\n", quote(value))),
                None => text.push_str(&format!("{word} {name}\n")),
            }
        }
        return Ok(shell.print(&text));
    }
    for argument in args {
        let (name, value) = match argument.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (argument.as_str(), None),
        };
        if !is_name(name) {
            shell.say(&format!("{argument}: bad variable name"));
            return Err(Stop::Error(2));
        }
        if let Some(value) = value {
            shell.set(name, value)?;
        }
        let variable = shell.variables.entry(name.to_owned()).or_default();
        if undo {
            variable.exported = false;
        } else {
            change(variable);
        }
    }
    Ok(0)
}

pub(super) fn export(shell: &mut Shell, argv: &[String]) -> Flow<u8> {
    mark(shell, argv, "export", |variable| variable.exported = true)
}

pub(super) fn readonly(shell: &mut Shell, argv: &[String]) -> Flow<u8> {
    mark(shell, argv, "readonly", |variable| variable.readonly = true)
}

pub(super) fn local(shell: &mut Shell, argv: &[String]) -> Flow<u8> {
    if shell.locals.is_empty() {
        shell.say("not in a function");
        return Err(Stop::Error(2));
    }
    for argument in operands(argv) {
        let (name, value) = match argument.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (argument.as_str(), None),
        };
        if !is_name(name) {
            shell.say(&format!("{argument}: bad variable name"));
            return Err(Stop::Error(2));
        }
        let old = shell.variables.get(name).cloned();
        if let Some(frame) = shell.locals.last_mut() {
            frame.push((name.to_owned(), old));
        }
        if let Some(value) = value {
            shell.set(name, value)?;
        }
    }
    Ok(0)
}

pub(super) fn unset(shell: &mut Shell, argv: &[String]) -> Flow<u8> {
    let mut functions = false;
    for argument in operands(argv) {
        match argument.as_str() {
            "-v" => functions = false,
            "-f" => functions = true,
            name if functions => {
                shell.functions.remove(name);
            }
            name if !is_name(name) => {
                shell.say(&format!("{name}: bad variable name"));
                return Err(Stop::Error(2));
            }
            name => {
                if shell.variables.get(name).is_some_and(|variable| variable.readonly) {
                    shell.say(&format!("{name}: is read only"));
                    return Err(Stop::Error(2));
                }
                shell.variables.remove(name);
            }
        }
    }
    Ok(0)
}

pub(super) fn shift(shell: &mut Shell, argv: &[String]) -> Flow<u8> {
    let count = operands(argv).first().map_or(Ok(1), |text| shell.number(text))? as usize;
    if count > shell.positional.len() {
        return Ok(1);
    }
    shell.positional.drain(..count);
    Ok(0)
}

pub(super) fn alias(shell: &mut Shell, argv: &[String]) -> Flow<u8> {
    let args = operands(argv);
    if args.is_empty() {
        let lines = shell.aliases.iter().map(|(name, value)| format!("{name}={}\n", quote(value)));
        let text: String = lines.collect();
        return Ok(shell.print(&text));
    }
    let mut status = 0;
    for argument in args {
        match argument.split_once('=') {
            Some((name, value)) if !name.is_empty() => {
                Rc::make_mut(&mut shell.aliases).insert(name.to_owned(), value.to_owned());
            }
            _ => match shell.aliases.get(argument) {
                Some(value) => {
                    let line = format!("{argument}={}\n", quote(value));
                    shell.print(&line);
                }
                None => {
                    shell.write_error(&format!("alias: {argument} not found\n"));
                    status = 1;
                }
            },
        }
    }
    Ok(status)
}

pub(super) fn unalias(shell: &mut Shell, argv: &[String]) -> Flow<u8> {
    let mut status = 0;
    for name in operands(argv) {
        if name == "-a" {
            Rc::make_mut(&mut shell.aliases).clear();
        } else if Rc::make_mut(&mut shell.aliases).remove(name).is_none() {
            shell.write_error(&format!("unalias: {name} not found\n"));
            status = 1;
        }
    }
    Ok(status)
}

pub(super) fn hash(shell: &mut Shell, argv: &[String]) -> Flow<u8> {
    let args = operands(argv);
    match args.first().map(String::as_str) {
        Some("-r") => {
            shell.hashed.clear();
            Ok(0)
        }
        None => {
            let text: String = shell.hashed.values().map(|path| format!("{path}\n")).collect();
            Ok(shell.print(&text))
        }
        Some(_) => {
            let mut status = 0;
            for name in args {
                match shell.search(name, None) {
                    Some(path) => {
                        shell.hashed.insert(name.clone(), path);
                    }
                    None => {
                        shell.say(&format!("{name}: not found"));
                        status = 1;
                    }
                }
            }
            Ok(status)
        }
    }
}

pub(super) fn let_(shell: &mut Shell, argv: &[String]) -> Flow<u8> {
    let mut value = 0;
    for argument in operands(argv) {
        value = shell.evaluate(argument)?;
    }
    Ok(u8::from(value == 0))
}
