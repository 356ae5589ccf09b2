//! Providers, the ledger of model calls, and budgets: reserve before, settle after.
//!
//! In: rows. Out: statements. A reservation locks its budgets in one order, drops what nobody settled in time,
//! and takes its amount only where cap, reservations and spending leave room, all in one commit. Absent: what a
//! call may cost (the caller's estimate).

use super::{Commit, Refused};
use crate::rows::models::{Budget, ModelCallRow, ProviderRow};
use crate::val::vals;
use ponte_core::ids::WorkspaceId;
use ponte_core::time::Time;
use uuid::Uuid;

const PROVIDER_NEW: &str =
    "INSERT INTO providers (id, workspace, name, dialect, base, settings, sealed, hint, enabled, created, updated,
 revision) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1)";
const PROVIDER_PUT: &str =
    "UPDATE providers SET name = $3, dialect = $4, base = $5, settings = $6, sealed = $7,
 hint = $8, enabled = $9, updated = $10, revision = revision + 1
 WHERE id = $1 AND workspace = $2 AND revision = $11";
const PROVIDER_DROP: &str =
    "DELETE FROM providers WHERE id = $1 AND workspace = $2 AND revision = $3";
const CALL: &str =
    "INSERT INTO model_calls (id, workspace, conversation, assistant, provider, model, answered,
 purpose, tokens_in, tokens_out, cached, cost, latency, outcome, at)
 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
/// Makes the row, or takes its lock and the newest cap.
const BUDGET: &str = "INSERT INTO budgets (workspace, scope, subject, cap, reserved, spent, updated)
 VALUES ($1, $2, $3, $4, 0, 0, $5)
 ON CONFLICT (workspace, scope, subject) DO UPDATE SET cap = excluded.cap, updated = excluded.updated";
const RELEASE: &str =
    "UPDATE budgets SET reserved = reserved - COALESCE((SELECT SUM(h.amount) FROM budget_holds h
 WHERE h.workspace = $1 AND h.scope = $2 AND h.subject = $3 AND h.until <= @now($4)), 0)
 WHERE workspace = $1 AND scope = $2 AND subject = $3";
const RELEASED: &str =
    "DELETE FROM budget_holds WHERE workspace = $1 AND scope = $2 AND subject = $3
 AND until <= @now($4)";
const TAKE: &str = "UPDATE budgets SET reserved = reserved + $4
 WHERE workspace = $1 AND scope = $2 AND subject = $3 AND spent + reserved + $4 <= cap";
const HOLD: &str = "INSERT INTO budget_holds (id, workspace, scope, subject, amount, until)
 VALUES ($1, $2, $3, $4, $5, @now($6) + $7)";
/// Takes the row's lock, so that the next statement sees what others have released meanwhile.
const LOCK: &str =
    "UPDATE budgets SET updated = $4 WHERE workspace = $1 AND scope = $2 AND subject = $3";
/// A hold that ended by itself has given its amount back already.
const SETTLE: &str = "UPDATE budgets SET spent = spent + $5,
 reserved = reserved - COALESCE((SELECT h.amount FROM budget_holds h
 WHERE h.id = $4 AND h.scope = $2 AND h.subject = $3), 0)
 WHERE workspace = $1 AND scope = $2 AND subject = $3";
const SETTLED: &str = "DELETE FROM budget_holds WHERE id = $1 AND scope = $2 AND subject = $3";

impl Commit {
    /// Adds a provider (`expected` 0) or changes it, if it still has the expected revision.
    pub fn put_provider(&mut self, p: &ProviderRow, expected: u64) -> &mut Self {
        let settings = self.json(&p.settings);
        let mut params = vals![
            p.id,
            p.workspace,
            &p.name,
            &p.dialect,
            &p.base,
            settings,
            p.sealed.clone(),
            &p.hint,
            p.enabled,
        ];
        if expected == 0 {
            params.extend(vals![p.created, p.updated]);
            return self.push(PROVIDER_NEW, params);
        }
        params.extend(vals![p.updated, expected]);
        self.must(PROVIDER_PUT, params, Refused::Revision)
    }

    /// Removes a provider, if it still has the expected revision. Its calls stay in the ledger.
    pub fn drop_provider(&mut self, workspace: WorkspaceId, id: Uuid, expected: u64) -> &mut Self {
        self.must(
            PROVIDER_DROP,
            vals![id, workspace, expected],
            Refused::Revision,
        )
    }

    /// Writes a call into the ledger.
    pub fn add_model_call(&mut self, c: &ModelCallRow) -> &mut Self {
        let params = vals![
            c.id,
            c.workspace,
            c.conversation,
            c.assistant,
            &c.provider,
            &c.model,
            &c.answered,
            &c.purpose,
            c.tokens_in,
            c.tokens_out,
            c.cached,
            c.cost,
            c.latency_us,
            &c.outcome,
            c.at,
        ];
        self.push(CALL, params)
    }

    /// Reserves an amount in all of these budgets, or in none ([`Refused::Budget`]). What nobody settles within
    /// `ttl_us` is free again.
    pub fn reserve(
        &mut self,
        workspace: WorkspaceId,
        id: Uuid,
        budgets: &[Budget],
        amount: u64,
        (now, ttl_us): (Time, i64),
    ) -> &mut Self {
        for budget in in_order(budgets) {
            let (scope, subject) = (budget.scope.word(), budget.scope.subject());
            self.push(BUDGET, vals![workspace, scope, &subject, budget.cap, now]);
            self.push(RELEASE, vals![workspace, scope, &subject, now]);
            self.push(RELEASED, vals![workspace, scope, &subject, now]);
            let take = vals![workspace, scope, &subject, amount];
            self.must(TAKE, take, Refused::Budget);
            self.push(
                HOLD,
                vals![id, workspace, scope, &subject, amount, now, ttl_us],
            );
        }
        self
    }

    /// Ends a reservation: what was reserved is free, and what the call cost is spent.
    pub fn settle(
        &mut self,
        workspace: WorkspaceId,
        id: Uuid,
        budgets: &[Budget],
        cost: u64,
        now: Time,
    ) -> &mut Self {
        for budget in in_order(budgets) {
            let (scope, subject) = (budget.scope.word(), budget.scope.subject());
            self.push(LOCK, vals![workspace, scope, &subject, now]);
            self.push(SETTLE, vals![workspace, scope, &subject, id, cost]);
            self.push(SETTLED, vals![id, scope, &subject]);
        }
        self
    }
}

/// Everybody locks in the same order, each row once.
fn in_order(budgets: &[Budget]) -> Vec<&Budget> {
    let mut all: Vec<&Budget> = budgets.iter().collect();
    all.sort();
    all.dedup_by(|later, first| later.scope == first.scope);
    all
}
