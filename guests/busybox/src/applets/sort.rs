//! sort and uniq.

use std::cmp::Ordering;

use wasipod_guest_os::{self as os, OpenFlags};

use super::text::or_stdin;
use crate::applet::{Context, Failure, Outcome};
use crate::options::Options;
use crate::stream::{Lines, without_newline};

/// How keys compare.
#[derive(Clone, Copy, Default)]
struct Order {
    numeric: bool,
    general: bool,
    month: bool,
    version: bool,
    human: bool,
    fold: bool,
    dictionary: bool,
    printable: bool,
    blanks: bool,
    reverse: bool,
}

impl Order {
    fn add(&mut self, letter: char) -> bool {
        match letter {
            'n' => self.numeric = true,
            'g' => self.general = true,
            'M' => self.month = true,
            'V' => self.version = true,
            'h' => self.human = true,
            'f' => self.fold = true,
            'd' => self.dictionary = true,
            'i' => self.printable = true,
            'b' => self.blanks = true,
            'r' => self.reverse = true,
            _ => return false,
        }
        true
    }

    fn is_default(&self) -> bool {
        let Order { numeric, general, month, version, human, fold, dictionary, printable, blanks, reverse } =
            *self;
        ![numeric, general, month, version, human, fold, dictionary, printable, blanks, reverse]
            .contains(&true)
    }

    fn compare(&self, left: &[u8], right: &[u8]) -> Ordering {
        let order = if self.numeric || self.general {
            number(left).total_cmp(&number(right))
        } else if self.human {
            human(left).total_cmp(&human(right))
        } else if self.month {
            month(left).cmp(&month(right))
        } else if self.version {
            versions(left, right)
        } else if self.fold || self.dictionary || self.printable {
            let kept = |byte: &u8| {
                (!self.dictionary || byte.is_ascii_alphanumeric() || byte.is_ascii_whitespace())
                    && (!self.printable || (32..127).contains(byte))
            };
            let fold = |byte: u8| if self.fold { byte.to_ascii_uppercase() } else { byte };
            let key = |bytes: &[u8]| bytes.iter().copied().filter(kept).map(fold).collect::<Vec<u8>>();
            key(left).cmp(&key(right))
        } else {
            left.cmp(right)
        };
        if self.reverse { order.reverse() } else { order }
    }
}

/// The number at the start, 0 if there is none.
fn number(text: &[u8]) -> f64 {
    let text = String::from_utf8_lossy(text.trim_ascii_start());
    let end = text
        .char_indices()
        .find(|(i, char)| !(char.is_ascii_digit() || *char == '.' || (*i == 0 && *char == '-')));
    text.get(..end.map_or(text.len(), |(i, _)| i)).and_then(|text| text.parse().ok()).unwrap_or(0.0)
}

fn human(text: &[u8]) -> f64 {
    let letter = text.iter().find(|byte| byte.is_ascii_alphabetic()).map_or(0, u8::to_ascii_uppercase);
    let power = b"KMGTPE".iter().position(|unit| *unit == letter).map_or(0, |i| i + 1);
    number(text) * 1024f64.powi(i32::try_from(power).unwrap_or(0))
}

fn month(text: &[u8]) -> usize {
    let name: Vec<u8> = text.trim_ascii_start().iter().take(3).map(u8::to_ascii_lowercase).collect();
    let names = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    names.iter().position(|known| known.as_bytes() == name).map_or(0, |i| i + 1)
}

/// Texts whose runs of digits compare as numbers.
pub(super) fn versions(left: &[u8], right: &[u8]) -> Ordering {
    let (mut left, mut right) = (left, right);
    loop {
        let (Some(a), Some(b)) = (left.first(), right.first()) else { return left.len().cmp(&right.len()) };
        if a.is_ascii_digit() && b.is_ascii_digit() {
            let run = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let ((first, left_rest), (second, right_rest)) =
                (left.split_at(run(left)), right.split_at(run(right)));
            let value =
                |digits: &[u8]| digits.iter().skip_while(|byte| **byte == b'0').copied().collect::<Vec<u8>>();
            let (x, y) = (value(first), value(second));
            let order = x.len().cmp(&y.len()).then_with(|| x.cmp(&y));
            if order.is_ne() {
                return order;
            }
            (left, right) = (left_rest, right_rest);
        } else {
            if a != b {
                return a.cmp(b);
            }
            (left, right) = (left.get(1..).unwrap_or_default(), right.get(1..).unwrap_or_default());
        }
    }
}

/// `-k START[.OFS][OPTS][,END[.OFS][OPTS]]`, fields and characters from 1, END 0 for the line's end.
struct Key {
    start: (usize, usize),
    end: (usize, usize),
    order: Order,
}

fn parse_key(text: &str, global: Order) -> Result<Key, Failure> {
    let mut order = Order::default();
    let mut position = |text: &str| -> Result<(usize, usize), Failure> {
        let digits = text.trim_end_matches(|char: char| char.is_ascii_alphabetic());
        for letter in text.get(digits.len()..).unwrap_or_default().chars() {
            if !order.add(letter) {
                return Err(Failure::with_status(2, "unknown key option"));
            }
        }
        let (field, offset) = digits.split_once('.').unwrap_or((digits, "0"));
        let parse = |text: &str| {
            text.parse().map_err(|_| Failure::with_status(2, format!("invalid number '{text}'")))
        };
        Ok((parse(field)?, parse(offset)?))
    };
    let (start, end) = match text.split_once(',') {
        Some((start, end)) => (position(start)?, position(end)?),
        None => (position(text)?, (0, 0)),
    };
    Ok(Key { start, end, order: if order.is_default() { global } else { order } })
}

impl Key {
    fn of<'a>(&self, line: &'a [u8], separator: Option<u8>) -> &'a [u8] {
        let start = position(line, separator, self.start.0, self.start.1.max(1), self.order.blanks, false);
        let end = match self.end {
            (0, _) => line.len(),
            (field, 0) => position(line, separator, field, 0, false, true),
            (field, offset) => position(line, separator, field, offset + 1, self.order.blanks, false),
        };
        line.get(start..end.max(start)).unwrap_or_default()
    }
}

/// Where in the line the field's character is; with `to_end` where the field ends.
fn position(
    line: &[u8],
    separator: Option<u8>,
    field: usize,
    offset: usize,
    skip_blanks: bool,
    to_end: bool,
) -> usize {
    let mut at = 0;
    let field_end = |at: usize| {
        let rest = line.get(at..).unwrap_or_default();
        let length = match separator {
            Some(separator) => rest.iter().position(|byte| *byte == separator),
            None => {
                let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
                rest.iter()
                    .skip(blanks)
                    .position(|byte| matches!(byte, b' ' | b'\t'))
                    .map(|found| found + blanks)
            }
        };
        length.map_or(line.len(), |length| at + length)
    };
    for _ in 1..field {
        at = field_end(at);
        if separator.is_some() && at < line.len() {
            at += 1;
        }
    }
    if to_end {
        return field_end(at);
    }
    if skip_blanks {
        at +=
            line.get(at..).unwrap_or_default().iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    }
    (at + offset.saturating_sub(1)).min(line.len())
}

pub(super) fn sort(context: &mut Context) -> Outcome {
    let options = context.options("ngMucszbrdfhiVk:t:o:T:S:m", &[("reverse", 'r'), ("unique", 'u')])?;
    let mut global = Order::default();
    for letter in "ngMVhfdibr".chars().filter(|letter| options.has(*letter)) {
        global.add(letter);
    }
    let separator = match options.value('t').map(str::as_bytes) {
        None => None,
        Some([byte]) => Some(*byte),
        Some(b"\\t") => Some(b'\t'),
        Some(_) => return Err(Failure::with_status(2, "bad -t parameter")),
    };
    let mut keys = Vec::new();
    for text in options.values('k') {
        keys.push(parse_key(text, global)?);
    }
    let end = if options.has('z') { b'\0' } else { b'\n' };
    let mut lines: Vec<Vec<u8>> = Vec::new();
    for path in or_stdin(&options.operands) {
        let file = context.open(&path).map_err(|failure| {
            let message = failure.message.replacen("can't open '", "", 1).replacen("':", ":", 1);
            Failure::with_status(2, message)
        })?;
        let content =
            file.read_to_end().map_err(|error| Failure::with_status(2, format!("{path}: {error}")))?;
        let body = content.strip_suffix(&[end]).unwrap_or(&content);
        if !content.is_empty() {
            lines.extend(body.split(|byte| *byte == end).map(<[u8]>::to_vec));
        }
    }
    let by_keys = |left: &Vec<u8>, right: &Vec<u8>| {
        if keys.is_empty() {
            return global.compare(left, right);
        }
        let each =
            keys.iter().map(|key| key.order.compare(key.of(left, separator), key.of(right, separator)));
        each.into_iter().find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    };
    let full = |left: &Vec<u8>, right: &Vec<u8>| {
        let last = || match (options.has('s') || options.has('u'), global.reverse) {
            (true, _) => Ordering::Equal,
            (false, true) => right.cmp(left),
            (false, false) => left.cmp(right),
        };
        by_keys(left, right).then_with(last)
    };
    if options.has('c') {
        return check(context, &options, &lines, by_keys);
    }
    lines.sort_by(full);
    if options.has('u') {
        lines.dedup_by(|later, earlier| by_keys(earlier, later).is_eq());
    }
    let mut text = Vec::new();
    for line in lines {
        text.extend(line);
        text.push(end);
    }
    match options.value('o') {
        None => context.out.bytes(&text),
        Some(path) => {
            let flags = OpenFlags::WRITE | OpenFlags::CREATE | OpenFlags::TRUNCATE;
            let written = os::open(path, flags, 0o666).and_then(|file| file.write_all(&text));
            written.map_err(|error| Failure::with_status(2, format!("can't open '{path}': {error}")))?;
        }
    }
    Ok(0)
}

fn check(
    context: &mut Context,
    options: &Options,
    lines: &[Vec<u8>],
    compare: impl Fn(&Vec<u8>, &Vec<u8>) -> Ordering,
) -> Outcome {
    for (i, pair) in lines.windows(2).enumerate() {
        if let [first, second] = pair {
            let order = compare(first, second);
            if order.is_gt() || options.has('u') && order.is_eq() {
                context.write_error(&format!("Check line {}\n", i + 1));
                return Ok(1);
            }
        }
    }
    Ok(0)
}

pub(super) fn uniq(context: &mut Context) -> Outcome {
    let options = context.options("cduif:s:w:", &[("count", 'c'), ("repeated", 'd'), ("unique", 'u')])?;
    let number = |letter, default| options.value(letter).map_or(Ok(default), |text| context.number(text));
    let (fields, skipped, width) = (number('f', 0)?, number('s', 0)?, number('w', u64::MAX)?);
    let (fields, skipped, width) = (
        usize::try_from(fields).unwrap_or(usize::MAX),
        usize::try_from(skipped).unwrap_or(usize::MAX),
        usize::try_from(width).unwrap_or(usize::MAX),
    );
    if options.operands.len() > 2 {
        return Err(context.wrong_usage(None));
    }
    let input = context.open(options.operands.first().map_or("-", String::as_str))?;
    if let Some(path) = options.operands.get(1).filter(|path| *path != "-") {
        let flags = OpenFlags::WRITE | OpenFlags::CREATE | OpenFlags::TRUNCATE;
        let file = os::open(path, flags, 0o666)
            .map_err(|error| Failure::new(format!("can't open '{path}': {error}")))?;
        context.out = crate::stream::Output::to_file(Some(std::rc::Rc::new(file)));
    }
    let key = |line: &[u8]| {
        let mut at = 0;
        let rest = |at: usize| line.get(at..).unwrap_or_default();
        for _ in 0..fields {
            at += rest(at).iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            at += rest(at).iter().take_while(|byte| !byte.is_ascii_whitespace()).count();
        }
        let bytes: Vec<u8> = rest(at).iter().skip(skipped).take(width).copied().collect();
        if options.has('i') { bytes.to_ascii_lowercase() } else { bytes }
    };
    let show = |context: &mut Context, line: &[u8], count: u64| {
        if count == 0 || count == 1 && options.has('d') || count > 1 && options.has('u') {
            return;
        }
        if options.has('c') {
            context.out.text(&format!("{count:7} "));
        }
        context.out.bytes(line);
        context.out.text("\n");
    };
    let mut lines = Lines::new(input);
    let (mut first, mut count): (Vec<u8>, u64) = (Vec::new(), 0);
    while let Some(line) = lines.next().map_err(|error| Failure::new(format!("read error: {error}")))? {
        let line = without_newline(&line);
        if count > 0 && key(line) == key(&first) {
            count += 1;
            continue;
        }
        show(context, &first, count);
        (first, count) = (line.to_vec(), 1);
    }
    show(context, &first, count);
    Ok(0)
}
