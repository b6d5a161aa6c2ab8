//! Pod life: plan, execute, probe, restart, report. Layer 2 of the house.
//!
//! Used by the node, which implements its ports; uses [`wasipod_api`] for what Pods are and the kernel's clock and
//! randomness, nothing else of the machine. It must never know wasm, wire types or where objects are stored.
//!
//! ```text
//!  PodSource ──► Kubelet (dispatch) ──► PodWorker: one task per Pod
//!                                         observe: facts ◄── RuntimeEvent, probes
//!                                         decide:  plan, status, backoff, grace, judge   (pure)
//!                                         do:      sync, start, kill, terminate          (thin) ──► ContainerRuntime
//!                                         report:  status ──► PodWriter, events ──► EventSink
//! ```
//!
//! * [`Kubelet`]: built from a [`NodeConfig`], a clock, a seed and its [`Ports`]; runs until told to stop.
//! * [`container`], [`ports`]: the doors.
//! * [`facts`], [`plan`], [`status`], [`backoff`], [`grace`], [`probe::Judge`]: what decides, as plain functions over
//!   plain data; tests name the Kubernetes rule that each keeps.
//! * [`logs`], [`Streams`]: what people look into.
//!
//! Invariants: one task owns a Pod and life goes one way; everything that waits can be cancelled; the same input and
//! seed give the same events in the same order. Locks are held for a look only, never across an await; no lock is taken
//! while another is held, except a Pod's cell under the dispatcher's table.

pub mod backoff;
pub mod command;
pub mod container;
pub mod dns;
pub mod env;
mod events;
pub mod facts;
pub mod fields;
mod go_format;
pub mod grace;
mod hooks;
pub mod hosts;
mod image;
mod kubelet;
#[cfg(test)]
mod life;
pub mod logs;
mod node;
pub mod objects;
pub mod plan;
mod pod_cell;
mod pod_worker;
pub mod ports;
pub mod probe;
pub mod restart;
pub mod status;
mod streams;
#[cfg(test)]
mod testing;
mod time;
pub mod volumes;

pub use self::kubelet::Kubelet;
pub use self::node::{NodeConfig, Ports};
pub use self::streams::Streams;
