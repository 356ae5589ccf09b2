//! Tests of `subscribe.rs`.
