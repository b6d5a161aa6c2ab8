//! Who has which port of the node: a table that is asked before anything is bound, and instead of it on virtual time.

use std::net::IpAddr;
use std::sync::Arc;

use parking_lot::Mutex;

use super::listing::Protocol;

/// The node's booked ports (NET-3); clones share the table.
#[derive(Clone, Debug, Default)]
pub struct HostPorts {
    booked: Arc<Mutex<Vec<Entry>>>,
}

#[derive(Clone, Debug)]
struct Entry {
    protocol: Protocol,
    ip: IpAddr,
    port: u16,
    holder: Arc<str>,
}

/// A booked port; free again when this is dropped.
#[derive(Debug)]
#[must_use = "dropping a booking frees the port"]
pub struct Booking {
    table: HostPorts,
    entry: Entry,
}

/// The port is taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("host port {port}/{protocol} on {ip} is taken by {holder}")]
pub struct Conflict {
    /// The protocol asked for.
    pub protocol: Protocol,
    /// The address that the holder has.
    pub ip: IpAddr,
    /// The port.
    pub port: u16,
    /// Who has it, as it was named when booking.
    pub holder: String,
}

// === impl HostPorts ===

impl HostPorts {
    /// Books `port` for `holder` ("default/web", for messages). A wildcard address of either family means all.
    ///
    /// # Errors
    /// [`Conflict`] when the same protocol and port are booked on an overlapping address.
    pub fn book(
        &self,
        protocol: Protocol,
        ip: IpAddr,
        port: u16,
        holder: impl Into<String>,
    ) -> Result<Booking, Conflict> {
        let mut booked = self.booked.lock();
        let overlaps = |other: IpAddr| other == ip || other.is_unspecified() || ip.is_unspecified();
        let taken = booked
            .iter()
            .find(|entry| entry.protocol == protocol && entry.port == port && overlaps(entry.ip));
        if let Some(Entry { ip, holder, .. }) = taken {
            return Err(Conflict { protocol, ip: *ip, port, holder: holder.to_string() });
        }
        let entry = Entry { protocol, ip, port, holder: holder.into().into() };
        booked.push(entry.clone());
        Ok(Booking { table: self.clone(), entry })
    }
}

// === impl Booking ===

impl Booking {
    /// The booked address.
    pub fn ip(&self) -> IpAddr {
        self.entry.ip
    }

    /// The booked port.
    pub fn port(&self) -> u16 {
        self.entry.port
    }
}

impl Drop for Booking {
    fn drop(&mut self) {
        let Entry { protocol, ip, port, .. } = self.entry;
        self.table
            .booked
            .lock()
            .retain(|entry| (entry.protocol, entry.ip, entry.port) != (protocol, ip, port));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn net_3_a_host_port_has_one_holder_per_protocol_and_overlapping_address() {
        let ports = HostPorts::default();
        let first = ports.book(Protocol::Tcp, ip("0.0.0.0"), 8001, "default/web").unwrap();
        let conflict = ports.book(Protocol::Tcp, ip("127.0.0.1"), 8001, "default/other").unwrap_err();
        assert_eq!(conflict.to_string(), "host port 8001/TCP on 0.0.0.0 is taken by default/web");
        assert!(ports.book(Protocol::Udp, ip("0.0.0.0"), 8001, "default/dns").is_ok());
        drop(first);
        let one = ports.book(Protocol::Tcp, ip("127.0.0.1"), 8001, "default/other").unwrap();
        let two = ports.book(Protocol::Tcp, ip("127.0.0.2"), 8001, "default/third").unwrap();
        assert_eq!(ports.book(Protocol::Tcp, ip("::"), 8001, "x").unwrap_err().holder, "default/other");
        drop((one, two));
        assert!(ports.booked.lock().is_empty());
    }
}
