//! A place for a connection that comes back by itself: with growing pauses between tries.
//!
//! In: who to connect to. Out: a live connection, or at once why there is none.

use super::config::Target;
use super::conn::{Conn, PgFail};
use crate::error::{Result, StoreError};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// First and longest pause between tries: quick after a restart, gentle during an outage.
const PAUSE_FIRST: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(3);

pub(crate) struct Slot {
    target: Target,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    live: Option<Arc<Conn>>,
    not_before: Option<Instant>,
    pause: Duration,
}

impl Slot {
    pub(crate) fn new(target: Target) -> Slot {
        Slot {
            target,
            state: Mutex::new(State::default()),
        }
    }

    /// The connection, made if need be. During a pause after a failure it answers at once.
    pub(crate) async fn get(&self) -> Result<Arc<Conn>> {
        let mut state = self.state.lock().await;
        if let Some(live) = state.live.as_ref().filter(|c| !c.is_closed()) {
            return Ok(live.clone());
        }
        state.live = None;
        if state.not_before.is_some_and(|t| Instant::now() < t) {
            return Err(StoreError::Gone("it does not answer; trying again".into()));
        }
        match Conn::open(&self.target, false).await {
            Ok(conn) => {
                let conn = Arc::new(conn);
                *state = State {
                    live: Some(conn.clone()),
                    ..State::default()
                };
                Ok(conn)
            }
            Err(e) => {
                state.pause = (state.pause * 2).clamp(PAUSE_FIRST, PAUSE_MAX);
                state.not_before = Some(Instant::now() + state.pause);
                Err(e.into())
            }
        }
    }

    /// This connection showed itself useless (closed, read-only after a failover).
    pub(crate) async fn drop_conn(&self, conn: &Arc<Conn>) {
        let mut state = self.state.lock().await;
        if state
            .live
            .as_ref()
            .is_some_and(|live| Arc::ptr_eq(live, conn))
        {
            state.live = None;
        }
    }

    /// Questions: pipelined, and asked once more on a fresh connection if this one was lost.
    pub(crate) async fn ask(&self, stmts: &[&crate::val::Stmt]) -> Result<Vec<crate::val::Done>> {
        let conn = self.get().await?;
        match conn.run(stmts).await {
            Err(PgFail::Lost(_)) => {
                self.drop_conn(&conn).await;
                let fresh = self.get().await?;
                fresh.run(stmts).await.map_err(StoreError::from)
            }
            other => other.map_err(StoreError::from),
        }
    }
}
