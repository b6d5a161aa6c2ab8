//! One Pod's namespaces: what its containers share.

use std::fmt;
use std::sync::Arc;

use crate::net::NetNs;
use crate::process::PidNs;

/// The namespaces of one Pod (PID-6): network, host name and, when shared, processes.
pub struct Sandbox {
    /// The Pod, for people: `namespace/name`.
    pub name: String,
    /// uts: what gethostname(2) answers.
    pub hostname: String,
    /// Network.
    pub net: Arc<NetNs>,
    /// The Pod's pid namespace, when its containers share one.
    pub shared_pids: Option<Arc<PidNs>>,
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").field("name", &self.name).finish_non_exhaustive()
    }
}
