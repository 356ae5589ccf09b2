//! What a crawl asks of the wire, and what comes back.
//!
//! In: an address with what is known of it. Out: a page, or why there is none. Absent: rules about
//! addresses, which are the client's. Next: `run.rs`.

use bytes::Bytes;
use futures_util::future::BoxFuture;
use std::sync::Arc;

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
