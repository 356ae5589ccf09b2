//! What the API shows of assistants, and how their refusals are told.
//!
//! In: what `workspace::versions` holds. Out: shapes, and [`Problem`]s. Absent: routes.

use crate::api::ApiState;
use crate::api::caller::Caller;
use crate::api::problem::Problem;
use crate::api::time::show;
use crate::both;
use crate::words::{Both, Lang};
use crate::workspace::kept::KeptError;
use crate::workspace::trouble::Trouble;
use crate::workspace::versions::{self, Held, VersionError};
use ponte_core::ids::AssistantId;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Lines of what is wrong that a refusal repeats.
const LINES: usize = 20;

/// An assistant as it is in force.
#[derive(Debug, Serialize, ToSchema)]
pub struct Assistant {
    pub id: Uuid,
    /// The name of its file in `assistants/`, without `.yaml`.
    pub key: String,
    pub name: String,
    /// Off: every message goes to the queue.
    pub enabled: bool,
    /// A change names the revision that it was made from.
    pub revision: u64,
    pub updated: String,
    /// What is being prepared beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub draft: Option<AssistantDraft>,
}

/// A file that is not in force yet.
#[derive(Debug, Serialize, ToSchema)]
pub struct AssistantDraft {
    pub revision: u64,
    /// The published revision that it was made from: another one since then must be looked at first.
    pub based_on: u64,
    pub updated: String,
}

#[must_use]
pub fn view(held: &Held) -> Assistant {
    let draft = held.draft.as_ref().map(|draft| AssistantDraft {
        revision: draft.revision,
        based_on: draft.based_on,
        updated: show(draft.updated),
    });
    Assistant {
        id: held.id.0,
        key: held.key.clone(),
        name: held.assistant.name.clone(),
        enabled: held.assistant.enabled,
        revision: held.revision,
        updated: show(held.updated),
        draft,
    }
}

/// The caller's assistant of that id.
///
/// # Errors
/// 404 where this workspace has none, and the store's.
pub async fn find(state: &ApiState, caller: Caller, id: AssistantId) -> Result<Held, Problem> {
    let all = versions::list(state.store(), caller.workspace).await;
    let found = all.map_err(told)?.into_iter().find(|held| held.id == id);
    found.ok_or_else(Problem::not_found)
}

/// How a refusal is told.
#[must_use]
pub fn told(error: VersionError) -> Problem {
    match error {
        VersionError::NotThere => Problem::not_found(),
        VersionError::Changed => Problem::changed(),
        VersionError::Kept(KeptError::Store(error)) => error.into(),
        VersionError::Kept(KeptError::Wrong(troubles)) => Problem::bad(listed(&troubles)),
        VersionError::Kept(KeptError::Dangling(_) | KeptError::Unreadable { .. }) => {
            Problem::conflict(
                "names-what-is-gone",
                both!(
                    "Esta versão cita uma equipe ou um assistente que não existe mais.",
                    "This version names a team or an assistant that is gone."
                ),
                both!(
                    "Traga-os de volta com `ponte apply`, ou escolha outra versão.",
                    "Bring them back with `ponte apply`, or choose another version."
                ),
            )
        }
    }
}

/// What is wrong, line by line.
fn listed(troubles: &[Trouble]) -> Both {
    let lines = |lang: Lang| {
        let lines = troubles.iter().take(LINES).map(|one| one.line(lang));
        lines.collect::<Vec<_>>().join("\n")
    };
    Both {
        pt: lines(Lang::Pt),
        en: lines(Lang::En),
    }
}
