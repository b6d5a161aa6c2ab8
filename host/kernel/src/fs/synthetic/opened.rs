//! Open files of a synthetic file system: what they held when they were opened.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;

use super::Generated;
use crate::errno::{Errno, Result};
use crate::file::{File, Whence};
use crate::vfs::{NodeRef, OpenOptions, Place, Stat};

/// A description.
pub(super) struct OpenGenerated {
    file: Arc<dyn Generated>,
    content: Bytes,
    place: Place,
    options: OpenOptions,
    /// Held during reads that use it.
    offset: Mutex<u64>,
}

// === impl OpenGenerated ===

impl OpenGenerated {
    pub(super) fn new(file: Arc<dyn Generated>, content: Bytes, place: Place, options: OpenOptions) -> Self {
        Self { file, content, place, options, offset: Mutex::new(0) }
    }
}

impl File for OpenGenerated {
    fn try_read(&self, max: usize) -> Result<Bytes> {
        let mut offset = self.offset.lock();
        let data = self.read_at(*offset, max)?;
        *offset += data.len() as u64;
        Ok(data)
    }

    fn try_write(&self, data: &Bytes) -> Result<usize> {
        self.write_at(0, data)
    }

    fn read_at(&self, offset: u64, max: usize) -> Result<Bytes> {
        if !self.options.read {
            return Err(Errno::EBADF);
        }
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(self.content.len());
        Ok(self.content.slice(start..start.saturating_add(max).min(self.content.len())))
    }

    fn write_at(&self, _offset: u64, data: &[u8]) -> Result<usize> {
        if self.options.write { self.file.write(data) } else { Err(Errno::EBADF) }
    }

    fn seek(&self, by: i64, whence: Whence) -> Result<u64> {
        let mut offset = self.offset.lock();
        let from = match whence {
            Whence::Start => 0,
            Whence::Current => *offset,
            Whence::End => self.content.len() as u64,
        };
        *offset = from.checked_add_signed(by).ok_or(Errno::EINVAL)?;
        Ok(*offset)
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

impl fmt::Debug for OpenGenerated {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "OpenGenerated({:?})", self.place)
    }
}
