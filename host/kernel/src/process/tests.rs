//! Signals, waiting, orphans, limits.

use super::signals::{Disposition, Origin};
use super::*;
use crate::clock::Clock;
use crate::fs::FsContext;
use crate::fs::tmpfs::{Tmpfs, TmpfsOptions};
use crate::net::Fabric;
use crate::vfs::MountFlags;

struct World {
    pids: Arc<PidNs>,
    cgroup: Arc<Cgroup>,
    sandbox: Arc<Sandbox>,
    mounts: MountNs,
}

impl World {
    fn new() -> Self {
        Self::with_limits(CgroupLimits::default())
    }

    fn with_limits(limits: CgroupLimits) -> Self {
        let clock = Clock::virtual_();
        let tmpfs = Tmpfs::new(&FsContext::new(clock.clone()), &TmpfsOptions::default());
        let sandbox = Sandbox {
            name: "default/p".into(),
            hostname: "p".into(),
            net: Fabric::new(clock).add_pod().unwrap(),
            shared_pids: None,
        };
        Self {
            pids: PidNs::new(),
            cgroup: Cgroup::new(limits),
            sandbox: Arc::new(sandbox),
            mounts: MountNs::new(tmpfs.root(), MountFlags::default()),
        }
    }

    fn try_spawn(&self, parent: Option<&Arc<Process>>, group: Group, uid: u32) -> Result<Arc<Process>> {
        Process::create(ProcessSpec {
            program: Program::default(),
            parent: parent.cloned(),
            group,
            pid_ns: self.pids.clone(),
            cgroup: self.cgroup.clone(),
            sandbox: self.sandbox.clone(),
            mounts: self.mounts.clone(),
            cwd: self.mounts.root().clone(),
            credentials: Credentials { uid, ..Credentials::default() },
            umask: 0o022,
            descriptors: BTreeMap::new(),
            ignored_signals: Vec::new(),
            now: Instant::START,
        })
    }

    fn spawn(&self, parent: Option<&Arc<Process>>) -> Arc<Process> {
        self.try_spawn(parent, Group::Inherit, 0).unwrap()
    }
}

fn exited(process: &Arc<Process>, status: u8) {
    process.exit(ExitStatus::Exited(status).into());
}

#[test]
fn the_first_process_ignores_term_without_a_handler_and_obeys_kill_from_outside_only() {
    let world = World::new();
    let first = world.spawn(None);
    first.signal(Signal::TERM, Origin::Outside);
    first.signal(Signal::KILL, Origin::Inside);
    assert!(!first.is_doomed(), "HOOK-14, pid_namespaces(7)");
    first.signal(Signal::KILL, Origin::Outside);
    assert!(first.is_doomed());
    exited(&first, 0);
    assert_eq!(first.try_exit().unwrap().status.code(), 137, "CST-16: the doom decides");
}

#[test]
fn another_process_dies_of_term_and_its_parent_learns_how() {
    let world = World::new();
    let first = world.spawn(None);
    let child = world.spawn(Some(&first));
    assert_eq!(first.try_wait(WaitTarget::Any), Err(Errno::EAGAIN));
    first.kill(2, Some(Signal::TERM)).unwrap();
    exited(&child, 0);
    assert_eq!(first.try_wait(WaitTarget::Child(2)), Ok((2, ExitStatus::Signaled(15))));
    assert_eq!(first.try_wait(WaitTarget::Any), Err(Errno::ECHILD));
    assert_eq!(first.kill(2, None), Err(Errno::ESRCH));
}

#[test]
fn caught_signals_are_told_once_each_and_exec_resets_them() {
    let world = World::new();
    let first = world.spawn(None);
    first.set_disposition(Signal::HUP, Disposition::Catch).unwrap();
    assert_eq!(first.set_disposition(Signal::KILL, Disposition::Ignore), Err(Errno::EINVAL));
    first.signal(Signal::HUP, Origin::Outside);
    first.signal(Signal::HUP, Origin::Outside);
    assert_eq!(first.take_pending_signals(), [Signal::HUP]);
    assert_eq!(first.take_pending_signals(), []);
    let child = world.spawn(Some(&first));
    child.set_disposition(Signal::HUP, Disposition::Catch).unwrap();
    child.replace_program(Program::default(), BTreeMap::new()).unwrap();
    child.signal(Signal::HUP, Origin::Inside);
    assert!(child.is_doomed());
}

#[test]
fn orphans_go_to_the_first_process_which_reaps_them() {
    let world = World::new();
    let first = world.spawn(None);
    let parent = world.spawn(Some(&first));
    let orphan = world.spawn(Some(&parent));
    exited(&parent, 0);
    assert_eq!(orphan.parent_pid(), 1);
    exited(&orphan, 7);
    assert_eq!(first.try_wait(WaitTarget::Child(2)), Ok((2, ExitStatus::Exited(0))));
    assert_eq!(first.try_wait(WaitTarget::Any), Ok((3, ExitStatus::Exited(7))));
}

#[test]
fn a_parent_that_ignores_chld_leaves_no_zombies() {
    let world = World::new();
    let first = world.spawn(None);
    first.set_disposition(Signal::CHLD, Disposition::Ignore).unwrap();
    exited(&world.spawn(Some(&first)), 0);
    assert_eq!(world.pids.processes().len(), 1);
}

#[test]
fn the_end_of_the_first_process_ends_the_namespace() {
    let world = World::new();
    let first = world.spawn(None);
    let other = world.spawn(Some(&first));
    exited(&first, 0);
    assert!(other.is_doomed());
    assert_eq!(world.try_spawn(None, Group::Lead, 0).unwrap_err(), Errno::ENOMEM);
}

#[test]
fn signals_reach_groups_and_only_ones_own_processes() {
    let world = World::new();
    let first = world.spawn(None);
    let leader = world.try_spawn(Some(&first), Group::Lead, 0).unwrap();
    let member = world.spawn(Some(&leader));
    assert_eq!(member.group(), leader.pid());
    let stranger = world.try_spawn(Some(&first), Group::Lead, 1000).unwrap();
    assert_eq!(stranger.kill(2, Some(Signal::TERM)), Err(Errno::EPERM), "PID-3");
    first.kill(-2, Some(Signal::TERM)).unwrap();
    assert!(leader.is_doomed() && member.is_doomed() && !stranger.is_doomed());
}

#[test]
fn a_stopped_process_goes_on_at_cont_and_kill_reaches_it() {
    let world = World::new();
    let first = world.spawn(None);
    let child = world.spawn(Some(&first));
    child.signal(Signal::STOP, Origin::Inside);
    assert!(child.is_stopped());
    child.signal(Signal::CONT, Origin::Inside);
    assert!(!child.is_stopped());
    child.signal(Signal::STOP, Origin::Inside);
    child.signal(Signal::KILL, Origin::Inside);
    assert!(child.is_doomed() && !child.is_stopped());
}

#[test]
fn limits_hold_and_what_is_given_back_can_be_had_again() {
    let world = World::with_limits(CgroupLimits { memory: 100, processes: 2 });
    let first = world.spawn(None);
    let second = world.spawn(Some(&first));
    assert_eq!(world.try_spawn(Some(&first), Group::Inherit, 0).unwrap_err(), Errno::EAGAIN);
    assert!(first.set_memory(60) && !second.set_memory(50) && second.set_memory(40));
    assert_eq!(world.cgroup.memory(), 100);
    exited(&second, 0);
    assert_eq!(world.cgroup.memory(), 60);
    first.try_wait(WaitTarget::Any).unwrap();
    assert!(world.try_spawn(Some(&first), Group::Inherit, 0).is_ok());
}

#[test]
fn too_many_arguments_are_refused() {
    let world = World::new();
    let first = world.spawn(None);
    let program = Program { argv: vec!["x".repeat(ARG_MAX)], ..Program::default() };
    assert_eq!(first.replace_program(program, BTreeMap::new()), Err(Errno::E2BIG));
}

#[test]
fn signal_names_and_numbers_agree() {
    assert_eq!(Signal::from_name("SIGQUIT"), Some(Signal::QUIT));
    assert_eq!(Signal::from_name("term").map(Signal::number), Some(15));
    assert_eq!(Signal::TERM.name(), "SIGTERM");
    assert_eq!(Signal::new(34).unwrap().name(), "SIGRTMIN+2");
    assert_eq!(Signal::new(65), Err(Errno::EINVAL));
}

#[test]
fn the_kernels_pause_reaps_orphans_and_ends_on_term() {
    let clock = Clock::virtual_();
    clock.virtual_runtime().unwrap().block_on(async {
        let world = World::new();
        let pause = world.spawn(None);
        let task = tokio::spawn(pause.clone().pause());
        tokio::task::yield_now().await;
        let parent = world.spawn(None);
        let orphan = world.spawn(Some(&parent));
        exited(&parent, 0);
        exited(&orphan, 0);
        assert_eq!(world.pids.processes().len(), 1, "PID-5: no zombies are left");
        pause.signal(Signal::TERM, Origin::Outside);
        assert_eq!(pause.ended().await.status, ExitStatus::Exited(0));
        task.await.unwrap();
    });
}
