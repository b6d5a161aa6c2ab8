#![allow(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use crate::load::Source;
use crate::manifest;
use crate::model::container::{ContainerPort, ImagePullPolicy, Protocol};
use crate::model::env::{EnvSource, FieldPath, KeyRef, ResourceRef, ResourceSide};
use crate::model::event::{Event, EventType, ObjectRef};
use crate::model::probe::{HookAction, ProbeHandler};
use crate::model::status::{ContainerState, ContainerStatus, PodStatus, Terminated};
use crate::model::{Pod, Quantity, UnixNanos};
use crate::object::Object;

fn pod(spec: &str) -> Pod {
    let text = format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: a, labels: {{x: v}}}}\nspec: {spec}\n");
    let checked = manifest::read(&[Source { name: "f", text: &text }], "default");
    assert!(!checked.has_errors(), "{:?}", checked.diagnostics);
    let Object::Pod(pod) = &checked.manifests[0].object else { panic!("not a Pod") };
    super::pod(pod).unwrap()
}

#[test]
fn a_container_resolves_with_its_units() {
    let pod = pod(
        "{terminationGracePeriodSeconds: 5, initContainers: [{name: i, image: 'x:1'}], containers: [{name: c, image: x, command: [sh], workingDir: /w, ports: [{containerPort: 80, hostPort: 8080}], livenessProbe: {exec: {command: [cat]}, periodSeconds: 5, initialDelaySeconds: 5}, lifecycle: {preStop: {sleep: {seconds: 3}}}, resources: {limits: {memory: 64Mi}}}]}",
    );
    assert_eq!((pod.namespace.as_str(), pod.labels["x"].as_str()), ("default", "v"));
    assert_eq!(pod.spec.termination_grace, Duration::from_secs(5));
    assert_eq!(pod.spec.init_containers[0].image_pull_policy, ImagePullPolicy::IfNotPresent);
    let container = &pod.spec.containers[0];
    let port = ContainerPort {
        name: None,
        container_port: 80,
        host_port: Some(8080),
        host_ip: None,
        protocol: Protocol::Tcp,
    };
    assert_eq!(container.ports, [port]);
    let probe = container.liveness_probe.as_ref().unwrap();
    assert_eq!(probe.handler, ProbeHandler::Exec(vec!["cat".to_owned()]));
    assert_eq!(
        (probe.period, probe.timeout, probe.failure_threshold),
        (Duration::from_secs(5), Duration::from_secs(1), 3)
    );
    assert_eq!(container.lifecycle.pre_stop, Some(HookAction::Sleep(Duration::from_secs(3))));
    assert_eq!(container.resources.requests.memory, container.resources.limits.memory);
    assert_eq!(container.resources.limits.memory.unwrap().0, 67_108_864);
    assert!(!container.is_sidecar());
}

#[test]
fn environment_sources_are_parsed() {
    let pod = pod(
        "{containers: [{name: c, image: x, env: [{name: V, value: v}, {name: S, valueFrom: {secretKeyRef: {name: s, key: k, optional: true}}}, {name: F, valueFrom: {fieldRef: {fieldPath: \"metadata.labels['a/b']\"}}}, {name: R, valueFrom: {resourceFieldRef: {resource: limits.memory, divisor: 1Mi}}}]}]}",
    );
    let sources: Vec<EnvSource> =
        pod.spec.containers[0].env.iter().map(|variable| variable.source.clone()).collect();
    let expected = [
        EnvSource::Value("v".to_owned()),
        EnvSource::SecretKey(KeyRef { name: "s".to_owned(), key: "k".to_owned(), optional: true }),
        EnvSource::Field(FieldPath::Label("a/b".to_owned())),
        EnvSource::Resource(ResourceRef {
            container: "c".to_owned(),
            side: ResourceSide::Limits,
            resource: "memory".to_owned(),
            divisor: Quantity::bytes(1 << 20),
        }),
    ];
    assert_eq!(sources, expected);
}

#[test]
fn a_status_goes_to_the_wire_and_back() {
    let ended = Terminated {
        exit_code: 137,
        reason: "Error".to_owned(),
        message: String::new(),
        started_at: UnixNanos::from_seconds(100),
        finished_at: UnixNanos::from_seconds(175),
        container_id: "wasipod://1".to_owned(),
    };
    let status = PodStatus {
        pod_ips: vec!["10.0.0.1".parse().unwrap()],
        start_time: Some(UnixNanos::from_seconds(99)),
        container_statuses: vec![ContainerStatus {
            name: "c".to_owned(),
            state: ContainerState::waiting("CrashLoopBackOff"),
            last_state: Some(ContainerState::Terminated(ended)),
            ready: false,
            started: false,
            restart_count: 1,
            image: "x".to_owned(),
            image_id: String::new(),
            container_id: "wasipod://1".to_owned(),
        }],
        ..PodStatus::default()
    };
    let wire = k8s_openapi::api::core::v1::PodStatus::from(&status);
    assert_eq!(PodStatus::from(&wire), status);
    let json = serde_json::to_value(&wire).unwrap();
    assert_eq!(json["podIP"], "10.0.0.1");
    assert_eq!(json["startTime"], "1970-01-01T00:01:39Z");
    assert_eq!(json["containerStatuses"][0]["imageID"], "");
    assert_eq!(json["containerStatuses"][0]["lastState"]["terminated"]["exitCode"], 137);
}

#[test]
fn an_event_names_its_container_evt_2_evt_4() {
    let pod = pod("{initContainers: [{name: i, image: x}], containers: [{name: c, image: x}]}");
    let event = Event {
        kind: EventType::Normal,
        reason: "Started".to_owned(),
        message: "Started container i".to_owned(),
        object: ObjectRef::container(&pod, "i"),
        component: "kubelet".to_owned(),
        host: "n".to_owned(),
        first_time: UnixNanos(255),
        last_time: UnixNanos(255),
        count: 1,
    };
    let wire = k8s_openapi::api::core::v1::Event::from(&event);
    assert_eq!(wire.metadata.name.as_deref(), Some("a.ff"));
    assert_eq!(wire.involved_object.field_path.as_deref(), Some("spec.initContainers{i}"));
    assert_eq!(ObjectRef::container(&pod, "c").field_path, "spec.containers{c}");
    assert_eq!(pod.reference(), "a_default()");
}
