//! Tests of `inbound.rs`.
