//! Message templates, as the provider last reported them.
//!
//! In: requests of one workspace. Out: names, languages, states. Absent: making and changing them.
//! Next: `list.rs`.

pub mod list;
