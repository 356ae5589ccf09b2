//! Versions of assistants: what was in force before, what is, and what is being prepared.
//!
//! In: the documents that each apply files away, and a draft that is saved beside the published file. Out:
//! versions as texts of `assistants/NAME.yaml`, and [`Plan`]s that publish a draft or bring a version back
//! as a new one. Every change is made through the same checks as `ponte apply`. Absent: who may do it, and
//! whether tests pass (`api/assistants`, `cli/assistant.rs`). Next: `kept.rs`.

use super::convert::{Settings, settings};
use super::kept::{self, KeptError, PAST, Plan};
use super::read::of_files;
use super::trouble::Trouble;
use super::write;
use crate::both;
use ponte_core::book::Assistant;
use ponte_core::ids::{AssistantId, WorkspaceId};
use ponte_core::time::Time;
use ponte_store::rows::workspace::DocumentRow;
use ponte_store::{Commit, Store};
use serde_json::{Value, json};

/// The kind of a draft's document; it has the assistant's id and name.
pub const DRAFT: &str = "assistant_draft";

/// An assistant with everything that is known of it.
#[derive(Clone, Debug)]
pub struct Held {
    pub id: AssistantId,
    /// The file's name without `.yaml`.
    pub key: String,
    /// Of the published version; what a change must be made from.
    pub revision: u64,
    pub updated: Time,
    pub assistant: Assistant,
    pub draft: Option<Draft>,
}

/// A file that is not in force yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    pub text: String,
    /// The published revision that it was made from.
    pub based_on: u64,
    pub revision: u64,
    pub updated: Time,
}

/// One version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    pub revision: u64,
    /// Since when it was in force; unknown for the oldest that is kept.
    pub since: Option<Time>,
    /// Until when; absent: it is in force.
    pub until: Option<Time>,
    /// As `assistants/NAME.yaml`; absent where it names a team or an assistant that is gone.
    pub text: Option<String>,
}

/// Why a change of versions was not made.
#[derive(Debug, thiserror::Error)]
pub enum VersionError {
    #[error(transparent)]
    Kept(#[from] KeptError),
    #[error("there is no such assistant, version or draft")]
    NotThere,
    #[error("somebody changed it meanwhile")]
    Changed,
}

impl From<ponte_store::StoreError> for VersionError {
    fn from(error: ponte_store::StoreError) -> VersionError {
        VersionError::Kept(error.into())
    }
}

/// All assistants of a workspace, by file name.
///
/// # Errors
/// The store's, and for rows that this version can't read.
pub async fn list(store: &Store, workspace: WorkspaceId) -> Result<Vec<Held>, VersionError> {
    let kept = kept::load(store, workspace).await?;
    let assistants = kept.settings()?.assistants;
    let drafts = store.documents(Some(workspace), Some(DRAFT)).await?;
    let held = assistants.into_iter().filter_map(|(key, assistant)| {
        let (revision, updated) = kept.revision(&key)?;
        let draft = drafts.iter().find(|row| row.id == assistant.id.0);
        Some(Held {
            id: assistant.id,
            key,
            revision,
            updated,
            assistant,
            draft: draft.map(read_draft),
        })
    });
    Ok(held.collect())
}

/// The versions of an assistant, newest first; the first is in force.
///
/// # Errors
/// As [`list`].
pub async fn versions(
    store: &Store,
    workspace: WorkspaceId,
    held: &Held,
) -> Result<Vec<Version>, VersionError> {
    let settings = kept::load(store, workspace).await?.settings()?;
    let mut past = past(store, workspace, held.id).await?;
    past.sort_by_key(|(revision, _, _)| *revision);
    let mut all = Vec::with_capacity(past.len() + 1);
    let mut since = None;
    for (revision, until, assistant) in past {
        all.push(Version {
            revision,
            since,
            until: Some(until),
            text: text(&settings, &held.key, assistant),
        });
        since = Some(until);
    }
    all.push(Version {
        revision: held.revision,
        since: since.or(Some(held.updated)),
        until: None,
        text: text(&settings, &held.key, held.assistant.clone()),
    });
    all.reverse();
    Ok(all)
}

/// Saves a draft, if it can be read and checked. `from`: the draft's revision that it replaces, 0: none.
///
/// # Errors
/// [`KeptError::Wrong`] with everything that is wrong in it; `Changed` when another draft is there.
pub async fn save_draft(
    store: &Store,
    workspace: WorkspaceId,
    held: &Held,
    file: &str,
    from: u64,
    at: Time,
) -> Result<(), VersionError> {
    let current = kept::load(store, workspace).await?.settings()?;
    with_file(&current, workspace, &held.key, file).map_err(KeptError::Wrong)?;
    if held.draft.as_ref().map_or(0, |draft| draft.revision) != from {
        return Err(VersionError::Changed);
    }
    let row = DocumentRow {
        workspace,
        kind: DRAFT.into(),
        id: held.id.0,
        name: held.key.clone(),
        body: json!({ "text": file, "based_on": held.revision }),
        revision: 0,
        updated: at,
    };
    let mut commit = Commit::new();
    commit.put_document(&row, from);
    stored(store, commit).await
}

/// Throws a draft away.
///
/// # Errors
/// `NotThere` without one, and the store's.
pub async fn drop_draft(
    store: &Store,
    workspace: WorkspaceId,
    held: &Held,
) -> Result<(), VersionError> {
    let draft = held.draft.as_ref().ok_or(VersionError::NotThere)?;
    let mut commit = Commit::new();
    commit.drop_document(workspace, DRAFT, held.id.0, draft.revision);
    stored(store, commit).await
}

/// The settings as they will be with the draft, and the plan that makes them so and ends the draft.
///
/// # Errors
/// `NotThere` without a draft, `Changed` when something else was published since it was begun.
pub async fn publish(
    store: &Store,
    workspace: WorkspaceId,
    held: &Held,
    at: Time,
) -> Result<(Settings, Plan), VersionError> {
    let draft = held.draft.as_ref().ok_or(VersionError::NotThere)?;
    if draft.based_on != held.revision {
        return Err(VersionError::Changed);
    }
    let kept = kept::load(store, workspace).await?;
    let wanted = with_file(&kept.settings()?, workspace, &held.key, &draft.text);
    let wanted = wanted.map_err(KeptError::Wrong)?;
    let mut plan = kept.plan(workspace, &wanted, at)?;
    plan.commit
        .drop_document(workspace, DRAFT, held.id.0, draft.revision);
    Ok((wanted, plan))
}

/// The settings with an earlier version brought back, and the plan; it becomes a new version.
///
/// # Errors
/// `NotThere` for a version that is not kept; [`KeptError::Dangling`] where it names what is gone.
pub async fn roll_back(
    store: &Store,
    workspace: WorkspaceId,
    held: &Held,
    to: u64,
    at: Time,
) -> Result<(Settings, Plan), VersionError> {
    let past = past(store, workspace, held.id).await?;
    let found = past.into_iter().find(|(revision, _, _)| *revision == to);
    let (_, _, assistant) = found.ok_or(VersionError::NotThere)?;
    let kept = kept::load(store, workspace).await?;
    let mut wanted = kept.settings()?;
    wanted.assistants.insert(held.key.clone(), assistant);
    let plan = kept.plan(workspace, &wanted, at)?;
    Ok((wanted, plan))
}

/// Stores a commit that somebody else's may have overtaken.
///
/// # Errors
/// `Changed` then, and the store's.
pub async fn stored(store: &Store, commit: Commit) -> Result<(), VersionError> {
    match store.commit(commit).await?.refused {
        None => Ok(()),
        Some(_) => Err(VersionError::Changed),
    }
}

/// An assistant's file with another text, checked together with all others.
fn with_file(
    current: &Settings,
    workspace: WorkspaceId,
    key: &str,
    file: &str,
) -> Result<Settings, Vec<Trouble>> {
    let path = format!("assistants/{key}.yaml");
    let mut files = write::files(current).map_err(|dangling| {
        let what = dangling.to_string();
        vec![Trouble::new(
            &path,
            crate::words::Both::same(what),
            both!("Aplique a pasta de novo.", "Apply the folder again."),
        )]
    })?;
    files.insert(path, file.to_owned());
    settings(&of_files(&files)?, workspace)
}

fn text(settings: &Settings, key: &str, assistant: Assistant) -> Option<String> {
    let mut settings = settings.clone();
    settings.assistants.insert(key.to_owned(), assistant);
    write::files(&settings)
        .ok()?
        .remove(&format!("assistants/{key}.yaml"))
}

/// Revision, end and settings of each superseded version.
async fn past(
    store: &Store,
    workspace: WorkspaceId,
    id: AssistantId,
) -> Result<Vec<(u64, Time, Assistant)>, VersionError> {
    let rows = store
        .documents_below(workspace, PAST, &id.0.to_string())
        .await?;
    Ok(rows.iter().filter_map(read_past).collect())
}

fn read_past(row: &DocumentRow) -> Option<(u64, Time, Assistant)> {
    let revision = row.name.rsplit_once('/')?.1.parse().ok()?;
    let until = serde_json::from_value(row.body["until"].clone()).ok()?;
    let was = row.body["was"]["document"].clone();
    Some((revision, until, serde_json::from_value(was).ok()?))
}

fn read_draft(row: &DocumentRow) -> Draft {
    let text = row.body["text"].as_str().unwrap_or_default();
    Draft {
        text: text.to_owned(),
        based_on: row
            .body
            .get("based_on")
            .and_then(Value::as_u64)
            .unwrap_or(0),
        revision: row.revision,
        updated: row.updated,
    }
}
