//! The grammar of the configuration: words, quotes, blocks, comments and `include`.

use std::{
    fs,
    path::{Path, PathBuf},
    rc::Rc,
};

use wasipod_guest_http::errno;

use super::ConfigError;

/// How deep files may include each other.
const MAX_DEPTH: u32 = 16;

/// One directive with what it was given.
#[derive(Debug, Clone)]
pub(super) struct Directive {
    pub(super) name: String,
    pub(super) arguments: Vec<String>,
    /// The directives of its braces.
    pub(super) block: Option<Vec<Directive>>,
    pub(super) place: Place,
}

/// Where something stands, as error messages name it.
#[derive(Debug, Clone)]
pub(super) struct Place {
    file: Rc<str>,
    line: u32,
}

impl Place {
    pub(super) fn error(&self, message: impl Into<String>) -> ConfigError {
        ConfigError(format!("{} in {}:{}", message.into(), self.file, self.line))
    }
}

/// A file that was read, for `-T`.
#[derive(Debug, Clone)]
pub(crate) struct SourceFile {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

/// Reads configuration files.
pub(super) struct Reader {
    folder: PathBuf,
    pub(super) files: Vec<SourceFile>,
    depth: u32,
}

impl Reader {
    /// `folder`: what included names are relative to.
    pub(super) fn new(folder: &Path) -> Reader {
        Reader { folder: folder.to_owned(), files: Vec::new(), depth: 0 }
    }

    /// Reads a file with everything that it includes.
    pub(super) fn file(&mut self, path: &Path) -> Result<Vec<Directive>, ConfigError> {
        let text = fs::read(path).map_err(|error| {
            let errno = errno::of(&error);
            ConfigError(format!("open() \"{}\" failed ({}: {})", path.display(), errno.number, errno.words))
        })?;
        let text = String::from_utf8_lossy(&text).into_owned();
        self.files.push(SourceFile { path: path.to_owned(), text: text.clone() });
        let mut parser = Parser { lexer: Lexer::new(&path.display().to_string(), &text), reader: self };
        parser.block(false)
    }

    /// Reads the directives of `-g`.
    pub(super) fn command_line(&mut self, text: &str) -> Result<Vec<Directive>, ConfigError> {
        let mut parser = Parser { lexer: Lexer::new("command line", text), reader: self };
        parser.block(false).map_err(|ConfigError(message)| match message.rsplit_once(':') {
            // The command line has no lines, and what it lacks is always a semicolon.
            Some((text, _)) => ConfigError(
                text.replace("end of file, expecting \";\" or \"}\"", "end of parameter, expecting \";\""),
            ),
            None => ConfigError(message),
        })
    }

    fn include(&mut self, pattern: &str, place: &Place) -> Result<Vec<Directive>, ConfigError> {
        let path = self.folder.join(pattern);
        let files = if pattern.contains(['*', '?', '[']) { matching(&path) } else { vec![path] };
        if self.depth >= MAX_DEPTH {
            return Err(place.error("files include each other too deeply"));
        }
        self.depth += 1;
        let mut directives = Vec::new();
        for file in files {
            let read = self.file(&file).map_err(|ConfigError(message)| {
                if message.starts_with("open()") { place.error(message) } else { ConfigError(message) }
            });
            directives.extend(read?);
        }
        self.depth -= 1;
        Ok(directives)
    }
}

/// The files whose last segment matches `*` and `?`, sorted; no hidden ones.
fn matching(pattern: &Path) -> Vec<PathBuf> {
    let (Some(folder), Some(name)) = (pattern.parent(), pattern.file_name().and_then(|n| n.to_str())) else {
        return Vec::new();
    };
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<PathBuf> = entries
        .flatten()
        .filter(|entry| entry.file_name().to_str().is_some_and(|n| !n.starts_with('.') && matches(name, n)))
        .map(|entry| entry.path())
        .collect();
    found.sort();
    found
}

fn matches(pattern: &str, name: &str) -> bool {
    let mut rest = pattern.chars();
    match rest.next() {
        None => name.is_empty(),
        Some('*') => {
            let rest = rest.as_str();
            name.char_indices().map(|(i, _)| i).chain([name.len()]).any(|i| matches(rest, &name[i..]))
        }
        Some(c) => {
            let mut name = name.chars();
            name.next().is_some_and(|n| c == '?' || c == n) && matches(rest.as_str(), name.as_str())
        }
    }
}

struct Parser<'a, 'r> {
    lexer: Lexer<'a>,
    reader: &'r mut Reader,
}

impl Parser<'_, '_> {
    fn block(&mut self, is_inner: bool) -> Result<Vec<Directive>, ConfigError> {
        let mut directives = Vec::new();
        loop {
            let token = self.lexer.next()?;
            let name = match token {
                Token::Word(word) => word,
                Token::Close if is_inner => return Ok(directives),
                Token::End if !is_inner => return Ok(directives),
                Token::End => {
                    return Err(self.lexer.place().error("unexpected end of file, expecting \"}\""));
                }
                Token::Close => return Err(self.lexer.place().error("unexpected \"}\"")),
                Token::Open => return Err(self.lexer.place().error("unexpected \"{\"")),
                Token::Semicolon => return Err(self.lexer.place().error("unexpected \";\"")),
            };
            let directive = self.directive(name)?;
            match directive.arguments.as_slice() {
                [pattern] if directive.name == "include" && directive.block.is_none() => {
                    directives.extend(self.reader.include(pattern, &directive.place)?);
                }
                _ => directives.push(directive),
            }
        }
    }

    fn directive(&mut self, name: String) -> Result<Directive, ConfigError> {
        let mut arguments = Vec::new();
        loop {
            match self.lexer.next()? {
                Token::Word(word) => arguments.push(word),
                Token::Semicolon => {
                    return Ok(Directive { name, arguments, block: None, place: self.lexer.place() });
                }
                Token::Open => {
                    let place = self.lexer.place();
                    return Ok(Directive { name, arguments, block: Some(self.block(true)?), place });
                }
                Token::Close => return Err(self.lexer.place().error("unexpected \"}\"")),
                Token::End => return Err(self.lexer.unfinished()),
            }
        }
    }
}

enum Token {
    Word(String),
    Semicolon,
    Open,
    Close,
    End,
}

struct Lexer<'a> {
    file: Rc<str>,
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    line: u32,
}

impl<'a> Lexer<'a> {
    fn new(file: &str, text: &'a str) -> Lexer<'a> {
        Lexer { file: file.into(), rest: text.chars().peekable(), line: 1 }
    }

    fn place(&self) -> Place {
        Place { file: Rc::clone(&self.file), line: self.line }
    }

    fn unfinished(&self) -> ConfigError {
        self.place().error("unexpected end of file, expecting \";\" or \"}\"")
    }

    fn take(&mut self) -> Option<char> {
        let c = self.rest.next();
        self.line += u32::from(c == Some('\n'));
        c
    }

    fn next(&mut self) -> Result<Token, ConfigError> {
        loop {
            match self.take() {
                None => return Ok(Token::End),
                Some('#') => while self.take().is_some_and(|c| c != '\n') {},
                Some(c) if c.is_ascii_whitespace() => {}
                Some(';') => return Ok(Token::Semicolon),
                Some('{') => return Ok(Token::Open),
                Some('}') => return Ok(Token::Close),
                Some(quote @ ('"' | '\'')) => return self.quoted(quote),
                Some(first) => return self.word(first),
            }
        }
    }

    fn quoted(&mut self, quote: char) -> Result<Token, ConfigError> {
        let mut word = String::new();
        loop {
            match self.take() {
                None => return Err(self.unfinished()),
                Some(c) if c == quote => break,
                Some('\\') => self.escaped(&mut word)?,
                Some(c) => word.push(c),
            }
        }
        match self.rest.peek().copied() {
            None | Some(';' | '{' | ')') => Ok(Token::Word(word)),
            Some(c) if c.is_ascii_whitespace() => Ok(Token::Word(word)),
            Some(c) => Err(self.place().error(format!("unexpected \"{c}\""))),
        }
    }

    fn word(&mut self, first: char) -> Result<Token, ConfigError> {
        let mut word = String::new();
        if first == '\\' {
            self.escaped(&mut word)?
        } else {
            word.push(first)
        }
        while let Some(c) = self.rest.peek().copied() {
            let is_variable = c == '{' && word.ends_with('$');
            if c.is_ascii_whitespace() || c == ';' || (c == '{' && !is_variable) {
                break;
            }
            self.take();
            if c == '\\' {
                self.escaped(&mut word)?;
            } else {
                word.push(c);
            }
        }
        Ok(Token::Word(word))
    }

    /// After a backslash: quotes, backslash and the three white spaces lose it, anything else keeps it.
    fn escaped(&mut self, word: &mut String) -> Result<(), ConfigError> {
        match self.take() {
            None => return Err(self.unfinished()),
            Some(c @ ('"' | '\'' | '\\')) => word.push(c),
            Some('t') => word.push('\t'),
            Some('r') => word.push('\r'),
            Some('n') => word.push('\n'),
            Some(c) => word.extend(['\\', c]),
        }
        Ok(())
    }
}
