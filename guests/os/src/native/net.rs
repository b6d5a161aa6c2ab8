//! TCP and names.

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Shutdown, SocketAddr, ToSocketAddrs};
use std::time::Duration;

use super::io_errno;
use crate::{Errno, Interest, Result};

/// A connection.
#[derive(Debug)]
pub struct TcpStream(pub(crate) std::net::TcpStream);

/// A listening socket.
#[derive(Debug)]
pub struct TcpListener(pub(crate) std::net::TcpListener);

impl TcpStream {
    /// Connects, within the time if one is given.
    ///
    /// # Errors
    /// POSIX's for `connect`.
    pub fn connect(to: SocketAddr, timeout: Option<Duration>) -> Result<Self> {
        let stream = match timeout {
            Some(timeout) => std::net::TcpStream::connect_timeout(&to, timeout),
            None => std::net::TcpStream::connect(to),
        };
        match stream {
            Ok(stream) => Ok(Self(stream)),
            Err(error) if error.kind() == ErrorKind::TimedOut => Err(Errno::ETIMEDOUT),
            Err(error) => Err(io_errno(error)),
        }
    }

    /// Blocks until there is something; 0 is the end of the stream.
    ///
    /// # Errors
    /// `ETIMEDOUT` when the time is over, `ECONNRESET`.
    pub fn read(&self, buffer: &mut [u8], timeout: Option<Duration>) -> Result<usize> {
        self.0.set_read_timeout(timeout).map_err(io_errno)?;
        match (&self.0).read(buffer) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => Err(Errno::ETIMEDOUT),
            other => other.map_err(io_errno),
        }
    }

    /// Writes everything.
    ///
    /// # Errors
    /// `EPIPE`, `ECONNRESET`.
    pub fn write_all(&self, bytes: &[u8]) -> Result<()> {
        (&self.0).write_all(bytes).map_err(io_errno)
    }

    /// Says that nothing more will be written.
    ///
    /// # Errors
    /// `ENOTCONN`.
    pub fn shutdown_write(&self) -> Result<()> {
        self.0.shutdown(Shutdown::Write).map_err(io_errno)
    }

    /// The other side's address.
    ///
    /// # Errors
    /// `ENOTCONN`.
    pub fn peer(&self) -> Result<SocketAddr> {
        self.0.peer_addr().map_err(io_errno)
    }
}

impl TcpListener {
    /// Binds and listens.
    ///
    /// # Errors
    /// `EADDRINUSE`, `EADDRNOTAVAIL`, `EACCES`.
    pub fn bind(to: SocketAddr) -> Result<Self> {
        std::net::TcpListener::bind(to).map(Self).map_err(io_errno)
    }

    /// Blocks until somebody connects, within the time if one is given.
    ///
    /// # Errors
    /// `ETIMEDOUT`, POSIX's for `accept`.
    pub fn accept(&self, timeout: Option<Duration>) -> Result<TcpStream> {
        if timeout.is_some() && !crate::poll(&[Interest::Accept(self)], timeout).contains(&true) {
            return Err(Errno::ETIMEDOUT);
        }
        self.0.accept().map(|(stream, _)| TcpStream(stream)).map_err(io_errno)
    }

    /// The address it listens on.
    ///
    /// # Errors
    /// POSIX's for `getsockname`.
    pub fn local(&self) -> Result<SocketAddr> {
        self.0.local_addr().map_err(io_errno)
    }
}

/// The addresses of a name (or of an address written out).
///
/// # Errors
/// `ENOENT` if there is no such name.
pub fn resolve(name: &str) -> Result<Vec<IpAddr>> {
    let all: Vec<_> =
        (name, 0).to_socket_addrs().map_err(|_| Errno::ENOENT)?.map(|address| address.ip()).collect();
    if all.is_empty() { Err(Errno::ENOENT) } else { Ok(all) }
}
