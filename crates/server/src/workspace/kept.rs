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
use crate::tools::{self, kept::TOOL};
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
    tools: BTreeMap<String, DocumentRow>,
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
        tools: by_name(store.documents(Some(workspace), Some(TOOL)).await?),
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
        // As everywhere: a tool of a newer version is passed over, and the others stay usable.
        let tool = |(key, row): (&String, &DocumentRow)| {
            Some((key.clone(), serde_json::from_value(row.body.clone()).ok()?))
        };
        let tools = self.tools.iter().filter_map(tool).collect();
        Ok(Settings {
            name: self
                .workspace
                .as_ref()
                .map_or_else(String::new, |row| row.name.clone()),
            channels,
            assistants,
            teams,
            tests,
            tools,
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
        let mut change = Change {
            commit: Commit::new(),
            workspace: id,
            at,
        };
        self.rows(&mut change, wanted);
        let (diff, only_kept) = self.difference(wanted)?;
        Ok(Plan {
            commit: change.commit,
            diff,
            only_kept,
        })
    }

    /// The rows that differ from what is wanted.
    fn rows(&self, change: &mut Change, wanted: &Settings) {
        let id = change.workspace;
        let kept = self.workspace.as_ref();
        if kept.is_none_or(|row| row.name != wanted.name) {
            change.commit.put_workspace(&WorkspaceRow {
                id,
                name: wanted.name.clone(),
                settings: kept.map_or_else(|| json!({}), |row| row.settings.clone()),
                created: kept.map_or(change.at, |row| row.created),
            });
        }
        for (key, team) in &wanted.teams {
            let body = json!({ "name": team.name });
            change.put((TEAM, team.id.0), key, body, self.teams.get(key));
        }
        for (key, assistant) in &wanted.assistants {
            let body = serde_json::to_value(assistant).unwrap_or_default();
            let row = (ASSISTANT, assistant.id.0);
            change.put(row, key, body, self.assistants.get(key));
        }
        for (key, text) in &wanted.tests {
            let row = Uuid::new_v5(&id.0, format!("tests/{key}").as_bytes());
            let body = json!({ "text": text });
            change.put((TESTS, row), key, body, self.tests.get(key));
        }
        for (key, tool) in &wanted.tools {
            let body = serde_json::to_value(tool).unwrap_or_default();
            let row = (TOOL, tools::kept::id(id, key));
            change.put_alone(row, key, body, self.tools.get(key));
        }
        for (key, settings) in &wanted.channels {
            let kept = self.channels.get(key);
            put_channel(&mut change.commit, id, key, settings, kept, change.at);
        }
    }

    /// What changes as text, and the files that only the database has.
    fn difference(&self, wanted: &Settings) -> Result<(String, Vec<String>), KeptError> {
        let kept_settings = self.settings()?;
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
        Ok((diff(&before, &after), only_kept))
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

/// A change that is being planned.
struct Change {
    commit: Commit,
    workspace: WorkspaceId,
    at: Time,
}

impl Change {
    /// One document as wanted; the version before it is filed away.
    fn put(&mut self, row: (&str, Uuid), key: &str, body: Value, kept: Option<&DocumentRow>) {
        if let Some(kept) = kept.filter(|kept| kept.body != body) {
            let was = json!({ "document": kept.body });
            let revision = kept.revision;
            put_past(
                &mut self.commit,
                self.workspace,
                kept.id,
                revision,
                &was,
                self.at,
            );
        }
        self.put_alone(row, key, body, kept);
    }

    /// One document as wanted, without its past: no replay asks for a tool's, whose calls are in the ledger.
    fn put_alone(
        &mut self,
        (kind, id): (&str, Uuid),
        key: &str,
        body: Value,
        kept: Option<&DocumentRow>,
    ) {
        if kept.is_some_and(|row| row.body == body) {
            return;
        }
        let row = DocumentRow {
            workspace: self.workspace,
            kind: kind.to_string(),
            id,
            name: key.to_string(),
            body,
            revision: 0,
            updated: self.at,
        };
        self.commit
            .put_document(&row, kept.map_or(0, |row| row.revision));
    }
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
