//! The real way to the provider, over TLS (or plain HTTP for a simulator).
