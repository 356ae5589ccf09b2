//! Asks language models: whom, how long, for how much, and what is done when it fails.
//!
//! In: a [`Question`] with a chain of providers, budgets and a deadline. Out: [`Answered`], whole and checked, or
//! [`Failed`] with every attempt. A provider is asked through [`crate::egress`] with bounds for its first byte and
//! its end, no more calls at once than it may have, and not while it rests; what a call may cost is reserved before
//! it and settled after; each call is a row of the ledger. Answers are read piece by piece, so that a cut is seen
//! early, and only whole ones leave. Absent: what is asked (assistants), and the protocols (`ponte_models`). Next:
//! [`ask`], [`provider`], [`money`].

pub mod ask;
mod call;
pub mod embed;
mod lines;
pub mod manage;
pub mod money;
pub mod probe;
pub mod provider;

use crate::env::Env;
use crate::vault::Vault;
use lines::Lines;
use money::Prices;
use ponte_core::ids::{AssistantId, ConversationId, WorkspaceId};
use ponte_core::time::Time;
use ponte_models::Request;
use ponte_models::check::Checked;
use ponte_models::prices::Cost;
use ponte_models::trouble::Trouble;
use ponte_store::Store;
use ponte_store::rows::models::Budget;
use std::sync::Arc;

/// The room. Cheap to clone.
#[derive(Clone)]
pub struct Models(Arc<Inner>);

struct Inner {
    store: Store,
    env: Env,
    vault: Vault,
    lines: Lines,
    prices: Prices,
}

/// Whom to ask: a provider by its name, and one of its models; an empty model is the provider's first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub provider: String,
    pub model: String,
}

/// Whose question it is: what the ledger and the budgets know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whose {
    pub workspace: WorkspaceId,
    pub conversation: Option<ConversationId>,
    pub assistant: Option<AssistantId>,
    /// What it is for: `answer`, `summary`, `eval`, …
    pub purpose: &'static str,
    /// All of them must have room.
    pub budgets: Vec<Budget>,
}

/// Says whether a text is in the language that was wished.
pub type Fluent = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// One question.
#[derive(Clone)]
pub struct Question {
    pub whose: Whose,
    /// In the order in which they are asked. Empty: every enabled provider, by name.
    pub chain: Vec<Link>,
    pub request: Request,
    /// The turn must have its answer by then.
    pub deadline: Time,
    pub fluent: Option<Fluent>,
}

/// A whole, checked answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    pub checked: Checked,
    pub provider: String,
    pub model: String,
    /// The provider says that another model answered than was asked.
    pub renamed: bool,
    /// Of all attempts together; unknown if one of them is.
    pub cost: Cost,
    /// Attempts that failed before.
    pub failed: Vec<Told>,
}

/// No answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Failed {
    /// The last trouble, or why nobody was asked any more.
    pub trouble: Trouble,
    pub failed: Vec<Told>,
    pub cost: Cost,
}

/// An attempt that failed, for the explanation of a turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub provider: String,
    pub model: String,
    pub trouble: Trouble,
}

impl Models {
    #[must_use]
    pub fn new(store: Store, env: Env, vault: Vault) -> Models {
        let prices = Prices::new(store.clone());
        Models(Arc::new(Inner {
            store,
            env,
            vault,
            lines: Lines::default(),
            prices,
        }))
    }

    /// Seals and opens the keys of providers.
    #[must_use]
    pub fn vault(&self) -> &Vault {
        &self.0.vault
    }
}
