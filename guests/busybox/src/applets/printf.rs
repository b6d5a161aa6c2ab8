//! printf (XCU printf), and the escapes that it shares with echo.

use crate::applet::{Context, Outcome};

/// Adds a text with its escapes resolved. With `zero_first`, an octal number may have a 0 before its three digits,
/// and `\c` ends everything: true says that it came.
pub(super) fn unescape(text: &str, out: &mut Vec<u8>, zero_first: bool) -> bool {
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte != b'\\' {
            out.push(*byte);
            continue;
        }
        if zero_first && rest.first() == Some(&b'c') {
            return true;
        }
        rest = escape(rest, out, zero_first);
    }
    false
}

/// What follows a backslash; the rest after it.
fn escape<'a>(text: &'a [u8], out: &mut Vec<u8>, zero_first: bool) -> &'a [u8] {
    let Some((byte, after)) = text.split_first() else {
        out.push(b'\\');
        return text;
    };
    let plain = match byte {
        b'a' => 7,
        b'b' => 8,
        b'e' => 27,
        b'f' => 12,
        b'n' => 10,
        b'r' => 13,
        b't' => 9,
        b'v' => 11,
        b'\\' => b'\\',
        b'0'..=b'7' => {
            let digits = match after.first() {
                Some(b'0'..=b'7') if zero_first && *byte == b'0' => after,
                _ => text,
            };
            return digits_of(digits, 8, 3, out);
        }
        b'x' if after.first().is_some_and(u8::is_ascii_hexdigit) => return digits_of(after, 16, 2, out),
        other => {
            out.extend([b'\\', *other]);
            return after;
        }
    };
    out.push(plain);
    after
}

fn digits_of<'a>(text: &'a [u8], radix: u32, max: usize, out: &mut Vec<u8>) -> &'a [u8] {
    let mut value = 0;
    let mut used = 0;
    for digit in text.iter().take(max).map_while(|byte| char::from(*byte).to_digit(radix)) {
        if value * radix + digit > 255 {
            break;
        }
        value = value * radix + digit;
        used += 1;
    }
    out.push(u8::try_from(value).unwrap_or(u8::MAX));
    text.get(used..).unwrap_or_default()
}

/// One conversion of the format.
#[derive(Default)]
struct Conversion {
    left: bool,
    plus: bool,
    space: bool,
    alternative: bool,
    zero: bool,
    width: usize,
    precision: Option<usize>,
}

impl Conversion {
    fn pad(&self, body: &[u8], out: &mut Vec<u8>) {
        let padding = vec![b' '; self.width.saturating_sub(body.len())];
        if !self.left {
            out.extend(&padding);
        }
        out.extend(body);
        if self.left {
            out.extend(&padding);
        }
    }

    /// A number: sign and prefix, then zeros if they fill the width, then digits.
    fn number(&self, sign: &str, digits: &str, zeros_allowed: bool, out: &mut Vec<u8>) {
        let fill = if self.zero && !self.left && zeros_allowed {
            self.width.saturating_sub(sign.len() + digits.len())
        } else {
            0
        };
        self.pad(format!("{sign}{}{digits}", "0".repeat(fill)).as_bytes(), out);
    }

    fn sign(&self, negative: bool) -> &'static str {
        match (negative, self.plus, self.space) {
            (true, ..) => "-",
            (false, true, _) => "+",
            (false, false, true) => " ",
            (false, false, false) => "",
        }
    }

    fn integer(&self, letter: u8, value: i128, out: &mut Vec<u8>) {
        let bits = value as u64;
        let (sign, mut digits) = match letter {
            b'd' | b'i' => (self.sign(value < 0), value.unsigned_abs().to_string()),
            b'u' => ("", bits.to_string()),
            b'o' => ("", format!("{}{bits:o}", if self.alternative && bits != 0 { "0" } else { "" })),
            b'x' => (if self.alternative && bits != 0 { "0x" } else { "" }, format!("{bits:x}")),
            _ => (if self.alternative && bits != 0 { "0X" } else { "" }, format!("{bits:X}")),
        };
        if let Some(precision) = self.precision {
            if precision == 0 && value == 0 {
                digits.clear();
            }
            digits = format!("{}{digits}", "0".repeat(precision.saturating_sub(digits.len())));
        }
        self.number(sign, &digits, self.precision.is_none(), out);
    }

    fn float(&self, letter: u8, value: f64, out: &mut Vec<u8>) {
        let precision = self.precision.unwrap_or(6);
        let size = value.abs();
        let mut text = if !size.is_finite() {
            if size.is_nan() { "nan".to_owned() } else { "inf".to_owned() }
        } else {
            match letter.to_ascii_lowercase() {
                b'f' => format!("{size:.precision$}"),
                b'e' => exponential(size, precision),
                _ => general(size, precision, self.alternative),
            }
        };
        if letter.is_ascii_uppercase() {
            text = text.to_ascii_uppercase();
        }
        self.number(self.sign(value.is_sign_negative()), &text, size.is_finite(), out);
    }
}

fn exponential(value: f64, precision: usize) -> String {
    let text = format!("{value:.precision$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
    format!("{mantissa}e{sign}{digits:0>2}")
}

fn general(value: f64, precision: usize, keep_zeros: bool) -> String {
    let precision = precision.max(1);
    let probe = format!("{value:.*e}", precision - 1);
    let exponent: i64 = probe.split_once('e').and_then(|(_, text)| text.parse().ok()).unwrap_or(0);
    let trim = |text: String| match text.contains('.') && !keep_zeros {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    };
    if exponent < -4 || exponent >= i64::try_from(precision).unwrap_or(i64::MAX) {
        let text = exponential(value, precision - 1);
        let (mantissa, rest) = text.split_once('e').unwrap_or((&text, "+00"));
        return format!("{}e{rest}", trim(mantissa.to_owned()));
    }
    let decimals = usize::try_from(i64::try_from(precision).unwrap_or(i64::MAX) - 1 - exponent).unwrap_or(0);
    trim(format!("{value:.decimals$}"))
}

/// The arguments, one after the other; what is missing is empty.
struct Arguments<'a> {
    rest: std::slice::Iter<'a, String>,
    status: u8,
}

impl Arguments<'_> {
    fn complain(&mut self, context: &mut Context, out: &mut Vec<u8>, text: &str) {
        context.out.bytes(out);
        out.clear();
        context.complain(&format!("invalid number '{text}'"));
        self.status = 1;
    }

    fn integer(&mut self, context: &mut Context, out: &mut Vec<u8>) -> i128 {
        let Some(text) = self.rest.next() else { return 0 };
        if let Some(char) = text.strip_prefix(['\'', '"']).and_then(|text| text.chars().next()) {
            return i128::from(u32::from(char));
        }
        let trimmed = text.trim_start();
        let (negative, digits) = match trimmed.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, trimmed.strip_prefix('+').unwrap_or(trimmed)),
        };
        let value = if let Some(hex) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
            u64::from_str_radix(hex, 16).ok()
        } else if digits.len() > 1 && digits.starts_with('0') {
            u64::from_str_radix(digits, 8).ok()
        } else {
            digits.parse::<u64>().ok()
        };
        match value {
            Some(value) if negative => -i128::from(value),
            Some(value) => i128::from(value),
            None => {
                let text = text.clone();
                self.complain(context, out, &text);
                0
            }
        }
    }

    fn float(&mut self, context: &mut Context, out: &mut Vec<u8>) -> f64 {
        let Some(text) = self.rest.next() else { return 0.0 };
        if let Ok(value) = text.trim_start().parse() {
            return value;
        }
        let text = text.clone();
        self.complain(context, out, &text);
        0.0
    }
}

pub(super) fn printf(context: &mut Context) -> Outcome {
    let mut args = std::mem::take(&mut context.args);
    if args.first().is_some_and(|first| first == "--") {
        args.remove(0);
    }
    let Some((format, operands)) = args.split_first() else { return Err(context.wrong_usage(None)) };
    let mut arguments = Arguments { rest: operands.iter(), status: 0 };
    loop {
        let before = arguments.rest.len();
        let mut out = Vec::new();
        let goes_on = once(context, format.as_bytes(), &mut arguments, &mut out);
        context.out.bytes(&out);
        match goes_on {
            Err(message) => {
                context.complain(&message);
                return Ok(1);
            }
            Ok(true) if arguments.rest.len() > 0 && arguments.rest.len() < before => {}
            Ok(_) => return Ok(arguments.status),
        }
    }
}

/// Goes through the format once; false after a `\c`.
fn once(
    context: &mut Context,
    format: &[u8],
    arguments: &mut Arguments<'_>,
    out: &mut Vec<u8>,
) -> Result<bool, String> {
    let mut rest = format;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match (byte, rest.first()) {
            (b'\\', Some(b'c')) => return Ok(false),
            (b'\\', _) => rest = escape(rest, out, false),
            (b'%', Some(b'%')) => {
                out.push(b'%');
                rest = rest.get(1..).unwrap_or_default();
            }
            (b'%', _) => match conversion(context, rest, arguments, out)? {
                Some(after) => rest = after,
                None => return Ok(false),
            },
            (byte, _) => out.push(*byte),
        }
    }
    Ok(true)
}

fn conversion<'a>(
    context: &mut Context,
    text: &'a [u8],
    arguments: &mut Arguments<'_>,
    out: &mut Vec<u8>,
) -> Result<Option<&'a [u8]>, String> {
    let mut how = Conversion::default();
    let mut rest = text;
    let size =
        |rest: &mut &'a [u8], context: &mut Context, out: &mut Vec<u8>, arguments: &mut Arguments<'_>| {
            if let Some(after) = rest.strip_prefix(b"*") {
                *rest = after;
                return arguments.integer(context, out);
            }
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let (number, after) = rest.split_at(digits);
            *rest = after;
            number.iter().fold(0i128, |value, byte| (value * 10 + i128::from(byte - b'0')).min(1 << 20))
        };
    while let Some((flag, after)) = rest.split_first() {
        match flag {
            b'-' => how.left = true,
            b'+' => how.plus = true,
            b' ' => how.space = true,
            b'#' => how.alternative = true,
            b'0' => how.zero = true,
            _ => break,
        }
        rest = after;
    }
    let width = size(&mut rest, context, out, arguments);
    how.left |= width < 0;
    how.width = usize::try_from(width.unsigned_abs()).unwrap_or(0);
    if let Some(after) = rest.strip_prefix(b".") {
        rest = after;
        how.precision = usize::try_from(size(&mut rest, context, out, arguments)).ok();
    }
    while let Some((b'h' | b'l' | b'L' | b'j' | b'z' | b't', after)) = rest.split_first() {
        rest = after;
    }
    let Some((letter, after)) = rest.split_first() else {
        return Err(format!("%{}: invalid format", String::from_utf8_lossy(text)));
    };
    match letter {
        b'd' | b'i' | b'u' | b'o' | b'x' | b'X' => {
            let value = arguments.integer(context, out);
            how.integer(*letter, value, out);
        }
        b'e' | b'E' | b'f' | b'F' | b'g' | b'G' => {
            let value = arguments.float(context, out);
            how.float(*letter, value, out);
        }
        b'c' => {
            let first = arguments.rest.next().and_then(|text| text.as_bytes().first()).copied().unwrap_or(0);
            how.pad(&[first], out);
        }
        b's' => {
            let text = arguments.rest.next().map(String::as_bytes).unwrap_or_default();
            how.pad(text.get(..how.precision.unwrap_or(text.len())).unwrap_or(text), out);
        }
        b'b' => {
            let mut bytes = Vec::new();
            let stopped = unescape(arguments.rest.next().map_or("", String::as_str), &mut bytes, true);
            how.pad(bytes.get(..how.precision.unwrap_or(bytes.len())).unwrap_or(&bytes), out);
            if stopped {
                return Ok(None);
            }
        }
        _ => {
            return Err(format!("%{}: invalid format", String::from_utf8_lossy(text)));
        }
    }
    Ok(Some(after))
}
