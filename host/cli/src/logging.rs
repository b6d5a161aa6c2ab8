//! wasipod's own log, for those who look into wasipod: off unless `WASIPOD_LOG` asks for it, on stderr.

use tracing_subscriber::EnvFilter;

/// Names levels or modules, such as `debug` or `wasipod_kubelet=trace`.
const VARIABLE: &str = "WASIPOD_LOG";

/// Starts logging if the variable is set. What doesn't parse in it is left out.
pub(crate) fn start() {
    if std::env::var_os(VARIABLE).is_none() {
        return;
    }
    let filter = EnvFilter::builder().with_env_var(VARIABLE).from_env_lossy();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}
