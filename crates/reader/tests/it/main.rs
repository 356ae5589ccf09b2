//! Tests of reading whole files: each kind as people make it, hostile ones, and anything at random.

#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on fails where it stands"
)]

mod broken;
mod forms;
mod kinds;
mod make;
mod office;
mod pages;
mod pdfs;
mod texts;
