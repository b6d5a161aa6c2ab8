//! Containers, their environment, probes and hooks.

use std::time::Duration;

use k8s_openapi::api::core::v1 as wire;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::{ResolveError, filled, number, references};
use crate::model::container::{
    Container, ContainerPort, ContainerRestartPolicy, ImagePullPolicy, Protocol, SecurityContext, SubPath,
    TerminationMessagePolicy, VolumeMount,
};
use crate::model::env::{EnvFrom, EnvFromSource, EnvSource, EnvVar, KeyRef};
use crate::model::probe::{HookAction, HttpGet, Lifecycle, PortRef, Probe, ProbeHandler};

pub(super) fn container(
    container: &wire::Container,
    pod: &wire::PodSecurityContext,
    path: &str,
) -> Result<Container, ResolveError> {
    let probe = |probe: &Option<wire::Probe>, field: &str| {
        probe.as_ref().map(|one| resolve_probe(one, &format!("{path}.{field}"))).transpose()
    };
    let env = container.env.iter().flatten().enumerate();
    let env_from = container.env_from.iter().flatten().enumerate();
    let ports = container.ports.iter().flatten().enumerate();
    let resources = container.resources.as_ref();
    Ok(Container {
        name: container.name.clone(),
        image: container.image.clone().unwrap_or_default(),
        image_pull_policy: match container.image_pull_policy.as_deref() {
            Some("Always") => ImagePullPolicy::Always,
            Some("Never") => ImagePullPolicy::Never,
            Some("IfNotPresent") => ImagePullPolicy::IfNotPresent,
            other => {
                return Err(ResolveError::invalid(
                    format!("{path}.imagePullPolicy"),
                    other.unwrap_or_default(),
                ));
            }
        },
        command: container.command.clone().unwrap_or_default(),
        args: container.args.clone().unwrap_or_default(),
        working_dir: filled(container.working_dir.as_ref()),
        env: env
            .map(|(i, one)| variable(one, &container.name, &format!("{path}.env[{i}]")))
            .collect::<Result<_, _>>()?,
        env_from: env_from
            .map(|(i, one)| source(one, &format!("{path}.envFrom[{i}]")))
            .collect::<Result<_, _>>()?,
        ports: ports.map(|(i, one)| port(one, &format!("{path}.ports[{i}]"))).collect::<Result<_, _>>()?,
        volume_mounts: container.volume_mounts.iter().flatten().map(mount).collect(),
        liveness_probe: probe(&container.liveness_probe, "livenessProbe")?,
        readiness_probe: probe(&container.readiness_probe, "readinessProbe")?,
        startup_probe: probe(&container.startup_probe, "startupProbe")?,
        lifecycle: lifecycle(container.lifecycle.as_ref(), path)?,
        resources: resources
            .map(|amounts| references::resources(amounts, &format!("{path}.resources")))
            .transpose()?
            .unwrap_or_default(),
        termination_message_path: filled(container.termination_message_path.as_ref())
            .unwrap_or_else(|| "/dev/termination-log".to_owned()),
        termination_message_policy: match container.termination_message_policy.as_deref() {
            Some("FallbackToLogsOnError") => TerminationMessagePolicy::FallbackToLogsOnError,
            _ => TerminationMessagePolicy::File,
        },
        stdin: container.stdin == Some(true),
        stdin_once: container.stdin_once == Some(true),
        tty: container.tty == Some(true),
        security: security(container, pod),
        restart_policy: match container.restart_policy.as_deref() {
            None | Some("") => None,
            Some("Always") => Some(ContainerRestartPolicy::Always),
            Some(other) => return Err(ResolveError::invalid(format!("{path}.restartPolicy"), other)),
        },
    })
}

/// The container's own settings win over the Pod's.
fn security(container: &wire::Container, pod: &wire::PodSecurityContext) -> SecurityContext {
    let own = container.security_context.clone().unwrap_or_default();
    SecurityContext {
        run_as_user: own.run_as_user.or(pod.run_as_user),
        run_as_group: own.run_as_group.or(pod.run_as_group),
        run_as_non_root: own.run_as_non_root.or(pod.run_as_non_root) == Some(true),
        read_only_root_filesystem: own.read_only_root_filesystem == Some(true),
        privileged: own.privileged == Some(true),
        supplemental_groups: pod.supplemental_groups.clone().unwrap_or_default(),
    }
}

fn variable(variable: &wire::EnvVar, container: &str, path: &str) -> Result<EnvVar, ResolveError> {
    let named = |source| EnvVar { name: variable.name.clone(), source };
    let Some(from) = &variable.value_from else {
        return Ok(named(EnvSource::Value(variable.value.clone().unwrap_or_default())));
    };
    let path = format!("{path}.valueFrom");
    let source = if let Some(key) = &from.secret_key_ref {
        EnvSource::SecretKey(key_ref(&key.name, &key.key, key.optional))
    } else if let Some(key) = &from.config_map_key_ref {
        EnvSource::ConfigMapKey(key_ref(&key.name, &key.key, key.optional))
    } else if let Some(field) = &from.field_ref {
        EnvSource::Field(references::field(field, &format!("{path}.fieldRef"))?)
    } else if let Some(resource) = &from.resource_field_ref {
        let path = format!("{path}.resourceFieldRef");
        EnvSource::Resource(references::resource(resource, Some(container), &path)?)
    } else {
        return Err(ResolveError::unsupported(path));
    };
    Ok(named(source))
}

fn key_ref(name: &str, key: &str, optional: Option<bool>) -> KeyRef {
    KeyRef { name: name.to_owned(), key: key.to_owned(), optional: optional == Some(true) }
}

fn source(source: &wire::EnvFromSource, path: &str) -> Result<EnvFrom, ResolveError> {
    let from = match (&source.config_map_ref, &source.secret_ref) {
        (Some(map), _) => {
            EnvFromSource::ConfigMap { name: map.name.clone(), optional: map.optional == Some(true) }
        }
        (None, Some(secret)) => {
            EnvFromSource::Secret { name: secret.name.clone(), optional: secret.optional == Some(true) }
        }
        (None, None) => return Err(ResolveError::missing(path)),
    };
    Ok(EnvFrom { prefix: source.prefix.clone().unwrap_or_default(), source: from })
}

fn port(port: &wire::ContainerPort, path: &str) -> Result<ContainerPort, ResolveError> {
    let host_ip = filled(port.host_ip.as_ref());
    let host_port = port.host_port.filter(|&port| port != 0);
    Ok(ContainerPort {
        name: filled(port.name.as_ref()),
        container_port: number(port.container_port, &format!("{path}.containerPort"))?,
        host_port: host_port.map(|port| number(port, &format!("{path}.hostPort"))).transpose()?,
        host_ip: host_ip
            .map(|ip| ip.parse().map_err(|_| ResolveError::invalid(format!("{path}.hostIP"), ip)))
            .transpose()?,
        protocol: match port.protocol.as_deref() {
            None | Some("" | "TCP") => Protocol::Tcp,
            Some("UDP") => Protocol::Udp,
            Some("SCTP") => Protocol::Sctp,
            Some(other) => return Err(ResolveError::invalid(format!("{path}.protocol"), other)),
        },
    })
}

fn mount(mount: &wire::VolumeMount) -> VolumeMount {
    let literal = filled(mount.sub_path.as_ref()).map(SubPath::Literal);
    VolumeMount {
        name: mount.name.clone(),
        mount_path: mount.mount_path.clone(),
        sub_path: literal.or_else(|| filled(mount.sub_path_expr.as_ref()).map(SubPath::Expression)),
        read_only: mount.read_only == Some(true),
    }
}

fn resolve_probe(probe: &wire::Probe, path: &str) -> Result<Probe, ResolveError> {
    let handler = if let Some(exec) = &probe.exec {
        ProbeHandler::Exec(exec.command.clone().unwrap_or_default())
    } else if let Some(http) = &probe.http_get {
        ProbeHandler::HttpGet(http_get(http, &format!("{path}.httpGet"))?)
    } else if let Some(tcp) = &probe.tcp_socket {
        let port = port_ref(&tcp.port, &format!("{path}.tcpSocket.port"))?;
        ProbeHandler::TcpSocket { host: filled(tcp.host.as_ref()), port }
    } else if let Some(grpc) = &probe.grpc {
        let port = number(grpc.port, &format!("{path}.grpc.port"))?;
        ProbeHandler::Grpc { port, service: grpc.service.clone().unwrap_or_default() }
    } else {
        return Err(ResolveError::missing(path));
    };
    // Zero means "default" (VAL-6).
    let amount = |value: Option<i32>, default: u32, field: &str| {
        let value: u32 = number(value.unwrap_or_default(), &format!("{path}.{field}"))?;
        Ok(if value == 0 { default } else { value })
    };
    let seconds =
        |value, default, field| amount(value, default, field).map(|s| Duration::from_secs(u64::from(s)));
    let grace = probe.termination_grace_period_seconds;
    Ok(Probe {
        handler,
        initial_delay: seconds(probe.initial_delay_seconds, 0, "initialDelaySeconds")?,
        period: seconds(probe.period_seconds, 10, "periodSeconds")?,
        timeout: seconds(probe.timeout_seconds, 1, "timeoutSeconds")?,
        success_threshold: amount(probe.success_threshold, 1, "successThreshold")?,
        failure_threshold: amount(probe.failure_threshold, 3, "failureThreshold")?,
        termination_grace: grace
            .map(|s| number(s, &format!("{path}.terminationGracePeriodSeconds")).map(Duration::from_secs))
            .transpose()?,
    })
}

fn http_get(http: &wire::HTTPGetAction, path: &str) -> Result<HttpGet, ResolveError> {
    let header = |header: &wire::HTTPHeader| (header.name.clone(), header.value.clone());
    Ok(HttpGet {
        host: filled(http.host.as_ref()),
        port: port_ref(&http.port, &format!("{path}.port"))?,
        path: filled(http.path.as_ref()).unwrap_or_else(|| "/".to_owned()),
        https: http.scheme.as_deref() == Some("HTTPS"),
        headers: http.http_headers.iter().flatten().map(header).collect(),
    })
}

fn port_ref(port: &IntOrString, path: &str) -> Result<PortRef, ResolveError> {
    Ok(match port {
        IntOrString::Int(value) => PortRef::Number(number(*value, path)?),
        IntOrString::String(name) => PortRef::Name(name.clone()),
    })
}

fn lifecycle(lifecycle: Option<&wire::Lifecycle>, path: &str) -> Result<Lifecycle, ResolveError> {
    let Some(lifecycle) = lifecycle else { return Ok(Lifecycle::default()) };
    let hook = |handler: &Option<wire::LifecycleHandler>, field: &str| {
        handler
            .as_ref()
            .map(|handler| resolve_hook(handler, &format!("{path}.lifecycle.{field}")))
            .transpose()
    };
    Ok(Lifecycle {
        post_start: hook(&lifecycle.post_start, "postStart")?,
        pre_stop: hook(&lifecycle.pre_stop, "preStop")?,
    })
}

fn resolve_hook(handler: &wire::LifecycleHandler, path: &str) -> Result<HookAction, ResolveError> {
    if let Some(exec) = &handler.exec {
        Ok(HookAction::Exec(exec.command.clone().unwrap_or_default()))
    } else if let Some(http) = &handler.http_get {
        http_get(http, &format!("{path}.httpGet")).map(HookAction::HttpGet)
    } else if let Some(sleep) = &handler.sleep {
        let seconds = number(sleep.seconds, &format!("{path}.sleep.seconds"))?;
        Ok(HookAction::Sleep(Duration::from_secs(seconds)))
    } else if handler.tcp_socket.is_some() {
        Err(ResolveError::unsupported(format!("{path}.tcpSocket")))
    } else {
        Err(ResolveError::missing(path))
    }
}
