//! `ponte-store` remembers: the only crate that says SQL. SQLite and PostgreSQL behind one API.
//!
//! In: [`Commit`]s, values that are stored whole or not at all, and typed questions. Out: rows as
//! values, [`Committed`], and [`Hint`]s that something may be ready. Absent on purpose: decisions,
//! clocks and ids (they come with the rows), an ORM, traits for engines that don't exist. What
//! differs between the engines stands in `dialect.rs`. Start at [`Store`], then [`Commit`].

mod backup;
mod commit;
mod dialect;
mod digest;
mod error;
mod fault;
mod hint;
mod lease;
mod migrate;
mod open;
mod postgres;
mod purge;
mod read;
pub mod rows;
mod sqlite;
mod store;
mod val;

pub use backup::{BackupReport, Frozen};
pub use commit::{Commit, Committed, Refused};
pub use error::{Result, StoreError};
pub use fault::{Fault, Spoiled};
pub use hint::Hint;
pub use open::Options;
pub use purge::{Purged, Retention};
pub use read::{Explanation, LIST_MAX};
pub use store::{Engine, Store};
