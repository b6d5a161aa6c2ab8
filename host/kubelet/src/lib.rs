//! Pod life: plan, execute, probe, restart, report (layer 2)

pub mod backoff;
pub mod container;
mod go_format;
pub mod logs;
pub mod ports;
mod time;
