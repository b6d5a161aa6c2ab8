//! Whether a container that doesn't run is to be started (again): RST-1, LIFE-7, LIFE-21.

use wasipod_api::model::RestartPolicy;

use crate::facts::Instance;

/// Whether a container whose newest instance is `instance` is to be started. `None`: it never existed.
pub fn should_start(policy: RestartPolicy, instance: Option<&Instance>) -> bool {
    match instance {
        None => true,
        Some(instance) => match instance.exit() {
            // Made but never started, as after a start that was cut off.
            None => !instance.is_running(),
            Some(exit) => restarts_after(policy, exit.code),
        },
    }
}

/// Whether `policy` restarts a main container that ended with `exit_code` (RST-1, RST-2).
pub fn restarts_after(policy: RestartPolicy, exit_code: i32) -> bool {
    match policy {
        RestartPolicy::Always => true,
        RestartPolicy::OnFailure => exit_code != 0,
        RestartPolicy::Never => false,
    }
}

/// Whether a kill for a failed probe is followed by a restart (PROBE-12).
pub fn restarts_after_probe_failure(policy: RestartPolicy) -> bool {
    policy != RestartPolicy::Never
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_restart_as_rst_1_and_rst_2_say() {
        use RestartPolicy::{Always, Never, OnFailure};
        let table = [(Always, true, true), (OnFailure, false, true), (Never, false, false)];
        for (policy, after_success, after_failure) in table {
            assert_eq!(restarts_after(policy, 0), after_success);
            assert_eq!(restarts_after(policy, 1), after_failure);
            assert!(should_start(policy, None));
        }
    }
}
