//! What the tests build Pods and worlds from.

mod runtime;
mod world;

use std::time::Duration;

use wasipod_api::model::container::{SecurityContext, TerminationMessagePolicy};
use wasipod_api::model::pod::{Deletion, DnsConfig, DnsPolicy};
use wasipod_api::model::probe::Lifecycle;
use wasipod_api::model::resources::Resources;
use wasipod_api::model::{
    Container, ImagePullPolicy, Pod, PodSpec, Probe, ProbeHandler, RestartPolicy, UnixNanos,
};

pub(crate) use self::runtime::{ExecAnswer, Program};
pub(crate) use self::world::World;

/// A container of an image that is there.
pub(crate) fn container(name: &str) -> Container {
    Container {
        name: name.to_owned(),
        image: "busybox:1".to_owned(),
        image_pull_policy: ImagePullPolicy::IfNotPresent,
        command: Vec::new(),
        args: Vec::new(),
        working_dir: None,
        env: Vec::new(),
        env_from: Vec::new(),
        ports: Vec::new(),
        volume_mounts: Vec::new(),
        liveness_probe: None,
        readiness_probe: None,
        startup_probe: None,
        lifecycle: Lifecycle::default(),
        resources: Resources::default(),
        termination_message_path: "/dev/termination-log".to_owned(),
        termination_message_policy: TerminationMessagePolicy::File,
        stdin: false,
        stdin_once: false,
        tty: false,
        security: SecurityContext::default(),
        restart_policy: None,
    }
}

/// A Pod with one container, `c`.
pub(crate) fn pod(name: &str) -> Pod {
    Pod {
        name: name.to_owned(),
        namespace: "default".to_owned(),
        uid: format!("uid-{name}").into(),
        resource_version: "1".to_owned(),
        generation: 1,
        labels: [("app".to_owned(), "x".to_owned())].into(),
        annotations: [].into(),
        created_at: UnixNanos::default(),
        deletion: None,
        spec: PodSpec {
            init_containers: Vec::new(),
            containers: vec![container("c")],
            volumes: Vec::new(),
            restart_policy: RestartPolicy::Always,
            termination_grace: Duration::from_secs(30),
            active_deadline: None,
            node_name: Some("node".to_owned()),
            node_selector: [].into(),
            host_aliases: Vec::new(),
            share_process_namespace: false,
            host_network: false,
            hostname: None,
            subdomain: None,
            set_hostname_as_fqdn: false,
            dns_policy: DnsPolicy::ClusterFirst,
            dns_config: DnsConfig::default(),
            service_account_name: "default".to_owned(),
            automount_service_account_token: None,
            enable_service_links: true,
            image_pull_secrets: Vec::new(),
            scheduler_name: "default-scheduler".to_owned(),
            priority: 0,
            fs_group: None,
        },
    }
}

/// A Pod with init and main containers of those names.
pub(crate) fn pod_with(inits: &[&str], mains: &[&str], policy: RestartPolicy) -> Pod {
    let mut pod = pod("p");
    pod.spec.init_containers = inits.iter().map(|name| container(name)).collect();
    pod.spec.containers = mains.iter().map(|name| container(name)).collect();
    pod.spec.restart_policy = policy;
    pod
}

/// An exec probe with defaults (VAL-6) and that period.
pub(crate) fn exec_probe(argv: &[&str], period: Duration) -> Probe {
    Probe {
        handler: ProbeHandler::Exec(argv.iter().map(|word| (*word).to_owned()).collect()),
        initial_delay: Duration::ZERO,
        period,
        timeout: Duration::from_secs(1),
        success_threshold: 1,
        failure_threshold: 3,
        termination_grace: None,
    }
}

/// A deletion with that grace.
pub(crate) fn deletion(grace: Duration) -> Deletion {
    Deletion { at: UnixNanos::default(), grace }
}
