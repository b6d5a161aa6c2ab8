//! What a directory's state holds.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use super::node::TmpNode;
use crate::vfs::NodeRef;

/// A directory's entries.
pub(super) struct Directory {
    /// The directory itself.
    pub(super) this: Weak<TmpNode>,
    entries: BTreeMap<Arc<str>, Entry>,
    /// How many entries are nodes.
    nodes: usize,
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
        Self { this: Weak::new(), entries: BTreeMap::new(), nodes: 0, lowers, parent, name }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Entry> {
        self.entries.get(name)
    }

    /// Puts an entry there; what was there.
    pub(super) fn put(&mut self, name: Arc<str>, entry: Entry) -> Option<Entry> {
        self.nodes += usize::from(entry.is_node());
        let before = self.entries.insert(name, entry);
        self.nodes -= before.iter().filter(|entry| entry.is_node()).count();
        before
    }

    /// Takes an entry away.
    pub(super) fn remove(&mut self, name: &str) -> Option<Entry> {
        let before = self.entries.remove(name);
        self.nodes -= before.iter().filter(|entry| entry.is_node()).count();
        before
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Entry)> {
        self.entries.iter()
    }

    /// All nodes, for good.
    pub(super) fn into_nodes(self) -> impl Iterator<Item = Arc<TmpNode>> {
        self.entries.into_values().filter_map(|entry| match entry {
            Entry::Node(node) => Some(node),
            Entry::Whiteout => None,
        })
    }

    /// How many entries it has, as far as they were looked up.
    pub(super) fn len(&self) -> usize {
        self.nodes
    }
}

// === impl Entry ===

impl Entry {
    fn is_node(&self) -> bool {
        matches!(self, Self::Node(_))
    }
}
