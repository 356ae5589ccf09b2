//! The integration tests of understanding, as others use it: tables of cases, hand-labelled sets,
//! properties; one module per subject.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a test looks for one kind of value; any other is none"
)]

mod amounts;
mod calendar;
mod cases;
mod dates;
mod entities;
mod intents;
mod intents_bytes;
mod mask;
mod search_index;
mod search_shop;
mod senses;
mod sets;
mod summary;
