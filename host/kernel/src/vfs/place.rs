//! A point of a file tree, from which its path can be rebuilt.

use std::fmt;
use std::sync::Arc;

use super::mount::Mount;
use super::node::same;
use super::{NodeRef, Parent};
use crate::errno::{Errno, Result};

/// A node as reached through a mount: a working directory, the base of `openat`, what an open file came from.
#[derive(Clone)]
pub struct Place {
    pub(super) mount: Arc<Mount>,
    pub(super) node: NodeRef,
    /// Where it was found; for directories the file system knows better ([`crate::vfs::Node::parent`]).
    pub(super) found: Option<Parent>,
}

// === impl Place ===

impl Place {
    /// The node.
    pub fn node(&self) -> &NodeRef {
        &self.node
    }

    /// Whether it can't be changed through this mount.
    pub fn is_read_only(&self) -> bool {
        self.mount.flags.read_only || self.node.is_read_only()
    }

    /// The absolute path in its namespace, as it is now; like `/proc/PID/fd`, with ` (deleted)` at the end when the
    /// file has no name any more.
    pub fn path(&self) -> String {
        let mut names: Vec<Arc<str>> = Vec::new();
        let mut mount = self.mount.clone();
        let mut node = self.node.clone();
        let mut found = self.found.clone();
        loop {
            if same(&node, &mount.root) {
                let Some(at) = mount.at.clone() else { break };
                names.push(at.name.clone());
                node = at.dir.clone();
                found = None;
                mount = at.mount.clone();
                continue;
            }
            let Some(parent) = node.parent().or_else(|| found.take()) else { break };
            names.push(parent.name);
            node = parent.node;
        }
        let mut path = String::new();
        for name in names.iter().rev() {
            path.push('/');
            path.push_str(name);
        }
        if path.is_empty() {
            path.push('/');
        }
        if self.node.stat().is_ok_and(|stat| stat.nlink == 0) {
            path.push_str(" (deleted)");
        }
        path
    }

    pub(super) fn check_writable(&self) -> Result<()> {
        if self.is_read_only() { Err(Errno::EROFS) } else { Ok(()) }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Place({:?} in mount {})", self.node.id(), self.mount.id)
    }
}
