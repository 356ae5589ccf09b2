//! What language models took and cost, and the prices it is counted with.
//!
//! Next: `get.rs`, `prices.rs`.

pub mod get;
pub mod prices;
