//! `read` and `getopts`.

use std::time::Duration;

use wasipod_guest_os::{self as os, Errno, Interest};

use super::super::lexer::is_name;
use super::super::state::{Flow, Shell, Stop};
use super::operands;

/// Reads one line, byte by byte: what follows it belongs to others.
pub(super) fn read(shell: &mut Shell, argv: &[String]) -> Flow<u8> {
    let (mut raw, mut fd, mut delimiter, mut limit, mut timeout) = (false, 0, b'\n', usize::MAX, None);
    let mut args = argv.get(1..).unwrap_or_default().iter();
    let mut names: Vec<String> = Vec::new();
    while let Some(argument) = args.next() {
        let mut value = || args.next().cloned().unwrap_or_default();
        match argument.as_str() {
            "-r" => raw = true,
            "-s" => {}
            "-p" => {
                let prompt = value();
                shell.write_error(&prompt);
            }
            "-u" => fd = shell.number(&value())?,
            "-d" => delimiter = value().bytes().next().unwrap_or(0),
            "-n" => limit = shell.number(&value())? as usize,
            "-t" => timeout = value().parse::<f64>().ok().and_then(|t| Duration::try_from_secs_f64(t).ok()),
            "--" => {
                names.extend(args.cloned());
                break;
            }
            other if other.len() > 1 && other.starts_with('-') && names.is_empty() => {
                shell.say(&format!("illegal option {other}"));
                return Err(Stop::Error(2));
            }
            name => names.push(name.to_owned()),
        }
    }
    if let Some(bad) = names.iter().find(|name| !is_name(name)) {
        shell.write_error(&format!("{}: read: '{bad}': bad variable name\n", shell.name));
        return Ok(1);
    }
    if names.is_empty() {
        names.push("REPLY".to_owned());
    }
    let Some(file) = shell.descriptor(fd) else {
        return shell.refuse(1, &format!("read error: {}", Errno::EBADF));
    };
    // Pairs: a byte, and whether a backslash took its meaning away.
    let mut line: Vec<(u8, bool)> = Vec::new();
    let mut escaped = false;
    let mut status = 1;
    while line.len() < limit {
        if timeout.is_some() && !os::poll(&[Interest::Read(&file)], timeout).contains(&true) {
            break;
        }
        let mut byte = [0];
        match file.read(&mut byte) {
            Ok(1..) => {}
            Err(Errno::EINTR) => {
                shell.collect_signals();
                if shell.pending.is_empty() {
                    continue;
                }
                return Ok(128 + shell.pending.first().copied().unwrap_or(0));
            }
            _ => break,
        }
        let [byte] = byte;
        if escaped {
            escaped = false;
            if byte != b'\n' {
                line.push((byte, true));
            }
        } else if byte == b'\\' && !raw {
            escaped = true;
        } else if byte == delimiter {
            status = 0;
            break;
        } else if byte != 0 {
            line.push((byte, false));
        }
    }
    if line.len() >= limit {
        status = 0;
    }
    let ifs = shell.get("IFS").unwrap_or_else(|| " \t\n".to_owned());
    let values = split(&line, ifs.as_bytes(), names.len());
    for (name, value) in names.iter().zip(values) {
        shell.set(name, String::from_utf8_lossy(&value).into_owned())?;
    }
    Ok(status)
}

/// Splits into so many fields; the last one takes the rest (XCU read).
fn split(line: &[(u8, bool)], ifs: &[u8], count: usize) -> Vec<Vec<u8>> {
    let is_delimiter = |&(byte, escaped): &(u8, bool)| !escaped && ifs.contains(&byte);
    let is_blank = |pair: &(u8, bool)| is_delimiter(pair) && matches!(pair.0, b' ' | b'\t' | b'\n');
    let mut rest = line;
    let skip = |rest: &mut &[(u8, bool)]| {
        while let Some((first, tail)) = rest.split_first()
            && is_blank(first)
        {
            *rest = tail;
        }
    };
    skip(&mut rest);
    let mut fields = Vec::new();
    while fields.len() + 1 < count {
        let end = rest.iter().position(is_delimiter).unwrap_or(rest.len());
        let (field, after) = rest.split_at(end);
        fields.push(field.iter().map(|(byte, _)| *byte).collect());
        rest = after;
        skip(&mut rest);
        if let Some((first, tail)) = rest.split_first()
            && is_delimiter(first)
        {
            rest = tail;
            skip(&mut rest);
        }
    }
    while let Some((last, head)) = rest.split_last()
        && is_blank(last)
    {
        rest = head;
    }
    // One delimiter at the end ends the last field and isn't part of it, unless there are more.
    if let Some((last, head)) = rest.split_last()
        && is_delimiter(last)
        && !head.iter().any(is_delimiter)
    {
        rest = head;
    }
    fields.push(rest.iter().map(|(byte, _)| *byte).collect());
    fields
}

pub(super) fn getopts(shell: &mut Shell, argv: &[String]) -> Flow<u8> {
    let [spec, name, arguments @ ..] = operands(argv) else {
        return shell.refuse(2, "usage: getopts optstring var [arg]");
    };
    let arguments = if arguments.is_empty() { shell.positional.clone() } else { arguments.to_vec() };
    let mut index = shell.get("OPTIND").and_then(|text| text.parse::<usize>().ok()).unwrap_or(1).max(1);
    if index > arguments.len() + 1 {
        // Left over from other arguments.
        index = 1;
        shell.getopts_offset = 0;
    }
    let offset = shell.getopts_offset;
    let silent = spec.starts_with(':');
    let ended = |shell: &mut Shell, index: usize| -> Flow<u8> {
        shell.set("OPTIND", index.to_string())?;
        shell.set(name, "?")?;
        shell.variables.remove("OPTARG");
        Ok(1)
    };
    let Some(argument) = arguments.get(index - 1).cloned() else { return ended(shell, index) };
    let letters: Vec<char> = argument.chars().collect();
    let position = offset.max(1);
    if offset == 0 {
        if argument == "--" {
            return ended(shell, index + 1);
        }
        if !argument.starts_with('-') || argument == "-" {
            return ended(shell, index);
        }
    }
    let Some(letter) = letters.get(position).copied() else { return ended(shell, index + 1) };
    let rest: String = letters.get(position + 1..).unwrap_or_default().iter().collect();
    let known = (letter != ':').then(|| spec.trim_start_matches(':').find(letter)).flatten();
    let takes_value = known.is_some_and(|at| {
        spec.trim_start_matches(':').get(at + letter.len_utf8()..).is_some_and(|s| s.starts_with(':'))
    });
    let mut next_offset = 0;
    let mut value = None;
    let mut answer = letter.to_string();
    if known.is_none() {
        answer = "?".to_owned();
        if silent {
            value = Some(letter.to_string());
        } else {
            shell.write_error(&format!("Illegal option -{letter}\n"));
        }
    }
    if takes_value {
        if !rest.is_empty() {
            value = Some(rest);
        } else {
            index += 1;
            value = arguments.get(index - 1).cloned();
            if value.is_none() {
                if silent {
                    answer = ":".to_owned();
                    value = Some(letter.to_string());
                } else {
                    answer = "?".to_owned();
                    shell.write_error(&format!("No arg for -{letter} option\n"));
                }
            }
        }
        index += 1;
    } else if rest.is_empty() {
        index += 1;
    } else {
        next_offset = position + 1;
    }
    shell.set("OPTIND", index.to_string())?;
    shell.getopts_offset = next_offset;
    // POSIX unsets it where there is none; ash and dash leave it empty.
    shell.set("OPTARG", value.unwrap_or_default())?;
    shell.set(name, answer)?;
    Ok(0)
}
