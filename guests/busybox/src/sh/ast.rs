//! What a parsed command is made of (XCU 2.9, 2.10).

use std::cell::OnceCell;
use std::rc::Rc;

/// Commands one after the other; each may run in the background.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct List(pub(super) Vec<Item>);

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Item {
    pub(super) and_or: AndOr,
    pub(super) background: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Connector {
    And,
    Or,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct AndOr {
    pub(super) first: Pipeline,
    pub(super) rest: Vec<(Connector, Pipeline)>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pipeline {
    pub(super) negated: bool,
    pub(super) stages: Vec<Command>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Command {
    Simple(Simple),
    Compound(Compound, Vec<Redirect>),
    Function(String, Rc<Command>),
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Simple {
    pub(super) line: u32,
    pub(super) assignments: Vec<(String, Word)>,
    pub(super) words: Vec<Word>,
    pub(super) redirects: Vec<Redirect>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Compound {
    Brace(List),
    Subshell(List),
    If { branches: Vec<(List, List)>, otherwise: Option<List> },
    Loop { until: bool, condition: List, body: List },
    For { variable: String, words: Option<Vec<Word>>, body: List },
    Case { subject: Word, arms: Vec<(Vec<Word>, List)> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// `<`
    Read,
    /// `>`
    Write,
    /// `>|`
    Clobber,
    /// `>>`
    Append,
    /// `<>`
    ReadWrite,
    /// `<&`
    DuplicateInput,
    /// `>&`
    DuplicateOutput,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Source {
    File(Direction, Word),
    /// The body arrives when the line with the operator has ended. Literal: nothing in it is expanded.
    Here {
        body: Rc<OnceCell<Word>>,
        literal: bool,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Redirect {
    pub(super) fd: u32,
    pub(super) source: Source,
}

/// A word as written, and what its parts mean.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Word {
    pub(super) raw: String,
    pub(super) parts: Vec<Part>,
}

impl Word {
    /// The text, if the word is nothing but unquoted characters.
    pub(super) fn literal(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [Part::Literal(text)] => Some(text),
            _ => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    /// Unquoted.
    Literal(String),
    /// Behind a backslash or in single quotes.
    Quoted(String),
    /// In double quotes.
    Double(Vec<Part>),
    Parameter(Box<Parameter>),
    /// `$(…)` or backquotes.
    Command(Rc<List>),
    /// `$((…))`
    Arithmetic(Vec<Part>),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) change: Change,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Otherwise {
    /// `-`
    Use,
    /// `=`
    Assign,
    /// `?`
    Fail,
    /// `+`: the other way round.
    Alternative,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Change {
    None,
    /// `${#x}`
    Length,
    /// `${x-w}` and its kin; with a colon an empty value counts as unset.
    Unset {
        colon: bool,
        then: Otherwise,
        word: Word,
    },
    /// `${x#w}`, `${x##w}`, `${x%w}`, `${x%%w}`
    Trim {
        suffix: bool,
        longest: bool,
        pattern: Word,
    },
}
