//! rename(2).

use super::change::{check_creation, check_removal};
use super::node::same;
use super::walk::{Entry, Last};
use super::{Access, Caller, FileKind, MountNs, NodeRef, Place};
use crate::errno::{Errno, Result};

/// Whether `above` is `node` or a directory above it.
fn is_above(above: &NodeRef, node: &NodeRef) -> bool {
    let mut at = node.clone();
    loop {
        if same(&at, above) {
            return true;
        }
        match at.parent() {
            Some(parent) => at = parent.node,
            None => return false,
        }
    }
}

fn name<'p>(entry: &Entry<'p>) -> Result<&'p str> {
    match entry.last {
        Last::Name(name) => Ok(name),
        Last::Dot | Last::DotDot | Last::Root => Err(Errno::EBUSY),
    }
}

// === impl MountNs ===

impl MountNs {
    /// renameat2(2), of whose flags `no_replace` is `RENAME_NOREPLACE`.
    ///
    /// # Errors
    /// rename(2)'s; `EXDEV` across mounts, `EBUSY` for mount points.
    pub fn rename(
        &self,
        caller: &Caller,
        old_base: &Place,
        old: &str,
        new_base: &Place,
        new: &str,
        no_replace: bool,
    ) -> Result<()> {
        let mut walk = self.walk(caller, old_base);
        let from = walk.entry(old)?;
        let to = self.walk(caller, new_base).entry(new)?;
        if from.mount.id != to.mount.id {
            return Err(Errno::EXDEV);
        }
        let old_name = name(&from)?;
        let new_name = name(&to).map_err(|error| if no_replace { Errno::EEXIST } else { error })?;
        from.check_writable()?;
        let source = from.lookup(walk.table(), old_name)?;
        let target = match to.lookup(walk.table(), new_name) {
            Ok(_) if no_replace => return Err(Errno::EEXIST),
            Ok(target) => Some(target),
            Err(Errno::ENOENT) => None,
            Err(error) => return Err(error),
        };
        let directory = source.kind() == FileKind::Directory;
        if !directory && (from.trailing || to.trailing) {
            return Err(Errno::ENOTDIR);
        }
        if directory && is_above(&source, &to.dir) {
            return Err(Errno::EINVAL);
        }
        if let Some(target) = &target {
            if target.kind() == FileKind::Directory && is_above(target, &from.dir) {
                return Err(Errno::ENOTEMPTY);
            }
            if same(&source, target) {
                return Ok(());
            }
        }
        check_removal(caller, &from.dir, &source)?;
        match &target {
            None => check_creation(caller, &to.dir.stat()?)?,
            Some(target) => {
                check_removal(caller, &to.dir, target)?;
                match (directory, target.kind() == FileKind::Directory) {
                    (true, false) => return Err(Errno::ENOTDIR),
                    (false, true) => return Err(Errno::EISDIR),
                    _ => {}
                }
            }
        }
        // A directory that goes to another one gets a new "..", which takes writing to itself.
        if directory && caller.uid != 0 && !same(&from.dir, &to.dir) {
            caller.check(&source.stat()?, Access::WRITE)?;
        }
        if from.is_mount_point(walk.table(), old_name) || to.is_mount_point(walk.table(), new_name) {
            return Err(Errno::EBUSY);
        }
        from.dir.rename(old_name, &to.dir, new_name, no_replace)
    }
}
