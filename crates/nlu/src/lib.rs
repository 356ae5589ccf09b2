//! Understands text, offline and in process: intents, entities, what a person feels and wants, and the
//! search of knowledge.
//!
//! Text in, scores out. Deterministic: the same examples give the same model, byte for byte. Absent on
//! purpose: network, files, clocks, threads of its own, and any other crate of ours.

pub mod entities;
pub mod intents;
pub mod mask;
pub mod search;
pub mod sense;
pub mod summary;
pub mod text;
