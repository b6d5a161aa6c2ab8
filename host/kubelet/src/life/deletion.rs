//! How Pods end (TL-3, TL-4, TL-19, TL-20, DEL, HOOK).

use std::sync::Arc;
use std::time::Duration;

use wasipod_api::model::HookAction;
use wasipod_api::model::Pod;

use super::{condition, phases, secs, word};
use crate::testing::{self, ExecAnswer, Program, World};

fn with_pre_stop(hook: HookAction) -> Pod {
    let mut pod = testing::pod("p");
    pod.spec.containers[0].lifecycle.pre_stop = Some(hook);
    pod
}

/// A Pod that is deleted after ten seconds with that grace.
fn deleted(pod: Pod, program: Program, grace: u64) -> Arc<World> {
    let world = World::new(1);
    world.runtime.program("c", &[program]);
    world.apply(pod);
    world.run(async |world| {
        world.sleep(10.0).await;
        world.delete("uid-p", grace);
        world.sleep(120.0).await;
    });
    assert!(!world.runtime.any_running() && world.deleted().len() == 1);
    world
}

#[test]
fn a_process_that_obeys_ends_the_pod_well_tl_3() {
    let world = deleted(testing::pod("p"), Program::on_term(secs(0), 0), 30);
    let status = world.status();
    assert_eq!(phases(&world.statuses()), ["Pending", "Running", "Succeeded"]);
    assert_eq!(word(&status, "c"), "Completed");
    assert_eq!(condition(&status, "Ready"), "False PodCompleted");
    assert_eq!(condition(&status, "PodReadyToStartContainers"), "False");
    assert_eq!(world.event_texts().last().unwrap(), "Killing Stopping container c");
    assert_eq!(world.deleted(), [secs(10)]);
}

#[test]
fn a_deaf_process_gets_its_grace_and_then_sigkill_tl_3() {
    let world = deleted(testing::pod("p"), Program::DEAF, 30);
    assert_eq!((world.times_done("TERM c#0"), world.times_done("KILL c#0")), (vec![10.0], vec![40.0]));
    let status = world.status();
    let end = status.container_statuses[0].state.terminated().unwrap();
    assert_eq!((status.phase.as_str(), end.exit_code, end.reason.as_str()), ("Failed", 137, "Error"));
    assert_eq!(condition(&status, "Ready"), "False PodFailed");
}

#[test]
fn pre_stop_comes_out_of_the_grace_tl_4() {
    let table = [(10.0, 30, 20.0, 40.0), (40.0, 30, 40.0, 42.0), (4.9, 5, 14.9, 16.9)];
    for (sleep, grace, term, kill) in table {
        let hook = HookAction::Sleep(Duration::from_secs_f64(sleep));
        let world = deleted(with_pre_stop(hook), Program::DEAF, grace);
        assert_eq!((world.times_done("TERM c#0"), world.times_done("KILL c#0")), (vec![term], vec![kill]));
    }
}

#[test]
fn a_failing_pre_stop_is_told_and_the_stop_goes_on_at_once_hook_10_hook_11() {
    let world = World::new(1);
    world.runtime.on_exec(|_| ExecAnswer { takes: secs(1), result: Ok((1, "")) });
    world.apply(with_pre_stop(HookAction::Exec(vec!["false".to_owned()])));
    world.run(async |world| {
        world.sleep(10.0).await;
        world.delete("uid-p", 30);
        world.sleep(60.0).await;
    });
    let texts = world.event_texts();
    assert_eq!(
        texts[texts.len() - 2..],
        ["Killing Stopping container c", "FailedPreStopHook PreStopHook failed"]
    );
    assert_eq!((world.times_done("TERM c#0"), world.times_done("KILL c#0")), (vec![11.0], vec![40.0]));
}

#[test]
fn a_second_deletion_can_only_shorten_the_grace_del_9() {
    for (second, kill) in [(5, 20.0), (60, 40.0), (1, 17.0)] {
        let world = World::new(1);
        world.apply(testing::pod("p"));
        world.run(async |world| {
            world.sleep(10.0).await;
            world.delete("uid-p", 30);
            world.sleep(5.0).await;
            world.delete("uid-p", second);
            world.sleep(60.0).await;
        });
        assert_eq!(world.times_done("KILL c#0"), [kill]);
        assert_eq!(world.times_done("TERM c#0"), [10.0]);
        assert_eq!(world.deleted().len(), 1);
    }
}

#[test]
fn a_forced_deletion_leaves_two_seconds_del_5_tl_20() {
    let world = World::new(1);
    world.apply(testing::pod("p"));
    world.run(async |world| {
        world.sleep(10.0).await;
        world.delete_by_force("uid-p");
        world.sleep(60.0).await;
    });
    assert_eq!((world.times_done("TERM c#0"), world.times_done("KILL c#0")), (vec![10.0], vec![12.0]));
    assert!(world.deleted().is_empty() && !world.runtime.any_running());
}

#[test]
fn a_pod_deleted_before_it_ever_ran_has_failed_phase_8() {
    let world = World::new(1);
    let mut pod = testing::pod("p");
    pod.spec.containers[0].image = "other:1".to_owned();
    world.apply(pod);
    world.run(async |world| {
        world.sleep(1.0).await;
        world.delete("uid-p", 30);
        world.sleep(60.0).await;
    });
    let status = world.status();
    assert_eq!((status.phase.as_str(), word(&status, "c").as_str()), ("Failed", "ContainerStatusUnknown"));
    // The pull was under way and is not waited for.
    assert_eq!(world.deleted(), [secs(1)]);
    assert!(world.times_done("start").is_empty());
}

#[test]
fn the_deadline_fails_the_pod_but_only_when_nothing_runs_any_more_tl_19() {
    let world = World::new(1);
    let mut pod = testing::pod("p");
    pod.spec.active_deadline = Some(secs(5));
    world.apply(pod);
    world.run(async |world| world.sleep(60.0).await);
    assert_eq!(world.times_of("DeadlineExceeded"), [5.0]);
    assert_eq!(world.times_done("KILL c#0"), [35.0]);
    let statuses = world.statuses();
    assert!(statuses.iter().filter(|(at, _)| *at < secs(35)).all(|(_, status)| status.reason.is_empty()));
    let (at, last) = statuses.last().unwrap();
    assert_eq!(*at, secs(35));
    assert_eq!((last.phase.as_str(), last.reason.as_str()), ("Failed", "DeadlineExceeded"));
    assert_eq!(last.message, "Pod was active on the node longer than the specified deadline");
}

#[test]
fn a_deletion_cuts_a_liveness_kill_short_and_liveness_asks_no_more_del_7() {
    let world = World::new(1);
    world.runtime.on_exec(|_| ExecAnswer::code(1, "no"));
    let mut pod = testing::pod("p");
    pod.spec.containers[0].liveness_probe = Some(testing::exec_probe(&["live"], secs(1)));
    world.apply(pod);
    world.run(async |world| {
        world.sleep(10.0).await;
        let asked = world.times_of("Unhealthy").len();
        world.delete("uid-p", 3);
        world.sleep(60.0).await;
        assert_eq!(world.times_of("Unhealthy").len(), asked);
    });
    assert_eq!(world.times_done("start").len(), 1);
    assert_eq!(world.times_done("KILL c#0"), [13.0]);
}

#[test]
fn readiness_goes_on_while_the_pod_is_stopped_probe_24() {
    let world = World::new(1);
    world.runtime.on_exec(|call| ExecAnswer::code(i32::from(call.elapsed > secs(15)), "no"));
    let mut pod = testing::pod("p");
    let mut probe = testing::exec_probe(&["ready"], secs(1));
    probe.failure_threshold = 1;
    pod.spec.containers[0].readiness_probe = Some(probe);
    let world = {
        world.apply(pod);
        world
    };
    world.run(async |world| {
        world.sleep(10.0).await;
        world.delete("uid-p", 30);
        world.sleep(60.0).await;
    });
    let statuses = world.statuses();
    let (at, _) = statuses
        .iter()
        .find(|(_, status)| {
            status.phase.as_str() == "Running"
                && *status.conditions[2].reason == *"ContainersNotReady"
                && status.container_statuses[0].started
        })
        .filter(|(at, _)| *at > secs(10))
        .or_else(|| {
            statuses.iter().find(|(at, status)| *at > secs(10) && !status.container_statuses[0].ready)
        })
        .unwrap();
    assert!((15.0..17.0).contains(&at.as_secs_f64()), "{at:?}");
}

#[test]
fn a_finished_pod_goes_as_soon_as_it_is_deleted_del_2() {
    let world = World::new(1);
    world.runtime.program("c", &[Program::ends(secs(1), 0)]);
    let pod = testing::pod_with(&[], &["c"], wasipod_api::model::RestartPolicy::Never);
    world.apply(pod);
    world.run(async |world| {
        world.sleep(10.0).await;
        assert!(world.runtime.volumes().is_empty());
        world.delete_by_force("uid-p");
        world.sleep(1.0).await;
    });
    assert_eq!(world.status().phase.as_str(), "Succeeded");
    assert!(world.times_of("Killing").is_empty());
}
