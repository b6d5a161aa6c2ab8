//! Alias substitution (XCU 2.3.1): the alias's text takes the word's place in the buffer.

use super::super::lexer::is_delimiter;
use super::{Parser, RESERVED};

/// What is known of replacements in the buffer.
#[derive(Default)]
pub(super) struct Replacing {
    /// Names, and where their texts end: until there the same name is not replaced again.
    active: Vec<(String, usize)>,
    /// The end of a text whose last character is a blank: the word after it may be an alias too.
    blank_end: Option<usize>,
}

impl Replacing {
    /// Whether the word that begins here follows an alias that ended with a blank.
    pub(super) fn covers_next_word(&mut self, at: usize) -> bool {
        self.blank_end.take_if(|end| *end <= at).is_some()
    }
}

impl Parser {
    /// Replaces the word that comes next as long as it is an alias.
    pub(super) fn expand_alias(&mut self) {
        if self.aliases.is_empty() {
            return;
        }
        loop {
            self.blanks();
            let at = self.text.at;
            self.replacing.active.retain(|(_, end)| *end > at);
            let mut word = String::new();
            for i in 0.. {
                match self.text.peek_at(i) {
                    Some(char) if !is_delimiter(char) => word.push(char),
                    _ => break,
                }
            }
            let Some(value) = self.aliases.get(&word).cloned() else { return };
            if RESERVED.contains(&word.as_str())
                || self.replacing.active.iter().any(|(name, _)| *name == word)
            {
                return;
            }
            self.text.buffer.replace_range(at..at + word.len(), &value);
            let moved = |end: usize| if end > at { end + value.len() - word.len().min(end) } else { end };
            for (_, end) in &mut self.replacing.active {
                *end = moved(*end);
            }
            self.replacing.blank_end = self.replacing.blank_end.map(moved);
            if value.ends_with([' ', '\t']) {
                self.replacing.blank_end = Some(at + value.len());
            }
            self.replacing.active.push((word, at + value.len() + 1));
        }
    }
}
