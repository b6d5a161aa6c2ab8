//! `/dev`: a small tmpfs with the device nodes that every container has (OCI runtime specification, "Default
//! Devices").
//!
//! It can be written like any tmpfs, e.g. to make a mount point for `/dev/termination-log`; device nodes work only
//! here and on no other file system.

mod device;

use std::sync::Arc;

use self::device::{Device, OpenDevice};
use super::FsContext;
use super::tmpfs::{Special, Tmpfs, TmpfsOptions};
use crate::errno::{Errno, Result};
use crate::file::FileRef;
use crate::random::Random;
use crate::vfs::{NewKind, NewNode, NodeRef, OpenOptions, Place};

/// The links to a process's own descriptors.
const LINKS: [(&str, &str); 4] = [
    ("fd", "/proc/self/fd"),
    ("stdin", "/proc/self/fd/0"),
    ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"),
];

/// What device nodes open.
#[derive(Clone, Debug)]
pub(super) struct Devices {
    random: Random,
}

/// A device's number as Linux's `makedev` makes it, for small ones.
const fn device_number(major: u64, minor: u64) -> u64 {
    major << 8 | minor
}

/// Makes a `/dev` whose `random` and `urandom` draw from `random`. `shm` is an empty directory to mount on.
///
/// # Errors
/// None in practice: the file system is new and without limits.
pub fn devfs(context: &FsContext, random: Random) -> Result<NodeRef> {
    let options = TmpfsOptions { size: Some(1 << 20), inodes: Some(1024), mode: 0o755, uid: 0, gid: 0 };
    let special = Special { fs_type: "tmpfs", devices: Some(Devices { random }), read_only: false };
    let root = Tmpfs::special(context, &options, Vec::new(), special).root();
    let new = |kind: NewKind<'static>, mode: u32| NewNode { kind, mode, uid: 0, gid: 0 };
    for device in Device::ALL {
        root.create(device.name(), &new(NewKind::CharDevice(device.number()), 0o666))?;
    }
    for (name, target) in LINKS {
        root.create(name, &new(NewKind::Symlink(target), 0o777))?;
    }
    root.create("shm", &new(NewKind::Directory, 0o1777))?;
    Ok(root)
}

// === impl Devices ===

impl Devices {
    /// Opens the device with that number.
    pub(super) fn open(&self, number: u64, place: &Place, options: OpenOptions) -> Result<FileRef> {
        let device = Device::ALL.into_iter().find(|device| device.number() == number).ok_or(Errno::ENXIO)?;
        // Without a controlling terminal there is none to open (tty(4)).
        if device == Device::Tty {
            return Err(Errno::ENXIO);
        }
        Ok(Arc::new(OpenDevice::new(device, self.random.clone(), place.clone(), options)))
    }
}

#[cfg(test)]
mod tests;
