//! Tests of `history.rs`.
