#![allow(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};
use wasipod_api::object::{Kind, Object as WireObject};

use super::*;
use crate::tests::object;

fn preset(name: &str, spec: Value) -> PodPreset {
    let value = json!({"metadata": {"name": name, "resourceVersion": "41"}, "spec": spec});
    let WireObject::PodPreset(preset) = object(Kind::PodPreset, value) else { panic!() };
    *preset
}

fn pod(spec: Value) -> Pod {
    let metadata = json!({"name": "website", "labels": {"app": "website", "role": "frontend"}});
    let WireObject::Pod(pod) = object(Kind::Pod, json!({"metadata": metadata, "spec": spec})) else {
        panic!()
    };
    *pod
}

fn website() -> Pod {
    pod(json!({"containers": [{"name": "website", "image": "nginx", "ports": [{"containerPort": 80}]}]}))
}

fn allow_database() -> PodPreset {
    preset(
        "allow-database",
        json!({
            "selector": {"matchLabels": {"role": "frontend"}},
            "env": [{"name": "DB_PORT", "value": "6379"}],
            "volumeMounts": [{"mountPath": "/cache", "name": "cache-volume"}],
            "volumes": [{"name": "cache-volume", "emptyDir": {}}],
        }),
    )
}

fn proxy() -> PodPreset {
    preset(
        "proxy",
        json!({
            "selector": {"matchLabels": {"role": "frontend"}},
            "volumeMounts": [{"mountPath": "/etc/proxy/configs", "name": "proxy-volume"}],
            "volumes": [{"name": "proxy-volume", "emptyDir": {}}],
        }),
    )
}

fn json_of(pod: &Pod) -> Value {
    serde_json::to_value(pod).unwrap()
}

#[test]
fn the_documented_example_is_merged() {
    let mut pod = website();
    merge(&mut pod, &[allow_database(), proxy()]).unwrap();
    let value = json_of(&pod);
    // PP-20, PP-13.
    assert_eq!(value["spec"]["containers"][0]["env"], json!([{"name": "DB_PORT", "value": "6379"}]));
    assert_eq!(
        value["spec"]["containers"][0]["volumeMounts"],
        json!([
            {"mountPath": "/cache", "name": "cache-volume"},
            {"mountPath": "/etc/proxy/configs", "name": "proxy-volume"},
        ])
    );
    assert_eq!(
        value["spec"]["volumes"],
        json!([{"emptyDir": {}, "name": "cache-volume"}, {"emptyDir": {}, "name": "proxy-volume"}])
    );
    assert_eq!(
        value["metadata"]["annotations"],
        json!({
            "podpreset.admission.kubernetes.io/podpreset-allow-database": "41",
            "podpreset.admission.kubernetes.io/podpreset-proxy": "41",
        })
    );
}

#[test]
fn sources_of_environment_are_appended_with_duplicates_and_references_stay_as_written() {
    let spec = json!({
        "selector": {},
        "env": [{"name": "FULL", "value": "$(DB_PORT)/x"}],
        "envFrom": [{"configMapRef": {"name": "etcd-env-config"}}],
    });
    let mut pod = pod(json!({"containers": [
        {"name": "a", "image": "i", "envFrom": [{"configMapRef": {"name": "etcd-env-config"}}]}
    ]}));
    merge(&mut pod, &[preset("p", spec)]).unwrap();
    let container = &json_of(&pod)["spec"]["containers"][0];
    // PP-9.
    assert_eq!(container["envFrom"].as_array().unwrap().len(), 2);
    assert_eq!(container["env"][0]["value"], "$(DB_PORT)/x");
}

#[test]
fn init_containers_get_everything_too_and_what_is_there_identically_stays_once() {
    let mut pod = pod(json!({
        "initContainers": [{"name": "i", "image": "x"}],
        "containers": [{"name": "a", "image": "x", "env": [{"name": "DB_PORT", "value": "6379"}],
            "volumeMounts": [{"mountPath": "/cache", "name": "cache-volume"}]}],
        "volumes": [{"name": "cache-volume", "emptyDir": {}}],
    }));
    merge(&mut pod, &[allow_database()]).unwrap();
    let value = json_of(&pod);
    // PP-8, PP-10, PP-11, PP-12.
    assert_eq!(value["spec"]["initContainers"][0]["env"], value["spec"]["containers"][0]["env"]);
    for list in ["/spec/volumes", "/spec/containers/0/env", "/spec/containers/0/volumeMounts"] {
        assert_eq!(value.pointer(list).unwrap().as_array().unwrap().len(), 1, "{list}");
    }
}

#[test]
fn one_conflict_anywhere_and_the_pod_is_untouched() {
    let container = |extra: Value| {
        let mut container = json!({"name": "a", "image": "x"});
        container.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        json!({"containers": [{"name": "first", "image": "x"}, container]})
    };
    let volumes = json!({"containers": [{"name": "a", "image": "x"}],
        "volumes": [{"name": "cache-volume", "hostPath": {"path": "/c", "type": ""}}]});
    // PP-15.
    let table = [
        (
            container(json!({"env": [{"name": "DB_PORT", "value": "1"}]})),
            "merging env for allow-database has a conflict on DB_PORT: \n\
             core.EnvVar{Name:\"DB_PORT\", Value:\"6379\", ValueFrom:(*core.EnvVarSource)(nil)}\n\
             does not match\n\
             core.EnvVar{Name:\"DB_PORT\", Value:\"1\", ValueFrom:(*core.EnvVarSource)(nil)}\n in container",
        ),
        (
            container(json!({"volumeMounts": [{"name": "other", "mountPath": "/cache"}]})),
            "merging volume mounts for allow-database has a conflict on mount path /cache: \n\
             core.VolumeMount{Name:\"cache-volume\", ReadOnly:false, MountPath:\"/cache\", SubPath:\"\", MountPropagation:(*core.MountPropagationMode)(nil), SubPathExpr:\"\"}\n\
             does not match\n\
             core.VolumeMount{Name:\"other\", ReadOnly:false, MountPath:\"/cache\", SubPath:\"\", MountPropagation:(*core.MountPropagationMode)(nil), SubPathExpr:\"\"}\n in container",
        ),
        (
            container(json!({"volumeMounts": [{"name": "cache-volume", "mountPath": "/elsewhere"}]})),
            "merging volume mounts for allow-database has a conflict on cache-volume: \n",
        ),
        (
            volumes,
            "merging volumes for allow-database has a conflict on cache-volume: \n\
             core.Volume{Name:\"cache-volume\", VolumeSource:core.VolumeSource({\"emptyDir\":{}})}\n\
             does not match\n\
             core.Volume{Name:\"cache-volume\", VolumeSource:core.VolumeSource({\"hostPath\":{\"path\":\"/c\",\"type\":\"\"}})}\n",
        ),
    ];
    for (spec, message) in table {
        let mut given = pod(spec);
        let before = given.clone();
        let conflict = merge(&mut given, &[proxy(), allow_database()]).unwrap_err();
        assert!(conflict.starts_with(message), "{conflict}");
        assert_eq!(given, before, "PP-7");
    }
}

#[test]
fn presets_conflict_with_each_other_and_all_conflicts_are_told_once() {
    let other =
        preset("other", json!({"selector": {}, "env": [{"name": "DB_PORT", "value": "1"}, {"name": "X"}]}));
    let third = preset("third", json!({"selector": {}, "env": [{"name": "X", "value": "2"}]}));
    let mut pod = pod(json!({"containers": [{"name": "a", "image": "x"}, {"name": "b", "image": "x"}]}));
    let conflict = merge(&mut pod, &[allow_database(), other, third]).unwrap_err();
    assert!(conflict.starts_with("[merging env for other has a conflict on DB_PORT"), "{conflict}");
    assert_eq!(conflict.matches("merging env").count(), 2, "{conflict}");
}

#[test]
fn who_matches_and_who_is_left_alone() {
    let names = |pod: &Pod, presets: Vec<PodPreset>| -> Vec<String> {
        matching(presets, pod).unwrap().iter().map(|preset| name(preset).to_owned()).collect()
    };
    let others = preset(
        "others",
        json!({"selector": {"matchExpressions": [{"key": "role", "operator": "DoesNotExist"}]}}),
    );
    let all = preset("all", json!({"selector": {}}));
    let presets = || vec![all.clone(), allow_database(), others.clone()];
    assert_eq!(names(&website(), presets()), ["all", "allow-database"], "PP-6");
    // PP-5.
    for (key, value, left_alone) in [(EXCLUDE, "true", true), (EXCLUDE, "True", false), (MIRROR, "x", true)] {
        let mut pod = website();
        pod.metadata.annotations = Some([(key.to_owned(), value.to_owned())].into());
        assert_eq!(names(&pod, presets()).is_empty(), left_alone, "{key}: {value}");
    }
    let broken = preset("p", json!({"selector": {"matchExpressions": [{"key": "a", "operator": "Like"}]}}));
    let error = matching(vec![broken], &website()).unwrap_err();
    assert_eq!(error, "filtering pod presets failed: not a valid selector operator", "PP-17");
}

#[test]
fn without_a_preset_nothing_changes() {
    let mut pod = website();
    merge(&mut pod, &[]).unwrap();
    assert_eq!(pod, website(), "PP-6");
}
