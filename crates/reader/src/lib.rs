//! Reads documents: the bytes of a file in, its text in sections out.
//!
//! The bytes are anybody's: every format has limits of size, depth and count, and trouble is an error
//! that says what to do. Absent on purpose: network, files, clocks. The server calls it in a child
//! process with limits of its own.
