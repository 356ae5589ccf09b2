//! Messages: how one looks, and why it is as it is.
//!
//! In: rows of the views. Out: JSON. Absent: lists (they belong to a conversation). Next: `view.rs`.

pub mod explain;
pub mod view;
