//! The integration tests of understanding: tables of cases, hand-labelled sets, properties.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod cases;
mod dates;
mod entities;
mod mask;
mod senses;
mod sets;
mod summary;
