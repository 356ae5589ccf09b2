//! The host on a loopback port: real connections, real webhooks, real cuts.
//!
//! One binary; a module per part. `support.rs` has the receiver of webhooks and the raw client.

mod admin;
mod cuts;
mod support;
mod webhooks;
