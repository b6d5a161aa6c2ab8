//! Fits a tree to the schema of its kind: what fits becomes JSON for the wire types, what doesn't becomes a diagnostic.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use k8s_openapi::jiff::Timestamp;
use serde_json::{Map, Value};

use super::origin::{Origin, join};
use super::tree::{Content, Entry, Meaning, Node, Scalar};
use super::yaml::glued_pair;
use crate::diagnostic::{Diagnostic, Position, Severity};
use crate::model::Quantity;
use crate::nearest::nearest;
use crate::object::Kind;
use crate::schema::{Shape, Type};

/// Longest piece of a value that a message repeats.
const SHOWN: usize = 60;

pub(super) struct Fit<'a> {
    origin: &'a mut Origin,
    /// Types from the object down to the current field, for fields that were put on the wrong level.
    outer: Vec<(String, Type)>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

// === impl Fit ===

impl<'a> Fit<'a> {
    pub(super) const fn new(origin: &'a mut Origin) -> Self {
        Self { origin, outer: Vec::new(), diagnostics: Vec::new() }
    }

    /// The JSON of a whole object, without the fields that don't fit.
    pub(super) fn object(&mut self, node: &Node) -> Value {
        let root = Type::of(self.origin.kind());
        self.value(node, root, "").unwrap_or_else(|| Value::Object(Map::new()))
    }

    fn value(&mut self, node: &Node, wanted: Type, path: &str) -> Option<Value> {
        match (wanted.shape(), &node.content) {
            (Shape::Any, _) => Some(untyped(node)),
            (Shape::Object(_), Content::Mapping(entries)) => {
                self.outer.push((path.to_owned(), wanted));
                let fields = entries.iter().filter_map(|entry| self.field(entry, wanted, path)).collect();
                self.outer.pop();
                Some(Value::Object(fields))
            }
            (Shape::Map(inner), Content::Mapping(entries)) => Some(Value::Object(
                entries
                    .iter()
                    .filter_map(|entry| {
                        let path = join(path, &entry.key);
                        Some((entry.key.clone(), self.element(&entry.value, inner, &path)?))
                    })
                    .collect(),
            )),
            (Shape::List(inner), Content::Sequence(items)) => Some(Value::Array(
                items
                    .iter()
                    .enumerate()
                    .filter_map(|(index, item)| self.element(item, inner, &format!("{path}[{index}]")))
                    .collect(),
            )),
            (shape, Content::Scalar(scalar)) => self.scalar(node, scalar, shape, wanted, path),
            _ => self.mismatch(node, wanted, path),
        }
    }

    fn field(&mut self, entry: &Entry, owner: Type, path: &str) -> Option<(String, Value)> {
        let path = join(path, &entry.key);
        let Some(wanted) = owner.field(&entry.key) else {
            let hint = self.hint_for_unknown(&entry.key, owner);
            self.report(entry.key_at, &path, format!("unknown field \"{path}\""), hint);
            return None;
        };
        // A field that is null is a field that isn't there.
        if entry.value.is_null() {
            return None;
        }
        self.value(&entry.value, wanted, &path).map(|value| (entry.key.clone(), value))
    }

    /// In a list or map, null is the zero value of the element's type.
    fn element(&mut self, node: &Node, wanted: Type, path: &str) -> Option<Value> {
        if !node.is_null() {
            return self.value(node, wanted, path);
        }
        match wanted.shape() {
            Shape::Text | Shape::Bytes => Some("".into()),
            Shape::Any => Some(Value::Null),
            _ => self.mismatch(node, wanted, path),
        }
    }

    fn scalar(
        &mut self,
        node: &Node,
        scalar: &Scalar,
        shape: Shape,
        wanted: Type,
        path: &str,
    ) -> Option<Value> {
        let text = &scalar.text;
        match (shape, scalar.meaning) {
            (Shape::Text, Meaning::Text) => Some(text.as_str().into()),
            (Shape::IntOrText, Meaning::Text) => Some(text.as_str().into()),
            (Shape::Boolean, Meaning::Bool(value)) => Some(value.into()),
            (Shape::Int64, Meaning::Integer(value)) => Some(value.into()),
            (Shape::Int32 | Shape::IntOrText, Meaning::Integer(value)) => {
                if i32::try_from(value).is_err() {
                    let message = format!("{path}: the number {value} doesn't fit into 32 bits");
                    return self.fail(node.at, path, message, None);
                }
                Some(value.into())
            }
            (Shape::Quantity, Meaning::Integer(value)) => Some(value.to_string().into()),
            (Shape::Quantity, Meaning::Float(value)) => Some(value.to_string().into()),
            (Shape::Quantity, Meaning::Text) => match text.parse::<Quantity>() {
                Ok(_) => Some(text.as_str().into()),
                Err(error) => {
                    let message = format!("{path}: Invalid value: \"{}\": {error}", shorten(text));
                    let hint = "write a number with a suffix such as 500m, 64Mi or 1Gi".to_owned();
                    self.fail(node.at, path, message, Some(hint))
                }
            },
            (Shape::Time, Meaning::Text) => match text.parse::<Timestamp>() {
                Ok(_) => Some(text.as_str().into()),
                Err(_) => {
                    let message =
                        format!("{path}: Invalid value: \"{}\": not an RFC 3339 time", shorten(text));
                    self.fail(node.at, path, message, Some("such as 2025-01-02T03:04:05Z".to_owned()))
                }
            },
            (Shape::Bytes, Meaning::Text) => {
                let compact: String = text.chars().filter(|c| !matches!(c, '\n' | '\r')).collect();
                if STANDARD.decode(&compact).is_err() {
                    let hint = (self.origin.kind() == Kind::Secret)
                        .then(|| "plain text goes under stringData".to_owned());
                    return self.fail(node.at, path, format!("{path}: the value is not valid base64"), hint);
                }
                Some(compact.into())
            }
            _ => self.mismatch(node, wanted, path),
        }
    }

    fn mismatch(&mut self, node: &Node, wanted: Type, path: &str) -> Option<Value> {
        let secret = self.origin.kind() == Kind::Secret;
        let message = format!("{path}: expected {}, got {}", expected(wanted.shape()), got(node, secret));
        let hint = hint_for_mismatch(node, wanted, secret);
        self.fail(node.at, path, message, hint)
    }

    fn fail(&mut self, at: Position, path: &str, message: String, hint: Option<String>) -> Option<Value> {
        self.report(at, path, message, hint);
        None
    }

    fn report(&mut self, at: Position, path: &str, message: String, hint: Option<String>) {
        self.origin.mark_broken(path);
        self.diagnostics.push(self.origin.diagnostic_at(Severity::Error, at, path, message, hint));
    }

    fn hint_for_unknown(&self, given: &str, owner: Type) -> Option<String> {
        let known = owner.field_names();
        let near = nearest(given, &known);
        if let Some(name) = near.filter(|name| strsim::damerau_levenshtein(name, given) <= 1) {
            return Some(format!("did you mean \"{name}\"?"));
        }
        // The right name on the wrong level is more likely than a far-fetched neighbour.
        let above = self.outer.iter().rev().skip(1).find(|(_, outer)| outer.field(given).is_some());
        if let Some((path, _)) = above {
            let place = if path.is_empty() { "the top level" } else { path };
            return Some(format!("\"{given}\" belongs to {place}: check the indentation"));
        }
        if let Some(name) = near {
            return Some(format!("did you mean \"{name}\"?"));
        }
        let below = known
            .iter()
            .find(|name| owner.field(name).is_some_and(|field| field.element().field(given).is_some()));
        if let Some((name, list)) =
            below.and_then(|name| Some((name, matches!(owner.field(name)?.shape(), Shape::List(_)))))
        {
            let dots = if list { "[]" } else { "" };
            return Some(format!("\"{given}\" belongs to {name}{dots}: check the indentation"));
        }
        (known.len() <= 12).then(|| format!("the fields known here are {}", known.join(", ")))
    }
}

fn expected(shape: Shape) -> &'static str {
    match shape {
        Shape::Object(_) | Shape::Map(_) => "a map",
        Shape::List(_) => "a list",
        Shape::Text => "a string",
        Shape::Time => "a time",
        Shape::Bytes => "a base64 string",
        Shape::Int32 | Shape::Int64 => "an integer",
        Shape::Boolean => "true or false",
        Shape::Quantity => "a quantity",
        Shape::IntOrText => "an integer or a string",
        Shape::Any => "a value",
    }
}

fn got(node: &Node, secret: bool) -> String {
    match &node.content {
        Content::Mapping(_) => "a map".to_owned(),
        Content::Sequence(_) => "a list".to_owned(),
        Content::Scalar(scalar) if scalar.meaning == Meaning::Null => "null".to_owned(),
        Content::Scalar(_) if secret => format!("a {}", node.kind()),
        Content::Scalar(scalar) if scalar.meaning == Meaning::Text => {
            format!("the string \"{}\"", shorten(&scalar.text))
        }
        Content::Scalar(scalar) => format!("the {} {}", node.kind(), shorten(&scalar.text)),
    }
}

fn hint_for_mismatch(node: &Node, wanted: Type, secret: bool) -> Option<String> {
    let shape = wanted.shape();
    match (&node.content, shape) {
        (Content::Scalar(scalar), Shape::Object(_) | Shape::Map(_)) if scalar.plain => {
            let pair = glued_pair(&scalar.text)?;
            Some(if secret {
                "a space is missing after the colon".to_owned()
            } else {
                format!("a space is missing after the colon: \"{}\"", shorten(&pair))
            })
        }
        (Content::Scalar(scalar), Shape::Text | Shape::Bytes) if scalar.meaning != Meaning::Null => {
            Some(if secret {
                "put it in quotes".to_owned()
            } else {
                format!("put it in quotes: \"{}\"", scalar.text)
            })
        }
        (Content::Scalar(scalar), Shape::Int32 | Shape::Int64 | Shape::Boolean)
            if !scalar.plain && !scalar.text.is_empty() && !secret =>
        {
            Some(format!("remove the quotes: {}", shorten(&scalar.text)))
        }
        (Content::Mapping(_), Shape::List(_)) => Some("start each item of the list with \"- \"".to_owned()),
        (Content::Scalar(scalar), Shape::List(_)) if !secret && scalar.meaning != Meaning::Null => {
            Some(format!("write it as a list: [\"{}\"]", shorten(&scalar.text)))
        }
        (Content::Sequence(_), Shape::Object(_) | Shape::Map(_)) => {
            Some("remove the dashes: this is one map, not a list".to_owned())
        }
        _ => None,
    }
}

fn shorten(text: &str) -> String {
    let line = text.replace('\n', "\\n");
    match line.char_indices().nth(SHOWN) {
        Some((cut, _)) => format!("{}…", &line[..cut]),
        None => line,
    }
}

/// Values without a type, as they are.
fn untyped(node: &Node) -> Value {
    match &node.content {
        Content::Sequence(items) => items.iter().map(untyped).collect(),
        Content::Mapping(entries) => {
            entries.iter().map(|entry| (entry.key.clone(), untyped(&entry.value))).collect()
        }
        Content::Scalar(scalar) => match scalar.meaning {
            Meaning::Null => Value::Null,
            Meaning::Bool(value) => value.into(),
            Meaning::Integer(value) => value.into(),
            Meaning::Float(value) => value.into(),
            Meaning::Text => scalar.text.as_str().into(),
        },
    }
}
