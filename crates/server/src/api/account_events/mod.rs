//! Account events: what the provider says about numbers, accounts and templates.
//!
//! In: requests of one workspace. Out: the events as they came. Absent: acting on them (intake does).
//! Next: `list.rs`.

pub mod list;
