//! Typed questions to the store, one file per topic. Each is one hop to a reader connection.
//!
//! In: ids, filters, cursors, limits (each list is capped at [`LIST_MAX`]). Out: the rows as values.
//! Reads see everything whose commit was acknowledged before they began. Absent: replicas, caches.

mod conversation;
mod explain;
mod journal;
mod knowledge;
mod knowledge_jobs;
mod lists;
mod models;
mod outbox;
mod settings;
mod tools;
mod training;

pub use explain::Explanation;

/// A list never brings more rows than this, whatever is asked: it bounds memory per request.
pub const LIST_MAX: u32 = 1_000;

fn cap(limit: u32) -> i64 {
    i64::from(limit.min(LIST_MAX))
}
