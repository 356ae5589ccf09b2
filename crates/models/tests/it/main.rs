//! Golden bodies of the four protocols, written by us from their documented shapes, in both directions.
//!
//! In: `testdata/`. Out: what is asked, compared with `testdata/*.request.json` (`UPDATE=1` rewrites them, and a
//! person reads the diff), and what each answer means, whole, in pieces, and cut at each byte.
#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod answers;
mod cuts;
mod figures;
mod kit;
mod requests;
mod shapes;
mod statuses;
