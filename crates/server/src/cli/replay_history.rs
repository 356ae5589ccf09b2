//! Which settings were in force when: the newest ones, and those that `ponte apply` filed away.
//!
//! In: superseded versions with the moment until which each held, and what holds now. Out: the channel
//! and assistant of any moment. Absent: changes made by other means than files; there are none yet.
//! Next: `replay.rs`.

use ponte_core::Time;
use ponte_core::book::{Assistant, Channel};
use ponte_core::ids::{AssistantId, ChannelId};
use ponte_store::rows::workspace::DocumentRow;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

/// Settings over time.
pub struct History {
    channel: ChannelId,
    now: (Arc<Channel>, Arc<Assistant>),
    /// Of each thing, what it was until when.
    past: BTreeMap<Uuid, Vec<(Time, Value)>>,
    cached: BTreeMap<Uuid, (Time, Arc<Assistant>)>,
}

#[derive(Deserialize)]
struct Filed {
    of: Uuid,
    until: Time,
    was: Value,
}

impl History {
    #[must_use]
    pub fn new(
        rows: Vec<DocumentRow>,
        channel: ChannelId,
        now: Arc<Channel>,
        assistant: Arc<Assistant>,
    ) -> History {
        let mut past: BTreeMap<Uuid, Vec<(Time, Value)>> = BTreeMap::new();
        for row in rows {
            if let Ok(filed) = serde_json::from_value::<Filed>(row.body) {
                past.entry(filed.of)
                    .or_default()
                    .push((filed.until, filed.was));
            }
        }
        for versions in past.values_mut() {
            versions.sort_by_key(|(until, _)| *until);
        }
        History {
            channel,
            now: (now, assistant),
            past,
            cached: BTreeMap::new(),
        }
    }

    /// What was in force at that moment.
    pub fn at(&mut self, at: Time) -> (Arc<Channel>, Arc<Assistant>) {
        let (mut channel, mut assistant) = self.now.clone();
        let mut id = assistant.id;
        if let Some((_, was)) = self.version(self.channel.0, at) {
            if let Ok(then) = serde_json::from_value::<Channel>(was["channel"].clone()) {
                channel = Arc::new(then);
            }
            id = serde_json::from_value(was["assistant"].clone()).unwrap_or(id);
        }
        if let Some(then) = self.assistant(id, at) {
            assistant = then;
        }
        (channel, assistant)
    }

    fn version(&self, of: Uuid, at: Time) -> Option<&(Time, Value)> {
        self.past.get(&of)?.iter().find(|(until, _)| at < *until)
    }

    fn assistant(&mut self, id: AssistantId, at: Time) -> Option<Arc<Assistant>> {
        let (until, was) = self.version(id.0, at)?;
        if let Some((_, held)) = self.cached.get(&id.0).filter(|(held, _)| held == until) {
            return Some(Arc::clone(held));
        }
        let then: Assistant = serde_json::from_value(was["document"].clone()).ok()?;
        let (until, then) = (*until, Arc::new(then));
        self.cached.insert(id.0, (until, Arc::clone(&then)));
        Some(then)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ponte_core::ids::WorkspaceId;
    use ponte_core::time::Span;
    use serde_json::json;

    fn filed(of: Uuid, until: i64, was: Value) -> DocumentRow {
        DocumentRow {
            workspace: WorkspaceId(Uuid::nil()),
            kind: "past".into(),
            id: Uuid::from_u128(u128::from(until.unsigned_abs())),
            name: until.to_string(),
            body: json!({ "of": of, "until": until, "was": was }),
            revision: 1,
            updated: Time(until),
        }
    }

    #[test]
    fn each_moment_has_the_settings_of_its_time() {
        let (channel, assistant) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let mut now = Assistant {
            id: AssistantId(assistant),
            debounce: Span::millis(3),
            ..Assistant::default()
        };
        let document = |millis: i64| {
            let then = Assistant {
                id: AssistantId(assistant),
                debounce: Span::millis(millis),
                ..Assistant::default()
            };
            json!({ "document": then })
        };
        let past = vec![
            filed(assistant, 200, document(2)),
            filed(assistant, 100, document(1)),
            filed(
                channel,
                150,
                json!({ "channel": Channel { per_second: 7, ..Channel::default() }, "assistant": assistant }),
            ),
        ];
        now.name = "now".into();
        let mut history = History::new(
            past,
            ChannelId(channel),
            Arc::new(Channel::default()),
            Arc::new(now),
        );
        let mut at = |at: i64| {
            let (channel, assistant) = history.at(Time(at));
            (channel.per_second, assistant.debounce.as_millis())
        };
        assert_eq!(
            [at(50), at(100), at(150), at(250)],
            [(7, 1), (7, 2), (20, 2), (20, 3)]
        );
    }
}
