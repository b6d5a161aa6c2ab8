//! The examples of PRN-10, and the traps.

use wasipod_api::model::PodPhase;
use wasipod_api::model::pod::Deletion;
use wasipod_api::model::status::{ConditionStatus, PodCondition};
use wasipod_api::model::time::UnixNanos;

use super::*;
use crate::run::testing::{ended, pod, pod_status, restarted, running, waiting};

fn shown(pod: &Pod, status: &PodStatus) -> String {
    let PodRow { status, ready, total, restarts } = PodRow::new(pod, status);
    format!("{status} {ready}/{total} {restarts}")
}

#[test]
fn a_pod_without_init_containers_shows_its_first_container_by_name_prn_5() {
    let pod = pod("web", &["a", "b"]);
    let row = |phase, containers| shown(&pod, &pod_status(phase, containers));
    assert_eq!(row(PodPhase::Pending, vec![]), "Pending 0/2 0");
    let creating = vec![waiting("a", "ContainerCreating"), waiting("b", "ContainerCreating")];
    assert_eq!(row(PodPhase::Pending, creating), "ContainerCreating 0/2 0");
    assert_eq!(row(PodPhase::Running, vec![running("a"), running("b")]), "Running 2/2 0");
    assert_eq!(row(PodPhase::Running, vec![running("a"), ended("b", 3)]), "Error 1/2 0");
    let looping = vec![running("a"), restarted(waiting("b", "CrashLoopBackOff"), 4)];
    assert_eq!(row(PodPhase::Running, looping), "CrashLoopBackOff 1/2 4");
    assert_eq!(row(PodPhase::Failed, vec![ended("a", 0), ended("b", 1)]), "Error 0/2 0");
    assert_eq!(row(PodPhase::Succeeded, vec![ended("a", 0), ended("b", 0)]), "Completed 0/2 0");
}

#[test]
fn one_of_two_completed_is_not_ready_prn_6() {
    let pod = pod("two-containers", &["debian", "nginx"]);
    let status = pod_status(PodPhase::Running, vec![ended("debian", 0), running("nginx")]);
    assert_eq!(shown(&pod, &status), "NotReady 1/2 0");
}

#[test]
fn init_containers_are_counted_prn_4() {
    let pod = pod("java", &["init:war", "init:more", "tomcat"]);
    let row = |init: Vec<ContainerStatus>| {
        let status = PodStatus {
            init_container_statuses: init,
            container_statuses: vec![waiting("tomcat", "PodInitializing")],
            ..PodStatus::default()
        };
        shown(&pod, &status)
    };
    assert_eq!(row(vec![running("war"), waiting("more", "PodInitializing")]), "Init:0/2 0/1 0");
    assert_eq!(row(vec![ended("war", 0), running("more")]), "Init:1/2 0/1 0");
    assert_eq!(row(vec![ended("war", 0), ended("more", 1)]), "Init:Error 0/1 0");
    let looping = restarted(waiting("war", "CrashLoopBackOff"), 2);
    assert_eq!(row(vec![looping, waiting("more", "")]), "Init:CrashLoopBackOff 0/1 2");
    assert_eq!(row(vec![ended("war", 0), ended("more", 0)]), "PodInitializing 0/1 0");
}

#[test]
fn a_reason_is_only_where_it_starts_prn_14() {
    let pod = pod("web", &["a"]);
    let evicted =
        |containers| PodStatus { reason: "Evicted".to_owned(), ..pod_status(PodPhase::Failed, containers) };
    assert_eq!(shown(&pod, &evicted(vec![])), "Evicted 0/1 0");
    assert_eq!(shown(&pod, &evicted(vec![ended("a", 137)])), "Error 0/1 0");
}

#[test]
fn a_deleted_pod_is_terminating_until_it_is_at_its_end_prn_7() {
    let deletion = Some(Deletion { at: UnixNanos::EPOCH, grace: std::time::Duration::ZERO });
    let pod = Pod { deletion, ..pod("web", &["a"]) };
    assert_eq!(shown(&pod, &pod_status(PodPhase::Running, vec![running("a")])), "Terminating 1/1 0");
    assert_eq!(shown(&pod, &pod_status(PodPhase::Succeeded, vec![ended("a", 0)])), "Completed 0/1 0");
}

#[test]
fn conditions_hold_only_when_true() {
    let condition = PodCondition {
        kind: "Ready".to_owned(),
        status: ConditionStatus::Unknown,
        last_transition: None,
        reason: String::new(),
        message: String::new(),
        observed_generation: None,
    };
    let status = PodStatus { conditions: vec![condition], ..PodStatus::default() };
    assert!(!holds(&status, "Ready"));
}
