#![allow(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};

use super::*;
use crate::tests::{Fake, Heard, object, store_at};

fn admission() -> (Admission, Store, Heard) {
    let (store, heard) = (store_at(&Fake::default()), Heard::default());
    let admission = Admission::new(store.clone(), Arc::new(heard.clone()));
    admission.bootstrap().unwrap();
    (admission, store, heard)
}

fn pod(name: &str, extra: &Value) -> WireObject {
    let mut spec = json!({"containers": [{"name": "a", "image": "busybox"}]});
    spec.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    object(Kind::Pod, json!({"metadata": {"name": name, "labels": {"role": "frontend"}}, "spec": spec}))
}

fn preset(value: &str) -> WireObject {
    object(
        Kind::PodPreset,
        json!({"metadata": {"name": "p"}, "spec": {
            "selector": {"matchLabels": {"role": "frontend"}},
            "env": [{"name": "A", "value": value}],
            "volumes": [{"name": "s", "secret": {"secretName": "x"}}],
        }}),
    )
}

#[test]
fn a_cluster_begins_with_four_namespaces_and_their_accounts() {
    let (admission, store, _) = admission();
    let names: Vec<_> = store.list(Resource::NAMESPACES, None).items;
    assert_eq!(
        names.iter().map(Object::name).collect::<Vec<_>>(),
        ["default", "kube-node-lease", "kube-public", "kube-system"]
    );
    // API-86.
    let default = names[0].as_value();
    assert_eq!(default["metadata"]["labels"]["kubernetes.io/metadata.name"], "default");
    assert_eq!(default["status"]["phase"], "Active");
    assert_eq!(store.list(Resource::SERVICE_ACCOUNTS, None).items.len(), 4);
    admission.bootstrap().unwrap();
}

#[test]
fn a_pod_gets_what_the_api_server_gives_it() {
    let (admission, _, heard) = admission();
    let mut given = pod("web", &json!({}));
    if let WireObject::Pod(pod) = &mut given {
        pod.status = Some(serde_json::from_value(json!({"phase": "Running", "podIP": "1.2.3.4"})).unwrap());
        pod.metadata.uid = Some("mine".to_owned());
        pod.metadata.resource_version = Some("77".to_owned());
    }
    let stored = admission.create(given).unwrap();
    let value = stored.as_value();
    // VAL-13.
    assert_eq!(value["status"], json!({"phase": "Pending", "qosClass": "BestEffort"}));
    assert_eq!(value["metadata"]["generation"], 1);
    assert_ne!(stored.uid(), "mine");
    // VAL-9, VAL-12.
    let spec = &value["spec"];
    assert_eq!(
        (&spec["serviceAccountName"], &spec["serviceAccount"]),
        (&json!("default"), &json!("default"))
    );
    assert_eq!((&spec["priority"], &spec["preemptionPolicy"]), (&json!(0), &json!("PreemptLowerPriority")));
    // VAL-11.
    let bears = |key: &str| json!({"effect": "NoExecute", "key": key, "operator": "Exists", "tolerationSeconds": 300});
    assert_eq!(
        spec["tolerations"],
        json!([bears("node.kubernetes.io/not-ready"), bears("node.kubernetes.io/unreachable")])
    );
    assert!(heard.take().is_empty());
}

#[test]
fn a_pod_that_bears_a_lost_node_already_keeps_its_own_word() {
    let (admission, ..) = admission();
    let own = json!([{"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 5}]);
    let stored = admission.create(pod("a", &json!({"tolerations": own}))).unwrap();
    assert_eq!(stored.as_value()["spec"]["tolerations"].as_array().unwrap().len(), 2, "VAL-11");
    let all = json!([{"operator": "Exists"}]);
    let stored = admission.create(pod("b", &json!({"tolerations": all}))).unwrap();
    assert_eq!(stored.as_value()["spec"]["tolerations"].as_array().unwrap().len(), 1);
}

#[test]
fn refusals_have_the_servers_words_and_store_nothing() {
    let (admission, store, _) = admission();
    let mut elsewhere = pod("web", &json!({}));
    elsewhere.metadata_mut().namespace = Some("nowhere".to_owned());
    let both = pod("web", &json!({"containers": [{"name": "A", "image": "x"}, {"name": "b", "image": ""}]}));
    let table = [
        (elsewhere, r#"namespaces "nowhere" not found"#, 404),
        (
            pod("web", &json!({"serviceAccountName": "robot"})),
            r#"pods "web" is forbidden: error looking up service account default/robot: serviceaccount "robot" not found"#,
            403,
        ),
        (
            pod("web", &json!({"priorityClassName": "high"})),
            r#"pods "web" is forbidden: no PriorityClass with name high was found"#,
            403,
        ),
        (
            pod("web", &json!({"priority": 5})),
            r#"pods "web" is forbidden: the integer value of priority (5) must not be provided in pod spec; priority admission controller computed 0 from the given PriorityClass name"#,
            403,
        ),
        (
            pod("web", &json!({"containers": []})),
            r#"Pod "web" is invalid: spec.containers: Required value"#,
            422,
        ),
        (both, r#"Pod "web" is invalid: [spec.containers[0].name: Invalid value: "A": a lowercase"#, 422),
    ];
    for (object, text, code) in table {
        let refusal = admission.create(object).unwrap_err();
        assert!(refusal.to_string().starts_with(text), "{refusal}");
        assert_eq!(refusal.code(), code, "{refusal}");
    }
    assert!(store.list(Resource::PODS, None).items.is_empty());
}

#[test]
fn the_systems_priority_classes_are_known() {
    let (admission, ..) = admission();
    let stored = admission.create(pod("web", &json!({"priorityClassName": "system-node-critical"}))).unwrap();
    assert_eq!(stored.as_value()["spec"]["priority"], 2_000_001_000);
}

#[test]
fn an_accounts_pull_secrets_go_to_pods_without_their_own() {
    let (admission, ..) = admission();
    let account = json!({"metadata": {"name": "robot"}, "imagePullSecrets": [{"name": "key"}]});
    admission.create(object(Kind::ServiceAccount, account)).unwrap();
    let stored = admission.create(pod("web", &json!({"serviceAccountName": "robot"}))).unwrap();
    assert_eq!(stored.as_value()["spec"]["imagePullSecrets"], json!([{"name": "key"}]), "VAL-9");
}

#[test]
fn a_presets_parts_are_injected_and_get_their_defaults() {
    let (admission, _, heard) = admission();
    let preset = admission.create(preset("1")).unwrap();
    let stored = admission.create(pod("web", &json!({}))).unwrap();
    let value = stored.as_value();
    let version = preset.version().unwrap().to_string();
    assert_eq!(
        value["metadata"]["annotations"]["podpreset.admission.kubernetes.io/podpreset-p"],
        json!(version)
    );
    assert_eq!(value["spec"]["containers"][0]["env"], json!([{"name": "A", "value": "1"}]));
    assert_eq!(value["spec"]["volumes"][0]["secret"]["defaultMode"], 420, "PP-16");
    assert!(heard.take().is_empty());
}

#[test]
fn a_conflict_leaves_the_pod_as_it_was_and_is_told_in_an_event() {
    let (admission, _, heard) = admission();
    admission.create(preset("1")).unwrap();
    let containers = json!([{"name": "a", "image": "x", "env": [{"name": "A", "value": "2"}]}]);
    let stored = admission.create(pod("web", &json!({"containers": containers}))).unwrap();
    assert!(stored.as_value()["metadata"].get("annotations").is_none(), "PP-7");
    assert!(stored.as_value()["spec"].get("volumes").is_none());
    let told = heard.take();
    assert_eq!(told.len(), 1);
    assert!(
        told[0].starts_with("PodPresetConflict: merging env for p has a conflict on A: "),
        "PP-14: {told:?}"
    );
}

#[test]
fn applying_again_configures_what_differs_and_refuses_pods() {
    let (admission, store, _) = admission();
    assert!(matches!(admission.apply(preset("1")).unwrap(), Applied::Created(_)));
    assert!(matches!(admission.apply(preset("1")).unwrap(), Applied::Unchanged(_)));
    assert!(matches!(admission.apply(preset("2")).unwrap(), Applied::Configured(_)));
    let namespace = object(Kind::Namespace, json!({"metadata": {"name": "default"}}));
    assert!(matches!(admission.apply(namespace).unwrap(), Applied::Unchanged(_)));
    let secret = json!({"metadata": {"name": "s"}, "stringData": {"a": "b"}});
    admission.apply(object(Kind::Secret, secret.clone())).unwrap();
    assert!(matches!(admission.apply(object(Kind::Secret, secret)).unwrap(), Applied::Unchanged(_)));
    assert_eq!(store.get(Resource::SECRETS, "default", "s").unwrap().as_value()["data"]["a"], "Yg==");
    admission.apply(pod("web", &json!({}))).unwrap();
    let refusal = admission.apply(pod("web", &json!({}))).unwrap_err();
    assert_eq!(refusal.to_string(), r#"pods "web" already exists"#);
}

#[test]
fn a_gated_pod_says_that_it_waits() {
    let (admission, ..) = admission();
    let stored =
        admission.create(pod("web", &json!({"schedulingGates": [{"name": "example.com/g"}]}))).unwrap();
    assert_eq!(stored.as_value()["status"]["conditions"][0]["reason"], "SchedulingGated", "VAL-13");
}
