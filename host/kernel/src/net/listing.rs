//! What a namespace's sockets look like from outside: the rows of `/proc/net/tcp` and `/proc/net/udp`.

use std::fmt;
use std::net::SocketAddr;

/// A socket's number on its node, as `socket:[N]` shows it.
pub(super) type SocketId = u64;

/// A transport protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// Streams.
    Tcp,
    /// Datagrams.
    Udp,
    /// Only for booking a host port: there are no SCTP sockets.
    Sctp,
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
            Self::Sctp => "SCTP",
        })
    }
}

/// A socket's state with Linux's numbers (`net/tcp_states.h`). States that last only while a packet is under way
/// don't occur.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum TcpState {
    /// Connected; also a connected UDP socket.
    Established = 1,
    /// The listener's backlog is full.
    SynSent = 2,
    /// This side has sent its FIN.
    FinWait2 = 5,
    /// Unconnected, or over.
    Close = 7,
    /// The peer has sent its FIN.
    CloseWait = 8,
    /// Accepts connections.
    Listen = 10,
}

/// One socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketInfo {
    /// Its protocol.
    pub protocol: Protocol,
    /// Its own address; a wildcard when bound to all.
    pub local: SocketAddr,
    /// The peer's address, if connected.
    pub remote: Option<SocketAddr>,
    /// Its state.
    pub state: TcpState,
    /// Received and not yet read, in bytes; for a listener the connections that wait to be accepted.
    pub receive_queue: usize,
    /// Sent and not yet read by the peer, in bytes; for a listener its backlog.
    pub send_queue: usize,
    /// Its number on the node.
    pub inode: u64,
}
