//! What a field is and what happens to it: Kubernetes' description beside our row.

use super::{Support, support};
use crate::nearest::nearest;
use crate::object::Kind;
use crate::schema::{Shape, Type};

/// A field explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Kind that the field belongs to.
    pub kind: Kind,
    /// Path below the object, `[]` for the items of a list; empty for the kind itself.
    pub path: String,
    /// Type in kubectl's words: `[]Container`, `map[string]string`, `integer`.
    pub type_name: String,
    /// Kubernetes' description.
    pub description: String,
    /// What happens to it; `None` for a group of fields that differ.
    pub support: Option<Support>,
    /// The fields inside, by name.
    pub fields: Vec<FieldSummary>,
}

/// One line about a field inside another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldSummary {
    /// Name.
    pub name: String,
    /// Type.
    pub type_name: String,
    /// What happens to it; `None` for a group of fields that differ.
    pub support: Option<Support>,
}

/// A path that leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExplainError {
    /// The first word is no kind.
    #[error("the server doesn't have a resource type \"{given}\"{}", did_you_mean(.nearest.as_deref()))]
    UnknownKind {
        /// The word.
        given: String,
        /// The kind that was probably meant.
        nearest: Option<String>,
    },
    /// A kind or field has no such field.
    #[error("field \"{given}\" does not exist in \"{owner}\"{}", did_you_mean(.nearest.as_deref()))]
    UnknownField {
        /// Path so far.
        owner: String,
        /// The word.
        given: String,
        /// The field that was probably meant.
        nearest: Option<String>,
    },
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map_or(String::new(), |name| format!(" (did you mean \"{name}\"?)"))
}

/// Explains a field in kubectl's notation: `pod.spec.containers.image`. Indexes and `[]` are allowed; a path that starts
/// with a Pod's own field (`spec.…`) is taken as the Pod's.
///
/// # Errors
/// [`ExplainError`] when a word of the path is unknown.
pub fn explain(path: &str) -> Result<Explanation, ExplainError> {
    let mut words = path.split('.').map(|word| word.split('[').next().unwrap_or(word)).peekable();
    let first = words.peek().copied().unwrap_or_default();
    let kind = match kind_named(first) {
        Some(kind) => {
            words.next();
            kind
        }
        None if Type::of(Kind::Pod).field(first).is_some() => Kind::Pod,
        None => {
            let names: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
            let near = nearest(first, &names).map(str::to_lowercase);
            return Err(ExplainError::UnknownKind { given: first.to_owned(), nearest: near });
        }
    };
    let mut current = Type::of(kind);
    let mut pattern = String::new();
    for word in words {
        let owner = current.element();
        let Some(field) = owner.field(word) else {
            let near = nearest(word, &owner.field_names()).map(str::to_owned);
            let place = if pattern.is_empty() { kind.as_str() } else { pattern.as_str() };
            return Err(ExplainError::UnknownField {
                owner: place.to_owned(),
                given: word.to_owned(),
                nearest: near,
            });
        };
        pattern = below(current, &pattern, word);
        current = field;
    }
    let owner = current.element();
    let fields = owner
        .field_names()
        .into_iter()
        .filter_map(|name| {
            let support = support(kind, &below(current, &pattern, name));
            Some(FieldSummary { name: name.to_owned(), type_name: owner.field(name)?.name(), support })
        })
        .collect();
    Ok(Explanation {
        kind,
        support: support(kind, &pattern),
        path: pattern,
        type_name: current.name(),
        description: current.description().to_owned(),
        fields,
    })
}

/// The path of a field below another: lists get their `[]`.
pub(super) fn below(owner: Type, path: &str, field: &str) -> String {
    let items = if matches!(owner.shape(), Shape::List(_)) { "[]" } else { "" };
    if path.is_empty() { field.to_owned() } else { format!("{path}{items}.{field}") }
}

/// `pod`, `pods`, `Pod`, `po` …
fn kind_named(word: &str) -> Option<Kind> {
    let word = word.to_lowercase();
    let short = match word.as_str() {
        "po" => Some(Kind::Pod),
        "cm" => Some(Kind::ConfigMap),
        "ns" => Some(Kind::Namespace),
        "no" => Some(Kind::Node),
        "sa" => Some(Kind::ServiceAccount),
        _ => None,
    };
    short.or_else(|| {
        Kind::ALL.into_iter().find(|kind| {
            let name = kind.as_str().to_lowercase();
            word == name || word == format!("{name}s")
        })
    })
}
