//! Tests of tools from outside: exact texts, limits at their edges, and what strangers send.

#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on fails where it stands"
)]

mod answers;
mod documents;
mod edges;
mod servers;
mod verdicts;
mod words;
