//! `ponte` runs: the only crate with sockets and tasks.
//!
//! In: deliveries, commands and answers. Out: durable rows, posts to the provider, the API. The
//! rooms never import each other; only `app` and `boot` join them. Absent: decisions (`ponte-core`),
//! formats (`ponte-wire`), SQL (`ponte-store`). Next: [`app`], then each room in the order of a
//! message's way.

pub mod api;
pub mod app;
pub mod boot;
pub mod calls;
pub mod cli;
pub mod demo;
pub mod dialogue;
pub mod egress;
pub mod engine;
pub mod env;
pub mod fresh;
pub mod graph;
pub mod ingress;
pub mod insight;
pub mod intake;
pub mod knowledge;
pub mod lease;
pub mod models;
pub mod orphans;
pub mod reading;
pub mod relay;
pub mod router;
pub mod sender;
pub mod settings;
pub mod simulator_page;
pub mod static_files;
pub mod telemetry;
pub mod tools;
pub mod understanding;
pub mod vault;
pub mod words;
pub mod workspace;
