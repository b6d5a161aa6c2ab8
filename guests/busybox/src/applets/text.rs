//! Files to standard output: cat, head, tail, wc, tee.

use std::io::SeekFrom;
use std::rc::Rc;
use std::time::Duration;

use wasipod_guest_os::{self as os, Errno, File, OpenFlags};

use crate::applet::{Context, Failure, Outcome};
use crate::stream::{Lines, without_newline};

const CHUNK: usize = 65536;

/// The operands, `-` if there is none.
pub(super) fn or_stdin(operands: &[String]) -> Vec<String> {
    if operands.is_empty() { vec!["-".to_owned()] } else { operands.to_vec() }
}

/// Calls with each piece of a file until it says false.
pub(super) fn pieces(file: &File, mut each: impl FnMut(&[u8]) -> bool) -> Result<(), Errno> {
    let mut buffer = vec![0; CHUNK];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(n) => {
                if !each(buffer.get(..n).unwrap_or_default()) {
                    return Ok(());
                }
            }
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error),
        }
    }
}

pub(super) fn cat(context: &mut Context) -> Outcome {
    let options = context.options("nbuveAtET", &[])?;
    let numbers = options.has('n') || options.has('b');
    let (ends, tabs) = (
        options.has('e') || options.has('E') || options.has('A'),
        options.has('t') || options.has('T') || options.has('A'),
    );
    let visible = options.has('v') || options.has('e') || options.has('t') || options.has('A');
    let mut status = 0;
    let mut number = 0;
    for path in or_stdin(&options.operands) {
        let file = match context.open(&path) {
            Ok(file) => file,
            Err(failure) => {
                context.complain(&failure.message);
                status = 1;
                continue;
            }
        };
        let done = if numbers || ends || tabs || visible {
            cat_lines(context, file, numbers, options.has('b'), (visible, ends, tabs), &mut number)
        } else {
            pieces(&file, |piece| {
                context.out.bytes(piece);
                context.out.flush();
                !context.out.failed()
            })
        };
        if let Err(error) = done {
            context.complain(&format!("read error: {error}"));
            status = 1;
        }
    }
    Ok(status)
}

fn cat_lines(
    context: &mut Context,
    file: Rc<File>,
    numbers: bool,
    only_filled: bool,
    (visible, ends, tabs): (bool, bool, bool),
    number: &mut u64,
) -> Result<(), Errno> {
    let mut lines = Lines::new(file);
    while let Some(line) = lines.next()? {
        let text = without_newline(&line);
        if numbers && !(only_filled && text.is_empty()) {
            *number += 1;
            context.out.text(&format!("{number:6}\t"));
        }
        for byte in text {
            match byte {
                b'\t' if tabs => context.out.text("^I"),
                b'\t' => context.out.bytes(b"\t"),
                byte if visible && *byte >= 128 => {
                    context.out.text("M-");
                    show_control(context, byte & 127);
                }
                byte if visible => show_control(context, *byte),
                byte => context.out.bytes(&[*byte]),
            }
        }
        // BusyBox ends the last line when it numbers or marks ends.
        if line.len() > text.len() || numbers || ends {
            context.out.text(if ends { "$\n" } else { "\n" });
        }
    }
    Ok(())
}

fn show_control(context: &mut Context, byte: u8) {
    match byte {
        0..32 => context.out.bytes(&[b'^', byte + 64]),
        127 => context.out.text("^?"),
        byte => context.out.bytes(&[byte]),
    }
}

/// `-5` for `-n 5`, as old scripts write.
fn old_count(args: &mut [String]) {
    if let Some(first) = args.first_mut()
        && let Some(digits) = first.strip_prefix('-')
        && digits.starts_with(|char: char| char.is_ascii_digit())
    {
        *first = format!("-n{digits}");
    }
}

fn header(context: &mut Context, path: &str, first: bool) {
    let name = if path == "-" { "standard input" } else { path };
    context.out.text(&format!("{}==> {name} <==\n", if first { "" } else { "\n" }));
}

pub(super) fn head(context: &mut Context) -> Outcome {
    old_count(&mut context.args);
    let options = context.options("n:c:qv", &[("lines", 'n'), ("bytes", 'c')])?;
    let bytes = options.value('c').is_some();
    let text = options.value('c').or_else(|| options.value('n')).unwrap_or("10");
    let count = context.number(text)?;
    let operands = or_stdin(&options.operands);
    let headers = options.has('v') || operands.len() > 1 && !options.has('q');
    let mut status = 0;
    let mut first = true;
    for path in operands {
        let file = match context.open(&path) {
            Ok(file) => file,
            Err(failure) => {
                context.complain(&failure.message.replacen("can't open '", "", 1).replacen("':", ":", 1));
                status = 1;
                continue;
            }
        };
        if headers {
            header(context, &path, first);
            first = false;
        }
        let mut left = count;
        if left == 0 {
            continue;
        }
        let done = pieces(&file, |piece| {
            let mut end = piece.len();
            if bytes {
                end = end.min(usize::try_from(left).unwrap_or(usize::MAX));
                left -= end as u64;
            } else {
                for (i, byte) in piece.iter().enumerate() {
                    left -= u64::from(*byte == b'\n');
                    if left == 0 {
                        end = i + 1;
                        break;
                    }
                }
            }
            context.out.bytes(piece.get(..end).unwrap_or_default());
            left > 0
        });
        if let Err(error) = done {
            context.complain(&format!("{path}: {error}"));
            status = 1;
        }
    }
    Ok(status)
}

pub(super) fn tail(context: &mut Context) -> Outcome {
    old_count(&mut context.args);
    let options = context.options("n:c:fFqs:v", &[("lines", 'n'), ("bytes", 'c'), ("follow", 'f')])?;
    let bytes = options.value('c').is_some();
    let text = options.value('c').or_else(|| options.value('n')).unwrap_or("10").to_owned();
    let from_start = text.starts_with('+');
    let count = context.number(text.trim_start_matches(['+', '-']))?;
    let operands = or_stdin(&options.operands);
    let headers = options.has('v') || operands.len() > 1 && !options.has('q');
    let mut status = 0;
    let mut followed: Vec<(String, Rc<File>)> = Vec::new();
    for (i, path) in operands.iter().enumerate() {
        let file = match context.open(path) {
            Ok(file) => file,
            Err(failure) => {
                context.complain(&failure.message);
                status = 1;
                continue;
            }
        };
        if headers {
            header(context, path, i == 0);
        }
        let content = file.read_to_end().map_err(|error| Failure::new(format!("{path}: {error}")))?;
        let start = tail_start(&content, count, bytes, from_start);
        context.out.bytes(content.get(start..).unwrap_or_default());
        followed.push((path.clone(), file));
    }
    if followed.is_empty() {
        return Err(Failure::new("no files"));
    }
    if !(options.has('f') || options.has('F')) {
        return Ok(status);
    }
    let pause = options.value('s').map_or(Ok(1), |text| context.number(text))?;
    loop {
        for (path, file) in &mut followed {
            // A file that was cut is read from its start; one that was replaced is opened anew with -F.
            if let (Ok(at), Ok(stat)) = (file.seek(SeekFrom::Current(0)), file.stat()) {
                if stat.size < at {
                    let _ = file.seek(SeekFrom::Start(0));
                }
                if options.has('F')
                    && os::stat(path, true).is_ok_and(|now| !now.same_file(&stat))
                    && let Ok(now) = os::open(path, OpenFlags::READ, 0)
                {
                    *file = Rc::new(now);
                }
            }
            let fresh = file.read_to_end().unwrap_or_default();
            context.out.bytes(&fresh);
        }
        context.out.flush();
        if context.out.failed() {
            return Ok(1);
        }
        let _ = os::sleep(Duration::from_secs(pause.max(1)));
    }
}

/// Where the part that `tail` shows begins.
fn tail_start(content: &[u8], count: u64, bytes: bool, from_start: bool) -> usize {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    match (bytes, from_start) {
        (true, true) => count.saturating_sub(1).min(content.len()),
        (true, false) => content.len().saturating_sub(count),
        (false, true) => {
            let mut ends = content.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(i, _)| i + 1);
            match count {
                0 | 1 => 0,
                count => ends.nth(count - 2).unwrap_or(content.len()),
            }
        }
        (false, false) => {
            if count == 0 {
                return content.len();
            }
            let body = without_newline(content);
            let mut breaks =
                body.iter().enumerate().rev().filter(|(_, byte)| **byte == b'\n').map(|(i, _)| i + 1);
            breaks.nth(count - 1).unwrap_or(0)
        }
    }
}

#[derive(Clone, Copy, Default)]
struct Counts {
    lines: u64,
    words: u64,
    chars: u64,
    bytes: u64,
    longest: u64,
}

pub(super) fn wc(context: &mut Context) -> Outcome {
    let options = context.options("lwcmL", &[("lines", 'l'), ("words", 'w'), ("bytes", 'c')])?;
    let shown: Vec<char> = "lwmcL".chars().filter(|letter| options.has(*letter)).collect();
    let shown = if shown.is_empty() { vec!['l', 'w', 'c'] } else { shown };
    let operands = or_stdin(&options.operands);
    let mut total = Counts::default();
    let mut status = 0;
    let alone = shown.len() == 1 && operands.len() == 1;
    let line = |counts: &Counts, name: &str| {
        let mut fields: Vec<String> = shown
            .iter()
            .map(|letter| {
                let value = match letter {
                    'l' => counts.lines,
                    'w' => counts.words,
                    'm' => counts.chars,
                    'L' => counts.longest,
                    _ => counts.bytes,
                };
                if alone { value.to_string() } else { format!("{value:>9}") }
            })
            .collect();
        if !name.is_empty() {
            fields.push(name.to_owned());
        }
        fields.join(" ")
    };
    for path in &operands {
        let mut counts = Counts::default();
        let (mut in_word, mut length) = (false, 0);
        let read = context.open(path).and_then(|file| {
            let done = pieces(&file, |piece| {
                counts.bytes += piece.len() as u64;
                for byte in piece {
                    let space = byte.is_ascii_whitespace() || *byte == 11;
                    counts.words += u64::from(!space && !in_word);
                    in_word = !space;
                    counts.chars += u64::from(byte & 0xc0 != 0x80);
                    if *byte == b'\n' {
                        counts.lines += 1;
                        length = 0;
                    } else if byte & 0xc0 != 0x80 {
                        length += 1;
                        counts.longest = counts.longest.max(length);
                    }
                }
                true
            });
            done.map_err(|error| Failure::new(format!("{path}: {error}")))
        });
        if let Err(failure) = read {
            context.complain(&failure.message.replacen("can't open '", "", 1).replacen("':", ":", 1));
            status = 1;
            if !failure.message.ends_with("Is a directory") {
                continue;
            }
        }
        total.lines += counts.lines;
        total.words += counts.words;
        total.chars += counts.chars;
        total.bytes += counts.bytes;
        total.longest = total.longest.max(counts.longest);
        let text = line(&counts, if options.operands.is_empty() { "" } else { path });
        context.out.line(&text);
    }
    if operands.len() > 1 {
        let text = line(&total, "total");
        context.out.line(&text);
    }
    Ok(status)
}

pub(super) fn tee(context: &mut Context) -> Outcome {
    let options = context.options("ai", &[])?;
    let last = if options.has('a') { OpenFlags::APPEND } else { OpenFlags::TRUNCATE };
    let mut status = 0;
    let mut files = Vec::new();
    for path in &options.operands {
        match os::open(path, OpenFlags::WRITE | OpenFlags::CREATE | last, 0o666) {
            Ok(file) => files.push(file),
            Err(error) => {
                context.complain(&format!("{path}: {error}"));
                status = 1;
            }
        }
    }
    let input = context.stdin().map_err(|error| Failure::new(error.to_string()))?;
    let read = pieces(&input, |piece| {
        for file in &files {
            if file.write_all(piece).is_err() {
                status = 1;
            }
        }
        context.out.bytes(piece);
        context.out.flush();
        true
    });
    read.map_err(|error| Failure::new(format!("read error: {error}")))?;
    Ok(status)
}
