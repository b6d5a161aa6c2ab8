//! Starting one container: back-off, image, environment, create, start, postStart (LIFE-14, HOOK-5, HOOK-6).

use std::cell::RefCell;

use tokio_util::sync::CancellationToken;
use wasipod_api::expand::expand;
use wasipod_api::model::container::SubPath;
use wasipod_api::model::event::EventType;
use wasipod_api::model::{Container, Pod};
use wasipod_kernel::clock::Timestamp;

use super::PodWorker;
use super::kill::stop_signal;
use super::sync::{Unfinished, kill_message};
use crate::backoff::Attempt;
use crate::command;
use crate::container::{ContainerId, ContainerMount, ContainerSpec, Environment, ImageInfo, SandboxId};
use crate::env;
use crate::facts::{Instance, InstanceState, WaitingReason};
use crate::fields::Place;
use crate::go_format;
use crate::hooks;
use crate::hosts;
use crate::image;
use crate::logs::ContainerLog;
use crate::objects::Objects;
use crate::plan::KillReason;
use crate::volumes;

/// A mount here means that the container brings its own file (VOL-54).
const HOSTS_PATH: &str = "/etc/hosts";

// === impl PodWorker ===

impl PodWorker {
    /// Starts the container's next instance. `reference`: when its newest dead one ended, as seen when this sync began.
    pub(super) async fn start_container(
        &mut self,
        pod: &Pod,
        container: &Container,
        reference: Option<Timestamp>,
        stop: &CancellationToken,
    ) -> Result<(), Unfinished> {
        let failed = match self.try_start(pod, container, reference, stop).await {
            Ok(()) => None,
            Err(Failure::Interrupted) => return Err(Unfinished::Interrupted),
            Err(Failure::Waiting(why)) => Some(why),
        };
        let outcome = if failed.is_none() { Ok(()) } else { Err(Unfinished::Failed) };
        self.cell.change(|facts| facts.start_ended(&container.name, failed));
        outcome
    }

    async fn try_start(
        &mut self,
        pod: &Pod,
        container: &Container,
        reference: Option<Timestamp>,
        stop: &CancellationToken,
    ) -> Result<(), Failure> {
        if let Some(reference) = reference {
            self.back_off(container, reference)?;
        }
        let image = self.image(container, stop).await?;
        let spec = match self.spec(pod, container, &image).await {
            Ok(spec) => spec,
            Err(why) => return Err(self.failed(container, why)),
        };
        let id = self.create(container, &image, spec, stop).await?;
        self.start(container, &id).await?;
        self.run_post_start(pod, container, &id, stop).await
    }

    /// RST-4…7.
    fn back_off(&mut self, container: &Container, reference: Timestamp) -> Result<(), Failure> {
        let key = (container.name.clone(), container.image.clone());
        match self.restarts.attempt(key, reference, self.node.clock.wall()) {
            Attempt::Go => Ok(()),
            Attempt::Wait { delay, .. } => {
                let (name, pod) = (&container.name, self.cell.key());
                let text = format!("Back-off restarting failed container {name} in pod {pod}");
                self.cell.container_event(&self.node, EventType::Warning, name, "BackOff", text);
                let delay = go_format::duration(delay);
                let message = format!("back-off {delay} restarting failed container={name} pod={pod}");
                Err(Failure::Waiting(WaitingReason { reason: "CrashLoopBackOff", message }))
            }
        }
    }

    async fn image(&mut self, container: &Container, stop: &CancellationToken) -> Result<ImageInfo, Failure> {
        let (node, cell) = (self.node.clone(), self.cell.clone());
        let last = self.pull_failures.entry(container.name.clone()).or_default();
        let ensured = tokio::select! {
            biased;
            () = stop.cancelled() => return Err(Failure::Interrupted),
            ensured = image::ensure(&node, &cell, container, last) => ensured,
        };
        ensured.map_err(|why| {
            let text = format!("Error: {}", why.reason);
            self.cell.container_event(&self.node, EventType::Warning, &container.name, "Failed", text);
            Failure::Waiting(why)
        })
    }

    /// Everything that the runtime has to know (ENV, NET-14, VOL-50).
    async fn spec(
        &self,
        pod: &Pod,
        container: &Container,
        image: &ImageInfo,
    ) -> Result<ContainerSpec, WaitingReason> {
        let bad_config = |message: String| WaitingReason { reason: "CreateContainerConfigError", message };
        let node = &self.node;
        let (sandbox, attempt) = self.cell.look(|facts, _| {
            let attempt = facts.container(&container.name).map_or(0, |known| known.next_attempt);
            (facts.sandbox.clone(), attempt)
        });
        let (sandbox_id, ips) = sandbox
            .map_or_else(|| (SandboxId(String::new()), Vec::new()), |sandbox| (sandbox.id, sandbox.ips));
        let place = Place {
            host_ips: &node.config.addresses,
            pod_ips: if pod.spec.host_network { &node.config.addresses } else { &ips },
            allocatable: &node.config.allocatable,
        };
        let objects = Objects::read(&*node.ports.objects, env::references(pod, container)).await;
        let declared = env::declared(pod, container, &objects, &node.config.services, place)
            .map_err(|error| bad_config(error.to_string()))?;
        let argv = command::argv(container, &image.config, &declared)
            .map_err(|error| WaitingReason { reason: "CreateContainerError", message: error.to_string() })?;
        let hostname = hosts::kernel_hostname(pod, &node.config.cluster_domain).map_err(bad_config)?;
        let domain = &node.config.cluster_domain;
        let own_hosts = container.volume_mounts.iter().any(|mount| mount.mount_path == HOSTS_PATH);
        let working_dir = container.working_dir.clone().filter(|dir| !dir.is_empty()).unwrap_or_else(|| {
            if image.config.working_dir.is_empty() {
                "/".to_owned()
            } else {
                image.config.working_dir.clone()
            }
        });
        let user = container.security.run_as_user.map(|user| user.to_string());
        Ok(ContainerSpec {
            pod: self.cell.key().clone(),
            sandbox: sandbox_id,
            name: container.name.clone(),
            attempt,
            image_id: image.id.clone(),
            argv,
            env: env::complete(&hostname, &image.config, &declared),
            working_dir,
            user: user.or_else(|| Some(image.config.user.clone()).filter(|user| !user.is_empty())),
            mounts: mounts(pod, container, &declared).map_err(bad_config)?,
            hosts_file: (!own_hosts).then(|| hosts::hosts_file(pod, &ips, domain)),
            termination_message_path: container.termination_message_path.clone(),
            memory_limit: container.resources.limits.memory,
            cpu_limit: container.resources.limits.cpu,
            tty: container.tty,
            stdin: container.stdin,
            read_only_root: container.security.read_only_root_filesystem,
            log: ContainerLog::new(node.clock.clone(), node.config.log_limit),
        })
    }

    async fn create(
        &mut self,
        container: &Container,
        image: &ImageInfo,
        spec: ContainerSpec,
        stop: &CancellationToken,
    ) -> Result<ContainerId, Failure> {
        let (log, attempt) = (spec.log.clone(), spec.attempt);
        let runtime = self.node.ports.runtime.clone();
        let created = tokio::select! {
            biased;
            () = stop.cancelled() => return Err(Failure::Interrupted),
            created = runtime.create_container(spec) => created,
        };
        let id = created.map_err(|error| {
            self.failed(
                container,
                WaitingReason { reason: "CreateContainerError", message: error.to_string() },
            )
        })?;
        let instance = Instance {
            id: id.clone(),
            attempt,
            spec_image: container.image.clone(),
            image: image.repo_tag.clone(),
            image_id: image.repo_digest.clone(),
            stop_signal: stop_signal(&image.config.stop_signal),
            log,
            state: InstanceState::Created { starting_at: None },
            start_done: false,
            pre_stop_begun: false,
        };
        let name = &container.name;
        let forgotten = self.cell.change(|facts| facts.created(name, instance));
        self.cell.container_event(
            &self.node,
            EventType::Normal,
            name,
            "Created",
            format!("Created container: {name}"),
        );
        // CST-9: one dead instance is kept.
        if let Some(old) = forgotten
            && let Err(error) = runtime.remove_container(&old.id).await
        {
            tracing::warn!(pod = %self.cell.key(), container = name, %error, "old instance not removed");
        }
        Ok(id)
    }

    async fn start(&mut self, container: &Container, id: &ContainerId) -> Result<(), Failure> {
        let clock = &self.node.clock;
        self.cell.change(|facts| facts.starting(id, clock.wall()));
        match self.node.ports.runtime.start_container(id).await {
            Ok(()) => {
                self.cell.change(|facts| facts.started(id));
                let name = &container.name;
                let text = format!("Started container {name}");
                self.cell.container_event(&self.node, EventType::Normal, name, "Started", text);
                Ok(())
            }
            Err(error) => {
                let message = error.to_string();
                self.cell.change(|facts| facts.start_failed(id, &message, clock.wall()));
                // As for every dead container, the Pod's task looks at what follows from it.
                self.cell.wake();
                Err(self.failed(container, WaitingReason { reason: "RunContainerError", message }))
            }
        }
    }

    /// HOOK-5, HOOK-6.
    async fn run_post_start(
        &mut self,
        pod: &Pod,
        container: &Container,
        id: &ContainerId,
        stop: &CancellationToken,
    ) -> Result<(), Failure> {
        let Some(hook) = &container.lifecycle.post_start else { return Ok(()) };
        let (node, cell) = (self.node.clone(), self.cell.clone());
        let done = tokio::select! {
            biased;
            () = stop.cancelled() => return Err(Failure::Interrupted),
            done = hooks::run(&*node.ports.runtime, &node.clock, cell.key(), &container.name, id, hook) => done,
        };
        let Err(error) = done else { return Ok(()) };
        let message = "PostStartHook failed";
        cell.container_event(&node, EventType::Warning, &container.name, "FailedPostStartHook", message);
        let message = kill_message(&container.name, KillReason::PostStart, false);
        match self.kill_one(pod, container, KillReason::PostStart, message, stop).await {
            Err(Unfinished::Interrupted) => Err(Failure::Interrupted),
            Ok(()) | Err(Unfinished::Failed) => {
                let message = error.to_string();
                Err(Failure::Waiting(WaitingReason { reason: "PostStartHookError", message }))
            }
        }
    }

    /// Says that the container can't be made or started.
    fn failed(&self, container: &Container, why: WaitingReason) -> Failure {
        let text = format!("Error: {}", why.message);
        self.cell.container_event(&self.node, EventType::Warning, &container.name, "Failed", text);
        Failure::Waiting(why)
    }
}

/// Why a container didn't start.
enum Failure {
    Interrupted,
    Waiting(WaitingReason),
}

/// The container's mounts; written volumes are read-only whatever the Pod says (VOL-16).
fn mounts(pod: &Pod, container: &Container, env: &Environment) -> Result<Vec<ContainerMount>, String> {
    let mounts = container.volume_mounts.iter().map(|mount| {
        let volume = pod.spec.volumes.iter().find(|volume| volume.name == mount.name);
        Ok(ContainerMount {
            volume: mount.name.clone(),
            mount_path: mount.mount_path.clone(),
            sub_path: mount.sub_path.as_ref().map(|path| sub_path(path, env)).transpose()?,
            read_only: mount.read_only || volume.is_some_and(volumes::is_written),
        })
    });
    mounts.collect()
}

/// VOL-50.
fn sub_path(path: &SubPath, env: &Environment) -> Result<String, String> {
    let expression = match path {
        SubPath::Literal(path) => return Ok(path.clone()),
        SubPath::Expression(expression) => expression,
    };
    let missing = RefCell::new(None);
    let path = expand(expression, |name| {
        let value = env.get(name).filter(|value| !value.is_empty());
        if value.is_none() {
            missing.borrow_mut().get_or_insert_with(|| name.to_owned());
        }
        value
    });
    match missing.into_inner() {
        Some(name) => Err(format!("missing value for {name}")),
        None if path.starts_with('/') => Err(format!("error SubPath `{path}` must not be an absolute path")),
        None => Ok(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sub_path_expressions_need_their_variables_and_stay_relative_vol_50() {
        let env = Environment(vec![("A".to_owned(), "x".to_owned()), ("EMPTY".to_owned(), String::new())]);
        let expression = |text: &str| sub_path(&SubPath::Expression(text.to_owned()), &env);
        assert_eq!(expression("logs/$(A)"), Ok("logs/x".to_owned()));
        assert_eq!(expression("$(B)/$(C)"), Err("missing value for B".to_owned()));
        assert_eq!(expression("$(EMPTY)"), Err("missing value for EMPTY".to_owned()));
        assert_eq!(expression("/$(A)"), Err("error SubPath `/x` must not be an absolute path".to_owned()));
        assert_eq!(sub_path(&SubPath::Literal("$(B)".to_owned()), &env), Ok("$(B)".to_owned()));
    }
}
