//! The conformance suite: every promise of the store, on every engine, by URL.
//!
//! In: `PONTE_TEST_POSTGRES`, else a private server started by `scripts/with-postgres`. Out: the
//! same tests three times (SQLite file with threads, SQLite in memory inline, PostgreSQL). Absent:
//! skipping; without PostgreSQL the tests of PostgreSQL fail and say what to install.
#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod backup;
mod conversation;
mod facts;
mod faults;
mod feed;
mod groups;
mod intake;
mod knowledge;
mod knowledge_jobs;
mod leases;
mod lists;
mod marks;
mod migrations;
mod models;
mod numbers;
mod outage;
mod purge;
mod sending;
mod settings;
mod timers;
mod tools;
mod training;
mod world;

/// Makes three tests of one behaviour: `async fn name(t: World)`.
macro_rules! on_each {
    ($($name:ident)*) => {$(
        mod $name {
            use crate::world::{Kind, run};
            #[test]
            fn sqlite_file() { run(Kind::File, stringify!($name), super::$name) }
            #[test]
            fn sqlite_memory() { run(Kind::Memory, stringify!($name), super::$name) }
            #[test]
            fn postgres() { run(Kind::Postgres, stringify!($name), super::$name) }
        }
    )*};
}
pub(crate) use on_each;
