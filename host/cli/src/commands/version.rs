//! `wasipod version`

use crate::exit::ExitStatus;
use crate::output::Output;

/// The Kubernetes release whose behaviour is emulated.
const KUBERNETES: &str = "v1.34";

pub(crate) fn run(output: &Output) -> ExitStatus {
    output.line(&format!("wasipod {}", env!("CARGO_PKG_VERSION")));
    output.line(&format!("emulates Kubernetes {KUBERNETES}"));
    ExitStatus::Success
}
