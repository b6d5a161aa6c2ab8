//! Changes of attributes: chmod(2), chown(2), utimensat(2), truncate(2).
//!
//! Each exists for a [`Place`] (fchmod of an open file, by its [`place`](crate::file::File::place)) and for a path.

use super::{Access, Caller, FileKind, MountNs, Place, SetAttr, SetTime, Stat};
use crate::errno::{Errno, Result};

// === impl Place ===

impl Place {
    /// chmod(2).
    ///
    /// # Errors
    /// `EPERM` for others than owner and root, `EOPNOTSUPP` for a symbolic link, `EROFS`.
    pub fn chmod(&self, caller: &Caller, mode: u32) -> Result<()> {
        self.check_writable()?;
        if self.node.kind() == FileKind::Symlink {
            return Err(Errno::EOPNOTSUPP);
        }
        let stat = self.node.stat()?;
        caller.check_owner(&stat)?;
        let mut mode = mode & 0o7777;
        if caller.uid != 0 && !caller.in_group(stat.gid) {
            mode &= !0o2000;
        }
        self.node.set_attr(&SetAttr { mode: Some(mode), ..SetAttr::default() })
    }

    /// chown(2); `None` leaves that id. Takes the set-id bits off files, as Linux does.
    ///
    /// # Errors
    /// `EPERM`: only root gives files away, an owner may choose among the own groups; `EROFS`.
    pub fn chown(&self, caller: &Caller, uid: Option<u32>, gid: Option<u32>) -> Result<()> {
        self.check_writable()?;
        let stat = self.node.stat()?;
        if caller.uid != 0 {
            let keeps_owner = uid.is_none_or(|uid| uid == stat.uid);
            let own_group = gid.is_none_or(|gid| gid == stat.gid || caller.in_group(gid));
            let nothing = uid.is_none() && gid.is_none();
            let allowed = nothing || (caller.uid == stat.uid && keeps_owner && own_group);
            if !allowed {
                return Err(Errno::EPERM);
            }
        }
        let mut mode = stat.mode;
        if stat.kind != FileKind::Directory {
            mode &= !0o4000;
            if mode & 0o010 != 0 {
                mode &= !0o2000;
            }
        }
        let mode = (mode != stat.mode).then_some(mode);
        if mode.is_some() {
            caller.check_owner(&stat)?;
        }
        self.node.set_attr(&SetAttr { mode, uid, gid, ..SetAttr::default() })
    }

    /// futimens(3); `None` leaves that time.
    ///
    /// # Errors
    /// `EPERM` to set certain times for others than owner and root; `EACCES` to set "now" also without permission to
    /// write; `EROFS`.
    pub fn set_times(&self, caller: &Caller, atime: Option<SetTime>, mtime: Option<SetTime>) -> Result<()> {
        if atime.is_none() && mtime.is_none() {
            return Ok(());
        }
        self.check_writable()?;
        let stat = self.node.stat()?;
        if caller.check_owner(&stat).is_err() {
            if (atime, mtime) != (Some(SetTime::Now), Some(SetTime::Now)) {
                return Err(Errno::EPERM);
            }
            caller.check(&stat, Access::WRITE)?;
        }
        self.node.set_attr(&SetAttr { atime, mtime, ..SetAttr::default() })
    }

    /// truncate(2).
    ///
    /// # Errors
    /// `EISDIR`, `EINVAL` for what isn't a regular file or too large a size, `EACCES`, `EROFS`, `EFBIG`, `ENOSPC`.
    pub fn truncate(&self, caller: &Caller, size: u64) -> Result<()> {
        if i64::try_from(size).is_err() {
            return Err(Errno::EINVAL);
        }
        match self.node.kind() {
            FileKind::Regular => {}
            FileKind::Directory => return Err(Errno::EISDIR),
            _ => return Err(Errno::EINVAL),
        }
        if caller.uid != 0 {
            caller.check(&self.node.stat()?, Access::WRITE)?;
        }
        self.check_writable()?;
        self.drop_set_ids(caller)?;
        self.node.truncate(size)
    }

    /// Takes the set-id bits off a file that somebody other than root writes.
    pub(super) fn drop_set_ids(&self, caller: &Caller) -> Result<()> {
        if caller.uid == 0 {
            return Ok(());
        }
        let Stat { mode, gid, .. } = self.node.stat()?;
        let group = mode & 0o010 != 0 || !caller.in_group(gid);
        let dropped = mode & (0o4000 | if group { 0o2000 } else { 0 });
        if dropped == 0 {
            return Ok(());
        }
        self.node.set_attr(&SetAttr { mode: Some(mode & !dropped), ..SetAttr::default() })
    }
}

// === impl MountNs ===

impl MountNs {
    /// fchmodat(2).
    ///
    /// # Errors
    /// The walk's and [`Place::chmod`]'s.
    pub fn chmod(&self, caller: &Caller, base: &Place, path: &str, follow: bool, mode: u32) -> Result<()> {
        self.resolve(caller, base, path, follow)?.chmod(caller, mode)
    }

    /// fchownat(2).
    ///
    /// # Errors
    /// The walk's and [`Place::chown`]'s.
    pub fn chown(
        &self,
        caller: &Caller,
        base: &Place,
        path: &str,
        follow: bool,
        uid: Option<u32>,
        gid: Option<u32>,
    ) -> Result<()> {
        self.resolve(caller, base, path, follow)?.chown(caller, uid, gid)
    }

    /// utimensat(2).
    ///
    /// # Errors
    /// The walk's and [`Place::set_times`]'s.
    pub fn set_times(
        &self,
        caller: &Caller,
        base: &Place,
        path: &str,
        follow: bool,
        atime: Option<SetTime>,
        mtime: Option<SetTime>,
    ) -> Result<()> {
        if atime.is_none() && mtime.is_none() {
            // Linux doesn't even look whether the file is there.
            return Ok(());
        }
        self.resolve(caller, base, path, follow)?.set_times(caller, atime, mtime)
    }

    /// truncate(2).
    ///
    /// # Errors
    /// The walk's and [`Place::truncate`]'s.
    pub fn truncate(&self, caller: &Caller, base: &Place, path: &str, size: u64) -> Result<()> {
        self.resolve(caller, base, path, true)?.truncate(caller, size)
    }
}
