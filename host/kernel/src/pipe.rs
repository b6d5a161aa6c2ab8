//! Pipes: a bounded queue of bytes with a reading and a writing end (POSIX.1-2024 pipe(), pipe(7)).

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use parking_lot::Mutex;

use crate::clock::Timestamp;
use crate::errno::{Errno, Result};
use crate::file::{File, FileRef};
use crate::vfs::{FileKind, Stat};
use crate::wait_queue::WaitQueue;

/// Bytes that a pipe holds, as Linux's default.
pub const CAPACITY: usize = 64 << 10;

/// Writes up to this length are atomic (POSIX's PIPE_BUF).
pub const PIPE_BUF: usize = 4096;

/// Numbers pipes for [`File::label`] and inode numbers.
static NEXT: AtomicU64 = AtomicU64::new(1);

struct Pipe {
    number: u64,
    queue: Mutex<Queue>,
    readable: WaitQueue,
    writable: WaitQueue,
}

#[derive(Default)]
struct Queue {
    chunks: VecDeque<Bytes>,
    bytes: usize,
    reader_gone: bool,
    writer_gone: bool,
}

struct Reader(Arc<Pipe>);

struct Writer(Arc<Pipe>);

/// A new pipe: its reading and its writing end. An end is closed when its last descriptor is.
pub fn pipe() -> (FileRef, FileRef) {
    let pipe = Arc::new(Pipe {
        number: NEXT.fetch_add(1, Ordering::Relaxed),
        queue: Mutex::default(),
        readable: WaitQueue::default(),
        writable: WaitQueue::default(),
    });
    (Arc::new(Reader(pipe.clone())), Arc::new(Writer(pipe)))
}

// === impl Pipe ===

impl Pipe {
    fn read(&self, max: usize) -> Result<Bytes> {
        let mut queue = self.queue.lock();
        let Some(front) = queue.chunks.front_mut() else {
            return if queue.writer_gone { Ok(Bytes::new()) } else { Err(Errno::EAGAIN) };
        };
        let taken = if front.len() <= max {
            queue.chunks.pop_front().unwrap_or_default()
        } else {
            front.split_to(max)
        };
        queue.bytes -= taken.len();
        drop(queue);
        self.writable.wake();
        Ok(taken)
    }

    fn write(&self, data: &Bytes) -> Result<usize> {
        let mut queue = self.queue.lock();
        if queue.reader_gone {
            return Err(Errno::EPIPE);
        }
        if data.is_empty() {
            return Ok(0);
        }
        let free = CAPACITY - queue.bytes;
        if free == 0 || (data.len() <= PIPE_BUF && free < data.len()) {
            return Err(Errno::EAGAIN);
        }
        let taken = data.len().min(free);
        queue.chunks.push_back(data.slice(..taken));
        queue.bytes += taken;
        drop(queue);
        self.readable.wake();
        Ok(taken)
    }

    fn poll_readable(&self, cx: &Context<'_>) -> Poll<()> {
        self.readable.register(cx);
        let queue = self.queue.lock();
        if queue.bytes > 0 || queue.writer_gone { Poll::Ready(()) } else { Poll::Pending }
    }

    /// As poll(2): writable means that PIPE_BUF bytes fit, so that no atomic write is refused.
    fn poll_writable(&self, cx: &Context<'_>) -> Poll<()> {
        self.writable.register(cx);
        let queue = self.queue.lock();
        if queue.reader_gone || CAPACITY - queue.bytes >= PIPE_BUF { Poll::Ready(()) } else { Poll::Pending }
    }

    fn stat(&self) -> Stat {
        anonymous_stat(self.number)
    }

    fn label(&self) -> String {
        format!("pipe:[{}]", self.number)
    }
}

/// What fstat(2) says of a pipe, which has a number and nothing else.
pub(crate) fn anonymous_stat(number: u64) -> Stat {
    let never = Timestamp::from_nanos(0);
    Stat {
        dev: 0,
        ino: number,
        kind: FileKind::Fifo,
        mode: 0o600,
        nlink: 1,
        uid: 0,
        gid: 0,
        rdev: 0,
        size: 0,
        blocks: 0,
        atime: never,
        mtime: never,
        ctime: never,
    }
}

// === impl Reader ===

impl File for Reader {
    fn try_read(&self, max: usize) -> Result<Bytes> {
        self.0.read(max)
    }

    fn try_write(&self, _data: &Bytes) -> Result<usize> {
        Err(Errno::EBADF)
    }

    fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.0.poll_readable(cx)
    }

    fn stat(&self) -> Result<Stat> {
        Ok(self.0.stat())
    }

    fn label(&self) -> String {
        self.0.label()
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "read end of {}", self.0.label())
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let mut queue = self.0.queue.lock();
        queue.reader_gone = true;
        let unread = std::mem::take(&mut queue.chunks);
        queue.bytes = 0;
        drop(queue);
        drop(unread);
        self.0.writable.wake();
    }
}

// === impl Writer ===

impl File for Writer {
    fn try_read(&self, _max: usize) -> Result<Bytes> {
        Err(Errno::EBADF)
    }

    fn try_write(&self, data: &Bytes) -> Result<usize> {
        self.0.write(data)
    }

    fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.0.poll_writable(cx)
    }

    fn stat(&self) -> Result<Stat> {
        Ok(self.0.stat())
    }

    fn label(&self) -> String {
        self.0.label()
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "write end of {}", self.0.label())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.0.queue.lock().writer_gone = true;
        self.0.readable.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_in_order_and_a_closed_writer_is_the_end() {
        let (reader, writer) = pipe();
        assert_eq!(reader.try_read(10), Err(Errno::EAGAIN));
        writer.try_write(&Bytes::from_static(b"hello ")).unwrap();
        writer.try_write(&Bytes::from_static(b"world")).unwrap();
        assert_eq!(reader.try_read(3).unwrap(), "hel");
        assert_eq!(reader.try_read(30).unwrap(), "lo ");
        drop(writer);
        assert_eq!(reader.try_read(30).unwrap(), "world");
        assert_eq!(reader.try_read(30).unwrap(), "");
    }

    #[test]
    fn a_full_pipe_refuses_and_a_short_write_is_never_split() {
        let (reader, writer) = pipe();
        let big = Bytes::from(vec![1; CAPACITY + 1]);
        assert_eq!(writer.try_write(&big), Ok(CAPACITY));
        assert_eq!(writer.try_write(&big), Err(Errno::EAGAIN));
        reader.try_read(PIPE_BUF - 1).unwrap();
        assert_eq!(writer.try_write(&Bytes::from(vec![2; PIPE_BUF])), Err(Errno::EAGAIN));
        assert_eq!(writer.try_write(&Bytes::from(vec![2; PIPE_BUF - 1])), Ok(PIPE_BUF - 1));
        drop(reader);
        assert_eq!(writer.try_write(&big), Err(Errno::EPIPE));
    }
}
