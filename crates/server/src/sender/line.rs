//! The line of sends that wait for their turn: which one goes next, and when.
//!
//! In: outbox rows, which conversations have a POST under way, and the number's pace. Out: the next
//! row to claim, or the time to look again. Conversation before campaign; one POST per conversation
//! at a time; a customer whose pair limit is reached holds up nobody else. Absent: claims and posts.
//! Next: [`super::attempt`].

use ponte_core::effect::Lane;
use ponte_core::ids::{ConversationId, ReplyId};
use ponte_core::pace::Pace;
use ponte_core::time::Time;
use ponte_store::rows::outbox::OutboxRow;
use std::collections::{BTreeMap, BTreeSet};

/// Rows kept in memory; the rest stay in the table until there is room.
pub const ROOM: usize = 10_000;

type Key = (Lane, Time, u64, ReplyId);

/// The waiting rows of one number.
#[derive(Debug, Default)]
pub struct Line {
    rows: BTreeMap<ReplyId, (Key, OutboxRow)>,
    order: BTreeSet<Key>,
    busy: BTreeSet<ConversationId>,
    arrived: u64,
}

/// What to do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    Go(ReplyId),
    /// Nothing may go before then.
    Wait(Time),
    /// Nothing waits, or all that waits has a POST under way.
    Idle,
}

impl Line {
    /// Takes a row in. False: there is no room; it stays in the table.
    pub fn add(&mut self, row: OutboxRow) -> bool {
        let reply = row.send.reply;
        self.remove(reply);
        if self.rows.len() >= ROOM {
            return false;
        }
        self.arrived += 1;
        let key = (row.send.lane, row.send.not_before, self.arrived, reply);
        self.order.insert(key);
        self.rows.insert(reply, (key, row));
        true
    }

    /// Takes a row out.
    pub fn remove(&mut self, reply: ReplyId) -> Option<OutboxRow> {
        let (key, row) = self.rows.remove(&reply)?;
        self.order.remove(&key);
        Some(row)
    }

    /// Whether the row is known here.
    #[must_use]
    pub fn has(&self, reply: ReplyId) -> bool {
        self.rows.contains_key(&reply)
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// A POST of this conversation is under way.
    pub fn begin(&mut self, conversation: ConversationId) {
        self.busy.insert(conversation);
    }

    /// It has ended.
    pub fn end(&mut self, conversation: ConversationId) {
        self.busy.remove(&conversation);
    }

    /// POSTs under way.
    #[must_use]
    pub fn under_way(&self) -> usize {
        self.busy.len()
    }

    /// The next row, by lane and then by time.
    #[must_use]
    pub fn next(&self, pace: &Pace, now: Time) -> Next {
        let mut again: Option<Time> = None;
        let mut later = |at: Time| again = Some(again.map_or(at, |held| held.min(at)));
        for lane in [Lane::Conversation, Lane::Campaign] {
            let first = (lane, Time(i64::MIN), 0, ReplyId(uuid::Uuid::nil()));
            let mut rows = self.order.range(first..).take_while(|key| key.0 == lane);
            let open = pace.number_allowed(lane, now);
            if open > now {
                if rows.next().is_some() {
                    later(open);
                }
                continue;
            }
            for (_, not_before, _, reply) in rows {
                if *not_before > now {
                    // The rest of the lane is due later still.
                    later(*not_before);
                    break;
                }
                let Some((_, row)) = self.rows.get(reply) else {
                    continue;
                };
                if self.busy.contains(&row.place.conversation) {
                    continue;
                }
                let allowed = pace.next_allowed(row.place.conversation, lane, now);
                if allowed <= now {
                    return Next::Go(*reply);
                }
                later(allowed);
            }
        }
        again.map_or(Next::Idle, Next::Wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ponte_core::effect::{Class, Send, SendState};
    use ponte_core::ids::{ChannelId, WorkspaceId};
    use ponte_core::outgoing::{Address, Outgoing};
    use ponte_core::ownership::Provenance;
    use ponte_core::pace::Limits;
    use ponte_core::time::Span;
    use ponte_store::rows::Place;
    use uuid::Uuid;

    const NOW: Time = Time(1_000_000_000);

    fn row(reply: u128, conversation: u128, lane: Lane, not_before: Time) -> OutboxRow {
        OutboxRow {
            place: Place {
                workspace: WorkspaceId(Uuid::nil()),
                channel: ChannelId(Uuid::nil()),
                conversation: ConversationId(Uuid::from_u128(conversation)),
            },
            send: Send {
                reply: ReplyId(Uuid::from_u128(reply)),
                epoch: 0,
                lane,
                class: Class::Reply,
                to: Address::default(),
                what: Outgoing::text("x"),
                quotes: None,
                provenance: Provenance::System,
                not_before,
                expires: NOW + Span::hours(1),
            },
            state: SendState::Pending,
            attempt: 0,
        }
    }

    fn pace(per_second: u32) -> Pace {
        Pace::new(Limits::new(per_second, false), NOW - Span::minutes(1))
    }

    fn go(reply: u128) -> Next {
        Next::Go(ReplyId(Uuid::from_u128(reply)))
    }

    #[test]
    fn conversations_go_before_campaigns_whatever_came_first() {
        let mut line = Line::default();
        line.add(row(1, 1, Lane::Campaign, NOW));
        line.add(row(2, 2, Lane::Conversation, NOW));
        assert_eq!(line.next(&pace(20), NOW), go(2));
        line.remove(ReplyId(Uuid::from_u128(2)));
        assert_eq!(line.next(&pace(20), NOW), go(1));
    }

    #[test]
    fn one_post_per_conversation_and_the_next_customer_is_not_held_up() {
        let mut line = Line::default();
        line.add(row(1, 1, Lane::Conversation, NOW));
        line.add(row(2, 2, Lane::Conversation, NOW));
        line.begin(ConversationId(Uuid::from_u128(1)));
        assert_eq!(line.next(&pace(20), NOW), go(2));
        line.begin(ConversationId(Uuid::from_u128(2)));
        assert_eq!(line.next(&pace(20), NOW), Next::Idle);
        line.end(ConversationId(Uuid::from_u128(1)));
        assert_eq!(line.next(&pace(20), NOW), go(1));
    }

    #[test]
    fn a_row_of_the_future_waits_for_its_time() {
        let mut line = Line::default();
        let due = NOW + Span::secs(30);
        line.add(row(1, 1, Lane::Conversation, due));
        assert_eq!(line.next(&pace(20), NOW), Next::Wait(due));
        assert_eq!(line.next(&pace(20), due), go(1));
    }

    #[test]
    fn a_number_at_its_limit_says_when_to_come_again() {
        let mut line = Line::default();
        let mut pace = pace(1);
        pace.sent(ConversationId(Uuid::from_u128(9)), NOW);
        line.add(row(1, 1, Lane::Conversation, NOW));
        let Next::Wait(at) = line.next(&pace, NOW) else {
            panic!("must wait");
        };
        assert!(at > NOW + Span::millis(999));
        assert_eq!(line.next(&pace, at), go(1));
    }

    #[test]
    fn the_line_has_an_end() {
        let mut line = Line::default();
        for n in 0..ROOM {
            assert!(line.add(row(n as u128, n as u128, Lane::Conversation, NOW)));
        }
        assert!(!line.add(row(u128::MAX, 0, Lane::Conversation, NOW)));
        assert_eq!(line.len(), ROOM);
        assert!(
            line.add(row(5, 5, Lane::Conversation, NOW)),
            "a known row is replaced"
        );
    }
}
