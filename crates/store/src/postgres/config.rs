//! Addresses of PostgreSQL: who is connected to, and whether the way is encrypted.
//!
//! In: `postgres://…`. Out: connections. A certificate is always verified when TLS is used, against
//! the public authorities or the file of `sslrootcert=`; the loopback and sockets need none.

use crate::error::{Result, StoreError};
use std::sync::Arc;
use std::time::Duration;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, Connection, NoTls, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

/// A server that doesn't answer within this is gone for now.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Half-open connections are noticed within this.
const USER_TIMEOUT: Duration = Duration::from_secs(20);
/// A statement, a wait for a lock, and a transaction nobody continues each end after these.
const SETTINGS: &str = "SET statement_timeout = '15s'; SET lock_timeout = '10s';
 SET idle_in_transaction_session_timeout = '30s'; SET synchronous_commit = on; SET client_min_messages = warning";
/// Copying a large database for a backup takes longer than a statement of daily work.
const SETTINGS_LONG: &str = "SET statement_timeout = 0; SET client_min_messages = warning";

/// How to connect.
#[derive(Clone)]
pub(crate) struct Target {
    config: Config,
    tls: Option<MakeRustlsConnect>,
    /// What is due goes by the caller's clock.
    pub(crate) callers_clock: bool,
}

/// A connection before it runs: plain or encrypted.
pub(crate) enum Way {
    Plain(Box<Connection<Socket, tokio_postgres::tls::NoTlsStream>>),
    Tls(Box<Connection<Socket, <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream>>),
}

impl Target {
    /// Reads an address. The address itself is not repeated in errors: it may hold a password.
    pub(crate) fn parse(url: &str) -> Result<Target> {
        let (url, root) = take_parameter(url, "sslrootcert");
        let (url, mode) = take_parameter(&url, "sslmode");
        let mut config: Config = url
            .parse()
            .map_err(|_| StoreError::Invalid("the address of PostgreSQL can't be read".into()))?;
        config
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_user_timeout(USER_TIMEOUT);
        config.application_name("ponte");
        // After a failover the old primary may still answer, read-only.
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        let local = config.get_hosts().iter().all(is_local);
        let mode = match mode.as_deref() {
            Some("disable") => SslMode::Disable,
            Some("prefer") => SslMode::Prefer,
            Some("require" | "verify-ca" | "verify-full") => SslMode::Require,
            None if local => SslMode::Disable,
            None => SslMode::Prefer,
            Some(_) => {
                return Err(StoreError::Invalid(
                    "sslmode is one of disable, prefer, require, verify-full".into(),
                ));
            }
        };
        config.ssl_mode(mode);
        let tls = if mode == SslMode::Disable {
            None
        } else {
            Some(tls(root.as_deref())?)
        };
        Ok(Target {
            config,
            tls,
            callers_clock: false,
        })
    }

    /// Connects; the second part must be run for the first to work.
    pub(crate) async fn connect(
        &self,
    ) -> std::result::Result<(Client, Way), tokio_postgres::Error> {
        match &self.tls {
            None => {
                let (client, way) = self.config.connect(NoTls).await?;
                Ok((client, Way::Plain(Box::new(way))))
            }
            Some(tls) => {
                let (client, way) = self.config.connect(tls.clone()).await?;
                Ok((client, Way::Tls(Box::new(way))))
            }
        }
    }
}

/// The settings of a fresh connection.
pub(crate) async fn settle(
    client: &Client,
    long: bool,
) -> std::result::Result<(), tokio_postgres::Error> {
    client
        .batch_execute(if long { SETTINGS_LONG } else { SETTINGS })
        .await
}

fn is_local(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name == "localhost"
                || name
                    .parse::<std::net::IpAddr>()
                    .is_ok_and(|ip| ip.is_loopback())
        }
        Host::Unix(_) => true,
    }
}

/// Takes a query parameter out of an address.
fn take_parameter(url: &str, name: &str) -> (String, Option<String>) {
    let Some((front, query)) = url.split_once('?') else {
        return (url.to_owned(), None);
    };
    let mut found = None;
    let mut rest = Vec::new();
    for pair in query.split('&') {
        match pair.split_once('=') {
            Some((key, value)) if key == name => found = Some(value.to_owned()),
            Some(_) | None => rest.push(pair),
        }
    }
    let url = if rest.is_empty() {
        front.to_owned()
    } else {
        format!("{front}?{}", rest.join("&"))
    };
    (url, found)
}

fn tls(root: Option<&str>) -> Result<MakeRustlsConnect> {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;
    let mut roots = rustls::RootCertStore::empty();
    let bad = |file: &str| {
        StoreError::Invalid(format!(
            "sslrootcert: {file} holds no certificate that can be read"
        ))
    };
    match root {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(file) => {
            for cert in CertificateDer::pem_file_iter(file).map_err(|_| bad(file))? {
                roots
                    .add(cert.map_err(|_| bad(file))?)
                    .map_err(|_| bad(file))?;
            }
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| StoreError::Invalid("TLS can't be set up".into()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tls_is_used_unless_the_way_is_short_or_it_is_switched_off() {
        let cases = [
            ("postgres://u@127.0.0.1/d", false),
            ("postgres://u@localhost:5433/d", false),
            ("postgres://u@db.example/d", true),
            ("postgres://u@db.example/d?sslmode=disable", false),
            (
                "postgres://u@127.0.0.1/d?application_name=x&sslmode=verify-full",
                true,
            ),
        ];
        for (url, encrypted) in cases {
            assert_eq!(
                Target::parse(url).unwrap().tls.is_some(),
                encrypted,
                "{url}"
            );
        }
    }

    #[test]
    fn errors_of_addresses_do_not_repeat_them() {
        for url in [
            "postgres://u:secret@h:port/d",
            "postgres://u:secret@h/d?sslmode=maybe",
        ] {
            let error = Target::parse(url).err().unwrap().to_string();
            assert!(!error.contains("secret"), "{error}");
        }
        assert!(Target::parse("postgres://u@h/d?sslrootcert=/nowhere.pem").is_err());
    }
}
