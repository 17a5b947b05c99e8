//! Where webhooks may lead: to loopback and private networks too, since receivers of tests are there; but never to
//! addresses at which a machine talks of itself, nor to those that are nobody's.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use axum::http::{Uri, uri::Scheme};

/// Where clouds tell machines their secrets, beside the link-local addresses.
const METADATA: &[Ipv4Addr] =
    &[Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(168, 63, 129, 16), Ipv4Addr::new(192, 0, 0, 192)];

/// The same by IPv6.
const METADATA_V6: &[Ipv6Addr] = &[
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23),
    Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42),
];

/// An address that can be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Whether by TLS.
    pub secure: bool,
    /// The name or address of the host, without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Host and port as they were written.
    pub authority: String,
    /// Path and query.
    pub path: String,
}

impl Target {
    /// The target of a URL.
    ///
    /// # Errors
    /// Why it can be none: another scheme, no host, a user in it, or an address that is never called.
    pub fn of(url: &str) -> Result<Self, &'static str> {
        let uri: Uri = url.parse().map_err(|_| "it is not a URL")?;
        let secure = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTP => false,
            Some(scheme) if *scheme == Scheme::HTTPS => true,
            _ => return Err("it must begin with http:// or https://"),
        };
        let authority = uri.authority().ok_or("it has no host")?;
        if authority.as_str().contains('@') {
            return Err("it must not name a user");
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() {
            return Err("it has no host");
        }
        let port = match authority.as_str().rsplit_once(':').filter(|_| !authority.as_str().ends_with(']')) {
            None => {
                if secure {
                    443
                } else {
                    80
                }
            }
            Some((_, port)) => {
                port.parse().ok().filter(|port| *port > 0).ok_or("it has no port that can be called")?
            }
        };
        if host.parse().is_ok_and(is_denied) {
            return Err("its address is never called");
        }
        Ok(Self {
            secure,
            host: host.to_owned(),
            port,
            authority: authority.as_str().to_owned(),
            path: uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
        })
    }
}

/// Whether an address is never called.
pub(super) fn is_denied(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_denied_v4(address),
        IpAddr::V6(address) => {
            address.is_unspecified()
                || address.is_multicast()
                || address.segments()[0] & 0xffc0 == 0xfe80
                || METADATA_V6.contains(&address)
                || inner(address).into_iter().any(is_denied_v4)
        }
    }
}

fn is_denied_v4(address: Ipv4Addr) -> bool {
    address.octets()[0] == 0
        || address.is_link_local()
        || address.is_multicast()
        || address.is_broadcast()
        || METADATA.contains(&address)
}

/// The IPv4 addresses to which an IPv6 address may lead.
fn inner(address: Ipv6Addr) -> Vec<Ipv4Addr> {
    let (bytes, words) = (address.octets(), address.segments());
    let at = |places: [usize; 4]| Ipv4Addr::from(places.map(|place| bytes[place]));
    let last = at([12, 13, 14, 15]);
    // `::1` is loopback, and no IPv4 address.
    if address.is_loopback() {
        return Vec::new();
    }
    let mut found = match words {
        // IPv4-compatible, IPv4-mapped, IPv4-translated; NAT64, by the well-known prefix.
        [0, 0, 0, 0, 0, 0 | 0xffff, _, _] | [0, 0, 0, 0, 0xffff, 0, _, _] | [0x64, 0xff9b, 0, 0, 0, 0, _, _] => {
            vec![last]
        }
        // NAT64 of a network's own, by a prefix of 48, 56, 64 or 96 bits.
        [0x64, 0xff9b, 1, ..] => {
            vec![last, at([6, 7, 9, 10]), at([7, 9, 10, 11]), at([9, 10, 11, 12])]
        }
        // 6to4.
        [0x2002, ..] => vec![at([2, 3, 4, 5])],
        // Teredo: the server, and the client behind it with every bit the other way.
        [0x2001, 0, ..] => vec![at([4, 5, 6, 7]), Ipv4Addr::from(!u32::from(last))],
        _ => Vec::new(),
    };
    // ISATAP, in whatever network.
    if matches!(words, [.., 0 | 0x200, 0x5efe, _, _]) {
        found.push(last);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_never_called_is_so_in_every_form() {
        for denied in [
            "0.0.0.0",
            "0.1.2.3",
            "169.254.0.1",
            "169.254.169.254",
            "224.0.0.1",
            "239.255.255.255",
            "255.255.255.255",
            "100.100.100.200",
            "168.63.129.16",
            "192.0.0.192",
            "::",
            "fe80::1",
            "febf::1",
            "ff02::1",
            "fd00:ec2::254",
            "fd20:ce::254",
            "::ffff:169.254.169.254",
            "::169.254.169.254",
            "::ffff:0:169.254.169.254",
            "64:ff9b::169.254.169.254",
            "64:ff9b:1::169.254.169.254",
            "64:ff9b:1:a9fe:a9:fe00::",
            "64:ff9b:1:a9:fe:a9fe::",
            "64:ff9b:1:0:a9:fea9:fe00:0",
            "2002:a9fe:a9fe::1",
            "2001:0:a9fe:a9fe::1",
            "2001::5601:5601",
            "2001:db8::5efe:169.254.169.254",
            "2001:db8::200:5efe:169.254.169.254",
            "::ffff:0.0.0.0",
            "::ffff:224.0.0.1",
            "64:ff9b::0.0.0.1",
        ] {
            assert!(is_denied(denied.parse().expect(denied)), "{denied}");
        }
    }

    #[test]
    fn receivers_of_tests_are_called() {
        for called in [
            "127.0.0.1",
            "::1",
            "10.0.0.1",
            "172.17.0.2",
            "192.168.1.1",
            "fd00::1",
            "::ffff:127.0.0.1",
            "8.8.8.8",
            "2606:4700::1111",
            "64:ff9b::8.8.8.8",
            "2002:7f00:1::",
        ] {
            assert!(!is_denied(called.parse().expect(called)), "{called}");
        }
    }

    #[test]
    fn targets_have_host_port_and_path() {
        let target = Target::of("https://hooks.test/a?b=c").expect("a target");
        assert_eq!((target.secure, &*target.host, target.port, &*target.path), (true, "hooks.test", 443, "/a?b=c"));
        let target = Target::of("http://[::1]:8080").expect("a target");
        assert_eq!((&*target.host, target.port, &*target.path), ("::1", 8080, "/"));
        assert_eq!(Target::of("http://[::1]").expect("a target").port, 80);
        for bad in [
            "",
            "hooks.test",
            "/path",
            "ftp://hooks.test/",
            "http://",
            "http://a@b/",
            "http://a:0/",
            "http://a:x/",
            "http://169.254.169.254/",
            "http://[fe80::1]/",
            "http://[::ffff:169.254.1.1]:80/",
            "javascript:1",
        ] {
            assert!(Target::of(bad).is_err(), "{bad}");
        }
    }
}
