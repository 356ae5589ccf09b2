//! One Graph API call as data: what came in, what goes out, and where the connection breaks.
//!
//! In: method, path, query, headers and body as any HTTP server has them. Out: an answer with the delay
//! before it and the point at which the wire is cut. Deliberately absent: sockets; `http/` carries a
//! `Cut` out for real, a test reads it. Next: `graph/mod.rs`, which answers.

use serde_json::Value;

/// A call as it arrives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApiRequest {
    /// `GET`, `POST` or `DELETE`.
    pub method: String,
    /// The path, with or without a leading `/vNN.0`.
    pub path: String,
    /// The query without its question mark; empty when there is none.
    pub query: String,
    /// Header names in any case.
    pub headers: Vec<(String, String)>,
    /// The raw body.
    pub body: Vec<u8>,
}

impl ApiRequest {
    /// A `GET` with a bearer token.
    pub fn get(path: &str, token: &str) -> Self {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        Self {
            method: "GET".into(),
            path: path.into(),
            query: query.into(),
            headers: vec![("authorization".into(), format!("Bearer {token}"))],
            body: Vec::new(),
        }
    }

    /// A `POST` of a JSON body with a bearer token.
    pub fn post(path: &str, token: &str, body: &Value) -> Self {
        let mut request = Self::get(path, token);
        request.method = "POST".into();
        request
            .headers
            .push(("content-type".into(), "application/json".into()));
        request.body = body.to_string().into_bytes();
        request
    }

    /// A `DELETE` with a bearer token.
    pub fn delete(path: &str, token: &str) -> Self {
        Self {
            method: "DELETE".into(),
            ..Self::get(path, token)
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// A decoded query parameter.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        self.query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| percent_decode(value))
    }

    /// The bearer token, or the `access_token` parameter.
    pub(crate) fn token(&self) -> Option<String> {
        self.header("authorization")
            .and_then(|value| {
                value
                    .strip_prefix("Bearer ")
                    .or_else(|| value.strip_prefix("OAuth "))
            })
            .map(str::to_owned)
            .or_else(|| self.parameter("access_token"))
    }
}

/// Where the connection breaks, if it does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Cut {
    /// The answer arrives whole.
    #[default]
    None,
    /// No connection: nothing was read and nothing processed.
    BeforeRequest,
    /// The request was read, then the connection closed; nothing was processed.
    BeforeAccept,
    /// The request was processed, then the connection closed without an answer.
    AfterAccept,
    /// Status and headers arrive, then the connection closes inside the body.
    MidBody,
    /// No answer ever; the connection stays open. Whether it was processed only the ledger knows.
    Never,
}

/// The answer to one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiReply {
    /// HTTP status.
    pub status: u16,
    /// Headers of the answer.
    pub headers: Vec<(String, String)>,
    /// The raw body.
    pub body: Vec<u8>,
    /// How long the answer takes.
    pub delay_us: i64,
    /// Where the wire breaks.
    pub cut: Cut,
}

impl ApiReply {
    pub(crate) fn json(status: u16, value: &Value) -> Self {
        Self {
            status,
            headers: vec![(
                "Content-Type".into(),
                "application/json; charset=UTF-8".into(),
            )],
            body: value.to_string().into_bytes(),
            delay_us: 0,
            cut: Cut::None,
        }
    }

    pub(crate) fn cut(cut: Cut) -> Self {
        Self {
            status: 0,
            headers: Vec::new(),
            body: Vec::new(),
            delay_us: 0,
            cut,
        }
    }

    /// The body as JSON; `Null` when it is not.
    pub fn value(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The Graph error code of a refusal.
    pub fn code(&self) -> Option<u64> {
        self.value()["error"]["code"].as_u64()
    }

    /// The id of the message that was accepted, as the caller sees it.
    pub fn wamid(&self) -> Option<String> {
        self.value()["messages"][0]["id"]
            .as_str()
            .map(str::to_owned)
    }
}

/// Decodes `%XX` and `+`; bytes that are not UTF-8 are replaced.
pub(crate) fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let pair = bytes
            .get(at + 1..at + 3)
            .and_then(|pair| std::str::from_utf8(pair).ok());
        match (
            bytes[at],
            pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()),
        ) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 3;
                continue;
            }
            (b'+', _) => out.push(b' '),
            (byte, _) => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_comes_from_header_or_query() {
        assert_eq!(ApiRequest::get("/1", "abc").token().as_deref(), Some("abc"));
        let query = ApiRequest {
            query: "fields=id&access_token=x%7Cy".into(),
            ..ApiRequest::default()
        };
        assert_eq!(query.token().as_deref(), Some("x|y"));
        assert_eq!(ApiRequest::default().token(), None);
    }

    #[test]
    fn percent_decoding_survives_broken_input() {
        assert_eq!(percent_decode("a%20b+c%C3%A9"), "a b cé");
        assert_eq!(percent_decode("100%"), "100%");
        assert_eq!(percent_decode("%zz%4"), "%zz%4");
    }

    #[test]
    fn a_query_in_the_path_is_split_off() {
        let request = ApiRequest::get("/v23.0/1?fields=a,b", "t");
        assert_eq!(
            (request.path.as_str(), request.query.as_str()),
            ("/v23.0/1", "fields=a,b")
        );
        assert_eq!(request.parameter("fields").as_deref(), Some("a,b"));
        assert_eq!(request.parameter("absent"), None);
    }
}
