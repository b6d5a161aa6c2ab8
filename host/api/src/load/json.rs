//! JSON text to trees. JSON is YAML apart from surrogate pairs in escapes, so the YAML parser finds the positions
//! after a strict JSON parser has had its say.

use serde::de::IgnoredAny;

use super::yaml::{self, Parsed, SyntaxError};
use crate::diagnostic::Position;

/// kubectl takes a text for JSON when it starts with a brace.
pub(crate) fn looks_like_json(text: &str) -> bool {
    text.trim_start().starts_with('{') && is_json_start(text)
}

/// A flow map of YAML starts with a brace, too: what isn't JSON up to the first key is read as YAML.
fn is_json_start(text: &str) -> bool {
    let inside = text.trim_start().trim_start_matches('{').trim_start();
    inside.starts_with('"') || inside.starts_with('}')
}

/// Reads one or more JSON documents.
pub(crate) fn parse(text: &str) -> Parsed {
    let mut parsed = Parsed::default();
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    let mut start = 0;
    while let Some(document) = stream.next() {
        if let Err(error) = document {
            // A flow map of YAML can look like JSON to the end of its first key.
            let as_yaml = yaml::parse(text, 0);
            if as_yaml.errors.is_empty() {
                return as_yaml;
            }
            let at = Position { line: to_u32(error.line()), column: to_u32(error.column()).max(1) };
            let message = error.to_string();
            let message = message.split(" at line ").next().unwrap_or(&message);
            parsed.errors.push(SyntaxError::new(at, format!("invalid JSON: {message}")));
            break;
        }
        let end = stream.byte_offset();
        let lines_before = text[..start].matches('\n').count();
        // Blanks keep the columns of a document that starts in the middle of a line.
        let column = text[..start].rsplit('\n').next().map_or(0, |line| line.chars().count());
        let document = format!("{}{}", " ".repeat(column), join_surrogates(&text[start..end]));
        let mut one = yaml::parse(&document, to_u32(lines_before));
        parsed.documents.append(&mut one.documents);
        parsed.errors.append(&mut one.errors);
        start = end;
    }
    parsed
}

fn to_u32(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

/// Replaces the escapes of surrogate pairs, which YAML doesn't have, by the characters' own escapes.
fn join_surrogates(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(backslash) = rest.find('\\') {
        joined.push_str(&rest[..backslash]);
        rest = &rest[backslash..];
        if let Some(code) = surrogate_pair(rest) {
            joined.push_str(&format!("\\U{code:08x}"));
            rest = &rest[12..];
        } else {
            // The escaped character goes along, so that an escaped backslash starts no escape.
            let length = 1 + rest[1..].chars().next().map_or(0, char::len_utf8);
            joined.push_str(&rest[..length]);
            rest = &rest[length..];
        }
    }
    joined.push_str(rest);
    joined
}

fn surrogate_pair(text: &str) -> Option<u32> {
    let unit = |text: &str| u32::from_str_radix(text.strip_prefix("\\u")?.get(..4)?, 16).ok();
    let high = unit(text).filter(|unit| (0xd800..0xdc00).contains(unit))?;
    let low = unit(text.get(6..)?).filter(|unit| (0xdc00..0xe000).contains(unit))?;
    Some(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00))
}
