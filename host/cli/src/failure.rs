//! What ends a command early: a message, why, what to do about it, and the exit status.

use crate::exit::ExitStatus;

/// A command that could not do its work. Shown as `error: …`, `hint: …` by [`Output::failure`].
///
/// [`Output::failure`]: crate::output::Output::failure
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// Lower case, no full stop, names the thing.
    pub(crate) message: String,
    /// What to do, one line each.
    pub(crate) hints: Vec<String>,
    /// What the program ends with.
    pub(crate) status: ExitStatus,
}

impl Failure {
    /// The arguments or the manifests are wrong.
    pub(crate) fn input(message: impl Into<String>) -> Self {
        Self { message: message.into(), hints: Vec::new(), status: ExitStatus::BadInput }
    }

    /// wasipod or the machine failed.
    pub(crate) fn machine(message: impl Into<String>) -> Self {
        Self { status: ExitStatus::Machine, ..Self::input(message) }
    }

    /// The same with a hint.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}
