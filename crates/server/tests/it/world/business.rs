//! The business of a world: one workspace, one number in coexistence, one assistant with rules.
//!
//! In: the demo's fixed values, changed by a test. Out: rows in the store, as `ponte apply` makes
//! them. Absent: secrets, which each node is given. Next: [`super::node`].

use super::{NUMBER, START};
use ponte_core::book::{Act, Assistant, Channel, Faq, Match, Rule};
use ponte_core::ids::{AgentId, AssistantId, ChannelId, WorkspaceId};
use ponte_core::time::Span;
use ponte_store::rows::workspace::{ChannelRow, DocumentRow, WorkspaceRow};
use ponte_store::{Commit, Store};
use serde_json::json;
use uuid::Uuid;

pub struct Business {
    pub workspace: WorkspaceId,
    pub channel: ChannelId,
    pub settings: Channel,
    pub assistant: Assistant,
    pub agent: AgentId,
    /// A step that a test brings instead of the real one.
    pub decide: Option<std::sync::Arc<ponte::engine::fold::Decide>>,
    /// Further numbers: id and settings.
    pub more: Vec<(ChannelId, Channel)>,
}

impl Business {
    /// The demo: `eco X` answers `X` at once, everything else waits for the customer to finish.
    pub fn demo() -> Business {
        let say = |text: &str| vec![Act::Say { text: text.into() }];
        let assistant = Assistant {
            id: AssistantId(Uuid::from_u128(0xa551)),
            name: "Bia".into(),
            debounce: Span::millis(800),
            rules: vec![
                Rule {
                    name: "eco".into(),
                    when: Match {
                        starts: vec!["eco".into()],
                        ..Match::default()
                    },
                    then: say("{rest}"),
                    immediate: true,
                    always: true,
                },
                Rule {
                    name: "partes".into(),
                    when: Match {
                        equals: vec!["partes".into()],
                        ..Match::default()
                    },
                    then: [say("um"), say("dois"), say("tres")].concat(),
                    immediate: true,
                    always: true,
                },
                Rule {
                    name: "oi".into(),
                    when: Match {
                        contains: vec!["oi".into(), "ola".into()],
                        ..Match::default()
                    },
                    then: say("Oi! Como posso ajudar?"),
                    ..Rule::default()
                },
            ],
            faq: vec![Faq {
                id: "horario".into(),
                questions: vec!["qual o horario de atendimento".into()],
                answer: "Atendemos das 9h às 18h.".into(),
            }],
            ..Assistant::default()
        };
        Business {
            workspace: WorkspaceId(Uuid::from_u128(1)),
            channel: ChannelId(Uuid::from_u128(2)),
            settings: Channel {
                number: NUMBER.into(),
                account: "200000000000001".into(),
                display: "+55 11 4000-0001".into(),
                name: "Loja".into(),
                ..Channel::default()
            },
            assistant,
            agent: AgentId(Uuid::from_u128(0xa6e)),
            decide: None,
            more: Vec::new(),
        }
    }

    /// Writes the rows.
    pub async fn put(&self, store: &Store) {
        let mut commit = Commit::new();
        commit.put_workspace(&WorkspaceRow {
            id: self.workspace,
            name: "Demo".into(),
            settings: json!({}),
            created: START,
        });
        commit.put_document(
            &DocumentRow {
                workspace: self.workspace,
                kind: "assistant".into(),
                id: self.assistant.id.0,
                name: self.assistant.name.clone(),
                body: serde_json::to_value(&self.assistant).unwrap(),
                revision: 1,
                updated: START,
            },
            0,
        );
        let numbers = std::iter::once((&self.channel, &self.settings))
            .chain(self.more.iter().map(|(id, channel)| (id, channel)));
        for (id, channel) in numbers {
            commit.put_channel(&self.row(*id, channel), 0);
        }
        assert!(store.commit(commit).await.unwrap().stored());
    }

    fn row(&self, id: ChannelId, channel: &Channel) -> ChannelRow {
        ChannelRow {
            id,
            workspace: self.workspace,
            name: channel.name.clone(),
            number: channel.number.clone(),
            account: channel.account.clone(),
            display: channel.display.clone(),
            assistant: Some(self.assistant.id),
            settings: serde_json::to_value(channel).unwrap(),
            secrets: None,
            suspended: false,
            suspended_at: ponte_core::Time::ZERO,
            removed: false,
            revision: 1,
            updated: START,
        }
    }
}
