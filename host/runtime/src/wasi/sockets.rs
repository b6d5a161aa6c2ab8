//! `wasi:sockets` over the Pod's network namespace.
//!
//! WASI splits bind, connect and listen into start and finish; here all but connect are done when they start.

mod address;
mod lookup;
mod network;
mod tcp;
mod tcp_options;
mod tcp_streams;
mod udp;

use std::sync::Arc;

use wasipod_kernel::net::NetNs;

#[expect(unreachable_pub, reason = "the generated bindings export them")]
pub use self::{
    lookup::Lookup,
    network::Network,
    tcp::Tcp,
    udp::{Udp, UdpIncoming, UdpOutgoing},
};
use crate::guest::Guest;

/// A call that was started and waits for its finish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Started {
    Bind,
    Connect,
    Listen,
}

impl Guest {
    fn net(&self) -> &Arc<NetNs> {
        &self.process.sandbox().net
    }
}
