//! What the operator allows besides the open internet: hosts and networks, written down one by one.
//!
//! In: `PONTE_EGRESS_ALLOW`, a list such as `localhost:11434, 10.2.0.0/16, crm.intra`. Out: an
//! [`Allow`] that answers two questions: may this name be looked up and lead anywhere, and may this
//! address be connected to. A name is matched whole; a network counts whatever name led into it.
//! Absent: patterns, and allowing everything at once. Next: [`super::address`].

use super::ranges::within;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Entries of a list; more is a configuration that nobody can look over.
const MAX_ENTRIES: usize = 64;
/// A network wider than this is not a list but a hole.
const MIN_BITS_V4: u32 = 8;
/// `fc00::/7`, all private addresses of IPv6, is the widest that makes sense.
const MIN_BITS_V6: u32 = 7;

/// The list. Empty: the open internet only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allow(Vec<Entry>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    place: Place,
    /// Only this port, or every one.
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Name(String),
    Network(IpAddr, u32),
}

/// An entry that is not one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AllowError {
    #[error("`{0}` is neither a host, an address nor a network")]
    NotAPlace(String),
    #[error(
        "`{0}` allows too much: a network of at least {MIN_BITS_V4} bits (IPv6: {MIN_BITS_V6})"
    )]
    TooWide(String),
    #[error("more than {MAX_ENTRIES} entries")]
    TooMany,
}

impl Allow {
    /// Reads a list separated by commas.
    ///
    /// # Errors
    /// [`AllowError`] with the first entry that is not one.
    pub fn parse(text: &str) -> Result<Allow, AllowError> {
        let entries: Vec<&str> = text
            .split(',')
            .map(str::trim)
            .filter(|entry| !entry.is_empty())
            .collect();
        if entries.len() > MAX_ENTRIES {
            return Err(AllowError::TooMany);
        }
        let read: Result<Vec<Entry>, AllowError> = entries.into_iter().map(entry).collect();
        Ok(Allow(read?))
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this name (lower case, as written) stands in the list for this port.
    #[must_use]
    pub fn names(&self, host: &str, port: u16) -> bool {
        self.0.iter().any(|entry| match &entry.place {
            Place::Name(name) => name == host && entry.port.is_none_or(|only| only == port),
            Place::Network(..) => false,
        })
    }

    /// Whether this address stands in the list for this port.
    #[must_use]
    pub fn holds(&self, ip: IpAddr, port: u16) -> bool {
        self.0.iter().any(|entry| match &entry.place {
            Place::Network(network, bits) => {
                within(ip, *network, *bits) && entry.port.is_none_or(|only| only == port)
            }
            Place::Name(_) => false,
        })
    }
}

/// As it is logged at the start.
impl fmt::Display for Allow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, entry) in self.0.iter().enumerate() {
            if n > 0 {
                f.write_str(", ")?;
            }
            match &entry.place {
                Place::Name(name) => f.write_str(name)?,
                Place::Network(ip, bits) if *bits == width(*ip) => {
                    if entry.port.is_some() && ip.is_ipv6() {
                        write!(f, "[{ip}]")?;
                    } else {
                        write!(f, "{ip}")?;
                    }
                }
                Place::Network(ip, bits) => write!(f, "{ip}/{bits}")?,
            }
            if let Some(port) = entry.port {
                write!(f, ":{port}")?;
            }
        }
        Ok(())
    }
}

fn entry(text: &str) -> Result<Entry, AllowError> {
    let wrong = || AllowError::NotAPlace(text.to_owned());
    if let Some((network, bits)) = text.split_once('/') {
        let ip: IpAddr = network.parse().map_err(|_| wrong())?;
        let bits: u32 = bits.parse().map_err(|_| wrong())?;
        let narrowest = if ip.is_ipv4() {
            MIN_BITS_V4
        } else {
            MIN_BITS_V6
        };
        if bits > width(ip) {
            return Err(wrong());
        }
        if bits < narrowest {
            return Err(AllowError::TooWide(text.to_owned()));
        }
        return Ok(Entry {
            place: Place::Network(ip, bits),
            port: None,
        });
    }
    if let Ok(ip) = text.parse::<IpAddr>() {
        return Ok(Entry {
            place: one(ip),
            port: None,
        });
    }
    let (place, port) = match text.rsplit_once(':') {
        Some((place, port)) => (place, Some(port.parse().map_err(|_| wrong())?)),
        None => (text, None),
    };
    let bare = place
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    if let Some(v6) = bare {
        let ip: Ipv6Addr = v6.parse().map_err(|_| wrong())?;
        return Ok(Entry {
            place: one(ip.into()),
            port,
        });
    }
    if let Ok(ip) = place.parse::<Ipv4Addr>() {
        return Ok(Entry {
            place: one(ip.into()),
            port,
        });
    }
    if !is_name(place) {
        return Err(wrong());
    }
    Ok(Entry {
        place: Place::Name(place.to_ascii_lowercase()),
        port,
    })
}

fn one(ip: IpAddr) -> Place {
    let ip = ip.to_canonical();
    Place::Network(ip, width(ip))
}

fn width(ip: IpAddr) -> u32 {
    if ip.is_ipv4() { 32 } else { 128 }
}

/// A host name as it may stand in an address: labels of letters, digits, `-` and `_`, no dot at the end,
/// and a last label that is no number, which every library reads as an IPv4 address in its own way.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let label = |label: &str| {
        let letters = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        (1..=63).contains(&label.len()) && label.bytes().all(letters)
    };
    let last = text.rsplit('.').next().unwrap_or("");
    let digits = last.bytes().all(|b| b.is_ascii_digit());
    let hex = last
        .get(..2)
        .is_some_and(|two| two.eq_ignore_ascii_case("0x"));
    text.len() <= 253 && text.split('.').all(label) && !digits && !hex
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_allows_what_it_names_and_nothing_beside() {
        let allow = Allow::parse(
            "localhost:11434, 10.2.0.0/16, CRM.intra,127.0.0.1:9000,[::1]:80, fd00::/8,",
        )
        .unwrap();
        assert!(allow.names("localhost", 11434));
        assert!(!allow.names("localhost", 80));
        assert!(allow.names("crm.intra", 1));
        assert!(!allow.names("evil.crm.intra", 80));
        assert!(!allow.names("10.2.0.1", 80), "networks are no names");
        let holds = |ip: &str, port| allow.holds(ip.parse().unwrap(), port);
        assert!(holds("10.2.255.255", 6379));
        assert!(holds("::ffff:10.2.0.1", 80), "a mapped address is its own");
        assert!(!holds("10.3.0.0", 80));
        assert!(holds("127.0.0.1", 9000));
        assert!(!holds("127.0.0.1", 9001));
        assert!(!holds("127.0.0.2", 9000));
        assert!(holds("::1", 80));
        assert!(!holds("::1", 443));
        assert!(holds("fdff::1", 443));
        assert!(!Allow::default().holds("10.0.0.1".parse().unwrap(), 80));
    }

    #[test]
    fn what_is_logged_reads_back_as_the_same_list() {
        let text =
            "localhost:11434, 10.2.0.0/16, crm.intra, 127.0.0.1:9000, [::1]:80, ::2, fd00::/8";
        let allow = Allow::parse(text).unwrap();
        assert_eq!(allow.to_string(), text);
        assert_eq!(Allow::parse(&allow.to_string()).unwrap(), allow);
    }

    #[test]
    fn entries_that_are_none_or_too_much_are_refused() {
        for wrong in [
            "*",
            "*.intra",
            "http://intra",
            "intra/",
            "intra:port",
            "a b",
            "10.0.0.0/33",
            "10.0.0/8",
            "[::1",
            "intra.",
            ":80",
            "0x7f.1",
            "2130706433",
        ] {
            let refused = Allow::parse(wrong);
            assert!(
                matches!(refused, Err(AllowError::NotAPlace(_))),
                "{wrong}: {refused:?}"
            );
        }
        for wide in ["0.0.0.0/0", "10.0.0.0/7", "::/0", "fc00::/6"] {
            let refused = Allow::parse(wide);
            assert!(
                matches!(refused, Err(AllowError::TooWide(_))),
                "{wide}: {refused:?}"
            );
        }
        let many = vec!["intra"; MAX_ENTRIES + 1].join(",");
        assert_eq!(Allow::parse(&many), Err(AllowError::TooMany));
    }
}
