//! Reading, writing, half-closing: what a socket answers, connected or not.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};

use super::{Phase, Shutdown, TcpSocket};
use crate::errno::{Errno, Result};
use crate::net::connection::{Buffers, End};
use crate::net::options::TcpOptions;

impl Buffers {
    pub(in crate::net) fn of(options: &TcpOptions) -> Self {
        Self { receive: options.receive_buffer, send: options.send_buffer }
    }
}

impl TcpSocket {
    /// Up to `max` bytes; empty is the end of the stream (or a `max` of 0). What came before an RST can be read.
    ///
    /// # Errors
    /// `EAGAIN`, `ECONNRESET` (told once, then it is the end), `ENOTCONN`; a failed connect's error, told once.
    pub fn try_read(&self, max: usize) -> Result<Bytes> {
        match self.connection() {
            Ok(end) => end.try_read(max),
            Err(error) => Err(error.unwrap_or(Errno::ENOTCONN)),
        }
    }

    /// Writes a prefix of `data`, as much as the peer's window takes; how much that is. Nothing is copied, except
    /// small pieces that the peer is slow to read. With no data it tells only whether writing is over.
    ///
    /// # Errors
    /// `EAGAIN`, `ECONNRESET` (told once), `EPIPE` after it, after shutdown and, as on Linux, when not connected; a
    /// failed connect's error, told once.
    pub fn try_write(&self, data: &Bytes) -> Result<usize> {
        match self.connection() {
            Ok(end) => end.try_write(data),
            Err(error) => Err(error.unwrap_or(Errno::EPIPE)),
        }
    }

    /// How many bytes [`try_write`](Self::try_write) would take now; `usize::MAX` when it would fail with anything
    /// but `EAGAIN`, so that the caller goes on and finds out.
    pub fn write_room(&self) -> usize {
        if let Some(end) = self.end.get() {
            return end.write_room();
        }
        let mut control = self.control.lock();
        self.settle(&mut control);
        match (&control.phase, self.end.get()) {
            (_, Some(end)) => end.write_room(),
            (Phase::Connecting(_), None) => 0,
            _ => usize::MAX,
        }
    }

    /// Ready when [`try_read`](Self::try_read) would not answer `EAGAIN`; for a listener, as
    /// [`poll_acceptable`](Self::poll_acceptable).
    pub fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(end) = self.end.get() {
            return end.poll_readable(cx);
        }
        if let Some(listener) = self.listener() {
            return listener.poll_acceptable(cx);
        }
        ready!(self.poll_connected(cx));
        self.connection().map_or(Poll::Ready(()), |end| end.poll_readable(cx))
    }

    /// Ready when [`try_write`](Self::try_write) would not answer `EAGAIN`; so also when a connect has ended.
    pub fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(end) = self.end.get() {
            return end.poll_writable(cx);
        }
        ready!(self.poll_connected(cx));
        self.connection().map_or(Poll::Ready(()), |end| end.poll_writable(cx))
    }

    /// shutdown(2). As on Linux, a listener that is shut for reading listens no more, and an attempt to connect is
    /// given up.
    ///
    /// # Errors
    /// `ENOTCONN` when not connected, or no longer.
    pub fn shutdown(&self, how: Shutdown) -> Result<()> {
        let (read, write) = (how != Shutdown::Write, how != Shutdown::Read);
        let mut control = self.control.lock();
        self.settle(&mut control);
        if let Some(end) = self.end.get() {
            drop(control);
            return end.shutdown(read, write);
        }
        match &control.phase {
            Phase::Connecting(_) => self.give_up(&mut control),
            Phase::Listening(_) if read => self.stop_listening(&mut control),
            Phase::Listening(_) => {}
            Phase::Idle | Phase::Failed(_) | Phase::Established { .. } => return Err(Errno::ENOTCONN),
        }
        Ok(())
    }

    /// accept(2), waiting. Cancel-safe.
    ///
    /// # Errors
    /// `EINVAL` when not listening, or no longer.
    pub async fn accept(&self) -> Result<(Arc<Self>, SocketAddr)> {
        loop {
            match self.try_accept() {
                Err(Errno::EAGAIN) => poll_fn(|cx| self.poll_acceptable(cx)).await,
                done => return done,
            }
        }
    }

    /// [`try_read`](Self::try_read), waiting. Cancel-safe.
    ///
    /// # Errors
    /// As [`try_read`](Self::try_read), but `EAGAIN`.
    pub async fn read(&self, max: usize) -> Result<Bytes> {
        loop {
            match self.try_read(max) {
                Err(Errno::EAGAIN) => poll_fn(|cx| self.poll_readable(cx)).await,
                done => return done,
            }
        }
    }

    /// Writes all of `data`, waiting. Not cancel-safe: a part may have been written.
    ///
    /// # Errors
    /// As [`try_write`](Self::try_write), but `EAGAIN`.
    pub async fn write_all(&self, mut data: Bytes) -> Result<()> {
        while !data.is_empty() {
            match self.try_write(&data) {
                Ok(taken) => data.advance(taken),
                Err(Errno::EAGAIN) => poll_fn(|cx| self.poll_writable(cx)).await,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The connection, or why there is none: a failed attempt's error (now told), `EAGAIN` while one waits, nothing
    /// if there was none.
    fn connection(&self) -> Result<&End, Option<Errno>> {
        if let Some(end) = self.end.get() {
            return Ok(end);
        }
        let mut control = self.control.lock();
        self.settle(&mut control);
        if let Some(end) = self.end.get() {
            return Ok(end);
        }
        match control.phase {
            Phase::Connecting(_) => Err(Some(Errno::EAGAIN)),
            Phase::Failed(error) => {
                control.phase = Phase::Idle;
                Err(Some(error))
            }
            Phase::Idle | Phase::Listening(_) | Phase::Established { .. } => Err(None),
        }
    }
}
