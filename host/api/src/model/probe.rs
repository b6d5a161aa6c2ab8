//! Probes and lifecycle hooks as declared, with defaults filled in (VAL-6).

use std::time::Duration;

/// A liveness, readiness or startup probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// What is asked.
    pub handler: ProbeHandler,
    /// Wait after the container's start before the first ask.
    pub initial_delay: Duration,
    /// Time between two asks.
    pub period: Duration,
    /// How long one ask may take.
    pub timeout: Duration,
    /// Successes in a row that turn a failed probe into a good one.
    pub success_threshold: u32,
    /// Failures in a row that turn a good probe into a failed one.
    pub failure_threshold: u32,
    /// Grace for kills that this probe causes; `None` = the Pod's own (HOOK-15).
    pub termination_grace: Option<Duration>,
}

/// How a probe asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProbeHandler {
    /// Runs a command in the container; exit code 0 is success.
    Exec(Vec<String>),
    /// HTTP GET; 200–399 is success.
    HttpGet(HttpGet),
    /// Opens a TCP connection.
    TcpSocket {
        /// Host to connect to; `None` = the Pod's IP.
        host: Option<String>,
        /// Port number or name.
        port: PortRef,
    },
    /// gRPC health check.
    Grpc {
        /// Port number.
        port: u16,
        /// Service name asked for; may be empty.
        service: String,
    },
}

/// An HTTP request of a probe or hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpGet {
    /// Host to connect to; `None` = the Pod's IP.
    pub host: Option<String>,
    /// Port number or name.
    pub port: PortRef,
    /// Path with query, as declared (default `/`).
    pub path: String,
    /// Whether TLS is used (`scheme: HTTPS`).
    pub https: bool,
    /// Extra headers in order.
    pub headers: Vec<(String, String)>,
}

/// A port by number or by the name of a container port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortRef {
    /// Port number.
    Number(u16),
    /// Name of one of the container's ports.
    Name(String),
}

/// What a postStart or preStop hook does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HookAction {
    /// Runs a command in the container.
    Exec(Vec<String>),
    /// HTTP GET; any answer is success (HOOK-3).
    HttpGet(HttpGet),
    /// Waits.
    Sleep(Duration),
}

/// Hooks of a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lifecycle {
    /// Runs right after the start, beside the entrypoint.
    pub post_start: Option<HookAction>,
    /// Runs before the stop signal.
    pub pre_stop: Option<HookAction>,
}
