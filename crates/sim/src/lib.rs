//! `ponte-sim` is the world around a business on WhatsApp: the Cloud API, the phones, the people, the faults.
//!
//! Two layers. `Cloud` is a value without clock and sockets: calls and deeds go in with their moment, answers
//! and webhook posts come out, and the same seed with the same calls gives the same bytes. The `http` module
//! hosts a `Cloud` on a real clock: it serves the Graph API, posts webhooks, breaks connections where a fault
//! says so, and offers an admin API for the two-phone page. The crate imports no other crate of the project,
//! so it cannot share its mistakes: it keeps its own model and refuses what Meta refuses, with Meta's codes.
//! Beside it stands `models`, a scripted server of language models.
//! Deliberately absent: the product's ideas of conversations. Read `cloud.rs` first, then
//! `graph/mod.rs` (calls), `world/mod.rs` (people), `deliver.rs` (webhooks), `faults.rs`, `ledger.rs` (the
//! judge), `http/mod.rs` (the host).

mod api;
mod cloud;
mod config;
mod deliver;
mod facts;
mod faults;
mod flight;
mod graph;
pub mod http;
mod ids;
mod ledger;
#[cfg(test)]
mod model_tests;
pub mod models;
mod pace;
mod refusal;
mod rng;
mod sign;
mod status;
#[cfg(test)]
mod testing;
pub mod time;
mod world;

pub use api::{ApiReply, ApiRequest, Cut};
pub use cloud::Cloud;
pub use config::{CloudConfig, NumberConfig, StatusPace, TemplateConfig};
pub use facts::{Accepted, Call, Delivery, Refused, Said};
pub use faults::{Arming, Fault, Faults};
pub use flight::WebhookPost;
pub use graph::subscribe::Verification;
pub use http::{Around, Host, HostOptions, Stride};
pub use ledger::Ledger;
pub use sign::signature;
pub use world::chat::{Side, Stage};
pub use world::content::{Content, Media};
pub use world::inbound::{CustomerMessage, Referral};
pub use world::owner::OwnerMessage;
pub use world::people::{Customer, CustomerId, CustomerProfile};
pub use world::recall::Recalled;
pub use world::sync::{ChunkPlace, Past};
