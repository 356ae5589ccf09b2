//! Providers, budgets, and what model calls took and cost.
//!
//! In: a workspace. Out: rows; usage added up by day, assistant, provider and model. Absent: prices and texts.

use super::{LIST_MAX, cap};
use crate::error::Result;
use crate::rows::models::{Budget, BudgetRow, ModelCallRow, ProviderRow, UsageBy, UsageRow};
use crate::store::Store;
use crate::val::{Cells, Stmt, vals};
use ponte_core::ids::WorkspaceId;
use ponte_core::time::Time;
use uuid::Uuid;

const PROVIDERS: &str = "SELECT id, workspace, name, dialect, base, settings, sealed, hint, enabled, revision, created,
 updated FROM providers WHERE (CAST($1 AS @id) IS NULL OR workspace = $1) ORDER BY workspace, name LIMIT $2";
const PROVIDER: &str =
    "SELECT id, workspace, name, dialect, base, settings, sealed, hint, enabled, revision, created,
 updated FROM providers WHERE id = $1 AND workspace = $2";
const BUDGET: &str = "SELECT scope, subject, cap, reserved, spent, updated FROM budgets
 WHERE workspace = $1 AND scope = $2 AND subject = $3";
const CALLS: &str =
    "SELECT id, workspace, conversation, assistant, provider, model, answered, purpose, tokens_in,
 tokens_out, cached, cost, latency, outcome, at FROM model_calls
 WHERE workspace = $1 AND at >= $2 AND at < $3 ORDER BY at DESC, id DESC LIMIT $4";
macro_rules! usage {
    ($group:literal, $by:literal, $order:literal) => {
        concat!(
            "SELECT ",
            $group,
            ", COUNT(*), CAST(SUM(CASE WHEN outcome = 'ok' THEN 0 ELSE 1 END) AS BIGINT),
 CAST(SUM(tokens_in) AS BIGINT), CAST(SUM(tokens_out) AS BIGINT), CAST(SUM(cached) AS BIGINT),
 CAST(COALESCE(SUM(cost), 0) AS BIGINT), CAST(SUM(CASE WHEN cost IS NULL THEN 1 ELSE 0 END) AS BIGINT)
 FROM model_calls WHERE workspace = $1 AND at >= $2 AND at < $3 GROUP BY ",
            $by,
            " ORDER BY ",
            $order,
            " LIMIT $4"
        )
    };
}
/// The time zone is a shift: what is asked for is a report of days, not a calendar.
const BY_DAY: &str = usage!(
    "(at + $5) / 86400000000, CAST(NULL AS @id), CAST(NULL AS TEXT), CAST(NULL AS TEXT)",
    "1",
    "1 DESC"
);
const BY_ASSISTANT: &str = usage!(
    "CAST(NULL AS BIGINT), assistant, CAST(NULL AS TEXT), CAST(NULL AS TEXT)",
    "assistant",
    "10 DESC, assistant"
);
const BY_PROVIDER: &str = usage!(
    "CAST(NULL AS BIGINT), CAST(NULL AS @id), provider, model",
    "provider, model",
    "10 DESC, provider, model"
);

impl Store {
    /// The providers of a workspace, or of all.
    pub async fn providers(&self, workspace: Option<WorkspaceId>) -> Result<Vec<ProviderRow>> {
        let stmt = Stmt::read(PROVIDERS, vals![workspace, cap(LIST_MAX)]);
        self.read_good(stmt, provider).await
    }

    /// One provider.
    pub async fn provider(&self, workspace: WorkspaceId, id: Uuid) -> Result<Option<ProviderRow>> {
        self.read_one(Stmt::read(PROVIDER, vals![id, workspace]), provider)
            .await
    }

    /// How these budgets stand, in their order; absent: nothing was ever reserved.
    pub async fn budgets(
        &self,
        workspace: WorkspaceId,
        budgets: &[Budget],
    ) -> Result<Vec<Option<BudgetRow>>> {
        let ask = |budget: &Budget| {
            let (scope, subject) = (budget.scope.word(), budget.scope.subject());
            Stmt::read(BUDGET, vals![workspace, scope, subject])
        };
        let found = self.read_many(budgets.iter().map(ask).collect()).await?;
        found
            .into_iter()
            .map(|rows| rows.into_iter().next().map(budget).transpose())
            .collect()
    }

    /// Calls of a time, newest first.
    pub async fn model_calls(
        &self,
        workspace: WorkspaceId,
        (from, until): (Time, Time),
        limit: u32,
    ) -> Result<Vec<ModelCallRow>> {
        let stmt = Stmt::read(CALLS, vals![workspace, from, until, cap(limit)]);
        self.read_all(stmt, call).await
    }

    /// Calls of a time, added up: days newest first, the others dearest first.
    pub async fn model_usage(
        &self,
        workspace: WorkspaceId,
        (from, until): (Time, Time),
        by: UsageBy,
    ) -> Result<Vec<UsageRow>> {
        let mut params = vals![workspace, from, until, cap(LIST_MAX)];
        let sql = match by {
            UsageBy::Day(shift_us) => {
                params.extend(vals![shift_us]);
                BY_DAY
            }
            UsageBy::Assistant => BY_ASSISTANT,
            UsageBy::Provider => BY_PROVIDER,
        };
        self.read_all(Stmt::read(sql, params), |mut c| {
            Ok(UsageRow {
                day: c.get()?,
                assistant: c.get()?,
                provider: c.get()?,
                model: c.get()?,
                calls: c.get()?,
                failed: c.get()?,
                tokens_in: c.get()?,
                tokens_out: c.get()?,
                cached: c.get()?,
                cost: c.get()?,
                unpriced: c.get()?,
            })
        })
        .await
    }
}

fn provider(mut c: Cells) -> Result<ProviderRow> {
    Ok(ProviderRow {
        id: c.get()?,
        workspace: c.get()?,
        name: c.get()?,
        dialect: c.get()?,
        base: c.get()?,
        settings: c.json()?,
        sealed: c.get()?,
        hint: c.get()?,
        enabled: c.get()?,
        revision: c.get()?,
        created: c.get()?,
        updated: c.get()?,
    })
}

fn budget(mut c: Cells) -> Result<BudgetRow> {
    Ok(BudgetRow {
        scope: c.get()?,
        subject: c.get()?,
        cap: c.get()?,
        reserved: c.get()?,
        spent: c.get()?,
        updated: c.get()?,
    })
}

fn call(mut c: Cells) -> Result<ModelCallRow> {
    Ok(ModelCallRow {
        id: c.get()?,
        workspace: c.get()?,
        conversation: c.get()?,
        assistant: c.get()?,
        provider: c.get()?,
        model: c.get()?,
        answered: c.get()?,
        purpose: c.get()?,
        tokens_in: c.get()?,
        tokens_out: c.get()?,
        cached: c.get()?,
        cost: c.get()?,
        latency_us: c.get()?,
        outcome: c.get()?,
        at: c.get()?,
    })
}
