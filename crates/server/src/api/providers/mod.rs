//! Providers of language models over the API.
//!
//! Next: `view.rs` for their shape, `write.rs`, `test.rs`; `crate::models` does the work.

pub mod list;
pub mod test;
pub mod view;
pub mod write;
