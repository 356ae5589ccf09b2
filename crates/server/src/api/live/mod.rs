//! The live feed: which conversations changed, in order and without gaps.
//!
//! In: a cursor. Out: server-sent events. Absent: the changes themselves (read the conversation).
//! Next: `stream.rs`.

pub mod stream;
