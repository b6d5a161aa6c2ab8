//! Where an object came from: the place of each of its fields.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Source;
use super::tree::{Content, Node};
use crate::diagnostic::{Diagnostic, Position, Severity};
use crate::object::Kind;

/// A source that all of its objects hold on to.
pub(super) struct Shared {
    name: Arc<str>,
    text: Arc<str>,
}

impl From<&Source<'_>> for Shared {
    fn from(source: &Source<'_>) -> Self {
        Self { name: source.name.into(), text: source.text.into() }
    }
}

/// The source of one object and the place of each of its fields.
#[derive(Clone)]
pub struct Origin {
    source: Arc<str>,
    text: Arc<str>,
    kind: Kind,
    start: Position,
    places: BTreeMap<String, Position>,
    /// Paths of the fields that were wrong and are missing in the object.
    broken: BTreeSet<String>,
}

impl Origin {
    pub(super) fn new(source: &Shared, kind: Kind, node: &Node) -> Self {
        let mut places = BTreeMap::new();
        collect(node, "", &mut places);
        Self {
            source: Arc::clone(&source.name),
            text: Arc::clone(&source.text),
            kind,
            start: node.at,
            places,
            broken: BTreeSet::new(),
        }
    }

    /// Name of the source.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Where the object starts.
    #[must_use]
    pub const fn start(&self) -> Position {
        self.start
    }

    /// The place of a field; of the nearest field around it when it isn't written.
    #[must_use]
    pub fn position(&self, path: &str) -> Position {
        let mut path = path;
        loop {
            if let Some(position) = self.places.get(path) {
                return *position;
            }
            match path.rfind(['.', '[']) {
                Some(cut) => path = &path[..cut],
                None => return self.start,
            }
        }
    }

    /// A finding at a field.
    #[must_use]
    pub fn diagnostic(
        &self,
        severity: Severity,
        path: &str,
        message: impl Into<String>,
        hint: Option<String>,
    ) -> Diagnostic {
        self.diagnostic_at(severity, self.position(path), path, message.into(), hint)
    }

    pub(super) fn diagnostic_at(
        &self,
        severity: Severity,
        position: Position,
        path: &str,
        message: String,
        hint: Option<String>,
    ) -> Diagnostic {
        Diagnostic {
            severity,
            source: self.source.to_string(),
            position,
            path: path.to_owned(),
            message,
            hint,
            line_text: self.line_text(position),
        }
    }

    /// The line, unless a Secret's content could be in it.
    fn line_text(&self, position: Position) -> String {
        let line = self.text.lines().nth(position.line.saturating_sub(1) as usize).unwrap_or_default();
        if self.kind == Kind::Secret || line.contains("Secret\"") || line.contains("kind: Secret") {
            return String::new();
        }
        line.to_owned()
    }

    pub(super) const fn kind(&self) -> Kind {
        self.kind
    }

    pub(super) fn mark_broken(&mut self, path: &str) {
        self.broken.insert(path.to_owned());
    }

    /// Whether an error at a field may only be the shadow of a mistake that was already reported: the field itself, or
    /// one around or inside it, or (for a missing value) a neighbour, was wrong.
    #[must_use]
    pub fn is_shadowed(&self, path: &str, missing: bool) -> bool {
        let parent = |path: &str| path.rfind(['.', '[']).map_or(String::new(), |cut| path[..cut].to_owned());
        let within = |inner: &str, outer: &str| {
            inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        self.broken.iter().any(|broken| {
            within(path, broken) || within(broken, path) || (missing && parent(broken) == parent(path))
        })
    }
}

/// A scalar is at its value, a map or list at its key.
fn collect(node: &Node, path: &str, places: &mut BTreeMap<String, Position>) {
    match &node.content {
        Content::Scalar(_) => {}
        Content::Sequence(items) => {
            for (index, item) in items.iter().enumerate() {
                let path = format!("{path}[{index}]");
                collect(item, &path, places);
                places.insert(path, item.at);
            }
        }
        Content::Mapping(entries) => {
            for entry in entries {
                let path = join(path, &entry.key);
                collect(&entry.value, &path, places);
                let at_value = matches!(entry.value.content, Content::Scalar(_)) && !entry.value.is_null();
                places.insert(path, if at_value { entry.value.at } else { entry.key_at });
            }
        }
    }
}

/// `spec` + `containers` = `spec.containers`.
pub(super) fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}
