//! What is seen of numbers while they are in use: the last webhook, and the pace of the last second.
//!
//! In: a word from intake per item and from each sender per second. Out: what a number's health shows;
//! webhooks are written down now and then, so that a restart and other nodes know. Losing it costs a
//! stale line on a page. Absent: decisions; the pace itself is the sender's. Next: [`super::run`].

use ponte_core::ids::ChannelId;
use ponte_core::time::{Span, Time};
use ponte_store::{Commit, Store, StoreError};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

/// A sender says how it goes every second; what is older than this is of one that has ended.
const FRESH: Span = Span::secs(5);

/// What a number carried in the last second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaceSeen {
    /// Messages that any window of one second may hold.
    pub limit: u32,
    pub used: u32,
    /// It rests until then, after refusals or failures.
    pub rests_until: Option<Time>,
}

#[derive(Clone, Copy, Debug, Default)]
struct One {
    webhook: Option<Time>,
    /// Written down up to here.
    noted: Option<Time>,
    pace: Option<(Time, PaceSeen)>,
}

/// Shared by the rooms. One entry per number.
#[derive(Clone, Debug, Default)]
pub struct Seen(Arc<Mutex<BTreeMap<ChannelId, One>>>);

impl Seen {
    fn all(&self) -> MutexGuard<'_, BTreeMap<ChannelId, One>> {
        match self.0.lock() {
            Ok(held) => held,
            Err(poisoned) => poisoned.into_inner(),
        }
    }

    /// A webhook about the number came in.
    pub fn webhook(&self, channel: ChannelId, at: Time) {
        let mut all = self.all();
        let one = all.entry(channel).or_default();
        one.webhook = one.webhook.max(Some(at));
    }

    /// How the number's sender goes.
    pub fn pace(&self, channel: ChannelId, at: Time, pace: PaceSeen) {
        self.all().entry(channel).or_default().pace = Some((at, pace));
    }

    /// The last webhook that this process saw.
    #[must_use]
    pub fn last_webhook(&self, channel: ChannelId) -> Option<Time> {
        self.all().get(&channel)?.webhook
    }

    /// The pace, where this process sends for the number.
    #[must_use]
    pub fn pace_of(&self, channel: ChannelId, now: Time) -> Option<PaceSeen> {
        let (at, pace) = self.all().get(&channel)?.pace?;
        (now - at < FRESH).then_some(pace)
    }

    /// Writes down what came in since the last time.
    ///
    /// # Errors
    /// The store's; it is tried again the next time.
    pub async fn note(&self, store: &Store) -> Result<(), StoreError> {
        let new: Vec<(ChannelId, Time)> = self
            .all()
            .iter()
            .filter(|(_, one)| one.webhook > one.noted)
            .filter_map(|(channel, one)| Some((*channel, one.webhook?)))
            .collect();
        if new.is_empty() {
            return Ok(());
        }
        let mut commit = Commit::new();
        for (channel, at) in &new {
            commit.saw_webhook(*channel, *at);
        }
        store.commit(commit).await?;
        let mut all = self.all();
        for (channel, at) in new {
            all.entry(channel).or_default().noted = Some(at);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ponte_store::Options;
    use uuid::Uuid;

    #[tokio::test]
    async fn webhooks_are_written_down_once_and_paces_of_ended_senders_are_not_shown() {
        let store = Store::open("sqlite::memory:", Options::default())
            .await
            .unwrap();
        let (seen, channel) = (Seen::default(), ChannelId(Uuid::from_u128(1)));
        let at = |seconds| Time::from_secs(seconds);
        for seconds in [5, 9, 7] {
            seen.webhook(channel, at(seconds));
        }
        assert_eq!(seen.last_webhook(channel), Some(at(9)));
        seen.note(&store).await.unwrap();
        assert_eq!(store.last_webhook(channel).await.unwrap(), Some(at(9)));
        let before = seen.all().get(&channel).unwrap().noted;
        assert_eq!(before, Some(at(9)));
        let pace = PaceSeen {
            limit: 20,
            used: 3,
            rests_until: None,
        };
        seen.pace(channel, at(10), pace);
        assert_eq!(seen.pace_of(channel, at(12)), Some(pace));
        assert_eq!(seen.pace_of(channel, at(15)), None);
    }
}
