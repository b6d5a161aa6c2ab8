#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::model::{PodSpec, VolumeSource};
use crate::resolve;

fn checked(text: &str) -> Checked {
    read(&[Source { name: "pod.yaml", text }], "default")
}

/// Every finding as one line.
fn lines(text: &str) -> Vec<String> {
    checked(text).diagnostics.iter().map(ToString::to_string).collect()
}

fn pod_with(spec: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec:\n  containers:\n  - {{name: c, image: busybox}}\n{spec}"
    )
}

fn resolved(text: &str) -> PodSpec {
    let checked = checked(text);
    assert_eq!(checked.diagnostics, []);
    let Object::Pod(pod) = &checked.manifests.last().unwrap().object else { panic!("not a Pod") };
    resolve::pod(pod).unwrap().spec
}

#[test]
fn the_seeds_load_without_a_word() {
    for text in [
        include_str!("../../testdata/javaweb.yaml"),
        include_str!("../../testdata/liveness-exec.yaml"),
        include_str!("../../testdata/podpreset.yaml"),
        include_str!("../../testdata/projected.yaml"),
        include_str!("../../testdata/two-containers.yaml"),
    ] {
        resolved(text);
    }
}

#[test]
fn the_file_as_written_in_the_book_is_refused_naming_both_mistakes() {
    let text = include_str!("../../testdata/as-written-two-containers.yaml");
    assert_eq!(
        lines(text),
        [
            "pod.yaml:10:5: error: spec.nodeSelector: expected a map, got the string \"disktype:ssd\"; \
             hint: a space is missing after the colon: \"disktype: ssd\"",
            "pod.yaml:13:5: error: unknown field \"spec.hostAliases[0].hostname\"; hint: did you mean \"hostnames\"?",
        ]
    );
    assert_eq!(checked(text).diagnostics[1].line_text, "    hostname:");
}

#[test]
fn two_secrets_project_into_one_volume() {
    let spec = resolved(include_str!("../../testdata/projected.yaml"));
    let VolumeSource::Projected { sources, default_mode } = &spec.volumes[0].source else {
        panic!("not projected")
    };
    assert_eq!((sources.len(), *default_mode), (2, 0o644));
    assert!(spec.containers[0].volume_mounts[0].read_only);
}

#[test]
fn mistakes_of_all_sorts_come_together() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: A}\nspec:\n  restartPolicy: Sometimes\n  hostPID: true\n  containers:\n  - name: c\n    iamge: busybox\n    ports:\n    - containerPort: \"80\"\n    - containerPort: 70000\n    volumeMounts:\n    - {name: dta, mountPath: /x}\n    tty: yes\n  volumes:\n  - name: data\n";
    let found = lines(text);
    let expect = [
        "pod.yaml:3:18: error: metadata.name: Invalid value: \"A\": a lowercase RFC 1123 subdomain",
        "pod.yaml:5:18: error: spec.restartPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", \"OnFailure\", \"Never\"",
        "pod.yaml:6:12: error: not supported: spec.hostPID: ",
        "pod.yaml:9:5: error: unknown field \"spec.containers[0].iamge\"; hint: did you mean \"image\"?",
        "pod.yaml:11:22: error: spec.containers[0].ports[0].containerPort: expected an integer, got the string \"80\"; hint: remove the quotes: 80",
        "pod.yaml:12:22: error: spec.containers[0].ports[1].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
        "pod.yaml:14:14: error: spec.containers[0].volumeMounts[0].name: Not found: \"dta\"; hint: did you mean \"data\"?",
        "pod.yaml:15:10: error: not supported yet: spec.containers[0].tty: ",
    ];
    assert_eq!(found.len(), expect.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expect) {
        assert!(found.starts_with(expected), "{found}\n{expected}");
    }
}

#[test]
fn two_objects_of_one_name_are_an_error() {
    let pod = pod_with("");
    let sources = [Source { name: "a.yaml", text: &pod }, Source { name: "b.yaml", text: &pod }];
    let found = read(&sources, "default").diagnostics;
    assert_eq!(
        found.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["b.yaml:3:18: error: metadata.name: Duplicate value: \"a\": Pod a is given twice; \
          hint: the first one is at a.yaml:3"]
    );
    let elsewhere = pod.replace("{name: a}", "{name: a, namespace: other}");
    let sources = [Source { name: "a.yaml", text: &pod }, Source { name: "b.yaml", text: &elsewhere }];
    assert_eq!(read(&sources, "default").diagnostics, []);
    let generated = pod.replace("{name: a}", "{generateName: a-}");
    assert_eq!(lines(&format!("{generated}\n---\n{generated}")), [""; 0]);
}

#[test]
fn what_is_not_built_yet_is_refused_and_what_is_harmless_is_warned_about() {
    let found =
        lines(&pod_with("  hostNetwork: true\n  tolerations: [{operator: Exists}]\n  hostIPC: false\n"));
    assert_eq!(
        found,
        [
            "pod.yaml:7:16: error: not supported yet: spec.hostNetwork: publish ports with hostPort",
            "pod.yaml:8:3: warning: spec.tolerations: ignored: the node has no taints",
        ]
    );
}

#[test]
fn a_volume_that_is_not_declared_is_named() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - name: c\n    image: x\n    volumeMounts:\n    - name: data\n      mountPath: /data\n";
    assert_eq!(
        lines(text),
        ["pod.yaml:9:13: error: spec.containers[0].volumeMounts[0].name: Not found: \"data\"; \
          hint: declare it under spec.volumes"]
    );
}

#[test]
fn secrets_stay_out_of_every_finding() {
    for text in [
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData:\n  password: 123454321\n  other: {hunter2: hunter2}\n",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata:\n  password: hunter2!\n",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData:\n  password:hunter2\n",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData:\n  a: b\n  password:hunter2\n",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData:\n\tpassword: hunter2\n",
        "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"nme\":\"s\"},\"stringData\":{\"a\":\"hunter2\"}}",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: hunter2\n",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: [hunter2]\nimmutable: hunter2\n",
    ] {
        let checked = checked(text);
        assert!(checked.has_errors(), "{text}");
        let shown = format!("{:?}", checked.diagnostics);
        assert!(!shown.contains("hunter2") && !shown.contains("123454321"), "{shown}");
    }
}

#[test]
fn string_data_is_merged_into_data() {
    let text =
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {a: YQ==, b: Yg==}\nstringData: {b: B}\n";
    let checked = checked(text);
    assert_eq!(checked.diagnostics, []);
    let Object::Secret(secret) = &checked.manifests[0].object else { panic!("not a Secret") };
    assert!(secret.string_data.is_none());
    let secret = resolve::secret(secret);
    assert_eq!(secret.data["a"].expose(), b"a");
    assert_eq!(secret.data["b"].expose(), b"B");
    assert_eq!(secret.kind, "Opaque");
    assert!(!format!("{secret:?}").contains("[66]"));
}
