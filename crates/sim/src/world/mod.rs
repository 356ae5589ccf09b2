//! The people and things around the business: customers, the owner's phone, Meta's own notices.
//!
//! In: what somebody does at a moment. Out: chats as each phone shows them, and webhook changes handed to
//! `deliver.rs`. Deliberately absent: the API side; see `graph/mod.rs`. Next: `people.rs`, `chat.rs`, then
//! one file per actor: `inbound.rs` (customers), `owner.rs` (phone app), `account.rs` and `sync.rs` (Meta).

pub(crate) mod account;
pub(crate) mod call;
pub(crate) mod chat;
pub(crate) mod content;
pub(crate) mod inbound;
pub(crate) mod owner;
pub(crate) mod people;
pub(crate) mod recall;
pub(crate) mod sync;
