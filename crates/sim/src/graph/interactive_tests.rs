//! Tests of `interactive.rs`.
