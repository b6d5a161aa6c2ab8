//! YAML text to trees: parser events in, documents with positions out, limits enforced on the way.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use saphyr_parser::{Event, Parser, ScalarStyle, Span, StrInput, Tag};
use serde::Deserialize;

use super::scalar::{self, Declared};
use super::tree::{Content, Entry, Meaning, Node, Scalar};
use crate::diagnostic::Position;

/// Maps and lists inside each other; real manifests stay below 20.
const MAX_DEPTH: usize = 100;
/// Values in one source, those that aliases repeat included.
const MAX_VALUES: usize = 500_000;
/// Values that aliases repeat.
const MAX_REPEATED: usize = 50_000;

/// A mistake in the text itself.
#[derive(Clone, Debug)]
pub(crate) struct SyntaxError {
    pub(crate) at: Position,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

impl SyntaxError {
    pub(crate) fn new(at: Position, message: impl Into<String>) -> Self {
        Self { at, message: message.into(), hint: None }
    }
}

/// What one source holds: the documents up to the first syntax error, and every mistake found on the way.
#[derive(Default)]
pub(crate) struct Parsed {
    pub(crate) documents: Vec<Node>,
    pub(crate) errors: Vec<SyntaxError>,
}

/// Reads all documents of a text. `line_offset` is the number of lines before the text in its source.
pub(crate) fn parse(text: &str, line_offset: u32) -> Parsed {
    let mut builder = Builder::new(line_offset);
    let mut parser = Parser::new_from_str(text);
    if let Err(error) = builder.read(&mut parser) {
        let error = explain(text, error, line_offset);
        builder.parsed.errors.push(error);
    } else if let Err(error) = second_opinion(text, line_offset) {
        builder.parsed.errors.push(explain(text, error, line_offset));
    }
    builder.parsed
}

/// kubectl reads YAML 1.1; what that grammar refuses must not pass because the positions' parser is more lenient.
fn second_opinion(text: &str, line_offset: u32) -> Result<(), SyntaxError> {
    for document in serde_yaml::Deserializer::from_str(text) {
        if let Err(error) = serde::de::IgnoredAny::deserialize(document) {
            let at = error.location().map_or(Position::START, |place| Position {
                line: to_u32(place.line()) + line_offset,
                column: to_u32(place.column()),
            });
            let message = error.to_string();
            let message = message.split(" at line ").next().unwrap_or(&message);
            return Err(SyntaxError::new(at, message));
        }
    }
    Ok(())
}

/// Adds what people usually did wrong when this kind of error comes up.
fn explain(text: &str, mut error: SyntaxError, line_offset: u32) -> SyntaxError {
    let index = usize::try_from(error.at.line.saturating_sub(line_offset + 1)).unwrap_or(0);
    let line_at = |index: usize| text.lines().nth(index).unwrap_or("");
    // Parsers notice a tab on its own line or at the end of the line before.
    for (offset, line) in [(0, line_at(index)), (1, line_at(index + 1))] {
        let indent = &line[..line.len() - line.trim_start().len()];
        if let Some(column) = indent.find('\t') {
            error.at = Position { line: error.at.line + offset, column: to_u32(column) + 1 };
            "tabs can't be used for indentation".clone_into(&mut error.message);
            error.hint = Some("replace the tab with spaces".to_owned());
            return error;
        }
    }
    for index in [index, index.wrapping_sub(1)] {
        if let Some(pair) = glued_pair(line_at(index)) {
            // A line of a Secret must not be repeated.
            error.hint = Some(if holds_secret(text) {
                "a space is missing after the colon".to_owned()
            } else {
                format!("a space is missing after the colon: \"{pair}\"")
            });
            break;
        }
    }
    error
}

/// Whether a text that can't be parsed looks as if it held a Secret.
pub(crate) fn holds_secret(text: &str) -> bool {
    text.lines().any(|line| line.contains("kind") && line.contains("Secret"))
}

/// `key: value` for a line that says `key:value`.
pub(crate) fn glued_pair(line: &str) -> Option<String> {
    let line = line.trim();
    let line = line.strip_prefix("- ").unwrap_or(line).trim();
    let (key, value) = line.split_once(':')?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/');
    let glued = !key.is_empty()
        && key.chars().all(is_name)
        && !value.is_empty()
        && !value.starts_with([' ', '/', ':'])
        && !value.contains(": ");
    glued.then(|| format!("{key}: {}", value.split_whitespace().next().unwrap_or(value)))
}

fn too_deep(at: Position) -> SyntaxError {
    SyntaxError::new(at, format!("nested deeper than {MAX_DEPTH} levels"))
}

fn to_u32(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

/// A map or list that isn't finished yet.
enum Open {
    Sequence {
        at: Position,
        anchor: usize,
        items: Vec<Node>,
    },
    Mapping {
        at: Position,
        anchor: usize,
        entries: Vec<Entry>,
        merges: Vec<Node>,
        key: Option<Key>,
        seen: BTreeSet<String>,
    },
}

enum Key {
    Named(String, Position),
    Merge,
}

struct Builder {
    line_offset: u32,
    open: Vec<Open>,
    /// Finished anchors of this document with the number of values they hold.
    anchors: BTreeMap<usize, (Node, usize)>,
    values: usize,
    repeated: usize,
    parsed: Parsed,
}

// === impl Builder ===

impl Builder {
    fn new(line_offset: u32) -> Self {
        Self {
            line_offset,
            open: Vec::new(),
            anchors: BTreeMap::new(),
            values: 0,
            repeated: 0,
            parsed: Parsed::default(),
        }
    }

    fn position(&self, span: &Span) -> Position {
        Position { line: to_u32(span.start.line()) + self.line_offset, column: to_u32(span.start.col()) + 1 }
    }

    fn read(&mut self, parser: &mut Parser<'_, StrInput<'_>>) -> Result<(), SyntaxError> {
        while let Some(event) = parser.next_event() {
            let (event, span) = event.map_err(|error| {
                let at = Position {
                    line: to_u32(error.marker().line()) + self.line_offset,
                    column: to_u32(error.marker().col()) + 1,
                };
                match error.info() {
                    // The scanner's own limit, far above ours, trips before the first event of such a text.
                    "recursion limit exceeded" => too_deep(at),
                    info => SyntaxError::new(at, info),
                }
            })?;
            self.event(event, &span)?;
        }
        Ok(())
    }

    fn event(&mut self, event: Event<'_>, span: &Span) -> Result<(), SyntaxError> {
        let at = self.position(span);
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) => Ok(()),
            Event::DocumentEnd => {
                // Anchors don't reach into the next document.
                self.anchors.clear();
                Ok(())
            }
            Event::Scalar(text, style, anchor, tag) => {
                let node = self.scalar(text, style, tag.as_deref(), at);
                self.add(node, anchor, 1)
            }
            Event::Alias(anchor) => {
                let Some((node, size)) = self.anchors.get(&anchor) else {
                    return Err(SyntaxError::new(
                        at,
                        "an alias refers to a value that contains the alias itself",
                    ));
                };
                self.repeated += size;
                if self.repeated > MAX_REPEATED {
                    return Err(SyntaxError::new(at, "document contains excessive aliasing"));
                }
                let (node, size) = (node.clone(), *size);
                self.add(node, 0, size)
            }
            Event::SequenceStart(anchor, _) => {
                self.enter(at, Open::Sequence { at, anchor, items: Vec::new() })
            }
            Event::MappingStart(anchor, _) => self.enter(
                at,
                Open::Mapping {
                    at,
                    anchor,
                    entries: Vec::new(),
                    merges: Vec::new(),
                    key: None,
                    seen: BTreeSet::new(),
                },
            ),
            Event::SequenceEnd | Event::MappingEnd => self.leave(),
        }
    }

    fn enter(&mut self, at: Position, open: Open) -> Result<(), SyntaxError> {
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(at));
        }
        self.open.push(open);
        Ok(())
    }

    fn leave(&mut self) -> Result<(), SyntaxError> {
        match self.open.pop() {
            Some(Open::Sequence { at, anchor, items }) => {
                self.add(Node { at, content: Content::Sequence(items) }, anchor, 1)
            }
            Some(Open::Mapping { at, anchor, mut entries, merges, .. }) => {
                merge(&mut entries, merges).map_err(|at| {
                    SyntaxError::new(at, "map merge requires a map or a list of maps as the value")
                })?;
                self.add(Node { at, content: Content::Mapping(entries) }, anchor, 1)
            }
            None => Ok(()),
        }
    }

    /// Puts a finished value where it belongs. `size` counts the values that weren't counted before.
    fn add(&mut self, node: Node, anchor: usize, size: usize) -> Result<(), SyntaxError> {
        self.values += size;
        if self.values > MAX_VALUES {
            return Err(SyntaxError::new(node.at, format!("more than {MAX_VALUES} values")));
        }
        if anchor > 0 {
            self.anchors.insert(anchor, (node.clone(), count(&node)));
        }
        match self.open.last_mut() {
            None => self.parsed.documents.push(node),
            Some(Open::Sequence { items, .. }) => items.push(node),
            Some(Open::Mapping { entries, merges, key: pending, seen, .. }) => match pending.take() {
                None => *pending = Some(key(node)?),
                Some(Key::Merge) => merges.push(node),
                Some(Key::Named(key, key_at)) => {
                    if seen.insert(key.clone()) {
                        entries.push(Entry { key, key_at, value: node });
                    } else {
                        let first =
                            entries.iter().find(|entry| entry.key == key).map(|entry| entry.key_at.line);
                        let mut error = SyntaxError::new(key_at, format!("duplicate field \"{key}\""));
                        error.hint = first.map(|line| format!("it is first given on line {line}"));
                        self.parsed.errors.push(error);
                    }
                }
            },
        }
        Ok(())
    }

    fn scalar(&mut self, text: Cow<'_, str>, style: ScalarStyle, tag: Option<&Tag>, at: Position) -> Node {
        let plain = style == ScalarStyle::Plain;
        let declared = tag.map_or(Declared::Nothing, |tag| Declared::from_tag(&tag.handle, &tag.suffix));
        let mut text = text.into_owned();
        let meaning = scalar::resolve(&text, plain, declared).and_then(|meaning| {
            if declared == Declared::Binary {
                text = scalar::decode_binary(&text)?;
            }
            Ok(meaning)
        });
        let meaning = meaning.unwrap_or_else(|error| {
            self.parsed.errors.push(SyntaxError::new(at, error.to_string()));
            Meaning::Null
        });
        Node { at, content: Content::Scalar(Scalar { meaning, text, plain }) }
    }
}

fn count(node: &Node) -> usize {
    1 + match &node.content {
        Content::Scalar(_) => 0,
        Content::Sequence(items) => items.iter().map(count).sum(),
        Content::Mapping(entries) => entries.iter().map(|entry| count(&entry.value)).sum(),
    }
}

/// Keys are texts in JSON: numbers and booleans become their text, anything else is no key.
fn key(node: Node) -> Result<Key, SyntaxError> {
    let kind = node.kind();
    let unsupported = || SyntaxError::new(node.at, format!("a {kind} can't be the key of a map"));
    let Content::Scalar(scalar) = node.content else { return Err(unsupported()) };
    if scalar.plain && scalar.text == "<<" {
        return Ok(Key::Merge);
    }
    let name = match scalar.meaning {
        Meaning::Null => return Err(unsupported()),
        Meaning::Bool(value) => value.to_string(),
        Meaning::Integer(value) => value.to_string(),
        Meaning::Float(value) => value.to_string(),
        Meaning::Text => scalar.text,
    };
    Ok(Key::Named(name, node.at))
}

/// Applies `<<`: what the map says itself wins, then the first of the merged maps. The error is the place of a
/// value that can't be merged.
fn merge(entries: &mut Vec<Entry>, merges: Vec<Node>) -> Result<(), Position> {
    let mut add = |node: Node| {
        let Content::Mapping(merged) = node.content else { return Err(node.at) };
        for entry in merged {
            if !entries.iter().any(|own| own.key == entry.key) {
                entries.push(entry);
            }
        }
        Ok(())
    };
    for node in merges {
        match node.content {
            Content::Sequence(items) => items.into_iter().try_for_each(&mut add)?,
            _ => add(node)?,
        }
    }
    Ok(())
}
