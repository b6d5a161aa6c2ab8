//! Asking by a command in the container (PROBE-17).

use std::time::Duration;

use wasipod_kernel::clock::Clock;

use super::Answer;
use crate::container::{ContainerId, ContainerRuntime, ExecRequest};
use crate::go_format;

/// What is kept of a probe's output (CONST-4).
const OUTPUT_LIMIT: usize = 10 * 1024;

/// Runs the command once. Dropping the future kills it.
pub(super) async fn ask(
    runtime: &dyn ContainerRuntime,
    clock: &Clock,
    id: &ContainerId,
    argv: &[String],
    timeout: Duration,
) -> Answer {
    let request = ExecRequest { argv: argv.to_vec(), output_limit: OUTPUT_LIMIT };
    let command = runtime.exec(id, request);
    let outcome = tokio::select! {
        biased;
        outcome = command => outcome,
        () = clock.sleep(timeout) => {
            let text = argv.join(" ");
            let after = go_format::duration(timeout);
            return Answer::Failure(format!("command timed out: {} timed out after {after}", go_format::quote(&text)));
        }
    };
    match outcome {
        Err(error) => Answer::Error(error.to_string()),
        Ok(result) if result.exit_code == 0 => Answer::Success,
        Ok(result) => {
            let output = &result.output[..result.output.len().min(OUTPUT_LIMIT)];
            Answer::Failure(String::from_utf8_lossy(output).trim_end().to_owned())
        }
    }
}
