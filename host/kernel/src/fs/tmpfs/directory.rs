//! What a directory's state holds.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use super::node::TmpNode;
use crate::vfs::NodeRef;

/// A directory's entries.
pub(super) struct Directory {
    /// The directory itself.
    pub(super) this: Weak<TmpNode>,
    pub(super) entries: BTreeMap<Arc<str>, Entry>,
    /// The directories of lower layers that show through, the top one first; never changes.
    pub(super) lowers: Arc<[NodeRef]>,
    /// The directory above; dangling for the root and for what was removed from a removed directory.
    pub(super) parent: Weak<TmpNode>,
    pub(super) name: Arc<str>,
}

/// An entry that differs from what lower layers show, or hides it.
#[derive(Clone)]
pub(super) enum Entry {
    Node(Arc<TmpNode>),
    /// Removed here; lower layers still have it.
    Whiteout,
}

// === impl Directory ===

impl Directory {
    pub(super) fn new(parent: Weak<TmpNode>, name: Arc<str>, lowers: Arc<[NodeRef]>) -> Self {
        Self { this: Weak::new(), entries: BTreeMap::new(), lowers, parent, name }
    }

    /// How many entries it has, as far as they were looked up.
    pub(super) fn len(&self) -> usize {
        self.entries.values().filter(|entry| matches!(entry, Entry::Node(_))).count()
    }
}
