//! Credentials of tools, their calls, and what is known of contacts.
//!
//! In: rows. Out: statements. A call is claimed by one conditional change, so that it begins once whoever asks;
//! what was running when its process died ends as unsure, or as failed where it changes nothing. Absent: making
//! a call.

use super::{Commit, Refused};
use crate::rows::tools::{AttributeRow, CredentialRow, ToolCallEnd, ToolCallRow};
use crate::val::vals;
use ponte_core::ids::{ContactId, WorkspaceId};
use ponte_core::time::Time;
use uuid::Uuid;

const CREDENTIAL_NEW: &str =
    "INSERT INTO tool_credentials (id, workspace, name, settings, sealed, tokens, expires, state, hint, created,
 updated, revision) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1)";
const CREDENTIAL_PUT: &str =
    "UPDATE tool_credentials SET name = $3, settings = $4, sealed = $5, tokens = $6, expires = $7,
 state = $8, hint = $9, updated = $10, revision = revision + 1
 WHERE id = $1 AND workspace = $2 AND revision = $11";
const CREDENTIAL_TOKENS: &str =
    "UPDATE tool_credentials SET tokens = $4, expires = $5, state = $6, updated = $7
 WHERE id = $1 AND workspace = $2 AND revision = $3";
const CREDENTIAL_DROP: &str =
    "DELETE FROM tool_credentials WHERE id = $1 AND workspace = $2 AND revision = $3";
const CALL: &str =
    "INSERT INTO tool_calls (id, workspace, conversation, tool, call_key, digest, effects, ignored, arguments,
 state, outcome, http, result, at, until, latency)
 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
 ON CONFLICT (workspace, call_key) DO NOTHING";
const CONFIRM: &str = "UPDATE tool_calls SET state = 'confirmed'
 WHERE id = $1 AND workspace = $2 AND state = 'asked'";
const REFUSE: &str = "UPDATE tool_calls SET state = 'refused', outcome = $3
 WHERE id = $1 AND workspace = $2 AND state IN ('asked', 'confirmed')";
const CLAIM: &str = "UPDATE tool_calls SET state = 'running', until = $3
 WHERE id = $1 AND workspace = $2 AND state IN ('asked', 'confirmed')";
/// What changes nothing and was left running may be begun again by who asks for it again.
const CLAIM_AGAIN: &str = "UPDATE tool_calls SET state = 'running', until = $3
 WHERE id = $1 AND workspace = $2 AND effects = 0
 AND (state = 'failed' OR (state = 'running' AND until <= $4))";
const END: &str =
    "UPDATE tool_calls SET state = $3, outcome = $4, http = $5, result = $6, latency = $7
 WHERE id = $1 AND workspace = $2 AND state = 'running'";
const SETTLE: &str =
    "UPDATE tool_calls SET state = CASE WHEN effects = 1 THEN 'unsure' ELSE 'failed' END,
 outcome = 'crashed' WHERE state = 'running' AND until <= $1";
/// A word of the same or a better source replaces one; an assistant's only an assistant's.
const ATTRIBUTE: &str = "INSERT INTO contact_attributes (workspace, contact, name, value, source, updated)
 VALUES ($1, $2, $3, $4, $5, $6)
 ON CONFLICT (workspace, contact, name) DO UPDATE SET value = excluded.value, source = excluded.source,
 updated = excluded.updated WHERE excluded.source <> 'assistant' OR contact_attributes.source = 'assistant'";

/// What is known of one contact becomes known of another: the better source wins, then the newer word.
const ATTRIBUTES_COPY: &str = "INSERT INTO contact_attributes (workspace, contact, name, value, source, updated)
 SELECT workspace, CAST($3 AS @id), name, value, source, updated FROM contact_attributes
 WHERE workspace = $1 AND contact = $2
 ON CONFLICT (workspace, contact, name) DO UPDATE SET value = excluded.value, source = excluded.source,
 updated = excluded.updated
 WHERE (excluded.source <> 'assistant' AND contact_attributes.source = 'assistant')
 OR ((excluded.source = 'assistant') = (contact_attributes.source = 'assistant')
 AND excluded.updated > contact_attributes.updated)";
const ATTRIBUTES_DROP: &str =
    "DELETE FROM contact_attributes WHERE workspace = $1 AND contact = $2";
const RESEAL_SECRET: &str = "UPDATE tool_credentials SET sealed = $4
 WHERE id = $1 AND workspace = $2 AND sealed = $3";
const RESEAL_TOKENS: &str = "UPDATE tool_credentials SET tokens = $4
 WHERE id = $1 AND workspace = $2 AND tokens = $3";
/// Arguments and results never change once written, so what was read before may be written sealed anew.
const RESEAL_CALL: &str = "UPDATE tool_calls SET arguments = COALESCE($3, arguments),
 result = COALESCE($4, result) WHERE id = $1 AND workspace = $2";

impl Commit {
    /// Adds a credential (`expected` 0) or changes it, if it still has the expected revision.
    pub fn put_credential(&mut self, c: &CredentialRow, expected: u64) -> &mut Self {
        let settings = self.json(&c.settings);
        let mut params = vals![
            c.id,
            c.workspace,
            &c.name,
            settings,
            c.sealed.clone(),
            c.tokens.clone(),
            c.expires,
            &c.state,
            &c.hint,
        ];
        if expected == 0 {
            params.extend(vals![c.created, c.updated]);
            return self.push(CREDENTIAL_NEW, params);
        }
        params.extend(vals![c.updated, expected]);
        self.must(CREDENTIAL_PUT, params, Refused::Revision)
    }

    /// Keeps what a credential got: tokens, until when, and its state. Refused when a person has changed the
    /// credential in between.
    pub fn put_tokens(&mut self, c: &CredentialRow) -> &mut Self {
        let tokens = c.tokens.clone();
        let params = vals![
            c.id,
            c.workspace,
            c.revision,
            tokens,
            c.expires,
            &c.state,
            c.updated
        ];
        self.must(CREDENTIAL_TOKENS, params, Refused::Revision)
    }

    /// Removes a credential, if it still has the expected revision.
    pub fn drop_credential(
        &mut self,
        workspace: WorkspaceId,
        id: Uuid,
        expected: u64,
    ) -> &mut Self {
        let params = vals![id, workspace, expected];
        self.must(CREDENTIAL_DROP, params, Refused::Revision)
    }

    /// Writes a call down, unless this decision has been written down before.
    pub fn add_tool_call(&mut self, c: &ToolCallRow) -> &mut Self {
        let params = vals![
            c.id,
            c.workspace,
            c.conversation,
            &c.tool,
            &c.key,
            &c.digest,
            c.effects,
            c.ignored,
            c.arguments.clone(),
            c.state.word(),
            &c.outcome,
            c.http.map(u32::from),
            c.result.clone(),
            c.at,
            c.until,
            c.latency_us,
        ];
        self.push(CALL, params)
    }

    /// Whoever was asked said yes. Refused unless the call waits for that.
    pub fn confirm_tool_call(&mut self, workspace: WorkspaceId, id: Uuid) -> &mut Self {
        self.must(CONFIRM, vals![id, workspace], Refused::Call)
    }

    /// It will not be made. Refused once it has begun.
    pub fn refuse_tool_call(&mut self, workspace: WorkspaceId, id: Uuid, why: &str) -> &mut Self {
        self.must(REFUSE, vals![id, workspace, why], Refused::Call)
    }

    /// Begins a call; it will have ended by `until`. Refused when it has begun before.
    pub fn claim_tool_call(&mut self, workspace: WorkspaceId, id: Uuid, until: Time) -> &mut Self {
        self.must(CLAIM, vals![id, workspace, until], Refused::Call)
    }

    /// Begins a call that changes nothing once more, after it failed or was left running.
    pub fn claim_again(
        &mut self,
        workspace: WorkspaceId,
        id: Uuid,
        (until, now): (Time, Time),
    ) -> &mut Self {
        self.must(CLAIM_AGAIN, vals![id, workspace, until, now], Refused::Call)
    }

    /// How a call ended. Refused when it isn't running any more.
    pub fn end_tool_call(
        &mut self,
        workspace: WorkspaceId,
        id: Uuid,
        e: &ToolCallEnd,
    ) -> &mut Self {
        let (http, result) = (e.http.map(u32::from), e.result.clone());
        let (state, outcome) = (e.state.word(), &e.outcome);
        let params = vals![id, workspace, state, outcome, http, result, e.latency_us];
        self.must(END, params, Refused::Call)
    }

    /// Ends what was running in a process that is gone: nobody knows what became of it.
    pub fn settle_tool_calls(&mut self, now: Time) -> &mut Self {
        self.push(SETTLE, vals![now])
    }

    /// Keeps something about a contact. What a person or a system said stays when an assistant says
    /// otherwise.
    pub fn put_attribute(&mut self, a: &AttributeRow) -> &mut Self {
        let params = vals![
            a.workspace,
            a.contact,
            &a.name,
            &a.value,
            &a.source,
            a.updated
        ];
        self.push(ATTRIBUTE, params)
    }

    /// Gives what is known of `from` to `into`. A person's or a system's word stays against an assistant's;
    /// of two of the same worth the newer one does.
    pub(crate) fn move_attributes(
        &mut self,
        workspace: WorkspaceId,
        from: ContactId,
        into: ContactId,
    ) -> &mut Self {
        self.push(ATTRIBUTES_COPY, vals![workspace, from, into]);
        self.push(ATTRIBUTES_DROP, vals![workspace, from])
    }

    /// The same secret under another master key. Refused when the credential has another one by now. The
    /// revision stays: nothing that a person set has changed.
    pub fn reseal_secret(&mut self, c: &CredentialRow, sealed: Vec<u8>) -> &mut Self {
        let params = vals![c.id, c.workspace, c.sealed.clone(), Some(sealed)];
        self.must(RESEAL_SECRET, params, Refused::Revision)
    }

    /// The same tokens under another master key. Refused when newer ones have been got by now.
    pub fn reseal_tokens(&mut self, c: &CredentialRow, tokens: Vec<u8>) -> &mut Self {
        let params = vals![c.id, c.workspace, c.tokens.clone(), Some(tokens)];
        self.must(RESEAL_TOKENS, params, Refused::Revision)
    }

    /// What a call keeps sealed, under another master key; `None` leaves it as it is.
    pub fn reseal_tool_call(
        &mut self,
        workspace: WorkspaceId,
        id: Uuid,
        (arguments, result): (Option<Vec<u8>>, Option<Vec<u8>>),
    ) -> &mut Self {
        self.push(RESEAL_CALL, vals![id, workspace, arguments, result])
    }
}
