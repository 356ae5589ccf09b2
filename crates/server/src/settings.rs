//! The settings of numbers and assistants as the rooms use them: a snapshot that is swapped whole.
//!
//! In: channels and assistant documents from the store. Out: [`Number`]s by id and by the provider's
//! phone number id. A number without an assistant gets one that is switched off, so that nothing is
//! ever answered by accident. Absent: files and their checks (`workspace`), secrets
//! ([`crate::app::Secrets`]). Next: [`crate::app`].

use ponte_core::Time;
use ponte_core::book::{Assistant, Channel};
use ponte_core::ids::{AssistantId, ChannelId, WorkspaceId};
use ponte_store::Store;
use ponte_store::StoreError;
use ponte_store::rows::workspace::{ChannelRow, DocumentRow};
use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};

/// The kind of document that describes an assistant.
pub const ASSISTANT: &str = "assistant";

/// One number with what its conversations may read.
#[derive(Clone, Debug)]
pub struct Number {
    pub workspace: WorkspaceId,
    pub channel: Arc<Channel>,
    pub assistant: Arc<Assistant>,
    /// Cut off from the API, by the provider or by a person, since then.
    pub suspended: Option<Time>,
    /// No longer a number of ours: nothing comes in by it, and what it still owes goes to people.
    pub removed: bool,
}

/// All numbers of this store.
#[derive(Clone, Debug, Default)]
pub struct Numbers {
    by_id: BTreeMap<ChannelId, Arc<Number>>,
    by_number: BTreeMap<String, ChannelId>,
    assistants: BTreeMap<(WorkspaceId, AssistantId), Arc<Assistant>>,
}

/// The snapshot that all rooms share.
#[derive(Clone, Debug, Default)]
pub struct Settings(Arc<RwLock<Arc<Numbers>>>, Option<u32>);

impl Settings {
    /// Settings whose every number carries so many messages a second, without the rule for pairs, while
    /// this process runs: for measuring load. What is stored stays as it is.
    #[must_use]
    pub fn with_throughput(throughput: Option<u32>) -> Settings {
        Settings(Arc::default(), throughput)
    }

    /// The numbers as they are now.
    #[must_use]
    pub fn now(&self) -> Arc<Numbers> {
        match self.0.read() {
            Ok(held) => Arc::clone(&held),
            Err(poisoned) => Arc::clone(&poisoned.into_inner()),
        }
    }

    /// Reads everything again.
    pub async fn reload(&self, store: &Store) -> Result<(), StoreError> {
        let mut channels = store.channels(None).await?;
        if let Some(throughput) = self.1 {
            for settings in channels
                .iter_mut()
                .filter_map(|row| row.settings.as_object_mut())
            {
                settings.insert("per_second".into(), throughput.into());
                settings.insert("pair_burst".into(), 0.into());
            }
        }
        let assistants = store.documents(None, Some(ASSISTANT)).await?;
        let numbers = Arc::new(Numbers::from_rows(channels, assistants));
        match self.0.write() {
            Ok(mut held) => *held = numbers,
            Err(poisoned) => *poisoned.into_inner() = numbers,
        }
        Ok(())
    }
}

impl Numbers {
    /// Builds the snapshot. Settings that can't be read are shown in the log and count as defaults,
    /// with the assistant off.
    #[must_use]
    pub fn from_rows(channels: Vec<ChannelRow>, documents: Vec<DocumentRow>) -> Numbers {
        let mut assistants = BTreeMap::new();
        for document in documents {
            let mut assistant: Assistant = match serde_json::from_value(document.body) {
                Ok(assistant) => assistant,
                Err(error) => {
                    tracing::error!(%error, assistant = %document.id, "an assistant's settings can't be read");
                    continue;
                }
            };
            assistant.id = AssistantId(document.id);
            assistant.name = document.name;
            assistants.insert((document.workspace, assistant.id), Arc::new(assistant));
        }
        let off = Arc::new(Assistant {
            enabled: false,
            ..Assistant::default()
        });
        let mut all = Numbers::default();
        for row in channels {
            let assistant = row
                .assistant
                .and_then(|id| assistants.get(&(row.workspace, id)))
                .unwrap_or(&off);
            if !row.removed {
                all.by_number.insert(row.number.clone(), row.id);
            }
            all.by_id.insert(
                row.id,
                Arc::new(Number {
                    workspace: row.workspace,
                    suspended: row.suspended.then_some(row.suspended_at),
                    removed: row.removed,
                    assistant: Arc::clone(assistant),
                    channel: Arc::new(channel(row)),
                }),
            );
        }
        all.assistants = assistants;
        all
    }

    /// An assistant of a workspace, whether or not a number names it.
    #[must_use]
    pub fn assistant(&self, workspace: WorkspaceId, id: AssistantId) -> Option<&Arc<Assistant>> {
        self.assistants.get(&(workspace, id))
    }

    #[must_use]
    pub fn get(&self, channel: ChannelId) -> Option<&Arc<Number>> {
        self.by_id.get(&channel)
    }

    /// By the provider's phone number id.
    #[must_use]
    pub fn by_number(&self, number: &str) -> Option<&Arc<Number>> {
        self.by_id.get(self.by_number.get(number)?)
    }

    /// By the display digits, the only route some account events give.
    #[must_use]
    pub fn by_display(&self, display: &str) -> Option<&Arc<Number>> {
        let digits = |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
        let wanted = digits(display);
        self.by_id
            .values()
            .filter(|number| !number.removed)
            .find(|number| !wanted.is_empty() && digits(&number.channel.display) == wanted)
    }

    /// All numbers of an account.
    pub fn of_account(&self, account: &str) -> impl Iterator<Item = &Arc<Number>> {
        self.by_id
            .values()
            .filter(move |number| !number.removed && number.channel.account == account)
    }

    /// All, with the removed ones.
    pub fn all(&self) -> impl Iterator<Item = (&ChannelId, &Arc<Number>)> {
        self.by_id.iter()
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }
}

/// The columns win over what the settings repeat.
fn channel(row: ChannelRow) -> Channel {
    let mut channel: Channel = serde_json::from_value(row.settings).unwrap_or_else(|error| {
        tracing::error!(%error, channel = %row.id, "a channel's settings can't be read; defaults are used");
        Channel::default()
    });
    channel.id = row.id;
    channel.name = row.name;
    channel.number = row.number;
    channel.account = row.account;
    channel.display = row.display;
    channel
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use uuid::Uuid;

    fn row(id: u128, number: &str, assistant: Option<u128>, settings: Value) -> ChannelRow {
        ChannelRow {
            id: ChannelId(Uuid::from_u128(id)),
            workspace: WorkspaceId(Uuid::from_u128(1)),
            name: "Loja".into(),
            number: number.into(),
            account: "200".into(),
            display: "+55 11 4000-0001".into(),
            assistant: assistant.map(|id| AssistantId(Uuid::from_u128(id))),
            settings,
            secrets: None,
            suspended: false,
            suspended_at: Time::ZERO,
            removed: false,
            revision: 1,
            updated: Time::ZERO,
        }
    }

    fn document(id: u128, body: Value) -> DocumentRow {
        DocumentRow {
            workspace: WorkspaceId(Uuid::from_u128(1)),
            kind: ASSISTANT.into(),
            id: Uuid::from_u128(id),
            name: "Bia".into(),
            body,
            revision: 1,
            updated: Time::ZERO,
        }
    }

    #[test]
    fn a_number_is_found_by_every_route() {
        let numbers = Numbers::from_rows(
            vec![row(5, "100", Some(9), json!({"per_second": 80}))],
            vec![document(9, json!({"enabled": true}))],
        );
        let number = numbers.by_number("100").unwrap();
        assert_eq!(number.channel.per_second, 80);
        assert_eq!(number.channel.account, "200");
        assert!(number.assistant.enabled);
        assert_eq!(number.assistant.name, "Bia");
        assert!(numbers.by_display("551140000001").is_some());
        assert!(numbers.by_display("").is_none());
        assert_eq!(numbers.of_account("200").count(), 1);
        assert!(numbers.by_number("999").is_none());
    }

    #[test]
    fn without_a_readable_assistant_nothing_answers() {
        let numbers = Numbers::from_rows(
            vec![
                row(5, "100", None, json!({})),
                row(6, "101", Some(9), json!({})),
            ],
            vec![document(9, json!({"enabled": "perhaps"}))],
        );
        for number in ["100", "101"] {
            assert!(!numbers.by_number(number).unwrap().assistant.enabled);
        }
    }

    #[test]
    fn a_removed_number_takes_nothing_in_and_is_still_looked_after() {
        let mut removed = row(5, "100", None, json!({}));
        removed.removed = true;
        let numbers = Numbers::from_rows(vec![removed], vec![]);
        assert!(numbers.by_number("100").is_none());
        assert!(numbers.by_display("551140000001").is_none());
        assert_eq!(numbers.of_account("200").count(), 0);
        assert!(numbers.get(ChannelId(Uuid::from_u128(5))).unwrap().removed);
    }
}
