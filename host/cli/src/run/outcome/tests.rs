//! Exit statuses and the table.

use std::sync::Arc;

use wasipod_api::model::status::{ConditionStatus, PodCondition};
use wasipod_api::model::{PodPhase, PodStatus};

use super::*;
use crate::run::course::Course;
use crate::run::testing::{ended, pod, pod_status, restarted, running, waiting};
use crate::session::{CreatedPod, PodUpdate};

fn views(pods: Vec<(&str, Vec<&str>, PodStatus)>) -> Vec<PodView> {
    let created = pods
        .iter()
        .map(|(name, ..)| CreatedPod { namespace: "default".to_owned(), name: (*name).to_owned() });
    let mut course = Course::new(created.collect(), None, false);
    for (name, containers, status) in pods {
        course.pod_changed(PodUpdate { pod: Arc::new(pod(name, &containers)), status, deleted: false });
    }
    course.pods().to_vec()
}

fn status_of(containers: Vec<ContainerStatus>, phase: PodPhase) -> ExitStatus {
    exit_status(&views(vec![("a", vec!["x", "y"], pod_status(phase, containers))]))
}

#[test]
fn only_success_of_all_is_success() {
    assert_eq!(status_of(vec![ended("x", 0), ended("y", 0)], PodPhase::Succeeded), ExitStatus::Success);
    assert_eq!(status_of(vec![running("x"), ended("y", 0)], PodPhase::Running), ExitStatus::Pods(1));
}

#[test]
fn the_failing_container_gives_its_code() {
    assert_eq!(status_of(vec![ended("x", 0), ended("y", 42)], PodPhase::Failed), ExitStatus::Pods(42));
    assert_eq!(status_of(vec![ended("x", 137), ended("y", 0)], PodPhase::Failed), ExitStatus::Pods(137));
}

#[test]
fn several_failures_give_1() {
    assert_eq!(status_of(vec![ended("x", 3), ended("y", 3)], PodPhase::Failed), ExitStatus::Pods(1));
    let two = |code| pod_status(PodPhase::Failed, vec![ended("x", code)]);
    let pods = views(vec![("a", vec!["x"], two(3)), ("b", vec!["x"], two(4))]);
    assert_eq!(exit_status(&pods), ExitStatus::Pods(1));
}

#[test]
fn a_pod_that_failed_without_a_container_gives_1() {
    assert_eq!(status_of(vec![], PodPhase::Failed), ExitStatus::Pods(1));
}

#[test]
fn a_container_that_failed_in_a_pod_that_succeeded_is_forgiven() {
    let well = pod_status(PodPhase::Succeeded, vec![restarted(ended("x", 0), 2)]);
    let badly = pod_status(PodPhase::Failed, vec![ended("x", 5)]);
    let pods = views(vec![("a", vec!["x"], well), ("b", vec!["x"], badly)]);
    assert_eq!(exit_status(&pods), ExitStatus::Pods(5));
}

#[test]
fn the_table_has_a_line_for_every_container() {
    let mut failed = ended("x", 128);
    if let ContainerState::Terminated(end) = &mut failed.state {
        end.reason = "StartError".to_owned();
        end.message = "exec: \"nope\": executable file not found in $PATH\n".to_owned();
    }
    let pods = views(vec![
        (
            "web",
            vec!["init:war", "x", "y"],
            pod_status(PodPhase::Failed, vec![failed, restarted(ended("y", 0), 2)]),
        ),
        ("db", vec!["x"], pod_status(PodPhase::Pending, vec![waiting("x", "ImagePullBackOff")])),
    ]);
    let lines = LastLines::from([((0, "y".to_owned()), format!("{}\tend", "long ".repeat(20)))]);
    assert_eq!(
        table(&results(&pods, &lines)),
        "\
POD   CONTAINER   EXIT   RESTARTS   WHY                                                            LAST LINE
web   war         -      0          Failed
web   x           128    0          StartError: exec: \"nope\": executable file not found in $PATH
web   y           0      2          Completed                                                      long long long long long long long long long long long long…
db    x           -      0          ImagePullBackOff
"
    );
}

#[test]
fn a_pod_without_a_node_says_what_the_scheduler_says() {
    let condition = PodCondition {
        kind: "PodScheduled".to_owned(),
        status: ConditionStatus::False,
        last_transition: None,
        reason: "Unschedulable".to_owned(),
        message: "0/1 nodes are available".to_owned(),
        observed_generation: None,
    };
    let status = PodStatus { conditions: vec![condition], ..PodStatus::default() };
    let results = results(&views(vec![("a", vec!["x"], status)]), &LastLines::new());
    assert_eq!((results[0].exit_code, results[0].why.as_str()), (None, "0/1 nodes are available"));
}
