//! The calls on the machine.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{self, AtFlags, Mode, OFlags, RawDir, RenameFlags, SeekFrom, Timespec, Timestamps};
use rustix::io;
use rustix::process::{Gid, Uid};
use rustix::thread;

use super::operation::{At, Flags, Operation, Outcome, SLOTS, System, data, digest, time};

/// A directory of the machine.
pub(crate) struct Linux {
    base: OwnedFd,
    /// What leads from the file system's root to the first of the directories that ours has too.
    prefix: String,
    slots: [Option<OwnedFd>; SLOTS],
}

fn mode(bits: u32) -> Mode {
    Mode::from_raw_mode(bits)
}

fn oflags(flags: Flags) -> OFlags {
    let mut out = match (flags.read, flags.write) {
        (true, true) => OFlags::RDWR,
        (false, true) => OFlags::WRONLY,
        _ => OFlags::RDONLY,
    };
    out.set(OFlags::APPEND, flags.append);
    out.set(OFlags::CREATE, flags.create);
    out.set(OFlags::EXCL, flags.exclusive);
    out.set(OFlags::TRUNC, flags.truncate);
    out.set(OFlags::DIRECTORY, flags.directory);
    out.set(OFlags::NOFOLLOW, flags.no_follow);
    out | OFlags::CLOEXEC
}

fn describe(stat: &fs::Stat) -> String {
    let kind = fs::FileType::from_raw_mode(stat.st_mode);
    let size = if kind == fs::FileType::Directory { 0 } else { stat.st_size };
    let nlink = if kind == fs::FileType::Directory { 0 } else { stat.st_nlink };
    let mtime = time(u64::try_from(stat.st_mtime).unwrap());
    let (mode, uid, gid) = (stat.st_mode & 0o7777, stat.st_uid, stat.st_gid);
    format!("{kind:?} {mode:o} {uid}:{gid} links {nlink} size {size} mtime {mtime}")
}

fn timespec(seconds: Option<u32>) -> Timespec {
    Timespec {
        tv_sec: i64::from(seconds.unwrap_or(0)),
        tv_nsec: if seconds.is_some() { 0 } else { fs::UTIME_OMIT as _ },
    }
}

impl Linux {
    pub(crate) fn new(directory: &Path, depth: usize) -> Self {
        rustix::process::umask(mode(0o022));
        let mut path = directory.to_path_buf();
        std::fs::create_dir(&path).unwrap();
        let open_to_all = |path: &Path| fs::chmod(path, mode(0o777)).unwrap();
        open_to_all(&path);
        let prefix = path.to_str().unwrap().to_owned();
        for _ in 0..depth {
            path.push("p");
            std::fs::create_dir(&path).unwrap();
            open_to_all(&path);
        }
        // The temporary directory itself lets nobody else in; the base is open already then.
        let base = fs::open(&path, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty()).unwrap();
        Self { base, prefix, slots: [const { None }; SLOTS] }
    }

    pub(crate) fn close_all(&mut self) {
        self.slots = [const { None }; SLOTS];
    }

    /// Only this thread.
    pub(crate) fn become_user(&self, uid: u32) {
        if rustix::process::getuid().is_root() && uid != 0 {
            let (user, group) = (Uid::from_raw(uid), Gid::from_raw(uid));
            if rustix::process::getgid().is_root() {
                thread::set_thread_groups(&[]).unwrap();
                thread::set_thread_res_gid(group, group, group).unwrap();
            }
            // The saved id stays, to come back.
            thread::set_thread_res_uid(user, user, Uid::ROOT).unwrap();
        }
    }

    /// The user the process began as.
    pub(crate) fn become_user_again(&self) {
        let _ = thread::set_thread_res_uid(Uid::ROOT, Uid::ROOT, Uid::ROOT);
    }

    fn at(&self, at: &At) -> io::Result<BorrowedFd<'_>> {
        match at.slot {
            None => Ok(self.base.as_fd()),
            Some(slot) => self.slot(slot),
        }
    }

    fn slot(&self, slot: usize) -> io::Result<BorrowedFd<'_>> {
        self.slots[slot].as_ref().map(AsFd::as_fd).ok_or(io::Errno::BADF)
    }

    fn do_it(&mut self, operation: &Operation) -> io::Result<String> {
        let done = |()| "done".to_owned();
        match operation {
            Operation::Open { slot, at, flags, mode: bits } => {
                let opened = fs::openat(self.at(at)?, &*at.path, oflags(*flags), mode(*bits))?;
                self.slots[*slot] = Some(opened);
                Ok("opened".to_owned())
            }
            Operation::Close { slot } => {
                self.slots[*slot] = None;
                Ok("closed".to_owned())
            }
            Operation::Read { slot, len } => {
                let mut buffer = vec![0; *len];
                let got = io::read(self.slot(*slot)?, &mut buffer)?;
                Ok(digest(&buffer[..got]))
            }
            Operation::Write { slot, len, byte } => {
                io::write(self.slot(*slot)?, &data(*len, *byte)).map(|len| len.to_string())
            }
            Operation::ReadAt { slot, offset, len } => {
                let mut buffer = vec![0; *len];
                let got = io::pread(self.slot(*slot)?, &mut buffer, *offset)?;
                Ok(digest(&buffer[..got]))
            }
            Operation::WriteAt { slot, offset, len, byte } => {
                io::pwrite(self.slot(*slot)?, &data(*len, *byte), *offset).map(|len| len.to_string())
            }
            Operation::Seek { slot, whence, by } => {
                let fd = self.slot(*slot)?;
                if fs::FileType::from_raw_mode(fs::fstat(fd)?.st_mode) == fs::FileType::Directory {
                    return Ok("a directory".to_owned());
                }
                let to = match (whence, u64::try_from(*by)) {
                    (0, Ok(by)) => SeekFrom::Start(by),
                    (0, Err(_)) => return Err(io::Errno::INVAL),
                    (1, _) => SeekFrom::Current(*by),
                    _ => SeekFrom::End(*by),
                };
                fs::seek(fd, to).map(|at| at.to_string())
            }
            Operation::SetSize { slot, size } => fs::ftruncate(self.slot(*slot)?, *size).map(done),
            Operation::FileStat { slot } => Ok(describe(&fs::fstat(self.slot(*slot)?)?)),
            Operation::Where { slot } => {
                let fd = self.slot(*slot)?;
                let link = format!("/proc/self/fd/{}", fd.as_raw_fd());
                let is_directory =
                    fs::FileType::from_raw_mode(fs::fstat(fd)?.st_mode) == fs::FileType::Directory;
                if !is_directory {
                    return Ok("a file".to_owned());
                }
                // A thread that was root may not look at its process's descriptors.
                let user = rustix::process::geteuid();
                self.become_user_again();
                let path = fs::readlink(link, Vec::new())?.into_string().unwrap();
                self.become_user(user.as_raw());
                Ok(path.strip_prefix(&self.prefix).unwrap_or(&path).to_owned())
            }
            Operation::Mkdir { at, mode: bits } => {
                fs::mkdirat(self.at(at)?, &*at.path, mode(*bits)).map(done)
            }
            Operation::Rmdir { at } => fs::unlinkat(self.at(at)?, &*at.path, AtFlags::REMOVEDIR).map(done),
            Operation::Unlink { at } => fs::unlinkat(self.at(at)?, &*at.path, AtFlags::empty()).map(done),
            Operation::Link { old, new, follow } => {
                let flags = if *follow { AtFlags::SYMLINK_FOLLOW } else { AtFlags::empty() };
                fs::linkat(self.at(old)?, &*old.path, self.at(new)?, &*new.path, flags).map(done)
            }
            Operation::Symlink { target, at } => fs::symlinkat(&**target, self.at(at)?, &*at.path).map(done),
            Operation::Readlink { at } => {
                // Linux's readlinkat of the empty path is the descriptor itself, which is not what is compared.
                if at.path.is_empty() {
                    return Err(io::Errno::NOENT);
                }
                Ok(fs::readlinkat(self.at(at)?, &*at.path, Vec::new())?.into_string().unwrap())
            }
            Operation::Rename { old, new, no_replace } => {
                let flags = if *no_replace { RenameFlags::NOREPLACE } else { RenameFlags::empty() };
                fs::renameat_with(self.at(old)?, &*old.path, self.at(new)?, &*new.path, flags).map(done)
            }
            Operation::Stat { at, follow } => {
                let flags = if *follow { AtFlags::empty() } else { AtFlags::SYMLINK_NOFOLLOW };
                Ok(describe(&fs::statat(self.at(at)?, &*at.path, flags)?))
            }
            Operation::Chmod { at, mode: bits } => {
                fs::chmodat(self.at(at)?, &*at.path, mode(*bits), AtFlags::empty()).map(done)
            }
            Operation::Chown { at, follow, uid, gid } => {
                let flags = if *follow { AtFlags::empty() } else { AtFlags::SYMLINK_NOFOLLOW };
                let (uid, gid) = (uid.map(Uid::from_raw), gid.map(Gid::from_raw));
                fs::chownat(self.at(at)?, &*at.path, uid, gid, flags).map(done)
            }
            Operation::SetTimes { at, follow, atime, mtime } => {
                let flags = if *follow { AtFlags::empty() } else { AtFlags::SYMLINK_NOFOLLOW };
                let times = Timestamps { last_access: timespec(*atime), last_modification: timespec(*mtime) };
                fs::utimensat(self.at(at)?, &*at.path, &times, flags).map(done)
            }
            Operation::Access { at, bits } => {
                let access = fs::Access::from_bits_retain(u32::from(*bits));
                fs::accessat(self.at(at)?, &*at.path, access, AtFlags::empty()).map(done)
            }
            Operation::ReadDir { at } => {
                let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
                let directory = fs::openat(self.at(at)?, &*at.path, flags, Mode::empty())?;
                let mut buffer = Vec::with_capacity(8192);
                let mut entries = RawDir::new(directory, buffer.spare_capacity_mut());
                let mut names = Vec::new();
                while let Some(entry) = entries.next() {
                    let entry = entry?;
                    let name = entry.file_name().to_str().unwrap().to_owned();
                    if name != "." && name != ".." {
                        names.push((name, format!("{:?}", entry.file_type())));
                    }
                }
                names.sort();
                Ok(names.into_iter().map(|(name, kind)| format!("{kind} {name}\n")).collect())
            }
        }
    }
}

impl System for Linux {
    fn run(&mut self, operation: &Operation) -> Outcome {
        self.do_it(operation).map_err(|error| u16::try_from(error.raw_os_error()).unwrap())
    }
}
