//! Conversations: list, one, its messages, its journal, and commands on it.
//!
//! In: requests of one workspace. Out: views and journaled commands. Absent: deciding what a command
//! does (the engine's step). Next: `view.rs`, `command.rs`.

pub mod command;
pub mod decisions;
pub mod events;
pub mod get;
pub mod insight;
pub mod list;
pub mod messages;
pub mod seen;
pub mod suggestions;
pub mod translate;
pub mod view;
