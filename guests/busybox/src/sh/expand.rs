//! Word expansion (XCU 2.6): tilde, parameters, commands, arithmetic, field splitting, pathnames, quote removal.

use super::arith;
use super::ast::{Change, Otherwise, Parameter, Part, Word};
use super::pattern::{self, Pattern};
use super::state::{Flow, Shell, Stop};

/// A field as it grows: its text, and the same as a pattern where what was quoted is escaped.
#[derive(Clone, Debug, Default)]
struct Field {
    text: String,
    pattern: String,
    has_pattern: bool,
}

/// Where parts of a word stand.
#[derive(Clone, Copy)]
struct Mode {
    quoted: bool,
    /// A tilde at the beginning means a home directory.
    tilde: bool,
    /// In the word of `${x-word}`: what is unquoted there is split like other results of expansions.
    inner: bool,
}

impl Mode {
    const WORD: Self = Self { quoted: false, tilde: true, inner: false };
    const QUOTED: Self = Self { quoted: true, tilde: false, inner: false };
}

/// The fields of one word.
#[derive(Default)]
struct Fields {
    done: Vec<Field>,
    /// None until something, be it an empty quoted string, belongs to the next field.
    current: Option<Field>,
    /// Fields are split and "$@" makes several.
    splits: bool,
    /// The last split ended in blanks: a delimiter that comes next belongs to it.
    after_blank: bool,
}

impl Fields {
    fn push_quoted(&mut self, text: &str) {
        self.after_blank = false;
        let field = self.current.get_or_insert_default();
        field.text.push_str(text);
        for char in text.chars() {
            if matches!(char, '*' | '?' | '[' | ']' | '\\' | '-' | '!' | '^') {
                field.pattern.push('\\');
            }
            field.pattern.push(char);
        }
    }

    fn push_plain(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.after_blank = false;
        let field = self.current.get_or_insert_default();
        field.text.push_str(text);
        field.pattern.push_str(text);
        field.has_pattern |= text.contains(['*', '?', '[']);
    }

    fn end_field(&mut self) {
        self.done.extend(self.current.take());
    }

    /// Field splitting of what an expansion gave (XCU 2.6.5).
    fn push_split(&mut self, text: &str, ifs: &str) {
        if !self.splits {
            self.push_plain(text);
            return;
        }
        let mut plain = String::new();
        for char in text.chars() {
            if !ifs.contains(char) {
                plain.push(char);
                continue;
            }
            self.push_plain(&std::mem::take(&mut plain));
            if matches!(char, ' ' | '\t' | '\n') {
                if self.current.is_some() {
                    self.end_field();
                    self.after_blank = true;
                }
            } else if self.after_blank {
                self.after_blank = false;
            } else {
                self.current.get_or_insert_default();
                self.end_field();
            }
        }
        self.push_plain(&plain);
    }
}

impl Shell {
    /// All expansions: the fields that a word becomes.
    pub(super) fn fields(&mut self, word: &Word) -> Flow<Vec<String>> {
        let mut fields = Fields { splits: true, ..Fields::default() };
        self.expand_parts(&word.parts, &mut fields, Mode::WORD)?;
        fields.end_field();
        let mut all = Vec::new();
        for field in fields.done {
            if field.has_pattern && !self.option('f') {
                let names = pattern::glob(&field.pattern);
                if !names.is_empty() {
                    all.extend(names);
                    continue;
                }
            }
            all.push(field.text);
        }
        Ok(all)
    }

    /// Expansion to one field, without splitting and pathnames.
    pub(super) fn single(&mut self, word: &Word) -> Flow<String> {
        Ok(self.field(word, true)?.text)
    }

    /// The value of an assignment: a tilde counts after a colon too.
    pub(super) fn assigned(&mut self, word: &Word) -> Flow<String> {
        let mut parts = Vec::new();
        for (i, part) in word.parts.iter().enumerate() {
            match part {
                Part::Literal(text) if text.contains('~') => {
                    let pieces: Vec<String> = text
                        .split(':')
                        .enumerate()
                        .map(
                            |(j, piece)| {
                                if i + j == 0 || j > 0 { self.tilde(piece) } else { piece.to_owned() }
                            },
                        )
                        .collect();
                    parts.push(Part::Quoted(pieces.join(":")));
                }
                part => parts.push(part.clone()),
            }
        }
        Ok(self.field(&Word { raw: String::new(), parts }, false)?.text)
    }

    /// As a pattern: what was quoted stands for itself.
    pub(super) fn pattern(&mut self, word: &Word) -> Flow<Pattern> {
        Ok(Pattern::new(&self.field(word, true)?.pattern))
    }

    fn field(&mut self, word: &Word, tilde: bool) -> Flow<Field> {
        let mut fields = Fields::default();
        self.expand_parts(&word.parts, &mut fields, Mode { tilde, ..Mode::WORD })?;
        Ok(fields.current.unwrap_or_default())
    }

    /// Text whose leading `~` or `~user` is replaced (XCU 2.6.1).
    fn tilde(&self, text: &str) -> String {
        let Some(rest) = text.strip_prefix('~') else { return text.to_owned() };
        let (user, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let home = if user.is_empty() { self.get("HOME") } else { home_of(user) };
        match home {
            Some(home) => {
                format!("{}{path}", if path.is_empty() { &home } else { home.trim_end_matches('/') })
            }
            None => text.to_owned(),
        }
    }

    fn expand_parts(&mut self, parts: &[Part], fields: &mut Fields, mode: Mode) -> Flow<()> {
        let quoted = mode.quoted;
        for (i, part) in parts.iter().enumerate() {
            match part {
                Part::Literal(text) if quoted => fields.push_quoted(text),
                Part::Literal(text) if mode.tilde && i == 0 && text.starts_with('~') => {
                    let (user, rest) = text.split_at(text.find('/').unwrap_or(text.len()));
                    let expanded = self.tilde(user);
                    if expanded == *user || (rest.is_empty() && parts.len() > 1) {
                        fields.push_plain(text);
                    } else {
                        fields.push_quoted(&expanded);
                        fields.push_plain(rest);
                    }
                }
                Part::Literal(text) if mode.inner => self.push_value(text, fields, false),
                Part::Literal(text) => fields.push_plain(text),
                Part::Quoted(text) => fields.push_quoted(text),
                Part::Double(inner) => {
                    // "$@" alone gives no field at all without parameters.
                    let only_all = matches!(inner.as_slice(), [Part::Parameter(p)] if p.name == "@" && p.change == Change::None);
                    if !only_all {
                        fields.push_quoted("");
                    }
                    self.expand_parts(inner, fields, Mode::QUOTED)?;
                }
                Part::Command(list) => {
                    let output = self.substitute(list)?;
                    self.push_value(&output, fields, quoted);
                }
                Part::Arithmetic(inner) => {
                    let value = self.arithmetic(inner)?;
                    self.push_value(&value.to_string(), fields, quoted);
                }
                Part::Parameter(parameter) => self.expand_parameter(parameter, fields, quoted)?,
            }
        }
        Ok(())
    }

    fn push_value(&self, value: &str, fields: &mut Fields, quoted: bool) {
        if quoted {
            fields.push_quoted(value);
        } else {
            fields.push_split(value, &self.ifs());
        }
    }

    fn ifs(&self) -> String {
        self.get("IFS").unwrap_or_else(|| " \t\n".to_owned())
    }

    fn expand_parameter(&mut self, parameter: &Parameter, fields: &mut Fields, quoted: bool) -> Flow<()> {
        let Parameter { name, change } = parameter;
        let all = name == "@" || name == "*";
        match change {
            Change::None if all => {
                self.push_positional(name, fields, quoted);
                Ok(())
            }
            Change::None => {
                let value = self.checked(name)?;
                self.push_value(&value, fields, quoted);
                Ok(())
            }
            Change::Length => {
                // Of all parameters: of their text. POSIX leaves it open, ash does so.
                let length = self.checked(name)?.chars().count();
                self.push_value(&length.to_string(), fields, quoted);
                Ok(())
            }
            Change::Unset { colon, then, word } => {
                let value = self.parameter(name);
                let missing = value.as_ref().is_none_or(|value| *colon && value.is_empty());
                match (then, missing) {
                    (Otherwise::Alternative, true) => Ok(()),
                    (Otherwise::Alternative, false) | (Otherwise::Use, true) => {
                        if quoted && !word.parts.is_empty() {
                            fields.push_quoted("");
                        }
                        self.expand_parts(&word.parts, fields, Mode { quoted, tilde: !quoted, inner: true })
                    }
                    (Otherwise::Assign, true) => {
                        if !super::lexer::is_name(name) {
                            return self.fail("bad variable name");
                        }
                        let value = self.single(word)?;
                        self.set(name, value.clone())?;
                        self.push_value(&value, fields, quoted);
                        Ok(())
                    }
                    (Otherwise::Fail, true) => {
                        let mut message = self.single(word)?;
                        if message.is_empty() {
                            message = format!("parameter not set{}", if *colon { " or null" } else { "" });
                        }
                        self.fail(&format!("{name}: {message}"))
                    }
                    (_, false) if all => {
                        self.push_positional(name, fields, quoted);
                        Ok(())
                    }
                    (_, false) => {
                        self.push_value(&value.unwrap_or_default(), fields, quoted);
                        Ok(())
                    }
                }
            }
            Change::Trim { suffix, longest, pattern } => {
                let value = self.checked(name)?;
                let pattern = self.pattern(pattern)?;
                let trimmed = pattern::trim(&value, &pattern, *suffix, *longest).to_owned();
                self.push_value(&trimmed, fields, quoted);
                Ok(())
            }
        }
    }

    /// `$@` and `$*`.
    fn push_positional(&self, name: &str, fields: &mut Fields, quoted: bool) {
        let ifs = self.ifs();
        if (name == "*" && quoted) || !fields.splits {
            // Without field splitting "$@" joins with spaces.
            let separator = match name {
                "*" => ifs.chars().next().map(String::from).unwrap_or_default(),
                _ => " ".to_owned(),
            };
            self.push_value(&self.positional.join(&separator), fields, quoted);
            return;
        }
        for (i, value) in self.positional.iter().enumerate() {
            if i > 0 {
                if quoted {
                    fields.current.get_or_insert_default();
                }
                fields.end_field();
            }
            if quoted {
                fields.push_quoted(value);
            } else {
                fields.push_split(value, &ifs);
            }
        }
    }

    /// A parameter that must be set if `set -u` says so.
    fn checked(&self, name: &str) -> Flow<String> {
        match self.parameter(name) {
            Some(value) => Ok(value),
            None if self.option('u') && name != "@" && name != "*" => {
                self.fail(&format!("{name}: parameter not set"))
            }
            None => Ok(String::new()),
        }
    }

    /// Any parameter's value: variable, positional or special.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        match name {
            "?" => Some(self.status.to_string()),
            "$" => Some(self.main_pid.to_string()),
            "!" => self.jobs.last.map(|pid| pid.to_string()),
            "#" => Some(self.positional.len().to_string()),
            "-" => Some(self.flags()),
            "0" => Some(self.name.clone()),
            "@" | "*" => (!self.positional.is_empty()).then(|| self.positional.join(" ")),
            name => match name.parse::<usize>() {
                Ok(number) => self.positional.get(number.checked_sub(1)?).cloned(),
                Err(_) => self.get(name),
            },
        }
    }

    fn arithmetic(&mut self, parts: &[Part]) -> Flow<i64> {
        let mut fields = Fields::default();
        self.expand_parts(parts, &mut fields, Mode::QUOTED)?;
        let text = fields.current.unwrap_or_default().text;
        self.evaluate(&text)
    }

    /// The value of an arithmetic expression.
    pub(super) fn evaluate(&mut self, text: &str) -> Flow<i64> {
        let mut stop = None;
        let mut variables = ArithmeticVariables { shell: self, stop: &mut stop };
        match arith::evaluate(text, &mut variables) {
            Ok(value) => Ok(value),
            Err(_) if stop.is_some() => Err(stop.unwrap_or(Stop::Error(2))),
            Err(message) => self.fail(&message),
        }
    }
}

struct ArithmeticVariables<'a> {
    shell: &'a mut Shell,
    /// An error whose message is out already.
    stop: &'a mut Option<Stop>,
}

impl arith::Variables for ArithmeticVariables<'_> {
    fn get(&mut self, name: &str) -> Result<Option<String>, String> {
        self.shell.checked(name).map(Some).map_err(|stop| {
            *self.stop = Some(stop);
            String::new()
        })
    }

    fn set(&mut self, name: &str, value: i64) -> Result<(), String> {
        self.shell.set(name, value.to_string()).map_err(|stop| {
            *self.stop = Some(stop);
            String::new()
        })
    }
}

/// A user's home directory, from /etc/passwd.
fn home_of(user: &str) -> Option<String> {
    crate::users::users().into_iter().find(|entry| entry.name == user).map(|entry| entry.home)
}
