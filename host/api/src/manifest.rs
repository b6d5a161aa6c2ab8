//! From text to objects that may be created: load, default, validate, look up what is supported, all in one go, so that
//! the user gets every mistake at once.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Position, Severity};
use crate::load::{self, Manifest, Source};
use crate::object::{Kind, Object};
use crate::support::Finding;
use crate::validate::{self, ErrorKind};
use crate::{defaults, support};

/// Objects with their defaults, in the order of the sources, and what there is to say about them.
#[derive(Default)]
pub struct Checked {
    /// All objects that could be read. Don't use them when [`Checked::has_errors`].
    pub manifests: Vec<Manifest>,
    /// Errors and warnings, by source and position.
    pub diagnostics: Vec<Diagnostic>,
}

impl Checked {
    /// Whether nothing may start.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        crate::diagnostic::has_errors(&self.diagnostics)
    }
}

/// Reads and checks all objects of all sources. `namespace` is for objects that name none.
#[must_use]
pub fn read(sources: &[Source<'_>], namespace: &str) -> Checked {
    let load::Loaded { mut manifests, mut diagnostics } = load::load(sources);
    for manifest in &mut manifests {
        // Defaults are never refused, so this looks at what was written.
        let findings = support::check(&manifest.object);
        defaults::apply(&mut manifest.object, namespace);
        let mut found = violations(manifest);
        for finding in findings {
            if !found.iter().any(|known: &Diagnostic| known.path == finding.path) {
                found.push(unsupported(manifest, &finding));
            }
        }
        diagnostics.append(&mut found);
    }
    duplicates(&manifests, &mut diagnostics);
    sort(sources, &mut diagnostics);
    Checked { manifests, diagnostics }
}

fn violations(manifest: &Manifest) -> Vec<Diagnostic> {
    let origin = &manifest.origin;
    let mut found = Vec::new();
    for error in validate::validate(&manifest.object) {
        if origin.is_shadowed(&error.path, error.kind == ErrorKind::Required) {
            continue;
        }
        let hint = hint(&error, &manifest.object);
        found.push(origin.diagnostic(Severity::Error, &error.path, error.to_string(), hint));
    }
    if let Object::Pod(pod) = &manifest.object {
        for warning in validate::warnings(pod) {
            // Where a rule is broken, advice about the same value says nothing new.
            if found.iter().any(|error: &Diagnostic| error.path == warning.path) {
                continue;
            }
            found.push(origin.diagnostic(Severity::Warning, &warning.path, warning.message, None));
        }
    }
    found
}

/// What would help where the rule alone doesn't say it.
fn hint(error: &validate::FieldError, object: &Object) -> Option<String> {
    let Object::Pod(pod) = object else { return None };
    if error.kind != ErrorKind::NotFound || !error.path.contains("volumeMounts") {
        return None;
    }
    let volumes = pod.spec.as_ref()?.volumes.as_deref().unwrap_or_default();
    let names: Vec<&str> = volumes.iter().map(|volume| volume.name.as_str()).collect();
    Some(match crate::nearest::nearest(error.value.trim_matches('"'), &names) {
        Some(name) => format!("did you mean \"{name}\"?"),
        None => "declare it under spec.volumes".to_owned(),
    })
}

fn unsupported(manifest: &Manifest, finding: &Finding) -> Diagnostic {
    let severity = if finding.is_refused() { Severity::Error } else { Severity::Warning };
    manifest.origin.diagnostic(severity, &finding.path, finding.message(), None)
}

/// Two objects of one kind, namespace and name can't both be created.
fn duplicates(manifests: &[Manifest], diagnostics: &mut Vec<Diagnostic>) {
    let mut seen: BTreeMap<(Kind, &str, &str), &Manifest> = BTreeMap::new();
    for manifest in manifests {
        let kind = manifest.object.kind();
        let metadata = manifest.object.metadata();
        let Some(name) = metadata.name.as_deref().filter(|name| !name.is_empty()) else { continue };
        let namespace =
            if kind.is_namespaced() { metadata.namespace.as_deref().unwrap_or_default() } else { "" };
        match seen.get(&(kind, namespace, name)) {
            None => {
                seen.insert((kind, namespace, name), manifest);
            }
            Some(first) => {
                let Position { line, .. } = first.origin.position("metadata.name");
                let message =
                    format!("metadata.name: Duplicate value: \"{name}\": {kind} {name} is given twice");
                let hint = Some(format!("the first one is at {}:{line}", first.origin.source()));
                diagnostics.push(manifest.origin.diagnostic(Severity::Error, "metadata.name", message, hint));
            }
        }
    }
}

/// By source in the order given, then by place; findings at one place keep their order.
fn sort(sources: &[Source<'_>], diagnostics: &mut [Diagnostic]) {
    let order = |name: &str| sources.iter().position(|source| source.name == name);
    diagnostics.sort_by_key(|diagnostic| (order(&diagnostic.source), diagnostic.position));
}

#[cfg(test)]
mod tests;
