//! `ponte-wire` speaks: the provider's bytes to core types, and core types to the provider's JSON.
//!
//! In: raw webhook bodies, headers, answers of the Graph API. Out: `fact::Item`s, verdicts, request
//! bodies and paths. Absent on purpose: sockets, files, clocks, logs; nothing here can fail in a way
//! that loses bytes, because the caller still has them. Start at [`decode`], then [`encode`] and
//! [`answer`]; [`signature`] and [`tag`] are the two places where a key is used.

pub mod answer;
pub mod decode;
pub mod encode;
pub mod graph;
pub mod media;
pub mod signature;
pub mod tag;

pub use ponte_core::errors;
