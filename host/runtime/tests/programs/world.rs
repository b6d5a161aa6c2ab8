//! A small node for one container: a file tree with the test programs, a sandbox, a runtime.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;
use wasipod_kernel::clock::Clock;
use wasipod_kernel::file::FileRef;
use wasipod_kernel::fs::FsContext;
use wasipod_kernel::fs::devfs::devfs;
use wasipod_kernel::fs::image::{ImageBuilder, ImageEntry, ImageKind};
use wasipod_kernel::fs::tmpfs::{Tmpfs, TmpfsOptions};
use wasipod_kernel::net::Fabric;
use wasipod_kernel::process::{
    Cgroup, CgroupLimits, Credentials, ExitCause, ExitStatus, Group, PidNs, Process, ProcessSpec, Program,
};
use wasipod_kernel::random::Random;
use wasipod_kernel::sandbox::Sandbox;
use wasipod_kernel::vfs::{Caller, MountFlags, MountNs, OpenOptions};
use wasipod_runtime::{ExecError, Loaded, Runtime, RuntimeConfig};

const PROGRAMS: [&str; 4] = ["rust-wasip1", "rust-wasip2", "c-wasip1", "go-wasip1"];

/// How a program's run went.
pub(crate) struct Run {
    pub(crate) code: u8,
    pub(crate) cause: Option<ExitCause>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// What to make a world of.
pub(crate) struct World {
    clock: Clock,
    directory: &'static str,
    limits: CgroupLimits,
}

/// A made world.
pub(crate) struct Inside {
    clock: Clock,
    runtime: Arc<Runtime>,
    mounts: MountNs,
    sandbox: Arc<Sandbox>,
    directory: &'static str,
    limits: CgroupLimits,
}

impl World {
    pub(crate) fn virtual_time() -> Self {
        Self { clock: Clock::virtual_(), directory: "/", limits: CgroupLimits::default() }
    }

    pub(crate) fn real_time() -> Self {
        Self { clock: Clock::real(), ..Self::virtual_time() }
    }

    pub(crate) fn in_directory(self, directory: &'static str) -> Self {
        Self { directory, ..self }
    }

    pub(crate) fn with_limits(self, limits: CgroupLimits) -> Self {
        Self { limits, ..self }
    }

    pub(crate) fn run<T>(self, story: impl AsyncFnOnce(&Inside) -> T) -> T {
        let executor = if self.clock.is_virtual() {
            self.clock.virtual_runtime().unwrap()
        } else {
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap()
        };
        let random = Random::from_seed(0);
        let runtime = Runtime::new(RuntimeConfig {
            clock: self.clock.clone(),
            random: random.fork("runtime"),
            executor: executor.handle().clone(),
            cache: Some(cache_directory()),
            pool: 16,
            progress: Arc::new(|_| {}),
        })
        .unwrap();
        let context = FsContext::new(self.clock.clone());
        let inside = Inside {
            mounts: file_tree(&context, random.fork("dev")),
            sandbox: Arc::new(Sandbox {
                name: "default/test".into(),
                hostname: "test".into(),
                net: Fabric::new(self.clock.clone()).add_pod().unwrap(),
                shared_pids: None,
            }),
            clock: self.clock,
            runtime,
            directory: self.directory,
            limits: self.limits,
        };
        executor.block_on(async { story(&inside).await })
    }
}

/// Shared by all tests of a machine: the first run compiles.
fn cache_directory() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("compiled")
}

pub(crate) fn program_path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../../tests/programs/dist/{name}.wasm"))
}

/// A read-only root with /programs, /work/here and /etc/hosts; /tmp and /dev.
fn file_tree(context: &FsContext, random: Random) -> MountNs {
    let mut image = ImageBuilder::new();
    let entry = |kind, mode| ImageEntry { kind, mode, uid: 0, gid: 0, mtime: context.clock().wall() };
    for directory in ["programs", "tmp", "dev", "etc", "work"] {
        image.add(directory, entry(ImageKind::Directory, 0o755)).unwrap();
    }
    for program in PROGRAMS {
        let bytes = Bytes::from(std::fs::read(program_path(program)).unwrap());
        image.add(&format!("programs/{program}.wasm"), entry(ImageKind::Regular(bytes), 0o755)).unwrap();
    }
    let hosts = Bytes::from_static(b"127.0.0.1\tlocalhost\n");
    image.add("etc/hosts", entry(ImageKind::Regular(hosts), 0o644)).unwrap();
    let here = Bytes::from_static(b"in work");
    image.add("work/here", entry(ImageKind::Regular(here), 0o644)).unwrap();
    let mounts = MountNs::new(image.build(context), MountFlags { read_only: true });
    let tmp = Tmpfs::new(context, &TmpfsOptions::default());
    mounts.mount("/tmp", tmp.root(), MountFlags::default()).unwrap();
    mounts.mount("/dev", devfs(context, random).unwrap(), MountFlags::default()).unwrap();
    mounts
}

/// Where a test program is in the container.
fn path_of(name: &str) -> String {
    format!("/programs/{name}.wasm")
}

impl Inside {
    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    pub(crate) fn mounts(&self) -> &MountNs {
        &self.mounts
    }

    pub(crate) fn program_bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(program_path(name)).unwrap()
    }

    pub(crate) fn write(&self, path: &str, content: &[u8]) {
        let file =
            self.mounts.open(&Caller::root(), self.mounts.root(), path, OpenOptions::CREATE, 0o755).unwrap();
        file.write_at(0, content).unwrap();
    }

    pub(crate) async fn load(&self, path: &str) -> Result<Loaded, ExecError> {
        self.load_with(path, &[]).await
    }

    async fn load_with(&self, path: &str, arguments: &[&str]) -> Result<Loaded, ExecError> {
        let mut argv = vec![path.to_owned()];
        argv.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        let program =
            Program { path: path.to_owned(), argv, env: vec![("COLOUR".to_owned(), "blue".to_owned())] };
        self.runtime.load(&self.mounts, &Caller::root(), self.mounts.root(), program).await
    }

    async fn spawn(
        &self,
        path: &str,
        arguments: &[&str],
        descriptors: BTreeMap<u32, FileRef>,
    ) -> Arc<Process> {
        let loaded = self.load_with(path, arguments).await.unwrap();
        let caller = Caller::root();
        let process = Process::create(ProcessSpec {
            program: loaded.program().clone(),
            parent: None,
            group: Group::Lead,
            pid_ns: PidNs::new(),
            cgroup: Cgroup::new(self.limits),
            sandbox: self.sandbox.clone(),
            mounts: self.mounts.clone(),
            cwd: self.mounts.resolve(&caller, self.mounts.root(), self.directory, true).unwrap(),
            credentials: Credentials::default(),
            umask: 0o022,
            descriptors,
            ignored_signals: Vec::new(),
            now: self.clock.now(),
        })
        .unwrap();
        self.runtime.start(process.clone(), loaded);
        process
    }

    pub(crate) async fn start(&self, name: &str, arguments: &[&str]) -> Arc<Process> {
        self.spawn(&path_of(name), arguments, BTreeMap::new()).await
    }

    /// The kernel's own `/pause`, as PID 1 of a namespace.
    pub(crate) fn start_kernel_pause(&self) -> Arc<Process> {
        let process = self.child_of(None, PidNs::new());
        tokio::spawn(process.clone().pause());
        process
    }

    /// A process that executes nothing.
    pub(crate) fn child_of(&self, parent: Option<&Arc<Process>>, pid_ns: Arc<PidNs>) -> Arc<Process> {
        Process::create(ProcessSpec {
            program: Program::default(),
            parent: parent.cloned(),
            group: Group::Lead,
            pid_ns,
            cgroup: Cgroup::new(self.limits),
            sandbox: self.sandbox.clone(),
            mounts: self.mounts.clone(),
            cwd: self.mounts.root().clone(),
            credentials: Credentials::default(),
            umask: 0o022,
            descriptors: BTreeMap::new(),
            ignored_signals: Vec::new(),
            now: self.clock.now(),
        })
        .unwrap()
    }

    pub(crate) async fn start_path(&self, path: &str) -> Arc<Process> {
        self.spawn(path, &[], BTreeMap::new()).await
    }

    pub(crate) async fn run(&self, name: &str, arguments: &[&str]) -> Run {
        self.run_with_input(name, arguments, b"").await
    }

    pub(crate) async fn run_path(&self, path: &str, arguments: &[&str]) -> Run {
        self.run_path_with_input(path, arguments, b"").await
    }

    pub(crate) async fn run_with_input(&self, name: &str, arguments: &[&str], input: &[u8]) -> Run {
        self.run_path_with_input(&path_of(name), arguments, input).await
    }

    async fn run_path_with_input(&self, path: &str, arguments: &[&str], input: &[u8]) -> Run {
        let (stdin, feed) = wasipod_kernel::pipe::pipe();
        if !input.is_empty() {
            assert_eq!(feed.try_write(&Bytes::copy_from_slice(input)), Ok(input.len()));
        }
        drop(feed);
        let (stdout, stderr) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(Vec::new())));
        let sink = |into: &Arc<Mutex<Vec<u8>>>| {
            let into = into.clone();
            wasipod_kernel::sink::sink(
                "test",
                Arc::new(move |bytes: &Bytes| into.lock().extend_from_slice(bytes)),
            )
        };
        let descriptors = BTreeMap::from([(0, stdin), (1, sink(&stdout)), (2, sink(&stderr))]);
        let exit = self.spawn(path, arguments, descriptors).await.ended().await;
        let text = |of: &Arc<Mutex<Vec<u8>>>| String::from_utf8_lossy(&of.lock()).into_owned();
        Run { code: exit.status.code(), cause: exit.cause, stdout: text(&stdout), stderr: text(&stderr) }
    }

    /// Its standard output is a pipe that nobody reads. It isn't PID 1 of its namespace, where SIGPIPE means nothing.
    pub(crate) async fn run_into_closed_pipe(&self, name: &str, arguments: &[&str]) -> ExitStatus {
        let (reader, writer) = wasipod_kernel::pipe::pipe();
        drop(reader);
        let first = self.start(name, &["sleep", "1000"]).await;
        let loaded = self.load_with(&path_of(name), arguments).await.unwrap();
        let process = Process::create(ProcessSpec {
            program: loaded.program().clone(),
            parent: Some(first.clone()),
            group: Group::Inherit,
            pid_ns: first.pid_ns().clone(),
            cgroup: first.cgroup().clone(),
            sandbox: self.sandbox.clone(),
            mounts: self.mounts.clone(),
            cwd: self.mounts.root().clone(),
            credentials: Credentials::default(),
            umask: 0o022,
            descriptors: BTreeMap::from([(1, writer)]),
            ignored_signals: Vec::new(),
            now: self.clock.now(),
        })
        .unwrap();
        self.runtime.start(process.clone(), loaded);
        process.ended().await.status
    }
}
