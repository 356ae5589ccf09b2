//! Tests of `owner.rs`.
