//! Joins the rooms: configuration, storage, routers, start and graceful stop.
//!
//! In: arguments, variables and files. Out: a server that listens, or a clear refusal. Absent on
//! purpose: anything a room does. Next: `config.rs`, then `serve.rs`.

pub mod config;
pub mod control;
pub mod fail;
pub mod health;
pub mod listen;
pub mod master_key;
pub mod random;
pub mod secrets;
pub mod serve;
pub mod stop;
pub mod welcome;
