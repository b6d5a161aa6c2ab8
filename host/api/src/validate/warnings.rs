//! What the API server accepts with a warning (VAL-30, VAL-43, VAL-59, VAL-63).

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{Container, Pod};

use super::{names, text};

/// Something that is accepted and probably not meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Field that it is about.
    pub path: String,
    /// The whole text, path included.
    pub message: String,
}

/// The warnings for a Pod.
#[must_use]
pub fn warnings(pod: &Pod) -> Vec<Warning> {
    let mut found = Vec::new();
    let mut warn = |path: String, rest: String| {
        found.push(Warning { message: format!("{path}: {rest}"), path });
    };
    let name = text(pod.metadata.name.as_ref());
    let label = names::dns_label(name);
    if !name.is_empty() && !label.is_empty() {
        let detail = label.join(", ");
        warn(
            "metadata.name".to_owned(),
            format!(
                "this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [{detail}]"
            ),
        );
    }
    let Some(spec) = &pod.spec else { return found };
    if spec.termination_grace_period_seconds.is_some_and(|seconds| seconds < 0) {
        let text = "must be >= 0; negative values are invalid and will be treated as 1";
        warn("spec.terminationGracePeriodSeconds".to_owned(), text.to_owned());
    }
    let mut addresses = BTreeSet::new();
    for (index, alias) in spec.host_aliases.iter().flatten().enumerate() {
        if !addresses.insert(&alias.ip) {
            warn(format!("spec.hostAliases[{index}].ip"), format!("duplicate ip \"{}\"", alias.ip));
        }
    }
    for (index, container) in spec.init_containers.iter().flatten().enumerate() {
        check_container(&mut warn, container, &format!("spec.initContainers[{index}]"));
    }
    for (index, container) in spec.containers.iter().enumerate() {
        check_container(&mut warn, container, &format!("spec.containers[{index}]"));
    }
    found
}

fn check_container(warn: &mut impl FnMut(String, String), container: &Container, path: &str) {
    let mut variables = BTreeSet::new();
    for (index, variable) in container.env.iter().flatten().enumerate() {
        if !variable.name.is_empty() && !variables.insert(&variable.name) {
            let name = &variable.name;
            let text =
                format!("hides previous definition of \"{name}\", which may be dropped when using apply");
            warn(format!("{path}.env[{index}]"), text);
        }
    }
    let mut ports = BTreeMap::new();
    for (index, port) in container.ports.iter().flatten().enumerate() {
        let key =
            (port.container_port, text(port.protocol.as_ref()), port.host_port, text(port.host_ip.as_ref()));
        if let Some(first) = ports.insert(key, index) {
            let text = format!("duplicate port definition with {path}.ports[{first}]");
            warn(format!("{path}.ports[{index}]"), text);
        }
        if port.host_port.unwrap_or_default() == 0 && !text(port.host_ip.as_ref()).is_empty() {
            let text = "hostIP set without hostPort";
            warn(format!("{path}.ports[{index}]"), text.to_owned());
        }
    }
}
