//! The hosts that are reached without the proxy: `NO_PROXY`.

use std::net::IpAddr;

/// The hosts that are reached directly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bypass(Vec<Rule>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    hosts: Hosts,
    /// The port that the rule is for; `None` for all ports.
    port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Hosts {
    Any,
    /// This name and all names below it.
    Domain(String),
    /// A network: the addresses with this many leading bits in common.
    Network(IpAddr, u32),
}

impl Bypass {
    /// Parses a list separated by commas or white space. An invalid entry matches no host.
    pub(super) fn parse(text: &str) -> Self {
        let entries = text.split(|c: char| c == ',' || c.is_whitespace());
        Self(entries.filter(|entry| !entry.is_empty()).map(Rule::parse).collect())
    }

    pub(super) fn is_everything(&self) -> bool {
        self.0.contains(&Rule { hosts: Hosts::Any, port: None })
    }

    /// Whether this host, written as in a URL, is reached directly.
    pub(super) fn matches(&self, host: &str, port: u16) -> bool {
        let host = host.trim_matches(['[', ']']).trim_end_matches('.').to_ascii_lowercase();
        self.0
            .iter()
            .any(|rule| rule.port.is_none_or(|only| only == port) && rule.hosts.contain(&host))
    }
}

impl Rule {
    fn parse(entry: &str) -> Self {
        let (host, port) = split_port(entry);
        Self { hosts: Hosts::parse(host), port }
    }
}

impl Hosts {
    fn parse(text: &str) -> Self {
        let text = text.trim_matches(['[', ']']);
        if text == "*" {
            return Self::Any;
        }
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, bits.parse().ok()),
            None => (text, Some(128)),
        };
        if let (Ok(address), Some(bits)) = (address.parse(), bits) {
            return Self::Network(address, bits);
        }
        let name = text.strip_prefix('*').unwrap_or(text);
        Self::Domain(name.trim_matches('.').to_ascii_lowercase())
    }

    fn contain(&self, host: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Domain(name) => {
                let below = host.strip_suffix(name.as_str());
                !name.is_empty() && below.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            }
            Self::Network(network, bits) => host.parse().is_ok_and(|host| match (network, host) {
                (IpAddr::V4(network), IpAddr::V4(host)) => {
                    let differing = network.to_bits() ^ host.to_bits();
                    differing.leading_zeros() >= (*bits).min(32)
                }
                (IpAddr::V6(network), IpAddr::V6(host)) => {
                    let differing = network.to_bits() ^ host.to_bits();
                    differing.leading_zeros() >= (*bits).min(128)
                }
                _ => false,
            }),
        }
    }
}

/// Splits `host:port`; an IPv6 address has a port only behind brackets.
fn split_port(entry: &str) -> (&str, Option<u16>) {
    if entry.parse::<IpAddr>().is_ok() {
        return (entry, None);
    }
    match entry.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => match port.parse() {
            Ok(port) => (host, Some(port)),
            Err(_) => (entry, None),
        },
        _ => (entry, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_direct(list: &str, host: &str, port: u16) -> bool {
        Bypass::parse(list).matches(host, port)
    }

    #[test]
    fn an_ipv6_address_has_a_port_only_behind_brackets() {
        assert!(is_direct("[1:2:3:4:5:6:7:8]:443", "[1:2:3:4:5:6:7:8]", 443));
        assert!(!is_direct("1:2:3:4:5:6:7:8:443", "[1:2:3:4:5:6:7:8]", 443));
    }

    #[test]
    fn a_host_is_matched_with_its_subdomains_in_every_common_spelling() {
        for list in [
            "api.example",
            ".example",
            "*.example",
            "example",
            "example.",
            "API.Example",
            "x, api.example",
            "x api.example",
            "x\tapi.example\ny",
            ",,api.example,",
            "api.example:443",
            "*",
            "x,*",
        ] {
            assert!(is_direct(list, "api.example", 443), "{list}");
            assert!(is_direct(list, "API.example.", 443), "{list}");
        }
        for list in [
            "",
            "pi.example",
            "api.example.com",
            "other.example",
            "api.example:8443",
            "*:80",
            ".",
            "*.",
            "x.api.example",
            "http://api.example",
        ] {
            assert!(!is_direct(list, "api.example", 443), "{list}");
        }
    }

    #[test]
    fn addresses_and_networks_are_matched_by_their_bits() {
        for (list, host) in [
            ("127.0.0.1", "127.0.0.1"),
            ("127.0.0.0/8", "127.255.0.1"),
            ("10.0.0.1:443", "10.0.0.1"),
            ("::1", "[::1]"),
            ("[::1]", "[::1]"),
            ("[::1]:443", "[::1]"),
            ("fd00::/8", "[fd12::1]"),
            ("0.0.0.0/0", "192.0.2.1"),
        ] {
            assert!(is_direct(list, host, 443), "{list} {host}");
        }
        for (list, host) in [
            ("127.0.0.1", "127.0.0.2"),
            ("10.0.0.0/8", "11.0.0.1"),
            ("::1", "[::2]"),
            ("0.0.0.0/0", "[::1]"),
            ("0.0.0.1", "10.0.0.1"),
            ("10.0.0.0/x", "10.0.0.0"),
            ("[::1]:80", "[::1]"),
        ] {
            assert!(!is_direct(list, host, 443), "{list} {host}");
        }
    }

    #[test]
    fn only_a_star_without_a_port_matches_everything() {
        for (list, expected) in
            [("*", true), (" * ", true), ("a,*", true), ("*:443", false), ("*.a", false)]
        {
            assert_eq!(Bypass::parse(list).is_everything(), expected, "{list}");
        }
    }
}
