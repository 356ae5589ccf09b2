//! Credentials: how a tool proves who we are, and to whom.
//!
//! In: a credential's settings and secret, and a request. Out: the request with the proof in it. A credential
//! goes to the hosts it names and nowhere else: who may change a tool's address must not get its key. Absent:
//! getting tokens ([`super::oauth`]), and showing a secret again after it was put in. Next:
//! [`super::http`].

use super::Tools;
use crate::egress::Request;
use crate::graph::Secret;
use http::{HeaderName, HeaderValue, header};
use ponte_core::ids::WorkspaceId;
use ponte_store::StoreError;
use ponte_store::rows::tools::CredentialRow;
use serde::{Deserialize, Serialize};

/// Hosts of one credential.
pub const HOSTS_MAX: usize = 16;

/// Everything of a credential that is no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = ToolCredentialSettings)]
pub struct Settings {
    /// Where it may go: `api.loja.com.br`, or with a port, `crm.intra:8080`.
    pub hosts: Vec<String>,
    #[serde(flatten)]
    #[schema(inline)]
    pub kind: Kind,
}

/// How it is shown to the other side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schema(as = CredentialKind)]
pub enum Kind {
    /// In a header of this name.
    Header {
        header: String,
    },
    /// In the query, under this name.
    Query {
        parameter: String,
    },
    Bearer,
    Basic {
        user: String,
    },
    ClientCredentials(OAuth),
    AuthorizationCode(OAuth),
}

/// An OAuth 2 client. Its secret is the credential's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = ToolOAuth)]
pub struct OAuth {
    pub token_url: String,
    /// Where a person agrees; for the authorization code only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorize_url: Option<String>,
    pub client_id: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// The client's secret stands in the body, not in a header: some servers know only that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub secret_in_body: bool,
}

/// Why a request goes without its proof, that is, not at all.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    #[error("there is no such credential")]
    Missing,
    #[error("the credential may not go to this host")]
    Host,
    #[error("the credential can't be read: {0}")]
    Unreadable(String),
    /// A person must connect it (again).
    #[error("the credential must be connected by a person")]
    Connect,
    /// The token's server didn't answer; later it may.
    #[error("no token could be got now")]
    NoToken,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Tools {
    /// Puts the proof of a credential into a request. `fresh`: the last token was refused, another is wanted.
    ///
    /// # Errors
    /// [`CredentialError`]; the request must not be sent then.
    pub(super) async fn prove(
        &self,
        workspace: WorkspaceId,
        name: &str,
        request: &mut Request,
        fresh: bool,
    ) -> Result<(), CredentialError> {
        let row = self.store.credential_named(workspace, name).await?;
        let row = row.ok_or(CredentialError::Missing)?;
        let settings = settings(&row)?;
        if !goes_to(&settings.hosts, &request.url) {
            return Err(CredentialError::Host);
        }
        match &settings.kind {
            Kind::Header { header } => {
                let name = HeaderName::try_from(header.as_str())
                    .map_err(|_| CredentialError::Unreadable("the header's name".into()))?;
                let secret = self.secret(&row)?;
                put(request, name, secret.expose())
            }
            Kind::Query { parameter } => {
                let secret = self.secret(&row)?;
                let mark = if request.url.contains('?') { '&' } else { '?' };
                let (name, value) = (encode(parameter), encode(secret.expose()));
                request.url.push_str(&format!("{mark}{name}={value}"));
                Ok(())
            }
            Kind::Bearer => bearer(request, &self.secret(&row)?),
            Kind::Basic { user } => {
                let secret = self.secret(&row)?;
                let pair = base64(format!("{user}:{}", secret.expose()).as_bytes());
                put(request, header::AUTHORIZATION, &format!("Basic {pair}"))
            }
            Kind::ClientCredentials(_) | Kind::AuthorizationCode(_) => {
                let token = self.token(workspace, row.id, fresh).await?;
                bearer(request, &token)
            }
        }
    }

    /// The secret itself.
    pub(super) fn secret(&self, row: &CredentialRow) -> Result<Secret, CredentialError> {
        let sealed = row.sealed.as_deref().ok_or(CredentialError::Missing)?;
        self.vault
            .open(&secret_place(row), sealed)
            .map_err(|why| CredentialError::Unreadable(why.to_string()))
    }
}

/// Where a credential's secret is sealed for.
#[must_use]
pub fn secret_place(row: &CredentialRow) -> String {
    format!("tool_credential:{}:secret", row.id)
}

/// The settings of a row.
///
/// # Errors
/// When a newer version wrote them.
pub fn settings(row: &CredentialRow) -> Result<Settings, CredentialError> {
    serde_json::from_value(row.settings.clone())
        .map_err(|why| CredentialError::Unreadable(why.to_string()))
}

/// Whether an address leads to one of these hosts. A host without port means the usual ports.
#[must_use]
pub fn goes_to(hosts: &[String], url: &str) -> bool {
    let Ok(uri) = url.parse::<http::Uri>() else {
        return false;
    };
    let Some(host) = uri.host().map(str::to_ascii_lowercase) else {
        return false;
    };
    hosts.iter().any(|allowed| match uri.port_u16() {
        Some(port) => allowed.eq_ignore_ascii_case(&format!("{host}:{port}")),
        None => allowed.eq_ignore_ascii_case(&host),
    })
}

fn bearer(request: &mut Request, token: &Secret) -> Result<(), CredentialError> {
    put(
        request,
        header::AUTHORIZATION,
        &format!("Bearer {}", token.expose()),
    )
}

fn put(request: &mut Request, name: HeaderName, value: &str) -> Result<(), CredentialError> {
    let mut value = HeaderValue::try_from(value)
        .map_err(|_| CredentialError::Unreadable("characters that no header may have".into()))?;
    value.set_sensitive(true);
    request.headers.retain(|(other, _)| *other != name);
    request.headers.push((name, value));
    Ok(())
}

pub(super) use ponte_tools::request::encode;

/// The alphabet of RFC 4648, with padding.
#[must_use]
pub fn base64(bytes: &[u8]) -> String {
    encode64(
        bytes,
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
        true,
    )
}

/// The alphabet for addresses, without padding.
#[must_use]
pub fn base64_url(bytes: &[u8]) -> String {
    encode64(
        bytes,
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
        false,
    )
}

fn encode64(bytes: &[u8], alphabet: &[u8; 64], pads: bool) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let held = chunk
            .iter()
            .fold(0_u32, |held, byte| held << 8 | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        for n in 0..4 {
            if n <= chunk.len() {
                let at = (held >> (18 - 6 * n)) & 63;
                out.push(char::from(alphabet[at as usize]));
            } else if pads {
                out.push('=');
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn base64_is_that_of_the_standard() {
        for (plain, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
        assert_eq!(base64_url(&[0xfb, 0xff]), "-_8");
    }

    #[test]
    fn a_credential_goes_to_its_hosts_only() {
        let hosts = ["api.loja.example".to_owned(), "crm.intra:8080".to_owned()];
        for (url, goes) in [
            ("https://api.loja.example/x", true),
            ("https://API.loja.example/x", true),
            ("https://api.loja.example:8443/x", false),
            ("https://api.loja.example.evil.example/x", false),
            ("https://evil.example/api.loja.example", false),
            ("http://crm.intra:8080/x", true),
            ("http://crm.intra/x", false),
            ("nonsense", false),
        ] {
            assert_eq!(goes_to(&hosts, url), goes, "{url}");
        }
    }

    #[test]
    fn settings_read_back_and_hold_no_secret() {
        for text in [
            json!({"hosts": ["a"], "kind": "header", "header": "x-key"}),
            json!({"hosts": ["a"], "kind": "bearer"}),
            json!({"hosts": ["a"], "kind": "basic", "user": "u"}),
            json!({"hosts": ["a"], "kind": "client_credentials", "token_url": "https://a/t", "client_id": "c", "scopes": ["s"]}),
        ] {
            let read: Settings = serde_json::from_value(text.clone()).unwrap();
            assert_eq!(serde_json::to_value(&read).unwrap(), text);
        }
    }
}
