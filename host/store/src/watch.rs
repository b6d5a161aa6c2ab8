//! Changes and those who follow them.

use std::sync::Arc;

use tokio::sync::watch;

use crate::store::Inner;
use crate::{Error, Object, Resource, Version};

/// What happened to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It is different.
    Modified,
    /// It is gone; the change carries its last state with the deletion's version (API-64).
    Deleted,
}

/// One change of one object.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The store-wide version of this change; also the object's `resourceVersion`.
    pub version: Version,
    /// What kind of object.
    pub resource: Resource,
    /// What happened.
    pub kind: ChangeKind,
    /// The object after the change.
    pub object: Object,
    /// The object before the change, so that a filter can tell leaving from entering (API-64); `None` for a new one.
    pub previous: Option<Object>,
}

/// Follows the changes of one resource, in order, without gaps or repeats.
///
/// A watcher holds a position, not a queue: a slow one costs nobody anything, and one that falls behind what the
/// store remembers is told so with [`Error::Gone`] and must list again.
pub struct Watcher {
    pub(crate) inner: Arc<Inner>,
    pub(crate) resource: Resource,
    pub(crate) namespace: Option<String>,
    /// Everything up to here has been delivered or doesn't concern this watcher.
    pub(crate) seen: Version,
    pub(crate) news: watch::Receiver<Version>,
}

// === impl Watcher ===

impl Watcher {
    /// The next change; waits for it. Cancel-safe: a dropped call loses nothing.
    ///
    /// # Errors
    /// [`Error::Gone`] when the watcher was too slow; every later call says so too.
    pub async fn next(&mut self) -> Result<Change, Error> {
        loop {
            if let Some(change) = self.try_next()? {
                return Ok(change);
            }
            if self.news.changed().await.is_err() {
                // The sender lives in `inner`, which this watcher keeps alive.
                std::future::pending::<()>().await;
            }
        }
    }

    /// The next change if there is one already.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub fn try_next(&mut self) -> Result<Option<Change>, Error> {
        self.news.mark_unchanged();
        let (change, current) =
            self.inner.next_change(self.resource, self.namespace.as_deref(), self.seen)?;
        self.seen = change.as_ref().map_or(current, |change| change.version);
        Ok(change)
    }

    /// Everything up to this version has been delivered: what a bookmark says (API-66).
    pub fn version(&self) -> Version {
        self.seen
    }
}
