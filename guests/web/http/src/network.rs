//! Listeners and streams of the event loop.

use std::{io, net::SocketAddr};

use crate::reactor::{self, Source};

#[cfg(not(target_family = "wasm"))]
mod native;
#[cfg(target_family = "wasm")]
mod wasi;

#[cfg(not(target_family = "wasm"))]
use native as backend;
#[cfg(target_family = "wasm")]
use wasi as backend;

/// A socket that accepts connections.
pub struct Listener {
    ready: Source,
    inner: backend::Listener,
    address: SocketAddr,
}

impl Listener {
    /// Binds and listens.
    ///
    /// # Errors
    /// Those of bind(2) and listen(2).
    pub async fn bind(address: SocketAddr) -> io::Result<Listener> {
        let inner = backend::Listener::bind(address).await?;
        let address = inner.local_address()?;
        Ok(Listener { ready: inner.source(), inner, address })
    }

    /// The address that it is bound to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits for the next connection; with the client's address and the local one.
    ///
    /// # Errors
    /// Those of accept(2). The listener stays usable.
    pub async fn accept(&self) -> io::Result<(Stream, SocketAddr, SocketAddr)> {
        loop {
            match self.inner.accept() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => reactor::ready(&self.ready).await,
                Err(error) => return Err(error),
                Ok(inner) => {
                    let (remote, local) = (inner.remote_address()?, inner.local_address()?);
                    let (readable, writable) = inner.sources();
                    return Ok((Stream { readable, writable, inner }, remote, local));
                }
            }
        }
    }
}

/// A connection. The sources are dropped before what they watch.
pub struct Stream {
    readable: Source,
    writable: Source,
    inner: backend::Stream,
}

impl Stream {
    /// Reads at most `max` bytes to the end of `buffer`; how many, 0 at the end.
    ///
    /// # Errors
    /// Those of recv(2).
    pub async fn read(&mut self, buffer: &mut Vec<u8>, max: usize) -> io::Result<usize> {
        loop {
            match self.inner.try_read(buffer, max) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    reactor::ready(&self.readable).await
                }
                other => return other,
            }
        }
    }

    /// Writes some of the bytes; how many.
    ///
    /// # Errors
    /// Those of send(2).
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match self.inner.try_write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    reactor::ready(&self.writable).await
                }
                other => return other,
            }
        }
    }

    /// Waits until everything written has gone to the network, then tells the peer that no more comes.
    ///
    /// # Errors
    /// Those of send(2) and shutdown(2).
    pub async fn finish_sending(&mut self) -> io::Result<()> {
        loop {
            match self.inner.try_flush() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    reactor::ready(&self.writable).await
                }
                Err(error) => return Err(error),
                Ok(()) => return self.inner.shut_sending(),
            }
        }
    }
}
