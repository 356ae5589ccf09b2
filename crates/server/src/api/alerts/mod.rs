//! Alerts: what people must see.
//!
//! In: requests of one workspace. Out: open alerts. Absent: raising them (the step's). Next: `list.rs`.

pub mod list;
