//! What a cluster's control plane does to Pods before a kubelet sees them.
//!
//! ```text
//!  manifest ──► Admission::create ── namespace exists? ► PodPreset ► ServiceAccount ► tolerations ► priority
//!                     │                ► defaults of what was injected ► status reset ► validation
//!                     ▼
//!                   store ──watch──► Scheduler ── filter nodes ► pick one ► bind
//!                     ▲                 │             └► nobody fits: FailedScheduling, wait for a change
//!                     └──── events ◄────┘
//! ```
//!
//! Not built: preemption, Pod affinity and topology spread, LimitRange and ResourceQuota, PriorityClass objects, and
//! the volume with the service account's token (VAL-10): Pods get their `serviceAccountName` and nothing is mounted.

pub mod admission;
mod condition;
mod event;
mod request;
pub mod scheduler;

pub use admission::{Admission, Applied, Refusal};
pub use event::{EventSink, Notice, StoreEvents};
pub use scheduler::{Scheduler, Timer};

#[cfg(test)]
mod tests;
