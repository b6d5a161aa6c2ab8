use wasipod_api::model::RestartPolicy;
use wasipod_api::model::resources::{ByteSize, MilliCpu};
use wasipod_api::model::status::{ContainerState, QosClass, Terminated};

use super::*;
use crate::testing;

fn entry(state: &str) -> ContainerStatus {
    let ended = |code| {
        ContainerState::Terminated(Terminated {
            exit_code: code,
            reason: "Error".to_owned(),
            message: "x".repeat(4096),
            started_at: UnixNanos::EPOCH,
            finished_at: UnixNanos::EPOCH,
            container_id: "fake://x".to_owned(),
        })
    };
    let (state, last_state) = match state {
        "run" => (ContainerState::Running { started_at: UnixNanos::EPOCH }, None),
        "ok" => (ended(0), None),
        "bad" => (ended(1), None),
        "wait" => (ContainerState::waiting("ContainerCreating"), None),
        "loop" => (ContainerState::waiting("CrashLoopBackOff"), Some(ended(1))),
        other => panic!("{other}"),
    };
    ContainerStatus {
        name: "c".to_owned(),
        state,
        last_state,
        ready: false,
        started: false,
        restart_count: 0,
        image: String::new(),
        image_id: String::new(),
        container_id: "fake://x".to_owned(),
    }
}

fn entries(states: &str) -> Vec<ContainerStatus> {
    states.split_whitespace().map(entry).collect()
}

#[test]
fn phases_are_decided_in_the_order_of_phase_2() {
    use RestartPolicy::{Always, Never, OnFailure};
    let table = [
        // policy, init containers, main containers, stopped for good, phase
        (Always, "", "wait", false, "Pending"),
        (Always, "", "run", false, "Running"),
        (Always, "", "run wait", false, "Pending"), // TRAP-9
        (Always, "", "run loop", false, "Running"), // PHASE-3
        (Always, "", "loop", false, "Running"),
        (Always, "", "ok", false, "Running"), // PHASE-5
        (Always, "", "ok", true, "Succeeded"),
        (Always, "", "ok bad", true, "Failed"),
        (OnFailure, "", "ok ok", false, "Succeeded"),
        (OnFailure, "", "ok bad", false, "Running"),
        (Never, "", "ok bad", false, "Failed"),
        (Never, "", "run bad", false, "Running"),
        (Never, "", "ok", false, "Succeeded"),
        (Always, "run", "wait", false, "Pending"),
        (Always, "ok run", "wait", false, "Pending"),
        (Always, "loop", "wait", false, "Pending"), // PHASE-4
        (Always, "bad", "wait", false, "Pending"),
        (Never, "bad", "wait", false, "Failed"),
        (Always, "bad", "wait", true, "Failed"),
        (Always, "ok ok", "wait", false, "Pending"),
        (Always, "wait", "run", false, "Running"), // LIFE-8
    ];
    for (policy, inits, mains, stopped, expected) in table {
        let mut pod = testing::pod("p");
        pod.spec.restart_policy = policy;
        let found = phase::phase(&pod, &entries(inits), &entries(mains), stopped);
        assert_eq!(found.as_str(), expected, "{policy:?} [{inits}] [{mains}] {stopped}");
    }
}

#[test]
fn all_messages_together_stay_within_12_kib_tmsg_4() {
    let mut mains = entries("bad bad bad bad");
    containers::share_message_budget(&mut [], &mut mains);
    let lengths = mains.iter().filter_map(|entry| entry.state.terminated()).map(|end| end.message.len());
    assert_eq!(lengths.collect::<Vec<_>>(), [3072; 4]);
}

#[test]
fn what_never_ended_is_lost_once_nothing_can_run_cst_15() {
    let mut inits = entries("ok");
    let mut mains = entries("wait ok");
    containers::end_unfinished(&mut inits, &mut mains);
    let reasons: Vec<_> =
        mains.iter().filter_map(|entry| entry.state.terminated()).map(|end| &end.reason).collect();
    assert_eq!(reasons, ["ContainerStatusUnknown", "Error"]);
    // An init container that isn't done keeps the main ones as they are.
    let (mut inits, mut mains) = (entries("bad"), entries("wait"));
    containers::end_unfinished(&mut inits, &mut mains);
    assert!(mains[0].state.terminated().is_none());
}

#[test]
fn qos_looks_at_cpu_and_memory_of_all_containers_res_1() {
    type Amounts<'a> = &'a [(Option<u64>, Option<u64>)];
    let table: [(Amounts<'_>, QosClass); 6] = [
        (&[(None, None)], QosClass::BestEffort),
        (&[(Some(0), Some(0))], QosClass::BestEffort),
        (&[(Some(1), Some(1))], QosClass::Guaranteed),
        (&[(Some(1), None)], QosClass::Burstable),
        (&[(Some(1), Some(2))], QosClass::Burstable),
        (&[(Some(1), Some(1)), (None, None)], QosClass::Burstable),
    ];
    for (containers, class) in table {
        let mut pod = testing::pod("p");
        let made = containers.iter().map(|(request, limit)| {
            let mut container = testing::container("c");
            for (list, amount) in
                [(&mut container.resources.requests, request), (&mut container.resources.limits, limit)]
            {
                (list.cpu, list.memory) = (amount.map(MilliCpu), amount.map(ByteSize));
            }
            container
        });
        pod.spec.containers = made.collect();
        assert_eq!(qos_class(&pod), class, "{containers:?}");
    }
}

#[test]
fn a_terminal_phase_is_never_left_phase_1() {
    let pod = testing::pod("p");
    let previous = PodStatus {
        phase: PodPhase::Failed,
        reason: "Evicted".to_owned(),
        message: "m".to_owned(),
        ..PodStatus::default()
    };
    let context = StatusContext {
        runtime: "fake",
        host_ips: &[],
        previous: &previous,
        stage: Stage::Living,
        verdict: None,
        now: Timestamp::from_nanos(0),
    };
    let status = generate(&pod, &Facts::default(), &context);
    assert_eq!(
        (status.phase, status.reason.as_str(), status.message.as_str()),
        (PodPhase::Failed, "Evicted", "m")
    );
}
