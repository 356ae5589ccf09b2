//! Tests of `status.rs`.
