use wasipod_kernel::clock::Clock;

use super::*;
use crate::container::{ContainerId, SandboxId, Signal};
use crate::facts::{ContainerFacts, Exit, Instance};
use crate::logs::ContainerLog;
use crate::testing;

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_nanos(seconds * 1_000_000_000)
}

fn instance(name: &str, attempt: u32, state: InstanceState) -> Instance {
    Instance {
        id: ContainerId(format!("{name}-{attempt}")),
        attempt,
        spec_image: "busybox:1".to_owned(),
        image: String::new(),
        image_id: String::new(),
        stop_signal: Signal::TERM,
        log: ContainerLog::new(Clock::virtual_(), 1),
        state,
        start_done: true,
        pre_stop_begun: false,
    }
}

fn exited(code: i32, finished: u64) -> InstanceState {
    InstanceState::Exited(Exit {
        code,
        reason: "Error",
        message: String::new(),
        message_read: true,
        started_at: at(0),
        finished_at: at(finished),
    })
}

const RUNNING: InstanceState = InstanceState::Running { started_at: Timestamp::from_nanos(0) };

fn facts(containers: &[(&str, InstanceState)]) -> Facts {
    let sandbox =
        Sandbox { id: SandboxId("s".to_owned()), attempt: 0, ips: Vec::new(), state: SandboxState::Ready };
    let mut facts = Facts { sandbox: Some(sandbox), ..Facts::default() };
    for (name, state) in containers {
        let known =
            ContainerFacts { current: Some(instance(name, 0, state.clone())), ..ContainerFacts::default() };
        facts.containers.insert((*name).to_owned(), known);
    }
    facts
}

fn starts(name: &str, init: bool, reference: Option<u64>) -> Action {
    Action::Start { container: name.to_owned(), init, reference: reference.map(at) }
}

#[test]
fn a_new_pod_gets_a_sandbox_and_its_first_init_container_life_1_life_6() {
    let pod = testing::pod_with(&["a", "b"], &["m"], RestartPolicy::Always);
    let expected = [Action::CreateSandbox { attempt: 0 }, starts("a", true, None)];
    assert_eq!(plan(&pod, &Facts::default()), expected);
    let pod = testing::pod_with(&[], &["m", "n"], RestartPolicy::Always);
    let expected = [Action::CreateSandbox { attempt: 0 }, starts("m", false, None), starts("n", false, None)];
    assert_eq!(plan(&pod, &Facts::default()), expected);
}

#[test]
fn init_containers_follow_each_other_and_failed_ones_repeat_life_6_life_7() {
    use RestartPolicy::{Always, Never, OnFailure};
    let table = [
        (Always, vec![("a", RUNNING)], vec![]),
        (Always, vec![("a", exited(0, 5))], vec![starts("b", true, None)]),
        (Always, vec![("a", exited(1, 5))], vec![starts("a", true, Some(5))]),
        (OnFailure, vec![("a", exited(1, 5))], vec![starts("a", true, Some(5))]),
        (Never, vec![("a", exited(1, 5))], vec![]),
        (Always, vec![("a", exited(0, 5)), ("b", exited(0, 6))], vec![starts("m", false, None)]),
        // LIFE-8: once a main container exists, nobody looks at them again.
        (Always, vec![("m", RUNNING)], vec![]),
    ];
    for (policy, known, actions) in table {
        let pod = testing::pod_with(&["a", "b"], &["m"], policy);
        assert_eq!(plan(&pod, &facts(&known)), actions, "{policy:?} {known:?}");
    }
}

#[test]
fn main_containers_restart_as_the_policy_says_rst_1() {
    use RestartPolicy::{Always, Never, OnFailure};
    for (policy, code, again) in [
        (Always, 0, true),
        (Always, 1, true),
        (OnFailure, 0, false),
        (OnFailure, 1, true),
        (Never, 0, false),
        (Never, 1, false),
    ] {
        let pod = testing::pod_with(&[], &["m", "n"], policy);
        let actions = plan(&pod, &facts(&[("m", exited(code, 7)), ("n", RUNNING)]));
        let expected = if again { vec![starts("m", false, Some(7))] } else { vec![] };
        assert_eq!(actions, expected, "{policy:?} {code}");
    }
}

#[test]
fn a_failed_liveness_probe_kills_and_the_back_off_counts_from_the_instance_before_probe_12_rst_6() {
    for (policy, restarts) in [(RestartPolicy::Always, true), (RestartPolicy::Never, false)] {
        let pod = testing::pod_with(&[], &["m"], policy);
        let mut facts = facts(&[("m", RUNNING)]);
        let known = facts.containers.get_mut("m").expect("m");
        known.previous = Some(instance("m", 9, exited(137, 3)));
        known.probes.insert(ProbeKind::Liveness, (ContainerId("m-0".to_owned()), ProbeResult::Failure));
        let mut expected =
            vec![Action::Kill { container: "m".to_owned(), why: KillReason::Liveness, restarts }];
        if restarts {
            expected.push(starts("m", false, Some(3)));
        }
        assert_eq!(plan(&pod, &facts), expected);
    }
}

#[test]
fn results_of_an_earlier_instance_do_not_kill_the_present_one() {
    let pod = testing::pod_with(&[], &["m"], RestartPolicy::Always);
    let mut facts = facts(&[("m", RUNNING)]);
    let known = facts.containers.get_mut("m").expect("m");
    known.probes.insert(ProbeKind::Liveness, (ContainerId("older".to_owned()), ProbeResult::Failure));
    assert_eq!(plan(&pod, &facts), []);
}

#[test]
fn a_dead_sandbox_is_replaced_unless_nothing_would_come_of_it_life_5() {
    use RestartPolicy::{Always, Never, OnFailure};
    for (policy, code, replaced) in
        [(Always, 0, true), (OnFailure, 1, true), (OnFailure, 0, false), (Never, 1, false)]
    {
        let pod = testing::pod_with(&[], &["m"], policy);
        let mut facts = facts(&[("m", exited(code, 7))]);
        if let Some(sandbox) = &mut facts.sandbox {
            sandbox.state = SandboxState::Dead;
        }
        let expected = if replaced {
            vec![Action::DropSandbox, Action::CreateSandbox { attempt: 1 }, starts("m", false, Some(7))]
        } else {
            vec![]
        };
        assert_eq!(plan(&pod, &facts), expected, "{policy:?} {code}");
    }
}
