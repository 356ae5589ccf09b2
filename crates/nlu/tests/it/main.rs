//! Tests of understanding as others use it: one module per subject.

#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on fails where it stands"
)]

mod search_index;
mod search_shop;
