#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::*;

const POD: &str =
    "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n  - name: c\n    image: x\n";

fn loaded(text: &str) -> Loaded {
    load(&[Source { name: "f.yaml", text }])
}

fn errors(text: &str) -> Vec<String> {
    loaded(text).diagnostics.iter().map(ToString::to_string).collect()
}

fn only(text: &str) -> String {
    let errors = errors(text);
    assert_eq!(errors.len(), 1, "{errors:#?}");
    errors[0].clone()
}

#[test]
fn documents_lists_and_json_give_objects_in_order() {
    let list = format!(
        "apiVersion: v1\nkind: List\nitems:\n- {{apiVersion: v1, kind: Secret, metadata: {{name: s}}}}\n- {}",
        "{apiVersion: v1, kind: Namespace, metadata: {name: space}}"
    );
    let json = "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"m\"},\"data\":{\"k\":\"\\ud83d\\ude00\\\\ud83d\"}}\n{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"metadata\":{\"name\":\"n\"}}";
    let text = format!("# only a comment\n---\n{POD}---\n\n---\n{list}");
    let loaded = load(&[Source { name: "a", text: &text }, Source { name: "b", text: json }]);
    assert_eq!(loaded.diagnostics, []);
    let kinds: Vec<Kind> = loaded.manifests.iter().map(|manifest| manifest.object.kind()).collect();
    assert_eq!(kinds, [Kind::Pod, Kind::Secret, Kind::Namespace, Kind::ConfigMap, Kind::Node]);
    let Object::ConfigMap(map) = &loaded.manifests[3].object else { panic!("not a ConfigMap") };
    assert_eq!(map.data.as_ref().unwrap()["k"], "\u{1f600}\\ud83d");
    assert_eq!(loaded.manifests[4].origin.start(), Position { line: 2, column: 1 });
}

#[test]
fn bad_files_get_one_clear_error_each() {
    for (text, expected) in [
        ("", "f.yaml:1:1: error: no objects found; hint: the file is empty or holds only comments"),
        ("# nothing\n---\n", "f.yaml:1:1: error: no objects found"),
        (
            "- a\n- b\n",
            "f.yaml:1:1: error: an object must be a map with apiVersion, kind and metadata, got a list",
        ),
        (
            "hello\n",
            "f.yaml:1:1: error: an object must be a map with apiVersion, kind and metadata, got a string",
        ),
        (
            "apiVersion: v1\nkind: Pod\nspec:\n\tcontainers: []\n",
            "f.yaml:4:1: error: tabs can't be used for indentation; hint: replace the tab with spaces",
        ),
        (
            "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nkind: Pod\n",
            "f.yaml:4:1: error: duplicate field \"kind\"; hint: it is first given on line 2",
        ),
        ("kind: Pod\n", "f.yaml:1:1: error: apiVersion: Required value"),
        ("apiVersion: v1\nkind: 3\n", "f.yaml:2:7: error: kind: expected a string, got a number"),
        (
            "apiVersion: apps/v1\nkind: Deployment\n",
            "f.yaml:2:7: error: no matches for kind \"Deployment\" in version \"apps/v1\"; hint: the kinds known here are ConfigMap, ",
        ),
        (
            "apiVersion: v2\nkind: Pod\n",
            "f.yaml:1:13: error: no matches for kind \"Pod\" in version \"v2\"; hint: did you mean apiVersion \"v1\"?",
        ),
        (
            "apiVersion: v1\nkind: pod\n",
            "f.yaml:2:7: error: no matches for kind \"pod\" in version \"v1\"; hint: did you mean \"Pod\"?",
        ),
        ("apiVersion: v1\nkind: Pod\nmetadata: *nobody\n", "f.yaml:3:11: error: "),
        (
            "apiVersion: v1\nkind: Pod\nmetadata:\n  labels:\n    app:web\n    role: x\n",
            "f.yaml:6:9: error: ",
        ),
        ("{\"apiVersion\": \"v1\",\n \"kind\" \"Pod\"}", "f.yaml:2:9: error: invalid JSON: expected `:`"),
        ("a: \"open\n", "f.yaml:"),
    ] {
        let error = only(text);
        assert!(error.starts_with(expected), "{error}\n{expected}");
    }
}

#[test]
fn a_forgotten_blank_that_breaks_the_syntax_is_named_too() {
    let error = only("apiVersion: v1\nkind: Pod\nmetadata:\n  labels:\n    app:web\n    role: x\n");
    assert!(error.ends_with("hint: a space is missing after the colon: \"app: web\""), "{error}");
}

#[test]
fn too_much_of_anything_is_refused() {
    let big = format!("a: {}\n", "x".repeat(MAX_BYTES));
    assert_eq!(only(&big), "f.yaml:1:1: error: larger than 10 MB");
    let deep = format!("a: {}{}\n", "[".repeat(1000), "]".repeat(1000));
    assert!(only(&deep).contains("nested deeper than 100 levels"), "{}", only(&deep));
    let wide = format!("a: [{}]\n", "1,".repeat(600_000));
    assert!(only(&wide).contains("more than 500000 values"));
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..10 {
        let alias = format!("*a{}, ", level - 1);
        bomb.push_str(&format!("a{level}: &a{level} [{}]\n", alias.repeat(9)));
    }
    assert!(only(&bomb).contains("excessive aliasing"), "{}", only(&bomb));
    assert!(!only("a: &a [*a]\n").is_empty());
}

#[test]
fn a_source_that_breaks_off_still_gives_what_came_before() {
    let loaded = loaded(&format!("{POD}---\na: b: c\n"));
    assert_eq!(loaded.manifests.len(), 1);
    assert_eq!(loaded.diagnostics.len(), 1);
    assert_eq!(loaded.diagnostics[0].position.line, 10);
}

#[test]
fn unknown_fields_get_the_nearest_name_or_the_right_level() {
    for (text, expected) in [
        (
            POD.replace("name: c", "nmae: c"),
            "unknown field \"spec.containers[0].nmae\"; hint: did you mean \"name\"?",
        ),
        (
            POD.replace("    image", "    restartpolicy: Never\n    image"),
            "unknown field \"spec.containers[0].restartpolicy\"; hint: did you mean \"restartPolicy\"?",
        ),
        (
            format!("{POD}    nodeSelector: {{a: b}}\n"),
            "unknown field \"spec.containers[0].nodeSelector\"; hint: \"nodeSelector\" belongs to spec: check the indentation",
        ),
        (
            format!("{POD}  livenessProbe: {{}}\n"),
            "unknown field \"spec.livenessProbe\"; hint: \"livenessProbe\" belongs to containers[]: check the indentation",
        ),
        (
            format!("{POD}bogus: 1\n"),
            "unknown field \"bogus\"; hint: the fields known here are apiVersion, kind, ",
        ),
    ] {
        let error = only(&text);
        let (_, message) = error.split_once("error: ").unwrap();
        assert!(message.starts_with(expected), "{message}\n{expected}");
    }
}

#[test]
fn wrong_types_say_what_was_expected_and_what_would_help() {
    for (field, expected) in [
        (
            "args: a b",
            "spec.containers[0].args: expected a list, got the string \"a b\"; hint: write it as a list: [\"a b\"]",
        ),
        (
            "args: [1]",
            "spec.containers[0].args[0]: expected a string, got the number 1; hint: put it in quotes: \"1\"",
        ),
        (
            "args: [yes]",
            "spec.containers[0].args[0]: expected a string, got the boolean yes; hint: put it in quotes: \"yes\"",
        ),
        (
            "env: {a: b}",
            "spec.containers[0].env: expected a list, got a map; hint: start each item of the list with \"- \"",
        ),
        ("env: [a]", "spec.containers[0].env[0]: expected a map, got the string \"a\""),
        ("env: [~]", "spec.containers[0].env[0]: expected a map, got null"),
        (
            "resources: [a]",
            "spec.containers[0].resources: expected a map, got a list; hint: remove the dashes: this is one map, not a list",
        ),
        (
            "resources: {limits: {memory: 64MB}}",
            "spec.containers[0].resources.limits.memory: Invalid value: \"64MB\": quantities must match",
        ),
        (
            "stdin: \"no\"",
            "spec.containers[0].stdin: expected true or false, got the string \"no\"; hint: remove the quotes: no",
        ),
        (
            "ports: [{containerPort: 1.5}]",
            "spec.containers[0].ports[0].containerPort: expected an integer, got the number 1.5",
        ),
        (
            "ports: [{containerPort: 99999999999}]",
            "spec.containers[0].ports[0].containerPort: the number 99999999999 doesn't fit into 32 bits",
        ),
    ] {
        let error = only(&format!("{POD}    {field}\n"));
        let (_, message) = error.split_once("error: ").unwrap();
        assert!(message.starts_with(expected), "{message}\n{expected}");
    }
}

#[test]
fn fields_that_are_null_are_not_there_and_numbers_become_quantities() {
    let loaded = loaded(&format!("{POD}    env: ~\n    resources: {{limits: {{cpu: 0.5, memory: 1e9}}}}\n"));
    assert_eq!(loaded.diagnostics, []);
    let Object::Pod(pod) = &loaded.manifests[0].object else { panic!("not a Pod") };
    let container = &pod.spec.as_ref().unwrap().containers[0];
    assert_eq!(container.env, None);
    let limits = container.resources.as_ref().unwrap().limits.as_ref().unwrap();
    assert_eq!((limits["cpu"].0.as_str(), limits["memory"].0.as_str()), ("0.5", "1000000000"));
}

#[test]
fn places_are_known_by_path_and_by_what_is_around_them() {
    let loaded = loaded(POD);
    let origin = &loaded.manifests[0].origin;
    for (path, line, column) in [
        ("metadata.name", 4, 9),
        ("spec.containers", 6, 3),
        ("spec.containers[0]", 7, 5),
        ("spec.containers[0].image", 8, 12),
        ("spec.containers[0].ports[3].hostPort", 7, 5),
        ("spec.volumes[0].name", 5, 1),
        ("status", 1, 1),
    ] {
        assert_eq!(origin.position(path), Position { line, column }, "{path}");
    }
}

proptest! {
    #[test]
    fn any_text_is_either_read_or_refused(text in "\\PC{0,200}") {
        let _ = loaded(&text);
    }

    #[test]
    fn any_yaml_like_text_is_either_read_or_refused(text in "[-a-c:{}\\[\\]&*!|>%@\"'#,? \n\t0-9<~.]{0,120}") {
        let _ = loaded(&text);
    }

    #[test]
    fn a_pod_with_any_damage_is_either_read_or_refused(at in 0usize..90, junk in "[-:{}\\[\\]&*! \n\tx]{1,4}") {
        let mut text = POD.to_owned();
        text.insert_str(at.min(POD.len()), &junk);
        let _ = loaded(&text);
    }
}
