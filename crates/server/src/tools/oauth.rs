//! Tokens of OAuth 2: got with the client's credentials, or with a person's agreement, and refreshed.
//!
//! In: a credential. Out: a token that is good for a while. One process asks for a credential's token once,
//! however many calls wait for it. A refused refresh is a state that people see (`reconnect`), not a loop.
//! The agreement is bound to who began it: a state that nobody can guess, kept sealed in the row for ten
//! minutes, and PKCE. Absent: the implicit and password flows. Next: [`super::credential`].

use super::Tools;
use super::credential::{self, CredentialError, Kind, OAuth, base64, base64_url, encode};
use crate::egress::{Request, Sent};
use crate::graph::Secret;
use http::{HeaderValue, Method, header};
use ponte_core::ids::WorkspaceId;
use ponte_core::time::{Span, Time};
use ponte_store::Commit;
use ponte_store::rows::tools::CredentialRow;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// A token is renewed this long before its end: clocks differ, and calls take time.
const SKEW: Span = Span::secs(60);
/// Of a token whose server doesn't say how long it lives.
const LIFE: i64 = 3_600;
/// Getting a token takes less than this or is given up.
const WITHIN: Span = Span::secs(10);
/// How long a person may take to agree.
const AGREE_WITHIN: Span = Span::minutes(10);
/// What an answer of a token's server may weigh.
const ANSWER_MAX_BYTES: usize = 64 * 1024;
/// Locks kept; beyond it the unused ones go.
const LOCKS: usize = 1_024;

/// One lock per credential: who waits finds the token that another got.
#[derive(Clone, Debug, Default)]
pub struct Refreshes(Arc<Mutex<BTreeMap<Uuid, Arc<tokio::sync::Mutex<()>>>>>);

impl Refreshes {
    fn of(&self, id: Uuid) -> Arc<tokio::sync::Mutex<()>> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() >= LOCKS {
            held.retain(|_, lock| Arc::strong_count(lock) > 1);
        }
        Arc::clone(held.entry(id).or_default())
    }
}

/// What is sealed in a row's `tokens`.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Held {
    access: String,
    refresh: Option<String>,
    pending: Option<Pending>,
}

/// An agreement that was asked for.
#[derive(Serialize, Deserialize)]
struct Pending {
    state: String,
    verifier: String,
    redirect: String,
    until: i64,
}

/// The states of a credential that people see.
pub const READY: &str = "ready";
pub const CONNECT: &str = "connect";
pub const RECONNECT: &str = "reconnect";

/// Why a token's server gave none.
enum NoToken {
    /// It refused: asking again is no use.
    Refused,
    Later,
}

impl Tools {
    /// A token that is good for a while. `fresh`: the one at hand was refused.
    pub(super) async fn token(
        &self,
        workspace: WorkspaceId,
        id: Uuid,
        fresh: bool,
    ) -> Result<Secret, CredentialError> {
        let seen = self.credential(workspace, id).await?;
        let lock = self.refreshes.of(id);
        let _one = lock.lock().await;
        let mut row = self.credential(workspace, id).await?;
        let mut held = self.held(&row)?;
        let changed = row.updated != seen.updated;
        let good = !held.access.is_empty() && row.expires - SKEW > self.now();
        if good && (!fresh || changed) {
            return Ok(Secret::new(held.access));
        }
        let settings = credential::settings(&row)?;
        let (oauth, form) = match &settings.kind {
            Kind::ClientCredentials(oauth) => {
                let mut form = vec![("grant_type", "client_credentials".to_owned())];
                if !oauth.scopes.is_empty() {
                    form.push(("scope", oauth.scopes.join(" ")));
                }
                (oauth, form)
            }
            Kind::AuthorizationCode(oauth) => {
                let refresh = held.refresh.clone().ok_or(CredentialError::Connect)?;
                (
                    oauth,
                    vec![
                        ("grant_type", "refresh_token".to_owned()),
                        ("refresh_token", refresh),
                    ],
                )
            }
            Kind::Header { .. } | Kind::Query { .. } | Kind::Bearer | Kind::Basic { .. } => {
                return Err(CredentialError::Missing);
            }
        };
        if row.state == RECONNECT {
            return Err(CredentialError::Connect);
        }
        match self.ask_token(&row, oauth, form).await? {
            Ok(answer) => {
                self.take(&mut row, &mut held, &answer).await?;
                Ok(Secret::new(held.access))
            }
            Err(NoToken::Later) => Err(CredentialError::NoToken),
            Err(NoToken::Refused) => {
                tracing::warn!(credential = %row.id, "a token was refused: it must be connected again");
                row.state = RECONNECT.into();
                self.keep(&mut row, &Held::default()).await?;
                Err(CredentialError::Connect)
            }
        }
    }

    async fn credential(
        &self,
        workspace: WorkspaceId,
        id: Uuid,
    ) -> Result<CredentialRow, CredentialError> {
        let row = self.store.credential(workspace, id).await?;
        row.ok_or(CredentialError::Missing)
    }

    /// Begins an agreement: where a person is sent to.
    ///
    /// # Errors
    /// [`CredentialError`] for one that is of another kind, or can't be sealed.
    pub async fn connect(
        &self,
        workspace: WorkspaceId,
        id: Uuid,
        redirect: &str,
    ) -> Result<String, CredentialError> {
        let mut row = self.credential(workspace, id).await?;
        let settings = credential::settings(&row)?;
        let Kind::AuthorizationCode(oauth) = &settings.kind else {
            return Err(CredentialError::Unreadable("it needs no agreement".into()));
        };
        let Some(authorize) = &oauth.authorize_url else {
            return Err(CredentialError::Unreadable(
                "authorize_url is missing".into(),
            ));
        };
        let state = format!("{}.{id}.{}", workspace.0, self.unguessable());
        let verifier = format!("{}{}", self.unguessable(), self.unguessable());
        let challenge = base64_url(&Sha256::digest(verifier.as_bytes()));
        let mut held = self.held(&row)?;
        held.pending = Some(Pending {
            state: state.clone(),
            verifier,
            redirect: redirect.to_owned(),
            until: (self.now() + AGREE_WITHIN).micros(),
        });
        self.keep(&mut row, &held).await?;
        let mark = if authorize.contains('?') { '&' } else { '?' };
        let pairs = [
            ("response_type", "code"),
            ("client_id", &oauth.client_id),
            ("redirect_uri", redirect),
            ("scope", &oauth.scopes.join(" ")),
            ("state", &state),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        let query: Vec<String> = pairs
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", encode(value)))
            .collect();
        Ok(format!("{authorize}{mark}{}", query.join("&")))
    }

    /// Ends an agreement: the person came back with a code. What fits no agreement that is open is refused.
    ///
    /// # Errors
    /// [`CredentialError::Connect`] when it must be begun again.
    pub async fn connected(&self, state: &str, code: &str) -> Result<(), CredentialError> {
        let mut parts = state.splitn(3, '.');
        let mut id = || parts.next().and_then(|part| part.parse::<Uuid>().ok());
        let (Some(workspace), Some(credential)) = (id(), id()) else {
            return Err(CredentialError::Connect);
        };
        let workspace = WorkspaceId(workspace);
        let lock = self.refreshes.of(credential);
        let _one = lock.lock().await;
        let mut row = self.credential(workspace, credential).await?;
        let mut held = self.held(&row)?;
        let pending = held.pending.take().ok_or(CredentialError::Connect)?;
        let same: bool =
            subtle::ConstantTimeEq::ct_eq(pending.state.as_bytes(), state.as_bytes()).into();
        if !same || Time(pending.until) < self.now() {
            return Err(CredentialError::Connect);
        }
        let settings = credential::settings(&row)?;
        let Kind::AuthorizationCode(oauth) = &settings.kind else {
            return Err(CredentialError::Connect);
        };
        let form = vec![
            ("grant_type", "authorization_code".to_owned()),
            ("code", code.to_owned()),
            ("redirect_uri", pending.redirect),
            ("code_verifier", pending.verifier),
        ];
        // The code is good once: whatever comes, this agreement is over.
        self.keep(&mut row, &held).await?;
        match self.ask_token(&row, oauth, form).await? {
            Ok(answer) => {
                held = Held::default();
                self.take(&mut row, &mut held, &answer).await
            }
            Err(NoToken::Later) => Err(CredentialError::NoToken),
            Err(NoToken::Refused) => Err(CredentialError::Connect),
        }
    }

    /// Two ids of this process hold 124 random bits.
    fn unguessable(&self) -> String {
        let now = self.now();
        let mut hash = Sha256::new();
        for _ in 0..2 {
            hash.update(self.env.ids.next(now).as_bytes());
        }
        base64_url(&hash.finalize())
    }

    fn held(&self, row: &CredentialRow) -> Result<Held, CredentialError> {
        let Some(sealed) = &row.tokens else {
            return Ok(Held::default());
        };
        let opened = self.vault.open(&tokens_place(row), sealed);
        let opened = opened.map_err(|why| CredentialError::Unreadable(why.to_string()))?;
        serde_json::from_str(opened.expose())
            .map_err(|_| CredentialError::Unreadable("the tokens".into()))
    }

    async fn keep(&self, row: &mut CredentialRow, held: &Held) -> Result<(), CredentialError> {
        let text = serde_json::to_string(held).unwrap_or_default();
        let sealed = self.vault.seal(&tokens_place(row), &Secret::new(text));
        row.tokens = Some(sealed.map_err(|why| CredentialError::Unreadable(why.to_string()))?);
        row.updated = self.now().max(row.updated + Span(1));
        let mut commit = Commit::new();
        commit.put_tokens(row);
        if self.store.commit(commit).await?.stored() {
            Ok(())
        } else {
            // A person changed the credential in between: theirs counts, and the next call begins with it.
            Err(CredentialError::NoToken)
        }
    }

    /// Keeps what an answer gave.
    async fn take(
        &self,
        row: &mut CredentialRow,
        held: &mut Held,
        answer: &Value,
    ) -> Result<(), CredentialError> {
        let text = |name: &str| answer.get(name).and_then(Value::as_str).map(str::to_owned);
        held.access = text("access_token").unwrap_or_default();
        // A server that turns refresh tokens over gives a new one each time; others keep the first.
        held.refresh = text("refresh_token").or(held.refresh.take());
        let life = answer.get("expires_in").and_then(|life| match life {
            Value::String(text) => text.parse().ok(),
            other @ (Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_)) => other.as_i64(),
        });
        let life = life.unwrap_or(LIFE).clamp(0, 365 * 86_400);
        row.expires = self.now() + Span::secs(life);
        row.state = READY.into();
        self.keep(row, held).await
    }

    async fn ask_token(
        &self,
        row: &CredentialRow,
        oauth: &OAuth,
        mut form: Vec<(&'static str, String)>,
    ) -> Result<Result<Value, NoToken>, CredentialError> {
        let secret = match row.sealed {
            Some(_) => Some(self.secret(row)?),
            None => None,
        };
        let mut request = Request::get(oauth.token_url.clone(), self.now() + WITHIN);
        request.method = Method::POST;
        request.limit = ANSWER_MAX_BYTES;
        match secret {
            Some(secret) if !oauth.secret_in_body => {
                let pair = format!("{}:{}", encode(&oauth.client_id), encode(secret.expose()));
                let value = HeaderValue::try_from(format!("Basic {}", base64(pair.as_bytes())));
                let mut value =
                    value.map_err(|_| CredentialError::Unreadable("the client".into()))?;
                value.set_sensitive(true);
                request = request.header(header::AUTHORIZATION, value);
            }
            Some(secret) => {
                form.push(("client_id", oauth.client_id.clone()));
                form.push(("client_secret", secret.expose().to_owned()));
            }
            None => form.push(("client_id", oauth.client_id.clone())),
        }
        let pairs: Vec<String> = form
            .iter()
            .map(|(name, value)| format!("{name}={}", encode(value)))
            .collect();
        request.body = pairs.join("&").into();
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        let json = HeaderValue::from_static("application/json");
        request = request
            .header(header::CONTENT_TYPE, kind)
            .header(header::ACCEPT, json);
        Ok(match self.env.egress.call(request).await {
            Sent::Answered(answer) if answer.status == 200 => {
                let value: Option<Value> = serde_json::from_slice(&answer.body).ok();
                value
                    .filter(|value| value.get("access_token").is_some_and(Value::is_string))
                    .ok_or(NoToken::Later)
            }
            Sent::Answered(answer) if matches!(answer.status, 400 | 401 | 403) => {
                Err(NoToken::Refused)
            }
            Sent::Answered(_) | Sent::NotSent { .. } | Sent::Broken { .. } => Err(NoToken::Later),
        })
    }
}

pub(super) fn tokens_place(row: &CredentialRow) -> String {
    format!("tool_credential:{}:tokens", row.id)
}
