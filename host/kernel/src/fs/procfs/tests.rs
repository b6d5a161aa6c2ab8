//! `/proc` over real processes of the kernel.

use std::collections::BTreeMap;

use super::*;
use crate::fs::tmpfs::{Tmpfs, TmpfsOptions};
use crate::net::Fabric;
use crate::process::{Cgroup, CgroupLimits, Credentials, ExitStatus, Group, ProcessSpec, Program};
use crate::vfs::{MountFlags, MountNs, OpenOptions};

struct World {
    mounts: MountNs,
    pids: Arc<PidNs>,
    sandbox: Arc<Sandbox>,
    clock: Clock,
}

impl World {
    fn new() -> Self {
        let clock = Clock::virtual_();
        let context = FsContext::new(clock.clone());
        let pids = PidNs::new();
        let sandbox = Arc::new(Sandbox {
            name: "default/p".into(),
            hostname: "p".into(),
            net: Fabric::new(clock.clone()).add_pod().unwrap(),
            shared_pids: None,
        });
        let mounts =
            MountNs::new(Tmpfs::new(&context, &TmpfsOptions::default()).root(), MountFlags::default());
        mounts.mkdir(&Caller::root(), mounts.root(), "/proc", 0o755).unwrap();
        mounts.mount("/proc", procfs(&context, &pids, &sandbox), MountFlags::default()).unwrap();
        Self { mounts, pids, sandbox, clock }
    }

    fn process(&self, argv: &[&str], parent: Option<Arc<Process>>) -> Arc<Process> {
        Process::create(ProcessSpec {
            program: Program {
                path: "/bin/x".into(),
                argv: argv.iter().map(|word| (*word).to_owned()).collect(),
                env: vec![("A".into(), "b".into())],
            },
            parent,
            group: Group::Lead,
            pid_ns: self.pids.clone(),
            cgroup: Cgroup::new(CgroupLimits::default()),
            sandbox: self.sandbox.clone(),
            mounts: self.mounts.clone(),
            cwd: self.mounts.root().clone(),
            credentials: Credentials::default(),
            umask: 0o022,
            descriptors: BTreeMap::from([(1, crate::pipe::pipe().1)]),
            ignored_signals: Vec::new(),
            now: self.clock.now(),
        })
        .unwrap()
    }

    fn read(&self, as_pid: u32, path: &str) -> Result<String> {
        let caller = Caller { pid: as_pid, ..Caller::root() };
        let file = self.mounts.open(&caller, self.mounts.root(), path, OpenOptions::READ, 0)?;
        Ok(String::from_utf8_lossy(&file.try_read(1 << 16)?).into_owned())
    }

    fn names(&self, path: &str) -> Vec<String> {
        let entries = self.mounts.read_dir(&Caller::root(), self.mounts.root(), path).unwrap();
        entries.into_iter().map(|entry| entry.name.to_string()).collect()
    }
}

#[test]
fn processes_come_and_go_with_their_command_lines_and_parents() {
    let world = World::new();
    let first = world.process(&["/bin/sh", "-c", "sleep 1"], None);
    let child = world.process(&["sleep", "1"], Some(first.clone()));
    assert_eq!(world.read(1, "/proc/1/cmdline").unwrap(), "/bin/sh\0-c\0sleep 1\0");
    assert_eq!(world.read(1, "/proc/2/comm").unwrap(), "sleep\n");
    assert!(world.read(1, "/proc/2/status").unwrap().contains("PPid:\t1\n"));
    assert!(world.names("/proc").contains(&"2".to_owned()));
    child.exit(ExitStatus::Exited(0).into());
    assert!(world.read(1, "/proc/2/status").unwrap().contains("State:\tZ (zombie)\n"));
    first.try_wait(crate::process::WaitTarget::Any).unwrap();
    assert_eq!(world.read(1, "/proc/2/status").unwrap_err(), Errno::ENOENT);
}

#[test]
fn self_is_whoever_asks() {
    let world = World::new();
    let first = world.process(&["a"], None);
    let _second = world.process(&["b"], Some(first));
    assert_eq!(world.read(1, "/proc/self/comm").unwrap(), "a\n");
    assert_eq!(world.read(2, "/proc/self/comm").unwrap(), "b\n");
    assert_eq!(world.read(9, "/proc/self/comm").unwrap_err(), Errno::ENOENT);
}

#[test]
fn descriptors_are_links_to_what_is_open() {
    let world = World::new();
    let _process = world.process(&["a"], None);
    assert_eq!(world.names("/proc/1/fd"), ["1"]);
    let text = world.mounts.readlink(&Caller::root(), world.mounts.root(), "/proc/1/fd/1").unwrap();
    assert!(text.starts_with("pipe:["), "{text}");
}

#[test]
fn listening_sockets_are_shown_as_linux_shows_them() {
    let world = World::new();
    let _process = world.process(&["a"], None);
    let socket = crate::net::TcpSocket::new(&world.sandbox.net, crate::net::Family::V4).unwrap();
    socket.bind("0.0.0.0:80".parse().unwrap()).unwrap();
    socket.listen(5).unwrap();
    let table = world.read(1, "/proc/net/tcp").unwrap();
    assert!(table.contains("   0: 00000000:0050 00000000:0000 0A "), "{table}");
}

#[test]
fn mounts_and_stat_have_linux_columns() {
    let world = World::new();
    let _process = world.process(&["a b"], None);
    assert!(world.read(1, "/proc/mounts").unwrap().contains("proc /proc proc rw,relatime 0 0\n"));
    let stat = world.read(1, "/proc/1/stat").unwrap();
    let after_name = stat.rsplit(") ").next().unwrap();
    assert_eq!(after_name.split_whitespace().count(), 50, "fields 3 to 52: {stat}");
}
