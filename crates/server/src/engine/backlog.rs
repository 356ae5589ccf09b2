//! Which conversations have entries to apply, and which of them goes next.
//!
//! In: journal rows, handed over or polled, in any order and more than once. Out: the rows of one
//! conversation at a time, in journal order, live ones before imported ones. Absent: truth; what is
//! forgotten here is still pending in the table. Next: [`super`].

use crate::fresh::{self, Fresh, Origin};
use ponte_core::Event;
use ponte_core::ids::ConversationId;
use ponte_store::rows::journal::JournalRow;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

/// Rows kept in memory; the rest stay in the table until there is room.
pub const ROOM: usize = 20_000;
/// Entries of one conversation folded into one commit: longer ones would hold up the others.
pub const AT_ONCE: usize = 32;

/// Whether an entry waits behind everything live. Half of the room is kept free of these.
#[must_use]
pub fn is_low(row: &JournalRow) -> bool {
    matches!(row.envelope.event, Event::Imported { .. })
}

/// The waiting rows of one channel.
#[derive(Debug, Default)]
pub struct Backlog {
    waiting: HashMap<ConversationId, BTreeMap<i64, JournalRow>>,
    live: VecDeque<ConversationId>,
    low: VecDeque<ConversationId>,
    queued: BTreeSet<ConversationId>,
    running: BTreeMap<ConversationId, BTreeSet<i64>>,
    rows: usize,
    /// What belongs to rows that are not stored yet, by the number that stands for their place.
    origins: BTreeMap<i64, Origin>,
    numbered: i64,
}

/// What was pulled: rows in order, and what belongs to those that are not stored yet.
pub type Pulled = (ConversationId, Vec<JournalRow>, BTreeMap<i64, Origin>);

impl Backlog {
    /// Takes a row in, unless it is here already. False: there is no room.
    pub fn add(&mut self, row: JournalRow) -> bool {
        let conversation = row.place.conversation;
        let under_way = self.running.get(&conversation);
        if under_way.is_some_and(|seqs| seqs.contains(&row.seq)) {
            return true;
        }
        let known = self
            .waiting
            .get(&conversation)
            .is_some_and(|rows| rows.contains_key(&row.seq));
        if known {
            return true;
        }
        let room = if is_low(&row) { ROOM / 2 } else { ROOM };
        if self.rows >= room {
            return false;
        }
        self.rows += 1;
        let low = is_low(&row);
        self.waiting
            .entry(conversation)
            .or_default()
            .insert(row.seq, row);
        if under_way.is_none() {
            self.queue(conversation, low);
        }
        true
    }

    /// Takes an event in that stands nowhere else. Those who bring them keep within their own bounds.
    pub fn add_fresh(&mut self, fresh: Fresh) {
        let seq = fresh::FIRST + self.numbered;
        self.numbered += 1;
        self.put_back(seq, fresh);
    }

    /// Takes an event in again where it was: before what came after it.
    pub fn put_back(&mut self, seq: i64, fresh: Fresh) {
        let (row, origin) = fresh.into_row(seq);
        let conversation = row.place.conversation;
        self.rows += 1;
        self.origins.insert(seq, origin);
        self.waiting
            .entry(conversation)
            .or_default()
            .insert(seq, row);
        if !self.running.contains_key(&conversation) {
            self.queue(conversation, false);
        }
    }

    /// Gives out all events that stand nowhere else, in the order they came.
    pub fn take_fresh(&mut self) -> Vec<Fresh> {
        let mut rows: BTreeMap<i64, JournalRow> = BTreeMap::new();
        for waiting in self.waiting.values_mut() {
            rows.append(&mut waiting.split_off(&fresh::FIRST));
        }
        self.rows -= rows.len();
        let origins = &mut self.origins;
        rows.into_iter()
            .filter_map(|(seq, row)| Some(Fresh::from_row(row, origins.remove(&seq)?)))
            .collect()
    }

    /// The next conversation with its rows, to be given back with [`Backlog::done`].
    pub fn pull(&mut self) -> Option<Pulled> {
        let conversation = self.live.pop_front().or_else(|| self.low.pop_front())?;
        self.queued.remove(&conversation);
        let mut rows = self.waiting.remove(&conversation)?;
        let rest = match rows.keys().nth(AT_ONCE).copied() {
            Some(first) => rows.split_off(&first),
            None => BTreeMap::new(),
        };
        if !rest.is_empty() {
            self.waiting.insert(conversation, rest);
        }
        self.rows -= rows.len();
        self.running
            .insert(conversation, rows.keys().copied().collect());
        let mut origins = BTreeMap::new();
        for seq in rows.range(fresh::FIRST..).map(|(seq, _)| *seq) {
            origins.extend(self.origins.remove_entry(&seq));
        }
        Some((conversation, rows.into_values().collect(), origins))
    }

    /// The conversation is free again.
    pub fn done(&mut self, conversation: ConversationId) {
        self.running.remove(&conversation);
        if let Some(rows) = self.waiting.get(&conversation) {
            let low = rows.values().all(is_low);
            self.queue(conversation, low);
        }
    }

    /// Conversations under way.
    #[must_use]
    pub fn under_way(&self) -> usize {
        self.running.len()
    }

    /// Whether there is room for more.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.rows < ROOM
    }

    /// Rows that wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    fn queue(&mut self, conversation: ConversationId, low: bool) {
        if self.queued.insert(conversation) {
            if low {
                self.low.push_back(conversation);
            } else {
                self.live.push_back(conversation);
            }
        } else if !low && let Some(at) = self.low.iter().position(|held| *held == conversation) {
            self.low.remove(at);
            self.live.push_back(conversation);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ponte_core::content::{Content, Context, Person, Received};
    use ponte_core::ids::{ChannelId, EventId, WorkspaceId};
    use ponte_core::{Envelope, Time};
    use ponte_store::rows::Place;
    use uuid::Uuid;

    fn row(seq: i64, conversation: u128, imported: bool) -> JournalRow {
        let message = Box::new(Received {
            wamid: format!("w{seq}"),
            sent: Time::ZERO,
            content: Content::MediaPlaceholder,
            context: Context::default(),
            referral: None,
            group: None,
            extra: serde_json::Value::Null,
        });
        let event = if imported {
            Event::Imported {
                with: Person::default(),
                from_business: false,
                message,
                status: None,
            }
        } else {
            Event::Received {
                from: Person::default(),
                message,
            }
        };
        JournalRow {
            seq,
            place: Place {
                workspace: WorkspaceId(Uuid::nil()),
                channel: ChannelId(Uuid::nil()),
                conversation: ConversationId(Uuid::from_u128(conversation)),
            },
            envelope: Envelope {
                id: EventId(Uuid::from_u128(u128::try_from(seq).unwrap())),
                at: Time::ZERO,
                event,
            },
            delivery: None,
            attempts: 0,
            applied: None,
            quarantined: false,
        }
    }

    fn next(backlog: &mut Backlog) -> Option<(u128, Vec<i64>)> {
        let (conversation, rows, _) = backlog.pull()?;
        let seqs = rows.iter().map(|row| row.seq).collect();
        Some((conversation.0.as_u128(), seqs))
    }

    #[test]
    fn rows_of_a_conversation_come_in_journal_order_once_each() {
        let mut backlog = Backlog::default();
        for seq in [3, 1, 2, 1] {
            assert!(backlog.add(row(seq, 7, false)));
        }
        assert_eq!(next(&mut backlog), Some((7, vec![1, 2, 3])));
        assert!(backlog.add(row(2, 7, false)), "under way: known");
        assert!(backlog.add(row(4, 7, false)));
        assert_eq!(next(&mut backlog), None, "one at a time per conversation");
        backlog.done(ConversationId(Uuid::from_u128(7)));
        assert_eq!(next(&mut backlog), Some((7, vec![4])));
    }

    #[test]
    fn imported_history_waits_behind_everything_live() {
        let mut backlog = Backlog::default();
        backlog.add(row(1, 1, true));
        backlog.add(row(2, 2, true));
        backlog.add(row(3, 3, false));
        backlog.add(row(4, 2, false));
        assert_eq!(next(&mut backlog).unwrap().0, 3);
        assert_eq!(
            next(&mut backlog),
            Some((2, vec![2, 4])),
            "raised by its live row"
        );
        assert_eq!(next(&mut backlog).unwrap().0, 1);
    }

    #[test]
    fn a_long_conversation_is_taken_in_parts() {
        let mut backlog = Backlog::default();
        for seq in 1..=40 {
            backlog.add(row(seq, 1, false));
        }
        let (_, first) = next(&mut backlog).unwrap();
        assert_eq!(first.len(), AT_ONCE);
        backlog.done(ConversationId(Uuid::from_u128(1)));
        let (_, rest) = next(&mut backlog).unwrap();
        assert_eq!(rest, (33..=40).collect::<Vec<_>>());
        assert!(backlog.is_empty());
    }

    #[test]
    fn there_is_an_end_to_what_is_kept() {
        let mut backlog = Backlog::default();
        for seq in 0..i64::try_from(ROOM).unwrap() {
            assert!(backlog.add(row(seq, 1, false)));
        }
        assert!(!backlog.add(row(i64::MAX, 1, false)));
    }

    fn fresh(conversation: u128, n: u128) -> Fresh {
        let stored = row(0, conversation, false);
        let mut envelope = stored.envelope;
        envelope.id = EventId(Uuid::from_u128(n));
        Fresh {
            place: stored.place,
            envelope,
            origin: Origin {
                dedupe: n.to_string(),
                delivery: None,
                with: ponte_store::Commit::new(),
                source: crate::fresh::Source::Passing,
                careful: false,
                flight: crate::fresh::flights::Flights::default()
                    .begin(stored.place.conversation, None),
            },
        }
    }

    #[test]
    fn what_is_not_stored_yet_comes_behind_what_is_in_the_order_it_came() {
        let mut backlog = Backlog::default();
        backlog.add_fresh(fresh(7, 101));
        backlog.add_fresh(fresh(7, 102));
        assert!(backlog.add(row(5, 7, false)));
        assert_eq!(backlog.len(), 3);
        let (_, rows, origins) = backlog.pull().unwrap();
        let ids: Vec<u128> = rows.iter().map(|row| row.envelope.id.0.as_u128()).collect();
        assert_eq!(ids, [5, 101, 102]);
        let kept: Vec<&str> = origins.values().map(|it| it.dedupe.as_str()).collect();
        assert_eq!(kept, ["101", "102"]);
        assert!(backlog.take_fresh().is_empty());
    }

    #[test]
    fn what_failed_goes_back_before_what_came_after_it() {
        let mut backlog = Backlog::default();
        backlog.add_fresh(fresh(7, 101));
        backlog.add_fresh(fresh(7, 102));
        let (conversation, rows, mut origins) = backlog.pull().unwrap();
        backlog.add_fresh(fresh(7, 103));
        backlog.done(conversation);
        for row in rows {
            let origin = origins.remove(&row.seq).unwrap();
            backlog.put_back(row.seq, Fresh::from_row(row, origin));
        }
        let (_, rows, _) = backlog.pull().unwrap();
        let ids: Vec<u128> = rows.iter().map(|row| row.envelope.id.0.as_u128()).collect();
        assert_eq!(ids, [101, 102, 103]);
    }

    #[test]
    fn what_stands_nowhere_else_can_be_taken_out_and_leaves_the_rest() {
        let mut backlog = Backlog::default();
        backlog.add_fresh(fresh(2, 201));
        backlog.add_fresh(fresh(1, 101));
        backlog.add(row(5, 1, false));
        let out = backlog.take_fresh();
        let ids: Vec<u128> = out.iter().map(|it| it.envelope.id.0.as_u128()).collect();
        assert_eq!(ids, [201, 101]);
        assert_eq!(backlog.len(), 1);
    }
}
