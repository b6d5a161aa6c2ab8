#![allow(clippy::unwrap_used, reason = "tests")]

use serde_json::json;

use super::*;

fn spec(value: serde_json::Value) -> PodSpec {
    serde_json::from_value(value).unwrap()
}

#[test]
fn the_class_follows_from_requests_and_limits() {
    let both = |cpu: &str| json!({"requests": {"cpu": cpu, "memory": "1Gi"}, "limits": {"cpu": "1", "memory": "1Gi"}});
    // RES-1.
    let table = [
        (json!([{"name": "a"}]), QosClass::BestEffort),
        (json!([{"name": "a", "resources": {"limits": {"example.com/gpu": "1"}}}]), QosClass::BestEffort),
        (json!([{"name": "a", "resources": {"requests": {"cpu": "0"}}}]), QosClass::BestEffort),
        (json!([{"name": "a", "resources": {"requests": {"cpu": "1"}}}]), QosClass::Burstable),
        (json!([{"name": "a", "resources": both("1000m")}]), QosClass::Guaranteed),
        (json!([{"name": "a", "resources": both("500m")}]), QosClass::Burstable),
        (
            json!([{"name": "a", "resources": {"limits": {"cpu": "1", "memory": "1Gi"}}}]),
            QosClass::Guaranteed,
        ),
        (json!([{"name": "a", "resources": both("1")}, {"name": "b"}]), QosClass::Burstable),
    ];
    for (containers, class) in table {
        assert_eq!(qos(&spec(json!({"containers": containers}))), class);
    }
    let init =
        json!({"containers": [{"name": "a", "resources": both("1")}], "initContainers": [{"name": "i"}]});
    assert_eq!(qos(&spec(init)), QosClass::Burstable);
    let of_pod = json!({"containers": [{"name": "a"}], "resources": both("1")});
    assert_eq!(qos(&spec(of_pod)), QosClass::Guaranteed);
}

#[test]
fn a_pod_asks_for_the_larger_of_what_runs_together_and_what_an_init_container_needs() {
    let cpu = |amount: &str| json!({"requests": {"cpu": amount}});
    let asked = spec(json!({
        "overhead": {"cpu": "1"},
        "containers": [{"name": "a", "resources": cpu("2")}, {"name": "b", "resources": {"limits": {"cpu": "3"}}}],
        "initContainers": [
            {"name": "i", "resources": cpu("5")},
            {"name": "sidecar", "restartPolicy": "Always", "resources": cpu("1")},
            {"name": "j", "resources": cpu("9")},
        ],
    }));
    assert_eq!(of_pod(&asked)["cpu"], 11_000_000_000);
}
