//! Where a token may go: the Graph address itself, and the provider's own hosts for files.
//!
//! In: an address that came in an answer, and the base we were started with. Out: which way leads there,
//! or why none does. An answer may be forged or the provider be wrong; our token and our inside network
//! are worth more than a file. The provider's names are looked up and must be public; the base may be
//! anywhere, because a person wrote it (a simulator). Absent: redirects, which are never followed.
//! Next: [`super::http`].

use futures_util::future::BoxFuture;
use http::Uri;
use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::task::{Context, Poll};
use tower::{Service, ServiceExt};

/// Hosts that Meta serves files from, and everything below them.
const HOSTS: [&str; 5] = [
    "facebook.com",
    "fbsbx.com",
    "fbcdn.net",
    "whatsapp.com",
    "whatsapp.net",
];

/// A way that may be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To the base we were started with.
    Base,
    /// To a public address of the provider.
    Public,
}

/// Which way leads to an address that we were given.
pub fn way(given: &Uri, base: &Uri) -> Result<Way, &'static str> {
    let authority = given.authority().ok_or("no host")?;
    if given.scheme() == base.scheme() && Some(authority) == base.authority() {
        return Ok(Way::Base);
    }
    if given.scheme_str() != Some("https") {
        return Err("not an https address");
    }
    let plain = !authority.as_str().contains('@') && matches!(given.port_u16(), None | Some(443));
    let host = authority.host().trim_end_matches('.').to_ascii_lowercase();
    let known = HOSTS.iter().any(|known| {
        host.strip_suffix(known)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    });
    if plain && known {
        Ok(Way::Public)
    } else {
        Err("not an address of the provider")
    }
}

/// Whether an address is one that the whole internet can reach, and nobody has for himself.
#[must_use]
pub fn is_public(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let own = ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_documentation();
    let [a, b, c, _] = ip.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let special = a == 0 || a >= 224 || (a, b, c) == (192, 0, 0) || (a == 198 && b & 0xfe == 18);
    !(own || shared || special)
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    // Only 2000::/3 is given out; within it some ranges carry an IPv4 address or are for examples.
    let [a, b, ..] = ip.segments();
    let carries = a == 0x2002 || (a == 0x2001 && (b == 0 || b == 0xdb8));
    a & 0xe000 == 0x2000 && !carries
}

/// Looks names up and keeps only public addresses.
#[derive(Clone)]
pub struct Public(pub GaiResolver);

impl Service<Name> for Public {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = BoxFuture<'static, Result<Self::Response, io::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), io::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let resolver = self.0.clone();
        Box::pin(async move {
            let found = resolver.oneshot(name).await?;
            let public: Vec<_> = found.filter(|at| is_public(at.ip())).collect();
            if public.is_empty() {
                return Err(io::Error::other("the name leads to no public address"));
            }
            Ok(public.into_iter())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(given: &str, base: &str) -> Result<Way, &'static str> {
        way(&given.parse().unwrap(), &base.parse().unwrap())
    }

    #[test]
    fn a_token_goes_to_the_provider_and_to_the_base_only() {
        let meta = "https://graph.facebook.com";
        for known in [
            "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1",
            "https://scontent.whatsapp.net/x",
            "https://mmg.WhatsApp.net:443/x",
        ] {
            assert_eq!(of(known, meta), Ok(Way::Public), "{known}");
        }
        for strange in [
            "http://lookaside.fbsbx.com/x",
            "https://lookaside.fbsbx.com:8443/x",
            "https://lookaside.fbsbx.com@evil.com/x",
            "https://me@lookaside.fbsbx.com/x",
            "https://evilfbsbx.com/x",
            "https://fbsbx.com.evil.com/x",
            "https://169.254.169.254/latest/meta-data/",
            "http://169.254.169.254/latest/meta-data/",
            "https://127.0.0.1/x",
            "http://localhost:9090/x",
        ] {
            assert!(of(strange, meta).is_err(), "{strange}");
        }
        let simulator = "http://127.0.0.1:9090";
        assert_eq!(
            of("http://127.0.0.1:9090/media/1", simulator),
            Ok(Way::Base)
        );
        assert!(of("http://127.0.0.1:9091/media/1", simulator).is_err());
    }

    #[test]
    fn only_addresses_of_the_open_internet_are_public() {
        for inside in [
            "127.0.0.1",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "ff02::1",
        ] {
            assert!(!is_public(inside.parse().unwrap()), "{inside}");
        }
        for outside in [
            "157.240.22.35",
            "2a03:2880:f003::1",
            "100.63.0.1",
            "198.20.0.1",
        ] {
            assert!(is_public(outside.parse().unwrap()), "{outside}");
        }
    }
}
