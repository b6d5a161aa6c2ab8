//! One sync: status out, volumes in, then what [`crate::plan`] says (LIFE-1, LIFE-2).

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use wasipod_api::model::Container;
use wasipod_api::model::Pod;
use wasipod_api::model::container::TerminationMessagePolicy;
use wasipod_api::model::event::EventType;
use wasipod_kernel::clock::Instant;

use super::PodWorker;
use crate::container::{ContainerId, SandboxSpec};
use crate::dns;
use crate::facts::{Sandbox, SandboxState};
use crate::hosts;
use crate::logs::ContainerLog;
use crate::plan::{Action, KillReason, plan};
use crate::pod_cell::declaration;
use crate::probe::{ProbeKind, ProbeWorker};

/// TMSG-2, TMSG-3.
const MESSAGE_LIMIT: usize = 4096;
const FALLBACK_LINES: usize = 80;
const FALLBACK_LIMIT: usize = 2048;

/// How a sync came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SyncEnd {
    /// Everything is as it should be.
    Done,
    /// Something failed, or waits: again at that time at the latest.
    Retry(Instant),
    /// The Pod is to be stopped.
    Interrupted,
    /// The Pod has come to its end by itself.
    Finished,
}

/// A step that didn't come to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unfinished {
    /// It failed; what there is to say has been said.
    Failed,
    /// It was cut off by `stop`.
    Interrupted,
}

// === impl PodWorker ===

impl PodWorker {
    pub(super) async fn sync(&mut self, stop: &CancellationToken) -> SyncEnd {
        self.read_termination_messages().await;
        if self.is_finished() {
            return SyncEnd::Finished;
        }
        self.publish().await;
        if let Some(due) = self.mount_volumes().await {
            return SyncEnd::Retry(due);
        }
        self.start_probes();
        let pod = self.cell.pod();
        let actions = self.cell.look(|facts, _| plan(&pod, facts));
        let mut failed = false;
        for action in actions {
            if stop.is_cancelled() {
                return SyncEnd::Interrupted;
            }
            let is_main_start = matches!(action, Action::Start { init: false, .. });
            match self.execute(&pod, action, stop).await {
                Ok(()) => {}
                Err(Unfinished::Interrupted) => return SyncEnd::Interrupted,
                Err(Unfinished::Failed) => {
                    failed = true;
                    // LIFE-14: one main container's failure doesn't stop the others.
                    if !is_main_start {
                        break;
                    }
                }
            }
        }
        self.read_termination_messages().await;
        // What has ended meanwhile has sent a wake: the end of the Pod is seen in the next sync.
        if !self.is_finished() {
            self.publish().await;
        }
        if failed { SyncEnd::Retry(self.retry_at()) } else { SyncEnd::Done }
    }

    async fn execute(
        &mut self,
        pod: &Arc<Pod>,
        action: Action,
        stop: &CancellationToken,
    ) -> Result<(), Unfinished> {
        match action {
            Action::DropSandbox => {
                let message = "Pod sandbox changed, it will be killed and re-created.";
                self.cell.event(&self.node, EventType::Normal, "SandboxChanged", message);
                self.drop_sandbox(pod, stop).await
            }
            Action::CreateSandbox { attempt } => self.create_sandbox(pod, attempt).await,
            Action::Kill { container, why, restarts } => {
                let Some(declared) = declaration(pod, &container) else { return Ok(()) };
                let message = kill_message(&container, why, restarts);
                self.kill_one(pod, declared, why, message, stop).await
            }
            Action::Start { container, reference, .. } => match declaration(pod, &container) {
                Some(declared) => self.start_container(pod, declared, reference, stop).await,
                None => Ok(()),
            },
        }
    }

    async fn drop_sandbox(&mut self, pod: &Pod, stop: &CancellationToken) -> Result<(), Unfinished> {
        let running =
            self.cell.look(|facts, _| facts.running().map(|(name, _)| name.to_owned()).collect::<Vec<_>>());
        for name in running {
            if let Some(declared) = declaration(pod, &name) {
                let message = kill_message(&name, KillReason::SandboxGone, false);
                self.kill_one(pod, declared, KillReason::SandboxGone, message, stop).await?;
            }
        }
        self.read_termination_messages().await;
        if let Some(id) = self.cell.look(|facts, _| facts.sandbox.as_ref().map(|sandbox| sandbox.id.clone()))
        {
            let runtime = &self.node.ports.runtime;
            let ended = runtime.stop_sandbox(&id).await;
            let removed = runtime.remove_sandbox(&id).await;
            if let Err(error) = ended.and(removed) {
                let message = format!("error killing pod: {error}");
                self.cell.event(&self.node, EventType::Warning, "FailedKillPod", message);
                return Err(Unfinished::Failed);
            }
        }
        self.cell.change(crate::facts::Facts::sandbox_dropped);
        Ok(())
    }

    async fn create_sandbox(&mut self, pod: &Pod, attempt: u32) -> Result<(), Unfinished> {
        let config = &self.node.config;
        let previous_ips = self
            .cell
            .look(|facts, _| facts.sandbox.as_ref().map_or_else(Vec::new, |sandbox| sandbox.ips.clone()));
        let found = dns::pod_resolver(pod, &config.resolver, &config.cluster_dns, &config.cluster_domain);
        for warning in found.warnings {
            self.cell.event(&self.node, EventType::Warning, "DNSConfigForming", warning);
        }
        if found.missing_cluster_dns {
            let message = format!(
                "pod: {:?}. kubelet does not have ClusterDNS IP configured and cannot create Pod using \"ClusterFirst\" policy. Falling back to \"Default\" policy.",
                self.cell.key().to_string()
            );
            self.cell.event(&self.node, EventType::Warning, "MissingClusterDNS", message);
        }
        let created = match hosts::kernel_hostname(pod, &config.cluster_domain) {
            Err(error) => Err(error),
            Ok(hostname) => {
                let spec = SandboxSpec {
                    pod: self.cell.key().clone(),
                    attempt,
                    hostname,
                    resolv_conf: found.resolver.file(),
                    share_process_namespace: pod.spec.share_process_namespace,
                    ports: pod.all_containers().flat_map(|container| container.ports.clone()).collect(),
                    previous_ips,
                };
                self.node.ports.runtime.create_sandbox(spec).await.map_err(|error| error.to_string())
            }
        };
        match created {
            Ok(info) => {
                let sandbox = Sandbox { id: info.id, attempt, ips: info.ips, state: SandboxState::Ready };
                self.cell.change(|facts| facts.sandbox = Some(sandbox));
                Ok(())
            }
            Err(error) => {
                let message = format!("Failed to create pod sandbox: {error}");
                self.cell.event(&self.node, EventType::Warning, "FailedCreatePodSandBox", message);
                Err(Unfinished::Failed)
            }
        }
    }

    /// Every declared probe gets its worker, once (PROBE-1).
    fn start_probes(&mut self) {
        let pod = self.cell.pod();
        for container in &pod.spec.containers {
            for kind in ProbeKind::ALL {
                let key = (container.name.clone(), kind);
                if self.probing.contains_key(&key) {
                    continue;
                }
                if let Some(worker) = ProbeWorker::new(kind, &pod, container, &self.node, &self.cell) {
                    self.probing.insert(key, worker.trigger());
                    self.probes.spawn(worker.run());
                }
            }
        }
        while let Some(ended) = self.probes.try_join_next() {
            if let Err(error) = ended
                && error.is_panic()
            {
                tracing::error!(pod = %self.cell.key(), %error, "a probe's task broke down; the probe is off");
            }
        }
    }

    /// What ended containers left as their last words (TMSG-1…5).
    pub(super) async fn read_termination_messages(&mut self) {
        let pod = self.cell.pod();
        let unread: Vec<(String, ContainerId, i32, ContainerLog)> = self.cell.look(|facts, _| {
            let instances = facts.containers.iter().flat_map(|(name, known)| {
                known.current.iter().chain(&known.previous).map(move |instance| (name, instance))
            });
            instances
                .filter_map(|(name, instance)| {
                    let exit = instance.exit().filter(|exit| !exit.message_read)?;
                    Some((name.clone(), instance.id.clone(), exit.code, instance.log.clone()))
                })
                .collect()
        });
        for (name, id, code, log) in unread {
            let Some(container) = declaration(&pod, &name) else { continue };
            let text = self.termination_message(container, &id, code, &log).await;
            self.cell.change(|facts| {
                if let Some((_, instance)) = facts.instance_mut(&id)
                    && let crate::facts::InstanceState::Exited(exit) = &mut instance.state
                {
                    exit.message_read = true;
                    if !exit.message.is_empty() && !text.is_empty() {
                        exit.message.push_str(": ");
                    }
                    exit.message.push_str(&text);
                }
            });
        }
    }

    async fn termination_message(
        &self,
        container: &Container,
        id: &ContainerId,
        code: i32,
        log: &ContainerLog,
    ) -> String {
        let path = &container.termination_message_path;
        let bytes = match self.node.ports.runtime.read_termination_message(id, MESSAGE_LIMIT).await {
            Ok(bytes) => bytes,
            Err(error) => return format!("Error on reading termination log {path}: {error}"),
        };
        let falls_back =
            container.termination_message_policy == TerminationMessagePolicy::FallbackToLogsOnError;
        if bytes.is_empty() && falls_back && code != 0 {
            return String::from_utf8_lossy(&log.tail(FALLBACK_LINES, FALLBACK_LIMIT)).into_owned();
        }
        String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(MESSAGE_LIMIT)..]).into_owned()
    }
}

/// The text of the `Killing` event.
pub(super) fn kill_message(container: &str, why: KillReason, restarts: bool) -> String {
    let suffix = if restarts { ", will be restarted" } else { "" };
    match why {
        KillReason::Liveness => format!("Container {container} failed liveness probe{suffix}"),
        KillReason::Startup => format!("Container {container} failed startup probe{suffix}"),
        KillReason::DefinitionChanged => format!("Container {container} definition changed{suffix}"),
        KillReason::PostStart => "FailedPostStartHook".to_owned(),
        KillReason::SandboxGone | KillReason::PodStopped => format!("Stopping container {container}"),
    }
}
