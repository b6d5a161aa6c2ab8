//! Text to wire objects: every document of every source, with a place for every field and all mistakes at once.
//!
//! Pure: callers read the files. What a scalar means is kubectl's meaning; field names and types come from the schema.

mod fit;
mod json;
mod origin;
mod scalar;
mod tree;
mod yaml;

use self::fit::Fit;
pub use self::origin::Origin;
use self::origin::Shared;
use self::tree::{Content, Node};
use self::yaml::{Parsed, SyntaxError};
use crate::diagnostic::{Diagnostic, Position, Severity};
use crate::nearest::nearest;
use crate::object::{Kind, Object};

/// Largest source that is read, in bytes.
pub const MAX_BYTES: usize = 10_000_000;

/// A text with the name that messages call it by.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// File name, `-`, or whatever the user will recognise.
    pub name: &'a str,
    /// The content.
    pub text: &'a str,
}

/// One object as it was written.
pub struct Manifest {
    /// The object. Fields that were wrong are missing in it.
    pub object: Object,
    /// Where it came from.
    pub origin: Origin,
}

/// Everything that was found in the sources.
#[derive(Default)]
pub struct Loaded {
    /// Objects in the order of the sources.
    pub manifests: Vec<Manifest>,
    /// What is wrong, in the order of the sources.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads all objects of all sources.
#[must_use]
pub fn load(sources: &[Source<'_>]) -> Loaded {
    let mut loaded = Loaded::default();
    for source in sources {
        loaded.read(source);
    }
    loaded
}

// === impl Loaded ===

impl Loaded {
    fn read(&mut self, source: &Source<'_>) {
        if source.text.len() > MAX_BYTES {
            let message = format!("larger than {} MB", MAX_BYTES / 1_000_000);
            return self.error(source, &SyntaxError::new(Position::START, message));
        }
        let text = source.text.strip_prefix('\u{feff}').unwrap_or(source.text);
        let Parsed { documents, errors } =
            if json::looks_like_json(text) { json::parse(text) } else { yaml::parse(text, 0) };
        for error in &errors {
            self.error(source, error);
        }
        let documents: Vec<Node> = documents.into_iter().filter(|document| !document.is_null()).collect();
        if documents.is_empty() && errors.is_empty() {
            let mut error = SyntaxError::new(Position::START, "no objects found");
            error.hint = Some("the file is empty or holds only comments".to_owned());
            self.error(source, &error);
        }
        let shared = Shared::from(source);
        for document in &documents {
            self.document(source, &shared, document);
        }
    }

    fn error(&mut self, source: &Source<'_>, error: &SyntaxError) {
        let line = error.at.line.saturating_sub(1) as usize;
        let line_text = if yaml::holds_secret(source.text) { None } else { source.text.lines().nth(line) };
        self.diagnostics.push(Diagnostic {
            severity: Severity::Error,
            source: source.name.to_owned(),
            position: error.at,
            path: String::new(),
            message: error.message.clone(),
            hint: error.hint.clone(),
            line_text: line_text.unwrap_or_default().to_owned(),
        });
    }

    fn document(&mut self, source: &Source<'_>, shared: &Shared, document: &Node) {
        if let Some(items) = list_items(document) {
            return items.iter().for_each(|item| self.object(source, shared, item));
        }
        self.object(source, shared, document);
    }

    fn object(&mut self, source: &Source<'_>, shared: &Shared, node: &Node) {
        let kind = match kind_of(node) {
            Ok(kind) => kind,
            Err(error) => return self.error(source, &error),
        };
        let mut origin = Origin::new(shared, kind, node);
        let mut fit = Fit::new(&mut origin);
        let value = fit.object(node);
        self.diagnostics.append(&mut fit.diagnostics);
        match Object::from_json(kind, value) {
            Ok(object) => self.manifests.push(Manifest { object, origin }),
            Err(error) => {
                // The schema check covers all that the wire types refuse; if one slips through it is still an error.
                let message = if kind == Kind::Secret {
                    "this Secret can't be read".to_owned()
                } else {
                    format!("this {kind} can't be read: {error}")
                };
                self.diagnostics.push(origin.diagnostic(Severity::Error, "", message, None));
            }
        }
    }
}

/// The items of a `kind: List`.
fn list_items(document: &Node) -> Option<&[Node]> {
    let text = |key| document.get(key).and_then(|entry| entry.value.as_text());
    match &document.get("items")?.value.content {
        Content::Sequence(items) if text("kind") == Some("List") && text("apiVersion") == Some("v1") => {
            Some(items)
        }
        _ => None,
    }
}

fn kind_of(node: &Node) -> Result<Kind, SyntaxError> {
    let hinted = |at, message: String, hint: &str| {
        let mut error = SyntaxError::new(at, message);
        error.hint = Some(hint.to_owned());
        error
    };
    if !matches!(node.content, Content::Mapping(_)) {
        let message =
            format!("an object must be a map with apiVersion, kind and metadata, got a {}", node.kind());
        return Err(hinted(
            node.at,
            message,
            "separate objects with a line of three dashes, or use kind: List",
        ));
    }
    let text = |key: &str| match node.get(key) {
        Some(entry) => entry.value.as_text().map(|text| (text, entry.value.at)).ok_or_else(|| {
            SyntaxError::new(
                entry.value.at,
                format!("{key}: expected a string, got a {}", entry.value.kind()),
            )
        }),
        None => Err(hinted(
            node.at,
            format!("{key}: Required value"),
            "every object starts with apiVersion and kind",
        )),
    };
    let (kind, kind_at) = text("kind")?;
    let (version, version_at) = text("apiVersion")?;
    let names: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
    let unknown = |at, hint: &str| {
        Err(hinted(at, format!("no matches for kind \"{kind}\" in version \"{version}\""), hint))
    };
    match Kind::ALL.iter().find(|known| known.as_str() == kind) {
        Some(known) if known.api_version() == version => Ok(*known),
        Some(known) => unknown(version_at, &format!("did you mean apiVersion \"{}\"?", known.api_version())),
        None => match nearest(kind, &names) {
            Some(name) => unknown(kind_at, &format!("did you mean \"{name}\"?")),
            None => unknown(kind_at, &format!("the kinds known here are {}", names.join(", "))),
        },
    }
}

#[cfg(test)]
mod tests;
