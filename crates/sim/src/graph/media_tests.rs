//! Tests of `media.rs`.
