//! Pods.

use std::time::Duration;

use k8s_openapi::api::core::v1 as wire;

use super::{ResolveError, container, filled, number, volume};
use crate::model::pod::{Deletion, DnsConfig, DnsPolicy, HostAlias, Pod, PodSpec, PodUid, RestartPolicy};
use crate::model::time::UnixNanos;

/// Resolves a Pod that has its defaults and is valid.
///
/// # Errors
/// [`ResolveError`] naming the first field that the model has no place for.
pub fn pod(pod: &wire::Pod) -> Result<Pod, ResolveError> {
    let metadata = &pod.metadata;
    let spec = pod.spec.as_ref().ok_or_else(|| ResolveError::missing("spec"))?;
    let deletion = metadata.deletion_timestamp.as_ref().map(|at| {
        let seconds = metadata.deletion_grace_period_seconds.unwrap_or_default();
        Deletion { at: UnixNanos::from_wire(at), grace: seconds_or_zero(seconds) }
    });
    Ok(Pod {
        name: metadata.name.clone().unwrap_or_default(),
        namespace: filled(metadata.namespace.as_ref()).unwrap_or_else(|| "default".to_owned()),
        uid: PodUid::from(metadata.uid.clone().unwrap_or_default()),
        resource_version: metadata.resource_version.clone().unwrap_or_default(),
        generation: metadata.generation.unwrap_or(1),
        labels: metadata.labels.clone().unwrap_or_default(),
        annotations: metadata.annotations.clone().unwrap_or_default(),
        created_at: metadata.creation_timestamp.as_ref().map(UnixNanos::from_wire).unwrap_or_default(),
        deletion,
        spec: resolve_spec(spec)?,
    })
}

fn seconds_or_zero(seconds: i64) -> Duration {
    Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
}

fn resolve_spec(spec: &wire::PodSpec) -> Result<PodSpec, ResolveError> {
    if spec.ephemeral_containers.as_ref().is_some_and(|list| !list.is_empty()) {
        return Err(ResolveError::unsupported("spec.ephemeralContainers"));
    }
    let context = spec.security_context.clone().unwrap_or_default();
    let containers = |list: &[wire::Container], path: &str| {
        let resolve = |(index, one)| container::container(one, &context, &format!("{path}[{index}]"));
        list.iter().enumerate().map(resolve).collect::<Result<Vec<_>, _>>()
    };
    let volumes = spec.volumes.iter().flatten().enumerate();
    let deadline = spec.active_deadline_seconds;
    Ok(PodSpec {
        init_containers: containers(
            spec.init_containers.as_deref().unwrap_or_default(),
            "spec.initContainers",
        )?,
        containers: containers(&spec.containers, "spec.containers")?,
        volumes: volumes
            .map(|(index, one)| volume::volume(one, &format!("spec.volumes[{index}]")))
            .collect::<Result<_, _>>()?,
        restart_policy: match spec.restart_policy.as_deref() {
            None | Some("" | "Always") => RestartPolicy::Always,
            Some("OnFailure") => RestartPolicy::OnFailure,
            Some("Never") => RestartPolicy::Never,
            Some(other) => return Err(ResolveError::invalid("spec.restartPolicy", other)),
        },
        termination_grace: grace(spec.termination_grace_period_seconds.unwrap_or(30)),
        active_deadline: deadline
            .map(|seconds| number(seconds, "spec.activeDeadlineSeconds").map(Duration::from_secs))
            .transpose()?,
        node_name: filled(spec.node_name.as_ref()),
        node_selector: spec.node_selector.clone().unwrap_or_default(),
        host_aliases: host_aliases(spec)?,
        share_process_namespace: spec.share_process_namespace == Some(true),
        host_network: spec.host_network == Some(true),
        hostname: filled(spec.hostname.as_ref()),
        subdomain: filled(spec.subdomain.as_ref()),
        set_hostname_as_fqdn: spec.set_hostname_as_fqdn == Some(true),
        dns_policy: match spec.dns_policy.as_deref() {
            None | Some("" | "ClusterFirst") => DnsPolicy::ClusterFirst,
            Some("ClusterFirstWithHostNet") => DnsPolicy::ClusterFirstWithHostNet,
            Some("Default") => DnsPolicy::Default,
            Some("None") => DnsPolicy::None,
            Some(other) => return Err(ResolveError::invalid("spec.dnsPolicy", other)),
        },
        dns_config: dns_config(spec),
        service_account_name: filled(spec.service_account_name.as_ref())
            .or_else(|| filled(spec.service_account.as_ref()))
            .unwrap_or_else(|| "default".to_owned()),
        automount_service_account_token: spec.automount_service_account_token,
        enable_service_links: spec.enable_service_links.unwrap_or(true),
        image_pull_secrets: spec
            .image_pull_secrets
            .iter()
            .flatten()
            .map(|secret| secret.name.clone())
            .collect(),
        scheduler_name: filled(spec.scheduler_name.as_ref())
            .unwrap_or_else(|| "default-scheduler".to_owned()),
        priority: spec.priority.unwrap_or_default(),
        fs_group: context.fs_group,
    })
}

/// Negative values are treated as 1 (VAL-63).
fn grace(seconds: i64) -> Duration {
    Duration::from_secs(u64::try_from(seconds).unwrap_or(1))
}

fn host_aliases(spec: &wire::PodSpec) -> Result<Vec<HostAlias>, ResolveError> {
    let resolve = |(index, alias): (usize, &wire::HostAlias)| {
        let invalid = |_| ResolveError::invalid(format!("spec.hostAliases[{index}].ip"), &alias.ip);
        let ip = alias.ip.parse().map_err(invalid)?;
        Ok(HostAlias { ip, hostnames: alias.hostnames.clone().unwrap_or_default() })
    };
    spec.host_aliases.iter().flatten().enumerate().map(resolve).collect()
}

fn dns_config(spec: &wire::PodSpec) -> DnsConfig {
    let Some(config) = &spec.dns_config else { return DnsConfig::default() };
    let option =
        |option: &wire::PodDNSConfigOption| (option.name.clone().unwrap_or_default(), option.value.clone());
    DnsConfig {
        nameservers: config.nameservers.clone().unwrap_or_default(),
        searches: config.searches.clone().unwrap_or_default(),
        options: config.options.iter().flatten().map(option).collect(),
    }
}
