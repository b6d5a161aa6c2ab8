//! Findings about manifests as people see them: the message, the place, the line with a caret, the likely fix.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};
use wasipod_api::diagnostic::{Diagnostic, Severity};

/// How much of a line is shown on either side of the place, in characters.
const AROUND: usize = 90;
/// So many findings are shown; the rest are counted.
const SHOWN: usize = 100;

/// Every finding, a blank line after each; after very many only how many more there are.
pub(crate) fn render(diagnostics: &[Diagnostic], colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut text = String::new();
    for diagnostic in diagnostics.iter().take(SHOWN) {
        text.push_str(&one(diagnostic, &renderer));
        text.push_str("\n\n");
    }
    if diagnostics.len() > SHOWN {
        text.push_str(&format!("… and {} more\n\n", diagnostics.len() - SHOWN));
    }
    text
}

fn one(diagnostic: &Diagnostic, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let line = usize::try_from(diagnostic.position.line).unwrap_or(usize::MAX);
    let column = usize::try_from(diagnostic.position.column).unwrap_or(usize::MAX);
    let shown = Shown::new(&diagnostic.line_text, column);
    let title = level.primary_title(diagnostic.message.as_str());
    let hint = diagnostic.hint.as_ref().map(|hint| Level::HELP.with_name("hint").message(hint.as_str()));
    let group = match &shown {
        Some(shown) => title.element(
            Snippet::source(shown.text.as_str())
                .line_start(line)
                .path(format!("{}:{line}:{column}", diagnostic.source))
                .annotation(AnnotationKind::Primary.span(shown.mark.clone())),
        ),
        None => title.element(Origin::path(diagnostic.source.as_str()).line(line).char_column(column)),
    };
    let group = match hint {
        Some(hint) => group.element(hint),
        None => group,
    };
    renderer.render(&[group])
}

/// The part of a line that is shown, and which bytes of it are meant.
struct Shown {
    text: String,
    mark: Range<usize>,
}

impl Shown {
    /// `None` when there is nothing to show.
    fn new(line: &str, column: usize) -> Option<Self> {
        let line = line.trim_end();
        if line.is_empty() {
            return None;
        }
        let from = column.saturating_sub(1).saturating_sub(AROUND);
        let text: String = line.chars().skip(from).take(2 * AROUND).collect();
        let at = column.saturating_sub(1) - from;
        let start = text.char_indices().nth(at).map_or(text.len(), |(index, _)| index);
        let end = start + word_length(&text[start..]);
        Some(Self { text, mark: start..end })
    }
}

/// Bytes of the word at the beginning of `text`: up to a space, a comma or a colon that ends a key.
fn word_length(text: &str) -> usize {
    let quoted = text.chars().next().filter(|first| matches!(first, '"' | '\''));
    if let Some(quote) = quoted {
        return text[1..].find(quote).map_or(text.len(), |end| end + 2);
    }
    let ends = |(index, character): (usize, char)| {
        let key_ends = character == ':' && text[index + 1..].chars().next().is_none_or(char::is_whitespace);
        (character.is_whitespace() || matches!(character, ',' | ']' | '}') || key_ends).then_some(index)
    };
    text.char_indices().find_map(ends).unwrap_or(text.len())
}

#[cfg(test)]
mod tests;
