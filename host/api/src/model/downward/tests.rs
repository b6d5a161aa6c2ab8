#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::load::Source;
use crate::manifest;
use crate::model::resources::{ByteSize, MilliCpu};
use crate::model::status::QosClass;
use crate::object::Object;
use crate::resolve;

fn pod(resources: &str) -> Pod {
    let text = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: a, labels: {{b: '2', a: 'x \"q\"'}}}}\nspec: {{containers: [{{name: c, image: x, resources: {resources}}}]}}\n"
    );
    let checked = manifest::read(&[Source { name: "f", text: &text }], "default");
    let Object::Pod(pod) = &checked.manifests[0].object else { panic!("not a Pod") };
    resolve::pod(pod).unwrap()
}

#[test]
fn labels_are_sorted_quoted_lines_vol_17() {
    let pod = pod("{}");
    assert_eq!(FieldPath::Labels.value(&pod, Addresses::default()), "a=\"x \\\"q\\\"\"\nb=\"2\"");
    assert_eq!(FieldPath::Label("none".to_owned()).value(&pod, Addresses::default()), "");
    let ips = ["10.0.0.1".parse().unwrap(), "fd00::1".parse().unwrap()];
    let addresses = Addresses { pod_ips: &ips, host_ips: &[] };
    assert_eq!(FieldPath::PodIp.value(&pod, addresses), "10.0.0.1");
    assert_eq!(FieldPath::PodIps.value(&pod, addresses), "10.0.0.1,fd00::1");
    assert_eq!(FieldPath::HostIp.value(&pod, addresses), "");
}

#[test]
fn amounts_are_divided_and_rounded_up_env_18() {
    let pod = pod("{limits: {memory: 65Mi}, requests: {cpu: 250m}}");
    let node = ResourceList {
        cpu: Some(MilliCpu(4000)),
        memory: Some(ByteSize(1 << 30)),
        ..ResourceList::default()
    };
    let value = |side, resource: &str, divisor: &str| {
        let divisor = divisor.parse().unwrap();
        let reference =
            ResourceRef { container: "c".to_owned(), side, resource: resource.to_owned(), divisor };
        reference.value(&pod, &node).unwrap()
    };
    assert_eq!(value(ResourceSide::Limits, "memory", "1"), "68157440");
    assert_eq!(value(ResourceSide::Limits, "memory", "1G"), "1");
    assert_eq!(value(ResourceSide::Limits, "cpu", "1"), "4");
    assert_eq!(value(ResourceSide::Requests, "cpu", "1"), "1");
    assert_eq!(value(ResourceSide::Requests, "cpu", "1m"), "250");
    assert_eq!(value(ResourceSide::Requests, "ephemeral-storage", "1"), "0");
}

#[test]
fn the_qos_class_follows_requests_and_limits_res_1() {
    for (resources, class) in [
        ("{}", QosClass::BestEffort),
        ("{limits: {cpu: 0}}", QosClass::BestEffort),
        ("{limits: {cpu: 1, memory: 1Gi}}", QosClass::Guaranteed),
        ("{limits: {cpu: 1}}", QosClass::Burstable),
        ("{limits: {cpu: 1, memory: 1Gi}, requests: {cpu: 500m}}", QosClass::Burstable),
    ] {
        assert_eq!(QosClass::of(&pod(resources).spec), class, "{resources}");
    }
}
