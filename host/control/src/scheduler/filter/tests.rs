#![allow(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};

use super::*;
use crate::scheduler::missing_labels;

fn node(name: &str, extra: &Value) -> Node {
    let mut node = json!({
        "metadata": {"name": name},
        "status": {"allocatable": {"cpu": "2", "memory": "1Gi", "pods": "3"}},
    });
    node.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    node["metadata"]["name"] = json!(name);
    serde_json::from_value(node).unwrap()
}

fn plain(name: &str) -> Node {
    node(name, &json!({}))
}

fn labelled(name: &str, labels: &Value) -> Node {
    node(name, &json!({"metadata": {"labels": labels}}))
}

fn tainted(name: &str, effect: &str) -> Node {
    node(name, &json!({"spec": {"taints": [{"key": "k", "value": "v", "effect": effect}]}}))
}

fn pod(spec: &Value) -> Pod {
    let mut full = json!({"containers": [{"name": "c"}]});
    full.as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
    serde_json::from_value(json!({"metadata": {"name": "p", "uid": "p"}, "spec": full})).unwrap()
}

fn running(uid: &str, node: &str, spec: &Value) -> Pod {
    let mut pod = pod(spec);
    pod.metadata.uid = Some(uid.to_owned());
    pod.spec.as_mut().unwrap().node_name = Some(node.to_owned());
    pod
}

fn asking(cpu: &str) -> Value {
    json!({"containers": [{"name": "c", "resources": {"requests": {"cpu": cpu}}}]})
}

fn publishing(port: &Value) -> Value {
    json!({"containers": [{"name": "c", "ports": [port]}]})
}

fn why(pod: &Pod, nodes: &[Node], pods: &[Pod]) -> String {
    schedule(pod, nodes, pods).unwrap_err().to_string()
}

#[test]
fn each_reason_has_the_words_of_the_release() {
    let not_helpful = |reason: &str| {
        format!(
            "0/1 nodes are available: 1 {reason}. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling."
        )
    };
    let no_victims = |reason: &str| {
        format!(
            "0/1 nodes are available: 1 {reason}. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod."
        )
    };
    let full: Vec<Pod> = (0..3).map(|number| running(&number.to_string(), "n", &json!({}))).collect();
    let port = json!({"containerPort": 80, "hostPort": 8001});
    let taken = [running("a", "n", &publishing(&port))];
    let cordoned = node_with_cordon();
    // SCH-3, SCH-4.
    let table: [(Pod, Node, &[Pod], String); 9] = [
        (
            pod(&json!({"nodeSelector": {"disktype": "ssd"}})),
            plain("n"),
            &[],
            not_helpful("node(s) didn't match Pod's node affinity/selector"),
        ),
        (pod(&json!({})), cordoned, &[], not_helpful("node(s) were unschedulable")),
        (pod(&json!({})), tainted("n", "NoSchedule"), &[], not_helpful("node(s) had untolerated taint(s)")),
        (pod(&json!({})), tainted("n", "NoExecute"), &[], not_helpful("node(s) had untolerated taint(s)")),
        (
            pod(&json!({"nodeName": "other"})),
            plain("n"),
            &[],
            not_helpful("node(s) didn't match the requested node name"),
        ),
        (pod(&json!({})), plain("n"), &full, no_victims("Too many pods")),
        (pod(&asking("2001m")), plain("n"), &[], no_victims("Insufficient cpu")),
        (
            pod(&publishing(&port)),
            plain("n"),
            &taken,
            no_victims("node(s) didn't have free ports for the requested pod ports"),
        ),
        (
            pod(&json!({"containers": [{"name": "c", "resources": {"limits": {"example.com/gpu": "1"}}}]})),
            plain("n"),
            &[],
            no_victims("Insufficient example.com/gpu"),
        ),
    ];
    for (pod, node, pods, text) in table {
        assert_eq!(why(&pod, &[node], pods), text);
    }
}

#[test]
fn reasons_of_several_nodes_are_counted_and_sorted_as_strings() {
    let nodes = [
        tainted("a", "NoSchedule"),
        tainted("b", "NoSchedule"),
        node("c", &json!({"status": {"allocatable": {"cpu": "1", "memory": "1Mi"}}})),
    ];
    let wanted = pod(
        &json!({"containers": [{"name": "c", "resources": {"requests": {"cpu": "9", "memory": "1Gi"}}}]}),
    );
    assert_eq!(
        why(&wanted, &nodes, &[]),
        "0/3 nodes are available: 1 Insufficient cpu, 1 Insufficient memory, 2 node(s) had untolerated taint(s). \
         no new claims to deallocate, preemption: 0/3 nodes are available: 1 No preemption victims found for incoming pod, \
         2 Preemption is not helpful for scheduling.",
        "SCH-2"
    );
    assert_eq!(why(&wanted, &[], &[]), "no nodes available to schedule pods", "SCH-5");
}

#[test]
fn a_pod_that_never_preempts_says_so_and_victims_that_are_not_taken_are_named() {
    let never = pod(&json!({"preemptionPolicy": "Never", "nodeSelector": {"a": "b"}}));
    assert!(
        why(&never, &[plain("n")], &[]).ends_with("preemption: not eligible due to preemptionPolicy=Never.")
    );
    let mut urgent = asking("2");
    urgent["priority"] = json!(10);
    let text = why(&pod(&urgent), &[plain("n")], &[running("a", "n", &asking("1"))]);
    assert!(text.ends_with("1 Preemption of lower priority pods is not supported."), "{text}");
}

#[test]
fn what_fits_exactly_fits_and_ended_pods_take_nothing() {
    let mut ended = running("b", "n", &asking("2"));
    ended.status = Some(serde_json::from_value(json!({"phase": "Succeeded"})).unwrap());
    let there = [running("a", "n", &asking("500m")), ended];
    assert_eq!(schedule(&pod(&asking("1500m")), &[plain("n")], &there).unwrap(), "n");
    assert!(schedule(&pod(&asking("1501m")), &[plain("n")], &there).is_err());
}

#[test]
fn host_ports_conflict_by_protocol_and_overlapping_address() {
    let port = |protocol: &str, ip: &str| json!({"containerPort": 80, "hostPort": 80, "protocol": protocol, "hostIP": ip});
    // NET-3.
    let table = [
        (port("TCP", ""), port("TCP", ""), true),
        (port("TCP", ""), port("UDP", ""), false),
        (port("TCP", "10.0.0.1"), port("TCP", ""), true),
        (port("TCP", "10.0.0.1"), port("TCP", "0.0.0.0"), true),
        (port("TCP", "10.0.0.1"), port("TCP", "10.0.0.2"), false),
        (port("TCP", "10.0.0.1"), port("TCP", "10.0.0.1"), true),
    ];
    for (held, wanted, conflict) in table {
        let there = [running("a", "n", &publishing(&held))];
        let result = schedule(&pod(&publishing(&wanted)), &[plain("n")], &there);
        assert_eq!(result.is_err(), conflict, "{held} {wanted}");
    }
}

#[test]
fn tolerations_match_key_effect_and_value() {
    let node = tainted("n", "NoSchedule");
    // SCH-7.
    let table = [
        (json!({"key": "k", "operator": "Equal", "value": "v", "effect": "NoSchedule"}), true),
        (json!({"key": "k", "value": "v"}), true),
        (json!({"key": "k", "value": "other"}), false),
        (json!({"key": "k", "operator": "Exists"}), true),
        (json!({"key": "k", "operator": "Exists", "effect": "NoExecute"}), false),
        (json!({"key": "other", "operator": "Exists"}), false),
        (json!({"operator": "Exists"}), true),
        (json!({"key": "", "value": "v"}), false),
    ];
    for (toleration, fits) in table {
        let wanted = pod(&json!({"tolerations": [toleration]}));
        assert_eq!(schedule(&wanted, [&node], &[]).is_ok(), fits, "{toleration}");
    }
    let cordoned = node_with_cordon();
    let daemon =
        pod(&json!({"tolerations": [{"key": "node.kubernetes.io/unschedulable", "operator": "Exists"}]}));
    assert!(schedule(&daemon, [&cordoned], &[]).is_ok());
}

fn node_with_cordon() -> Node {
    node("n", &json!({"spec": {"unschedulable": true}}))
}

#[test]
fn affinity_terms_are_alternatives_and_their_expressions_all_hold() {
    let required = |terms: Value| {
        pod(
            &json!({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}}}),
        )
    };
    let expression = |key: &str, operator: &str, values: Value| json!({"key": key, "operator": operator, "values": values});
    let zone = |zone: &str| json!({"matchExpressions": [expression("zone", "In", json!([zone]))]});
    // SCH-6.
    let table = [
        (json!([zone("a")]), true),
        (json!([zone("b")]), false),
        (json!([zone("b"), zone("a")]), true),
        (
            json!([{"matchExpressions": [expression("zone", "In", json!(["a"])), expression("x", "Exists", json!([]))]}]),
            false,
        ),
        (json!([{"matchExpressions": [expression("x", "DoesNotExist", json!([]))]}]), true),
        (json!([{"matchExpressions": [expression("x", "NotIn", json!(["y"]))]}]), true),
        (json!([{"matchExpressions": [expression("cores", "Gt", json!(["3"]))]}]), true),
        (json!([{"matchExpressions": [expression("cores", "Lt", json!(["3"]))]}]), false),
        (json!([{"matchFields": [expression("metadata.name", "In", json!(["n"]))]}]), true),
        (json!([{}]), false),
    ];
    let node = labelled("n", &json!({"zone": "a", "cores": "4"}));
    for (terms, fits) in table {
        assert_eq!(schedule(&required(terms.clone()), [&node], &[]).is_ok(), fits, "{terms}");
    }
}

#[test]
fn of_nodes_that_fit_the_preferred_then_the_emptiest_then_the_first_is_taken() {
    let nodes =
        [plain("a"), plain("b"), labelled("c", &json!({"fast": "yes"})), tainted("d", "PreferNoSchedule")];
    let there = [running("x", "a", &json!({})), running("y", "c", &json!({}))];
    assert_eq!(schedule(&pod(&json!({})), &nodes, &there).unwrap(), "b");
    let preference =
        json!({"weight": 1, "preference": {"matchExpressions": [{"key": "fast", "operator": "Exists"}]}});
    let affinity = json!({"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [preference]}});
    assert_eq!(schedule(&pod(&json!({"affinity": affinity})), &nodes, &there).unwrap(), "c");
}

#[test]
fn the_hint_names_the_labels_that_the_nearest_node_lacks() {
    let wanted = pod(&json!({"nodeSelector": {"disktype": "ssd", "zone": "a"}}));
    let nodes = [plain("m"), labelled("n", &json!({"zone": "a"}))];
    assert_eq!(missing_labels(&wanted, &nodes), ["disktype=ssd"]);
    assert!(missing_labels(&pod(&json!({})), &nodes).is_empty());
}
