//! The shell's grammar (XCU 2.10) by recursive descent. It reads one complete command at a time, because an alias,
//! or an `exit`, changes what comes after.

mod alias;
mod compound;

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::ast::{
    AndOr, Command, Compound, Connector, Direction, Item, List, Part, Pipeline, Redirect, Simple,
    Source as From, Word,
};
use super::lexer::{Parsed, PendingHere, Text, is_delimiter, is_name};
use super::source::Source;

/// Alias names and their texts.
pub(super) type Aliases = Rc<BTreeMap<String, String>>;

pub(super) struct Parser {
    pub(super) text: Text,
    pub(super) pending: Vec<PendingHere>,
    /// How many commands and expansions are open.
    pub(super) depth: u32,
    pub(super) aliases: Aliases,
    replacing: alias::Replacing,
}

pub(super) const RESERVED: [&str; 16] = [
    "!", "{", "}", "case", "do", "done", "elif", "else", "esac", "fi", "for", "if", "in", "then", "until",
    "while",
];

/// What nests deeper is refused, before the stack is used up.
const MAX_DEPTH: u32 = 300;

/// Words that can't begin a command, because they end or continue one.
const CLOSING: [&str; 9] = ["}", "do", "done", "elif", "else", "esac", "fi", "then", ")"];

impl Parser {
    pub(super) fn new(source: Source, aliases: Aliases) -> Self {
        let text = Text { buffer: String::new(), at: 0, line: 1, source };
        Self { text, pending: Vec::new(), depth: 0, aliases, replacing: alias::Replacing::default() }
    }

    /// The next line's commands; none at the end of the text.
    pub(super) fn complete_command(&mut self) -> Parsed<Option<List>> {
        // What was parsed is not needed again.
        self.text.buffer.drain(..self.text.at);
        self.text.at = 0;
        self.replacing = alias::Replacing::default();
        self.blanks();
        match self.text.peek() {
            None => return Ok(None),
            Some('\n') => {
                self.text.next();
                return Ok(Some(List::default()));
            }
            Some(_) => {}
        }
        let mut items = Vec::new();
        loop {
            let and_or = self.and_or()?;
            self.blanks();
            let background = self.separator()?;
            items.push(Item { and_or, background: background == Some(true) });
            self.blanks();
            match self.text.peek() {
                None => break,
                Some('\n') => {
                    self.text.next();
                    break;
                }
                Some(_) if background.is_none() => return self.unexpected(None),
                Some(_) => {}
            }
        }
        self.read_here_documents()?;
        Ok(Some(List(items)))
    }

    /// All commands to the end of the text.
    pub(super) fn everything(&mut self) -> Parsed<List> {
        let list = self.list_until(&[])?;
        match self.text.peek() {
            None => Ok(list),
            Some(_) => self.unexpected(None),
        }
    }

    /// `;` or `&` if it is there (true for `&`).
    fn separator(&mut self) -> Parsed<Option<bool>> {
        // Never looks past a newline: what comes there may be for the command to read.
        match self.text.peek() {
            Some(';') if self.text.peek_at(1) == Some(';') => Ok(None),
            Some(char @ ('&' | ';')) => {
                self.text.next();
                Ok(Some(char == '&'))
            }
            _ => Ok(None),
        }
    }

    /// Commands up to one of these words, which is not taken.
    pub(super) fn list_until(&mut self, ends: &[&str]) -> Parsed<List> {
        let mut items = Vec::new();
        loop {
            self.newlines()?;
            self.expand_alias();
            if self.text.peek().is_none() || self.at_closing(ends) {
                break;
            }
            let and_or = self.and_or()?;
            self.blanks();
            let separator = self.separator()?;
            items.push(Item { and_or, background: separator == Some(true) });
            self.blanks();
            if separator.is_none() && self.text.peek() != Some('\n') {
                break;
            }
        }
        self.newlines()?;
        Ok(List(items))
    }

    fn at_closing(&mut self, ends: &[&str]) -> bool {
        if self.text.peek() == Some(')')
            || (self.text.peek() == Some(';') && self.text.peek_at(1) == Some(';'))
        {
            return true;
        }
        match self.peek_word() {
            Some(word) => ends.contains(&word.as_str()) || CLOSING.contains(&word.as_str()),
            None => false,
        }
    }

    /// Skips blanks, line continuations and a comment.
    pub(super) fn blanks(&mut self) {
        loop {
            match self.text.peek() {
                Some(' ' | '\t') => {
                    self.text.next();
                }
                Some('\\') if self.text.peek_at(1) == Some('\n') => self.text.skip_continuations(),
                Some('#') => {
                    while !matches!(self.text.peek(), None | Some('\n')) {
                        self.text.next();
                    }
                }
                _ => return,
            }
        }
    }

    /// Skips newlines too.
    fn newlines(&mut self) -> Parsed<()> {
        loop {
            self.blanks();
            if self.text.peek() != Some('\n') {
                return Ok(());
            }
            self.text.next();
            self.read_here_documents()?;
        }
    }

    /// The next word if it is unquoted and could be a reserved word.
    fn peek_word(&mut self) -> Option<String> {
        let mut word = String::new();
        for i in 0.. {
            match self.text.peek_at(i) {
                Some(char) if !is_delimiter(char) => word.push(char),
                _ => break,
            }
            if word.len() > 5 {
                return None;
            }
        }
        (!word.is_empty()).then_some(word)
    }

    fn take_word(&mut self, wanted: &str) -> bool {
        self.blanks();
        self.peek_word().as_deref() == Some(wanted) && self.text.take(wanted)
    }

    fn expect_word(&mut self, wanted: &str) -> Parsed<()> {
        if self.take_word(wanted) { Ok(()) } else { self.unexpected(Some(wanted)) }
    }

    /// The error for what comes next.
    pub(super) fn unexpected<T>(&mut self, expected: Option<&str>) -> Parsed<T> {
        self.blanks();
        let found = match self.text.peek() {
            None => "end of file".to_owned(),
            Some('\n') => "newline".to_owned(),
            Some(char) if is_delimiter(char) => {
                let double =
                    matches!(char, ';' | '&' | '|' | '<' | '>') && self.text.peek_at(1) == Some(char);
                format!("\"{}\"", char.to_string().repeat(if double { 2 } else { 1 }))
            }
            Some(_) => match self.peek_word() {
                Some(word) if RESERVED.contains(&word.as_str()) => format!("\"{word}\""),
                _ => "word".to_owned(),
            },
        };
        let expected = expected.map(|word| format!(" (expecting \"{word}\")")).unwrap_or_default();
        self.error(format!("unexpected {found}{expected}"))
    }

    fn and_or(&mut self) -> Parsed<AndOr> {
        let first = self.pipeline()?;
        let mut rest = Vec::new();
        loop {
            self.blanks();
            let connector = if self.text.take("&&") {
                Connector::And
            } else if self.text.take("||") {
                Connector::Or
            } else {
                return Ok(AndOr { first, rest });
            };
            self.newlines()?;
            rest.push((connector, self.pipeline()?));
        }
    }

    fn pipeline(&mut self) -> Parsed<Pipeline> {
        let mut negated = false;
        while self.take_word("!") {
            negated = !negated;
        }
        let mut stages = vec![self.command()?];
        loop {
            self.blanks();
            if self.text.peek() != Some('|') || self.text.peek_at(1) == Some('|') {
                return Ok(Pipeline { negated, stages });
            }
            self.text.next();
            self.newlines()?;
            stages.push(self.command()?);
        }
    }

    /// Parses something that may contain the like, if that isn't too deep.
    pub(super) fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= MAX_DEPTH {
            return self.error("nested too deeply");
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn command(&mut self) -> Parsed<Command> {
        self.deeper(Self::one_command)
    }

    fn one_command(&mut self) -> Parsed<Command> {
        self.blanks();
        self.expand_alias();
        let compound = if self.text.peek() == Some('(') {
            self.text.next();
            let list = self.list_until(&[")"])?;
            if !self.text.take(")") {
                return self.unexpected(Some(")"));
            }
            Compound::Subshell(list)
        } else {
            match self.peek_word().as_deref() {
                Some("{") => self.brace()?,
                Some("if") => self.conditional()?,
                Some("while") => self.repetition(false)?,
                Some("until") => self.repetition(true)?,
                Some("for") => self.iteration()?,
                Some("case") => self.selection()?,
                Some(word) if CLOSING.contains(&word) => return self.unexpected(None),
                _ => return self.simple(),
            }
        };
        let mut redirects = Vec::new();
        loop {
            self.blanks();
            match self.redirect()? {
                Some(redirect) => redirects.push(redirect),
                None => return Ok(Command::Compound(compound, redirects)),
            }
        }
    }

    fn simple(&mut self) -> Parsed<Command> {
        let mut simple = Simple { line: self.text.line, ..Simple::default() };
        loop {
            self.blanks();
            if let Some(redirect) = self.redirect()? {
                simple.redirects.push(redirect);
                continue;
            }
            if simple.words.is_empty() || self.replacing.covers_next_word(self.text.at) {
                self.expand_alias();
            }
            let Some(word) = self.word()? else { break };
            match assignment(&word) {
                Some(assignment) if simple.words.is_empty() => simple.assignments.push(assignment),
                _ => simple.words.push(word),
            }
            self.blanks();
            if simple.words.len() == 1 && self.text.peek() == Some('(') {
                return self.function(&simple);
            }
        }
        if simple.words.is_empty() && simple.assignments.is_empty() && simple.redirects.is_empty() {
            return self.unexpected(None);
        }
        Ok(Command::Simple(simple))
    }

    fn function(&mut self, simple: &Simple) -> Parsed<Command> {
        let name = simple.words.first().and_then(Word::literal).unwrap_or_default().to_owned();
        self.text.next();
        self.blanks();
        if !self.text.take(")") {
            return self.unexpected(Some(")"));
        }
        if name.is_empty() || !simple.assignments.is_empty() || !simple.redirects.is_empty() {
            return self.error("bad function name");
        }
        self.newlines()?;
        Ok(Command::Function(name, Rc::new(self.command()?)))
    }

    /// A redirection with the number before it, if there is one.
    fn redirect(&mut self) -> Parsed<Option<Redirect>> {
        let mut digits = 0;
        while self.text.peek_at(digits).is_some_and(|char| char.is_ascii_digit()) {
            digits += 1;
        }
        if !matches!(self.text.peek_at(digits), Some('<' | '>')) {
            return Ok(None);
        }
        let start = self.text.at;
        for _ in 0..digits {
            self.text.next();
        }
        let number = self.text.since(start).parse::<u32>().ok();
        let operators = [
            ("<<-", None),
            ("<<", None),
            ("<>", Some(Direction::ReadWrite)),
            ("<&", Some(Direction::DuplicateInput)),
            ("<", Some(Direction::Read)),
            (">>", Some(Direction::Append)),
            (">&", Some(Direction::DuplicateOutput)),
            (">|", Some(Direction::Clobber)),
            (">", Some(Direction::Write)),
        ];
        let Some((text, direction)) = operators.into_iter().find(|(text, _)| self.text.take(text)) else {
            return Ok(None);
        };
        self.blanks();
        let Some(target) = self.word()? else { return self.unexpected(None) };
        let fd = number.unwrap_or_else(|| u32::from(text.starts_with('>')));
        let source = match direction {
            Some(direction) => From::File(direction, target),
            None => {
                let literal = !target.parts.iter().all(|part| matches!(part, Part::Literal(_)))
                    && target.parts.iter().any(|part| matches!(part, Part::Quoted(_) | Part::Double(_)));
                let body = Rc::new(OnceCell::new());
                self.pending.push(PendingHere {
                    delimiter: unquoted(&target.parts),
                    strip_tabs: text == "<<-",
                    literal,
                    body: Rc::clone(&body),
                });
                From::Here { body, literal }
            }
        };
        Ok(Some(Redirect { fd, source }))
    }
}

/// Name and value if the word has the form of an assignment.
fn assignment(word: &Word) -> Option<(String, Word)> {
    let (Part::Literal(first), rest) = word.parts.split_first()? else { return None };
    let (name, value) = first.split_once('=')?;
    if !is_name(name) {
        return None;
    }
    let mut parts = Vec::new();
    if !value.is_empty() {
        parts.push(Part::Literal(value.to_owned()));
    }
    parts.extend_from_slice(rest);
    let raw = word.raw.split_once('=').map(|(_, raw)| raw.to_owned()).unwrap_or_default();
    Some((name.to_owned(), Word { raw, parts }))
}

/// A here-document's delimiter: quotes removed, nothing expanded.
fn unquoted(parts: &[Part]) -> String {
    let mut text = String::new();
    for part in parts {
        match part {
            Part::Literal(part) | Part::Quoted(part) => text.push_str(part),
            Part::Double(inner) => text.push_str(&unquoted(inner)),
            Part::Parameter(parameter) => {
                text.push('$');
                text.push_str(&parameter.name);
            }
            Part::Command(_) | Part::Arithmetic(_) => {}
        }
    }
    text
}
