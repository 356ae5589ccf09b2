//! A provider as the API shows it. Its key is a mask.
//!
//! In: the store's row. Out: a [`ModelProvider`]. Absent: the key. Next: `list.rs`.

use crate::api::problem::Problem;
use crate::api::time::show;
use crate::models::Models;
use crate::models::manage::Refusal;
use crate::models::provider::{Bounds, Settings};
use ponte_models::Quirks;
use ponte_store::rows::models::ProviderRow;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A provider of language models.
#[derive(Debug, Serialize, ToSchema)]
pub struct ModelProvider {
    pub id: Uuid,
    /// What chains call it.
    pub name: String,
    /// `openai`, `anthropic`, `gemini` or `ollama`.
    pub kind: String,
    /// Where it is.
    pub base: String,
    /// Models that may be asked; the first unless another is named.
    pub models: Vec<String>,
    pub embed_model: Option<String>,
    /// How its server differs from its kind.
    #[schema(value_type = Object)]
    pub quirks: Quirks,
    pub limits: Bounds,
    /// The key's end, such as `…abcd`; absent: it has none.
    pub key: Option<String>,
    /// Whether the key opens with this server's master key; absent: it has none.
    pub key_opens: Option<bool>,
    pub enabled: bool,
    /// Give it back with a change.
    pub revision: u64,
    pub created: String,
    pub updated: String,
}

/// The view of a row. Settings that can't be read are shown empty.
#[must_use]
pub fn view(models: &Models, row: &ProviderRow) -> ModelProvider {
    let settings: Settings = serde_json::from_value(row.settings.clone()).unwrap_or_default();
    ModelProvider {
        id: row.id,
        name: row.name.clone(),
        kind: row.dialect.clone(),
        base: row.base.clone(),
        models: settings.models,
        embed_model: settings.embed_model,
        quirks: settings.quirks,
        limits: settings.limits,
        key: row.sealed.is_some().then(|| row.hint.clone()),
        key_opens: models.key_opens(row),
        enabled: row.enabled,
        revision: row.revision,
        created: show(row.created),
        updated: show(row.updated),
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Problem {
        match refusal {
            Refusal::Wrong(why) => Problem::bad(why),
            Refusal::Missing => Problem::not_found(),
            Refusal::Changed => Problem::changed(),
            Refusal::Store(error) => error.into(),
        }
    }
}
