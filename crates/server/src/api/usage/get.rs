//! `GET /api/v1/usage`: tokens and money by day, assistant or provider.
//!
//! In: a time and a grouping. Out: [`Usage`] sums. A cost that is not known is counted apart, never as zero. Absent:
//! single calls, and any text. Next: `ponte_store`'s `model_usage`.

use crate::api::ApiState;
use crate::api::caller::Reader;
use crate::api::describe::Refusals;
use crate::api::extract::Query;
use crate::api::page::Page;
use crate::api::problem::Problem;
use crate::both;
use crate::models::money;
use axum::Json;
use axum::extract::State;
use ponte_core::time::{Span, Time};
use ponte_models::prices::in_brl;
use ponte_store::rows::models::{UsageBy, UsageRow};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Days of one report: a year, and the one before it for comparison.
const DAYS_MAX: u32 = 731;
/// Brasília, where no clock is moved any more.
const ZONE_MINUTES: i64 = -180;

#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum By {
    #[default]
    Day,
    Assistant,
    /// Provider and model.
    Provider,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// Days back from now; 30 when left out, at most 731.
    pub days: Option<u32>,
    #[serde(default)]
    #[param(inline)]
    pub by: By,
    /// Minutes that the days' time zone is ahead of UTC; -180 (Brasília) when left out.
    pub zone_minutes: Option<i64>,
}

/// Calls added up.
#[derive(Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Usage {
    /// `2026-11-20`, an assistant's id (empty: none), or `provider/model`.
    pub group: String,
    pub calls: u64,
    /// Of these, those that ended in trouble.
    pub failed: u64,
    pub tokens_in: u64,
    pub tokens_out: u64,
    /// Of `tokens_in`, those that the provider had read before.
    pub cached: u64,
    /// Micro-dollars, of the calls whose cost is known.
    pub cost_micro_usd: u64,
    /// The same in micro-reais, where the workspace says what a dollar costs.
    pub cost_micro_brl: Option<u64>,
    /// Calls whose cost is not known: the sum is more than what stands here.
    pub unpriced: u64,
}

/// Show what models took and cost
#[utoipa::path(get, path = "/api/v1/usage", operation_id = "get_usage", tag = "usage", params(Asked), security(("key" = ["read"])),
    responses((status = 200, description = "Sums, newest or dearest first", body = Page<Usage>), Refusals))]
pub async fn get(
    Reader(caller): Reader,
    State(state): State<ApiState>,
    Query(asked): Query<Asked>,
) -> Result<Json<Page<Usage>>, Problem> {
    let days = asked.days.unwrap_or(30);
    let zone = asked.zone_minutes.unwrap_or(ZONE_MINUTES);
    if days == 0 || days > DAYS_MAX || !(-840..=840).contains(&zone) {
        return Err(Problem::bad(both!(
            "`days` vai de 1 a {DAYS_MAX}, e `zone_minutes` de -840 a 840.",
            "`days` goes from 1 to {DAYS_MAX}, and `zone_minutes` from -840 to 840."
        )));
    }
    let now = state.now();
    let shift = Span::minutes(zone).as_micros();
    let today = (now.micros() + shift).div_euclid(Span::days(1).as_micros());
    let first = (today - i64::from(days) + 1) * Span::days(1).as_micros() - shift;
    let time = (Time(first), now + Span::secs(1));
    let by = match asked.by {
        By::Day => UsageBy::Day(shift),
        By::Assistant => UsageBy::Assistant,
        By::Provider => UsageBy::Provider,
    };
    let rows = state
        .store()
        .model_usage(caller.workspace, time, by)
        .await?;
    let book = money::book(state.store(), caller.workspace).await?;
    let rate = book.micro_brl_per_usd;
    Ok(Json(Page {
        items: rows.into_iter().map(|row| shown(row, rate)).collect(),
        next: None,
    }))
}

fn shown(row: UsageRow, micro_brl_per_usd: Option<u64>) -> Usage {
    let model = row.provider.zip(row.model);
    let group = match (row.day, model) {
        (Some(days), _) => day(days),
        (None, Some((provider, model))) => format!("{provider}/{model}"),
        (None, None) => row.assistant.map_or(String::new(), |id| id.0.to_string()),
    };
    Usage {
        group,
        calls: row.calls,
        failed: row.failed,
        tokens_in: row.tokens_in,
        tokens_out: row.tokens_out,
        cached: row.cached,
        cost_micro_usd: row.cost,
        cost_micro_brl: micro_brl_per_usd.map(|rate| in_brl(row.cost, rate)),
        unpriced: row.unpriced,
    }
}

/// `2026-11-20`, from days since 1970.
fn day(days: i64) -> String {
    let shown = crate::api::time::show(Time(days * Span::days(1).as_micros()));
    shown.chars().take(10).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ponte_core::ids::AssistantId;
    use uuid::Uuid;

    fn row() -> UsageRow {
        UsageRow {
            day: None,
            assistant: None,
            provider: None,
            model: None,
            calls: 3,
            failed: 1,
            tokens_in: 10,
            tokens_out: 1,
            cached: 0,
            cost: 12,
            unpriced: 1,
        }
    }

    #[test]
    fn a_group_is_named_by_what_it_is_made_of() {
        let name = |row: UsageRow| shown(row, None).group;
        assert_eq!(name(row()), "", "calls of no assistant");
        let id = AssistantId(Uuid::from_u128(1));
        let of_assistant = UsageRow {
            assistant: Some(id),
            ..row()
        };
        assert_eq!(name(of_assistant), id.0.to_string());
        let of_day = UsageRow {
            day: Some(20_000),
            ..row()
        };
        assert_eq!(name(of_day), "2024-10-04");
        let of_model = UsageRow {
            provider: Some("main".into()),
            model: Some("a".into()),
            ..row()
        };
        assert_eq!(name(of_model), "main/a");
    }

    #[test]
    fn reais_are_shown_where_a_dollar_has_a_price() {
        assert_eq!(shown(row(), None).cost_micro_brl, None);
        assert_eq!(shown(row(), Some(5_000_000)).cost_micro_brl, Some(60));
    }
}
