//! What a crawl asks of the wire, and what comes back.
//!
//! In: an address with what is known of it. Out: a page, or why there is none. Absent: rules about
//! addresses, which are the client's. Next: `run.rs`.

use crate::egress::{Answer, Egress, Request, Sent, Why};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderName, HeaderValue, header};
use ponte_core::time::Span;
use std::sync::Arc;

/// One page may take this long.
const PATIENCE: Span = Span::secs(30);
/// Redirects to one page.
const REDIRECTS: u8 = 5;
/// Letters of a mark that is given back to the site.
const MARK_MOST: usize = 500;

/// One visit to an address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Visit {
    pub url: String,
    /// Marks of the last visit: the page comes only if it changed.
    pub etag: Option<String>,
    pub modified: Option<String>,
    /// Bytes that are read at most.
    pub limit_bytes: usize,
}

/// What came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetched {
    Answered(Page),
    /// This address may never be asked: it leads inside the house, or isn't one.
    Refused,
    /// Nothing whole came; another time it may.
    Failed,
}

/// An answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    pub status: u16,
    /// Where it came from, after redirects.
    pub url: String,
    pub media: String,
    pub etag: Option<String>,
    pub modified: Option<String>,
    /// `noindex` in a header.
    pub hidden: bool,
    pub body: Bytes,
}

/// The wire.
pub type Fetcher = Arc<dyn Fn(Visit) -> BoxFuture<'static, Fetched> + Send + Sync>;

/// A wire that leads nowhere.
#[must_use]
pub fn nowhere() -> Fetcher {
    Arc::new(|_| Box::pin(std::future::ready(Fetched::Failed)))
}

/// The wire of the running server: the client that refuses addresses inside the house. Redirects are
/// followed, each judged like a first address.
#[must_use]
pub fn outside(egress: Egress) -> Fetcher {
    Arc::new(move |visit| {
        let egress = egress.clone();
        Box::pin(async move { fetch(&egress, visit).await })
    })
}

async fn fetch(egress: &Egress, visit: Visit) -> Fetched {
    let deadline = egress.clock().now() + PATIENCE;
    let mut request = Request::get(visit.url, deadline);
    request.limit = visit.limit_bytes;
    request.redirects = REDIRECTS;
    let marks = [
        (header::IF_NONE_MATCH, visit.etag),
        (header::IF_MODIFIED_SINCE, visit.modified),
    ];
    for (name, mark) in marks {
        if let Some(value) = mark.and_then(|mark| HeaderValue::from_str(&mark).ok()) {
            request.headers.push((name, value));
        }
    }
    match egress.call(request).await {
        Sent::Answered(answer) => Fetched::Answered(page(&answer)),
        Sent::NotSent {
            why: Why::Refused(_),
        } => Fetched::Refused,
        Sent::NotSent { .. } | Sent::Broken { .. } => Fetched::Failed,
    }
}

fn page(answer: &Answer) -> Page {
    let text = |name: HeaderName| {
        let value = answer.headers.get(name)?.to_str().ok()?;
        (value.len() <= MARK_MOST).then(|| value.to_owned())
    };
    let robots = text(HeaderName::from_static("x-robots-tag")).unwrap_or_default();
    Page {
        status: answer.status,
        url: answer.url.clone(),
        media: text(header::CONTENT_TYPE).unwrap_or_default(),
        etag: text(header::ETAG),
        modified: text(header::LAST_MODIFIED),
        hidden: robots.contains("noindex") || robots.contains("none"),
        body: answer.body.clone(),
    }
}
