//! What a cluster of one node begins with: namespaces, and the node as an object.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde_json::{Map, Value, json};
use wasipod_api::model::resources::{ByteSize, MilliCpu, ResourceList};
use wasipod_api::object::{Kind, Object};
use wasipod_control::{Admission, Refusal};

/// What every node offers, whatever the machine has, so that runs are the same everywhere.
const CPUS: u64 = 4;
const MEMORY_BYTES: u64 = 4 << 30;
const STORAGE_BYTES: u64 = 16 << 30;
/// SCH-15.
const PODS: u64 = 110;

/// The kubelet that this release behaves like.
pub(crate) const KUBELET_VERSION: &str = "v1.34.0";

/// What Pods may use of the node.
pub(crate) fn allocatable() -> ResourceList {
    ResourceList {
        cpu: Some(MilliCpu(CPUS * 1000)),
        memory: Some(ByteSize(MEMORY_BYTES)),
        ephemeral_storage: Some(ByteSize(STORAGE_BYTES)),
        pods: Some(PODS),
        other: BTreeMap::new(),
    }
}

/// Makes the namespaces and the node object.
pub(crate) fn bootstrap(
    admission: &Admission,
    name: &str,
    labels: &BTreeMap<String, String>,
    addresses: &[IpAddr],
    now: &str,
) -> Result<(), Refusal> {
    admission.bootstrap()?;
    let mut all = Map::new();
    for (key, value) in [
        ("kubernetes.io/hostname", name),
        ("kubernetes.io/os", "wasi"),
        ("kubernetes.io/arch", "wasm"),
        ("beta.kubernetes.io/os", "wasi"),
        ("beta.kubernetes.io/arch", "wasm"),
    ] {
        all.insert(key.to_owned(), value.into());
    }
    // What the user says wins.
    all.extend(labels.iter().map(|(key, value)| (key.clone(), Value::from(value.as_str()))));
    let addresses: Vec<Value> = addresses
        .iter()
        .map(|ip| json!({"type": "InternalIP", "address": ip.to_string()}))
        .chain([json!({"type": "Hostname", "address": name})])
        .collect();
    let resources = json!({
        "cpu": CPUS.to_string(),
        "memory": format!("{}Ki", MEMORY_BYTES >> 10),
        "ephemeral-storage": format!("{}Ki", STORAGE_BYTES >> 10),
        "pods": PODS.to_string(),
    });
    let ready = json!({
        "type": "Ready", "status": "True", "reason": "KubeletReady", "message": "kubelet is posting ready status",
        "lastHeartbeatTime": now, "lastTransitionTime": now,
    });
    let node = json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": all},
        "spec": {},
        "status": {
            "capacity": resources,
            "allocatable": resources,
            "conditions": [ready],
            "addresses": addresses,
            "nodeInfo": {
                "kubeletVersion": KUBELET_VERSION,
                "containerRuntimeVersion": concat!("wasipod://", env!("CARGO_PKG_VERSION")),
                "operatingSystem": "wasi", "architecture": "wasm", "osImage": "wasipod",
                "kernelVersion": "", "kubeProxyVersion": "", "machineID": "", "systemUUID": "", "bootID": "",
            },
        },
    });
    let node = Object::from_json(Kind::Node, node).map_err(|error| Refusal::Internal(error.to_string()))?;
    admission.create(node).map(|_| ())
}
