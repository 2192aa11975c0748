//! Networks: whether an address lies in one. SQLite cannot tell, so it is told beforehand.

use std::net::IpAddr;

/// A network in CIDR notation, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    bits: u32,
}

impl Network {
    /// Reads `10.0.0.0/8`, `::1/128` or an address alone; none where it is neither.
    fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.trim().split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u32>().ok()?)),
            None => (text.trim(), None),
        };
        let address: IpAddr = address.parse().ok()?;
        let whole = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(whole);
        if bits > whole {
            return None;
        }
        // ::ffff:10.0.0.0/104 is 10.0.0.0/8
        match (address, address.to_canonical()) {
            (IpAddr::V6(_), mapped @ IpAddr::V4(_)) if bits >= 96 => Some(Network { address: mapped, bits: bits - 96 }),
            _ => Some(Network { address, bits }),
        }
    }

    /// Whether the address lies in it. An IPv4 address written as an IPv6 one is an IPv4 address.
    fn contains(&self, address: IpAddr) -> bool {
        let common = match (self.address, address.to_canonical()) {
            (IpAddr::V4(a), IpAddr::V4(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros(),
            (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros(),
            _ => return false,
        };
        common >= self.bits
    }
}

/// Whether an address lies in one of several networks; none where it does not and an entry, or the address, is none.
pub(super) fn inside(address: &str, networks: &[&str]) -> Option<bool> {
    // a link-local address may carry its zone
    let address: IpAddr = address.split('%').next()?.parse().ok()?;
    let parsed: Vec<Option<Network>> = networks.iter().map(|text| Network::parse(text)).collect();
    if parsed.iter().flatten().any(|network| network.contains(address)) {
        return Some(true);
    }
    parsed.iter().all(Option::is_some).then_some(false)
}

#[cfg(test)]
mod tests {
    use super::inside;

    #[test]
    fn addresses_lie_in_networks_of_their_family() {
        let networks = ["10.10.0.0/16", "192.168.7.9", "fd00::/8", "127.0.0.0/8"];
        for (address, expected) in [
            ("10.10.255.1", Some(true)),
            ("10.11.0.0", Some(false)),
            ("192.168.7.9", Some(true)),
            ("192.168.7.10", Some(false)),
            ("fd12::5", Some(true)),
            ("fe80::1%eth0", Some(false)),
            ("::ffff:10.10.3.4", Some(true)),
            ("::ffff:10.9.3.4", Some(false)),
            ("not an address", None),
        ] {
            assert_eq!(inside(address, &networks), expected, "{address}");
        }
        assert_eq!(inside("8.8.8.8", &["0.0.0.0/0"]), Some(true));
        assert_eq!(inside("8.8.8.8", &["::/0"]), Some(false));
        assert_eq!(inside("10.1.2.3", &["::ffff:10.0.0.0/104"]), Some(true));
        assert_eq!(inside("8.8.8.8", &["10.0.0.0/33"]), None, "an entry that cannot be read leaves it open");
        assert_eq!(inside("10.0.0.1", &["intern", "10.0.0.0/8"]), Some(true));
        assert_eq!(inside("8.8.8.8", &[]), Some(false));
    }
}
