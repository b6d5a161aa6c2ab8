//! Findings about manifests as people see them: the message, the place, the line with a caret, the likely fix.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};
use wasipod_api::diagnostic::{Diagnostic, Severity};

/// Of longer lines only the place is given, in bytes. (The renderer cuts what doesn't fit on a screen.)
const LONGEST: usize = 10_000;
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
    let shown = mark(&diagnostic.line_text, column);
    let title = level.primary_title(diagnostic.message.as_str());
    let hint = diagnostic.hint.as_ref().map(|hint| Level::HELP.with_name("hint").message(hint.as_str()));
    let group = match &shown {
        Some(mark) => title.element(
            Snippet::source(diagnostic.line_text.as_str())
                .line_start(line)
                .path(diagnostic.source.as_str())
                .annotation(AnnotationKind::Primary.span(mark.clone())),
        ),
        None => title.element(Origin::path(diagnostic.source.as_str()).line(line).char_column(column)),
    };
    let group = match hint {
        Some(hint) => group.element(hint),
        None => group,
    };
    renderer.render(&[group])
}

/// Which bytes of a line are meant; `None` when the line isn't shown.
fn mark(line: &str, column: usize) -> Option<Range<usize>> {
    if line.trim_end().is_empty() || line.len() > LONGEST {
        return None;
    }
    let start = line.char_indices().nth(column.saturating_sub(1)).map_or(line.len(), |(index, _)| index);
    Some(start..start + word_length(&line[start..]))
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
