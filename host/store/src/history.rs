//! The recent changes of one resource, so that watchers can read at their own pace.

use std::collections::VecDeque;

use crate::{Change, Error, Version};

/// A bounded list of changes in version order.
pub(crate) struct History {
    changes: VecDeque<Change>,
    capacity: usize,
    /// A watch that has seen everything up to here can go on without a gap.
    oldest: Version,
}

// === impl History ===

impl History {
    /// For a resource that the store begins to keep at version `oldest`.
    pub(crate) fn new(capacity: usize, oldest: Version) -> Self {
        Self { changes: VecDeque::new(), capacity: capacity.max(1), oldest }
    }

    /// Adds the newest change, forgetting the oldest when there are too many.
    pub(crate) fn push(&mut self, change: Change) {
        if self.changes.len() == self.capacity
            && let Some(forgotten) = self.changes.pop_front()
        {
            self.oldest = forgotten.version;
        }
        self.changes.push_back(change);
    }

    /// The first change after `version` that `wanted` accepts, or `None` when there is none yet.
    ///
    /// # Errors
    /// [`Error::Gone`] when changes after `version` are no longer kept.
    pub(crate) fn next_after(
        &self,
        version: Version,
        wanted: impl Fn(&Change) -> bool,
    ) -> Result<Option<Change>, Error> {
        if version < self.oldest {
            return Err(Error::Gone { requested: version, oldest: self.oldest });
        }
        let start = self.changes.partition_point(|change| change.version <= version);
        Ok(self.changes.range(start..).find(|change| wanted(change)).cloned())
    }
}
