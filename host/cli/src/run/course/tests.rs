//! Where runs go.

use super::*;
use crate::run::testing::{ended, pod, pod_status, restarted, running, waiting};

fn course(names: &[&str], until: Option<Until>, has_execs: bool) -> Course {
    let created = |name: &&str| CreatedPod { namespace: "default".to_owned(), name: (*name).to_owned() };
    Course::new(names.iter().map(created).collect(), until, has_execs)
}

fn update(name: &str, phase: PodPhase, containers: Vec<ContainerStatus>) -> PodUpdate {
    let names: Vec<&str> = containers.iter().map(|container| container.name.as_str()).collect();
    let pod = Arc::new(pod(name, &names));
    PodUpdate { pod, status: pod_status(phase, containers), deleted: false }
}

fn gone(name: &str) -> PodUpdate {
    PodUpdate { pod: Arc::new(pod(name, &["c"])), status: PodStatus::default(), deleted: true }
}

fn status_of(step: &Step) -> Option<ExitStatus> {
    match step {
        Step::End(ending) => Some(ending.status),
        _ => None,
    }
}

#[test]
fn a_run_ends_when_all_pods_have_ended() {
    let mut course = course(&["a", "b"], None, false);
    assert_eq!(course.pod_changed(update("a", PodPhase::Running, vec![running("c")])), Step::Nothing);
    assert_eq!(course.pod_changed(update("a", PodPhase::Succeeded, vec![ended("c", 0)])), Step::Nothing);
    let step = course.pod_changed(update("b", PodPhase::Succeeded, vec![ended("c", 0)]));
    assert_eq!(step, Step::End(Ending::quiet(ExitStatus::Success)));
}

#[test]
fn somebody_elses_pods_change_nothing() {
    let mut course = course(&["a"], None, false);
    assert_eq!(course.pod_changed(update("other", PodPhase::Failed, vec![ended("c", 1)])), Step::Nothing);
}

#[test]
fn the_first_interrupt_deletes_and_the_second_kills() {
    let mut course = course(&["a"], None, false);
    course.pod_changed(update("a", PodPhase::Running, vec![running("c")]));
    assert_eq!(course.interrupted(), Step::Delete);
    assert!(course.is_interrupted());
    assert_eq!(course.pod_changed(update("a", PodPhase::Failed, vec![ended("c", 137)])), Step::Nothing);
    let mut other = course;
    assert_eq!(status_of(&other.pod_changed(gone("a"))), Some(ExitStatus::Interrupted));
    let mut course = self::course(&["a"], None, false);
    course.interrupted();
    assert_eq!(course.interrupted(), Step::Kill);
}

#[test]
fn what_was_known_of_a_pod_outlives_it() {
    let mut course = course(&["a"], None, false);
    course.interrupted();
    course.pod_changed(update("a", PodPhase::Failed, vec![ended("c", 137)]));
    course.pod_changed(gone("a"));
    assert_eq!(course.pods()[0].status.phase, PodPhase::Failed);
}

#[test]
fn after_its_time_a_run_is_deleted_and_has_succeeded() {
    let mut course = course(&["a"], None, false);
    course.pod_changed(update("a", PodPhase::Running, vec![running("c")]));
    assert_eq!(course.time_is_up(), Step::Delete);
    assert_eq!(course.time_is_up(), Step::Nothing);
    assert_eq!(status_of(&course.pod_changed(gone("a"))), Some(ExitStatus::Success));
}

#[test]
fn a_wanted_state_starts_the_execs_and_then_deletes() {
    let mut course = course(&["a", "b"], Some(Until::Ready), true);
    assert_eq!(course.pod_changed(update("a", PodPhase::Running, vec![running("c")])), Step::Nothing);
    let unready = ContainerStatus { ready: false, ..running("c") };
    assert_eq!(course.pod_changed(update("b", PodPhase::Running, vec![unready])), Step::Nothing);
    assert_eq!(course.pod_changed(update("b", PodPhase::Running, vec![running("c")])), Step::RunExecs);
    assert_eq!(course.pod_changed(update("b", PodPhase::Failed, vec![ended("c", 1)])), Step::Nothing);
    assert_eq!(course.execs_done(ExitStatus::Success, None), Step::Delete);
    assert_eq!(course.pod_changed(gone("a")), Step::Nothing);
    assert_eq!(status_of(&course.pod_changed(gone("b"))), Some(ExitStatus::Success));
}

#[test]
fn a_failing_exec_is_the_runs_failure() {
    let mut course = course(&["a"], Some(Until::Running), true);
    course.pod_changed(update("a", PodPhase::Running, vec![running("c")]));
    assert_eq!(course.execs_done(ExitStatus::Pods(7), Some("it failed".to_owned())), Step::Delete);
    let step = course.pod_changed(gone("a"));
    assert_eq!(
        step,
        Step::End(Ending { status: ExitStatus::Pods(7), complaints: vec!["it failed".to_owned()] })
    );
}

#[test]
fn states_are_recognised() {
    let reaches = |until: Until, phase, containers| {
        course(&["a"], Some(until), true).pod_changed(update("a", phase, containers)) == Step::RunExecs
    };
    assert!(reaches(Until::Running, PodPhase::Running, vec![running("c")]));
    assert!(reaches(Until::Running, PodPhase::Succeeded, vec![ended("c", 0)]));
    assert!(!reaches(Until::Running, PodPhase::Failed, vec![ended("c", 1)]));
    assert!(reaches(Until::Failed, PodPhase::Failed, vec![ended("c", 1)]));
    assert!(reaches(Until::Succeeded, PodPhase::Succeeded, vec![ended("c", 0)]));
    let exited = || Until::Exited("c".to_owned());
    assert!(reaches(exited(), PodPhase::Running, vec![ended("c", 0), running("d")]));
    assert!(reaches(exited(), PodPhase::Running, vec![restarted(running("c"), 1)]));
    assert!(!reaches(exited(), PodPhase::Running, vec![running("c"), ended("d", 0)]));
}

#[test]
fn pods_that_end_before_the_wanted_state_are_a_failure() {
    let mut ended_well = course(&["a"], Some(Until::Ready), false);
    let step = ended_well.pod_changed(update("a", PodPhase::Succeeded, vec![ended("c", 0)]));
    assert_eq!(status_of(&step), Some(ExitStatus::Pods(1)));
    let mut ended_badly = course(&["a"], Some(Until::Ready), false);
    let step = ended_badly.pod_changed(update("a", PodPhase::Failed, vec![ended("c", 9)]));
    let Step::End(ending) = step else { panic!("{step:?}") };
    assert_eq!(ending.status, ExitStatus::Pods(9));
    assert_eq!(
        ending.complaints,
        ["all Pods have ended before the state `ready` was reached", "pod/a is Error, 0/1 ready, 0 restarts"]
    );
}

#[test]
fn a_timeout_says_what_is_missing() {
    let mut course = course(&["a"], Some(Until::Running), false);
    course.pod_changed(update("a", PodPhase::Pending, vec![waiting("c", "ImagePullBackOff")]));
    assert_eq!(course.timed_out(), Step::Delete);
    let Step::End(ending) = course.pod_changed(gone("a")) else { panic!() };
    assert_eq!(ending.status, ExitStatus::Pods(1));
    assert_eq!(ending.complaints[1], "pod/a is ImagePullBackOff, 0/1 ready, 0 restarts");
}

#[test]
fn a_stall_ends_the_run_and_names_who_waits() {
    let step = course(&["a"], None, false).stalled(vec!["default/a c: sh (pid 1) waits for read".to_owned()]);
    let Step::End(ending) = step else { panic!("{step:?}") };
    assert_eq!(ending.status, ExitStatus::Pods(1));
    assert!(ending.complaints[1].contains("pid 1"));
}

#[test]
fn pods_are_found_as_people_name_them() {
    let created = |namespace: &str| CreatedPod { namespace: namespace.to_owned(), name: "web".to_owned() };
    let course = Course::new(vec![created("a"), created("b")], None, false);
    assert_eq!(course.find(&"web".parse().unwrap()), Some(0));
    assert_eq!(course.find(&"b/web".parse().unwrap()), Some(1));
    assert_eq!(course.find(&"c/web".parse().unwrap()), None);
    assert_eq!(course.pods()[1].label, "b/web");
}
