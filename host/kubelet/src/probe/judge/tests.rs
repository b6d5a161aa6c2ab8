use super::*;
use crate::testing;

fn id(name: &str) -> ContainerId {
    ContainerId(name.to_owned())
}

fn at(millis: u64) -> Timestamp {
    Timestamp::from_nanos(millis * 1_000_000)
}

fn running(name: &str, since: Timestamp, started: bool) -> Situation {
    Situation::Running { id: id(name), since, started }
}

fn judge(kind: ProbeKind) -> Judge {
    let mut probe = testing::exec_probe(&["x"], Duration::from_secs(5));
    probe.initial_delay = Duration::from_secs(5);
    Judge::new(kind, &probe)
}

fn failure() -> Answer {
    Answer::Failure("no".to_owned())
}

#[test]
fn a_new_instance_begins_with_the_results_of_probe_7() {
    let table = [
        (ProbeKind::Readiness, ProbeResult::Failure),
        (ProbeKind::Liveness, ProbeResult::Success),
        (ProbeKind::Startup, ProbeResult::Unknown),
    ];
    for (kind, result) in table {
        let mut judge = judge(kind);
        assert_eq!(judge.tick(&Situation::Absent, false, at(0)), (None, Step::Skip));
        assert_eq!(judge.tick(&running("a", at(0), false), false, at(0)).0, Some(result));
        assert_eq!(judge.tick(&running("a", at(0), false), false, at(0)).0, None);
        assert_eq!(judge.tick(&running("b", at(0), false), false, at(0)).0, Some(result));
    }
}

#[test]
fn the_initial_delay_counts_whole_seconds_from_a_start_cut_to_the_second_probe_4() {
    // Started at 0.9 s, which counts as 0 s: at 4.999 s four seconds have passed, at 5 s five.
    for (now, step) in [(4_999, Step::Skip), (5_000, Step::Ask)] {
        let mut judge = judge(ProbeKind::Liveness);
        assert_eq!(judge.tick(&running("a", at(900), true), false, at(now)).1, step);
    }
}

#[test]
fn the_startup_probe_asks_alone_until_it_has_passed_probe_6() {
    let table = [
        (ProbeKind::Liveness, false, Step::Skip),
        (ProbeKind::Readiness, false, Step::Skip),
        (ProbeKind::Startup, false, Step::Ask),
        (ProbeKind::Liveness, true, Step::Ask),
        (ProbeKind::Readiness, true, Step::Ask),
        (ProbeKind::Startup, true, Step::Skip),
    ];
    for (kind, started, step) in table {
        assert_eq!(
            judge(kind).tick(&running("a", at(0), started), false, at(60_000)).1,
            step,
            "{kind} {started}"
        );
    }
}

#[test]
fn a_result_needs_its_threshold_in_a_row_and_errors_do_not_count_probe_9_probe_10() {
    let mut judge = judge(ProbeKind::Liveness);
    let answers = [
        (failure(), None),
        (failure(), None),
        (Answer::Success, Some(ProbeResult::Success)),
        (failure(), None),
        (Answer::Error("oh".to_owned()), None),
        (failure(), None),
        (failure(), Some(ProbeResult::Failure)),
    ];
    for (answer, result) in answers {
        assert_eq!(judge.answered(&answer), result);
    }
}

#[test]
fn after_a_liveness_failure_it_holds_until_a_new_instance_probe_13() {
    let mut judge = judge(ProbeKind::Liveness);
    judge.tick(&running("a", at(0), true), false, at(60_000));
    for _ in 0..3 {
        judge.answered(&failure());
    }
    assert_eq!(judge.tick(&running("a", at(0), true), false, at(65_000)).1, Step::Skip);
    assert_eq!(judge.tick(&running("b", at(65_000), true), false, at(80_000)).1, Step::Ask);
    // The run began anew.
    assert_eq!(judge.answered(&failure()), None);
}

#[test]
fn a_container_that_does_not_run_has_failed_and_may_end_the_probe_probe_16() {
    for (for_good, step) in [(false, Step::Skip), (true, Step::End)] {
        let situation = Situation::NotRunning { id: id("a"), for_good };
        assert_eq!(
            judge(ProbeKind::Readiness).tick(&situation, false, at(0)),
            (Some(ProbeResult::Failure), step)
        );
    }
}

#[test]
fn while_the_pod_is_stopped_only_readiness_goes_on_probe_24() {
    let situation = running("a", at(0), true);
    let tick = |kind| judge(kind).tick(&situation, true, at(60_000));
    assert_eq!(tick(ProbeKind::Liveness), (Some(ProbeResult::Success), Step::End));
    assert_eq!(tick(ProbeKind::Startup), (Some(ProbeResult::Success), Step::End));
    assert_eq!(tick(ProbeKind::Readiness).1, Step::Ask);
}
