//! Tests of `sync.rs`.
