//! open(2).

use std::borrow::Cow;
use std::sync::Arc;

use super::change::{check_creation, new_attributes};
use super::walk::{Entry, Found, Last, Link, Walk};
use super::{
    Access, Caller, FileKind, MountNs, NewKind, NewNode, NodeRef, OpenDirectory, OpenFile, Parent, Place,
};
use crate::errno::{Errno, Result};
use crate::file::FileRef;

/// open(2)'s flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenOptions {
    /// May be read.
    pub read: bool,
    /// May be written.
    pub write: bool,
    /// `O_APPEND`: every write goes to the end.
    pub append: bool,
    /// `O_CREAT`: made when it isn't there.
    pub create: bool,
    /// `O_EXCL`: with `create`, must not be there.
    pub exclusive: bool,
    /// `O_TRUNC`: emptied.
    pub truncate: bool,
    /// `O_DIRECTORY`: must be a directory.
    pub directory: bool,
    /// `O_NOFOLLOW`: a symbolic link at the end is an error.
    pub no_follow: bool,
    /// `O_NONBLOCK`.
    pub nonblocking: bool,
}

// === impl OpenOptions ===

impl OpenOptions {
    /// For reading.
    pub const READ: Self = Self {
        read: true,
        write: false,
        append: false,
        create: false,
        exclusive: false,
        truncate: false,
        directory: false,
        no_follow: false,
        nonblocking: false,
    };

    /// For writing, created or emptied.
    pub const CREATE: Self = Self { read: false, write: true, create: true, truncate: true, ..Self::READ };

    fn wanted(self) -> Access {
        Access { read: self.read, write: self.write || self.truncate, execute: false }
    }
}

// === impl MountNs ===

impl MountNs {
    /// Opens what `path`, walked from `base`, leads to; `mode` (before the umask) is for a file that is made.
    ///
    /// Directories open too: the description's [`place`](crate::file::File::place) is a base for further calls.
    ///
    /// # Errors
    /// open(2)'s.
    pub fn open(
        &self,
        caller: &Caller,
        base: &Place,
        path: &str,
        options: OpenOptions,
        mode: u32,
    ) -> Result<FileRef> {
        if options.create && options.directory {
            return Err(Errno::EINVAL);
        }
        let mut walk = self.walk(caller, base);
        if options.create {
            return open_or_create(&mut walk, caller, path, options, mode);
        }
        match walk.find(path, !options.no_follow)?.found() {
            Found::Place(place) => open_place(caller, place, options, false),
            Found::File(file) => open_again(file, options),
        }
    }
}

fn open_or_create(
    walk: &mut Walk<'_>,
    caller: &Caller,
    path: &str,
    options: OpenOptions,
    mode: u32,
) -> Result<FileRef> {
    let mut text = Cow::Borrowed(path);
    loop {
        let entry = walk.entry(&text)?;
        let Last::Name(name) = entry.last else {
            return Err(if options.exclusive { Errno::EEXIST } else { Errno::EISDIR });
        };
        if entry.trailing {
            return Err(Errno::EISDIR);
        }
        match entry.lookup(walk.table(), name) {
            Ok(node) if node.kind() == FileKind::Symlink && !options.no_follow && !options.exclusive => {
                match walk.follow(&node)? {
                    Link::Text(next) if next.is_empty() => return Err(Errno::ENOENT),
                    Link::Text(next) => text = Cow::Owned(String::from(&*next)),
                    Link::Jumped(place) => return open_place(caller, place, options, false),
                    Link::File(file) => return open_again(file, options),
                }
            }
            Ok(node) => {
                let place = place_of(walk, &entry, name, node);
                return open_place(caller, place, options, false);
            }
            Err(Errno::ENOENT) => {
                entry.check_writable()?;
                let dir = entry.dir.stat()?;
                check_creation(caller, &dir)?;
                let (mode, gid) = new_attributes(caller, &dir, FileKind::Regular, mode);
                let new = NewNode { kind: NewKind::Regular, mode, uid: caller.uid, gid };
                match entry.dir.create(name, &new) {
                    Ok(node) => {
                        let place = place_of(walk, &entry, name, node);
                        return open_place(caller, place, options, true);
                    }
                    // Somebody was faster: now it is there. From the same directory, whatever the text.
                    Err(Errno::EEXIST) if !options.exclusive => text = Cow::Owned(name.to_owned()),
                    Err(error) => return Err(error),
                }
            }
            Err(error) => return Err(error),
        }
    }
}

fn place_of(walk: &Walk<'_>, entry: &Entry<'_>, name: &str, node: NodeRef) -> Place {
    let mounted = walk.table().mounted_on(&entry.mount, &entry.dir, name);
    let mount = mounted.cloned().unwrap_or_else(|| entry.mount.clone());
    let found = (node.kind() != FileKind::Directory)
        .then(|| Parent { node: entry.dir.clone(), name: Arc::from(name) });
    Place { mount, node, found }
}

/// Opens a place; `created` means that this call made it, so that permissions don't matter.
fn open_place(caller: &Caller, place: Place, options: OpenOptions, created: bool) -> Result<FileRef> {
    let kind = place.node.kind();
    let wanted = options.wanted();
    if !created {
        if options.create && options.exclusive {
            return Err(Errno::EEXIST);
        }
        match kind {
            FileKind::Directory if options.create => return Err(Errno::EISDIR),
            FileKind::Directory => {}
            _ if options.directory => return Err(Errno::ENOTDIR),
            FileKind::Symlink => return Err(Errno::ELOOP),
            _ => {}
        }
        if kind == FileKind::Directory && wanted.write {
            return Err(Errno::EISDIR);
        }
        let stored = matches!(kind, FileKind::Regular | FileKind::Directory);
        if wanted.write && stored && place.node.is_read_only() {
            return Err(Errno::EROFS);
        }
        if caller.uid != 0 {
            caller.check(&place.node.stat()?, wanted)?;
        }
        if wanted.write && stored && place.is_read_only() {
            return Err(Errno::EROFS);
        }
    }
    if let Some(opened) = place.node.clone().open(caller, &place, options) {
        return opened;
    }
    match kind {
        FileKind::Regular => {
            if options.truncate && !created {
                place.drop_set_ids(caller)?;
                place.node.truncate(0)?;
            }
            Ok(Arc::new(OpenFile::new(place, options, caller)))
        }
        FileKind::Directory => Ok(Arc::new(OpenDirectory::new(place))),
        FileKind::Symlink => Err(Errno::ELOOP),
        FileKind::Fifo => Err(Errno::EOPNOTSUPP),
        FileKind::CharDevice | FileKind::BlockDevice | FileKind::Socket => Err(Errno::ENXIO),
    }
}

/// `/proc/PID/fd/N` of what is in no file system: the same description once more.
fn open_again(file: FileRef, options: OpenOptions) -> Result<FileRef> {
    if options.create && options.exclusive {
        return Err(Errno::EEXIST);
    }
    if options.directory { Err(Errno::ENOTDIR) } else { Ok(file) }
}
