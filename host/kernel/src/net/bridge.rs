//! The door between a Pod's network and the machine's: host ports that lead into a Pod.
//!
//! ```text
//!   client on the machine ── TCP ──► listener of this process ── dial ──► TcpSocket in the Pod
//!                            half-close, back-pressure and resets go through, both ways
//! ```
//!
//! Nothing else in the kernel touches the machine's sockets, and nothing here lets a guest call out. Virtual time
//! has no door: the outside doesn't wait for it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::dial::dial;
use super::namespace::NetNs;
use super::tcp::{Shutdown, TcpSocket};

/// How many connections one published port carries at a time; more wait in the machine's backlog.
const CONNECTIONS_MAX: usize = 4096;

/// How much is moved at once, in bytes.
const CHUNK: usize = 32 * 1024;

/// How long to wait when the machine has no descriptor left for another connection.
const EXHAUSTED_PAUSE: Duration = Duration::from_millis(100);

/// Why a port can't be published.
#[derive(Debug, thiserror::Error)]
pub enum BridgeError {
    /// Another program has it.
    #[error("port {} on {} is in use by another program", .address.port(), .address.ip())]
    InUse {
        /// What was to be bound.
        address: SocketAddr,
    },
    /// The system keeps it for the privileged.
    #[error("no permission to listen on port {} on {}", .address.port(), .address.ip())]
    PermissionDenied {
        /// What was to be bound.
        address: SocketAddr,
    },
    /// The address isn't the machine's.
    #[error("the machine has no address {}", .address.ip())]
    NoSuchAddress {
        /// What was to be bound.
        address: SocketAddr,
    },
    /// There is no outside on virtual time.
    #[error("port {} can't be published on virtual time", .address.port())]
    VirtualTime {
        /// What was to be bound.
        address: SocketAddr,
    },
    /// Anything else.
    #[error("can't listen on {address}")]
    Listen {
        /// What was to be bound.
        address: SocketAddr,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

/// A port of the machine that leads into a Pod, until this is dropped; then its connections are reset.
#[derive(Debug)]
#[must_use = "dropping it closes the port"]
pub struct Published {
    address: SocketAddr,
    task: JoinHandle<()>,
}

/// Listens on `host` (port 0 for any) and carries each connection to `to`, dialled from the namespace `from`: from
/// the node's to a Pod's address as hostPort does, from the Pod's own to 127.0.0.1 as port-forward does. A client
/// gets a reset when nobody listens there. Must be called within a tokio runtime. Cancel-safe.
///
/// # Errors
/// [`BridgeError`].
pub async fn publish(host: SocketAddr, from: Arc<NetNs>, to: SocketAddr) -> Result<Published, BridgeError> {
    if from.clock().is_virtual() {
        return Err(BridgeError::VirtualTime { address: host });
    }
    let failed = |source: io::Error| refusal(host, source);
    let listener = TcpListener::bind(host).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let task = tokio::spawn(serve(listener, from, to));
    Ok(Published { address, task })
}

// === impl Published ===

impl Published {
    /// What is bound, with the port that the system chose.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Closes the port and resolves when it is closed.
    pub async fn close(mut self) {
        self.task.abort();
        // It ends by being cancelled, which is what is wanted.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Published {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn refusal(address: SocketAddr, source: io::Error) -> BridgeError {
    match source.kind() {
        io::ErrorKind::AddrInUse => BridgeError::InUse { address },
        io::ErrorKind::PermissionDenied => BridgeError::PermissionDenied { address },
        io::ErrorKind::AddrNotAvailable => BridgeError::NoSuchAddress { address },
        _ => BridgeError::Listen { address, source },
    }
}

async fn serve(listener: TcpListener, from: Arc<NetNs>, to: SocketAddr) {
    // Owns the connections: they end with this task.
    let mut connections = JoinSet::new();
    loop {
        while connections.len() >= CONNECTIONS_MAX {
            connections.join_next().await;
        }
        tokio::select! {
            biased;
            Some(_ended) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((client, _)) => {
                    connections.spawn(carry(client, from.clone(), to));
                }
                Err(error) if is_about_one_connection(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, ?to, "can't accept a connection to a published port");
                    from.clock().sleep(EXHAUSTED_PAUSE).await;
                }
            },
        }
    }
}

fn is_about_one_connection(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset)
}

/// Carries one connection, both directions until both have ended.
async fn carry(mut client: TcpStream, from: Arc<NetNs>, to: SocketAddr) {
    // Without effect if it fails, apart from some delay.
    let _ = client.set_nodelay(true);
    let carried = match dial(&from, to).await {
        Ok(pod) => {
            let (mut reader, mut writer) = client.split();
            let carried = tokio::try_join!(biased; inwards(&mut reader, &pod), outwards(&pod, &mut writer));
            if carried.is_err() {
                pod.abort();
            }
            carried.map(|_| ())
        }
        Err(error) => Err(io::Error::other(error)),
    };
    if let Err(error) = carried {
        tracing::debug!(%error, ?to, "a connection to a published port was reset");
        // A plain close would tell the client that all is well. If even this fails, it is the best left.
        let _ = client.set_zero_linger();
    }
}

async fn inwards(client: &mut (impl AsyncReadExt + Unpin), pod: &TcpSocket) -> io::Result<()> {
    let mut buffer = BytesMut::new();
    loop {
        buffer.reserve(CHUNK);
        if client.read_buf(&mut buffer).await? == 0 {
            // Fails when the Pod has ended the connection: then nobody is to be told.
            let _ = pod.shutdown(Shutdown::Write);
            return Ok(());
        }
        pod.write_all(buffer.split().freeze()).await.map_err(io::Error::other)?;
    }
}

async fn outwards(pod: &TcpSocket, client: &mut (impl AsyncWriteExt + Unpin)) -> io::Result<()> {
    loop {
        let data = pod.read(CHUNK).await.map_err(io::Error::other)?;
        if data.is_empty() {
            return client.shutdown().await;
        }
        client.write_all(&data).await?;
    }
}

#[cfg(test)]
mod tests;
