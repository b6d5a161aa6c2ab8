#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::load::{Source, load};
use crate::{defaults, nearest};

/// The violations of a Pod with these lines under `spec`, container lines under `spec.containers[0]`.
fn pod(spec: &str, container: &str) -> Vec<String> {
    let text = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec: {{containers: [{{name: c, image: x, {container}}}], {spec}}}\n"
    );
    object(&text)
}

fn object(text: &str) -> Vec<String> {
    let mut loaded = load(&[Source { name: "f", text }]);
    assert_eq!(loaded.diagnostics, [], "{text}");
    let object = &mut loaded.manifests[0].object;
    defaults::apply(object, "default");
    validate(object).iter().map(ToString::to_string).collect()
}

#[test]
fn rules_for_the_pod_in_the_servers_words() {
    for (rule, spec, expected) in [
        (
            "VAL-57",
            "restartPolicy: x",
            "spec.restartPolicy: Unsupported value: \"x\": supported values: \"Always\", \"OnFailure\", \"Never\"",
        ),
        (
            "VAL-57",
            "dnsPolicy: x",
            "spec.dnsPolicy: Unsupported value: \"x\": supported values: \"ClusterFirstWithHostNet\", \"ClusterFirst\", \"Default\", \"None\"",
        ),
        (
            "VAL-58",
            "dnsPolicy: None",
            "spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None",
        ),
        (
            "VAL-58",
            "dnsPolicy: None, dnsConfig: {searches: [a]}",
            "spec.dnsConfig.nameservers: Required value: must provide at least one DNS nameserver when `dnsPolicy` is None",
        ),
        (
            "VAL-59",
            "hostAliases: [{ip: 1.2.3, hostnames: [a]}]",
            "spec.hostAliases[0].ip: Invalid value: \"1.2.3\": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
        ),
        (
            "VAL-60",
            "activeDeadlineSeconds: 0",
            "spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive",
        ),
        (
            "VAL-60",
            "ephemeralContainers: [{name: e, image: x}]",
            "spec.ephemeralContainers: Forbidden: cannot be set on create",
        ),
        (
            "VAL-41",
            "initContainers: [{name: c, image: x}]",
            "spec.initContainers[0].name: Duplicate value: \"c\"",
        ),
        ("VAL-41", "initContainers: [{image: x}]", "spec.initContainers[0].name: Required value"),
        (
            "VAL-55",
            "initContainers: [{name: i, image: x, livenessProbe: {exec: {command: [a]}}}]",
            "spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without restartPolicy=Always",
        ),
        (
            "VAL-56",
            "initContainers: [{name: i, image: x, restartPolicy: Never}]",
            "spec.initContainers[0].restartPolicy: Unsupported value: \"Never\": supported values: \"Always\"",
        ),
        ("VAL-47", "volumes: [{name: v}, {name: v}]", "spec.volumes[1].name: Duplicate value: \"v\""),
        ("VAL-47", "volumes: [{emptyDir: {}}]", "spec.volumes[0].name: Required value"),
        (
            "VAL-47",
            "volumes: [{name: v, hostPath: {path: /a}, emptyDir: {}}]",
            "spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type",
        ),
        (
            "VAL-47",
            "volumes: [{name: v, hostPath: {path: /a/../b}}]",
            "spec.volumes[0].hostPath.path: Invalid value: \"/a/../b\": must not contain '..'",
        ),
        (
            "VAL-47",
            "volumes: [{name: v, hostPath: {path: /a, type: Dir}}]",
            "spec.volumes[0].hostPath.type: Unsupported value: \"Dir\": supported values: \"\", \"BlockDevice\", \"CharDevice\", \"Directory\", \"DirectoryOrCreate\", \"File\", \"FileOrCreate\", \"Socket\"",
        ),
        (
            "VAL-48",
            "volumes: [{name: v, secret: {secretName: s, defaultMode: 01000}}]",
            "spec.volumes[0].secret.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive",
        ),
        (
            "VAL-48",
            "volumes: [{name: v, secret: {items: []}}]",
            "spec.volumes[0].secret.secretName: Required value",
        ),
        (
            "VAL-48",
            "volumes: [{name: v, configMap: {name: m, items: [{key: k, path: /a}]}}]",
            "spec.volumes[0].configMap.items[0].path: Invalid value: \"/a\": must be a relative path",
        ),
        (
            "VAL-48",
            "volumes: [{name: v, configMap: {name: m, items: [{key: k, path: ..a}]}}]",
            "spec.volumes[0].configMap.items[0].path: Invalid value: \"..a\": must not start with '..'",
        ),
        (
            "VAL-49",
            "volumes: [{name: v, projected: {sources: [{secret: {name: a, items: [{key: k, path: p}]}}, {configMap: {name: b, items: [{key: k, path: p}]}}]}}]",
            "spec.volumes[0].projected.sources[1].configMap.items[0].path: Invalid value: \"p\": conflicting duplicate paths",
        ),
        (
            "VAL-49",
            "volumes: [{name: v, projected: {sources: [{secret: {name: a}, configMap: {name: b}}]}}]",
            "spec.volumes[0].projected.sources[0].configMap: Forbidden: may not specify more than 1 volume type per source",
        ),
        (
            "VAL-49",
            "volumes: [{name: v, projected: {sources: [{serviceAccountToken: {path: t, expirationSeconds: 60}}]}}]",
            "spec.volumes[0].projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes",
        ),
        (
            "VAL-51",
            "volumes: [{name: v, downwardAPI: {items: [{path: p, fieldRef: {fieldPath: spec.nodeName}}]}}]",
            "spec.volumes[0].downwardAPI.items[0].fieldRef.fieldPath: Unsupported value: \"spec.nodeName\": supported values: \"metadata.annotations\", \"metadata.labels\", \"metadata.name\", \"metadata.namespace\", \"metadata.uid\"",
        ),
        (
            "VAL-52",
            "volumes: [{name: v, downwardAPI: {items: [{path: p, resourceFieldRef: {resource: limits.cpu}}]}}]",
            "spec.volumes[0].downwardAPI.items[0].resourceFieldRef.containerName: Required value",
        ),
        (
            "PID-1",
            "shareProcessNamespace: true, hostPID: true",
            "spec.shareProcessNamespace: Invalid value: true: ShareProcessNamespace and HostPID cannot both be enabled",
        ),
    ] {
        assert_eq!(pod(spec, ""), [expected], "{rule}");
    }
}

#[test]
fn rules_for_containers_in_the_servers_words() {
    let at = "spec.containers[0].";
    for (rule, container, expected) in [
        (
            "VAL-42",
            "image: ' x'",
            "image: Invalid value: \" x\": must not have leading or trailing whitespace",
        ),
        ("VAL-43", "ports: [{hostPort: 1}]", "ports[0].containerPort: Required value"),
        (
            "VAL-43",
            "ports: [{containerPort: 70000}]",
            "ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
        ),
        (
            "VAL-43",
            "ports: [{containerPort: 1, name: a}, {containerPort: 2, name: a}]",
            "ports[1].name: Duplicate value: \"a\"",
        ),
        (
            "VAL-43",
            "ports: [{containerPort: 1, protocol: tcp}]",
            "ports[0].protocol: Unsupported value: \"tcp\": supported values: \"SCTP\", \"TCP\", \"UDP\"",
        ),
        (
            "VAL-34",
            "ports: [{containerPort: 1, name: 'a--b'}]",
            "ports[0].name: Invalid value: \"a--b\": must not contain consecutive hyphens",
        ),
        (
            "VAL-34",
            "ports: [{containerPort: 1, name: '80'}]",
            "ports[0].name: Invalid value: \"80\": must contain at least one letter (a-z)",
        ),
        (
            "VAL-44",
            "ports: [{containerPort: 1, hostPort: 8080}, {containerPort: 2, hostPort: 8080}]",
            "ports[1].hostPort: Duplicate value: \"TCP//8080\"",
        ),
        ("VAL-45", "volumeMounts: [{name: v, mountPath: /a}]", "volumeMounts[0].name: Not found: \"v\""),
        (
            "VAL-50",
            "env: [{name: a=b}]",
            "env[0].name: Invalid value: \"a=b\": a valid environment variable name must consist only of printable ASCII characters other than '='",
        ),
        (
            "VAL-50",
            "env: [{name: a, value: b, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]",
            "env[0].valueFrom: Invalid value: \"\": may not be specified when `value` is not empty",
        ),
        (
            "VAL-50",
            "envFrom: [{prefix: a}]",
            "envFrom[0]: Invalid value: \"\": must specify one of: `configMapRef` or `secretRef`",
        ),
        (
            "VAL-51",
            "env: [{name: a, valueFrom: {fieldRef: {fieldPath: metadata.labels}}}]",
            "env[0].valueFrom.fieldRef.fieldPath: Unsupported value: \"metadata.labels\": supported values: \"metadata.name\", \"metadata.namespace\", \"metadata.uid\", \"spec.nodeName\", \"spec.serviceAccountName\", \"status.hostIP\", \"status.hostIPs\", \"status.podIP\", \"status.podIPs\"",
        ),
        (
            "VAL-51",
            "env: [{name: a, valueFrom: {fieldRef: {fieldPath: x}}}]",
            "env[0].valueFrom.fieldRef.fieldPath: Invalid value: \"x\": error converting fieldPath: field label not supported: x",
        ),
        (
            "VAL-52",
            "env: [{name: a, valueFrom: {resourceFieldRef: {resource: limits.cpu, divisor: 2}}}]",
            "env[0].valueFrom.resourceFieldRef.divisor: Unsupported value: \"2\": supported values: \"1\", \"1m\"",
        ),
        ("VAL-53", "livenessProbe: {}", "livenessProbe: Required value: must specify a handler type"),
        (
            "VAL-53",
            "livenessProbe: {exec: {command: [a]}, tcpSocket: {port: 1}}",
            "livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type",
        ),
        (
            "VAL-53",
            "livenessProbe: {exec: {command: [a]}, successThreshold: 2}",
            "livenessProbe.successThreshold: Invalid value: 2: must be 1",
        ),
        (
            "VAL-53",
            "readinessProbe: {exec: {command: [a]}, periodSeconds: -1}",
            "readinessProbe.periodSeconds: Invalid value: -1: must be greater than or equal to 0",
        ),
        (
            "VAL-53",
            "readinessProbe: {exec: {command: [a]}, terminationGracePeriodSeconds: 1}",
            "readinessProbe.terminationGracePeriodSeconds: Invalid value: 1: must not be set for readinessProbes",
        ),
        (
            "VAL-54",
            "lifecycle: {preStop: {sleep: {seconds: 31}}}",
            "lifecycle.preStop.sleep.seconds: Invalid value: 31: must be non-negative and less than terminationGracePeriodSeconds (30)",
        ),
        ("VAL-54", "lifecycle: {preStop: {exec: {}}}", "lifecycle.preStop.exec.command: Required value"),
        (
            "VAL-56",
            "restartPolicy: Always",
            "restartPolicy: Forbidden: may not be set for non-init containers",
        ),
        (
            "VAL-57",
            "imagePullPolicy: x",
            "imagePullPolicy: Unsupported value: \"x\": supported values: \"Always\", \"IfNotPresent\", \"Never\"",
        ),
        (
            "VAL-61",
            "resources: {requests: {cpu: 2}, limits: {cpu: 1}}",
            "resources.requests: Invalid value: \"2\": must be less than or equal to cpu limit of 1",
        ),
    ] {
        let found = if container.starts_with("image:") {
            object(&format!(
                "apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec: {{containers: [{{name: c, {container}}}]}}\n"
            ))
        } else {
            pod("", container)
        };
        assert_eq!(found, [format!("{at}{expected}")], "{rule}");
    }
}

#[test]
fn mounts_may_not_share_a_path_and_sub_paths_stay_inside() {
    let found = pod(
        "volumes: [{name: v}]",
        "volumeMounts: [{name: v, mountPath: /a, subPath: ../x}, {name: v, mountPath: /a}, {name: v, mountPath: /b, mountPropagation: Bidirectional, recursiveReadOnly: Enabled}]",
    );
    assert_eq!(
        found,
        [
            "volumeMounts.subPath: Invalid value: \"../x\": must not contain '..'",
            "spec.containers[0].volumeMounts[1].mountPath: Invalid value: \"/a\": must be unique",
            "spec.containers[0].volumeMounts[2].mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged containers",
            "spec.containers[0].volumeMounts[2].recursiveReadOnly: Forbidden: may only be specified when readOnly is true",
            "spec.containers[0].volumeMounts[2].recursiveReadOnly: Forbidden: may only be specified when mountPropagation is None or not specified",
        ]
    );
}

#[test]
fn names_follow_their_rules() {
    assert_eq!(
        object("apiVersion: v1\nkind: Pod\nmetadata: {}\nspec: {containers: [{name: c, image: x}]}\n"),
        ["metadata.name: Required value: name or generateName is required"]
    );
    assert_eq!(
        object(
            "apiVersion: v1\nkind: Pod\nmetadata: {generateName: a-}\nspec: {containers: [{name: c, image: x}]}\n"
        ),
        [""; 0]
    );
    assert_eq!(
        object("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: []}\n"),
        ["spec.containers: Required value"]
    );
    assert_eq!(names::dns_label("a.b"), ["must not contain dots"]);
    assert_eq!(names::dns_label(&"a".repeat(64)), ["must be no more than 63 characters"]);
    assert!(names::dns_subdomain("a.b-c.d").is_empty());
    for bad in ["", "A", "-a", "a-", "a_b", "a..b"] {
        assert_eq!(names::dns_subdomain(bad).len(), 1, "{bad}");
    }
    assert!(names::qualified_name("example.com/My_name.x").is_empty());
    for bad in ["", "/a", "a/", "a/b/c", "-a", "Ex/a"] {
        assert!(!names::qualified_name(bad).is_empty(), "{bad}");
    }
    assert!(names::label_value("").is_empty());
    assert_eq!(names::config_key("..x"), ["must not start with '..'"]);
}

#[test]
fn generated_names_are_cut_and_get_five_letters_val_36() {
    let mut next = 0;
    let name = names::generate(&"a".repeat(100), |below| {
        next = (next + 7) % below;
        next
    });
    assert_eq!(name.len(), 63);
    assert!(name[58..].bytes().all(|byte| b"bcdfghjklmnpqrstvwxz2456789".contains(&byte)), "{name}");
}

#[test]
fn presets_need_something_to_add_pp_3() {
    let preset = |spec: &str| {
        object(&format!(
            "apiVersion: settings.k8s.io/v1alpha1\nkind: PodPreset\nmetadata: {{name: p}}\nspec: {spec}\n"
        ))
    };
    assert_eq!(
        preset("{selector: {}}"),
        ["spec.volumes.env.envFrom.volumeMounts: Required value: must specify at least one"]
    );
    assert_eq!(
        preset("{volumeMounts: [{name: v, mountPath: /a}]}"),
        ["spec.volumeMounts[0].name: Not found: \"v\""]
    );
    assert_eq!(preset("{env: [{name: A, value: b}]}"), [""; 0]);
}

#[test]
fn causes_carry_reason_and_message_val_20() {
    let error = FieldError {
        path: "spec.x".into(),
        kind: ErrorKind::Invalid,
        value: "1".into(),
        detail: "no".into(),
    };
    assert_eq!(
        (error.kind.reason(), error.message().as_str()),
        ("FieldValueInvalid", "Invalid value: 1: no")
    );
    assert_eq!("a\"b\\\n".shown(), "\"a\\\"b\\\\\\n\"");
    assert_eq!(nearest::nearest("x", &[]), None);
}
