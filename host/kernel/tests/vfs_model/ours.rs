//! The calls on our file tree.

use std::sync::Arc;

use bytes::Bytes;
use wasipod_kernel::clock::{Clock, Timestamp};
use wasipod_kernel::file::{FileRef, Whence};
use wasipod_kernel::fs::FsContext;
use wasipod_kernel::fs::overlay::{Overlay, OverlayLimits};
use wasipod_kernel::fs::tmpfs::{Tmpfs, TmpfsOptions};
use wasipod_kernel::vfs::{Access, Caller, FileKind, MountFlags, MountNs, OpenOptions, Place, SetTime, Stat};
use wasipod_kernel::{Errno, Result};

use super::operation::{At, Flags, Operation, Outcome, SLOTS, System, data, digest, time};

/// A namespace of ours.
pub(crate) struct Ours {
    context: FsContext,
    namespace: MountNs,
    caller: Caller,
    base: Place,
    slots: [Option<FileRef>; SLOTS],
}

fn options(flags: Flags) -> OpenOptions {
    OpenOptions {
        read: flags.read,
        write: flags.write,
        append: flags.append,
        create: flags.create,
        exclusive: flags.exclusive,
        truncate: flags.truncate,
        directory: flags.directory,
        no_follow: flags.no_follow,
        nonblocking: false,
    }
}

fn kind(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Regular => "RegularFile",
        FileKind::Directory => "Directory",
        FileKind::Symlink => "Symlink",
        _ => "other",
    }
}

fn describe(stat: &Stat) -> String {
    let directory = stat.kind == FileKind::Directory;
    let (nlink, size) = if directory { (0, 0) } else { (stat.nlink, stat.size) };
    let mtime = time(stat.mtime.seconds());
    let Stat { mode, uid, gid, .. } = *stat;
    format!("{} {mode:o} {uid}:{gid} links {nlink} size {size} mtime {mtime}", kind(stat.kind))
}

fn set_time(seconds: Option<u32>) -> Option<SetTime> {
    seconds.map(|seconds| SetTime::At(Timestamp::from_nanos(u64::from(seconds) * 1_000_000_000)))
}

impl Ours {
    pub(crate) fn new(depth: usize) -> Self {
        let context = FsContext::new(Clock::real());
        let root = Tmpfs::new(&context, &TmpfsOptions { mode: 0o777, ..TmpfsOptions::default() }).root();
        let namespace = MountNs::new(root, MountFlags::default());
        let caller = Caller { umask: 0, ..Caller::root() };
        namespace.mkdir_all(&caller, namespace.root(), &"/p".repeat(depth), 0o777).unwrap();
        let base = namespace.resolve(&caller, namespace.root(), &"/p".repeat(depth), true).unwrap();
        let slots = [const { None }; SLOTS];
        Self { context, namespace, caller: Caller::root(), base, slots }
    }

    /// The same tree, as the only layer of an overlay.
    pub(crate) fn below_an_overlay(self) -> Self {
        let layer = self.namespace.root().node().clone();
        let overlay = Overlay::new(&self.context, vec![layer], OverlayLimits::default()).unwrap();
        let namespace = MountNs::new(overlay.root(), MountFlags::default());
        let base = namespace.resolve(&self.caller, namespace.root(), &self.base.path(), true).unwrap();
        Self { namespace, base, slots: [const { None }; SLOTS], ..self }
    }

    pub(crate) fn become_user(&mut self, uid: u32) {
        self.caller = Caller { uid, gid: uid, groups: Arc::from([]), ..Caller::root() };
    }

    fn at(&self, at: &At) -> Result<Place> {
        match at.slot {
            None => Ok(self.base.clone()),
            Some(slot) => self.slot(slot)?.place().ok_or(Errno::EBADF),
        }
    }

    fn slot(&self, slot: usize) -> Result<FileRef> {
        self.slots[slot].clone().ok_or(Errno::EBADF)
    }

    fn do_it(&mut self, operation: &Operation) -> Result<String> {
        let done = |()| "done".to_owned();
        let (namespace, caller) = (self.namespace.clone(), self.caller.clone());
        match operation {
            Operation::Open { slot, at, flags, mode } => {
                let opened = namespace.open(&caller, &self.at(at)?, &at.path, options(*flags), *mode)?;
                self.slots[*slot] = Some(opened);
                Ok("opened".to_owned())
            }
            Operation::Close { slot } => {
                self.slots[*slot] = None;
                Ok("closed".to_owned())
            }
            Operation::Read { slot, len } => Ok(digest(&self.slot(*slot)?.try_read(*len)?)),
            Operation::Write { slot, len, byte } => {
                let data = Bytes::from(data(*len, *byte));
                self.slot(*slot)?.try_write(&data).map(|len| len.to_string())
            }
            Operation::ReadAt { slot, offset, len } => Ok(digest(&self.slot(*slot)?.read_at(*offset, *len)?)),
            Operation::WriteAt { slot, offset, len, byte } => {
                self.slot(*slot)?.write_at(*offset, &data(*len, *byte)).map(|len| len.to_string())
            }
            Operation::Seek { slot, whence, by } => {
                let file = self.slot(*slot)?;
                if file.stat()?.kind == FileKind::Directory {
                    return Ok("a directory".to_owned());
                }
                let whence = match whence {
                    0 => Whence::Start,
                    1 => Whence::Current,
                    _ => Whence::End,
                };
                file.seek(*by, whence).map(|at| at.to_string())
            }
            Operation::SetSize { slot, size } => self.slot(*slot)?.truncate(*size).map(done),
            Operation::FileStat { slot } => Ok(describe(&self.slot(*slot)?.stat()?)),
            Operation::Where { slot } => {
                let file = self.slot(*slot)?;
                if file.stat()?.kind != FileKind::Directory {
                    return Ok("a file".to_owned());
                }
                Ok(file.label())
            }
            Operation::Mkdir { at, mode } => {
                namespace.mkdir(&caller, &self.at(at)?, &at.path, *mode).map(done)
            }
            Operation::Rmdir { at } => namespace.rmdir(&caller, &self.at(at)?, &at.path).map(done),
            Operation::Unlink { at } => namespace.unlink(&caller, &self.at(at)?, &at.path).map(done),
            Operation::Link { old, new, follow } => {
                let (from, to) = (self.at(old)?, self.at(new)?);
                namespace.link(&caller, &from, &old.path, *follow, &to, &new.path).map(done)
            }
            Operation::Symlink { target, at } => {
                namespace.symlink(&caller, target, &self.at(at)?, &at.path).map(done)
            }
            Operation::Readlink { at } => {
                if at.path.is_empty() {
                    return Err(Errno::ENOENT);
                }
                namespace.readlink(&caller, &self.at(at)?, &at.path).map(|text| text.to_string())
            }
            Operation::Rename { old, new, no_replace } => {
                let (from, to) = (self.at(old)?, self.at(new)?);
                namespace.rename(&caller, &from, &old.path, &to, &new.path, *no_replace).map(done)
            }
            Operation::Stat { at, follow } => {
                Ok(describe(&namespace.stat(&caller, &self.at(at)?, &at.path, *follow)?))
            }
            Operation::Chmod { at, mode } => {
                namespace.chmod(&caller, &self.at(at)?, &at.path, true, *mode).map(done)
            }
            Operation::Chown { at, follow, uid, gid } => {
                namespace.chown(&caller, &self.at(at)?, &at.path, *follow, *uid, *gid).map(done)
            }
            Operation::SetTimes { at, follow, atime, mtime } => {
                let (atime, mtime) = (set_time(*atime), set_time(*mtime));
                namespace.set_times(&caller, &self.at(at)?, &at.path, *follow, atime, mtime).map(done)
            }
            Operation::Access { at, bits } => {
                let wanted = Access { read: bits & 4 != 0, write: bits & 2 != 0, execute: bits & 1 != 0 };
                namespace.access(&caller, &self.at(at)?, &at.path, wanted).map(done)
            }
            Operation::ReadDir { at } => {
                let entries = namespace.read_dir(&caller, &self.at(at)?, &at.path)?;
                Ok(entries.iter().map(|entry| format!("{} {}\n", kind(entry.kind), entry.name)).collect())
            }
        }
    }
}

impl System for Ours {
    fn run(&mut self, operation: &Operation) -> Outcome {
        self.do_it(operation).map_err(Errno::number)
    }
}
