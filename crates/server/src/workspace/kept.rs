//! Reads a workspace's settings from the database, and plans the one commit that makes them as wanted.
//!
//! In: rows, and wanted [`Settings`]. Out: the settings as kept, or a [`Plan`]: a commit that is
//! stored whole or not at all, fenced by revisions, and the difference as text. Absent on purpose:
//! removing what the folder lacks (a number has conversations; that is asked for by name, later).
//! Next: `cli/apply.rs`, `cli/export.rs`.

use super::convert::{ChannelSettings, Settings, Team};
use super::diff::diff;
use super::trouble::Trouble;
use super::write::{self, Dangling, Files};
use crate::both;
use ponte_core::book::{Assistant, Channel};
use ponte_core::ids::{AssistantId, TeamId, WorkspaceId};
use ponte_core::time::Time;
use ponte_store::rows::workspace::{ChannelRow, DocumentRow, WorkspaceRow};
use ponte_store::{Commit, Store, StoreError};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Kinds of documents that files describe.
pub const ASSISTANT: &str = "assistant";
pub const TEAM: &str = "team";
pub const TESTS: &str = "tests";

/// What was in force before each change, kept so that a replay can decide as it was decided then.
pub const PAST: &str = "past";

/// What the server keeps in a channel's settings beside the core's own fields.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Beside {
    /// The file's name without `.yaml`.
    key: String,
    access_token_env: Option<String>,
}

/// A workspace as the database has it.
#[derive(Clone, Debug)]
pub struct Kept {
    pub workspace: Option<WorkspaceRow>,
    channels: BTreeMap<String, ChannelRow>,
    assistants: BTreeMap<String, DocumentRow>,
    teams: BTreeMap<String, DocumentRow>,
    tests: BTreeMap<String, DocumentRow>,
}

/// Why settings could not be read or planned.
#[derive(Debug, thiserror::Error)]
pub enum KeptError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Dangling(#[from] Dangling),
    #[error("the settings of `{key}` can't be read: {why}")]
    Unreadable { key: String, why: String },
    #[error("the folder can't be applied")]
    Wrong(Vec<Trouble>),
}

/// The one commit that makes the database as the folder says.
#[derive(Debug)]
pub struct Plan {
    pub commit: Commit,
    /// What changes, as people read it; empty: nothing.
    pub diff: String,
    /// Files that the database has and the folder lacks: kept.
    pub only_kept: Vec<String>,
}

/// Reads a workspace.
///
/// # Errors
/// The store's.
pub async fn load(store: &Store, workspace: WorkspaceId) -> Result<Kept, KeptError> {
    let all = store.workspaces().await?;
    let mut channels = BTreeMap::new();
    for row in store.channels(Some(workspace)).await? {
        let beside: Beside = serde_json::from_value(row.settings.clone()).unwrap_or_default();
        // A channel that no file made is called by its number.
        let key = if beside.key.is_empty() {
            row.number.clone()
        } else {
            beside.key
        };
        channels.insert(key, row);
    }
    let by_name = |rows: Vec<DocumentRow>| {
        rows.into_iter()
            .map(|row| (row.name.clone(), row))
            .collect()
    };
    Ok(Kept {
        workspace: all.into_iter().find(|row| row.id == workspace),
        channels,
        assistants: by_name(store.documents(Some(workspace), Some(ASSISTANT)).await?),
        teams: by_name(store.documents(Some(workspace), Some(TEAM)).await?),
        tests: by_name(store.documents(Some(workspace), Some(TESTS)).await?),
    })
}

impl Kept {
    /// The settings, for export and comparison.
    ///
    /// # Errors
    /// [`KeptError::Unreadable`] where a row isn't what this version writes.
    pub fn settings(&self) -> Result<Settings, KeptError> {
        let mut channels = BTreeMap::new();
        for (key, row) in self.channels.iter().filter(|(_, row)| !row.removed) {
            let beside: Beside = read(key, &row.settings)?;
            let settings = ChannelSettings {
                channel: read::<Channel>(key, &row.settings)?,
                assistant: row.assistant.unwrap_or(AssistantId(Uuid::nil())),
                token_env: beside.access_token_env,
            };
            channels.insert(key.clone(), settings);
        }
        let mut assistants = BTreeMap::new();
        for (key, row) in &self.assistants {
            assistants.insert(key.clone(), read::<Assistant>(key, &row.body)?);
        }
        let mut teams = BTreeMap::new();
        for (key, row) in &self.teams {
            let name = row.body.get("name").and_then(Value::as_str).unwrap_or(key);
            let team = Team {
                id: TeamId(row.id),
                name: name.to_string(),
            };
            teams.insert(key.clone(), team);
        }
        let text = |row: &DocumentRow| row.body["text"].as_str().map(str::to_owned);
        let tests = self
            .tests
            .iter()
            .filter_map(|(key, row)| Some((key.clone(), text(row)?)))
            .collect();
        Ok(Settings {
            name: self
                .workspace
                .as_ref()
                .map_or_else(String::new, |row| row.name.clone()),
            channels,
            assistants,
            teams,
            tests,
        })
    }

    /// The revision of an assistant's row, and since when it stands.
    #[must_use]
    pub fn revision(&self, assistant: &str) -> Option<(u64, Time)> {
        let row = self.assistants.get(assistant)?;
        Some((row.revision, row.updated))
    }

    /// The variables that hold the tokens of numbers that name one.
    pub fn token_variables(
        &self,
    ) -> impl Iterator<Item = (ponte_core::ids::ChannelId, String)> + '_ {
        self.channels.values().filter_map(|row| {
            let beside: Beside = serde_json::from_value(row.settings.clone()).ok()?;
            Some((row.id, beside.access_token_env?))
        })
    }

    /// What has to change.
    ///
    /// # Errors
    /// [`KeptError::Wrong`] where a number belongs to another file's channel.
    pub fn plan(&self, id: WorkspaceId, wanted: &Settings, at: Time) -> Result<Plan, KeptError> {
        self.check_numbers(wanted)?;
        let mut commit = Commit::new();
        let kept_settings = self.settings()?;
        if self
            .workspace
            .as_ref()
            .is_none_or(|row| row.name != wanted.name)
        {
            commit.put_workspace(&WorkspaceRow {
                id,
                name: wanted.name.clone(),
                settings: self
                    .workspace
                    .as_ref()
                    .map_or_else(|| json!({}), |row| row.settings.clone()),
                created: self.workspace.as_ref().map_or(at, |row| row.created),
            });
        }
        self.put_documents(&mut commit, id, wanted, at);
        for (key, settings) in &wanted.channels {
            put_channel(&mut commit, id, key, settings, self.channels.get(key), at);
        }
        let before = if self.workspace.is_some() {
            write::files(&kept_settings)?
        } else {
            Files::new()
        };
        let mut after = write::files(wanted)?;
        let only_kept: Vec<String> = before
            .keys()
            .filter(|path| !after.contains_key(*path))
            .cloned()
            .collect();
        for path in &only_kept {
            after.insert(path.clone(), before[path].clone());
        }
        let diff = diff(&before, &after);
        Ok(Plan {
            commit,
            diff,
            only_kept,
        })
    }

    fn put_documents(&self, commit: &mut Commit, id: WorkspaceId, wanted: &Settings, at: Time) {
        for (key, team) in &wanted.teams {
            put(
                commit,
                id,
                TEAM,
                key,
                team.id.0,
                json!({ "name": team.name }),
                self.teams.get(key),
                at,
            );
        }
        for (key, assistant) in &wanted.assistants {
            let body = serde_json::to_value(assistant).unwrap_or_default();
            put(
                commit,
                id,
                ASSISTANT,
                key,
                assistant.id.0,
                body,
                self.assistants.get(key),
                at,
            );
        }
        for (key, text) in &wanted.tests {
            let row = Uuid::new_v5(&id.0, format!("tests/{key}").as_bytes());
            let body = json!({ "text": text });
            put(commit, id, TESTS, key, row, body, self.tests.get(key), at);
        }
    }

    /// A number moved to another file would make a second channel of it; the database refuses that, and
    /// the person should hear it by name.
    fn check_numbers(&self, wanted: &Settings) -> Result<(), KeptError> {
        let mut wrong = Vec::new();
        for (key, settings) in &wanted.channels {
            let number = &settings.channel.number;
            let held = self.channels.iter().find(|(_, row)| &row.number == number);
            if let Some((other, _)) = held.filter(|(other, _)| *other != key) {
                wrong.push(Trouble::new(
                    &format!("channels/{key}.yaml"),
                    both!(
                        "este número já é de channels/{other}.yaml.",
                        "this number is channels/{other}.yaml's already."
                    ),
                    both!(
                        "Volte ao nome {other}.yaml: as conversas estão nele.",
                        "Go back to the name {other}.yaml: the conversations are there."
                    ),
                ));
            }
        }
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(KeptError::Wrong(wrong))
        }
    }
}

fn read<T: serde::de::DeserializeOwned>(key: &str, value: &Value) -> Result<T, KeptError> {
    serde_json::from_value(value.clone()).map_err(|why| KeptError::Unreadable {
        key: key.to_string(),
        why: why.to_string(),
    })
}

#[expect(clippy::too_many_arguments, reason = "one row, column by column")]
fn put(
    commit: &mut Commit,
    workspace: WorkspaceId,
    kind: &str,
    key: &str,
    id: Uuid,
    body: Value,
    kept: Option<&DocumentRow>,
    at: Time,
) {
    if kept.is_some_and(|row| row.body == body) {
        return;
    }
    let row = DocumentRow {
        workspace,
        kind: kind.to_string(),
        id,
        name: key.to_string(),
        body,
        revision: 0,
        updated: at,
    };
    if let Some(kept) = kept {
        put_past(
            commit,
            workspace,
            kept.id,
            kept.revision,
            &json!({ "document": kept.body }),
            at,
        );
    }
    commit.put_document(&row, kept.map_or(0, |row| row.revision));
}

/// Files one superseded version away, with the moment until which it was in force.
fn put_past(
    commit: &mut Commit,
    workspace: WorkspaceId,
    id: Uuid,
    revision: u64,
    was: &Value,
    at: Time,
) {
    let name = format!("{id}/{revision}");
    let row = DocumentRow {
        workspace,
        kind: PAST.to_string(),
        id: Uuid::new_v5(&id, name.as_bytes()),
        name,
        body: json!({ "of": id, "until": at, "was": was }),
        revision: 0,
        updated: at,
    };
    commit.put_document(&row, 0);
}

fn put_channel(
    commit: &mut Commit,
    workspace: WorkspaceId,
    key: &str,
    settings: &ChannelSettings,
    kept: Option<&ChannelRow>,
    at: Time,
) {
    let channel = &settings.channel;
    let mut body = serde_json::to_value(channel).unwrap_or_default();
    if let Value::Object(fields) = &mut body {
        fields.insert("key".into(), json!(key));
        fields.insert("access_token_env".into(), json!(settings.token_env));
    }
    let same = kept.is_some_and(|row| {
        row.settings == body && row.assistant == Some(settings.assistant) && !row.removed
    });
    if same {
        return;
    }
    let row = ChannelRow {
        id: channel.id,
        workspace,
        name: channel.name.clone(),
        number: channel.number.clone(),
        account: channel.account.clone(),
        display: channel.display.clone(),
        assistant: Some(settings.assistant),
        settings: body,
        secrets: kept.and_then(|row| row.secrets.clone()),
        suspended: kept.is_some_and(|row| row.suspended),
        suspended_at: kept.map_or(at, |row| row.suspended_at),
        removed: false,
        revision: 0,
        updated: at,
    };
    if let Some(kept) = kept {
        let was = json!({ "channel": kept.settings, "assistant": kept.assistant });
        put_past(commit, workspace, kept.id.0, kept.revision, &was, at);
    }
    commit.put_channel(&row, kept.map_or(0, |row| row.revision));
}
