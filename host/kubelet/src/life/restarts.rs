//! Crash loops, policies, images that can't be had (TL-5…7, TL-12, TL-13, TL-15, RST, IMG).

use wasipod_api::model::env::KeyRef;
use wasipod_api::model::{ConfigMap, EnvSource, EnvVar, HookAction, ImagePullPolicy, RestartPolicy};

use super::{condition, phases, secs, word, words};
use crate::testing::{self, ExecAnswer, Program, World};

#[test]
fn a_crash_loop_waits_10_20_40_seconds_and_the_pod_stays_running_tl_5() {
    let world = World::new(1);
    world.runtime.program("c", &[Program::ends(secs(0), 1)]);
    world.apply(testing::pod("p"));
    world.run(async |world| world.sleep(700.0).await);
    let starts = world.times_done("start c#");
    // RST-9: nominally 0, 0, 10, 30, 70, 150, 310, 610, each late by at most the lag of RST-8, which adds up.
    let gaps: Vec<_> = starts.windows(2).map(|pair| pair[1] - pair[0]).collect();
    for (gap, nominal) in gaps.iter().zip([0.0, 10.0, 20.0, 40.0, 80.0, 160.0, 300.0]) {
        assert!((nominal..nominal + 15.0).contains(gap), "{gaps:?}");
    }
    assert!(gaps.len() >= 6, "{gaps:?}");
    assert_eq!(phases(&world.statuses()), ["Pending", "Running"]);
    let words = words(&world.statuses(), "c");
    assert!(
        words.contains(&"Error".to_owned()) && words.contains(&"CrashLoopBackOff".to_owned()),
        "{words:?}"
    );
    let messages: Vec<_> = world
        .statuses()
        .iter()
        .filter_map(|(_, status)| match &status.container_statuses[0].state {
            wasipod_api::model::status::ContainerState::Waiting { message, .. } => Some(message.clone()),
            _ => None,
        })
        .collect();
    assert!(messages.contains(&"back-off 10s restarting failed container=c pod=p_default(uid-p)".to_owned()));
    assert!(
        messages.contains(&"back-off 1m20s restarting failed container=c pod=p_default(uid-p)".to_owned())
    );
    let last = world.status();
    let end = last.container_statuses[0].last_state.as_ref().unwrap().terminated().unwrap().clone();
    assert_eq!((end.exit_code, end.reason.as_str()), (1, "Error"));
    assert!(
        world
            .event_texts()
            .contains(&"BackOff Back-off restarting failed container c in pod p_default(uid-p)".to_owned())
    );
}

#[test]
fn on_failure_with_exit_0_succeeds_tl_6() {
    let world = World::new(1);
    world.runtime.program("c", &[Program::ends(secs(3), 0)]);
    world.apply(testing::pod_with(&[], &["c"], RestartPolicy::OnFailure));
    world.run(async |world| world.sleep(60.0).await);
    let status = world.status();
    assert_eq!(phases(&world.statuses()), ["Pending", "Running", "Succeeded"]);
    assert_eq!((word(&status, "c").as_str(), status.container_statuses[0].restart_count), ("Completed", 0));
    assert_eq!(condition(&status, "Initialized"), "True PodCompleted");
    assert_eq!(condition(&status, "Ready"), "False PodCompleted");
    assert_eq!(condition(&status, "ContainersReady"), "False PodCompleted");
    assert_eq!(condition(&status, "PodReadyToStartContainers"), "False");
}

#[test]
fn never_with_exit_3_fails_without_restart_tl_7() {
    let world = World::new(1);
    world.runtime.program("c", &[Program::ends(secs(3), 3)]);
    world.apply(testing::pod_with(&[], &["c"], RestartPolicy::Never));
    world.run(async |world| world.sleep(60.0).await);
    let status = world.status();
    assert_eq!(phases(&world.statuses()), ["Pending", "Running", "Failed"]);
    assert_eq!(word(&status, "c"), "Error");
    assert_eq!(condition(&status, "Ready"), "False PodFailed");
    assert!(world.times_of("BackOff").is_empty());
    assert_eq!(world.times_done("start").len(), 1);
}

#[test]
fn of_two_containers_one_may_end_and_the_pod_runs_on_half_ready_prn_10() {
    let world = World::new(1);
    world.runtime.program("a", &[Program::ends(secs(1), 0)]);
    world.apply(testing::pod_with(&[], &["b", "a"], RestartPolicy::Never));
    world.run(async |world| world.sleep(60.0).await);
    let status = world.status();
    assert_eq!(status.phase.as_str(), "Running");
    let names: Vec<_> = status.container_statuses.iter().map(|entry| entry.name.as_str()).collect();
    // CST-1.
    assert_eq!(names, ["a", "b"]);
    assert_eq!(condition(&status, "Ready"), "False ContainersNotReadycontainers with unready status: [a]");
}

#[test]
fn a_failing_post_start_kills_and_is_retried_tl_12() {
    let world = World::new(1);
    world.runtime.on_exec(|_| ExecAnswer::code(2, "oh\n"));
    let mut pod = testing::pod("p");
    pod.spec.containers[0].lifecycle.post_start = Some(HookAction::Exec(vec!["false".to_owned()]));
    world.apply(pod);
    world.run(async |world| world.sleep(100.0).await);
    let texts = world.event_texts();
    assert_eq!(
        texts[..6],
        [
            "Pulled Container image \"busybox:1\" already present on machine",
            "Created Created container: c",
            "Started Started container c",
            "FailedPostStartHook PostStartHook failed",
            "Killing FailedPostStartHook",
            "Pulled Container image \"busybox:1\" already present on machine",
        ]
    );
    let words = words(&world.statuses(), "c");
    // CST-10: at first as it ended, then with the reason for the wait.
    assert_eq!(words[..3], ["ContainerCreating", "PostStartHookError", "CrashLoopBackOff"], "{words:?}");
    // HOOK-15: the grace of 30 s.
    assert_eq!(world.times_done("KILL c#0"), [30.0]);
    let hook =
        world.statuses().into_iter().find(|(_, status)| word(status, "c") == "PostStartHookError").unwrap().1;
    let wasipod_api::model::status::ContainerState::Waiting { message, .. } =
        &hook.container_statuses[0].state
    else {
        panic!("it waits");
    };
    let expected = "Exec lifecycle hook ([false]) for Container \"c\" in Pod \"p_default(uid-p)\" failed - error: command 'false' exited with 2, message: \"oh\\n\"";
    assert_eq!(message, expected);
}

#[test]
fn a_missing_config_map_is_waited_for_and_no_restart_is_counted_tl_13() {
    let world = World::new(1);
    let mut pod = testing::pod("p");
    let key = KeyRef { name: "x".to_owned(), key: "k".to_owned(), optional: false };
    pod.spec.containers[0].env = vec![EnvVar { name: "V".to_owned(), source: EnvSource::ConfigMapKey(key) }];
    world.apply(pod);
    world.run(async |world| {
        world.sleep(40.0).await;
        let status = world.status();
        assert_eq!(
            (status.phase.as_str(), word(&status, "c").as_str()),
            ("Pending", "CreateContainerConfigError")
        );
        let failed: Vec<_> =
            world.events().into_iter().filter(|(_, event)| event.reason == "Failed").collect();
        let (at, last) = failed.last().unwrap();
        assert_eq!(last.message, "Error: configmap \"x\" not found");
        assert!((3..=4).contains(&last.count) && at.as_secs() >= 30, "{} at {at:?}", last.count);
        world.set_config_map(ConfigMap {
            name: "x".to_owned(),
            namespace: "default".to_owned(),
            data: [("k".to_owned(), "v".to_owned())].into(),
            ..ConfigMap::default()
        });
        world.sleep(1.0).await;
    });
    let status = world.status();
    assert_eq!((word(&status, "c").as_str(), status.container_statuses[0].restart_count), ("Running", 0));
    assert_eq!(world.runtime.specs()[0].env.get("V"), Some("v"));
}

#[test]
fn a_missing_image_alternates_between_its_two_reasons_tl_15() {
    let world = World::new(1);
    let mut pod = testing::pod("p");
    pod.spec.containers[0].image = "missing:1".to_owned();
    world.apply(pod);
    world.run(async |world| world.sleep(120.0).await);
    let words = words(&world.statuses(), "c");
    let expected =
        ["ContainerCreating", "ErrImagePull", "ImagePullBackOff", "ErrImagePull", "ImagePullBackOff"];
    assert_eq!(words[..expected.len()], expected, "{words:?}");
    let texts = world.event_texts();
    assert_eq!(
        texts[..3],
        [
            "Pulling Pulling image \"missing:1\"",
            "Failed Failed to pull image \"missing:1\": missing:1: not found",
            "Failed Error: ErrImagePull"
        ]
    );
    let pulls = world.times_done("pull");
    let gaps: Vec<_> = pulls.windows(2).map(|pair| pair[1] - pair[0]).collect();
    for (gap, nominal) in gaps.iter().zip([10.0, 20.0, 40.0]) {
        assert!((nominal..nominal + 17.0).contains(gap), "{gaps:?}");
    }
    assert_eq!(world.status().phase.as_str(), "Pending");
}

#[test]
fn image_policies_and_names_are_judged_img_3_img_4_img_7() {
    let outcome = |image: &str, policy| {
        let world = World::new(1);
        let mut pod = testing::pod("p");
        (pod.spec.containers[0].image, pod.spec.containers[0].image_pull_policy) = (image.to_owned(), policy);
        world.apply(pod);
        world.run(async |world| world.sleep(5.0).await);
        (word(&world.status(), "c"), world.event_texts())
    };
    let (word, texts) = outcome("other:1", ImagePullPolicy::Never);
    assert_eq!(word, "ErrImageNeverPull");
    assert_eq!(
        texts,
        [
            "ErrImageNeverPull Container image \"other:1\" is not present with pull policy of Never",
            "Failed Error: ErrImageNeverPull"
        ]
    );
    let (word, texts) = outcome("a b", ImagePullPolicy::Always);
    assert_eq!(word, "InvalidImageName");
    assert_eq!(texts[1], "Failed Error: InvalidImageName");
    let (word, texts) = outcome("busybox:1", ImagePullPolicy::Always);
    assert_eq!(word, "Running");
    assert_eq!(
        texts[1],
        "Pulled Successfully pulled image \"busybox:1\" in 1.234s (1.234s including waiting). Image size: 12345 bytes."
    );
}

#[test]
fn a_command_that_is_not_there_waits_with_run_container_error_and_ends_with_128_cst_14() {
    let world = World::new(1);
    let missing = Program { start_error: Some("exec: \"nope\": not found"), ..Program::DEAF };
    world.runtime.program("c", &[missing]);
    world.apply(testing::pod("p"));
    world.run(async |world| world.sleep(1.0).await);
    let words = words(&world.statuses(), "c");
    assert_eq!(words, ["ContainerCreating", "RunContainerError", "CrashLoopBackOff"]);
    let status = world.status();
    let end = status.container_statuses[0].last_state.as_ref().unwrap().terminated().unwrap();
    assert_eq!((end.exit_code, end.reason.as_str(), end.started_at.0), (128, "StartError", 0));
    assert_eq!(end.message, "exec: \"nope\": not found");
    assert!(world.event_texts().contains(&"Failed Error: exec: \"nope\": not found".to_owned()));
}

#[test]
fn a_changed_image_restarts_that_container_only_tl_16() {
    let world = World::new(1);
    world.runtime.program("a", &[Program::on_term(secs(1), 0)]);
    let pod = testing::pod_with(&[], &["a", "b"], RestartPolicy::Never);
    world.apply(pod.clone());
    world.run(async |world| {
        world.sleep(5.0).await;
        let mut changed = pod.clone();
        changed.spec.containers[0].image = "busybox:2".to_owned();
        changed.generation = 2;
        world.apply(changed);
        world.sleep(10.0).await;
    });
    let status = world.status();
    let counts: Vec<_> = status.container_statuses.iter().map(|entry| entry.restart_count).collect();
    assert_eq!((counts, status.phase.as_str()), (vec![1, 0], "Running"));
    assert!(
        world.event_texts().contains(&"Killing Container a definition changed, will be restarted".to_owned())
    );
    assert_eq!(status.observed_generation, Some(2));
}

#[test]
fn on_real_time_and_several_threads_a_pod_lives_as_on_virtual_time() {
    let world = World::on(wasipod_kernel::clock::Clock::real(), 1);
    let millis = std::time::Duration::from_millis;
    world.runtime.program("a", &[Program::ends(millis(20), 0)]);
    world.runtime.program("m", &[Program::ends(millis(20), 1), Program::on_term(millis(5), 0)]);
    world.apply(testing::pod_with(&["a"], &["m"], RestartPolicy::Always));
    world.run(async |world| {
        let started = async |count: usize| {
            while world.times_done("start m#").len() < count {
                world.sleep(0.005).await;
            }
        };
        started(2).await;
        world.delete("uid-p", 30);
        while world.deleted().is_empty() {
            world.sleep(0.005).await;
        }
    });
    assert_eq!(world.status().phase.as_str(), "Succeeded");
    assert_eq!(world.status().container_statuses[0].restart_count, 1);
}

#[test]
fn last_words_come_from_the_file_or_from_the_log_of_a_failure_tmsg_2_tmsg_3() {
    use wasipod_api::model::container::TerminationMessagePolicy::{FallbackToLogsOnError, File};
    let long = "x".repeat(5000);
    // Policy, exit code, file, message: the file's last 4 KiB, or of a failure the log's end.
    let table = [
        (File, 1, "", ""),
        (File, 0, "done", "done"),
        (FallbackToLogsOnError, 1, "", "one\ntwo\n"),
        (FallbackToLogsOnError, 0, "", ""),
        (FallbackToLogsOnError, 1, "file", "file"),
        (File, 1, long.as_str(), &long[..4096]),
    ];
    for (policy, code, file, message) in table {
        let world = World::new(1);
        world.runtime.program("c", &[Program::ends(secs(5), code)]);
        world.runtime.last_words("c", file.to_owned());
        let mut pod = testing::pod_with(&[], &["c"], RestartPolicy::Never);
        pod.spec.containers[0].termination_message_policy = policy;
        world.apply(pod);
        world.run(async |world| {
            world.sleep(1.0).await;
            world.runtime.specs()[0].log.write(crate::logs::LogStream::Stdout, b"one\ntwo\n");
            world.sleep(10.0).await;
        });
        let status = world.status();
        let end = status.container_statuses[0].state.terminated().unwrap();
        assert_eq!(end.message, message, "{policy:?} {code} {file:.9}");
    }
}
