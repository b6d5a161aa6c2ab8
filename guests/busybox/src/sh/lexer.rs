//! Characters, quoting and words (XCU 2.2, 2.3). One buffer serves all levels of nesting; it grows as the source
//! gives more and when an alias is replaced.

use std::cell::OnceCell;
use std::rc::Rc;

use super::ast::{Change, List, Otherwise, Parameter, Part, Word};
use super::parser::Parser;
use super::source::Source;

/// Why text is not a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SyntaxError {
    /// As it is shown after "syntax error: ".
    pub(super) message: String,
    pub(super) line: u32,
}

pub(super) type Parsed<T> = Result<T, SyntaxError>;

/// A here-document whose body has not been read yet.
pub(super) struct PendingHere {
    pub(super) delimiter: String,
    pub(super) strip_tabs: bool,
    pub(super) literal: bool,
    pub(super) body: Rc<OnceCell<Word>>,
}

/// The text and the place in it.
pub(super) struct Text {
    pub(super) buffer: String,
    pub(super) at: usize,
    pub(super) line: u32,
    pub(super) source: Source,
}

impl Text {
    pub(super) fn peek(&mut self) -> Option<char> {
        self.peek_at(0)
    }

    /// The character so many after the next one.
    pub(super) fn peek_at(&mut self, ahead: usize) -> Option<char> {
        loop {
            if let Some(char) = self.buffer.get(self.at..).and_then(|rest| rest.chars().nth(ahead)) {
                return Some(char);
            }
            self.buffer.push_str(&self.source.next()?);
        }
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let char = self.peek()?;
        self.at += char.len_utf8();
        if char == '\n' {
            self.line += 1;
        }
        Some(char)
    }

    pub(super) fn take(&mut self, text: &str) -> bool {
        for (i, char) in text.chars().enumerate() {
            if self.peek_at(i) != Some(char) {
                return false;
            }
        }
        for _ in text.chars() {
            self.next();
        }
        true
    }

    /// Skips backslash-newline pairs.
    pub(super) fn skip_continuations(&mut self) {
        while self.peek() == Some('\\') && self.peek_at(1) == Some('\n') {
            self.next();
            self.next();
        }
    }

    pub(super) fn since(&self, start: usize) -> String {
        self.buffer.get(start..self.at).unwrap_or_default().to_owned()
    }
}

pub(super) fn is_name_start(char: char) -> bool {
    char.is_ascii_alphabetic() || char == '_'
}

pub(super) fn is_name_char(char: char) -> bool {
    char.is_ascii_alphanumeric() || char == '_'
}

/// Whether it can name a variable (XBD 3.216).
pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(is_name_start) && text.chars().all(is_name_char)
}

/// Ends an unquoted word.
pub(super) fn is_delimiter(char: char) -> bool {
    matches!(char, ' ' | '\t' | '\n' | ';' | '&' | '|' | '<' | '>' | '(' | ')')
}

fn push_char(parts: &mut Vec<Part>, char: char) {
    match parts.last_mut() {
        Some(Part::Literal(text)) => text.push(char),
        _ => parts.push(Part::Literal(char.to_string())),
    }
}

fn push_quoted(parts: &mut Vec<Part>, text: &str) {
    match parts.last_mut() {
        Some(Part::Quoted(quoted)) => quoted.push_str(text),
        _ => parts.push(Part::Quoted(text.to_owned())),
    }
}

impl Parser {
    pub(super) fn error<T>(&self, message: impl Into<String>) -> Parsed<T> {
        Err(SyntaxError { message: message.into(), line: self.text.line })
    }

    /// A word; none if what comes next doesn't begin one.
    pub(super) fn word(&mut self) -> Parsed<Option<Word>> {
        self.text.skip_continuations();
        let start = self.text.at;
        let mut parts = Vec::new();
        while let Some(char) = self.text.peek() {
            if is_delimiter(char) {
                break;
            }
            self.unquoted_part(&mut parts)?;
        }
        if self.text.at == start {
            return Ok(None);
        }
        Ok(Some(Word { raw: self.text.since(start), parts }))
    }

    /// One character or construct outside quotes.
    fn unquoted_part(&mut self, parts: &mut Vec<Part>) -> Parsed<()> {
        match self.text.peek() {
            Some('\\') => {
                self.text.next();
                match self.text.next() {
                    Some('\n') => {}
                    Some(char) => push_quoted(parts, char.encode_utf8(&mut [0; 4])),
                    None => push_quoted(parts, "\\"),
                }
            }
            Some('\'') => {
                self.text.next();
                let start = self.text.at;
                loop {
                    match self.text.next() {
                        Some('\'') => break,
                        Some(_) => {}
                        None => return self.error("unterminated quoted string"),
                    }
                }
                let text = self.text.since(start);
                parts.push(Part::Quoted(text.strip_suffix('\'').unwrap_or(&text).to_owned()));
            }
            Some('"') => {
                self.text.next();
                let mut inner = Vec::new();
                loop {
                    match self.text.peek() {
                        Some('"') => break,
                        Some(_) => self.double_quoted_part(&mut inner, '"')?,
                        None => return self.error("unterminated quoted string"),
                    }
                }
                self.text.next();
                parts.push(Part::Double(inner));
            }
            Some('$') => self.dollar(parts, false)?,
            Some('`') => self.backquote(parts, false)?,
            Some(char) => {
                self.text.next();
                push_char(parts, char);
            }
            None => {}
        }
        Ok(())
    }

    /// One character or construct in double quotes, a here-document (`closing` is then a newline that never ends
    /// it) or arithmetic.
    pub(super) fn double_quoted_part(&mut self, parts: &mut Vec<Part>, closing: char) -> Parsed<()> {
        match self.text.peek() {
            Some('\\') => {
                self.text.next();
                match self.text.peek() {
                    Some('\n') => {
                        self.text.next();
                    }
                    Some(char @ ('$' | '`' | '\\')) => {
                        self.text.next();
                        push_quoted(parts, char.encode_utf8(&mut [0; 4]));
                    }
                    Some(char) if char == closing && char != '\n' => {
                        self.text.next();
                        push_quoted(parts, char.encode_utf8(&mut [0; 4]));
                    }
                    _ => push_quoted(parts, "\\"),
                }
            }
            Some('$') => self.dollar(parts, true)?,
            Some('`') => self.backquote(parts, true)?,
            Some(char) => {
                self.text.next();
                push_char(parts, char);
            }
            None => {}
        }
        Ok(())
    }

    fn dollar(&mut self, parts: &mut Vec<Part>, quoted: bool) -> Parsed<()> {
        self.text.next();
        self.text.skip_continuations();
        match self.text.peek() {
            Some('(') if self.text.peek_at(1) == Some('(') => match self.deeper(Self::arithmetic)? {
                Some(inner) => parts.push(Part::Arithmetic(inner)),
                None => {
                    self.text.next();
                    parts.push(Part::Command(Rc::new(self.command_substitution()?)));
                }
            },
            Some('(') => {
                self.text.next();
                parts.push(Part::Command(Rc::new(self.command_substitution()?)));
            }
            Some('{') => {
                self.text.next();
                let parameter = self.deeper(|parser| parser.braced(quoted))?;
                parts.push(Part::Parameter(Box::new(parameter)));
            }
            Some(char) if is_name_start(char) => {
                let start = self.text.at;
                while self.text.peek().is_some_and(is_name_char) {
                    self.text.next();
                }
                parts.push(plain(self.text.since(start)));
            }
            Some(char @ ('@' | '*' | '#' | '?' | '-' | '$' | '!' | '0'..='9')) => {
                self.text.next();
                parts.push(plain(char.to_string()));
            }
            _ => push_char(parts, '$'),
        }
        Ok(())
    }

    fn command_substitution(&mut self) -> Parsed<List> {
        let outer = std::mem::take(&mut self.pending);
        let list = self.list_until(&[")"])?;
        if !self.text.take(")") {
            return self.unexpected(Some(")"));
        }
        self.pending = outer;
        Ok(list)
    }

    /// After `$`, before `((`. None if the parentheses turn out to be a command substitution with a subshell.
    fn arithmetic(&mut self) -> Parsed<Option<Vec<Part>>> {
        let (start, line) = (self.text.at, self.text.line);
        self.text.take("((");
        let mut parts = Vec::new();
        let mut depth = 0;
        loop {
            match self.text.peek() {
                Some('(') => depth += 1,
                Some(')') if depth > 0 => depth -= 1,
                Some(')') => {
                    if self.text.take("))") {
                        return Ok(Some(parts));
                    }
                    self.text.at = start;
                    self.text.line = line;
                    return Ok(None);
                }
                Some('"') => {
                    // Quotes mean nothing in there (XCU 2.6.4).
                    self.text.next();
                    continue;
                }
                Some(_) => {}
                None => return self.error("missing '))'"),
            }
            self.double_quoted_part(&mut parts, '"')?;
        }
    }

    fn backquote(&mut self, parts: &mut Vec<Part>, quoted: bool) -> Parsed<()> {
        self.text.next();
        let line = self.text.line;
        let mut inner = String::new();
        loop {
            match self.text.next() {
                Some('`') => break,
                Some('\\') => match self.text.next() {
                    Some(char @ ('$' | '`' | '\\')) => inner.push(char),
                    Some('"') if quoted => inner.push('"'),
                    Some(char) => inner.extend(['\\', char]),
                    None => inner.push('\\'),
                },
                Some(char) => inner.push(char),
                None => return self.error("EOF in backquote substitution"),
            }
        }
        let mut parser = Parser::new(Source::Text(Some(inner)), self.aliases.clone());
        parser.text.line = line;
        parser.depth = self.depth + 1;
        parts.push(Part::Command(Rc::new(parser.everything()?)));
        Ok(())
    }

    /// After `${`, up to and with the `}`.
    fn braced(&mut self, quoted: bool) -> Parsed<Parameter> {
        let length = self.text.peek() == Some('#')
            && !matches!(self.text.peek_at(1), None | Some('}'))
            && (self.text.peek_at(2) == Some('}')
                || self.text.peek_at(1).is_some_and(|c| is_name_char(c) || matches!(c, '@' | '*')));
        if length {
            self.text.next();
        }
        let start = self.text.at;
        match self.text.next() {
            Some(char) if is_name_start(char) => {
                while self.text.peek().is_some_and(is_name_char) {
                    self.text.next();
                }
            }
            Some('0'..='9') => {
                while self.text.peek().is_some_and(|char| char.is_ascii_digit()) {
                    self.text.next();
                }
            }
            Some('@' | '*' | '#' | '?' | '-' | '$' | '!') => {}
            _ => return self.error("bad substitution"),
        }
        let name = self.text.since(start);
        if length {
            return match self.text.next() {
                Some('}') => Ok(Parameter { name, change: Change::Length }),
                _ => self.error("bad substitution"),
            };
        }
        let colon = self.text.take(":");
        let then = match self.text.next() {
            Some('}') if !colon => return Ok(Parameter { name, change: Change::None }),
            Some('-') => Otherwise::Use,
            Some('=') => Otherwise::Assign,
            Some('?') => Otherwise::Fail,
            Some('+') => Otherwise::Alternative,
            Some(sign @ ('#' | '%')) if !colon => {
                let longest = self.text.take(sign.encode_utf8(&mut [0; 4]));
                let pattern = self.word_until_brace(false)?;
                return Ok(Parameter {
                    name,
                    change: Change::Trim { suffix: sign == '%', longest, pattern },
                });
            }
            None => return self.error("missing '}'"),
            _ => return self.error("bad substitution"),
        };
        let word = self.word_until_brace(quoted)?;
        Ok(Parameter { name, change: Change::Unset { colon, then, word } })
    }

    fn word_until_brace(&mut self, quoted: bool) -> Parsed<Word> {
        let start = self.text.at;
        let mut parts = Vec::new();
        loop {
            match self.text.peek() {
                Some('}') => break,
                None => return self.error("missing '}'"),
                Some('"') if quoted => {
                    // Quotes inside quotes: the inner text stays quoted, the marks go.
                    self.text.next();
                }
                Some('\\') if quoted && self.text.peek_at(1) == Some('}') => {
                    self.text.next();
                    self.text.next();
                    push_quoted(&mut parts, "}");
                }
                Some(_) if quoted => self.double_quoted_part(&mut parts, '"')?,
                Some(_) => self.unquoted_part(&mut parts)?,
            }
        }
        let raw = self.text.since(start);
        self.text.next();
        Ok(Word { raw, parts })
    }

    /// Reads the bodies of the here-documents that the line that just ended has announced.
    pub(super) fn read_here_documents(&mut self) -> Parsed<()> {
        for pending in std::mem::take(&mut self.pending) {
            let mut body = String::new();
            loop {
                let mut line = String::new();
                while let Some(char) = self.text.next() {
                    line.push(char);
                    if char == '\n' {
                        break;
                    }
                }
                let ended = line.is_empty();
                let line = if pending.strip_tabs { line.trim_start_matches('\t') } else { &line };
                if ended || line.strip_suffix('\n').unwrap_or(line) == pending.delimiter {
                    break;
                }
                body.push_str(line);
            }
            let parts = if pending.literal {
                vec![Part::Quoted(body.clone())]
            } else {
                let mut inner = Parser::new(Source::Text(Some(body.clone())), self.aliases.clone());
                inner.depth = self.depth + 1;
                let mut parts = Vec::new();
                while inner.text.peek().is_some() {
                    inner.double_quoted_part(&mut parts, '\n')?;
                }
                vec![Part::Double(parts)]
            };
            // Each body is read once: the pending list was taken.
            let _ = pending.body.set(Word { raw: body, parts });
        }
        Ok(())
    }
}

fn plain(name: String) -> Part {
    Part::Parameter(Box::new(Parameter { name, change: Change::None }))
}
