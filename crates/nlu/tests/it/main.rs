//! The integration tests of understanding: tables of cases, hand-labelled sets, properties.

mod dates;
//! Tests of the understanding from outside, one file per subject.
#![expect(clippy::unwrap_used, reason = "tests say what they expect")]

mod intents;
mod intents_bytes;
