//! A socket as tokio's byte streams, for host code that speaks a protocol with a Pod.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::tcp::{Shutdown, TcpSocket};
use crate::errno::Errno;

/// The most that one write copies.
const WRITE_MAX: usize = 64 * 1024;

/// [`TcpSocket`] as `AsyncRead` and `AsyncWrite`.
#[derive(Clone, Debug)]
pub struct SocketIo {
    socket: Arc<TcpSocket>,
}

// === impl SocketIo ===

impl SocketIo {
    /// The streams of `socket`.
    pub fn new(socket: Arc<TcpSocket>) -> Self {
        Self { socket }
    }

    /// The socket.
    pub fn socket(&self) -> &Arc<TcpSocket> {
        &self.socket
    }
}

impl AsyncRead for SocketIo {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            match self.socket.try_read(buffer.remaining()) {
                Ok(data) => {
                    buffer.put_slice(&data);
                    return Poll::Ready(Ok(()));
                }
                Err(Errno::EAGAIN) => ready!(self.socket.poll_readable(cx)),
                Err(error) => return Poll::Ready(Err(io_error(error))),
            }
        }
    }
}

impl AsyncWrite for SocketIo {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            let room = data.len().min(WRITE_MAX).min(self.socket.write_room());
            if room == 0 && !data.is_empty() {
                ready!(self.socket.poll_writable(cx));
                continue;
            }
            match self.socket.try_write(&Bytes::copy_from_slice(&data[..room])) {
                Ok(taken) => return Poll::Ready(Ok(taken)),
                Err(Errno::EAGAIN) => ready!(self.socket.poll_writable(cx)),
                Err(error) => return Poll::Ready(Err(io_error(error))),
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(match self.socket.shutdown(Shutdown::Write) {
            // Over is over, whoever ended it.
            Ok(()) | Err(Errno::ENOTCONN) => Ok(()),
            Err(error) => Err(io_error(error)),
        })
    }
}

/// With the kind that host code looks at.
fn io_error(error: Errno) -> io::Error {
    let kind = match error {
        Errno::ECONNREFUSED => io::ErrorKind::ConnectionRefused,
        Errno::ECONNRESET => io::ErrorKind::ConnectionReset,
        Errno::ECONNABORTED => io::ErrorKind::ConnectionAborted,
        Errno::EPIPE => io::ErrorKind::BrokenPipe,
        Errno::ENOTCONN => io::ErrorKind::NotConnected,
        Errno::ETIMEDOUT => io::ErrorKind::TimedOut,
        Errno::EHOSTUNREACH => io::ErrorKind::HostUnreachable,
        Errno::ENETUNREACH => io::ErrorKind::NetworkUnreachable,
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, error)
}
