//! Which Pod gets which IP: one number per Pod, the same in the IPv4 and in the IPv6 network.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Hands out host numbers in order and goes round, so that a freed address rests before it is used again (as the
/// host-local plugin of CNI does).
#[derive(Debug)]
pub(super) struct Ipam {
    v4_network: u32,
    v6_network: u128,
    /// The highest number; the one after is IPv4's broadcast address.
    last: u32,
    next: u32,
    taken: BTreeSet<u32>,
}

/// The number of the node itself, the Pods' gateway.
pub(super) const GATEWAY: u32 = 1;

/// The first number that Pods get.
const FIRST: u32 = 2;

// === impl Ipam ===

impl Ipam {
    /// `v4_prefix` is 0…30 bits long; the IPv6 network is a /64.
    pub(super) fn new(v4: Ipv4Addr, v4_prefix: u8, v6: Ipv6Addr) -> Self {
        let host_bits = u32::from(32 - v4_prefix.min(30));
        let hosts = u32::MAX.checked_shr(32 - host_bits).unwrap_or(u32::MAX);
        Self {
            v4_network: v4.to_bits() & !hosts,
            v6_network: v6.to_bits() & !u128::from(u64::MAX),
            last: hosts - 1,
            next: FIRST,
            taken: BTreeSet::new(),
        }
    }

    /// The next free number, `None` when all are taken.
    pub(super) fn take(&mut self) -> Option<u32> {
        let number = (self.next..=self.last).chain(FIRST..self.next).find(|n| !self.taken.contains(n))?;
        self.taken.insert(number);
        self.next = if number == self.last { FIRST } else { number + 1 };
        Some(number)
    }

    pub(super) fn free(&mut self, number: u32) {
        self.taken.remove(&number);
    }

    pub(super) fn v4(&self, number: u32) -> Ipv4Addr {
        Ipv4Addr::from_bits(self.v4_network | number)
    }

    pub(super) fn v6(&self, number: u32) -> Ipv6Addr {
        Ipv6Addr::from_bits(self.v6_network | u128::from(number))
    }

    /// Whether the address lies in the Pods' IPv4 network.
    pub(super) fn covers_v4(&self, ip: Ipv4Addr) -> bool {
        let hosts = self.last + 1;
        ip.to_bits() & !hosts == self.v4_network && ip.to_bits() & hosts != hosts
    }

    /// The number that an address of the IPv4 network carries.
    pub(super) fn number_v4(&self, ip: Ipv4Addr) -> Option<u32> {
        ip.to_bits().checked_sub(self.v4_network)
    }

    /// The number that an address of the IPv6 network carries.
    pub(super) fn number_v6(&self, ip: Ipv6Addr) -> Option<u32> {
        u32::try_from(ip.to_bits().checked_sub(self.v6_network)?).ok()
    }

    /// Whether the address lies in the Pods' IPv6 network.
    pub(super) fn covers_v6(&self, ip: Ipv6Addr) -> bool {
        ip.to_bits() & !u128::from(u64::MAX) == self.v6_network
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small() -> Ipam {
        Ipam::new(Ipv4Addr::new(10, 9, 8, 7), 29, "fd00:10:244::".parse().unwrap_or(Ipv6Addr::LOCALHOST))
    }

    #[test]
    fn numbers_go_round_and_a_freed_one_rests_until_then() {
        let mut ipam = small();
        assert_eq!((ipam.take(), ipam.take()), (Some(2), Some(3)));
        ipam.free(2);
        assert_eq!([ipam.take(), ipam.take(), ipam.take()], [Some(4), Some(5), Some(6)], "7 is broadcast");
        assert_eq!((ipam.take(), ipam.take()), (Some(2), None));
    }

    #[test]
    fn both_families_carry_the_same_number() {
        let ipam = small();
        assert_eq!(ipam.v4(3).to_string(), "10.9.8.3");
        assert_eq!(ipam.v6(3).to_string(), "fd00:10:244::3");
        assert!(ipam.covers_v4(Ipv4Addr::new(10, 9, 8, 6)));
        assert!(!ipam.covers_v4(Ipv4Addr::new(10, 9, 8, 7)) && !ipam.covers_v4(Ipv4Addr::new(10, 9, 8, 8)));
        assert!(ipam.covers_v6(ipam.v6(77)) && !ipam.covers_v6(Ipv6Addr::LOCALHOST));
    }
}
