//! Which expansions change nothing in the shell that makes them, so that they may be made before a child starts
//! instead of in the child.

use super::ast::{Change, Otherwise, Part, Redirect, Source, Word};

/// Whether expanding the word can neither set a variable nor end the shell.
pub(super) fn is_pure(word: &Word) -> bool {
    are_pure(&word.parts)
}

fn are_pure(parts: &[Part]) -> bool {
    parts.iter().all(|part| match part {
        Part::Literal(_) | Part::Quoted(_) | Part::Command(_) => true,
        Part::Double(inner) => are_pure(inner),
        Part::Arithmetic(_) => false,
        Part::Parameter(parameter) => match &parameter.change {
            Change::None | Change::Length => true,
            Change::Unset { then: Otherwise::Use | Otherwise::Alternative, word, .. } => is_pure(word),
            Change::Unset { .. } => false,
            Change::Trim { pattern, .. } => is_pure(pattern),
        },
    })
}

/// The same for a redirection's target.
pub(super) fn is_pure_redirect(redirect: &Redirect) -> bool {
    match &redirect.source {
        Source::File(_, word) => is_pure(word),
        Source::Here { body, .. } => body.get().is_none_or(is_pure),
    }
}
