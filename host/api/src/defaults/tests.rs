#![allow(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};

use super::*;
use crate::load::{Source, load};

fn defaulted(spec: &str) -> (Object, Value) {
    let text = format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec: {spec}\n");
    let mut loaded = load(&[Source { name: "f", text: &text }]);
    assert_eq!(loaded.diagnostics, []);
    let mut object = loaded.manifests.remove(0).object;
    apply(&mut object, "default");
    let value = object.to_json().unwrap();
    (object, value)
}

#[test]
fn a_bare_pod_gets_every_default_val_2_val_3() {
    let (mut object, value) =
        defaulted("{containers: [{name: c, image: busybox, ports: [{containerPort: 80}]}]}");
    assert_eq!(
        value["spec"],
        json!({
            "containers": [{
                "image": "busybox",
                "imagePullPolicy": "Always",
                "name": "c",
                "ports": [{ "containerPort": 80, "protocol": "TCP" }],
                "resources": {},
                "terminationMessagePath": "/dev/termination-log",
                "terminationMessagePolicy": "File",
            }],
            "dnsPolicy": "ClusterFirst",
            "enableServiceLinks": true,
            "restartPolicy": "Always",
            "schedulerName": "default-scheduler",
            "securityContext": {},
            "terminationGracePeriodSeconds": 30,
        })
    );
    assert_eq!(value["metadata"]["namespace"], "default");
    apply(&mut object, "other");
    assert_eq!(object.to_json().unwrap(), value);
}

#[test]
fn the_pull_policy_depends_on_the_tag_val_3() {
    for (image, latest) in [
        ("busybox", true),
        ("busybox:latest", true),
        ("registry:5000/busybox", true),
        ("busybox:1.27", false),
        ("registry:5000/a/b:1", false),
        ("busybox@sha256:abc", false),
    ] {
        assert_eq!(is_latest(image), latest, "{image}");
    }
}

#[test]
fn limits_become_requests_and_are_rounded_up_val_5() {
    let (_, value) = defaulted(
        "{containers: [{name: c, image: x, resources: {limits: {cpu: 0.0001, memory: 1Gi}, requests: {memory: 512Mi}}}]}",
    );
    let resources = &value["spec"]["containers"][0]["resources"];
    assert_eq!(resources["limits"], json!({ "cpu": "1m", "memory": "1Gi" }));
    assert_eq!(resources["requests"], json!({ "cpu": "1m", "memory": "512Mi" }));
}

#[test]
fn probes_and_volumes_get_theirs_val_6_val_7() {
    let (_, value) = defaulted(
        "{containers: [{name: c, image: x, livenessProbe: {httpGet: {port: 80}, timeoutSeconds: 0}}], volumes: [{name: a}, {name: b, hostPath: {path: /b}}, {name: s, secret: {secretName: s}}, {name: p, projected: {sources: [{serviceAccountToken: {path: t}}, {downwardAPI: {items: [{path: f, fieldRef: {fieldPath: metadata.name}}]}}]}}]}",
    );
    let spec = &value["spec"];
    assert_eq!(
        spec["containers"][0]["livenessProbe"],
        json!({ "failureThreshold": 3, "httpGet": { "path": "/", "port": 80, "scheme": "HTTP" }, "periodSeconds": 10, "successThreshold": 1, "timeoutSeconds": 1 })
    );
    assert_eq!(spec["volumes"][0], json!({ "name": "a", "emptyDir": {} }));
    assert_eq!(spec["volumes"][1]["hostPath"], json!({ "path": "/b", "type": "" }));
    assert_eq!(spec["volumes"][2]["secret"]["defaultMode"], 420);
    let projected = &spec["volumes"][3]["projected"];
    assert_eq!(projected["defaultMode"], 420);
    assert_eq!(projected["sources"][0]["serviceAccountToken"]["expirationSeconds"], 3600);
    assert_eq!(projected["sources"][1]["downwardAPI"]["items"][0]["fieldRef"]["apiVersion"], "v1");
}

#[test]
fn a_pod_on_the_nodes_network_publishes_its_ports_val_4() {
    let (_, value) =
        defaulted("{hostNetwork: true, containers: [{name: c, image: x, ports: [{containerPort: 80}]}]}");
    assert_eq!(value["spec"]["containers"][0]["ports"][0]["hostPort"], 80);
}
