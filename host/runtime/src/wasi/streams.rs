//! `wasi:io` streams over open file descriptions.

use std::sync::Arc;

use bytes::Bytes;
use wasipod_kernel::Errno;
use wasipod_kernel::file::FileRef;
use wasipod_kernel::process::Process;
use wasipod_kernel::process::signals::{Origin, Signal};
use wasmtime_wasi_io::async_trait;
use wasmtime_wasi_io::poll::Pollable;
use wasmtime_wasi_io::streams::{InputStream, OutputStream, StreamError, StreamResult};

use super::readiness::ready;
use crate::exit::Doomed;

/// A guest may write so much at a time; also what a read takes at most.
pub(crate) const CHUNK: usize = 64 << 10;

/// What a stream reads from or writes to.
#[derive(Clone)]
pub(crate) enum Target {
    /// Whatever the descriptor refers to at that moment.
    Descriptor(u32),
    /// A description, at its own offset.
    File(FileRef),
    /// A regular file, at an offset of the stream's own.
    At(FileRef, u64),
    /// A regular file, at its end.
    Append(FileRef),
}

impl Target {
    fn file(&self, process: &Process) -> Result<FileRef, Errno> {
        match self {
            Self::Descriptor(fd) => process.descriptors().get(*fd),
            Self::File(file) | Self::At(file, _) | Self::Append(file) => Ok(file.clone()),
        }
    }

    fn advance(&mut self, by: usize) {
        if let Self::At(_, offset) = self {
            *offset += by as u64;
        }
    }
}

/// An operation's error, for the guest to look at.
pub(crate) fn failed(errno: Errno) -> StreamError {
    StreamError::LastOperationFailed(wasmtime::Error::new(errno))
}

/// A write's error. With nobody left to read, SIGPIPE comes first, and mostly nothing after it.
pub(crate) fn refused(process: &Arc<Process>, errno: Errno) -> StreamError {
    if errno == Errno::EPIPE {
        process.signal(Signal::PIPE, Origin::Inside);
        if process.is_doomed() {
            return StreamError::Trap(wasmtime::Error::new(Doomed));
        }
    }
    failed(errno)
}

/// Reads.
pub(crate) struct FileInput {
    pub(crate) process: Arc<Process>,
    pub(crate) target: Target,
}

#[async_trait]
impl InputStream for FileInput {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        if size == 0 {
            return Ok(Bytes::new());
        }
        let size = size.min(CHUNK);
        let file = self.target.file(&self.process).map_err(|_| StreamError::Closed)?;
        let answer = match &self.target {
            Target::At(_, offset) => file.read_at(*offset, size),
            _ => file.try_read(size),
        };
        match answer {
            Ok(bytes) if bytes.is_empty() => Err(StreamError::Closed),
            Ok(bytes) => {
                self.target.advance(bytes.len());
                Ok(bytes)
            }
            Err(Errno::EAGAIN) => Ok(Bytes::new()),
            Err(errno) => Err(failed(errno)),
        }
    }

    /// A woken reader may find that another was quicker: it waits again, however often.
    async fn blocking_read(&mut self, size: usize) -> StreamResult<Bytes> {
        loop {
            self.ready().await;
            let bytes = self.read(size)?;
            if !bytes.is_empty() || size == 0 {
                return Ok(bytes);
            }
        }
    }
}

#[async_trait]
impl Pollable for FileInput {
    async fn ready(&mut self) {
        if let Ok(file) = self.target.file(&self.process) {
            ready(&self.process, &format!("read {}", file.label()), |cx| file.poll_readable(cx)).await;
        }
    }
}

/// Writes. What a full pipe didn't take at once is kept, and nothing more is permitted until it has.
pub(crate) struct FileOutput {
    process: Arc<Process>,
    target: Target,
    kept: Bytes,
}

impl FileOutput {
    pub(crate) fn new(process: Arc<Process>, target: Target) -> Self {
        Self { process, target, kept: Bytes::new() }
    }

    /// Writes what is kept as far as it goes now.
    fn push(&mut self) -> StreamResult<()> {
        while !self.kept.is_empty() {
            let file = self.target.file(&self.process).map_err(|_| StreamError::Closed)?;
            let answer = match &self.target {
                Target::At(_, offset) => file.write_at(*offset, &self.kept),
                Target::Append(file) => match file.node() {
                    Some(node) => node.append(&self.kept).map(|(_, written)| written),
                    None => file.try_write(&self.kept),
                },
                Target::Descriptor(_) | Target::File(_) => file.try_write(&self.kept),
            };
            match answer {
                Ok(written) => {
                    self.kept = self.kept.split_off(written);
                    self.target.advance(written);
                }
                Err(Errno::EAGAIN) => break,
                Err(errno) => {
                    self.kept.clear();
                    return Err(refused(&self.process, errno));
                }
            }
        }
        Ok(())
    }
}

#[async_trait]
impl OutputStream for FileOutput {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        if !self.kept.is_empty() || bytes.len() > CHUNK {
            return Err(StreamError::trap("write exceeded what check-write permitted"));
        }
        self.kept = bytes;
        self.push()
    }

    fn flush(&mut self) -> StreamResult<()> {
        self.push()
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        self.push()?;
        Ok(if self.kept.is_empty() { CHUNK } else { 0 })
    }

    /// As in [`FileInput::blocking_read`]: however often.
    async fn write_ready(&mut self) -> StreamResult<usize> {
        loop {
            let permitted = self.check_write()?;
            if permitted > 0 {
                return Ok(permitted);
            }
            self.ready().await;
        }
    }
}

#[async_trait]
impl Pollable for FileOutput {
    async fn ready(&mut self) {
        while !self.kept.is_empty() {
            let Ok(file) = self.target.file(&self.process) else { return };
            ready(&self.process, &format!("write {}", file.label()), |cx| file.poll_writable(cx)).await;
            // An error is told by the next check_write or flush; a pipe that took nothing is waited for again.
            match file.try_write(&self.kept) {
                Ok(written) => self.kept = self.kept.split_off(written),
                Err(Errno::EAGAIN) => {}
                Err(_) => return,
            }
        }
    }
}

impl Drop for FileOutput {
    /// What was written is delivered even if the program has ended meanwhile.
    fn drop(&mut self) {
        if self.kept.is_empty() || self.process.is_doomed() {
            return;
        }
        if let (Ok(file), Ok(runtime)) =
            (self.target.file(&self.process), tokio::runtime::Handle::try_current())
        {
            let mut rest = std::mem::take(&mut self.kept);
            runtime.spawn(async move {
                while !rest.is_empty() {
                    std::future::poll_fn(|cx| file.poll_writable(cx)).await;
                    match file.try_write(&rest) {
                        Ok(written) => rest = rest.split_off(written),
                        Err(Errno::EAGAIN) => {}
                        Err(_) => return,
                    }
                }
            });
        }
    }
}
