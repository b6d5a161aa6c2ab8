//! POSIX regular expressions (XBD 9) said in the words of the engine: basic ones are translated to extended ones,
//! bracket expressions lose the engine's own escapes.

use regex_lite::{Regex, RegexBuilder};

use crate::applet::Failure;

/// An extended regular expression.
///
/// # Errors
/// "bad regex '…': …", with exit status 2.
pub(super) fn extended(pattern: &str, ignore_case: bool) -> Result<Regex, Failure> {
    compile(pattern, &translate(pattern, false)?, ignore_case)
}

/// A pattern that matches exactly this text.
pub(super) fn quote(text: &str) -> String {
    regex_lite::escape(text)
}

/// Compiles what is in the engine's words already.
///
/// # Errors
/// "bad regex '…': …", with exit status 2.
pub(super) fn compile(shown: &str, pattern: &str, ignore_case: bool) -> Result<Regex, Failure> {
    let built = RegexBuilder::new(pattern).case_insensitive(ignore_case).build();
    built.map_err(|_| bad(shown, "Invalid regular expression"))
}

fn bad(pattern: &str, why: &str) -> Failure {
    Failure::with_status(2, format!("bad regex '{pattern}': {why}"))
}

/// The engine's words for a POSIX expression.
pub(super) fn translate(pattern: &str, is_basic: bool) -> Result<String, Failure> {
    let mut out = String::new();
    let mut chars = pattern.chars().peekable();
    // Where `*` is itself and `^` an anchor in basic expressions.
    let mut at_start = true;
    while let Some(char) = chars.next() {
        let started = std::mem::take(&mut at_start);
        match char {
            '[' => {
                let rest: String = chars.clone().collect();
                let (set, used) =
                    bracket(&rest).ok_or_else(|| bad(pattern, "Unmatched [, [^, [:, [., or [="))?;
                out.push_str(&set);
                chars.by_ref().take(used).for_each(drop);
            }
            '\\' => match chars.next() {
                None => return Err(bad(pattern, "Trailing backslash")),
                Some(special @ ('(' | ')' | '{' | '}' | '|' | '+' | '?')) if is_basic => {
                    out.push(special);
                    at_start = matches!(special, '(' | '|');
                    if special == '(' && chars.peek() == Some(&'*') {
                        chars.next();
                        out.push_str("\\*");
                    }
                }
                Some('1'..='9') => return Err(bad(pattern, "back-references are not supported")),
                Some('<' | '>') => out.push_str(r"\b"),
                Some(letter @ ('w' | 'W' | 's' | 'S' | 'b' | 'B')) => {
                    out.push('\\');
                    out.push(letter);
                }
                Some('`') => out.push_str(r"\A"),
                Some('\'') => out.push_str(r"\z"),
                Some(other) => out.push_str(&quote(&other.to_string())),
            },
            '*' if started => out.push_str(if is_basic { "\\*" } else { "" }),
            '^' if is_basic && !started => out.push_str("\\^"),
            '^' => {
                out.push('^');
                at_start = true;
            }
            '$' if is_basic => {
                let mut ahead = chars.clone();
                let last = matches!((ahead.next(), ahead.next()), (None, _) | (Some('\\'), Some(')' | '|')));
                out.push_str(if last { "$" } else { "\\$" });
            }
            '(' | ')' | '|' | '+' | '?' | '{' | '}' if is_basic => {
                out.push('\\');
                out.push(char);
            }
            '(' | '|' => {
                out.push(char);
                at_start = true;
            }
            '{' if started || !chars.peek().is_some_and(char::is_ascii_digit) => out.push_str("\\{"),
            char => out.push(char),
        }
    }
    Ok(out)
}

/// A bracket expression after its `[`: the engine's, and how many characters it took.
fn bracket(text: &str) -> Option<(String, usize)> {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::from("[");
    let mut at = 0;
    if chars.first() == Some(&'^') {
        out.push('^');
        at = 1;
    }
    let first = at;
    loop {
        let char = *chars.get(at)?;
        match (char, chars.get(at + 1)) {
            (']', _) if at > first => {
                out.push(']');
                return Some((out, at + 1));
            }
            ('[', Some(':')) => {
                let rest: String = chars.get(at + 2..)?.iter().collect();
                let end = rest.find(":]")?;
                out.push_str(&format!("[:{}:]", rest.get(..end)?));
                at += 2 + rest.get(..end)?.chars().count() + 2;
            }
            ('[', Some('.' | '=')) => {
                let close = chars.get(at + 1)?;
                let member = *chars.get(at + 2)?;
                if chars.get(at + 3) != Some(close) || chars.get(at + 4) != Some(&']') {
                    return None;
                }
                push_member(&mut out, member);
                at += 5;
            }
            ('-', next) if at > first && next != Some(&']') => {
                out.push('-');
                at += 1;
            }
            (char, _) => {
                push_member(&mut out, char);
                at += 1;
            }
        }
    }
}

fn push_member(out: &mut String, char: char) {
    if matches!(char, '\\' | '[' | ']' | '^' | '-' | '&' | '~') {
        out.push('\\');
    }
    out.push(char);
}
