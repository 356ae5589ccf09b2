//! Tests of understanding as others use it: one module per subject.

mod search_index;
mod search_shop;
