//! The server's integration tests: one binary, one module per subject.
//!
//! In: the library as others use it. Out: a verdict per behaviour, named. Absent: tests of single
//! functions, which stand beside them. Next: `world`, the seeded world.

#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on fails where it stands"
)]

mod wire_cuts;
