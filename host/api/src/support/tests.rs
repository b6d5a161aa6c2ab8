#![allow(clippy::unwrap_used, reason = "tests")]

use super::explain::below;
use super::*;
use crate::schema::{Shape, Type};

/// All paths of a kind down to where a row covers the rest; `depth` guards against types that contain themselves.
fn uncovered(kind: Kind, owner: Type, path: &str, depth: usize, missing: &mut Vec<String>) {
    for name in owner.element().field_names() {
        let path = below(owner, path, name);
        let field = owner.element().field(name).unwrap();
        let covered = support(kind, &path).is_some();
        let open = matches!(field.element().shape(), Shape::Object(_)) && depth > 0;
        match (covered, open) {
            (true, _) => {}
            (false, true) => uncovered(kind, field, &path, depth - 1, missing),
            (false, false) => missing.push(path),
        }
    }
}

#[test]
fn every_field_of_every_kind_has_a_row() {
    for kind in Kind::ALL {
        let mut missing = Vec::new();
        uncovered(kind, Type::of(kind), "", 8, &mut missing);
        assert!(missing.is_empty(), "{kind}: {missing:#?}");
    }
}

#[test]
fn every_row_names_a_field_that_exists() {
    for kind in Kind::ALL {
        for row in table::rows(kind) {
            // Keys of a map are free; only known resources have rows of their own.
            let path = row
                .path
                .strip_suffix(".cpu")
                .or_else(|| row.path.strip_suffix(".ephemeral-storage"))
                .unwrap_or(row.path);
            let explained = explain(&format!("{}.{path}", kind.as_str()));
            assert!(explained.is_ok(), "{kind} {path}: {explained:?}");
        }
    }
}

#[test]
fn no_row_is_written_twice() {
    for kind in Kind::ALL {
        let mut paths: Vec<_> = table::rows(kind).iter().map(|row| row.path).collect();
        paths.sort_unstable();
        let count = paths.len();
        paths.dedup();
        assert_eq!(paths.len(), count, "{kind}");
    }
}

#[test]
fn explain_knows_type_description_and_support() {
    let image = explain("pod.spec.containers.image").unwrap();
    assert_eq!((image.path.as_str(), image.type_name.as_str()), ("spec.containers[].image", "string"));
    assert_eq!(image.support, Some(Support::Supported));
    assert!(image.description.contains("image name"));
    let containers = explain("pods.spec.containers[0]").unwrap();
    assert_eq!(containers.type_name, "[]Container");
    assert!(containers.fields.iter().any(|field| field.name == "image" && field.type_name == "string"));
    let probe = explain("spec.initContainers.livenessProbe.httpGet").unwrap();
    assert!(matches!(probe.support, Some(Support::NotYet(_))));
    assert_eq!(explain("pod").unwrap().fields.len(), 5);
    assert_eq!(explain("podpreset.spec.env.name").unwrap().support, Some(Support::Supported));
}

#[test]
fn explain_names_the_nearest_field() {
    assert_eq!(
        explain("pod.spec.hostAlias").unwrap_err().to_string(),
        "field \"hostAlias\" does not exist in \"spec\" (did you mean \"hostAliases\"?)"
    );
    assert_eq!(
        explain("pot.spec").unwrap_err().to_string(),
        "the server doesn't have a resource type \"pot\" (did you mean \"pod\"?)"
    );
}
