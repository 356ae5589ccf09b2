//! Searches knowledge: passages in, ranked hits with their reasons out; and, without any model, the
//! sentence that answers, or the judgement that an answer has no support.
//!
//! The way of a text: [`chunk::cut`] makes passages of sections, [`index::Index::put`] takes them,
//! [`index::Index::search`] ranks them, [`answer::answer`] trims the best to the sentence that answers,
//! [`support::supported`] judges a sentence that somebody else wrote. Absent on purpose: the texts
//! themselves (the store keeps them; the index keeps word numbers), calls for embeddings (vectors come
//! from outside), clocks and threads. Next: `index.rs`.

pub mod answer;
mod asked;
mod cache;
pub mod chunk;
mod content;
mod fast;
pub mod index;
mod kind;
mod postings;
pub mod query;
mod rank;
mod reread;
mod sentence;
mod stem;
mod stop;
mod strict;
pub mod support;
pub mod vectors;
mod vocabulary;
mod words;
