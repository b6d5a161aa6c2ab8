//! The virtual operating system below every Pod.
//!
//! One kernel serves a node. It knows no Kubernetes, no WebAssembly and no YAML: above it, thin adapters translate
//! an ABI (WASI, `wasipod:os`) into its calls; below it are memory and a few doors to the machine
//! ([`clock`]'s real clock, `fs::hostfs`, `net::bridge`).
//!
//! ```text
//!  adapters (runtime)            kubelet side (node)
//!      │ files, sockets, kill        │ sandboxes, mounts, spawn, dial
//!      ▼                             ▼
//!   process ── descriptors ──► file ◄── vfs ◄── fs::{tmpfs, overlay, hostfs, procfs, devfs}
//!      │                        ▲
//!      └── signals, wait        └── pipe, net::{tcp, udp}
//!   everything that takes time ──► clock (real or virtual)
//! ```
//!
//! Calls never block a thread: what may have to wait is offered as `try_*` (`EAGAIN`) plus `poll_*` readiness
//! registered with a [`wait_queue::WaitQueue`].

pub mod clock;
pub mod errno;
pub mod file;
pub mod fs;
pub mod net;
pub mod pipe;
pub mod process;
pub mod random;
pub mod sandbox;
pub mod sink;
pub mod vfs;
pub mod wait_queue;

pub use errno::{Errno, Result};
