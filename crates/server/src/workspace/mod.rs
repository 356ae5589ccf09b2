//! A workspace as files: what decides how a business is answered, in a folder that people edit, keep
//! in git and apply again.
//!
//! In: a folder of YAML, or the database's settings. Out: the other one, idempotent both ways, with
//! every trouble told by file, line, column and what to do. Absent on purpose: secrets, conversations,
//! and anything of a later version. Next: `files.rs` (the shapes), `read.rs`, `convert.rs`, `write.rs`.

pub mod brain;
pub mod check;
pub mod check_brain;
pub mod convert;
pub mod dialogue;
pub mod diff;
pub mod files;
pub mod kept;
pub mod length;
pub mod read;
pub mod schema;
pub mod taught;
pub mod texts;
pub mod tool;
pub mod trouble;
pub mod versions;
pub mod week;
pub mod write;

#[cfg(test)]
mod tests;
