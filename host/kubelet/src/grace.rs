//! How long a container gets to end by itself: pure (HOOK-8, HOOK-9, HOOK-12, HOOK-15, DEL-9).

use std::time::Duration;

use wasipod_api::model::{Container, Pod};

use crate::plan::KillReason;

/// Every container gets at least this after its stop signal (HOOK-12).
pub const LEAST: Duration = Duration::from_secs(2);

/// The grace of a Pod whose object was deleted by force (DEL-5).
pub const FORCED: Duration = Duration::from_secs(1);

/// The grace of one container's kill (HOOK-15).
pub fn of_kill(pod: &Pod, container: &Container, why: KillReason) -> Duration {
    if let Some(deletion) = pod.deletion {
        return of_deletion(deletion.grace);
    }
    let probe = match why {
        KillReason::Liveness => container.liveness_probe.as_ref(),
        KillReason::Startup => container.startup_probe.as_ref(),
        _ => None,
    };
    probe.and_then(|probe| probe.termination_grace).unwrap_or(pod.spec.termination_grace)
}

/// What the kubelet makes of a deletion's grace period: at least a second (DEL-9).
pub fn of_deletion(asked: Duration) -> Duration {
    asked.max(Duration::from_secs(1))
}

/// The grace of a Pod that is stopped: what the user deletes it with, else its own. It never rises (DEL-9).
pub fn of_pod(pod: &Pod, before: Option<Duration>) -> Duration {
    let wanted = pod.deletion.map_or(pod.spec.termination_grace, |deletion| of_deletion(deletion.grace));
    before.map_or(wanted, |before| before.min(wanted))
}

/// What is left for the stop signal to work after preStop has taken `elapsed` of `grace`: whole seconds are charged
/// (HOOK-9), two are always left (HOOK-12).
pub fn after_pre_stop(grace: Duration, elapsed: Duration) -> Duration {
    grace.saturating_sub(Duration::from_secs(elapsed.as_secs())).max(LEAST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    const fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn pre_stop_is_charged_in_whole_seconds_and_two_are_left_tl_4() {
        let table = [
            (secs(30), secs(10), secs(20)),
            (secs(30), secs(30), secs(2)),
            (secs(5), Duration::from_millis(4900), secs(2)),
            (secs(5), Duration::from_millis(1999), secs(4)),
            (secs(0), secs(0), secs(2)),
        ];
        for (grace, elapsed, left) in table {
            assert_eq!(after_pre_stop(grace, elapsed), left);
        }
    }

    #[test]
    fn a_probes_own_grace_counts_for_its_kills_only_and_a_deletion_for_all_hook_15() {
        let mut pod = testing::pod("p");
        pod.spec.termination_grace = secs(30);
        let mut probe = testing::exec_probe(&["true"], secs(5));
        probe.termination_grace = Some(secs(7));
        let mut container = testing::container("c");
        container.liveness_probe = Some(probe);
        assert_eq!(of_kill(&pod, &container, KillReason::Liveness), secs(7));
        assert_eq!(of_kill(&pod, &container, KillReason::PostStart), secs(30));
        pod.deletion = Some(testing::deletion(secs(0)));
        assert_eq!(of_kill(&pod, &container, KillReason::Liveness), secs(1));
    }

    #[test]
    fn a_pods_grace_never_rises_del_9() {
        let mut pod = testing::pod("p");
        pod.deletion = Some(testing::deletion(secs(5)));
        assert_eq!(of_pod(&pod, None), secs(5));
        assert_eq!(of_pod(&pod, Some(secs(3))), secs(3));
        assert_eq!(of_pod(&pod, Some(secs(9))), secs(5));
    }
}
