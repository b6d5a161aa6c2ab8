//! What the API server checks on create, after defaulting, in its own words (VAL rules).
//!
//! Every check adds [`FieldError`]s and goes on; the caller gets all of them. Objects without defaults applied get
//! errors for what defaulting would have filled in.

mod container;
mod env;
mod metadata;
pub mod names;
mod objects;
mod pod;
mod probe;
mod resources;
mod volume;
mod volume_files;
mod warnings;

use std::fmt;

pub use self::warnings::{Warning, warnings};
use crate::object::Object;

/// One violated rule; its `Display` is the API server's line (VAL-21).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// Path of the field, indexes from 0.
    pub path: String,
    /// What kind of mistake.
    pub kind: ErrorKind,
    /// The bad value as the message shows it; empty for kinds that show none.
    pub value: String,
    /// What would be right; may be empty.
    pub detail: String,
}

/// Kinds of mistakes (VAL-20).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// A value is missing.
    Required,
    /// A value doesn't follow its rule.
    Invalid,
    /// A value must be unique and isn't.
    Duplicate,
    /// A value is none of the allowed ones.
    NotSupported,
    /// A field may not be set here.
    Forbidden,
    /// A reference leads nowhere.
    NotFound,
    /// Too many bytes.
    TooLong,
    /// Too many items.
    TooMany,
}

impl ErrorKind {
    /// The machine-readable word of a Status cause.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Required => "FieldValueRequired",
            Self::Invalid => "FieldValueInvalid",
            Self::Duplicate => "FieldValueDuplicate",
            Self::NotSupported => "FieldValueNotSupported",
            Self::Forbidden => "FieldValueForbidden",
            Self::NotFound => "FieldValueNotFound",
            Self::TooLong => "FieldValueTooLong",
            Self::TooMany => "FieldValueTooMany",
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::Required => "Required value",
            Self::Invalid => "Invalid value",
            Self::Duplicate => "Duplicate value",
            Self::NotSupported => "Unsupported value",
            Self::Forbidden => "Forbidden",
            Self::NotFound => "Not found",
            Self::TooLong => "Too long",
            Self::TooMany => "Too many",
        }
    }
}

impl FieldError {
    /// The part of the line after the field path, as it stands in a Status cause.
    #[must_use]
    pub fn message(&self) -> String {
        let mut message = self.kind.text().to_owned();
        for part in [&self.value, &self.detail] {
            if !part.is_empty() {
                message.push_str(": ");
                message.push_str(part);
            }
        }
        message
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message())
    }
}

/// Everything that is wrong with an object.
#[must_use]
pub fn validate(object: &Object) -> Vec<FieldError> {
    let mut errors = Errors::default();
    metadata::check(&mut errors, object);
    match object {
        Object::Pod(pod) => pod::check(&mut errors, pod.spec.as_ref()),
        Object::Secret(secret) => objects::secret(&mut errors, secret),
        Object::ConfigMap(map) => objects::config_map(&mut errors, map),
        Object::PodPreset(preset) => objects::pod_preset(&mut errors, preset),
        Object::ServiceAccount(_) | Object::Namespace(_) | Object::Node(_) => {}
    }
    errors.0
}

/// The errors found so far, with a short word for each way to add one.
#[derive(Default)]
struct Errors(Vec<FieldError>);

impl Errors {
    fn add(&mut self, kind: ErrorKind, path: &Path, value: String, detail: &str) {
        let error = FieldError { path: path.0.clone(), kind, value, detail: detail.to_owned() };
        // The server folds errors of the same text (VAL-20).
        if !self.0.contains(&error) {
            self.0.push(error);
        }
    }

    fn required(&mut self, path: &Path, detail: &str) {
        self.add(ErrorKind::Required, path, String::new(), detail);
    }

    fn invalid(&mut self, path: &Path, value: impl Shown, detail: &str) {
        self.add(ErrorKind::Invalid, path, value.shown(), detail);
    }

    fn duplicate(&mut self, path: &Path, value: &str) {
        self.add(ErrorKind::Duplicate, path, value.shown(), "");
    }

    fn not_found(&mut self, path: &Path, value: &str) {
        self.add(ErrorKind::NotFound, path, value.shown(), "");
    }

    fn forbidden(&mut self, path: &Path, detail: &str) {
        self.add(ErrorKind::Forbidden, path, String::new(), detail);
    }

    fn too_long(&mut self, path: &Path, limit: usize) {
        self.add(ErrorKind::TooLong, path, String::new(), &format!("may not be more than {limit} bytes"));
    }

    /// Unless the value is one of the allowed ones (VAL-22).
    fn one_of(&mut self, path: &Path, value: &str, allowed: &[&str]) {
        if !allowed.contains(&value) {
            let list: Vec<String> = allowed.iter().map(|value| value.shown()).collect();
            let detail = format!("supported values: {}", list.join(", "));
            self.add(ErrorKind::NotSupported, path, value.shown(), &detail);
        }
    }

    /// One error for each thing that a name rule has to say.
    fn name(&mut self, path: &Path, value: &str, rule: impl Fn(&str) -> Vec<String>) {
        for detail in rule(value) {
            self.invalid(path, value, &detail);
        }
    }
}

/// How a value stands in a message: texts in quotes with Go's escapes, the rest bare (VAL-21).
trait Shown {
    fn shown(&self) -> String;
}

impl Shown for &str {
    fn shown(&self) -> String {
        crate::quote::go(self)
    }
}

impl Shown for i64 {
    fn shown(&self) -> String {
        self.to_string()
    }
}

impl Shown for i32 {
    fn shown(&self) -> String {
        self.to_string()
    }
}

impl Shown for bool {
    fn shown(&self) -> String {
        self.to_string()
    }
}

/// A field path.
#[derive(Clone)]
struct Path(String);

impl Path {
    fn new(root: &str) -> Self {
        Self(root.to_owned())
    }

    fn child(&self, name: &str) -> Self {
        Self(format!("{}.{name}", self.0))
    }

    fn index(&self, index: usize) -> Self {
        Self(format!("{}[{index}]", self.0))
    }

    fn key(&self, key: &str) -> Self {
        Self(format!("{}[{key}]", self.0))
    }
}

/// The text of an optional field; absent and empty are the same.
fn text(value: Option<&String>) -> &str {
    value.map_or("", String::as_str)
}

#[cfg(test)]
mod tests;
