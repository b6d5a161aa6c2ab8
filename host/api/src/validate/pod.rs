//! The Pod's own fields (VAL-40 … VAL-60).

use std::collections::BTreeSet;
use std::net::IpAddr;

use k8s_openapi::api::core::v1::{Container, PodSpec};

use super::container::{self, Role};
use super::{Errors, Path, names, text, volume};

pub(super) fn check(errors: &mut Errors, spec: Option<&PodSpec>) {
    let path = Path::new("spec");
    let Some(spec) = spec else { return errors.required(&path.child("containers"), "") };
    let volumes = volume::check(errors, spec.volumes.as_deref().unwrap_or_default(), &path.child("volumes"));
    containers(errors, spec, &volumes, &path);
    if spec.ephemeral_containers.as_ref().is_some_and(|list| !list.is_empty()) {
        errors.forbidden(&path.child("ephemeralContainers"), "cannot be set on create");
    }
    let policy = text(spec.restart_policy.as_ref());
    errors.one_of(&path.child("restartPolicy"), policy, &["Always", "OnFailure", "Never"]);
    dns(errors, spec, &path);
    if let Some(seconds) = spec.active_deadline_seconds
        && !(1..=i64::from(i32::MAX)).contains(&seconds)
    {
        let detail = format!("must be between 1 and {}, inclusive", i32::MAX);
        errors.invalid(&path.child("activeDeadlineSeconds"), seconds, &detail);
    }
    if let Some(node) = spec.node_name.as_ref().filter(|node| !node.is_empty()) {
        errors.name(&path.child("nodeName"), node, names::dns_subdomain);
        if spec.scheduling_gates.as_ref().is_some_and(|gates| !gates.is_empty()) {
            errors.forbidden(
                &path.child("nodeName"),
                "cannot be set until all schedulingGates have been cleared",
            );
        }
    }
    for (key, value) in spec.node_selector.iter().flatten() {
        errors.name(&path.child("nodeSelector"), key, names::qualified_name);
        errors.name(&path.child("nodeSelector"), value, names::label_value);
    }
    if let Some(account) = spec.service_account_name.as_ref().filter(|account| !account.is_empty()) {
        errors.name(&path.child("serviceAccountName"), account, names::dns_subdomain);
    }
    for (field, value) in [("hostname", &spec.hostname), ("subdomain", &spec.subdomain)] {
        if let Some(value) = value.as_ref().filter(|value| !value.is_empty()) {
            errors.name(&path.child(field), value, names::dns_label);
        }
    }
    host_aliases(errors, spec, &path);
    if spec.share_process_namespace == Some(true) && spec.host_pid == Some(true) {
        let detail = "ShareProcessNamespace and HostPID cannot both be enabled";
        errors.invalid(&path.child("shareProcessNamespace"), true, detail);
    }
}

fn containers(errors: &mut Errors, spec: &PodSpec, volumes: &volume::Names, path: &Path) {
    let grace = spec.termination_grace_period_seconds.unwrap_or(30);
    let host_network = spec.host_network == Some(true);
    let list = path.child("containers");
    if spec.containers.is_empty() {
        errors.required(&list, "");
    }
    let mut taken = BTreeSet::new();
    let mut unique = |errors: &mut Errors, container: &Container, path: &Path| {
        if !container.name.is_empty() && !taken.insert(container.name.clone()) {
            errors.duplicate(&path.child("name"), &container.name);
        }
    };
    let mut host_ports = BTreeSet::new();
    for (index, container) in spec.containers.iter().enumerate() {
        let path = list.index(index);
        container::check(errors, container, &path, &Role { init: false, grace, host_network }, volumes);
        unique(errors, container, &path);
        container::host_ports(errors, container, &path, &mut host_ports);
    }
    for (index, container) in spec.init_containers.iter().flatten().enumerate() {
        let path = path.child("initContainers").index(index);
        container::check(errors, container, &path, &Role { init: true, grace, host_network }, volumes);
        unique(errors, container, &path);
        // Init containers never run together, so each is checked alone (VAL-44).
        container::host_ports(errors, container, &path, &mut BTreeSet::new());
    }
}

fn dns(errors: &mut Errors, spec: &PodSpec, path: &Path) {
    let policy = text(spec.dns_policy.as_ref());
    let allowed = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
    errors.one_of(&path.child("dnsPolicy"), policy, &allowed);
    let path = path.child("dnsConfig");
    let Some(config) = &spec.dns_config else {
        if policy == "None" {
            errors.required(&path, "must provide `dnsConfig` when `dnsPolicy` is None");
        }
        return;
    };
    let servers = config.nameservers.as_deref().unwrap_or_default();
    let list = path.child("nameservers");
    if servers.is_empty() && policy == "None" {
        errors.required(&list, "must provide at least one DNS nameserver when `dnsPolicy` is None");
    }
    if servers.len() > 3 {
        errors.invalid(&list, shown_list(servers).as_str(), "must not have more than 3 nameservers");
    }
    for (index, server) in servers.iter().enumerate() {
        ip(errors, server, &list.index(index));
    }
    let searches = config.searches.as_deref().unwrap_or_default();
    let list = path.child("searches");
    if searches.len() > 32 {
        errors.invalid(&list, shown_list(searches).as_str(), "must not have more than 32 search paths");
    }
    if searches.join(" ").len() > 2048 {
        let detail = "must not have more than 2048 characters (including spaces) in the search list";
        errors.invalid(&list, shown_list(searches).as_str(), detail);
    }
    for (index, option) in config.options.iter().flatten().enumerate() {
        if text(option.name.as_ref()).is_empty() {
            errors.required(&path.child("options").index(index), "must not be empty");
        }
    }
}

fn shown_list(values: &[String]) -> String {
    values.join(",")
}

fn host_aliases(errors: &mut Errors, spec: &PodSpec, path: &Path) {
    for (index, alias) in spec.host_aliases.iter().flatten().enumerate() {
        let path = path.child("hostAliases").index(index);
        ip(errors, &alias.ip, &path.child("ip"));
        for (index, name) in alias.hostnames.iter().flatten().enumerate() {
            errors.name(&path.child("hostnames").index(index), name, names::dns_subdomain);
        }
    }
}

/// An address in the API server's words.
pub(super) fn ip(errors: &mut Errors, value: &str, path: &Path) {
    if value.parse::<IpAddr>().is_err() {
        errors.invalid(path, value, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
    }
}
