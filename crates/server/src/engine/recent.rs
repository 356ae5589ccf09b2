//! The states of conversations that were busy a moment ago, so that they aren't read again.
//!
//! In: a state as a commit stored it. Out: the same, until it is pushed out or proven stale: each
//! use is guarded by the version in the commit, so a stale copy costs one refused commit and never a
//! wrong one. Absent: conversations at rest; they cost no memory. Next: [`super`].

use ponte_core::State;
use ponte_core::book::Known;
use ponte_core::ids::ConversationId;
use std::collections::{BTreeMap, HashMap};

/// Conversations kept: those that are written to within seconds at a rate no number has. A state is
/// two or three kilobytes, so this is about ten megabytes under such a load, and nothing at rest.
pub const CONVERSATIONS: usize = 4_000;
/// Message ids remembered per conversation: those of the last exchanges, whose statuses are coming.
const WAMIDS: usize = 16;

/// What is remembered of one conversation.
#[derive(Clone, Debug, Default)]
pub struct Warm {
    pub state: State,
    /// Messages put or named lately, by the provider's id. Never says that one is unknown.
    pub known: Vec<(String, Known)>,
}

impl Warm {
    /// Remembers a message, forgetting the oldest.
    pub fn learn(&mut self, wamid: String, known: Known) {
        self.known.retain(|(held, _)| *held != wamid);
        if self.known.len() >= WAMIDS {
            self.known.remove(0);
        }
        self.known.push((wamid, known));
    }

    /// What is remembered of a message id.
    #[must_use]
    pub fn find(&self, wamid: &str) -> Option<&Known> {
        self.known
            .iter()
            .find(|(held, _)| held == wamid)
            .map(|(_, known)| known)
    }
}

/// The memory: least recently used goes first.
#[derive(Debug, Default)]
pub struct Recent {
    held: HashMap<ConversationId, (u64, Warm)>,
    by_age: BTreeMap<u64, ConversationId>,
    clock: u64,
}

impl Recent {
    /// Takes a conversation out to work on it; [`Recent::put`] brings it back.
    pub fn take(&mut self, conversation: ConversationId) -> Option<Warm> {
        let (age, warm) = self.held.remove(&conversation)?;
        self.by_age.remove(&age);
        Some(warm)
    }

    /// Remembers a conversation.
    pub fn put(&mut self, conversation: ConversationId, warm: Warm) {
        self.take(conversation);
        while self.held.len() >= CONVERSATIONS {
            let Some((_, oldest)) = self.by_age.pop_first() else {
                break;
            };
            self.held.remove(&oldest);
        }
        self.clock += 1;
        self.by_age.insert(self.clock, conversation);
        self.held.insert(conversation, (self.clock, warm));
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.held.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ponte_core::Time;
    use ponte_core::ids::MessageId;
    use ponte_core::ownership::Provenance;
    use uuid::Uuid;

    fn id(n: u128) -> ConversationId {
        ConversationId(Uuid::from_u128(n))
    }

    #[test]
    fn the_least_recently_used_is_forgotten() {
        let mut recent = Recent::default();
        for n in 0..CONVERSATIONS as u128 {
            recent.put(id(n), Warm::default());
        }
        let first = recent.take(id(0)).unwrap();
        recent.put(id(0), first);
        recent.put(id(u128::MAX), Warm::default());
        assert_eq!(recent.len(), CONVERSATIONS);
        assert!(recent.take(id(1)).is_none(), "the oldest use");
        assert!(recent.take(id(0)).is_some());
    }

    #[test]
    fn only_the_last_message_ids_are_remembered() {
        let mut warm = Warm::default();
        for n in 0..WAMIDS + 1 {
            let known = Known {
                message: MessageId(Uuid::from_u128(n as u128)),
                reply: None,
                provenance: Provenance::Customer,
                send: None,
                sent: Time::ZERO,
            };
            warm.learn(format!("w{n}"), known);
        }
        assert!(warm.find("w0").is_none());
        assert!(warm.find("w1").is_some());
        assert_eq!(warm.known.len(), WAMIDS);
    }
}
