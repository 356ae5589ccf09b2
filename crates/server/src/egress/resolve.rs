//! Looks a name up, once per call: the addresses found here are checked and then connected to, so that
//! a name that changes its mind in between gains nothing.
//!
//! In: a host name that may be asked. Out: its addresses. Two implementations: the machine's resolver,
//! and in tests one that lies. Absent: a cache; the machine has one. Next: [`super::address`].

use futures_util::future::BoxFuture;
use std::io;
use std::net::IpAddr;

/// More addresses of one name are not tried, nor looked at.
pub const MAX_ADDRESSES: usize = 32;

/// A way to look names up.
pub trait Resolve: Send + Sync {
    fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>>;
}

/// The machine's own.
pub struct System;

impl Resolve for System {
    fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 0)).await?;
            let mut ips: Vec<IpAddr> = Vec::new();
            for at in found.take(MAX_ADDRESSES) {
                if !ips.contains(&at.ip()) {
                    ips.push(at.ip());
                }
            }
            Ok(ips)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_machine_knows_itself() {
        let found = System.resolve("localhost").await.unwrap();
        assert!(!found.is_empty());
        assert!(found.iter().all(IpAddr::is_loopback), "{found:?}");
    }
}
