//! Serves files that are compiled into the binary: names, types, tags, and the policy they come with.
//!
//! In: a list of files and a content security policy. Out: answers with an `ETag` each; the names never
//! change between versions, so browsers ask again each time and mostly get a 304. Absent: addresses, which
//! each page's router chooses, and pages made per request. Next: `simulator_page/mod.rs`.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use std::sync::OnceLock;

/// One file as it is compiled in.
pub struct File {
    /// Below the folder's address.
    pub name: &'static str,
    /// The media type it is served with.
    pub kind: &'static str,
    /// The bytes.
    pub bytes: &'static [u8],
}

/// Files of one page.
pub struct Files {
    all: &'static [File],
    policy: &'static str,
    /// Strong tags in the order of `all`.
    tags: OnceLock<Vec<String>>,
}

impl Files {
    #[must_use]
    pub const fn new(all: &'static [File], policy: &'static str) -> Files {
        Files {
            all,
            policy,
            tags: OnceLock::new(),
        }
    }

    /// The answer to a request for the file of this name.
    pub fn serve(&self, name: &str, headers: &HeaderMap) -> Response {
        let found = self
            .all
            .iter()
            .zip(self.tags())
            .find(|(file, _)| file.name == name);
        let Some((file, tag)) = found else {
            return self.not_found();
        };
        let (status, body) = if known(tag, headers) {
            (StatusCode::NOT_MODIFIED, Body::empty())
        } else {
            (StatusCode::OK, Body::from(file.bytes))
        };
        let mut response = (status, common(file.kind, self.policy), body).into_response();
        if let Ok(tag) = HeaderValue::from_str(tag) {
            response.headers_mut().insert(header::ETAG, tag);
        }
        response
    }

    /// The answer for a name that no file has.
    pub fn not_found(&self) -> Response {
        (
            StatusCode::NOT_FOUND,
            common("text/plain; charset=utf-8", self.policy),
            "No such file here.\n",
        )
            .into_response()
    }

    fn tags(&self) -> &[String] {
        self.tags.get_or_init(|| {
            let tag =
                |file: &File| format!("\"{}\"", hex::encode(&Sha256::digest(file.bytes)[..12]));
            self.all.iter().map(tag).collect()
        })
    }
}

fn known(tag: &str, headers: &HeaderMap) -> bool {
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|value| value.trim().trim_start_matches("W/"))
        .any(|value| value == tag || value == "*")
}

/// Headers of every answer of a page.
#[must_use]
pub fn common(kind: &'static str, policy: &'static str) -> [(HeaderName, &'static str); 6] {
    [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-cache"),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
    ]
}
