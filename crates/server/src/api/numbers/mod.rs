//! Numbers: the channels that messages come in by, and how they are.
//!
//! In: requests of one workspace. Out: settings that matter to people, and health. Absent: tokens.
//! Next: `view.rs`.

pub mod get;
pub mod list;
pub mod view;
