//! A document as a tree in which every key and value knows its place.

use crate::diagnostic::Position;

/// A value with its place.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) at: Position,
    pub(crate) content: Content,
}

#[derive(Clone, Debug)]
pub(crate) enum Content {
    Scalar(Scalar),
    Sequence(Vec<Node>),
    Mapping(Vec<Entry>),
}

/// One key with its value.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_at: Position,
    pub(crate) value: Node,
}

/// A scalar: what it means and how it was written.
#[derive(Clone, Debug)]
pub(crate) struct Scalar {
    pub(crate) meaning: Meaning,
    pub(crate) text: String,
    /// Without quotes and not a block: the kind of scalar that forgotten blanks produce.
    pub(crate) plain: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Meaning {
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    /// The scalar's text.
    Text,
}

impl Node {
    /// The value of a key, if this is a mapping that has it.
    pub(crate) fn get(&self, key: &str) -> Option<&Entry> {
        match &self.content {
            Content::Mapping(entries) => entries.iter().find(|entry| entry.key == key),
            Content::Scalar(_) | Content::Sequence(_) => None,
        }
    }

    /// The text, if this is a text scalar.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.content {
            Content::Scalar(Scalar { meaning: Meaning::Text, text, .. }) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self.content, Content::Scalar(Scalar { meaning: Meaning::Null, .. }))
    }

    /// What kind of value this is, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match &self.content {
            Content::Mapping(_) => "map",
            Content::Sequence(_) => "list",
            Content::Scalar(scalar) => match scalar.meaning {
                Meaning::Null => "null",
                Meaning::Bool(_) => "boolean",
                Meaning::Integer(_) | Meaning::Float(_) => "number",
                Meaning::Text => "string",
            },
        }
    }
}
