//! postStart and preStop hooks (HOOK-1…10): commands and sleeps.

use wasipod_api::model::HookAction;
use wasipod_kernel::clock::Clock;

use crate::container::{ContainerId, ContainerRuntime, ExecRequest, PodKey};
use crate::go_format;

/// What is kept of a hook's output for its error message.
const OUTPUT_LIMIT: usize = 10 * 1024;

/// A hook went wrong; the text is the kubelet's (HOOK-6).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct HookError(String);

/// Runs the hook to its end. It has no time limit of its own; dropping the future kills a command (HOOK-2, HOOK-4).
pub(crate) async fn run(
    runtime: &dyn ContainerRuntime,
    clock: &Clock,
    pod: &PodKey,
    container: &str,
    id: &ContainerId,
    hook: &HookAction,
) -> Result<(), HookError> {
    match hook {
        HookAction::Sleep(duration) => {
            clock.sleep(*duration).await;
            Ok(())
        }
        HookAction::Exec(argv) => {
            let request = ExecRequest { argv: argv.clone(), output_limit: OUTPUT_LIMIT };
            let (error, output) = match runtime.exec(id, request).await {
                Ok(result) if result.exit_code == 0 => return Ok(()),
                Ok(result) => {
                    (format!("command '{}' exited with {}", argv.join(" "), result.exit_code), result.output)
                }
                Err(error) => (error.to_string(), Vec::new()),
            };
            let output = String::from_utf8_lossy(&output).into_owned();
            Err(HookError(format!(
                "Exec lifecycle hook ({}) for Container {} in Pod {} failed - error: {error}, message: {}",
                go_format::list(argv),
                go_format::quote(container),
                go_format::quote(&pod.to_string()),
                go_format::quote(&output)
            )))
        }
        HookAction::HttpGet(get) => Err(HookError(format!(
            "HTTP lifecycle hook ({}) for Container {} in Pod {} failed - error: httpGet hooks are not supported yet",
            get.path,
            go_format::quote(container),
            go_format::quote(&pod.to_string())
        ))),
    }
}
