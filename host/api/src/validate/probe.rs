//! Probes and hooks (VAL-53, VAL-54).

use k8s_openapi::api::core::v1::{
    Container, ExecAction, GRPCAction, HTTPGetAction, LifecycleHandler, Probe, SleepAction, TCPSocketAction,
};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::{Errors, Path, names, text};

pub(super) fn check_all(errors: &mut Errors, container: &Container, path: &Path, grace: i64) {
    for (field, probe) in [
        ("livenessProbe", &container.liveness_probe),
        ("readinessProbe", &container.readiness_probe),
        ("startupProbe", &container.startup_probe),
    ] {
        if let Some(probe) = probe {
            check(errors, probe, &path.child(field), field == "readinessProbe");
        }
    }
    let Some(lifecycle) = &container.lifecycle else { return };
    let path = path.child("lifecycle");
    for (field, hook) in [("postStart", &lifecycle.post_start), ("preStop", &lifecycle.pre_stop)] {
        if let Some(hook) = hook {
            check_hook(errors, hook, &path.child(field), grace);
        }
    }
}

fn check(errors: &mut Errors, probe: &Probe, path: &Path, readiness: bool) {
    let handlers = Handlers {
        exec: probe.exec.as_ref(),
        http: probe.http_get.as_ref(),
        tcp: probe.tcp_socket.as_ref(),
        grpc: probe.grpc.as_ref(),
        sleep: None,
    };
    handlers.check(errors, path, 0);
    for (field, value) in [
        ("initialDelaySeconds", probe.initial_delay_seconds),
        ("timeoutSeconds", probe.timeout_seconds),
        ("periodSeconds", probe.period_seconds),
        ("successThreshold", probe.success_threshold),
        ("failureThreshold", probe.failure_threshold),
    ] {
        if let Some(value) = value.filter(|value| *value < 0) {
            errors.invalid(&path.child(field), value, "must be greater than or equal to 0");
        }
    }
    if let Some(grace) = probe.termination_grace_period_seconds {
        let path = path.child("terminationGracePeriodSeconds");
        if readiness {
            errors.invalid(&path, grace, "must not be set for readinessProbes");
        } else if grace <= 0 {
            errors.invalid(&path, grace, "must be greater than 0");
        }
    }
    if let Some(threshold) = probe.success_threshold.filter(|threshold| !readiness && *threshold != 1) {
        errors.invalid(&path.child("successThreshold"), threshold, "must be 1");
    }
}

fn check_hook(errors: &mut Errors, hook: &LifecycleHandler, path: &Path, grace: i64) {
    let handlers = Handlers {
        exec: hook.exec.as_ref(),
        http: hook.http_get.as_ref(),
        tcp: hook.tcp_socket.as_ref(),
        grpc: None,
        sleep: hook.sleep.as_ref(),
    };
    handlers.check(errors, path, grace);
}

struct Handlers<'a> {
    exec: Option<&'a ExecAction>,
    http: Option<&'a HTTPGetAction>,
    tcp: Option<&'a TCPSocketAction>,
    grpc: Option<&'a GRPCAction>,
    sleep: Option<&'a SleepAction>,
}

// === impl Handlers ===

impl Handlers<'_> {
    fn check(&self, errors: &mut Errors, path: &Path, grace: i64) {
        let mut set = Vec::new();
        if let Some(exec) = self.exec {
            set.push("exec");
            if exec.command.as_ref().is_none_or(Vec::is_empty) {
                errors.required(&path.child("exec").child("command"), "");
            }
        }
        if let Some(http) = self.http {
            set.push("httpGet");
            check_http(errors, http, &path.child("httpGet"));
        }
        if let Some(tcp) = self.tcp {
            set.push("tcpSocket");
            check_port(errors, &tcp.port, &path.child("tcpSocket").child("port"));
        }
        if let Some(grpc) = self.grpc {
            set.push("grpc");
            check_port(errors, &IntOrString::Int(grpc.port), &path.child("grpc").child("port"));
        }
        if let Some(sleep) = self.sleep {
            set.push("sleep");
            if sleep.seconds < 0 || sleep.seconds > grace {
                let detail =
                    format!("must be non-negative and less than terminationGracePeriodSeconds ({grace})");
                errors.invalid(&path.child("sleep").child("seconds"), sleep.seconds, &detail);
            }
        }
        for field in set.iter().skip(1) {
            errors.forbidden(&path.child(field), "may not specify more than 1 handler type");
        }
        if set.is_empty() {
            errors.required(path, "must specify a handler type");
        }
    }
}

fn check_http(errors: &mut Errors, http: &HTTPGetAction, path: &Path) {
    if text(http.path.as_ref()).is_empty() {
        errors.required(&path.child("path"), "");
    }
    check_port(errors, &http.port, &path.child("port"));
    errors.one_of(&path.child("scheme"), text(http.scheme.as_ref()), &["HTTP", "HTTPS"]);
    for (index, header) in http.http_headers.iter().flatten().enumerate() {
        let path = path.child("httpHeaders").index(index);
        let token = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if header.name.is_empty() || !header.name.bytes().all(token) {
            let detail = "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";
            errors.invalid(&path.child("name"), header.name.as_str(), detail);
        }
    }
}

fn check_port(errors: &mut Errors, port: &IntOrString, path: &Path) {
    match port {
        IntOrString::Int(number) if !(1..=65535).contains(number) => {
            errors.invalid(path, *number, "must be between 1 and 65535, inclusive");
        }
        IntOrString::Int(_) => {}
        IntOrString::String(name) => errors.name(path, name, names::port_name),
    }
}
