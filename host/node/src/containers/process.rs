//! One container: its processes from the start to the end.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;
use wasipod_kernel::file::FileRef;
use wasipod_kernel::process::signals::{Origin, Signal};
use wasipod_kernel::process::{
    Cgroup, CgroupLimits, Credentials, Exit, ExitCause, Group, PidNs, Process, ProcessSpec, Program,
};
use wasipod_kernel::sink::sink;
use wasipod_kernel::vfs::{Caller, MountNs, NodeRef, OpenOptions, Place};
use wasipod_kernel::{Errno, Result as KernelResult};
use wasipod_kubelet::container::{ContainerExit, ContainerId, ContainerSpec, RuntimeError, RuntimeEvent};
use wasipod_kubelet::logs::LogStream;
use wasipod_runtime::{Loaded, find_in_path};

use super::Containers;
use super::sandboxes::PodSandbox;
use super::user::credentials;

/// So many instances' logs are kept for a reader who is late.
const UNREAD_LOGS_MAX: usize = 16;

/// One attempt of one of a Pod's containers.
pub(super) struct Container {
    pub(super) spec: ContainerSpec,
    pub(super) sandbox: Arc<PodSandbox>,
    pub(super) cgroup: Arc<Cgroup>,
    pub(super) pids: Arc<PidNs>,
    pub(super) mounts: MountNs,
    pub(super) termination_log: NodeRef,
    pub(super) credentials: Credentials,
    /// The first process, once started.
    pub(super) main: Mutex<Option<Arc<Process>>>,
}

// === impl Container ===

impl Container {
    /// The first process, if it was started.
    pub(super) fn main(&self) -> Option<Arc<Process>> {
        self.main.lock().clone()
    }

    pub(super) fn is_running(&self) -> bool {
        self.main().is_some_and(|main| main.try_exit().is_none())
    }

    fn caller(&self) -> Caller {
        let Credentials { uid, gid, groups } = self.credentials.clone();
        Caller { pid: 0, uid, gid, groups, umask: 0o022 }
    }

    /// The working directory; like a container runtime, made when it isn't there.
    fn working_directory(&self) -> KernelResult<Place> {
        let path = if self.spec.working_dir.is_empty() { "/" } else { &self.spec.working_dir };
        let root = self.mounts.root();
        match self.mounts.resolve(&Caller::root(), root, path, true) {
            Err(Errno::ENOENT) => {
                self.mounts.mkdir_all(&Caller::root(), root, path, 0o755)?;
                self.mounts.resolve(&Caller::root(), root, path, true)
            }
            found => found,
        }
    }

    /// A process of this container, not running yet.
    pub(super) fn new_process(
        &self,
        loaded: &Loaded,
        descriptors: BTreeMap<u32, FileRef>,
        now: wasipod_kernel::clock::Instant,
    ) -> KernelResult<Arc<Process>> {
        Process::create(ProcessSpec {
            program: loaded.program().clone(),
            parent: None,
            group: Group::Lead,
            pid_ns: self.pids.clone(),
            cgroup: self.cgroup.clone(),
            sandbox: self.sandbox.kernel.clone(),
            mounts: self.mounts.clone(),
            cwd: self.working_directory()?,
            credentials: self.credentials.clone(),
            umask: 0o022,
            descriptors,
            ignored_signals: Vec::new(),
            now,
        })
    }

    /// /dev/null, for a standard input that is at its end at once.
    pub(super) fn null(&self) -> KernelResult<FileRef> {
        self.mounts.open(&Caller::root(), self.mounts.root(), "/dev/null", OpenOptions::READ, 0)
    }

    pub(super) fn who_waits(&self) -> Vec<String> {
        let name = &self.sandbox.kernel.name;
        let waits = |process: Arc<Process>| {
            let what = process.waiting_for();
            let program = process.program();
            let command = program.argv.join(" ");
            (!what.is_empty()).then(|| {
                format!("{name} {}: `{command}` (pid {}) waits for {what}", self.spec.name, process.pid())
            })
        };
        self.cgroup.processes().into_iter().filter_map(waits).collect()
    }
}

// === impl Containers ===

impl Containers {
    pub(super) fn make_container(&self, spec: ContainerSpec) -> Result<ContainerId, RuntimeError> {
        let sandbox = self.sandbox(&spec.sandbox)?;
        let pids = sandbox.kernel.shared_pids.clone().unwrap_or_else(PidNs::new);
        let root = self.build_root(&spec, &sandbox, &pids)?;
        let credentials = credentials(&root.mounts, spec.user.as_deref()).map_err(RuntimeError)?;
        let unlimited = CgroupLimits::default();
        let limits =
            CgroupLimits { memory: spec.memory_limit.map_or(unlimited.memory, |limit| limit.0), ..unlimited };
        let id = ContainerId(self.new_id());
        let container = Container {
            spec,
            sandbox,
            cgroup: Cgroup::new(limits),
            pids,
            mounts: root.mounts,
            termination_log: root.termination_log,
            credentials,
            main: Mutex::new(None),
        };
        let mut state = self.state.lock();
        let whose = (container.spec.pod.uid.clone(), container.spec.name.clone());
        let logs = state.new_logs.entry(whose).or_default();
        if logs.len() == UNREAD_LOGS_MAX {
            logs.pop_front();
        }
        logs.push_back(container.spec.log.clone());
        state.containers.insert(id.clone(), Arc::new(container));
        Ok(id)
    }

    /// Finds and compiles what `argv` names, as the container's user, in its tree.
    pub(super) async fn load(
        &self,
        container: &Container,
        argv: Vec<String>,
    ) -> Result<Loaded, RuntimeError> {
        let unable = |reason: String| RuntimeError(format!("unable to start container process: {reason}"));
        let name = argv.first().cloned().ok_or_else(|| RuntimeError("no command specified".into()))?;
        let caller = container.caller();
        let cwd = container.working_directory().map_err(|errno| {
            unable(format!("chdir to cwd ({:?}) failed: {errno}", container.spec.working_dir))
        })?;
        let env = container.spec.env.0.clone();
        let path = find_in_path(&container.mounts, &caller, &cwd, &name, &env)
            .map_err(|error| unable(error.reason))?;
        let program = Program { path, argv, env };
        let loaded = self.runtime.load(&container.mounts, &caller, &cwd, program).await;
        loaded.map_err(|error| unable(format!("exec: {name:?}: {}", error.reason)))
    }

    pub(super) async fn start(self: &Arc<Self>, id: &ContainerId) -> Result<(), RuntimeError> {
        let container = self.container(id)?;
        let loaded = self.load(&container, container.spec.argv.clone()).await?;
        let failed = |errno: Errno| RuntimeError(format!("unable to start container process: {errno}"));
        let log = |stream: LogStream, label| {
            let log = container.spec.log.clone();
            sink(label, Arc::new(move |bytes: &Bytes| log.write(stream, bytes)))
        };
        let stderr = if container.spec.tty { LogStream::Stdout } else { LogStream::Stderr };
        let descriptors = BTreeMap::from([
            (0, container.null().map_err(failed)?),
            (1, log(LogStream::Stdout, "stdout")),
            (2, log(stderr, "stderr")),
        ]);
        let main = container.new_process(&loaded, descriptors, self.clock.now()).map_err(failed)?;
        *container.main.lock() = Some(main.clone());
        self.watch(id.clone(), container, main.clone());
        self.runtime.start(main, loaded);
        Ok(())
    }

    /// When the first process ends, the others are killed, and the kubelet is told.
    fn watch(self: &Arc<Self>, id: ContainerId, container: Arc<Container>, main: Arc<Process>) {
        let containers = Arc::downgrade(self);
        let clock = self.clock.clone();
        tokio::spawn(async move {
            let exit = main.ended().await;
            let finished_at = clock.wall();
            container.cgroup.kill();
            for process in container.cgroup.processes() {
                process.ended().await;
            }
            container.spec.log.close();
            let Some(containers) = containers.upgrade() else { return };
            let pod_uid = container.spec.pod.uid.clone();
            let exit = report(&exit, finished_at);
            // The kubelet listens as long as there is a node.
            let _ = containers.events.send(RuntimeEvent::ContainerExited { pod_uid, container: id, exit });
        });
    }

    pub(super) fn signal(&self, id: &ContainerId, number: u8, all: bool) -> Result<(), RuntimeError> {
        let container = self.container(id)?;
        let signal =
            Signal::new(number).map_err(|errno| RuntimeError(format!("signal {number}: {errno}")))?;
        let targets = if all { container.cgroup.processes() } else { container.main().into_iter().collect() };
        for process in targets {
            process.signal(signal, Origin::Outside);
        }
        Ok(())
    }

    pub(super) fn forget_container(&self, id: &ContainerId) -> Result<(), RuntimeError> {
        let running = self.state.lock().containers.get(id).is_some_and(|container| container.is_running());
        if running {
            return Err(RuntimeError(format!("container {id} is running")));
        }
        let gone = self.state.lock().containers.remove(id);
        drop(gone);
        Ok(())
    }

    pub(super) fn termination_message(
        &self,
        id: &ContainerId,
        limit: usize,
    ) -> Result<Vec<u8>, RuntimeError> {
        let container = self.container(id)?;
        let read = || {
            let size = container.termination_log.stat()?.size;
            container.termination_log.read_at(size.saturating_sub(limit as u64), limit)
        };
        let bytes: KernelResult<Bytes> = read();
        bytes.map(|bytes| bytes.to_vec()).map_err(|errno| RuntimeError(errno.to_string()))
    }
}

fn report(exit: &Exit, finished_at: wasipod_kernel::clock::Timestamp) -> ContainerExit {
    let message = match &exit.cause {
        // The first line; the backtrace is in the log.
        Some(ExitCause::Trap(text)) => text.lines().next().map(str::to_owned),
        Some(ExitCause::OutOfMemory) | None => None,
    };
    ContainerExit {
        exit_code: i32::from(exit.status.code()),
        oom_killed: exit.cause == Some(ExitCause::OutOfMemory),
        finished_at,
        message,
    }
}
