//! Open file descriptions of regular files and directories.

use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use parking_lot::Mutex;

use super::{Caller, NodeRef, OpenOptions, Place, Stat};
use crate::errno::{Errno, Result};
use crate::file::{File, Whence};

/// The largest offset, as a C program's `off_t` has it.
const OFFSET_MAX: u64 = i64::MAX as u64;

/// An open regular file: a node, an offset and what may be done.
#[derive(Debug)]
pub struct OpenFile {
    place: Place,
    read: bool,
    write: bool,
    append: AtomicBool,
    /// Who opened it, unless that was root: what that one writes loses its set-id bits.
    opener: Option<Caller>,
    /// Held during reads and writes that use it: they are atomic to each other (POSIX.1-2024, 2.9.7).
    offset: Mutex<u64>,
}

/// An open directory: only a base for further calls.
#[derive(Debug)]
pub struct OpenDirectory {
    place: Place,
}

// === impl OpenFile ===

impl OpenFile {
    /// A description of `place`, at offset 0; whether `opener` may was checked before.
    pub fn new(place: Place, options: OpenOptions, opener: &Caller) -> Self {
        Self {
            place,
            read: options.read,
            write: options.write,
            append: AtomicBool::new(options.append),
            opener: (opener.uid != 0).then(|| opener.clone()),
            offset: Mutex::new(0),
        }
    }

    /// Switches `O_APPEND` (fcntl(2), `F_SETFL`).
    pub fn set_append(&self, append: bool) {
        self.append.store(append, Ordering::Relaxed);
    }

    fn before_write(&self, len: usize, offset: u64) -> Result<()> {
        if !self.write {
            return Err(Errno::EBADF);
        }
        if offset > OFFSET_MAX - len as u64 {
            return Err(Errno::EFBIG);
        }
        match &self.opener {
            Some(opener) if len > 0 => self.place.drop_set_ids(opener),
            _ => Ok(()),
        }
    }
}

impl File for OpenFile {
    fn try_read(&self, max: usize) -> Result<Bytes> {
        if !self.read {
            return Err(Errno::EBADF);
        }
        let mut offset = self.offset.lock();
        let data = self.place.node().read_at(*offset, max)?;
        *offset += data.len() as u64;
        Ok(data)
    }

    fn try_write(&self, data: &Bytes) -> Result<usize> {
        let mut offset = self.offset.lock();
        if self.append.load(Ordering::Relaxed) {
            self.before_write(data.len(), 0)?;
            let (end, written) = self.place.node().append(data)?;
            *offset = end;
            return Ok(written);
        }
        self.before_write(data.len(), *offset)?;
        let written = self.place.node().write_at(*offset, data)?;
        *offset += written as u64;
        Ok(written)
    }

    fn read_at(&self, offset: u64, max: usize) -> Result<Bytes> {
        if !self.read {
            return Err(Errno::EBADF);
        }
        if offset > OFFSET_MAX { Err(Errno::EINVAL) } else { self.place.node().read_at(offset, max) }
    }

    /// As on Linux, with `O_APPEND` the data goes to the end whatever `offset` says (pwrite(2), BUGS).
    fn write_at(&self, offset: u64, data: &[u8]) -> Result<usize> {
        if self.append.load(Ordering::Relaxed) {
            self.before_write(data.len(), 0)?;
            return Ok(self.place.node().append(data)?.1);
        }
        self.before_write(data.len(), offset)?;
        self.place.node().write_at(offset, data)
    }

    fn seek(&self, by: i64, whence: Whence) -> Result<u64> {
        let mut offset = self.offset.lock();
        let from = match whence {
            Whence::Start => 0,
            Whence::Current => *offset,
            Whence::End => self.place.node().stat()?.size,
        };
        let new = from.checked_add_signed(by).filter(|new| *new <= OFFSET_MAX).ok_or(Errno::EINVAL)?;
        *offset = new;
        Ok(new)
    }

    fn truncate(&self, size: u64) -> Result<()> {
        if !self.write || size > OFFSET_MAX {
            return Err(Errno::EINVAL);
        }
        if let Some(opener) = &self.opener {
            self.place.drop_set_ids(opener)?;
        }
        self.place.node().truncate(size)
    }

    fn sync(&self) -> Result<()> {
        self.place.node().sync()
    }

    fn stat(&self) -> Result<Stat> {
        self.place.node().stat()
    }

    fn node(&self) -> Option<NodeRef> {
        Some(self.place.node().clone())
    }

    fn place(&self) -> Option<Place> {
        Some(self.place.clone())
    }

    fn label(&self) -> String {
        self.place.path()
    }
}

// === impl OpenDirectory ===

impl OpenDirectory {
    /// A description of `place`.
    pub fn new(place: Place) -> Self {
        Self { place }
    }
}

impl File for OpenDirectory {
    fn try_read(&self, _max: usize) -> Result<Bytes> {
        Err(Errno::EISDIR)
    }

    fn try_write(&self, _data: &Bytes) -> Result<usize> {
        Err(Errno::EBADF)
    }

    fn read_at(&self, _offset: u64, _max: usize) -> Result<Bytes> {
        Err(Errno::EISDIR)
    }

    fn write_at(&self, _offset: u64, _data: &[u8]) -> Result<usize> {
        Err(Errno::EBADF)
    }

    fn sync(&self) -> Result<()> {
        self.place.node().sync()
    }

    fn stat(&self) -> Result<Stat> {
        self.place.node().stat()
    }

    fn node(&self) -> Option<NodeRef> {
        Some(self.place.node().clone())
    }

    fn place(&self) -> Option<Place> {
        Some(self.place.clone())
    }

    fn label(&self) -> String {
        self.place.path()
    }
}
