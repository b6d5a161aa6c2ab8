//! What is known of one Pod: its sandbox, its containers' instances, what its probes found. Plain data; the pure parts
//! ([`crate::plan`], [`crate::status`]) decide from it, events and executors write it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use wasipod_api::model::Pod;
use wasipod_kernel::clock::Timestamp;

use crate::container::{ContainerExit, ContainerId, SandboxId, Signal};
use crate::logs::ContainerLog;
use crate::probe::{ProbeKind, ProbeResult};

/// One Pod as observed.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// When the kubelet first saw the Pod (CST-21).
    pub start_time: Option<Timestamp>,
    /// The newest sandbox.
    pub sandbox: Option<Sandbox>,
    /// The containers of which anything is known, by name.
    pub containers: BTreeMap<String, ContainerFacts>,
}

/// A sandbox.
#[derive(Clone, Debug)]
pub struct Sandbox {
    /// Its name in the runtime.
    pub id: SandboxId,
    /// 0 for the Pod's first.
    pub attempt: u32,
    /// The Pod's addresses; kept when it is dead (LIFE-16).
    pub ips: Vec<IpAddr>,
    /// Whether it can hold containers.
    pub state: SandboxState,
}

/// What a sandbox is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SandboxState {
    /// Containers run in it.
    Ready,
    /// Its first process has ended; what belongs to it is still there.
    Dead,
    /// It is gone.
    Dropped,
}

/// One container of the Pod.
#[derive(Clone, Debug, Default)]
pub struct ContainerFacts {
    /// The newest instance.
    pub current: Option<Instance>,
    /// The instance before, dead (CST-9).
    pub previous: Option<Instance>,
    /// The attempt number of the next instance; never decreases (CST-17).
    pub next_attempt: u32,
    /// Why the last try to start it failed (CST-11); cleared by a start that works (RST-10).
    pub waiting: Option<WaitingReason>,
    /// What the probes of the current instance found.
    pub probes: BTreeMap<ProbeKind, (ContainerId, ProbeResult)>,
}

/// Why a container waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingReason {
    /// One word (CST-11).
    pub reason: &'static str,
    /// The sentence.
    pub message: String,
}

/// One instance (attempt) of a container.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Its name in the runtime.
    pub id: ContainerId,
    /// `restartCount`.
    pub attempt: u32,
    /// The image as the spec named it then (VAL-86).
    pub spec_image: String,
    /// `status.image` (CST-4).
    pub image: String,
    /// `status.imageID` (CST-4).
    pub image_id: String,
    /// What ends it (HOOK-13).
    pub stop_signal: Signal,
    /// Where its output is.
    pub log: ContainerLog,
    /// What it does.
    pub state: InstanceState,
    /// Whether starting it is over, postStart included: only then is it probed (LIFE-15).
    pub start_done: bool,
    /// Whether its preStop hook has begun: it runs once in an instance's life.
    pub pre_stop_begun: bool,
}

/// What an instance does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InstanceState {
    /// Made, not running yet (CST-8).
    Created {
        /// When its start was ordered, if it was.
        starting_at: Option<Timestamp>,
    },
    /// Its first process runs.
    Running {
        /// Since when.
        started_at: Timestamp,
    },
    /// It has ended.
    Exited(Exit),
}

/// How an instance ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exit {
    /// The exit code.
    pub code: i32,
    /// `Completed`, `Error`, `OOMKilled`, `StartError` (CST-14).
    pub reason: &'static str,
    /// The runtime's message and the termination message, once both are known (TMSG-2).
    pub message: String,
    /// Whether the termination message has been read.
    pub message_read: bool,
    /// When it began; the epoch when it never did.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Timestamp,
}

// === impl Facts ===

impl Facts {
    /// The container's facts, if anything is known.
    pub fn container(&self, name: &str) -> Option<&ContainerFacts> {
        self.containers.get(name)
    }

    /// The newest instance of the container.
    pub fn current(&self, name: &str) -> Option<&Instance> {
        self.containers.get(name).and_then(|facts| facts.current.as_ref())
    }

    /// The newest instance of the container, of an earlier sandbox too.
    pub fn newest(&self, name: &str) -> Option<&Instance> {
        let facts = self.containers.get(name)?;
        facts.current.as_ref().or(facts.previous.as_ref())
    }

    /// The sandbox is gone and with it every present instance (LIFE-5): initialisation begins anew.
    pub fn sandbox_dropped(&mut self) {
        if let Some(sandbox) = &mut self.sandbox {
            sandbox.state = SandboxState::Dropped;
        }
        for facts in self.containers.values_mut() {
            facts.probes.clear();
            if let Some(current) = facts.current.take() {
                facts.previous = Some(current);
            }
        }
    }

    /// The instance with that id, with its container's name.
    pub fn instance_mut(&mut self, id: &ContainerId) -> Option<(&str, &mut Instance)> {
        self.containers.iter_mut().find_map(|(name, facts)| {
            [facts.current.as_mut(), facts.previous.as_mut()]
                .into_iter()
                .flatten()
                .find(|instance| instance.id == *id)
                .map(|instance| (name.as_str(), instance))
        })
    }

    /// A new instance takes the place of the one before, whose facts are kept (CST-9); the one before that is
    /// returned: nobody asks for it any more.
    pub fn created(&mut self, name: &str, instance: Instance) -> Option<Instance> {
        let facts = self.containers.entry(name.to_owned()).or_default();
        facts.next_attempt = instance.attempt + 1;
        facts.probes.clear();
        match facts.current.replace(instance) {
            Some(before) => facts.previous.replace(before),
            None => None,
        }
    }

    /// The instance's start has been ordered.
    pub fn starting(&mut self, id: &ContainerId, now: Timestamp) {
        if let Some((_, instance)) = self.instance_mut(id) {
            instance.state = InstanceState::Created { starting_at: Some(now) };
        }
    }

    /// The instance's start has worked; it may have ended since.
    pub fn started(&mut self, id: &ContainerId) {
        if let Some((_, instance)) = self.instance_mut(id)
            && let InstanceState::Created { starting_at: Some(started_at) } = instance.state
        {
            instance.state = InstanceState::Running { started_at };
        }
    }

    /// Starting the container has come to its end: well, or with the reason why it has to wait.
    pub fn start_ended(&mut self, name: &str, failure: Option<WaitingReason>) {
        let facts = self.containers.entry(name.to_owned()).or_default();
        if let (None, Some(current)) = (&failure, &mut facts.current) {
            current.start_done = true;
        }
        facts.waiting = failure;
    }

    /// The instance could not be started (CST-14).
    pub fn start_failed(&mut self, id: &ContainerId, message: &str, now: Timestamp) {
        if let Some((_, instance)) = self.instance_mut(id) {
            instance.state = InstanceState::Exited(Exit {
                code: 128,
                reason: "StartError",
                message: message.to_owned(),
                message_read: true,
                started_at: Timestamp::from_nanos(0),
                finished_at: now,
            });
            instance.log.close();
        }
    }

    /// The instance has ended. False if that was known or nobody knows the instance.
    pub fn exited(&mut self, id: &ContainerId, exit: ContainerExit) -> bool {
        let Some((_, instance)) = self.instance_mut(id) else { return false };
        let started_at = match instance.state {
            InstanceState::Running { started_at } => started_at,
            InstanceState::Created { starting_at } => starting_at.unwrap_or(exit.finished_at),
            InstanceState::Exited(_) => return false,
        };
        let reason = match exit.exit_code {
            _ if exit.oom_killed => "OOMKilled",
            0 => "Completed",
            _ => "Error",
        };
        instance.state = InstanceState::Exited(Exit {
            code: exit.exit_code,
            reason,
            message: exit.message.unwrap_or_default(),
            message_read: false,
            started_at,
            finished_at: exit.finished_at,
        });
        instance.log.close();
        true
    }

    /// The finish time of the container's newest dead instance: the reference of its back-off (RST-6).
    pub fn newest_exit(&self, name: &str) -> Option<Timestamp> {
        let facts = self.containers.get(name)?;
        [&facts.current, &facts.previous]
            .into_iter()
            .flatten()
            .find_map(|instance| instance.exit())
            .map(|exit| exit.finished_at)
    }

    /// What a probe found for the container's present instance.
    pub fn probe_result(&self, name: &str, kind: ProbeKind) -> Option<ProbeResult> {
        let facts = self.containers.get(name)?;
        let (id, result) = facts.probes.get(&kind)?;
        (facts.current.as_ref().is_some_and(|instance| instance.id == *id)).then_some(*result)
    }

    /// Instances that may still run, by container name.
    pub fn running(&self) -> impl Iterator<Item = (&str, &Instance)> {
        self.containers.iter().filter_map(|(name, facts)| {
            facts
                .current
                .as_ref()
                .filter(|instance| instance.is_running())
                .map(|instance| (name.as_str(), instance))
        })
    }

    /// Whether any of the Pod's main containers was ever made in this sandbox: then initialisation is over (LIFE-8).
    pub fn any_main_created(&self, pod: &Pod) -> bool {
        pod.spec.containers.iter().any(|container| self.current(&container.name).is_some())
    }
}

// === impl Instance ===

impl Instance {
    /// Whether its process runs or is about to.
    pub fn is_running(&self) -> bool {
        match self.state {
            InstanceState::Created { starting_at } => starting_at.is_some(),
            InstanceState::Running { .. } => true,
            InstanceState::Exited(_) => false,
        }
    }

    /// How it ended, if it has.
    pub fn exit(&self) -> Option<&Exit> {
        match &self.state {
            InstanceState::Exited(exit) => Some(exit),
            InstanceState::Created { .. } | InstanceState::Running { .. } => None,
        }
    }
}
