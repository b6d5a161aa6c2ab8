//! The network of a node, in memory: what programs see of TCP and UDP, without packets.
//!
//! ```text
//!  Fabric ── node: NetNs (10.244.0.1)          who dials from the node, hostNetwork
//!     │      Pod:  NetNs (10.244.0.2) …        lo + eth0, own ports
//!     └ Switch: IP address ──► NetNs
//!
//!  TcpSocket ──bind──► ports ──listen──► Listener ◄──switch── start_connect ── TcpSocket
//!      │                                   │ accept                               │
//!      └───────────── Connection: two bounded byte queues, one mutex ─────────────┘
//!
//!  outside ◄── bridge (the only door to the machine's sockets)
//! ```
//!
//! The semantics are Linux's, as far as a program without raw sockets can tell. Known differences:
//! - A connection buffers at the receiver only, so a FIN or RST is never behind data that the window kept back.
//! - There is no TIME_WAIT: a port is free when its last socket is closed (and not before, when only the connection
//!   is over). A socket can't connect to itself.
//! - IPv6 sockets are always v6-only. There is no multicast and no broadcast.
//! - Nobody outside answers: an address of the Pod network that no Pod has is `EHOSTUNREACH` (ARP fails, here at
//!   once), any other is `ENETUNREACH` (there is no default route, because egress is closed).
//! - `ETIMEDOUT` comes only from a listener whose backlog stays full, after Linux's 127 s of SYN retries.
//!
//! Lock order: `TcpSocket::control` → `Listener::backlog` → `NetNs::table` → `Switch`; `Connection`, options and
//! wait queues are leaves. No lock is held while a task is woken, except the locks of the object that is closed.

mod address;
pub mod bridge;
mod byte_queue;
mod connection;
mod dial;
mod fabric;
mod file;
mod host_ports;
pub mod hosts;
mod ipam;
mod listener;
mod listing;
mod namespace;
mod options;
mod ports;
mod route;
mod socket_io;
mod tcp;
mod udp;

pub use address::Family;
pub use dial::dial;
pub use fabric::{Fabric, PodNetworks};
pub use host_ports::{Booking, Conflict, HostPorts};
pub use hosts::{Hosts, NameSource, ResolveError, Resolver};
pub use listing::{Protocol, SocketInfo, TcpState};
pub use namespace::NetNs;
pub use options::{TcpOptions, UdpOptions};
pub use socket_io::SocketIo;
pub use tcp::{Shutdown, TcpSocket};
pub use udp::UdpSocket;
