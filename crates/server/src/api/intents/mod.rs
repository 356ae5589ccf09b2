//! `/api/v1/intents/…`: what people teach, and the models trained of it.
//!
//! In: intents, examples, corrections, calls to train, activate and roll back. Out: rows as views; what
//! the active model says of a text. Absent: what follows from an intent (the router's). Next:
//! `intents.rs`, `models.rs`.

pub mod examples;
pub mod list;
pub mod models;
