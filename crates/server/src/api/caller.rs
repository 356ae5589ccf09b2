//! Knows who calls: an API key with its workspace and scopes.
//!
//! In: the `Authorization` header. Out: a [`Caller`] that may do what the route asks, or 401, or 403.
//! A wrong, an expired and a revoked key get the same answer. Absent on purpose: sessions of people
//! (with the console) and keys in addresses, which end in logs. Next: `key.rs`.

use super::ApiState;
use super::key::{self, Scope};
use super::problem::Problem;
use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use ponte_core::Time;
use ponte_core::ids::{AgentId, WorkspaceId};
use ponte_core::time::Span;
use ponte_store::Commit;
use uuid::Uuid;

/// Who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    pub key: Uuid,
    pub workspace: WorkspaceId,
    /// Commands are theirs: the key's person, or the key itself.
    pub agent: AgentId,
    /// May see what belongs to no workspace known.
    pub installation: bool,
}

/// May read.
pub struct Reader(pub Caller);
/// May command.
pub struct Writer(pub Caller);
/// May see what is set aside, with raw bodies, and have it tried again.
pub struct Admin(pub Caller);

/// The last use of a key is worth one write a minute, not one per request.
const NOTE_EVERY: Span = Span::minutes(1);
/// Keys remembered for that; beyond it the memory starts over.
const NOTED: usize = 10_000;

async fn caller(parts: &Parts, state: &ApiState, scope: Scope) -> Result<Caller, Problem> {
    let header = parts
        .headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let bearer = header
        .and_then(|text| text.split_once(' '))
        .filter(|(kind, _)| kind.eq_ignore_ascii_case("bearer"));
    let hash = bearer
        .and_then(|(_, text)| key::hash(text.trim()))
        .ok_or_else(Problem::no_key)?;
    // Found by its hash in an index: what an attacker can time is a hash they can't choose.
    let row = state
        .store()
        .api_key(&hash)
        .await?
        .ok_or_else(Problem::no_key)?;
    let now = state.now();
    if row.revoked || row.expires.is_some_and(|end| end <= now) {
        return Err(Problem::no_key());
    }
    if !row.scopes.iter().any(|word| word == scope.word()) {
        return Err(Problem::no_scope(scope.word()));
    }
    note_use(state, row.id, now);
    Ok(Caller {
        key: row.id,
        workspace: row.workspace,
        agent: row.agent.unwrap_or(AgentId(row.id)),
        installation: row
            .scopes
            .iter()
            .any(|word| word == Scope::Installation.word()),
    })
}

fn note_use(state: &ApiState, key: Uuid, now: Time) {
    let mut used = match state.used.lock() {
        Ok(used) => used,
        Err(poisoned) => poisoned.into_inner(),
    };
    if used.get(&key).is_some_and(|at| now - *at < NOTE_EVERY) {
        return;
    }
    if used.len() >= NOTED {
        used.clear();
    }
    used.insert(key, now);
    drop(used);
    let store = state.store().clone();
    tokio::spawn(async move {
        let mut commit = Commit::new();
        commit.api_key_used(key, now);
        if let Err(error) = store.commit(commit).await {
            tracing::debug!(%error, "a key's last use was not written down");
        }
    });
}

impl FromRequestParts<ApiState> for Reader {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        caller(parts, state, Scope::Read).await.map(Reader)
    }
}

impl FromRequestParts<ApiState> for Writer {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        caller(parts, state, Scope::Write).await.map(Writer)
    }
}

impl FromRequestParts<ApiState> for Admin {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        caller(parts, state, Scope::Admin).await.map(Admin)
    }
}
