//! The expression of find: its grammar, and tests that only look.

use std::rc::Rc;

use wasipod_guest_os::{self as os, FileType};

use super::{Found, Global, refuse};
use crate::applet::Failure;
use crate::applets::basic::base_name;
use crate::mode;
use crate::sh::pattern::Pattern;
use crate::users::{groups, users};

/// A test of a file at this time (seconds since 1970).
type Look = Rc<dyn Fn(&Found<'_>, i64) -> bool>;

#[derive(Clone)]
pub(super) enum Test {
    Pure(Look),
    /// With the byte that ends each name.
    Print(u8),
    Prune,
    Quit,
    Delete,
    /// `-exec … ;`
    Execute(Rc<Vec<String>>),
    /// `-exec … +`, by its number.
    Gather(usize),
}

#[derive(Clone)]
pub(super) enum Expression {
    Test(Test),
    Not(Rc<Expression>),
    And(Rc<Vec<Expression>>),
    Or(Rc<Vec<Expression>>),
}

struct Parser<'a> {
    words: &'a [String],
    at: usize,
    global: &'a mut Global,
    acts: bool,
}

impl Expression {
    /// Reads an expression; global options go where they belong. Without an action there is `-print`.
    pub(super) fn parse(words: &[String], global: &mut Global) -> Result<Self, Failure> {
        let mut parser = Parser { words, at: 0, global, acts: false };
        let mut expression =
            if words.is_empty() { Expression::And(Rc::new(Vec::new())) } else { parser.or()? };
        if let Some(extra) = parser.peek() {
            return Err(refuse(format!("unrecognized: {extra}")));
        }
        if !parser.acts {
            let print = Expression::Test(Test::Print(b'\n'));
            expression = Expression::And(Rc::new(vec![expression, print]));
        }
        Ok(expression)
    }
}

/// `+N`, `-N`, `N`: more, less, exactly.
fn compare(text: &str) -> Result<impl Fn(i64) -> bool + 'static, Failure> {
    let sign = text.chars().next();
    let number = text.trim_start_matches(['+', '-']);
    let number: i64 = number.parse().map_err(|_| refuse(format!("invalid number '{number}'")))?;
    Ok(move |value: i64| match sign {
        Some('+') => value > number,
        Some('-') => value < number,
        _ => value == number,
    })
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a str> {
        self.words.get(self.at).map(String::as_str)
    }

    fn or(&mut self) -> Result<Expression, Failure> {
        let mut all = vec![self.and()?];
        while matches!(self.peek(), Some("-o" | "-or")) {
            self.at += 1;
            all.push(self.and()?);
        }
        Ok(Expression::Or(Rc::new(all)))
    }

    fn and(&mut self) -> Result<Expression, Failure> {
        let mut all = vec![self.not()?];
        while !matches!(self.peek(), None | Some("-o" | "-or" | ")")) {
            if matches!(self.peek(), Some("-a" | "-and")) {
                self.at += 1;
            }
            all.push(self.not()?);
        }
        Ok(Expression::And(Rc::new(all)))
    }

    fn not(&mut self) -> Result<Expression, Failure> {
        if matches!(self.peek(), Some("!" | "-not")) {
            self.at += 1;
            return Ok(Expression::Not(Rc::new(self.not()?)));
        }
        if self.peek() == Some("(") {
            self.at += 1;
            let inner = self.or()?;
            if self.peek() != Some(")") {
                return Err(refuse("unpaired '('".to_owned()));
            }
            self.at += 1;
            return Ok(inner);
        }
        self.primary().map(Expression::Test)
    }

    fn value(&mut self, name: &str) -> Result<&'a str, Failure> {
        let value = self.peek().ok_or_else(|| refuse(format!("'{name}' requires an argument")))?;
        self.at += 1;
        Ok(value)
    }

    fn number(&mut self, name: &str) -> Result<u64, Failure> {
        let text = self.value(name)?;
        text.parse().map_err(|_| refuse(format!("invalid number '{text}'")))
    }

    fn primary(&mut self) -> Result<Test, Failure> {
        let Some(name) = self.peek() else { return Err(refuse("bare option".to_owned())) };
        self.at += 1;
        let look = |test: Look| Ok(Test::Pure(test));
        let always = || Ok(Test::Pure(Rc::new(|_: &Found<'_>, _| true)));
        if matches!(name, "-print" | "-print0" | "-delete" | "-quit" | "-exec" | "-ok") {
            self.acts = true;
        }
        match name {
            "-print" => Ok(Test::Print(b'\n')),
            "-print0" => Ok(Test::Print(0)),
            "-prune" => Ok(Test::Prune),
            "-quit" => Ok(Test::Quit),
            "-delete" => {
                self.global.depth_first = true;
                Ok(Test::Delete)
            }
            "-exec" => self.execute(),
            "-true" => always(),
            "-false" => look(Rc::new(|_, _| false)),
            "-depth" => {
                self.global.depth_first = true;
                always()
            }
            "-xdev" | "-mount" => {
                self.global.one_device = true;
                always()
            }
            "-follow" => {
                self.global.follows = true;
                always()
            }
            "-noleaf" => always(),
            "-maxdepth" => {
                self.global.max_depth = Some(self.number(name)?);
                always()
            }
            "-mindepth" => {
                self.global.min_depth = self.number(name)?;
                always()
            }
            "-name" | "-iname" | "-path" | "-ipath" | "-wholename" => {
                let fold = name.starts_with("-i");
                let text = self.value(name)?;
                let pattern = Pattern::new(&if fold { text.to_lowercase() } else { text.to_owned() });
                let whole = !name.ends_with("-name") && !name.ends_with("iname");
                look(Rc::new(move |found, _| {
                    let subject = if whole { found.path } else { base_name(found.path) };
                    pattern.matches(&if fold { subject.to_lowercase() } else { subject.to_owned() })
                }))
            }
            "-regex" => {
                let text = self.value(name)?;
                let inner = crate::applets::regex::translate(text, true)?;
                let regex = crate::applets::regex::compile(text, &format!("^(?:{inner})$"), false)?;
                look(Rc::new(move |found, _| regex.is_match(found.path)))
            }
            "-type" => {
                let kinds: Vec<FileType> =
                    self.value(name)?.split(',').map(kind).collect::<Result<_, _>>()?;
                look(Rc::new(move |found, _| kinds.contains(&found.stat.kind)))
            }
            "-mtime" | "-atime" | "-ctime" | "-mmin" | "-amin" | "-cmin" => {
                let unit = if name.ends_with("min") { 60 } else { 86400 };
                let compare = compare(self.value(name)?)?;
                let which = name.chars().nth(1);
                look(Rc::new(move |found, now| {
                    let time = match which {
                        Some('a') => found.stat.atime,
                        Some('c') => found.stat.ctime,
                        _ => found.stat.mtime,
                    };
                    compare((now - time.seconds).div_euclid(unit))
                }))
            }
            "-newer" => {
                let path = self.value(name)?;
                let stat =
                    os::stat(path, true).map_err(|error| refuse(format!("can't stat '{path}': {error}")))?;
                look(Rc::new(move |found, _| found.stat.mtime > stat.mtime))
            }
            "-inum" => {
                let compare = compare(self.value(name)?)?;
                look(Rc::new(move |found, _| compare(i64::try_from(found.stat.ino).unwrap_or(i64::MAX))))
            }
            "-links" => {
                let compare = compare(self.value(name)?)?;
                look(Rc::new(move |found, _| compare(i64::try_from(found.stat.nlink).unwrap_or(i64::MAX))))
            }
            "-size" => {
                let text = self.value(name)?;
                let (number, unit) = match text.chars().last() {
                    Some('c') => (text.get(..text.len() - 1), 1),
                    Some('k') => (text.get(..text.len() - 1), 1024),
                    Some('b') => (text.get(..text.len() - 1), 512),
                    Some('M') => (text.get(..text.len() - 1), 1 << 20),
                    Some('G') => (text.get(..text.len() - 1), 1 << 30),
                    _ => (Some(text), 512),
                };
                // BusyBox compares bytes; POSIX would round up to whole units.
                let (sign, digits) = match number.unwrap_or_default() {
                    text if text.starts_with(['+', '-']) => text.split_at(1),
                    text => ("", text),
                };
                let bytes: u64 = digits.parse().map_err(|_| refuse(format!("invalid number '{digits}'")))?;
                let bytes = bytes.saturating_mul(unit);
                look(match sign {
                    "+" => Rc::new(move |found, _| found.stat.size > bytes),
                    "-" => Rc::new(move |found, _| found.stat.size < bytes),
                    _ => Rc::new(move |found, _| found.stat.size == bytes),
                })
            }
            "-empty" => look(Rc::new(|found, _| match found.stat.kind {
                FileType::Directory => os::read_directory(found.path).is_ok_and(|entries| entries.is_empty()),
                FileType::Regular => found.stat.size == 0,
                _ => false,
            })),
            "-executable" => look(Rc::new(|found, _| os::access(found.path, 1).is_ok())),
            "-user" => {
                let text = self.value(name)?;
                let uid = users().into_iter().find(|user| user.name == text).map(|user| user.uid);
                let uid: u32 = match uid.map_or_else(|| text.parse(), Ok) {
                    Ok(uid) => uid,
                    Err(_) => return Err(refuse(format!("unknown user {text}"))),
                };
                look(Rc::new(move |found, _| found.stat.uid == uid))
            }
            "-group" => {
                let text = self.value(name)?;
                let gid = groups().into_iter().find(|group| group.name == text).map(|group| group.gid);
                let gid: u32 = match gid.map_or_else(|| text.parse(), Ok) {
                    Ok(gid) => gid,
                    Err(_) => return Err(refuse(format!("unknown group {text}"))),
                };
                look(Rc::new(move |found, _| found.stat.gid == gid))
            }
            "-perm" => {
                let text = self.value(name)?;
                let bare = text.trim_start_matches(['-', '+', '/']);
                let bits =
                    mode::parse(bare, 0, false, 0).ok_or_else(|| refuse(format!("invalid mode '{text}'")))?;
                let how = if bare.len() == text.len() { None } else { text.chars().next() };
                look(Rc::new(move |found, _| match how {
                    Some('-') => found.stat.mode & bits == bits,
                    Some(_) => bits == 0 || found.stat.mode & bits != 0,
                    None => found.stat.mode == bits,
                }))
            }
            other => Err(refuse(format!("unrecognized: {other}"))),
        }
    }

    fn execute(&mut self) -> Result<Test, Failure> {
        let mut argv: Vec<String> = Vec::new();
        loop {
            let Some(word) = self.peek() else {
                return Err(refuse("-exec requires an argument".to_owned()));
            };
            self.at += 1;
            if word == ";" {
                return Ok(Test::Execute(Rc::new(argv)));
            }
            if word == "+" && argv.last().is_some_and(|last| last == "{}") {
                argv.pop();
                self.global.batches.push(Rc::new(argv));
                return Ok(Test::Gather(self.global.batches.len() - 1));
            }
            argv.push(word.to_owned());
        }
    }
}

fn kind(letter: &str) -> Result<FileType, Failure> {
    Ok(match letter {
        "f" => FileType::Regular,
        "d" => FileType::Directory,
        "l" => FileType::SymbolicLink,
        "c" => FileType::CharacterDevice,
        "b" => FileType::BlockDevice,
        "p" => FileType::Fifo,
        "s" => FileType::Socket,
        other => return Err(refuse(format!("invalid argument '{other}' to '-type'"))),
    })
}
