//! Sends that need a person.
//!
//! In: requests of one workspace. Out: what nobody could prove. Absent: settling them (a command on
//! their conversation). Next: `unknown.rs`.

pub mod unknown;
