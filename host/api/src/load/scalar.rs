//! What a YAML scalar means to kubectl: the YAML 1.1 forms of sigs.k8s.io/yaml (`0644` is 420, `yes` is true),
//! then what is left of it in JSON (timestamps are texts, `1.0` is 1).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::tree::Meaning;

const CORE_TAG: &str = "tag:yaml.org,2002:";

/// What a scalar was declared to be with a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Declared {
    /// No tag: a plain scalar's text decides, a quoted one is text.
    Nothing,
    Null,
    Bool,
    Int,
    Float,
    /// `!!timestamp`, which stays a text but must look like nothing else.
    Timestamp,
    Binary,
    /// `!!str`, `!`, or a tag of somebody else's.
    Text,
}

impl Declared {
    /// From a tag's handle and suffix as the parser gives them.
    pub(crate) fn from_tag(handle: &str, suffix: &str) -> Self {
        let full = format!("{handle}{suffix}");
        let Some(name) = full.strip_prefix(CORE_TAG).or_else(|| full.strip_prefix("!!")) else {
            return Self::Text;
        };
        match name {
            "null" => Self::Null,
            "bool" => Self::Bool,
            "int" => Self::Int,
            "float" => Self::Float,
            "timestamp" => Self::Timestamp,
            "binary" => Self::Binary,
            _ => Self::Text,
        }
    }
}

/// A scalar whose text doesn't fit its tag, or that JSON has no form for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ScalarError {
    #[error("cannot decode this {found} as a {wanted}")]
    Tag { found: &'static str, wanted: &'static str },
    #[error("a number must be finite: infinity and not-a-number have no place in a manifest")]
    NotFinite,
    #[error("the value tagged !!binary is not valid base64")]
    Binary,
}

/// The meaning of a scalar. For [`Declared::Binary`] the text is checked by the caller's decoder.
pub(crate) fn resolve(text: &str, plain: bool, declared: Declared) -> Result<Meaning, ScalarError> {
    let wanted = match declared {
        Declared::Text | Declared::Binary => return Ok(Meaning::Text),
        Declared::Nothing if !plain => return Ok(Meaning::Text),
        Declared::Nothing => return finite(meaning(text)),
        Declared::Timestamp => return Ok(Meaning::Text),
        Declared::Null => "!!null",
        Declared::Bool => "!!bool",
        Declared::Int => "!!int",
        Declared::Float => "!!float",
    };
    let found = meaning(text);
    match (declared, found) {
        (Declared::Null, Meaning::Null)
        | (Declared::Bool, Meaning::Bool(_))
        | (Declared::Float, Meaning::Float(_) | Meaning::Integer(_)) => finite(found),
        // `1.0` means 1 in JSON, but it is written as a float.
        (Declared::Int, Meaning::Integer(_)) if integer(&text.replace('_', "")).is_some() => Ok(found),
        _ => Err(ScalarError::Tag { found: tag_name(found), wanted }),
    }
}

/// The text of a `!!binary` scalar.
pub(crate) fn decode_binary(text: &str) -> Result<String, ScalarError> {
    let compact: String = text.split_whitespace().collect();
    let bytes = STANDARD.decode(compact).map_err(|_| ScalarError::Binary)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn finite(meaning: Meaning) -> Result<Meaning, ScalarError> {
    match meaning {
        Meaning::Float(value) if !value.is_finite() => Err(ScalarError::NotFinite),
        other => Ok(other),
    }
}

const fn tag_name(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::Null => "!!null",
        Meaning::Bool(_) => "!!bool",
        Meaning::Integer(_) => "!!int",
        Meaning::Float(_) => "!!float",
        Meaning::Text => "!!str",
    }
}

/// The meaning of plain text.
fn meaning(text: &str) -> Meaning {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Meaning::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Meaning::Bool(true);
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Meaning::Bool(false);
        }
        ".nan" | ".NaN" | ".NAN" => return Meaning::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Meaning::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Meaning::Float(f64::NEG_INFINITY),
        _ => {}
    }
    match text.as_bytes()[0] {
        b'.' if underscores_between_digits(text) => {
            float(&text.replace('_', "")).map_or(Meaning::Text, number)
        }
        b'0'..=b'9' | b'+' | b'-' => {
            let digits = text.replace('_', "");
            integer(&digits)
                .or_else(|| float(&digits).map(number))
                .or_else(|| huge_integer(&digits).map(number))
                .unwrap_or(Meaning::Text)
        }
        _ => Meaning::Text,
    }
}

fn underscores_between_digits(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.iter().enumerate().filter(|&(_, &byte)| byte == b'_').all(|(i, _)| {
        i > 0 && bytes[i - 1].is_ascii_digit() && bytes.get(i + 1).is_some_and(u8::is_ascii_digit)
    })
}

/// Splits sign, radix and digits: `-0x1f` is (true, 16, "1f"), `0644` is (false, 8, "644").
fn parts(text: &str) -> (bool, u32, &str) {
    let (negative, unsigned) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let bytes = unsigned.as_bytes();
    match (bytes.first(), bytes.get(1)) {
        (Some(b'0'), Some(b'x' | b'X')) => (negative, 16, &unsigned[2..]),
        (Some(b'0'), Some(b'o' | b'O')) => (negative, 8, &unsigned[2..]),
        (Some(b'0'), Some(b'b' | b'B')) => (negative, 2, &unsigned[2..]),
        (Some(b'0'), Some(_)) => (negative, 8, &unsigned[1..]),
        _ => (negative, 10, unsigned),
    }
}

fn integer(text: &str) -> Option<Meaning> {
    let value = magnitude(text)?;
    let (negative, ..) = parts(text);
    let signed = if negative { -value } else { value };
    i64::try_from(signed).ok().map(Meaning::Integer)
}

/// An integer beyond 64 bits becomes the nearest float, as it does on its way through JSON.
fn huge_integer(text: &str) -> Option<f64> {
    let (negative, radix, digits) = parts(text);
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    let value = digits
        .chars()
        .filter_map(|digit| digit.to_digit(radix))
        .fold(0.0, |sum: f64, digit| sum.mul_add(f64::from(radix), f64::from(digit)));
    Some(if negative { -value } else { value })
}

fn magnitude(text: &str) -> Option<i128> {
    let (_, radix, digits) = parts(text);
    // A second sign, as in `--1`, is not a digit.
    if digits.starts_with(['+', '-']) {
        return None;
    }
    i128::from_str_radix(digits, radix).ok()
}

/// Digits with at most one point and an exponent; nothing that overflows.
fn float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) =
        unsigned.split_once(['e', 'E']).map_or((unsigned, None), |(m, e)| (m, Some(e)));
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(w, f)| (w, Some(f)));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let has_digits = !whole.is_empty() || fraction.is_some_and(|fraction| !fraction.is_empty());
    let exponent_ok = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !digits.is_empty() && all_digits(digits)
    });
    if !(has_digits && all_digits(whole) && fraction.is_none_or(all_digits) && exponent_ok) {
        return None;
    }
    text.parse().ok().filter(|value: &f64| value.is_finite())
}

/// JSON writes a float without a fraction as an integer, and an integer field then takes it.
fn number(value: f64) -> Meaning {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() <= EXACT {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "whole and within the range that f64 holds exactly"
        )]
        return Meaning::Integer(value as i64);
    }
    Meaning::Float(value)
}

#[cfg(test)]
mod tests;
