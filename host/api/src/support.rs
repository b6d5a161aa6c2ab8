//! What this release does with each field: the one table that `validate`, `explain` and the documentation share.

mod explain;
mod table;

use serde_json::Value;

pub use self::explain::{ExplainError, Explanation, FieldSummary, explain};
use self::table::Row;
use crate::object::{Kind, Object};

/// What this release does with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// It does what Kubernetes does.
    Supported,
    /// Accepted without effect, with a warning; the text says why that is harmless.
    Ignored(&'static str),
    /// Refused as "not supported yet"; the text says what is missing.
    NotYet(&'static str),
    /// Refused for good; the text says why.
    Never(&'static str),
}

/// A field that is set and has no effect or is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Path of the field.
    pub path: String,
    /// What happens to it; never [`Support::Supported`].
    pub support: Support,
}

impl Finding {
    /// Whether the object must be refused.
    #[must_use]
    pub const fn is_refused(&self) -> bool {
        matches!(self.support, Support::NotYet(_) | Support::Never(_))
    }

    /// The whole message.
    #[must_use]
    pub fn message(&self) -> String {
        let path = &self.path;
        match self.support {
            Support::Supported => format!("{path}: supported"),
            Support::Ignored(why) => format!("{path}: ignored: {why}"),
            Support::NotYet(why) => format!("not supported yet: {path}: {why}"),
            Support::Never(why) => format!("not supported: {path}: {why}"),
        }
    }
}

/// The fields of an object that are ignored or refused, in the order of its wire form. Give it the object as written:
/// what defaulting fills in is never refused.
#[must_use]
pub fn check(object: &Object) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Ok(value) = object.to_json() {
        walk(table::rows(object.kind()), &value, "", "", &mut findings);
    }
    findings
}

/// What happens to a field, given without indexes (`spec.containers[].image`).
#[must_use]
pub fn support(kind: Kind, path: &str) -> Option<Support> {
    let rows = table::rows(kind);
    let mut path = path;
    loop {
        if let Some(row) = find(rows, path) {
            return Some(row.support);
        }
        path = &path[..path.rfind(['.', '['])?];
    }
}

/// Init containers are containers: a row for them stands only where the answer differs.
fn find(rows: &'static [Row], path: &str) -> Option<&'static Row> {
    let exact = |path: &str| rows.iter().find(|row| row.path == path);
    exact(path).or_else(|| {
        let rest = path.strip_prefix("spec.initContainers[]")?;
        exact(&format!("spec.containers[]{rest}"))
    })
}

fn walk(rows: &'static [Row], value: &Value, path: &str, pattern: &str, findings: &mut Vec<Finding>) {
    if is_unset(value) {
        return;
    }
    if let Some(row) = find(rows, pattern).filter(|row| row.support != Support::Supported) {
        if !row.harmless.contains(&value.to_string().as_str()) {
            findings.push(Finding { path: path.to_owned(), support: row.support });
        }
        return;
    }
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let dot = if path.is_empty() { "" } else { "." };
                walk(rows, value, &format!("{path}{dot}{name}"), &format!("{pattern}{dot}{name}"), findings);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(rows, item, &format!("{path}[{index}]"), &format!("{pattern}[]"), findings);
            }
        }
        _ => {}
    }
}

/// Writing a field's empty value is the same as not writing it.
fn is_unset(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests;
