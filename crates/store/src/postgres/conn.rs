//! One connection of PostgreSQL: prepared statements, pipelining, and errors sorted by what to do.
//!
//! In: statements; out: what they did. All statements of a group are sent before the first answer
//! is awaited. Absent: transactions and retries (`writer.rs`).

use super::config::{self, Target, Way};
use crate::dialect::{Dialect, Texts};
use crate::error::StoreError;
use crate::val::{Done, Stmt, Val};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::task::Poll;
use tokio::task::JoinHandle;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Statement};

/// Why PostgreSQL did not do something.
#[derive(Debug)]
pub(crate) enum PgFail {
    /// A constraint: this commit only.
    Constraint,
    /// Deadlock, serialization, lock wait: the whole transaction may be tried again.
    Again,
    /// The connection is of no use any more.
    Lost(String),
    Store(StoreError),
}

/// A live connection.
pub(crate) struct Conn {
    pub(crate) client: Client,
    texts: Mutex<Texts>,
    known: Mutex<HashMap<(usize, usize), Statement>>,
    /// The server process behind it, to know our own notifications.
    pub(crate) pid: i32,
    task: JoinHandle<()>,
}

impl Conn {
    /// Connects and settles.
    pub(crate) async fn open(target: &Target, long: bool) -> Result<Conn, PgFail> {
        let (client, way) = target.connect().await.map_err(fail)?;
        let task = match way {
            Way::Plain(c) => tokio::spawn(c.map(ended)),
            Way::Tls(c) => tokio::spawn(c.map(ended)),
        };
        config::settle(&client, long).await.map_err(fail)?;
        let pid = client
            .query_one("SELECT pg_backend_pid()", &[])
            .await
            .and_then(|r| r.try_get(0))
            .map_err(fail)?;
        let dialect = if target.callers_clock {
            Dialect::PostgresOfCaller
        } else {
            Dialect::Postgres
        };
        let texts = Mutex::new(Texts::new(dialect));
        Ok(Conn {
            client,
            texts,
            known: Mutex::new(HashMap::new()),
            pid,
            task,
        })
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    async fn prepared(&self, sql: &'static str) -> Result<Statement, PgFail> {
        let key = (sql.as_ptr() as usize, sql.len());
        if let Some(s) = self
            .known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
        {
            return Ok(s.clone());
        }
        let text = self
            .texts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .of(sql)
            .sql
            .clone();
        let statement = self.client.prepare(&text).await.map_err(fail)?;
        self.known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key, statement.clone());
        Ok(statement)
    }

    /// Prepares what isn't yet. Outside of transactions: a failure would end one.
    pub(crate) async fn prepare_all<'a>(
        &self,
        stmts: impl Iterator<Item = &'a Stmt>,
    ) -> Result<(), PgFail> {
        for s in stmts {
            self.prepared(s.sql).await?;
        }
        Ok(())
    }

    /// Sends all, then awaits all. The first failure is the one that caused the others.
    pub(crate) async fn run(&self, stmts: &[&Stmt]) -> Result<Vec<Done>, PgFail> {
        let mut ready = Vec::with_capacity(stmts.len());
        for s in stmts {
            ready.push(self.prepared(s.sql).await?);
        }
        let mut waiting: Vec<Wait<'_>> = Vec::with_capacity(stmts.len());
        for (statement, stmt) in ready.iter().zip(stmts) {
            // The first poll sends; answers come in the same order.
            let mut one = self.exec(statement, stmt).boxed();
            waiting.push(
                match std::future::poll_fn(|cx| Poll::Ready(one.as_mut().poll(cx))).await {
                    Poll::Ready(done) => Wait::Done(done),
                    Poll::Pending => Wait::Sent(one),
                },
            );
        }
        let mut all = Vec::with_capacity(stmts.len());
        let mut first = None;
        for one in waiting {
            let done = match one {
                Wait::Done(done) => done,
                Wait::Sent(sent) => sent.await,
            };
            match done {
                Ok(done) => all.push(done),
                Err(e) => first = first.or(Some(e)),
            }
        }
        first.map_or(Ok(all), |e| Err(fail(e)))
    }

    async fn exec(
        &self,
        statement: &Statement,
        stmt: &Stmt,
    ) -> Result<Done, tokio_postgres::Error> {
        if stmt.rows {
            let params = stmt
                .params
                .iter()
                .map(|v| v as &(dyn tokio_postgres::types::ToSql + Sync));
            let params: Vec<_> = params.collect();
            let found = self.client.query(statement, &params).await?;
            let mut rows = Vec::with_capacity(found.len());
            for row in found {
                let cells: Result<Vec<Val>, _> = (0..row.len()).map(|i| row.try_get(i)).collect();
                rows.push(cells?);
            }
            return Ok(Done {
                changed: rows.len() as u64,
                rows,
            });
        }
        let changed = self.client.execute_raw(statement, &stmt.params).await?;
        Ok(Done {
            changed,
            rows: Vec::new(),
        })
    }

    /// A word of transactions.
    pub(crate) async fn word(&self, sql: &str) -> Result<(), PgFail> {
        self.client.batch_execute(sql).await.map_err(fail)
    }
}

impl Drop for Conn {
    fn drop(&mut self) {
        self.task.abort();
    }
}

enum Wait<'a> {
    Done(Result<Done, tokio_postgres::Error>),
    Sent(BoxFuture<'a, Result<Done, tokio_postgres::Error>>),
}

fn ended(result: Result<(), tokio_postgres::Error>) {
    if let Err(e) = result {
        tracing::warn!(
            code = e.code().map(SqlState::code),
            "a connection to the database ended"
        );
    }
}

/// PostgreSQL's errors by class. Messages are left out: they can hold values.
pub(crate) fn fail(e: tokio_postgres::Error) -> PgFail {
    if e.is_closed() {
        return PgFail::Lost("the connection closed".into());
    }
    let Some(code) = e.code() else {
        let io = std::error::Error::source(&e).is_some_and(|s| s.is::<std::io::Error>());
        if io || e.as_db_error().is_none() && e.to_string().starts_with("error connecting") {
            return PgFail::Lost("it does not answer".into());
        }
        return PgFail::Store(StoreError::Internal(format!("PostgreSQL client: {e}")));
    };
    let code = code.code();
    match code {
        "40001" | "40P01" | "55P03" => PgFail::Again,
        "25006" | "57P01" | "57P02" | "57P03" | "57P05" | "25P03" => {
            PgFail::Lost(format!("PostgreSQL code {code}"))
        }
        "57014" => PgFail::Store(StoreError::Slow),
        "53100" => PgFail::Store(StoreError::Full),
        "28P01" | "28000" | "3D000" | "42501" => PgFail::Store(StoreError::Invalid(format!(
            "PostgreSQL refused us (code {code}): check user, password, database and rights"
        ))),
        "XX001" | "XX002" => PgFail::Store(StoreError::Corrupt(format!("PostgreSQL code {code}"))),
        _ if code.starts_with("23") => PgFail::Constraint,
        _ if code.starts_with("08") || code.starts_with("53") || code.starts_with("58") => {
            PgFail::Lost(format!("PostgreSQL code {code}"))
        }
        _ => PgFail::Store(StoreError::Internal(format!("PostgreSQL code {code}"))),
    }
}

impl From<PgFail> for StoreError {
    fn from(f: PgFail) -> StoreError {
        match f {
            PgFail::Constraint => StoreError::Internal("a constraint".into()),
            PgFail::Again => StoreError::Slow,
            PgFail::Lost(why) => StoreError::Gone(why),
            PgFail::Store(e) => e,
        }
    }
}
