//! Speaks the protocols of language models: what is asked becomes a request's bytes, a response's bytes
//! become an answer, its cost and its trouble.
//!
//! Absent on purpose: network, clocks, keys' storage. The server's room `models` does the calling.
