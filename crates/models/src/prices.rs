//! What tokens cost: a dated table that people may correct, and money that is never a float.
//!
//! In: provider kind, model, usage. Out: [`Cost`] in micro-units of US dollars, rounded up; or that it is not
//! known, which is never taken for zero. A workspace's own table comes first, then the one in the program.
//! Prices are per million tokens, in micro-dollars: 0.25 US$ is 250,000. Absent: discounts for batches and
//! contracts, which a person writes as a price of their own. Next: `prices.json`.

use crate::reply::Usage;
use serde::{Deserialize, Serialize};

const BUILT_IN: &str = include_str!("prices.json");
/// Tokens that a price is for.
const PER: u64 = 1_000_000;
/// Lines a workspace's own table may have: more than all models of all providers one would use.
pub const PRICES_MAX: usize = 1_000;

/// A list of prices.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    /// What a person should know of the list.
    #[serde(default)]
    pub note: String,
    pub prices: Vec<Price>,
}

/// The price of a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// The dialect's word, or a provider's name in the workspace; `*`: any.
    pub provider: String,
    /// A model's name; with `*` at its end, all that begin so. The longest that fits counts.
    pub model: String,
    /// Micro-dollars per million tokens that go in.
    pub input: u64,
    /// Per million that come out; absent for embeddings.
    #[serde(default)]
    pub output: u64,
    /// Per million that the provider had read before; absent: as much as the others.
    #[serde(default)]
    pub cached: Option<u64>,
    /// The day on which somebody last saw this price, `YYYY-MM-DD`.
    pub seen: String,
}

/// What a call cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    Known(u64),
    /// No price for this model, or the provider did not count.
    Unknown,
}

impl Cost {
    #[must_use]
    pub fn micro_usd(self) -> Option<u64> {
        match self {
            Cost::Known(micro) => Some(micro),
            Cost::Unknown => None,
        }
    }
}

/// A list is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PricesError {
    #[error("not a list of prices: {0}")]
    Json(String),
    #[error("more than {PRICES_MAX} prices")]
    TooMany,
    #[error("the price of {model} has no day in `seen` (YYYY-MM-DD)")]
    Undated { model: String },
    #[error("the name `{model}` may have a `*` at its end only")]
    Star { model: String },
}

impl Prices {
    /// The table in the program.
    ///
    /// # Errors
    /// Never for the committed one, which a test reads.
    pub fn built_in() -> Result<Prices, PricesError> {
        Prices::read(BUILT_IN)
    }

    /// A table somebody wrote.
    ///
    /// # Errors
    /// [`PricesError`], with the line's model where there is one.
    pub fn read(text: &str) -> Result<Prices, PricesError> {
        let read: Prices =
            serde_json::from_str(text).map_err(|error| PricesError::Json(error.to_string()))?;
        if read.prices.len() > PRICES_MAX {
            return Err(PricesError::TooMany);
        }
        for price in &read.prices {
            let model = price.model.clone();
            if !is_day(&price.seen) {
                return Err(PricesError::Undated { model });
            }
            if price.model.trim_end_matches('*').contains('*') {
                return Err(PricesError::Star { model });
            }
        }
        Ok(read)
    }

    /// The price of a model at a provider that goes by any of these names.
    #[must_use]
    pub fn of(&self, providers: &[&str], model: &str) -> Option<&Price> {
        let fits = |price: &&Price| {
            let provider = price.provider == "*" || providers.contains(&price.provider.as_str());
            let named = match price.model.strip_suffix('*') {
                Some(start) => model.starts_with(start),
                None => model == price.model || is_dated(model, &price.model),
            };
            provider && named
        };
        self.prices
            .iter()
            .filter(fits)
            .max_by_key(|price| price.model.trim_end_matches('*').len())
    }
}

/// The price of a model: the workspace's own list before the program's.
#[must_use]
pub fn find<'a>(
    own: &'a Prices,
    built_in: &'a Prices,
    providers: &[&str],
    model: &str,
) -> Option<&'a Price> {
    own.of(providers, model)
        .or_else(|| built_in.of(providers, model))
}

/// What a usage costs, rounded up to a micro-dollar.
#[must_use]
pub fn cost(price: Option<&Price>, usage: &Usage) -> Cost {
    let Some(price) = price else {
        return Cost::Unknown;
    };
    // What is free is free, counted or not.
    if !usage.counted && (price.input > 0 || price.output > 0) {
        return Cost::Unknown;
    }
    let cached = usage.cached.min(usage.tokens_in);
    // Each product fits; what a provider counts and a person writes may be so large that the sum doesn't.
    let of = |tokens: u64, price: u64| u128::from(tokens) * u128::from(price);
    let sum = of(usage.tokens_in - cached, price.input)
        .saturating_add(of(cached, price.cached.unwrap_or(price.input)))
        .saturating_add(of(usage.tokens_out, price.output));
    Cost::Known(u64::try_from(sum.div_ceil(u128::from(PER))).unwrap_or(u64::MAX))
}

/// The most a call may cost, to be reserved before it: nothing is cached, and the answer is as long as it may be.
#[must_use]
pub fn at_most(price: Option<&Price>, tokens_in: u64, tokens_out: u64) -> Cost {
    let usage = Usage {
        tokens_in,
        tokens_out,
        cached: 0,
        counted: true,
    };
    cost(price, &usage)
}

/// Micro-dollars in micro-reais, at a rate in micro-reais per dollar, rounded up.
#[must_use]
pub fn in_brl(micro_usd: u64, micro_brl_per_usd: u64) -> u64 {
    let sum = u128::from(micro_usd) * u128::from(micro_brl_per_usd);
    u64::try_from(sum.div_ceil(1_000_000)).unwrap_or(u64::MAX)
}

/// Whether the model that says it answered is the one that was asked: by name, as one of a day, or with what some
/// servers put around it (`models/…`, `…:latest`).
#[must_use]
pub fn is_same_model(asked: &str, said: &str) -> bool {
    let bare = |name: &str| {
        let name = name.rsplit('/').next().unwrap_or(name);
        name.strip_suffix(":latest")
            .unwrap_or(name)
            .to_ascii_lowercase()
    };
    let (asked, said) = (bare(asked), bare(said));
    asked == said || is_dated(&said, &asked) || is_dated(&asked, &said)
}

/// `gpt-5-mini-2025-08-07` is `gpt-5-mini` of a day; `claude-haiku-4-5-20251001` too.
fn is_dated(model: &str, name: &str) -> bool {
    let Some(day) = model
        .strip_prefix(name)
        .and_then(|rest| rest.strip_prefix('-'))
    else {
        return false;
    };
    is_day(day) || (day.len() == 8 && day.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_day(text: &str) -> bool {
    let shape = text.len() == 10
        && text.bytes().enumerate().all(|(n, byte)| match n {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    let within = |part: &str, most: u8| part.parse().is_ok_and(|n: u8| (1..=most).contains(&n));
    shape && within(&text[5..7], 12) && within(&text[8..10], 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(tokens_in: u64, tokens_out: u64, cached: u64) -> Usage {
        Usage {
            tokens_in,
            tokens_out,
            cached,
            counted: true,
        }
    }

    #[test]
    fn the_committed_table_is_dated_and_has_no_line_twice() {
        let table = Prices::built_in().unwrap();
        assert!(!table.note.is_empty() && table.prices.len() >= 15);
        for (at, price) in table.prices.iter().enumerate() {
            for other in &table.prices[..at] {
                assert_ne!(
                    (&other.provider, &other.model),
                    (&price.provider, &price.model)
                );
            }
            assert!(
                price.cached.is_none_or(|cached| cached <= price.input),
                "{}",
                price.model
            );
            // A slip of three digits is the likeliest mistake here.
            assert!(
                price.input <= 200_000_000 && price.output <= 800_000_000,
                "{}",
                price.model
            );
        }
    }

    #[test]
    fn an_invoice_adds_up_and_rounds_up() {
        let table = Prices::built_in().unwrap();
        let mini = table.of(&["openai"], "gpt-4o-mini").unwrap();
        // 1,000 in of which 400 cached, 200 out: 600 × 0.15 + 400 × 0.075 + 200 × 0.60 per million.
        assert_eq!(cost(Some(mini), &used(1_000, 200, 400)), Cost::Known(240));
        assert_eq!(cost(Some(mini), &used(1, 0, 0)), Cost::Known(1));
        assert_eq!(at_most(Some(mini), 1_000, 200), Cost::Known(270));
        assert_eq!(in_brl(240, 5_400_000), 1_296);
        assert_eq!(in_brl(1, 1), 1);
        let most = used(u64::MAX, u64::MAX, 0);
        assert!(
            cost(Some(mini), &most).micro_usd() > Some(u64::MAX / 2),
            "no overflow"
        );
    }

    #[test]
    fn what_is_not_known_is_not_zero() {
        let table = Prices::built_in().unwrap();
        assert_eq!(table.of(&["openai"], "gpt-of-tomorrow"), None);
        assert_eq!(cost(None, &used(1, 1, 0)), Cost::Unknown);
        let mini = table.of(&["openai"], "gpt-4o-mini");
        assert_eq!(
            cost(mini, &Usage::default()),
            Cost::Unknown,
            "the provider did not count"
        );
        let own_machine = table.of(&["ollama"], "llama3.2:1b");
        assert_eq!(cost(own_machine, &Usage::default()), Cost::Known(0));
    }

    #[test]
    fn days_of_a_model_have_its_price_and_other_models_don_t() {
        let table = Prices::built_in().unwrap();
        let mini = table.of(&["openai"], "gpt-5-mini").unwrap();
        assert_eq!(table.of(&["openai"], "gpt-5-mini-2025-08-07"), Some(mini));
        assert_ne!(table.of(&["openai"], "gpt-5"), Some(mini));
        assert_eq!(table.of(&["openai"], "gpt-5-mini-search"), None);
        assert_eq!(table.of(&["anthropic"], "gpt-5-mini"), None);
        assert!(
            table
                .of(&["anthropic"], "claude-haiku-4-5-20251001")
                .is_some()
        );
    }

    #[test]
    fn a_model_is_known_again_by_what_its_server_calls_it() {
        for (asked, said) in [
            ("gpt-5-mini", "gpt-5-mini-2025-08-07"),
            ("claude-haiku-4-5-20251001", "claude-haiku-4-5"),
            ("llama3", "llama3:latest"),
            ("gemini-2.5-flash", "models/gemini-2.5-flash"),
            ("Qwen/Qwen3-8B", "qwen3-8b"),
        ] {
            assert!(is_same_model(asked, said), "{asked} {said}");
        }
        for (asked, said) in [
            ("gpt-5", "gpt-5-mini"),
            ("gpt-5-mini", "gpt-5"),
            ("a", "a-next"),
        ] {
            assert!(!is_same_model(asked, said), "{asked} {said}");
        }
    }

    #[test]
    fn a_workspace_has_the_last_word() {
        let own = r#"{"prices": [{"provider": "our-gpu", "model": "*", "input": 5, "output": 7, "seen": "2026-01-31"},
            {"provider": "*", "model": "gpt-5*", "input": 1, "output": 1, "seen": "2026-01-31"}]}"#;
        let own = Prices::read(own).unwrap();
        let built_in = Prices::built_in().unwrap();
        let input =
            |providers: &[&str], model| find(&own, &built_in, providers, model).map(|p| p.input);
        assert_eq!(input(&["openai"], "gpt-5-mini"), Some(1));
        assert_eq!(input(&["openai", "our-gpu"], "qwen"), Some(5));
        assert_eq!(input(&["openai"], "gpt-4o-mini"), Some(150_000));
    }

    #[test]
    fn a_list_that_is_none_is_refused_with_what_is_wrong() {
        let one = |model: &str, seen: &str| {
            format!(
                r#"{{"prices": [{{"provider": "x", "model": "{model}", "input": 1, "seen": "{seen}"}}]}}"#
            )
        };
        assert!(Prices::read(&one("m", "2026-02-28")).is_ok());
        for seen in [
            "",
            "2026",
            "2026-13-01",
            "2026-00-10",
            "2026-01-32",
            "01/02/2026",
            "aaaa-bb-cc",
        ] {
            let refused = Prices::read(&one("m", seen)).unwrap_err();
            assert_eq!(
                refused,
                PricesError::Undated { model: "m".into() },
                "{seen}"
            );
        }
        assert!(matches!(
            Prices::read(&one("a*b", "2026-01-01")),
            Err(PricesError::Star { .. })
        ));
        assert!(matches!(Prices::read("[]"), Err(PricesError::Json(_))));
        let many = Prices {
            note: String::new(),
            prices: vec![
                Prices::read(&one("m", "2026-01-01")).unwrap().prices[0].clone();
                PRICES_MAX + 1
            ],
        };
        let many = serde_json::to_string(&many).unwrap();
        assert_eq!(Prices::read(&many), Err(PricesError::TooMany));
    }
}
