//! The integration tests of understanding: tables of cases, hand-labelled sets, properties.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod cases;
mod dates;
//! Tests of the understanding from outside, one file per subject.
#![expect(clippy::unwrap_used, reason = "tests say what they expect")]

mod intents;
mod intents_bytes;
mod entities;
mod mask;
mod senses;
mod sets;
mod summary;
//! Tests of understanding as others use it: one module per subject.

mod search_index;
mod search_shop;
