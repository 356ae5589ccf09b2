//! Feeds two bytes of status and the body of an answer to the check of the same name.
//!
//! In: bytes from libfuzzer. Out: a crash file if the check panics. Absent: the check itself, which
//! the replay test shares: `src/lib.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ponte_fuzz::answer(data));
