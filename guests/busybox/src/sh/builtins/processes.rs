//! Children, signals, and the file mode creation mask.

use wasipod_guest_os::{self as os, Errno, signal};

use super::super::print::quote;
use super::super::state::{Flow, Shell};
use super::operands;

pub(super) fn wait(shell: &mut Shell, argv: &[String]) -> Flow<u8> {
    let args = operands(argv);
    if let Some(spec) = args.iter().find(|spec| spec.starts_with('%') && shell.jobs.find(spec).is_none()) {
        return shell.refuse(2, &format!("{spec}: no such job"));
    }
    let pids: Vec<Option<u32>> = if args.is_empty() {
        shell.jobs.list.iter().flat_map(|job| job.pids.clone()).map(Some).collect()
    } else {
        args.iter().map(|spec| shell.jobs.find(spec).and_then(|job| job.pids.last().copied())).collect()
    };
    let mut status = 0;
    for pid in pids {
        status = match pid.map(|pid| shell.wait_for(pid, true)) {
            Some(Ok(ended)) => ended.code(),
            // Interrupted: the trap runs as soon as this returns (XCU 2.12).
            Some(Err(Errno::EINTR)) => return Ok(128 + shell.pending.first().copied().unwrap_or(0)),
            Some(Err(_)) | None => 127,
        };
    }
    if args.is_empty() {
        shell.jobs.list.clear();
        return Ok(0);
    }
    Ok(status)
}

pub(super) fn jobs(shell: &mut Shell, argv: &[String]) -> Flow<u8> {
    shell.reap();
    let long = argv.iter().any(|argument| argument == "-l");
    let only_pids = argv.iter().any(|argument| argument == "-p");
    let mut text = String::new();
    let count = shell.jobs.list.len();
    for (i, job) in shell.jobs.list.iter().enumerate() {
        let pid = job.pids.first().copied().unwrap_or(0);
        if only_pids {
            text.push_str(&format!("{pid}\n"));
            continue;
        }
        let mark = if i + 1 == count {
            '+'
        } else if i + 2 == count {
            '-'
        } else {
            ' '
        };
        let state = match job.ended {
            None => "Running".to_owned(),
            Some(os::Status::Exited(0)) => "Done".to_owned(),
            Some(os::Status::Exited(code)) => format!("Done({code})"),
            Some(os::Status::Signaled(number)) => signal::description(number).to_owned(),
        };
        let pid = if long { format!("{pid} ") } else { String::new() };
        text.push_str(&format!("[{}]{mark}  {pid}{state:<26} {}\n", job.number, job.text));
    }
    shell.jobs.list.retain(|job| job.ended.is_none());
    Ok(shell.print(&text))
}

pub(super) fn no_job_control(shell: &mut Shell, _: &[String]) -> Flow<u8> {
    shell.refuse(2, "no job control")
}

/// The utility of that name, which knows nothing of jobs: `%1` becomes the pid of the job.
pub(super) fn kill(shell: &mut Shell, argv: &[String]) -> Flow<u8> {
    let mut args = Vec::new();
    for argument in argv {
        if !argument.starts_with('%') {
            args.push(argument.clone());
            continue;
        }
        match shell.jobs.find(argument).and_then(|job| job.pids.first()) {
            Some(pid) => args.push(pid.to_string()),
            None => return shell.refuse(2, &format!("{argument}: no such job")),
        }
    }
    super::shared(shell, &args)
}

pub(super) fn trap(shell: &mut Shell, argv: &[String]) -> Flow<u8> {
    let args = operands(argv);
    let Some((first, rest)) = args.split_first() else {
        let shown = if shell.traps.is_empty() { &shell.shown_traps } else { &shell.traps };
        let mut text = String::new();
        for (number, action) in shown {
            let name = if *number == 0 { "EXIT" } else { signal::name(*number).unwrap_or("?") };
            text.push_str(&format!("trap -- {} {name}\n", quote(action)));
        }
        return Ok(shell.print(&text));
    };
    // An action that is a number resets; so does one condition alone.
    let (action, conditions) = if first == "-" {
        (None, rest)
    } else if first.parse::<u8>().is_ok() || (rest.is_empty() && signal::number(first).is_some()) {
        (None, args)
    } else {
        (Some(first.clone()), rest)
    };
    let mut status = 0;
    for condition in conditions {
        let Some(number) = signal::number(condition) else {
            status = shell.refuse(1, &format!("{condition}: invalid signal specification"))?;
            continue;
        };
        if shell.set_trap(number, action.clone()).is_err() && action.is_some() {
            // KILL and STOP: dash and ash say nothing either.
            status = 0;
        }
    }
    Ok(status)
}

pub(super) fn umask(shell: &mut Shell, argv: &[String]) -> Flow<u8> {
    let mut args = operands(argv);
    let symbolic = args.first().is_some_and(|argument| argument == "-S");
    if symbolic {
        args = args.get(1..).unwrap_or_default();
    }
    let old = os::umask(0);
    os::umask(old);
    let Some(text) = args.first() else {
        let line = if symbolic {
            let class = |shift: u32| {
                let bits = !old >> shift;
                let letters = [(4, 'r'), (2, 'w'), (1, 'x')];
                letters
                    .into_iter()
                    .filter(|(bit, _)| bits & bit != 0)
                    .map(|(_, letter)| letter)
                    .collect::<String>()
            };
            format!("u={},g={},o={}\n", class(6), class(3), class(0))
        } else {
            format!("{old:04o}\n")
        };
        return Ok(shell.print(&line));
    };
    let mask = if text.starts_with(|char: char| char.is_ascii_digit()) {
        u32::from_str_radix(text, 8).ok().filter(|mask| *mask <= 0o777)
    } else {
        crate::mode::parse(text, !old & 0o777, false, 0).map(|mode| !mode & 0o777)
    };
    match mask {
        Some(mask) => {
            os::umask(mask);
            Ok(0)
        }
        None => shell.refuse(2, &format!("illegal mode: {text}")),
    }
}
