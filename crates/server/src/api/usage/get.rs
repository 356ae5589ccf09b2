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
use ponte_store::rows::models::UsageRow;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
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
    let rows = state
        .store()
        .model_usage(caller.workspace, time, shift)
        .await?;
    let book = money::book(state.store(), caller.workspace).await?;
    Ok(Json(Page {
        items: sums(&rows, asked.by, book.micro_brl_per_usd),
        next: None,
    }))
}

fn sums(rows: &[UsageRow], by: By, micro_brl_per_usd: Option<u64>) -> Vec<Usage> {
    let mut groups: BTreeMap<String, Usage> = BTreeMap::new();
    for row in rows {
        let group = match by {
            By::Day => day(row.day),
            By::Assistant => row.assistant.map_or(String::new(), |id| id.0.to_string()),
            By::Provider => format!("{}/{}", row.provider, row.model),
        };
        let sum = groups.entry(group).or_default();
        sum.calls += row.calls;
        sum.failed += row.failed;
        sum.tokens_in += row.tokens_in;
        sum.tokens_out += row.tokens_out;
        sum.cached += row.cached;
        sum.cost_micro_usd += row.cost;
        sum.unpriced += row.unpriced;
    }
    let mut items: Vec<Usage> = groups
        .into_iter()
        .map(|(group, sum)| Usage {
            cost_micro_brl: micro_brl_per_usd.map(|rate| in_brl(sum.cost_micro_usd, rate)),
            group,
            ..sum
        })
        .collect();
    match by {
        By::Day => items.reverse(),
        By::Assistant | By::Provider => {
            items.sort_by_key(|item| std::cmp::Reverse(item.cost_micro_usd));
        }
    }
    items
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

    fn row(day: i64, model: &str, cost: u64, unpriced: u64) -> UsageRow {
        UsageRow {
            day,
            assistant: (cost > 5).then(|| AssistantId(Uuid::from_u128(1))),
            provider: "main".into(),
            model: model.into(),
            calls: 1 + unpriced,
            failed: 0,
            tokens_in: 10,
            tokens_out: 1,
            cached: 0,
            cost,
            unpriced,
        }
    }

    #[test]
    fn the_same_calls_are_added_up_by_what_is_asked() {
        let rows = [
            row(20_000, "a", 9, 0),
            row(20_000, "b", 3, 1),
            row(19_999, "a", 4, 0),
        ];
        let days = sums(&rows, By::Day, Some(5_000_000));
        assert_eq!(days.len(), 2);
        assert_eq!(
            (days[0].group.as_str(), days[0].cost_micro_usd),
            ("2024-10-04", 12)
        );
        assert_eq!(
            (days[0].unpriced, days[0].calls, days[0].cost_micro_brl),
            (1, 3, Some(60))
        );
        let models = sums(&rows, By::Provider, None);
        assert_eq!(
            (models[0].group.as_str(), models[0].cost_micro_usd),
            ("main/a", 13)
        );
        assert_eq!(models[0].cost_micro_brl, None);
        let assistants = sums(&rows, By::Assistant, None);
        assert_eq!((assistants.len(), assistants[1].group.as_str()), (2, ""));
    }
}
