//! Calling into a Pod from the host's side of the kernel: probes, port-forward, published ports.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::Arc;

use super::address::Family;
use super::namespace::NetNs;
use super::tcp::TcpSocket;
use crate::errno::Result;

/// A connection from `from` to `to`. From the node's namespace ([`Fabric::node`](super::Fabric::node)) to a Pod's
/// address it comes from the gateway, as a kubelet's probe does; from the Pod's own namespace to 127.0.0.1 it comes
/// from within, as port-forward does. Cancel-safe.
///
/// # Errors
/// Those of [`TcpSocket::start_connect`] and [`TcpSocket::try_finish_connect`].
pub async fn dial(from: &Arc<NetNs>, to: SocketAddr) -> Result<Arc<TcpSocket>> {
    let socket = TcpSocket::new(from, Family::of(to.ip()))?;
    socket.start_connect(to)?;
    poll_fn(|cx| socket.poll_connected(cx)).await;
    socket.try_finish_connect()?;
    Ok(socket)
}
