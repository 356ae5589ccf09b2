//! Tests of `deliver.rs`.
