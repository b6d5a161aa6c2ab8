//! The Pod's phase (PHASE-2…5).

use wasipod_api::model::status::{ContainerState, ContainerStatus, PodPhase};
use wasipod_api::model::{Pod, RestartPolicy};

/// The phase that the containers' statuses make. `stopped`: the kubelet has stopped the Pod for good.
pub(super) fn phase(
    pod: &Pod,
    inits: &[ContainerStatus],
    mains: &[ContainerStatus],
    stopped: bool,
) -> PodPhase {
    let policy = pod.spec.restart_policy;
    let (mut init_pending, mut init_failed) = (0, 0);
    // PHASE-4.
    for init in inits {
        match (&init.state, &init.last_state) {
            (ContainerState::Terminated(end), _) => init_failed += usize::from(end.exit_code != 0),
            (ContainerState::Waiting { .. }, Some(ContainerState::Terminated(end))) => {
                init_failed += usize::from(end.exit_code != 0);
            }
            _ => init_pending += 1,
        }
    }
    let (mut running, mut waiting, mut ended, mut succeeded) = (0, 0, 0, 0);
    for main in mains {
        match (&main.state, &main.last_state) {
            (ContainerState::Running { .. }, _) => running += 1,
            (ContainerState::Terminated(end), _) => {
                ended += 1;
                succeeded += usize::from(end.exit_code == 0);
            }
            // PHASE-3: it ran before, so it counts as stopped.
            (ContainerState::Waiting { .. }, Some(ContainerState::Terminated(_))) => ended += 1,
            (ContainerState::Waiting { .. }, _) => waiting += 1,
        }
    }
    let main_ever_ran = running + ended > 0;
    let initializing = (init_pending > 0 || init_failed > 0) && !main_ever_ran;
    if init_failed > 0 && (policy == RestartPolicy::Never || stopped) {
        PodPhase::Failed
    } else if initializing || waiting > 0 {
        PodPhase::Pending
    } else if running > 0 {
        PodPhase::Running
    } else if ended == 0 {
        PodPhase::Pending
    } else if stopped {
        if succeeded == ended { PodPhase::Succeeded } else { PodPhase::Failed }
    } else {
        // PHASE-5.
        match policy {
            RestartPolicy::Always => PodPhase::Running,
            _ if succeeded == ended => PodPhase::Succeeded,
            RestartPolicy::Never => PodPhase::Failed,
            RestartPolicy::OnFailure => PodPhase::Running,
        }
    }
}
