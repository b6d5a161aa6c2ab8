//! Socket options: what setsockopt(2) keeps for a socket.

use std::time::Duration;

/// The bounds of a buffer size, in bytes: below, nothing would move; above, one socket could take too much of the
/// node's memory (`net.core.rmem_max` is Linux's bound).
const BUFFER_SIZES: std::ops::RangeInclusive<usize> = 4 * 1024..=1024 * 1024;

/// A TCP socket's options. An accepted socket begins with its listener's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TcpOptions {
    /// `SO_REUSEADDR`: may share its port with others that say so, unless one of them listens.
    pub reuse_address: bool,
    /// `SO_KEEPALIVE`. Kept, without effect: a peer in memory can't get lost silently.
    pub keep_alive: bool,
    /// `TCP_KEEPIDLE`. Kept, without effect.
    pub keep_alive_idle: Duration,
    /// `TCP_KEEPINTVL`. Kept, without effect.
    pub keep_alive_interval: Duration,
    /// `TCP_KEEPCNT`. Kept, without effect.
    pub keep_alive_count: u32,
    /// `TCP_NODELAY`. Kept, without effect: nothing is ever delayed.
    pub no_delay: bool,
    /// `IP_TTL`, `IPV6_UNICAST_HOPS`. Kept, without effect: there are no hops.
    pub hop_limit: u8,
    /// `SO_RCVBUF` in bytes. What a direction holds at most is its receiver's `receive_buffer` and its sender's
    /// `send_buffer` together, so 256 KiB by default. Clamped to 4 KiB … 1 MiB.
    pub receive_buffer: usize,
    /// `SO_SNDBUF` in bytes; see `receive_buffer`.
    pub send_buffer: usize,
}

// === impl TcpOptions ===

impl Default for TcpOptions {
    /// Linux's defaults, with fixed buffers where Linux tunes itself.
    fn default() -> Self {
        Self {
            reuse_address: false,
            keep_alive: false,
            keep_alive_idle: Duration::from_secs(7200),
            keep_alive_interval: Duration::from_secs(75),
            keep_alive_count: 9,
            no_delay: false,
            hop_limit: 64,
            receive_buffer: 128 * 1024,
            send_buffer: 128 * 1024,
        }
    }
}

impl TcpOptions {
    pub(super) fn clamp(&mut self) {
        self.receive_buffer = clamp(self.receive_buffer);
        self.send_buffer = clamp(self.send_buffer);
    }
}

/// A UDP socket's options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UdpOptions {
    /// `SO_REUSEADDR`: may share its port with others that say so; the last one bound receives.
    pub reuse_address: bool,
    /// `IP_TTL`, `IPV6_UNICAST_HOPS`. Kept, without effect: there are no hops.
    pub hop_limit: u8,
    /// `SO_RCVBUF` in bytes: datagrams beyond it are dropped. Clamped to 4 KiB … 1 MiB.
    pub receive_buffer: usize,
    /// `SO_SNDBUF` in bytes. Kept, without effect: sending is delivering.
    pub send_buffer: usize,
}

// === impl UdpOptions ===

impl Default for UdpOptions {
    /// Linux's defaults.
    fn default() -> Self {
        Self { reuse_address: false, hop_limit: 64, receive_buffer: 212_992, send_buffer: 212_992 }
    }
}

impl UdpOptions {
    pub(super) fn clamp(&mut self) {
        self.receive_buffer = clamp(self.receive_buffer);
        self.send_buffer = clamp(self.send_buffer);
    }
}

fn clamp(size: usize) -> usize {
    size.clamp(*BUFFER_SIZES.start(), *BUFFER_SIZES.end())
}
