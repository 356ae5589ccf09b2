//! Tests of `cloud.rs`.
