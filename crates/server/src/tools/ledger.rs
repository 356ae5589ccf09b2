//! The ledger of calls: a row before the call, a claim that succeeds once, an end.
//!
//! In: an ask. Out: that it may be made now, or what came of it before. What does something and was begun is
//! never begun again; what only reads may be. Arguments and results are kept sealed, for a person to look at
//! and for a process that asks again after a crash. Absent: making the call. Next: [`super::http`].

use super::{Ask, Called, Done, GRACE, Tools, Worked, has_effects, words};
use crate::graph::Secret;
use ponte_core::ids::WorkspaceId;
use ponte_core::time::{Span, Time};
use ponte_store::rows::tools::{ToolCallRow, ToolCallState};
use ponte_store::{Commit, Refused, StoreError};
use ponte_tools::result::{Failure, Output};
use serde_json::{Value, json};
use uuid::Uuid;

/// A call that has begun.
pub struct Running {
    pub id: Uuid,
    pub deadline: Time,
}

pub(super) enum Begun {
    New(Running),
    Known(Called),
}

impl Tools {
    /// Writes a call down without making it: the customer, or a person, is to be asked first. Asking twice
    /// for one decision gives the same row.
    ///
    /// # Errors
    /// The store's.
    pub async fn note(&self, ask: &Ask<'_>) -> Result<ToolCallRow, StoreError> {
        let row = self.row(ask);
        let mut commit = Commit::new();
        commit.add_tool_call(&row);
        self.store.commit(commit).await?;
        let kept = self.store.tool_call(ask.workspace, &ask.key).await?;
        Ok(kept.unwrap_or(row))
    }

    /// Whoever was asked said yes. False: it doesn't wait for that (any more).
    ///
    /// # Errors
    /// The store's.
    pub async fn confirm(&self, workspace: WorkspaceId, id: Uuid) -> Result<bool, StoreError> {
        let mut commit = Commit::new();
        commit.confirm_tool_call(workspace, id);
        Ok(self.store.commit(commit).await?.stored())
    }

    /// It will not be made: whoever was asked said no, or policy did. False: it has begun.
    ///
    /// # Errors
    /// The store's.
    pub async fn refuse(
        &self,
        workspace: WorkspaceId,
        id: Uuid,
        why: &str,
    ) -> Result<bool, StoreError> {
        let mut commit = Commit::new();
        commit.refuse_tool_call(workspace, id, why);
        Ok(self.store.commit(commit).await?.stored())
    }

    pub(super) async fn begin(&self, ask: &Ask<'_>) -> Result<Begun, StoreError> {
        let now = self.now();
        let row = self.note(ask).await?;
        if row.digest != ask.arguments.digest || row.tool != ask.tool.name {
            // One decision, two calls: the caller's mistake must not become a second deed.
            return Err(StoreError::Invalid(
                "a tool call's key was used for another call".into(),
            ));
        }
        if ask.arguments.ignored > 0 {
            metrics::counter!("ponte_tool_bound_ignored_total")
                .increment(u64::from(ask.arguments.ignored));
        }
        if row.state != ToolCallState::Done
            && let Some(failure) = self.held_back(ask, now).await?
        {
            self.refuse(ask.workspace, row.id, failure.1).await?;
            return Ok(Begun::Known(failed(ask, failure.0)));
        }
        let deadline = now + Span::millis(i64::from(ask.tool.timeout_ms()));
        let until = deadline + GRACE;
        let mut commit = Commit::new();
        commit.claim_tool_call(ask.workspace, row.id, until);
        let mut claimed = self.store.commit(commit).await?;
        if claimed.refused == Some(Refused::Call) && !has_effects(ask.tool) {
            let mut commit = Commit::new();
            commit.claim_again(ask.workspace, row.id, (until, now));
            claimed = self.store.commit(commit).await?;
        }
        if claimed.stored() {
            let id = row.id;
            return Ok(Begun::New(Running { id, deadline }));
        }
        let kept = self.store.tool_call(ask.workspace, &ask.key).await?;
        Ok(Begun::Known(self.known(ask, kept.unwrap_or(row))))
    }

    /// Why a call isn't begun although policy allows it.
    async fn held_back(
        &self,
        ask: &Ask<'_>,
        now: Time,
    ) -> Result<Option<(Failure, &'static str)>, StoreError> {
        if !self.circuits.lets(ask.workspace, &ask.tool.name, now) {
            return Ok(Some((Failure::Busy, "circuit")));
        }
        let Some(most) = ask.tool.per_minute else {
            return Ok(None);
        };
        let since = now - Span::minutes(1);
        let name = &ask.tool.name;
        let begun = self
            .store
            .tool_calls_since(ask.workspace, name, since)
            .await?;
        Ok((begun >= u64::from(most)).then_some((Failure::Busy, "quota")))
    }

    fn row(&self, ask: &Ask<'_>) -> ToolCallRow {
        let now = self.now();
        let id = Uuid::new_v5(
            &ask.workspace.0,
            format!("tool-call:{}", ask.key).as_bytes(),
        );
        let arguments = Value::Object(ask.arguments.values.clone()).to_string();
        ToolCallRow {
            id,
            workspace: ask.workspace,
            conversation: ask.conversation,
            tool: ask.tool.name.clone(),
            key: ask.key.clone(),
            digest: ask.arguments.digest.clone(),
            effects: has_effects(ask.tool),
            ignored: ask.arguments.ignored,
            arguments: self
                .vault
                .seal(&place(id, "arguments"), &Secret::new(arguments))
                .ok(),
            state: ToolCallState::Asked,
            outcome: String::new(),
            http: None,
            result: None,
            at: now,
            until: now,
            latency_us: 0,
        }
    }

    /// What is known of a call that was begun before.
    fn known(&self, ask: &Ask<'_>, row: ToolCallRow) -> Called {
        let failure = match row.state {
            ToolCallState::Done => match self.kept(&row) {
                Some(output) => return Called::Done(output),
                None if ask.tool.effects == ponte_tools::Effects::Reads => {
                    Failure::Failed { status: None }
                }
                // It was done, and what it gave is lost: that is all that can be said.
                None => Failure::Unsure { status: None },
            },
            ToolCallState::Asked
            | ToolCallState::Confirmed
            | ToolCallState::Running
            | ToolCallState::Unsure => ponte_tools::result::failed(ask.tool, row.http),
            ToolCallState::Failed | ToolCallState::Refused => Failure::Failed { status: row.http },
        };
        failed(ask, failure)
    }

    fn kept(&self, row: &ToolCallRow) -> Option<Output> {
        let text = self.opened(row.id, "result", row.result.as_deref())?;
        let value: Value = serde_json::from_str(&text).ok()?;
        Some(Output {
            value: value.get("value")?.clone(),
            trimmed: value.get("trimmed")?.as_bool()?,
        })
    }

    /// What was sealed with a call: `arguments` or `result`, for a person who may see it.
    #[must_use]
    pub fn opened(&self, id: Uuid, what: &str, sealed: Option<&[u8]>) -> Option<String> {
        let secret = self.vault.open(&place(id, what), sealed?).ok()?;
        Some(secret.expose().to_owned())
    }

    pub(super) async fn end(
        &self,
        ask: &Ask<'_>,
        running: &Running,
        worked: Worked,
    ) -> Result<Called, StoreError> {
        let mut end = worked.end();
        if let Ok(Done::Output(output)) = &worked.called {
            let text = json!({"value": output.value, "trimmed": output.trimmed}).to_string();
            let place = place(running.id, "result");
            end.result = self.vault.seal(&place, &Secret::new(text)).ok();
        }
        metrics::counter!("ponte_tool_calls_total", "outcome" => end.state.word()).increment(1);
        let outcome = end.outcome.as_str();
        tracing::debug!(call = %running.id, outcome, "a tool was called");
        let mut commit = Commit::new();
        commit.end_tool_call(ask.workspace, running.id, &end);
        // Refused: it was taken for dead meanwhile, and stays unsure in the ledger.
        self.store.commit(commit).await?;
        Ok(match worked.called {
            Ok(Done::Output(output)) => Called::Done(output),
            Ok(Done::Deed(deed)) => Called::Deed(deed),
            Err(failure) => failed(ask, failure),
        })
    }
}

fn failed(ask: &Ask<'_>, failure: Failure) -> Called {
    let said = words::failure(ask.tool, &failure);
    Called::Failed { failure, said }
}

pub(super) fn place(id: Uuid, what: &str) -> String {
    format!("tool_call:{id}:{what}")
}
