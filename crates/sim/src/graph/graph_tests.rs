//! Tests of `graph.rs`.
