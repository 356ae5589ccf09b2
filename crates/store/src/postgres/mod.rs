//! PostgreSQL. (Bodies follow.)

use crate::commit::Commit;
use crate::error::{Result, StoreError};
use crate::hint::Hint;
use crate::open::Options;
use crate::store::Outcome;
use crate::val::{Done, Stmt};
use tokio::sync::broadcast;

pub(crate) struct Postgres;

impl Postgres {
    pub(crate) async fn open(
        _url: &str,
        _options: &Options,
        _hints: broadcast::Sender<Hint>,
    ) -> Result<Postgres> {
        Err(StoreError::Invalid("PostgreSQL: not yet".into()))
    }
    pub(crate) async fn write(&self, _commit: Commit, _wait: bool) -> Result<Outcome> {
        Err(StoreError::Invalid("PostgreSQL: not yet".into()))
    }
    pub(crate) async fn read(&self, _stmts: Vec<Stmt>) -> Result<Vec<Done>> {
        Err(StoreError::Invalid("PostgreSQL: not yet".into()))
    }
}
