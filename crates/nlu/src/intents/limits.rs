//! The limits of intent models, each with its reason.
//!
//! In: nothing. Out: constants that training, reading a model and the commands share. Absent: limits of
//! one message's text, which `crate::text` has. Next: `examples.rs`, where they are held.

/// Examples of one model. Training takes a minute or two there; businesses have hundreds.
pub const EXAMPLES_MAX: usize = 50_000;
/// Intents of one model. People lose track of them long before.
pub const INTENTS_MAX: usize = 1_000;
/// Fewer than two leave nothing to tell apart.
pub const INTENTS_MIN: usize = 2;
/// A name is a label that people read, bytes.
pub const NAME_BYTES_MAX: usize = 200;
/// An example is a message, bytes; one longer is cut and told.
pub const EXAMPLE_BYTES_MAX: usize = 4_096;
/// Features times intents of one model: 96 MB while training one of its parts, 48 MB as stored. The
/// rarest features go first.
pub(super) const WEIGHTS_MAX: usize = 24_000_000;
/// A stored model, bytes: what the limits above can make, and its names.
pub const MODEL_BYTES_MAX: usize = 96 * 1024 * 1024;
/// Findings of one kind in a report: a list that people work through.
pub(super) const FINDINGS_MAX: usize = 50;
