//! The seam to a disk: whoever keeps changes for good implements [`Journal`].

use crate::Change;

/// Makes changes durable. The store calls it under its lock, in version order, before anybody can see the change;
/// what it refuses did not happen.
pub trait Journal: Send {
    /// Keeps one change. When it returns `Ok`, the change must survive a crash.
    ///
    /// # Errors
    /// When it can't be kept; nothing of it may reappear later.
    fn record(&mut self, change: &Change) -> Result<(), JournalError>;
}

/// Why a change could not be kept.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct JournalError(#[from] pub std::io::Error);

/// Keeps nothing: the store lives as long as the process.
pub(crate) struct Forgetful;

impl Journal for Forgetful {
    fn record(&mut self, _change: &Change) -> Result<(), JournalError> {
        Ok(())
    }
}
