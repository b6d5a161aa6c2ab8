//! Parts of lines and of the alphabet: cut, tr.

use super::text::{or_stdin, pieces};
use crate::applet::{Context, Failure, Outcome};
use crate::stream::{Lines, without_newline};

/// Ranges of positions from 1, `usize::MAX` for open ends.
fn ranges(text: &str) -> Result<Vec<(usize, usize)>, Failure> {
    let number = |text: &str| match text.parse::<usize>() {
        Ok(number) => Ok(number),
        Err(_) => Err(Failure::new(format!("invalid number '{text}'"))),
    };
    let mut all = Vec::new();
    for item in text.split(',').filter(|item| !item.is_empty()) {
        let range = match item.split_once('-') {
            None => {
                let at = number(item)?;
                (at, at)
            }
            Some((start, end)) => (
                if start.is_empty() { 1 } else { number(start)? },
                if end.is_empty() { usize::MAX } else { number(end)? },
            ),
        };
        if range.0 == 0 || range.1 < range.0 {
            return Err(Failure::new(format!("invalid range {}-{}", range.0, range.1)));
        }
        all.push(range);
    }
    if all.is_empty() {
        return Err(Failure::new("missing list of positions"));
    }
    all.sort_unstable();
    Ok(all)
}

pub(super) fn cut(context: &mut Context) -> Outcome {
    let options = context.options("b:c:f:d:snO:", &[("output-delimiter", 'O')])?;
    let lists: Vec<&str> = ['b', 'c', 'f'].into_iter().filter_map(|letter| options.value(letter)).collect();
    let [list] = lists.as_slice() else {
        return Err(if lists.is_empty() {
            Failure::new("expected a list of bytes, characters, or fields")
        } else {
            Failure::new("only one type of list may be specified")
        });
    };
    let by_field = options.value('f').is_some();
    if !by_field && options.value('d').is_some() {
        return Err(Failure::new("a delimiter may be specified only when operating on fields"));
    }
    let ranges = ranges(list)?;
    let delimiter = options.value('d').unwrap_or("\t");
    // Like BusyBox, only its first byte.
    let delimiter = delimiter.as_bytes().first().unwrap_or(&b'\0');
    let joined = options.value('O').map_or_else(|| vec![*delimiter], |text| text.as_bytes().to_vec());
    let chosen = |at: usize| ranges.iter().any(|(start, end)| (*start..=*end).contains(&at));
    let mut status = 0;
    for path in or_stdin(&options.operands) {
        let file = match context.open(&path) {
            Ok(file) => file,
            Err(failure) => {
                context.complain(&failure.message.replacen("can't open '", "", 1).replacen("':", ":", 1));
                status = 1;
                continue;
            }
        };
        let mut lines = Lines::new(file);
        while let Some(line) = lines.next().map_err(|error| Failure::new(format!("{path}: {error}")))? {
            let line = without_newline(&line);
            let part: Vec<u8> = if by_field {
                if !line.contains(delimiter) {
                    if !options.has('s') {
                        context.out.bytes(line);
                        context.out.text("\n");
                    }
                    continue;
                }
                let fields = (1..).zip(line.split(|byte| byte == delimiter)).filter(|(at, _)| chosen(*at));
                fields.map(|(_, field)| field).collect::<Vec<_>>().join(joined.as_slice())
            } else if options.value('c').is_some() {
                let text = String::from_utf8_lossy(line);
                (1..)
                    .zip(text.chars())
                    .filter(|(at, _)| chosen(*at))
                    .map(|(_, char)| char)
                    .collect::<String>()
                    .into()
            } else {
                (1..).zip(line).filter(|(at, _)| chosen(*at)).map(|(_, byte)| *byte).collect()
            };
            context.out.bytes(&part);
            context.out.text("\n");
        }
    }
    Ok(status)
}

/// The bytes of a class of the POSIX locale.
fn class(name: &str) -> Option<Vec<u8>> {
    let is: fn(&u8) -> bool = match name {
        "alpha" => u8::is_ascii_alphabetic,
        "alnum" => u8::is_ascii_alphanumeric,
        "digit" => u8::is_ascii_digit,
        "lower" => u8::is_ascii_lowercase,
        "upper" => u8::is_ascii_uppercase,
        "space" => |byte| byte.is_ascii_whitespace() || *byte == 11,
        "blank" => |byte| matches!(byte, b' ' | b'\t'),
        "punct" => u8::is_ascii_punctuation,
        "cntrl" => u8::is_ascii_control,
        "xdigit" => u8::is_ascii_hexdigit,
        "print" => |byte| (32..127).contains(byte),
        "graph" => u8::is_ascii_graphic,
        _ => return None,
    };
    Some((0..128).filter(is).collect())
}

/// The members of a set as `tr` writes it, in order.
fn members(text: &str) -> Result<Vec<u8>, Failure> {
    // Escapes first; what they make is never special.
    let mut bytes: Vec<(u8, bool)> = Vec::new();
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        if char == '\\' && rest.len() > 1 {
            let digits = rest.bytes().skip(1).take(3).take_while(|byte| (b'0'..b'8').contains(byte)).count();
            let length = 1 + digits.max(rest.chars().nth(1).map_or(1, char::len_utf8));
            let mut made = Vec::new();
            super::printf::unescape(rest.get(..length).unwrap_or(rest), &mut made, false);
            // An unknown escape is the character itself.
            let made = if made.len() > 1 { made.get(1..).unwrap_or_default() } else { &made };
            bytes.extend(made.iter().map(|byte| (*byte, false)));
            rest = rest.get(length..).unwrap_or_default();
        } else {
            let length = char.len_utf8();
            bytes.extend(rest.bytes().take(length).map(|byte| (byte, true)));
            rest = rest.get(length..).unwrap_or_default();
        }
    }
    let mut out = Vec::new();
    let mut at = 0;
    while let Some((byte, special)) = bytes.get(at).copied() {
        let next = |offset: usize| bytes.get(at + offset).copied();
        if special && byte == b'[' && next(1) == Some((b':', true)) {
            let after: Vec<u8> = bytes.iter().skip(at + 2).map(|(byte, _)| *byte).collect();
            let after = String::from_utf8_lossy(&after);
            if let Some(end) = after.find(":]")
                && let Some(class) = after.get(..end).and_then(class)
            {
                out.extend(class);
                at += end + 4;
                continue;
            }
        }
        if special
            && byte == b'['
            && let (Some((b'=', true)), Some((member, _)), Some((b'=', true)), Some((b']', true))) =
                (next(1), next(2), next(3), next(4))
        {
            out.push(member);
            at += 5;
            continue;
        }
        if let (Some((b'-', true)), Some((last, _))) = (next(1), next(2)) {
            if last < byte {
                return Err(Failure::new(format!("bad range '{}-{}'", char::from(byte), char::from(last))));
            }
            out.extend(byte..=last);
            at += 3;
            continue;
        }
        out.push(byte);
        at += 1;
    }
    Ok(out)
}

pub(super) fn tr(context: &mut Context) -> Outcome {
    let options = context.options("+Ccdst", &[])?;
    let (delete, squeeze) = (options.has('d'), options.has('s'));
    let (first, second) = match options.operands.as_slice() {
        // Alone and without -d or -s it changes nothing.
        [first] => (first, None),
        [first, second] => (first, Some(second)),
        _ => return Err(context.wrong_usage(None)),
    };
    let mut from = members(first)?;
    if options.has('c') || options.has('C') {
        from = (0..=255).filter(|byte| !from.contains(byte)).collect();
    }
    let to = second.map(|text| members(text)).transpose()?;
    let mut map: Vec<u8> = (0..=255).collect();
    let mut squeezed = [false; 256];
    if let (Some(to), false) = (&to, delete) {
        let Some(last) = to.last() else { return Err(Failure::new("STRING2 cannot be empty")) };
        for (i, byte) in from.iter().enumerate() {
            if let Some(slot) = map.get_mut(usize::from(*byte)) {
                *slot = *to.get(i).unwrap_or(last);
            }
        }
    }
    if squeeze {
        for byte in to.as_ref().unwrap_or(&from) {
            if let Some(slot) = squeezed.get_mut(usize::from(*byte)) {
                *slot = true;
            }
        }
    }
    let mut last = None;
    let input = context.stdin().map_err(|error| Failure::new(format!("read error: {error}")))?;
    let done = pieces(&input, |piece| {
        let mut out = Vec::with_capacity(piece.len());
        for byte in piece {
            if delete && from.contains(byte) {
                continue;
            }
            let byte = map.get(usize::from(*byte)).copied().unwrap_or(*byte);
            if last == Some(byte) && squeezed.get(usize::from(byte)) == Some(&true) {
                continue;
            }
            last = Some(byte);
            out.push(byte);
        }
        context.out.bytes(&out);
        context.out.flush();
        !context.out.failed()
    });
    done.map_err(|error| Failure::new(format!("read error: {error}")))?;
    Ok(0)
}
