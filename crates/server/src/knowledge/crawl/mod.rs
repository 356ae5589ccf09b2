//! Visits a web site as a polite guest: one host, its robots.txt, a pause between pages, limits on all.
//!
//! In: a start address and limits. Out: pages as documents, those that are gone taken away after two
//! visits, and how it went. Absent: the wire, which is [`Fetcher`]: in the running server the client
//! that refuses addresses inside the house; scripts, forms, log-ins. Next: `run.rs`.

pub mod address;
pub mod fetch;
pub mod frontier;
pub mod links;
pub mod robots;
pub mod run;
pub mod sitemap;

pub use fetch::{Fetched, Fetcher, Visit};
