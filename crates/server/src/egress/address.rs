//! Which address may be asked: the rules that hold before a name is looked up, and after.
//!
//! In: a URL, and later the addresses its name leads to. Out: a [`Target`] to connect to, or a
//! [`Refusal`]. Everything that two programs could read in two ways is refused rather than read:
//! credentials in the address, numbers that libraries take for IPv4 addresses, a dot at the end,
//! anything that is not ASCII. Every address of a name must be fit; one that is not condemns the name.
//! Absent: the look-up itself ([`super::resolve`]) and redirects, which come here again hop by hop.

use super::allow::{Allow, is_name};
use super::ranges;
use http::Uri;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// A longer address is a mistake or an attack on somebody's log.
const MAX_URL_BYTES: usize = 8 * 1024;
/// Ports on which the open internet serves HTTP. Others answer to protocols that read a request as
/// commands; the operator's list may name them for its own hosts.
const PORTS: [u16; 4] = [80, 443, 8080, 8443];

/// A place that may be asked, as far as can be told without looking up its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub uri: Uri,
    pub is_tls: bool,
    /// Lower case; an IPv6 address without brackets.
    pub host: String,
    pub port: u16,
    /// When the host is an address itself.
    pub literal: Option<IpAddr>,
}

/// Why an address is not asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("not an address, or too long a one")]
    Unreadable,
    #[error("only http:// and https:// are asked")]
    Scheme,
    #[error("an address may carry no user name or password")]
    Credentials,
    #[error("not a host name, nor an IP address in its usual spelling")]
    Host,
    #[error("the host is this machine")]
    Localhost,
    #[error("the port is not one of the web's")]
    Port,
    #[error("the host leads into a private network, or nowhere")]
    Private,
    #[error("a header that the client writes itself")]
    Header,
}

impl Target {
    /// Reads an address and holds it against everything that needs no look-up.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn read(url: &str, allow: &Allow) -> Result<Target, Refusal> {
        if url.len() > MAX_URL_BYTES
            || !url.bytes().all(|b| b.is_ascii_graphic())
            || url.contains('\\')
        {
            return Err(Refusal::Unreadable);
        }
        // What stands behind the sign is for browsers and never sent.
        let url = url.split_once('#').map_or(url, |(before, _)| before);
        let uri: Uri = url.parse().map_err(|_| Refusal::Unreadable)?;
        let is_tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            Some(_) | None => return Err(Refusal::Scheme),
        };
        let authority = uri.authority().ok_or(Refusal::Host)?;
        if authority.as_str().contains('@') {
            return Err(Refusal::Credentials);
        }
        let host = authority.host().to_ascii_lowercase();
        let port = match authority.as_str().len() - host.len() {
            0 => 443 * u16::from(is_tls) + 80 * u16::from(!is_tls),
            _ => authority
                .port_u16()
                .filter(|port| *port > 0)
                .ok_or(Refusal::Port)?,
        };
        let literal = literal(&host);
        let host = literal.map_or(host, |ip| ip.to_string());
        let target = Target {
            uri,
            is_tls,
            host,
            port,
            literal,
        };
        target.judge(allow)?;
        Ok(target)
    }

    fn judge(&self, allow: &Allow) -> Result<(), Refusal> {
        if let Some(ip) = self.literal {
            return self.fit(ip, allow);
        }
        if !is_name(&self.host) {
            return Err(Refusal::Host);
        }
        if allow.names(&self.host, self.port) {
            return Ok(());
        }
        if self.host == "localhost" || self.host.ends_with(".localhost") {
            return Err(Refusal::Localhost);
        }
        // A network of the list may open a port; which one it is, the look-up tells.
        if PORTS.contains(&self.port) || !allow.is_empty() {
            return Ok(());
        }
        Err(Refusal::Port)
    }

    /// Whether one address that this place leads to may be connected to.
    fn fit(&self, ip: IpAddr, allow: &Allow) -> Result<(), Refusal> {
        let canonical = ip.to_canonical();
        // Not even a list may send to everybody or to nobody.
        if canonical.is_unspecified() || canonical.is_multicast() {
            return Err(Refusal::Private);
        }
        if allow.holds(canonical, self.port) || allow.names(&self.host, self.port) {
            return Ok(());
        }
        if !ranges::is_public(ip) {
            return Err(Refusal::Private);
        }
        if PORTS.contains(&self.port) {
            Ok(())
        } else {
            Err(Refusal::Port)
        }
    }

    /// The addresses to connect to, of those that the name leads to.
    ///
    /// # Errors
    /// When there is none, or one of them is not fit: who mixes a private address among public ones
    /// wants it to be taken.
    pub fn checked(&self, found: &[IpAddr], allow: &Allow) -> Result<Vec<SocketAddr>, Refusal> {
        if found.is_empty() {
            return Err(Refusal::Private);
        }
        for ip in found {
            self.fit(*ip, allow)?;
        }
        let socket = |ip: &IpAddr| SocketAddr::new(ip.to_canonical(), self.port);
        Ok(found.iter().map(socket).collect())
    }

    /// What is one place to a browser: scheme, host and port.
    #[must_use]
    pub fn is_same_origin(&self, other: &Target) -> bool {
        (self.is_tls, &self.host, self.port) == (other.is_tls, &other.host, other.port)
    }

    /// As it stands in the `Host` header: without the port where it is the usual one.
    #[must_use]
    pub fn host_header(&self) -> String {
        let usual = if self.is_tls { 443 } else { 80 };
        let host = match self.literal {
            Some(IpAddr::V6(ip)) => format!("[{ip}]"),
            Some(IpAddr::V4(_)) | None => self.host.clone(),
        };
        if self.port == usual {
            host
        } else {
            format!("{host}:{}", self.port)
        }
    }
}

/// An IP address in the one spelling that everybody reads alike.
fn literal(host: &str) -> Option<IpAddr> {
    match host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        Some(v6) => v6.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        None => host.parse().ok().filter(IpAddr::is_ipv4),
    }
}

#[cfg(test)]
#[path = "address_tests.rs"]
mod tests;
