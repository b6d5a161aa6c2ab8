//! What an address means, whoever asks: families, wildcards, overlaps.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

use crate::errno::{Errno, Result};

/// The address family of a socket, for its whole life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// `AF_INET`.
    V4,
    /// `AF_INET6`, always with `IPV6_V6ONLY`.
    V6,
}

// === impl Family ===

impl Family {
    /// The family that `ip` belongs to.
    pub const fn of(ip: IpAddr) -> Self {
        match ip {
            IpAddr::V4(_) => Self::V4,
            IpAddr::V6(_) => Self::V6,
        }
    }

    /// `0.0.0.0` or `::`.
    pub const fn wildcard(self) -> IpAddr {
        match self {
            Self::V4 => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            Self::V6 => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        }
    }

    /// `127.0.0.1` or `::1`.
    pub const fn loopback(self) -> IpAddr {
        match self {
            Self::V4 => IpAddr::V4(Ipv4Addr::LOCALHOST),
            Self::V6 => IpAddr::V6(Ipv6Addr::LOCALHOST),
        }
    }

    /// Whether a socket of this family can use `address` at all; the address without flow label and scope, which
    /// mean nothing here.
    pub(super) fn admit(self, address: SocketAddr) -> Result<SocketAddr> {
        if Self::of(address.ip()) != self {
            return Err(Errno::EAFNOSUPPORT);
        }
        Ok(match address {
            SocketAddr::V4(_) => address,
            SocketAddr::V6(v6) => SocketAddrV6::new(*v6.ip(), v6.port(), 0, 0).into(),
        })
    }
}

/// Whether `ip` is `::ffff:a.b.c.d`, which a v6-only socket must not use.
pub(super) fn is_v4_mapped(ip: IpAddr) -> bool {
    matches!(ip, IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some())
}

/// Whether a packet could be for both: same family, and equal or one a wildcard.
pub(super) fn overlap(a: IpAddr, b: IpAddr) -> bool {
    Family::of(a) == Family::of(b) && (a == b || a.is_unspecified() || b.is_unspecified())
}

/// Where a packet to `to` goes that the sender's `source` address is chosen for: a wildcard is this host, so the
/// source itself (IPv4 only, as on Linux) or the loopback.
pub(super) fn destination(to: IpAddr, source: Option<IpAddr>) -> IpAddr {
    match (to.is_unspecified(), source) {
        (false, _) => to,
        (true, Some(source @ IpAddr::V4(_))) => source,
        (true, _) => Family::of(to).loopback(),
    }
}
