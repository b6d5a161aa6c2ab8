//! How Pods begin (TL-1, TL-2, TL-8, TL-9, TL-14, SEED-11, SCH-10).

use wasipod_api::model::volume::{ObjectFiles, ProjectedSource};
use wasipod_api::model::{HookAction, RestartPolicy, Secret, SecretBytes, Volume, VolumeSource};

use super::{condition, phases, secs, word, words};
use crate::ports::Rejection;
use crate::testing::{self, ExecAnswer, Program, World};

#[test]
fn a_plain_pod_becomes_ready_tl_1() {
    let world = World::new(1);
    world.apply(testing::pod("p"));
    world.run(async |world| world.sleep(1.0).await);
    let statuses = world.statuses();
    let first = &statuses[0].1;
    assert_eq!((first.phase.as_str(), word(first, "c").as_str()), ("Pending", "ContainerCreating"));
    assert_eq!(condition(first, "PodReadyToStartContainers"), "False");
    assert_eq!(condition(first, "Initialized"), "True");
    assert_eq!(condition(first, "Ready"), "False ContainersNotReadycontainers with unready status: [c]");
    assert!(first.start_time.is_some() && first.host_ips.len() == 1 && first.pod_ips.is_empty());
    let last = world.status();
    for kind in ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"] {
        assert_eq!(condition(&last, kind), "True");
    }
    let entry = &last.container_statuses[0];
    assert!(entry.started && entry.ready && entry.container_id.starts_with("fake://"));
    assert_eq!((last.phase.as_str(), last.pod_ips.len()), ("Running", 1));
    assert_eq!(entry.image, "docker.io/library/busybox:1");
    // COND-2.
    let order: Vec<_> = last.conditions.iter().map(|condition| condition.kind.as_str()).collect();
    assert_eq!(
        order,
        ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"]
    );
}

#[test]
fn readiness_comes_with_its_probe_and_flips_the_conditions_tl_2() {
    let world = World::new(1);
    world.runtime.on_exec(|call| ExecAnswer::code(i32::from(call.elapsed < secs(20)), ""));
    let mut pod = testing::pod("p");
    pod.spec.containers[0].readiness_probe = Some(testing::exec_probe(&["ready"], secs(5)));
    world.apply(pod);
    world.run(async |world| world.sleep(40.0).await);
    let statuses = world.statuses();
    let running = statuses.iter().find(|(_, status)| word(status, "c") == "Running").unwrap();
    let entry = &running.1.container_statuses[0];
    assert_eq!((entry.started, entry.ready), (true, false));
    let (at, ready) = statuses.iter().find(|(_, status)| status.container_statuses[0].ready).unwrap();
    assert!((20.0..=25.0).contains(&at.as_secs_f64()), "{at:?}");
    let flipped = ready.conditions.iter().find(|condition| condition.kind == "Ready").unwrap();
    let seconds = flipped.last_transition.unwrap().seconds() - running.1.start_time.unwrap().seconds();
    assert_eq!(seconds, i64::try_from(at.as_secs()).unwrap());
    // PROBE-15.
    assert!(world.times_of("Killing").is_empty());
}

#[test]
fn a_readiness_probe_without_delay_asks_right_at_the_start_probe_8() {
    let world = World::new(1);
    let mut pod = testing::pod("p");
    pod.spec.containers[0].readiness_probe = Some(testing::exec_probe(&["ready"], secs(1000)));
    world.apply(pod);
    world.run(async |world| {
        // The kubelet has run for longer than a period, so nothing is random (PROBE-3).
        world.sleep(0.0).await;
        world.sleep(1001.0).await;
        let mut late = testing::pod("late");
        late.spec.containers[0].readiness_probe = Some(testing::exec_probe(&["ready"], secs(1000)));
        world.apply(late);
        world.sleep(1.0).await;
    });
    assert!(world.status().container_statuses[0].ready);
}

#[test]
fn init_containers_run_one_after_another_tl_8_seed_11() {
    let world = World::new(1);
    world.runtime.program("a", &[Program::ends(secs(2), 0)]);
    world.runtime.program("b", &[Program::ends(secs(3), 0)]);
    world.apply(testing::pod_with(&["a", "b"], &["m"], RestartPolicy::Always));
    world.run(async |world| world.sleep(10.0).await);
    let statuses = world.statuses();
    assert_eq!(words(&statuses, "a"), ["PodInitializing", "Running", "Completed"]);
    assert_eq!(words(&statuses, "b"), ["PodInitializing", "Running", "Completed"]);
    assert_eq!(words(&statuses, "m"), ["PodInitializing", "Running"]);
    let mut initialized: Vec<_> =
        statuses.iter().map(|(_, status)| condition(status, "Initialized")).collect();
    initialized.dedup();
    let text = |names| format!("False ContainersNotInitializedcontainers with incomplete status: [{names}]");
    assert_eq!(initialized, [text("a b"), text("b"), "True".to_owned()]);
    assert_eq!(world.times_done("start"), [0.0, 2.0, 5.0]);
    let init = &world.status().init_container_statuses[0];
    assert!(init.ready && !init.started && init.restart_count == 0);
}

#[test]
fn an_init_container_that_fails_under_never_fails_the_pod_tl_9() {
    let world = World::new(1);
    world.runtime.program("a", &[Program::ends(secs(2), 1)]);
    world.apply(testing::pod_with(&["a"], &["m"], RestartPolicy::Never));
    world.run(async |world| world.sleep(10.0).await);
    let status = world.status();
    assert_eq!((word(&status, "a").as_str(), word(&status, "m").as_str()), ("Error", "PodInitializing"));
    assert_eq!(phases(&world.statuses()), ["Pending", "Failed"]);
    let text = "False ContainersNotInitializedcontainers with incomplete status: [a]";
    assert_eq!(condition(&status, "Initialized"), text);
}

#[test]
fn an_init_container_that_fails_under_always_is_tried_again_life_7_seed_13() {
    let world = World::new(1);
    world
        .runtime
        .program("a", &[Program::ends(secs(1), 1), Program::ends(secs(1), 1), Program::ends(secs(1), 0)]);
    world.apply(testing::pod_with(&["a"], &["m"], RestartPolicy::Always));
    world.run(async |world| world.sleep(60.0).await);
    let words = words(&world.statuses(), "a");
    assert!(
        words.contains(&"CrashLoopBackOff".to_owned()) && words.ends_with(&["Completed".to_owned()]),
        "{words:?}"
    );
    assert_eq!(world.status().init_container_statuses[0].restart_count, 2);
    assert_eq!(phases(&world.statuses()), ["Pending", "Running"]);
}

#[test]
fn while_post_start_runs_the_container_is_shown_waiting_life_15_and_the_next_waits_life_14() {
    let world = World::new(1);
    let mut pod = testing::pod_with(&[], &["a", "b"], RestartPolicy::Always);
    pod.spec.containers[0].lifecycle.post_start = Some(HookAction::Sleep(secs(7)));
    world.apply(pod);
    world.run(async |world| world.sleep(20.0).await);
    let running = world.statuses().into_iter().find(|(_, status)| word(status, "a") == "Running").unwrap();
    assert_eq!(running.0, secs(7));
    assert_eq!(world.times_done("start"), [0.0, 7.0]);
}

#[test]
fn a_container_is_not_probed_before_its_post_start_is_over_life_15() {
    let world = World::new(1);
    world.runtime.on_exec(|_| ExecAnswer::code(1, "no"));
    let mut pod = testing::pod("p");
    let mut probe = testing::exec_probe(&["live"], secs(1));
    probe.failure_threshold = 1000;
    pod.spec.containers[0].liveness_probe = Some(probe);
    pod.spec.containers[0].lifecycle.post_start = Some(HookAction::Sleep(secs(7)));
    world.apply(pod);
    world.run(async |world| world.sleep(20.0).await);
    let first = world.times_of("Unhealthy")[0];
    assert!((7.0..8.0).contains(&first), "{first}");
}

fn two_secrets() -> Volume {
    let source = |name: &str| {
        let (name, items) = (name.to_owned(), Vec::new());
        ProjectedSource::Secret(ObjectFiles { name, items, default_mode: 0o644, optional: false })
    };
    let source =
        VolumeSource::Projected { sources: vec![source("user"), source("pass")], default_mode: 0o644 };
    Volume { name: "mysql-cred".to_owned(), source }
}

fn secret(name: &str, value: &str) -> Secret {
    Secret {
        name: name.to_owned(),
        namespace: "default".to_owned(),
        data: [(name.to_owned(), SecretBytes::new(value.as_bytes().to_vec()))].into(),
        ..Secret::default()
    }
}

#[test]
fn a_volume_with_a_missing_secret_holds_the_pod_until_it_is_there_tl_14_seed_22() {
    let world = World::new(1);
    world.set_secret(secret("user", "admin"));
    let mut pod = testing::pod("p");
    pod.spec.volumes = vec![two_secrets()];
    world.apply(pod);
    world.run(async |world| {
        world.sleep(20.0).await;
        assert_eq!(word(&world.status(), "c"), "ContainerCreating");
        let text =
            "FailedMount MountVolume.SetUp failed for volume \"mysql-cred\" : secret \"pass\" not found";
        assert!(world.event_texts().iter().all(|event| event == text), "{:?}", world.event_texts());
        assert_eq!(world.times_of("FailedMount"), [0.0, 0.5, 1.5, 3.5, 7.5, 15.5]);
        world.set_secret(secret("pass", "1f2d"));
        world.sleep(1.0).await;
        assert_eq!(word(&world.status(), "c"), "Running");
        // VOL-15: updated while it runs, once for a change.
        world.set_secret(secret("pass", "new"));
        world.set_secret(secret("pass", "new"));
        world.sleep(1.0).await;
    });
    assert_eq!(world.times_done("update mysql-cred"), [21.0]);
    let crate::container::VolumeSource::Files { files, .. } = &world.runtime.volumes()["mysql-cred"] else {
        panic!("files");
    };
    let content: Vec<_> =
        files.iter().map(|(path, file)| (path.as_str(), &file.bytes[..], file.mode)).collect();
    assert_eq!(content, [("pass", &b"new"[..], 0o644), ("user", &b"admin"[..], 0o644)]);
}

#[test]
fn a_pod_that_the_node_does_not_take_has_failed_for_good_sch_10() {
    let world = World::new(1);
    let message = "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports";
    world.reject(Rejection { reason: "NodePorts".to_owned(), message: message.to_owned() });
    world.apply(testing::pod("p"));
    world.run(async |world| {
        world.sleep(5.0).await;
        world.delete("uid-p", 0);
        world.sleep(1.0).await;
    });
    let status = world.status();
    assert_eq!((status.phase.as_str(), status.reason.as_str()), ("Failed", "NodePorts"));
    assert_eq!(status.message, format!("Pod was rejected: {message}"));
    assert!(status.container_statuses.is_empty());
    assert_eq!(world.event_texts(), [format!("NodePorts {message}")]);
    assert_eq!(world.deleted(), [secs(5)]);
    assert!(world.runtime.journal().is_empty());
}

#[test]
fn a_sandbox_that_fails_is_told_by_events_only_and_tried_again_cst_12_life_3() {
    let world = World::new(1);
    world.runtime.fail_sandbox(Some("host port 80 is taken by pod default/web"));
    world.apply(testing::pod("p"));
    world.run(async |world| {
        world.sleep(9.0).await;
        assert_eq!(word(&world.status(), "c"), "ContainerCreating");
        world.runtime.fail_sandbox(None);
        world.sleep(10.0).await;
    });
    assert_eq!(word(&world.status(), "c"), "Running");
    let text =
        "FailedCreatePodSandBox Failed to create pod sandbox: host port 80 is taken by pod default/web";
    assert_eq!(world.event_texts()[0], text);
    let created = world.times_done("sandbox")[0];
    assert!((10.0..15.0).contains(&created), "{created}");
}

#[test]
fn a_dead_sandbox_is_replaced_and_everything_begins_anew_life_4_life_5() {
    let world = World::new(1);
    world.runtime.program("a", &[Program::ends(secs(1), 0)]);
    world.apply(testing::pod_with(&["a"], &["m"], RestartPolicy::Always));
    world.run(async |world| {
        world.sleep(5.0).await;
        let ip = world.status().pod_ips;
        let key = crate::container::PodKey::of(&testing::pod("p"));
        world.runtime.break_sandbox(&key, "sandbox-1");
        world.sleep(5.0).await;
        assert_eq!(world.status().pod_ips, ip);
    });
    assert_eq!(world.times_done("start a#"), [0.0, 5.0]);
    assert_eq!(world.times_done("start m#"), [1.0, 6.0]);
    assert_eq!(world.times_of("SandboxChanged").len(), 1);
    assert_eq!(world.status().container_statuses[0].restart_count, 1);
}

#[test]
fn a_breakdown_in_one_pods_task_ends_that_pod_only() {
    let world = World::new(1);
    world.apply(testing::pod("panics"));
    world.apply(testing::pod("p"));
    world.run(async |world| {
        world.sleep(5.0).await;
        world.delete("uid-panics", 30);
        world.sleep(5.0).await;
    });
    let statuses = world.statuses();
    let broken: Vec<_> = statuses.iter().filter(|(_, status)| status.reason == "InternalError").collect();
    assert_eq!(broken.len(), 1);
    assert_eq!(broken[0].1.phase.as_str(), "Failed");
    assert!(broken[0].1.message.contains("the runtime breaks down"), "{}", broken[0].1.message);
    assert_eq!(world.times_done("start c#0").len(), 1);
    assert_eq!(world.deleted(), [secs(5)]);
}
