//! Changes of directory entries but renaming: mkdir(2), mknod(2), symlink(2), link(2), unlink(2), rmdir(2).

use super::walk::{End, Entry, Last, Walk};
use super::{Access, Caller, FileKind, MountNs, NewKind, NewNode, NodeRef, PATH_MAX, Place, Stat};
use crate::errno::{Errno, Result};

const SET_GROUP_ID: u32 = 0o2000;

/// Mode and group of a new node in `dir`: the umask, and the group inherited from a set-group-ID directory.
pub(super) fn new_attributes(caller: &Caller, dir: &Stat, kind: FileKind, mode: u32) -> (u32, u32) {
    let mode = match kind {
        FileKind::Symlink => return (0o777, if dir.mode & SET_GROUP_ID == 0 { caller.gid } else { dir.gid }),
        FileKind::Directory => mode & 0o1777 & !caller.umask,
        _ => mode & 0o7777 & !caller.umask,
    };
    if dir.mode & SET_GROUP_ID == 0 {
        return (mode, caller.gid);
    }
    let inherited = if kind == FileKind::Directory { SET_GROUP_ID } else { 0 };
    (mode | inherited, dir.gid)
}

/// The directory and name of something new, for which there is room.
fn vacancy<'p>(walk: &mut Walk<'_>, path: &'p str, kind: FileKind) -> Result<(Entry<'p>, &'p str)> {
    let entry = walk.entry(path)?;
    let Last::Name(name) = entry.last else { return Err(Errno::EEXIST) };
    match entry.lookup(walk.table(), name) {
        Ok(_) => Err(Errno::EEXIST),
        Err(Errno::ENOENT) if entry.trailing && kind != FileKind::Directory => Err(Errno::ENOENT),
        Err(Errno::ENOENT) => {
            entry.check_writable()?;
            Ok((entry, name))
        }
        Err(error) => Err(error),
    }
}

/// Whether `caller` may make something in `dir`; in a removed directory nobody can.
pub(super) fn check_creation(caller: &Caller, dir: &Stat) -> Result<()> {
    if dir.nlink == 0 {
        return Err(Errno::ENOENT);
    }
    caller.check(dir, Access::CHANGE_ENTRIES)
}

/// Whether `caller` may remove `victim` from `dir`.
pub(super) fn check_removal(caller: &Caller, dir: &NodeRef, victim: &NodeRef) -> Result<()> {
    if caller.uid == 0 {
        return Ok(());
    }
    let dir = dir.stat()?;
    caller.check(&dir, Access::CHANGE_ENTRIES)?;
    caller.check_sticky(&dir, &victim.stat()?)
}

/// What Linux's `fs.protected_hardlinks` asks, which nodes have switched on: another's file only if it could be
/// written anyway and brings no rights (proc_sys_fs(5)).
fn check_link(caller: &Caller, stat: &Stat) -> Result<()> {
    if caller.check_owner(stat).is_ok() {
        return Ok(());
    }
    let brings_rights = stat.mode & 0o4000 != 0 || stat.mode & 0o2010 == 0o2010;
    let may_write = caller.check(stat, Access { read: true, ..Access::WRITE }).is_ok();
    if stat.kind == FileKind::Regular && !brings_rights && may_write { Ok(()) } else { Err(Errno::EPERM) }
}

// === impl MountNs ===

impl MountNs {
    fn create(&self, caller: &Caller, base: &Place, path: &str, kind: NewKind<'_>, mode: u32) -> Result<()> {
        let mut walk = self.walk(caller, base);
        let file_kind = kind.file_kind();
        let (entry, name) = vacancy(&mut walk, path, file_kind)?;
        let dir = entry.dir.stat()?;
        check_creation(caller, &dir)?;
        let (mode, gid) = new_attributes(caller, &dir, file_kind, mode);
        entry.dir.create(name, &NewNode { kind, mode, uid: caller.uid, gid }).map(drop)
    }

    /// mkdir(2).
    ///
    /// # Errors
    /// mkdir(2)'s.
    pub fn mkdir(&self, caller: &Caller, base: &Place, path: &str, mode: u32) -> Result<()> {
        self.create(caller, base, path, NewKind::Directory, mode)
    }

    /// Makes a directory and, as far as they are missing, those above it (`mkdir -p`).
    ///
    /// # Errors
    /// mkdir(2)'s, but for `EEXIST` where directories are.
    pub fn mkdir_all(&self, caller: &Caller, base: &Place, path: &str, mode: u32) -> Result<()> {
        for (end, _) in path.match_indices('/').chain([(path.len(), "")]).filter(|(end, _)| *end > 0) {
            match self.mkdir(caller, base, &path[..end], mode) {
                Ok(()) | Err(Errno::EEXIST) => {}
                Err(error) => return Err(error),
            }
        }
        match self.stat(caller, base, path, true)?.kind {
            FileKind::Directory => Ok(()),
            _ => Err(Errno::EEXIST),
        }
    }

    /// mknod(2): a regular file, named pipe, socket name or (for root) device.
    ///
    /// # Errors
    /// mknod(2)'s; `EPERM` for directories, links, and devices made by others than root.
    pub fn mknod(
        &self,
        caller: &Caller,
        base: &Place,
        path: &str,
        kind: NewKind<'_>,
        mode: u32,
    ) -> Result<()> {
        match kind {
            NewKind::Directory | NewKind::Symlink(_) => Err(Errno::EPERM),
            NewKind::CharDevice(_) | NewKind::BlockDevice(_) if caller.uid != 0 => Err(Errno::EPERM),
            kind => self.create(caller, base, path, kind, mode),
        }
    }

    /// symlink(2): `path` becomes a link that says `target`.
    ///
    /// # Errors
    /// symlink(2)'s.
    pub fn symlink(&self, caller: &Caller, target: &str, base: &Place, path: &str) -> Result<()> {
        if target.is_empty() {
            return Err(Errno::ENOENT);
        }
        if target.len() >= PATH_MAX {
            return Err(Errno::ENAMETOOLONG);
        }
        self.create(caller, base, path, NewKind::Symlink(target), 0o777)
    }

    /// linkat(2): `new` becomes another name of `old`; `follow` is `AT_SYMLINK_FOLLOW`.
    ///
    /// # Errors
    /// linkat(2)'s; `EPERM` for directories and others' files that one couldn't write, `EXDEV` across mounts.
    pub fn link(
        &self,
        caller: &Caller,
        old_base: &Place,
        old: &str,
        follow: bool,
        new_base: &Place,
        new: &str,
    ) -> Result<()> {
        let End::Node { mount, node, .. } = self.walk(caller, old_base).find(old, follow)? else {
            return Err(Errno::EXDEV);
        };
        let mut walk = self.walk(caller, new_base);
        let (entry, name) = vacancy(&mut walk, new, FileKind::Regular)?;
        if entry.mount.id != mount.id || entry.dir.id().dev != node.id().dev {
            return Err(Errno::EXDEV);
        }
        check_link(caller, &node.stat()?)?;
        check_creation(caller, &entry.dir.stat()?)?;
        if node.kind() == FileKind::Directory {
            return Err(Errno::EPERM);
        }
        entry.dir.link(name, &node)
    }

    /// unlink(2).
    ///
    /// # Errors
    /// unlink(2)'s; `EBUSY` for mount points.
    pub fn unlink(&self, caller: &Caller, base: &Place, path: &str) -> Result<()> {
        let mut walk = self.walk(caller, base);
        let entry = walk.entry(path)?;
        let Last::Name(name) = entry.last else { return Err(Errno::EISDIR) };
        entry.check_writable()?;
        let victim = entry.lookup(walk.table(), name)?;
        let directory = victim.kind() == FileKind::Directory;
        if entry.trailing && !directory {
            return Err(Errno::ENOTDIR);
        }
        if entry.trailing {
            return Err(Errno::EISDIR);
        }
        check_removal(caller, &entry.dir, &victim)?;
        if directory {
            return Err(Errno::EISDIR);
        }
        if entry.is_mount_point(walk.table(), name) {
            return Err(Errno::EBUSY);
        }
        entry.dir.unlink(name)
    }

    /// rmdir(2).
    ///
    /// # Errors
    /// rmdir(2)'s; `EBUSY` for mount points and `/`.
    pub fn rmdir(&self, caller: &Caller, base: &Place, path: &str) -> Result<()> {
        let mut walk = self.walk(caller, base);
        let entry = walk.entry(path)?;
        let name = match entry.last {
            Last::Name(name) => name,
            Last::Dot => return Err(Errno::EINVAL),
            Last::DotDot => return Err(Errno::ENOTEMPTY),
            Last::Root => return Err(Errno::EBUSY),
        };
        entry.check_writable()?;
        let victim = entry.lookup(walk.table(), name)?;
        check_removal(caller, &entry.dir, &victim)?;
        if victim.kind() != FileKind::Directory {
            return Err(Errno::ENOTDIR);
        }
        if entry.is_mount_point(walk.table(), name) {
            return Err(Errno::EBUSY);
        }
        entry.dir.rmdir(name)
    }
}
