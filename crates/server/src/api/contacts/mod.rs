//! Contacts: people who write to the business.
//!
//! In: requests of one workspace. Out: names and what the provider calls them. Absent: changing them
//! (with the console). Next: `list.rs`.

pub mod get;
pub mod list;

use crate::api::time::show;
pub use ponte_core::fold::fold;
use ponte_store::rows::contact::ContactRow;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A person.
#[derive(Debug, Serialize, ToSchema)]
pub struct Contact {
    pub id: Uuid,
    pub name: String,
    /// Digits as the provider gave them; some people hide their number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wa_id: Option<String>,
    /// The business-scoped user id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    pub created: String,
    pub updated: String,
    /// This contact turned out to be another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<Uuid>,
}

/// The view of a row.
#[must_use]
pub fn view(row: ContactRow) -> Contact {
    Contact {
        id: row.id.0,
        name: row.name,
        wa_id: row.person.wa_id,
        user_id: row.person.bsuid,
        username: row.person.username,
        created: show(row.created),
        updated: show(row.updated),
        merged_into: row.merged_into.map(|id| id.0),
    }
}
