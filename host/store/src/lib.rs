//! Versioned objects with watch: what etcd and the storage half of an API server are to a cluster.
//!
//! ```text
//!  control, server ──► Store ── create, get, list, update, update_status, modify, delete
//!                        │         every change: one resourceVersion, one Change
//!                        ├──► Journal   (a disk file later; nothing today)
//!                        └──► History   (bounded, one per resource) ──► any number of Watchers, each at its own pace
//! ```
//!
//! Objects are JSON trees ([`Object`]): integers and quantities stay as they were written, and patches can work on
//! them. Typed wire objects come in and go out through serde. The store validates only what belongs to storage
//! (versions, uids, names taken); defaults, admission and validation happen before.

mod deletion;
mod error;
mod history;
mod journal;
mod metadata;
mod names;
mod object;
mod resource;
mod store;
mod watch;

pub use deletion::{DeleteOptions, Deletion};
pub use error::Error;
pub use journal::{Journal, JournalError};
pub use object::Object;
pub use resource::{Resource, Scope};
pub use store::{List, Store, Surroundings};
pub use watch::{Change, ChangeKind, Watcher};

/// A store-wide version: every change gets the next one.
pub type Version = u64;
