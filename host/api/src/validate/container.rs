//! One container (VAL-41 … VAL-46, VAL-55, VAL-56).

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{Container, VolumeMount};

use super::{Errors, Path, env, names, pod, probe, resources, text, volume};

/// What the rules for a container depend on.
pub(super) struct Role {
    /// Whether it stands under `initContainers`.
    pub(super) init: bool,
    /// `terminationGracePeriodSeconds` of the Pod.
    pub(super) grace: i64,
    /// Whether the Pod uses the node's network.
    pub(super) host_network: bool,
}

pub(super) fn check(
    errors: &mut Errors,
    container: &Container,
    path: &Path,
    role: &Role,
    volumes: &volume::Names,
) {
    if container.name.is_empty() {
        errors.required(&path.child("name"), "");
    } else {
        errors.name(&path.child("name"), &container.name, names::dns_label);
    }
    match text(container.image.as_ref()) {
        "" => errors.required(&path.child("image"), ""),
        image if image.trim() != image => {
            errors.invalid(&path.child("image"), image, "must not have leading or trailing whitespace");
        }
        _ => {}
    }
    let sidecar = restart_policy(errors, container, path, role);
    if role.init && !sidecar {
        let fields = [
            ("lifecycle", container.lifecycle.is_some()),
            ("livenessProbe", container.liveness_probe.is_some()),
            ("readinessProbe", container.readiness_probe.is_some()),
            ("startupProbe", container.startup_probe.is_some()),
        ];
        for (field, _) in fields.iter().filter(|(_, set)| *set) {
            errors.forbidden(
                &path.child(field),
                "may not be set for init containers without restartPolicy=Always",
            );
        }
    } else {
        probe::check_all(errors, container, path, role.grace);
    }
    let pull = text(container.image_pull_policy.as_ref());
    errors.one_of(&path.child("imagePullPolicy"), pull, &["Always", "IfNotPresent", "Never"]);
    let policy = text(container.termination_message_policy.as_ref());
    errors.one_of(&path.child("terminationMessagePolicy"), policy, &["File", "FallbackToLogsOnError"]);
    ports(errors, container, path, role);
    env::check(errors, container.env.as_deref().unwrap_or_default(), &path.child("env"));
    env::check_from(errors, container.env_from.as_deref().unwrap_or_default(), &path.child("envFrom"));
    let privileged =
        container.security_context.as_ref().is_some_and(|context| context.privileged == Some(true));
    let list = container.volume_mounts.as_deref().unwrap_or_default();
    mounts(errors, list, privileged, &path.child("volumeMounts"), volumes);
    if let Some(amounts) = &container.resources {
        resources::check(errors, amounts, &path.child("resources"));
    }
    security(errors, container, path);
}

/// Whether it is a sidecar.
fn restart_policy(errors: &mut Errors, container: &Container, path: &Path, role: &Role) -> bool {
    let field = path.child("restartPolicy");
    match container.restart_policy.as_deref() {
        None => false,
        Some(_) if !role.init => {
            errors.forbidden(&field, "may not be set for non-init containers");
            false
        }
        Some(policy) => {
            errors.one_of(&field, policy, &["Always"]);
            policy == "Always"
        }
    }
}

fn ports(errors: &mut Errors, container: &Container, path: &Path, role: &Role) {
    let mut taken = BTreeSet::new();
    let in_range = |errors: &mut Errors, port: i32, path: &Path| {
        if !(1..=65535).contains(&port) {
            errors.invalid(path, port, "must be between 1 and 65535, inclusive");
        }
    };
    for (index, port) in container.ports.iter().flatten().enumerate() {
        let path = path.child("ports").index(index);
        if let Some(name) = port.name.as_ref().filter(|name| !name.is_empty()) {
            let details = names::port_name(name);
            if details.is_empty() && !taken.insert(name) {
                errors.duplicate(&path.child("name"), name);
            }
            errors.name(&path.child("name"), name, names::port_name);
        }
        if port.container_port == 0 {
            errors.required(&path.child("containerPort"), "");
        } else {
            in_range(errors, port.container_port, &path.child("containerPort"));
        }
        let host_port = port.host_port.unwrap_or_default();
        if host_port != 0 {
            in_range(errors, host_port, &path.child("hostPort"));
        }
        if role.host_network && host_port != port.container_port {
            let detail = "must match `containerPort` when `hostNetwork` is true";
            errors.invalid(&path.child("hostPort"), host_port, detail);
        }
        if let Some(ip) = port.host_ip.as_ref().filter(|ip| !ip.is_empty()) {
            pod::ip(errors, ip, &path.child("hostIP"));
        }
        match text(port.protocol.as_ref()) {
            "" => errors.required(&path.child("protocol"), ""),
            protocol => errors.one_of(&path.child("protocol"), protocol, &["SCTP", "TCP", "UDP"]),
        }
    }
}

/// Two ports of a Pod can't claim one port of the node (VAL-44).
pub(super) fn host_ports(
    errors: &mut Errors,
    container: &Container,
    path: &Path,
    taken: &mut BTreeSet<String>,
) {
    for (index, port) in container.ports.iter().flatten().enumerate() {
        let Some(host_port) = port.host_port.filter(|&port| port != 0) else { continue };
        let key = format!("{}/{}/{host_port}", text(port.protocol.as_ref()), text(port.host_ip.as_ref()));
        if !taken.insert(key.clone()) {
            errors.duplicate(&path.child("ports").index(index).child("hostPort"), &key);
        }
    }
}

/// Mounts under `path`; shared with presets, which have the same list.
pub(super) fn mounts(
    errors: &mut Errors,
    mounts: &[VolumeMount],
    privileged: bool,
    path: &Path,
    volumes: &volume::Names,
) {
    let mut taken = BTreeSet::new();
    for (index, mount) in mounts.iter().enumerate() {
        let path = path.index(index);
        if mount.name.is_empty() {
            errors.required(&path.child("name"), "");
        } else if !volumes.contains(&mount.name) {
            errors.not_found(&path.child("name"), &mount.name);
        }
        if mount.mount_path.is_empty() {
            errors.required(&path.child("mountPath"), "");
        } else if !taken.insert(&mount.mount_path) {
            errors.invalid(&path.child("mountPath"), mount.mount_path.as_str(), "must be unique");
        }
        sub_path(errors, mount);
        propagation(errors, mount, privileged, &path);
    }
}

fn sub_path(errors: &mut Errors, mount: &VolumeMount) {
    // The API server reports these without the index (VAL-45).
    let path = Path::new("volumeMounts");
    let literal = text(mount.sub_path.as_ref());
    let expression = text(mount.sub_path_expr.as_ref());
    for (field, value) in [("subPath", literal), ("subPathExpr", expression)] {
        local_path(errors, value, &path.child(field));
    }
    if !literal.is_empty() && !expression.is_empty() {
        errors.invalid(
            &path.child("subPathExpr"),
            expression,
            "subPathExpr and subPath are mutually exclusive",
        );
    }
}

/// A path that must stay below where it starts.
pub(super) fn local_path(errors: &mut Errors, value: &str, path: &Path) {
    if value.starts_with('/') {
        errors.invalid(path, value, "must be a relative path");
    }
    if value.split('/').any(|part| part == "..") {
        errors.invalid(path, value, "must not contain '..'");
    }
}

fn propagation(errors: &mut Errors, mount: &VolumeMount, privileged: bool, path: &Path) {
    let field = path.child("mountPropagation");
    let propagation = text(mount.mount_propagation.as_ref());
    if !propagation.is_empty() {
        errors.one_of(&field, propagation, &["Bidirectional", "HostToContainer", "None"]);
    }
    if propagation == "Bidirectional" && !privileged {
        errors
            .forbidden(&field, "Bidirectional mount propagation is available only to privileged containers");
    }
    let recursive = text(mount.recursive_read_only.as_ref());
    let field = path.child("recursiveReadOnly");
    if !recursive.is_empty() {
        errors.one_of(&field, recursive, &["Disabled", "Enabled", "IfPossible"]);
    }
    if matches!(recursive, "Enabled" | "IfPossible") {
        if mount.read_only != Some(true) {
            errors.forbidden(&field, "may only be specified when readOnly is true");
        }
        if !matches!(propagation, "" | "None") {
            errors.forbidden(&field, "may only be specified when mountPropagation is None or not specified");
        }
    }
}

fn security(errors: &mut Errors, container: &Container, path: &Path) {
    let Some(context) = &container.security_context else { return };
    let path = path.child("securityContext");
    for (field, id) in [("runAsUser", context.run_as_user), ("runAsGroup", context.run_as_group)] {
        if let Some(id) = id
            && !(0..=i64::from(i32::MAX)).contains(&id)
        {
            errors.invalid(&path.child(field), id, "must be between 0 and 2147483647, inclusive");
        }
    }
}
