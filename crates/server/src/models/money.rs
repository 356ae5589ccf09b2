//! What calls cost: reserved before, settled after, written into the ledger; and the prices they are counted with.
//!
//! In: whose call it is, what it may take, what it took. Out: a reservation, or [`Kind::Budget`]; a row of the ledger.
//! A price nobody knows is written as unknown; budgets count such a call at the dearest price of the program's
//! table, so that an unknown price can't empty an account unseen. Absent: what happens when a budget is empty (the
//! router's), exchange rates of the day. Next: `ponte_models::prices`.

use super::provider::of_store;
use super::{Models, Whose};
use ponte_core::ids::WorkspaceId;
use ponte_core::time::{Span, Time};
use ponte_models::prices::{self, Cost, Price, PricesError};
use ponte_models::trouble::{Kind, Trouble};
use ponte_models::{Target, Usage};
use ponte_store::rows::models::ModelCallRow;
use ponte_store::{Commit, Refused, Store, StoreError};
use serde::{Deserialize, Serialize};
use std::sync::OnceLock;
use uuid::Uuid;

/// A call that says nothing for this long after its end is over: its process died.
const HOLD_BEYOND: Span = Span::secs(60);
/// The kind of the document that holds a workspace's own prices.
pub const DOCUMENT: &str = "model_prices";

/// A workspace's own prices, and what a dollar costs it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PriceBook {
    pub prices: Vec<Price>,
    /// Micro-reais per dollar; absent: costs are shown in dollars only.
    pub micro_brl_per_usd: Option<u64>,
}

impl PriceBook {
    /// What a person wrote, held to its limits.
    ///
    /// # Errors
    /// [`PricesError`].
    pub fn check(&self) -> Result<(), PricesError> {
        let list = prices::Prices {
            note: String::new(),
            prices: self.prices.clone(),
        };
        let text = serde_json::to_string(&list).unwrap_or_default();
        prices::Prices::read(&text).map(|_| ())
    }
}

/// Prices of the program and of workspaces.
pub(super) struct Prices {
    store: Store,
    built_in: OnceLock<prices::Prices>,
}

/// The price that a call is counted with.
#[derive(Clone, Debug)]
pub(super) struct Counted {
    known: Option<Price>,
    dearest: Price,
}

impl Prices {
    pub(super) fn new(store: Store) -> Prices {
        Prices {
            store,
            built_in: OnceLock::new(),
        }
    }

    fn built_in(&self) -> &prices::Prices {
        // A test reads the committed table; an empty one would make every price unknown.
        self.built_in
            .get_or_init(|| prices::Prices::built_in().unwrap_or_default())
    }

    async fn of(
        &self,
        workspace: WorkspaceId,
        provider: &str,
        target: &Target,
    ) -> Result<Counted, StoreError> {
        let own = book(&self.store, workspace).await?;
        let own = prices::Prices {
            note: String::new(),
            prices: own.prices,
        };
        let names = [provider, target.dialect.word()];
        let built_in = self.built_in();
        let most = |of: fn(&Price) -> u64| built_in.prices.iter().map(of).max().unwrap_or(0);
        Ok(Counted {
            known: prices::find(&own, built_in, &names, &target.model).cloned(),
            dearest: Price {
                provider: "*".into(),
                model: "*".into(),
                input: most(|price| price.input),
                output: most(|price| price.output),
                cached: None,
                seen: String::new(),
            },
        })
    }
}

/// A workspace's own prices.
///
/// # Errors
/// The store's.
pub async fn book(store: &Store, workspace: WorkspaceId) -> Result<PriceBook, StoreError> {
    let kept = store.document(workspace, DOCUMENT, Uuid::nil()).await?;
    Ok(kept
        .and_then(|row| serde_json::from_value(row.body).ok())
        .unwrap_or_default())
}

/// A call that is reserved for.
pub(super) struct Reserved {
    id: Uuid,
    counted: Counted,
    amount: u64,
    began: Time,
}

/// What a call took.
pub(super) enum Took {
    /// The provider counted, or said that it did not count.
    Usage(Usage),
    /// Nothing: it was refused, or never sent.
    Nothing,
    /// Nobody knows: what was reserved counts as spent.
    Unknown,
}

impl Counted {
    fn at_most(&self, tokens_in: u64, tokens_out: u64) -> u64 {
        let price = self.known.as_ref().unwrap_or(&self.dearest);
        let most = prices::at_most(Some(price), tokens_in, tokens_out);
        most.micro_usd().unwrap_or(u64::MAX)
    }

    /// What the ledger says, and what the budgets count.
    fn settled(&self, took: &Took, reserved: u64) -> (Cost, u64) {
        match took {
            Took::Nothing => (Cost::Known(0), 0),
            Took::Unknown => (Cost::Unknown, reserved),
            Took::Usage(usage) => match prices::cost(self.known.as_ref(), usage) {
                known @ Cost::Known(micro) => (known, micro),
                Cost::Unknown if usage.counted => {
                    let spent = self.at_most(usage.tokens_in, usage.tokens_out);
                    (Cost::Unknown, spent)
                }
                Cost::Unknown => (Cost::Unknown, reserved),
            },
        }
    }
}

impl Models {
    /// Reserves what a call may cost, in all budgets or in none.
    pub(super) async fn reserve(
        &self,
        whose: &Whose,
        provider: &str,
        target: &Target,
        (tokens_in, tokens_out): (u64, u64),
        until: Time,
    ) -> Result<Reserved, Trouble> {
        let Models(inner) = self;
        let counted = inner.prices.of(whose.workspace, provider, target).await;
        let counted = counted.map_err(|error| of_store(&error))?;
        let began = inner.env.clock.now();
        let reserved = Reserved {
            id: inner.env.ids.next(began),
            amount: counted
                .at_most(tokens_in, tokens_out)
                .min(i64::MAX.unsigned_abs() / 4),
            counted,
            began,
        };
        if whose.budgets.is_empty() {
            return Ok(reserved);
        }
        let ttl = (until - began) + HOLD_BEYOND;
        let mut commit = Commit::new();
        let time = (began, ttl.as_micros());
        commit.reserve(
            whose.workspace,
            reserved.id,
            &whose.budgets,
            reserved.amount,
            time,
        );
        let stored = inner.store.commit(commit).await;
        match stored.map_err(|error| of_store(&error))?.refused {
            None => Ok(reserved),
            Some(Refused::Budget) => Err(self.which(whose, reserved.amount).await),
            Some(_) => Err(Trouble::coded(Kind::Ours, "reserve")),
        }
    }

    /// The first budget without room, by its name.
    async fn which(&self, whose: &Whose, amount: u64) -> Trouble {
        let rows = self.0.store.budgets(whose.workspace, &whose.budgets).await;
        let full = rows
            .unwrap_or_default()
            .into_iter()
            .zip(&whose.budgets)
            .find(|(row, budget)| {
                let used = row
                    .as_ref()
                    .map_or(0, |row| row.spent.saturating_add(row.reserved));
                used.saturating_add(amount) > budget.cap
            });
        let word = full.map_or("unknown", |(_, budget)| budget.scope.word());
        Trouble::coded(Kind::Budget, word)
    }

    /// Settles a reservation and writes the call down, in one commit. What it cost.
    pub(super) async fn settle(
        &self,
        whose: &Whose,
        (provider, target, answered): (&str, &Target, &str),
        reserved: Reserved,
        took: &Took,
        trouble: Option<&Trouble>,
    ) -> Cost {
        let Models(inner) = self;
        let (cost, spent) = reserved.counted.settled(took, reserved.amount);
        let now = inner.env.clock.now();
        let usage = match took {
            Took::Usage(usage) => *usage,
            Took::Nothing | Took::Unknown => Usage::default(),
        };
        let outcome = trouble.map_or("ok", |trouble| trouble.kind.row().word);
        let row = ModelCallRow {
            id: reserved.id,
            workspace: whose.workspace,
            conversation: whose.conversation,
            assistant: whose.assistant,
            provider: provider.to_owned(),
            model: target.model.clone(),
            answered: answered.to_owned(),
            purpose: whose.purpose.to_owned(),
            tokens_in: usage.tokens_in,
            tokens_out: usage.tokens_out,
            cached: usage.cached,
            cost: cost.micro_usd(),
            latency_us: u64::try_from((now - reserved.began).as_micros()).unwrap_or(0),
            outcome: outcome.to_owned(),
            at: reserved.began,
        };
        let mut commit = Commit::new();
        if !whose.budgets.is_empty() {
            commit.settle(whose.workspace, reserved.id, &whose.budgets, spent, now);
        }
        commit.add_model_call(&row);
        metrics::counter!("ponte_model_calls_total", "outcome" => outcome).increment(1);
        metrics::counter!("ponte_model_tokens_total", "way" => "in").increment(usage.tokens_in);
        metrics::counter!("ponte_model_tokens_total", "way" => "out").increment(usage.tokens_out);
        if let Err(error) = inner.store.commit(commit).await {
            // The answer is there and is used; the reservation ends by itself.
            tracing::warn!(%error, "a model call could not be written into the ledger");
        }
        cost
    }
}

/// Costs of several attempts: unknown if one is.
pub(super) fn sum(one: Cost, other: Cost) -> Cost {
    match (one, other) {
        (Cost::Known(one), Cost::Known(other)) => Cost::Known(one.saturating_add(other)),
        (Cost::Unknown, _) | (_, Cost::Unknown) => Cost::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(input: u64, output: u64) -> Price {
        Price {
            provider: "*".into(),
            model: "*".into(),
            input,
            output,
            cached: None,
            seen: "2026-01-01".into(),
        }
    }

    fn used(counted: bool) -> Took {
        Took::Usage(Usage {
            tokens_in: 1_000_000,
            tokens_out: 0,
            cached: 0,
            counted,
        })
    }

    #[test]
    fn what_is_known_is_counted_so_and_what_is_not_is_counted_dear() {
        let known = Counted {
            known: Some(price(5, 5)),
            dearest: price(900, 900),
        };
        let unknown = Counted {
            known: None,
            ..known.clone()
        };
        assert_eq!(
            (known.at_most(1_000_000, 0), unknown.at_most(1_000_000, 0)),
            (5, 900)
        );
        assert_eq!(known.settled(&used(true), 7), (Cost::Known(5), 5));
        assert_eq!(unknown.settled(&used(true), 7), (Cost::Unknown, 900));
        assert_eq!(known.settled(&used(false), 7), (Cost::Unknown, 7));
        assert_eq!(known.settled(&Took::Unknown, 7), (Cost::Unknown, 7));
        assert_eq!(unknown.settled(&Took::Nothing, 7), (Cost::Known(0), 0));
    }

    #[test]
    fn a_sum_with_an_unknown_part_is_unknown() {
        assert_eq!(sum(Cost::Known(2), Cost::Known(3)), Cost::Known(5));
        assert_eq!(sum(Cost::Known(2), Cost::Unknown), Cost::Unknown);
    }

    #[test]
    fn a_book_of_prices_is_checked() {
        let good = PriceBook {
            prices: vec![price(1, 1)],
            micro_brl_per_usd: Some(5_400_000),
        };
        assert!(good.check().is_ok());
        let mut undated = good;
        undated.prices[0].seen = String::new();
        assert!(undated.check().is_err());
    }
}
