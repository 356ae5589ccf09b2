//! Numbers: the channels that messages come in by, and how they are.
//!
//! In: requests of one workspace. Out: settings that matter to people, and health; a number cut off or let
//! back in by hand. Absent: tokens.
//! Next: `view.rs`.

pub mod cut_off;
pub mod get;
pub mod list;
pub mod view;
