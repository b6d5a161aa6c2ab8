//! Open file descriptions: what a descriptor refers to, whatever is behind it.

use std::fmt::Debug;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;

use crate::errno::{Errno, Result};
use crate::vfs::{NodeRef, Place, Stat};

/// Where [`File::seek`] counts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whence {
    /// The beginning of the file.
    Start,
    /// The present offset.
    Current,
    /// The end of the file.
    End,
}

/// An open file description (POSIX.1-2024, XBD 3.235): regular file, directory, pipe end, device, socket.
///
/// Several descriptors in several processes may share one. Nothing here blocks: `try_*` answers `EAGAIN`, and
/// `poll_*` tells when to try again.
pub trait File: Debug + Send + Sync {
    /// Up to `max` bytes from the present offset; empty is the end of the file.
    ///
    /// # Errors
    /// `EAGAIN` when there is nothing yet, `EBADF` when not open for reading, `EISDIR`.
    fn try_read(&self, max: usize) -> Result<Bytes>;

    /// Writes a prefix of `data`, how many bytes were taken.
    ///
    /// # Errors
    /// `EAGAIN` when nothing fits now, `EBADF` when not open for writing, `EPIPE` when nobody can read it any more,
    /// `ENOSPC`, `EROFS`.
    fn try_write(&self, data: &Bytes) -> Result<usize>;

    /// Ready when [`try_read`](Self::try_read) would not answer `EAGAIN`; registers the task otherwise.
    fn poll_readable(&self, _cx: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }

    /// Ready when [`try_write`](Self::try_write) would not answer `EAGAIN`; registers the task otherwise.
    fn poll_writable(&self, _cx: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }

    /// pread(2).
    ///
    /// # Errors
    /// `ESPIPE` where there are no offsets.
    fn read_at(&self, _offset: u64, _max: usize) -> Result<Bytes> {
        Err(Errno::ESPIPE)
    }

    /// pwrite(2).
    ///
    /// # Errors
    /// `ESPIPE` where there are no offsets.
    fn write_at(&self, _offset: u64, _data: &[u8]) -> Result<usize> {
        Err(Errno::ESPIPE)
    }

    /// Moves the offset; the new one.
    ///
    /// # Errors
    /// `ESPIPE` where there are no offsets, `EINVAL` before the beginning.
    fn seek(&self, _offset: i64, _whence: Whence) -> Result<u64> {
        Err(Errno::ESPIPE)
    }

    /// ftruncate(2).
    ///
    /// # Errors
    /// `EINVAL` where that has no meaning or the file isn't open for writing.
    fn truncate(&self, _size: u64) -> Result<()> {
        Err(Errno::EINVAL)
    }

    /// fsync(2).
    ///
    /// # Errors
    /// `EINVAL` where that has no meaning.
    fn sync(&self) -> Result<()> {
        Ok(())
    }

    /// fstat(2).
    ///
    /// # Errors
    /// `EIO` when the machine's file can't be read.
    fn stat(&self) -> Result<Stat>;

    /// The file's node, if it lives in a file system.
    fn node(&self) -> Option<NodeRef> {
        None
    }

    /// The point of the file tree that it was opened at: the base of `openat` for directories.
    fn place(&self) -> Option<Place> {
        None
    }

    /// What `/proc/PID/fd/N` shows: the path it was opened with, `pipe:[7]`, …
    fn label(&self) -> String;

    /// isatty(3).
    fn is_terminal(&self) -> bool {
        false
    }
}

/// How descriptor tables hold a description.
pub type FileRef = Arc<dyn File>;
