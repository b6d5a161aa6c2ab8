//! Commands back to text that parses to the same commands: what a subshell is told to run, what `type` and `jobs`
//! show. Here-documents come out after the line that announces them.

use super::ast::{
    AndOr, Command, Compound, Connector, Direction, Item, List, Pipeline, Redirect, Simple, Source, Word,
};

/// The text of a list of commands.
pub(super) fn list(list: &List) -> String {
    let mut printer = Printer::default();
    printer.list(list);
    printer.text
}

/// The text of one command.
pub(super) fn command(command: &Command) -> String {
    let mut printer = Printer::default();
    printer.command(command);
    printer.line_end();
    printer.text
}

/// The text of an and-or list, for job lists.
pub(super) fn and_or(and_or: &AndOr) -> String {
    let mut printer = Printer::default();
    printer.and_or(and_or);
    printer.line_end();
    printer.text.trim_end().to_owned()
}

/// The text of a function's definition.
pub(super) fn function(name: &str, body: &Command) -> String {
    let mut printer = Printer::default();
    printer.function(name, body);
    printer.line_end();
    printer.text
}

#[derive(Default)]
struct Printer {
    text: String,
    /// Here-documents to be written after this line: delimiter and body.
    pending: Vec<(String, String)>,
}

impl Printer {
    fn line_end(&mut self) {
        self.text.push('\n');
        for (delimiter, body) in std::mem::take(&mut self.pending) {
            self.text.push_str(&body);
            self.text.push_str(&delimiter);
            self.text.push('\n');
        }
    }

    fn list(&mut self, list: &List) {
        for item in &list.0 {
            self.item(item);
        }
    }

    fn item(&mut self, item: &Item) {
        self.and_or(&item.and_or);
        if item.background {
            self.text.push_str(" &");
        }
        self.line_end();
    }

    fn and_or(&mut self, and_or: &AndOr) {
        self.pipeline(&and_or.first);
        for (connector, pipeline) in &and_or.rest {
            self.text.push_str(if *connector == Connector::And { " && " } else { " || " });
            self.after_operator();
            self.pipeline(pipeline);
        }
    }

    /// A newline is allowed here; needed if here-documents wait.
    fn after_operator(&mut self) {
        if !self.pending.is_empty() {
            self.line_end();
        }
    }

    fn pipeline(&mut self, pipeline: &Pipeline) {
        if pipeline.negated {
            self.text.push_str("! ");
        }
        for (i, stage) in pipeline.stages.iter().enumerate() {
            if i > 0 {
                self.text.push_str(" | ");
                self.after_operator();
            }
            self.command(stage);
        }
    }

    fn command(&mut self, command: &Command) {
        match command {
            Command::Simple(simple) => self.simple(simple),
            Command::Compound(compound, redirects) => {
                self.compound(compound);
                for redirect in redirects {
                    self.text.push(' ');
                    self.redirect(redirect);
                }
            }
            Command::Function(name, body) => self.function(name, body),
        }
    }

    fn function(&mut self, name: &str, body: &Command) {
        self.text.push_str(name);
        self.text.push_str("() ");
        self.command(body);
    }

    fn simple(&mut self, simple: &Simple) {
        let mut first = true;
        let mut gap = |text: &mut String| {
            if !std::mem::take(&mut first) {
                text.push(' ');
            }
        };
        for (name, value) in &simple.assignments {
            gap(&mut self.text);
            self.text.push_str(name);
            self.text.push('=');
            self.text.push_str(&value.raw);
        }
        for word in &simple.words {
            gap(&mut self.text);
            self.text.push_str(&word.raw);
        }
        for redirect in &simple.redirects {
            gap(&mut self.text);
            self.redirect(redirect);
        }
    }

    fn redirect(&mut self, redirect: &Redirect) {
        self.text.push_str(&redirect.fd.to_string());
        match &redirect.source {
            Source::File(direction, target) => {
                self.text.push_str(match direction {
                    Direction::Read => "<",
                    Direction::Write => ">",
                    Direction::Clobber => ">|",
                    Direction::Append => ">>",
                    Direction::ReadWrite => "<>",
                    Direction::DuplicateInput => "<&",
                    Direction::DuplicateOutput => ">&",
                });
                self.text.push_str(&target.raw);
            }
            Source::Here { body, literal } => {
                let mut text = body.get().map(|word| word.raw.clone()).unwrap_or_default();
                if !text.is_empty() && !text.ends_with('\n') {
                    text.push('\n');
                }
                let mut delimiter = "EOF".to_owned();
                while text.lines().any(|line| line == delimiter) {
                    delimiter.push('_');
                }
                self.text.push_str("<<");
                if *literal {
                    self.text.push('\\');
                }
                self.text.push_str(&delimiter);
                self.pending.push((delimiter, text));
            }
        }
    }

    fn block(&mut self, opening: &str, body: &List) {
        self.text.push_str(opening);
        self.line_end();
        self.list(body);
    }

    fn compound(&mut self, compound: &Compound) {
        match compound {
            Compound::Brace(list) => {
                self.block("{", list);
                self.text.push('}');
            }
            Compound::Subshell(list) => {
                self.block("(", list);
                self.text.push(')');
            }
            Compound::If { branches, otherwise } => {
                let mut word = "if";
                for (condition, body) in branches {
                    self.block(word, condition);
                    self.block("then", body);
                    word = "elif";
                }
                if let Some(body) = otherwise {
                    self.block("else", body);
                }
                self.text.push_str("fi");
            }
            Compound::Loop { until, condition, body } => {
                self.block(if *until { "until" } else { "while" }, condition);
                self.block("do", body);
                self.text.push_str("done");
            }
            Compound::For { variable, words, body } => {
                self.text.push_str("for ");
                self.text.push_str(variable);
                if let Some(words) = words {
                    self.text.push_str(" in");
                    self.words(words);
                }
                self.line_end();
                self.block("do", body);
                self.text.push_str("done");
            }
            Compound::Case { subject, arms } => {
                self.text.push_str("case ");
                self.text.push_str(&subject.raw);
                self.text.push_str(" in");
                self.line_end();
                for (patterns, body) in arms {
                    let patterns: Vec<_> = patterns.iter().map(|word| word.raw.as_str()).collect();
                    self.block(&format!("({})", patterns.join("|")), body);
                    self.text.push_str(";;");
                    self.line_end();
                }
                self.text.push_str("esac");
            }
        }
    }

    fn words(&mut self, words: &[Word]) {
        for word in words {
            self.text.push(' ');
            self.text.push_str(&word.raw);
        }
    }
}

/// Text so quoted that the shell reads it as one word: runs of single quotes stand in double ones, as ash does it.
pub(super) fn quote(text: &str) -> String {
    let mut quoted = String::new();
    let mut rest = text;
    loop {
        let (plain, after) = rest.split_at(rest.find('\'').unwrap_or(rest.len()));
        quoted.push_str(&format!("'{plain}'"));
        rest = after.trim_start_matches('\'');
        let marks = after.strip_suffix(rest).unwrap_or_default();
        if !marks.is_empty() {
            quoted.push_str(&format!("\"{marks}\""));
        }
        if rest.is_empty() {
            return quoted;
        }
    }
}

/// The same for `set -x`, where a word without special characters stays as it is; so does an empty one.
pub(super) fn quote_if_needed(text: &str) -> String {
    let plain = |char: char| matches!(char, '+'..=':' | '@'..='Z' | ']'..='_' | 'a'..='z');
    if text.chars().all(plain) { text.to_owned() } else { quote(text) }
}
