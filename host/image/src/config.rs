//! What an image says about the processes that are started from it.

use oci_spec::image::{Config, ConfigBuilder};
use serde::{Deserialize, Serialize};

use crate::Error;

/// The part of an image's configuration that matters to a container. Empty means: not given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct ImageConfig {
    /// What is run; a container's `command` replaces it.
    pub entrypoint: Vec<String>,
    /// Its arguments; a container's `args` replaces them.
    pub cmd: Vec<String>,
    /// Environment, each as `NAME=VALUE`.
    pub env: Vec<String>,
    /// Where it is run.
    pub working_dir: String,
    /// As whom: a name or number, with `:` and a group if wanted.
    pub user: String,
    /// What asks it to stop: `SIGQUIT`; empty for SIGTERM.
    pub stop_signal: String,
    /// Ports it may listen on, as `80/tcp`.
    pub exposed_ports: Vec<String>,
}

// === impl ImageConfig ===

impl ImageConfig {
    pub(crate) fn from_oci(config: &Config) -> Self {
        let list = |list: &Option<Vec<String>>| list.clone().unwrap_or_default();
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let mut exposed_ports = list(config.exposed_ports());
        exposed_ports.sort();
        Self {
            entrypoint: list(config.entrypoint()),
            cmd: list(config.cmd()),
            env: list(config.env()),
            working_dir: text(config.working_dir()),
            user: text(config.user()),
            stop_signal: text(config.stop_signal()),
            exposed_ports,
        }
    }

    pub(crate) fn to_oci(&self) -> Result<Config, Error> {
        let mut builder = ConfigBuilder::default();
        if !self.entrypoint.is_empty() {
            builder = builder.entrypoint(self.entrypoint.clone());
        }
        if !self.cmd.is_empty() {
            builder = builder.cmd(self.cmd.clone());
        }
        if !self.env.is_empty() {
            builder = builder.env(self.env.clone());
        }
        if !self.working_dir.is_empty() {
            builder = builder.working_dir(self.working_dir.clone());
        }
        if !self.user.is_empty() {
            builder = builder.user(self.user.clone());
        }
        if !self.stop_signal.is_empty() {
            builder = builder.stop_signal(self.stop_signal.clone());
        }
        if !self.exposed_ports.is_empty() {
            builder = builder.exposed_ports(self.exposed_ports.clone());
        }
        Ok(builder.build()?)
    }
}
