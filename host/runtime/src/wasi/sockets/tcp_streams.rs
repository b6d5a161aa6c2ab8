//! The two streams of a connection. A write is permitted only as far as the connection takes it now, so that nothing
//! that the program has written is lost when it ends.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use wasipod_kernel::Errno;
use wasipod_kernel::net::TcpSocket;
use wasipod_kernel::process::Process;
use wasmtime_wasi_io::async_trait;
use wasmtime_wasi_io::poll::Pollable;
use wasmtime_wasi_io::streams::{InputStream, OutputStream, StreamError, StreamResult};

use crate::wasi::readiness::ready;
use crate::wasi::streams::{CHUNK, failed, refused};

fn name(peer: Option<SocketAddr>) -> String {
    peer.map_or_else(|| "a connection".to_owned(), |peer| peer.to_string())
}

pub(super) struct TcpInput {
    process: Arc<Process>,
    socket: Arc<TcpSocket>,
}

impl TcpInput {
    pub(super) fn new(process: Arc<Process>, socket: Arc<TcpSocket>) -> Self {
        Self { process, socket }
    }
}

#[async_trait]
impl InputStream for TcpInput {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        if size == 0 {
            return Ok(Bytes::new());
        }
        match self.socket.try_read(size.min(CHUNK)) {
            Ok(bytes) if bytes.is_empty() => Err(StreamError::Closed),
            Ok(bytes) => Ok(bytes),
            Err(Errno::EAGAIN) => Ok(Bytes::new()),
            Err(errno) => Err(failed(errno)),
        }
    }
}

#[async_trait]
impl Pollable for TcpInput {
    async fn ready(&mut self) {
        let socket = &self.socket;
        // The name is made only for those who do wait.
        if std::future::poll_fn(|cx| std::task::Poll::Ready(socket.poll_readable(cx))).await.is_pending() {
            let what = format!("read from {}", name(socket.peer_addr().ok()));
            ready(&self.process, &what, |cx| socket.poll_readable(cx)).await;
        }
    }
}

pub(super) struct TcpOutput {
    process: Arc<Process>,
    socket: Arc<TcpSocket>,
}

impl TcpOutput {
    pub(super) fn new(process: Arc<Process>, socket: Arc<TcpSocket>) -> Self {
        Self { process, socket }
    }
}

#[async_trait]
impl OutputStream for TcpOutput {
    fn write(&mut self, mut bytes: Bytes) -> StreamResult<()> {
        while !bytes.is_empty() {
            match self.socket.try_write(&bytes) {
                Ok(written) => bytes = bytes.split_off(written),
                Err(Errno::EAGAIN) => {
                    return Err(StreamError::trap("write exceeded what check-write permitted"));
                }
                Err(errno) => return Err(refused(&self.process, errno)),
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(self.socket.write_room().min(CHUNK))
    }
}

#[async_trait]
impl Pollable for TcpOutput {
    async fn ready(&mut self) {
        let socket = &self.socket;
        if std::future::poll_fn(|cx| std::task::Poll::Ready(socket.poll_writable(cx))).await.is_pending() {
            let what = format!("write to {}", name(socket.peer_addr().ok()));
            ready(&self.process, &what, |cx| socket.poll_writable(cx)).await;
        }
    }
}
