//! What is wrong with a manifest, where, and what would probably fix it. Rendering is the caller's.

use std::fmt;

/// One finding about the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// Name of the source as the caller gave it (a file name, `-` …).
    pub source: String,
    /// Where in the source.
    pub position: Position,
    /// Field path such as `spec.containers[0].image`; empty when no field is meant.
    pub path: String,
    /// The whole message, field path included where there is one.
    pub message: String,
    /// What would probably fix it.
    pub hint: Option<String>,
    /// The text of that line, for showing; empty where it could hold a secret.
    pub line_text: String,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing starts.
    Error,
    /// Accepted, but worth knowing.
    Warning,
}

/// A place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl Position {
    /// The very beginning.
    pub const START: Self = Self { line: 1, column: 1 };
}

impl Severity {
    /// `error` or `warning`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// `FILE:LINE:COLUMN: error: MESSAGE`, and `; hint: …` when there is one, on one line.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position { line, column } = self.position;
        write!(f, "{}:{line}:{column}: {}: {}", self.source, self.severity.as_str(), self.message)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, "; hint: {hint}"))
    }
}

/// Whether any of the findings is an error.
#[must_use]
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
}
