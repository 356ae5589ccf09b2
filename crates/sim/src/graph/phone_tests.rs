//! Tests of `phone.rs`.
