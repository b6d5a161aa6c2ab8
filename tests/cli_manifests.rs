//! Manifests that are checked and not run: good ones, and every kind of bad one.

#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "support/ran.rs"]
mod ran;

use ran::{Ran, folder, text, wasipod, wasipod_with};

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: c\n    image: busybox\n";

/// What `validate` and `run` say about a bad manifest; they must agree, and nothing may start.
fn refused(manifest: &[u8]) -> String {
    let (_folder, paths) = folder(&[("pod.yaml", manifest)]);
    let [validated, ran] = ["validate", "run"].map(|command| wasipod(&[command, "-f", text(&paths[0])]));
    for Ran { code, out, .. } in [&validated, &ran] {
        assert_eq!((*code, out.as_str()), (2, ""), "{}", validated.err);
    }
    assert_eq!(validated.err, ran.err);
    validated.err.replace(text(&paths[0]), "pod.yaml")
}

/// The Pod with another line in its spec.
fn with(line: &str) -> Vec<u8> {
    format!("{POD}{line}\n").into_bytes()
}

#[test]
fn every_example_is_valid() {
    for example in ["hello", "two-containers", "javaweb", "projected", "liveness-exec", "podpreset"] {
        let path = format!("examples/{example}.yaml");
        let ran = wasipod(&["validate", "-f", &path]);
        assert_eq!(ran.code, 0, "{example}: {}", ran.err);
        assert!(ran.out.lines().all(|line| line.starts_with(&format!("ok {path}: "))), "{}", ran.out);
    }
}

#[test]
fn all_objects_of_all_sources_are_named() {
    let ran = wasipod_with(&["validate", "-f", "examples/projected.yaml", "-f", "-"], POD.as_bytes());
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(
        ran.out,
        "ok examples/projected.yaml: secret/user\nok examples/projected.yaml: secret/pass\n\
         ok examples/projected.yaml: pod/test-projected-volume\nok -: pod/web\n"
    );
}

#[test]
fn the_mistakes_of_the_source_document_are_named_with_place_and_likely_fix() {
    for command in ["validate", "run"] {
        let ran = wasipod(&[command, "-f", "examples/as-written/two-containers.yaml"]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""));
        for part in [
            "examples/as-written/two-containers.yaml:10:5",
            "spec.nodeSelector",
            "disktype: ssd",
            "examples/as-written/two-containers.yaml:13:5",
            "spec.hostAliases[0].hostname",
            "\"hostnames\"",
        ] {
            assert!(ran.err.contains(part), "{part} is missing:\n{}", ran.err);
        }
        assert_eq!(ran.err.matches("error: ").count(), 2, "{}", ran.err);
    }
}

#[test]
fn broken_texts_are_refused_with_a_place() {
    for (manifest, part) in [
        (&b""[..], "no objects found"),
        (b"# only a comment\n", "no objects found"),
        (b"a:\n\t- tab\n", "pod.yaml:2:"),
        (b"- a\n- b\n", "an object must be a map"),
        (b"kind: Pod\n", "apiVersion"),
        (b"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\n", "Deployment"),
        (b"{\"apiVersion\": \"v1\",", "pod.yaml:1:"),
        (b"name: \xe9\n", "not UTF-8"),
    ] {
        let said = refused(manifest);
        assert!(said.contains(part), "{part} is missing:\n{said}");
    }
}

#[test]
fn wrong_fields_are_refused_with_path_and_place() {
    for (line, part) in [
        ("  restartPolicy: Sometimes", "spec.restartPolicy"),
        ("  containres: []", "\"containers\""),
        ("  hostPID: true", "hostPID"),
        ("  hostIPC: true", "hostIPC"),
        ("  terminationGracePeriodSeconds: soon", "spec.terminationGracePeriodSeconds"),
        ("  restartPolicy: Never\n  restartPolicy: Always", "restartPolicy"),
        (
            "    volumeMounts:\n    - {name: missing, mountPath: /x}",
            "spec.containers[0].volumeMounts[0].name",
        ),
    ] {
        let said = refused(&with(line));
        assert!(said.contains(part), "{part} is missing:\n{said}");
        assert!(said.contains("pod.yaml:9:") || said.contains("pod.yaml:10:"), "{said}");
    }
}

#[test]
fn two_pods_of_one_name_are_refused() {
    let said = refused(format!("{POD}---\n{POD}").as_bytes());
    assert!(said.contains("web") && said.contains("twice"), "{said}");
}

#[test]
fn all_mistakes_come_at_once() {
    let said = refused(&with("  restartPolicy: Sometimes\n  nonsense: 1\n  hostPID: true"));
    assert_eq!(said.matches("error: ").count(), 3, "{said}");
}

#[test]
fn hostile_texts_are_refused_quickly() {
    let mut bomb = String::from("a: &a [x,x,x,x,x,x,x,x,x,x]\n");
    for (name, inner) in
        ["b", "c", "d", "e", "f", "g", "h", "i"].iter().zip(["a", "b", "c", "d", "e", "f", "g", "h"])
    {
        bomb.push_str(&format!("{name}: &{name} [{}]\n", vec![format!("*{inner}"); 10].join(",")));
    }
    refused(bomb.as_bytes());
    refused("[".repeat(100_000).as_bytes());
    let said = refused(&vec![b'x'; 10_000_001]);
    assert!(said.contains("larger than 10 MB"), "{}", &said[..said.len().min(300)]);
}

#[test]
fn ten_megabytes_of_yaml_are_read() {
    let mut manifest = format!("{POD}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: big}}\ndata:\n");
    while manifest.len() < 900_000 {
        manifest.push_str(&format!("  key-{}: {}\n", manifest.len(), "x".repeat(1000)));
    }
    let (_folder, paths) = folder(&[("big.yaml", manifest.as_bytes())]);
    let ran = wasipod(&["validate", "-f", text(&paths[0])]);
    assert_eq!(ran.code, 0, "{}", ran.err);
}

#[test]
fn a_secret_is_never_shown() {
    let canary = "q7-canary";
    for line in [
        format!("data: {{key: {canary}}}"),
        format!("stringData: {{key: [{canary}]}}"),
        format!("dta: {canary}"),
    ] {
        let manifest = format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\n{line}\n");
        let said = refused(manifest.as_bytes());
        assert!(!said.contains(canary), "{said}");
    }
}

#[test]
fn a_directory_is_read_and_what_is_missing_is_named() {
    let (folder, _) = folder(&[
        ("b.yaml", POD.as_bytes()),
        ("a.json", br#"{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"n"}}"#),
    ]);
    let ran = wasipod(&["validate", "-f", text(folder.path())]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let objects: Vec<&str> = ran.out.lines().filter_map(|line| line.rsplit(' ').next()).collect();
    assert_eq!(objects, ["namespace/n", "pod/web"]);
    let ran = wasipod(&["validate", "-f", "nowhere.yaml", "-f", "nothing.yaml"]);
    assert_eq!(ran.code, 2);
    assert_eq!(ran.err.matches("there is no such file or directory").count(), 2, "{}", ran.err);
}

#[test]
fn run_refuses_flags_that_contradict_the_manifests() {
    let hello = |arguments: &[&str]| wasipod(&[&["run", "-f", "examples/hello.yaml"], arguments].concat());
    for (arguments, part) in [
        (&["--clock", "virtual", "-p", "8080:hello:80"][..], "-p needs the real clock"),
        (&["--until", "ready", "--exec", "other -- true"], "there is no pod \"other\""),
        (&["--until", "ready", "--exec", "hello -c other -- true"], "has no container \"other\""),
        (&["--until", "exited:other"], "no Pod has a container \"other\""),
        (&["-p", "8080:other:80"], "there is no pod \"other\""),
        (&["--image", "busybox=nowhere.wasm"], "there is no `nowhere.wasm`"),
        (&["--image", "busybox=README.md"], "--image busybox"),
        (&["--host-path", "/data=nowhere"], "`nowhere` is no directory"),
        (&["--node-label", "disktype"], "KEY=VALUE"),
        (&["--enable-admission-plugins", "PodPreset"], "PodPreset is always on"),
    ] {
        let ran = hello(arguments);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains(part), "{part} is missing:\n{}", ran.err);
    }
    let secret = b"apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n";
    let ran = wasipod_with(&["run", "-f", "-"], secret);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("nothing to run"), "{}", ran.err);
}
