//! Assistants over the API: as they are, as they were, and as they are being prepared.
//!
//! In: requests with a key. Out: assistants with their files, versions and differences; drafts saved beside
//! what is in force, published when the required tests pass, and earlier versions brought back. Absent:
//! making and removing assistants, which are files (`ponte apply`). Next: `view.rs`, then
//! `crate::workspace::versions`, which does the work.

pub mod draft;
pub mod list;
pub mod publish;
pub mod versions;
pub mod view;
