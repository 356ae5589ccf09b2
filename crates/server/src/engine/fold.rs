//! Folds journal entries of one conversation and gathers everything for one commit.
//!
//! In: the state as it was, what was looked up, and entries in order. Out: the new state and a
//! [`Commit`] guarded by the old version, or the entry that panicked. Pure but for `catch_unwind`.
//! Absent: reading and storing. Next: [`super::write`], and `ponte_core::step`.

use super::recent::Warm;
use super::write::{Follow, Writer};
use crate::fresh::{Origin, Source};
use ponte_core::book::{Assistant, Channel, Known, Wrote};
use ponte_core::content::{Content, Received};
use ponte_core::effect::{Effect, Mark, MessageRow, SendState};
use ponte_core::event::{Command, Found};
use ponte_core::ids::ReplyId;
use ponte_core::ownership::Provenance;
use ponte_core::{Book, Envelope, Event, State, Step, Time};
use ponte_store::Commit;
use ponte_store::rows::Place;
use ponte_store::rows::conversation::{ConversationPut, Waiting};
use ponte_store::rows::journal::JournalRow;
use ponte_store::rows::outbox::LeaseRef;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use uuid::Uuid;

/// What the fold may look up, loaded before it.
#[derive(Clone, Debug)]
pub struct Shelf {
    pub channel: Arc<Channel>,
    pub assistant: Arc<Assistant>,
    pub known: BTreeMap<String, Known>,
    pub replies: BTreeMap<ReplyId, Wrote>,
    pub statuses_until: Option<Time>,
}

/// Under whose name the commit is made.
#[derive(Clone, Debug)]
pub struct Hand {
    pub node: Uuid,
    pub lease: LeaseRef,
    pub now: Time,
}

/// A fold that waits to be stored.
#[derive(Debug)]
pub struct Folded {
    pub commit: Commit,
    pub follow: Follow,
    pub warm: Warm,
}

/// The step panicked on this entry; those before it are unaffected and go again.
#[derive(Debug, PartialEq, Eq)]
pub struct Panicked {
    pub seq: i64,
}

/// How an event is decided: `ponte_core::step`, unless a test brings one that fails.
pub type Decide = dyn Fn(&Book, State, &Envelope) -> Step + Send + Sync;

/// Folds the entries, all or none.
pub fn fold(
    decide: &Decide,
    mut warm: Warm,
    rows: &[JournalRow],
    origins: &BTreeMap<i64, Origin>,
    shelf: &Shelf,
    hand: &Hand,
) -> Result<Folded, Panicked> {
    let Some(first) = rows.first() else {
        return Err(Panicked { seq: 0 });
    };
    let place = first.place;
    let expected = warm.state.version;
    let mut commit = Commit::with_room();
    let mut follow = Follow::default();
    let mut book = Book::new(
        place.conversation,
        Arc::clone(&shelf.channel),
        Arc::clone(&shelf.assistant),
    );
    book.replies.clone_from(&shelf.replies);
    book.statuses_until = shelf.statuses_until;
    commit.under_lease(&hand.lease, hand.now);
    for row in rows {
        book.known = known_for(&row.envelope.event, &warm, shelf);
        if let Event::StatusChanged { report, .. } = &row.envelope.event
            && let Some(known) = book.known.get(&report.wamid)
            && known.reply.is_some()
        {
            follow.statuses_until = follow.statuses_until.max(Some(known.sent));
        }
        let effects = decided(decide, &book, &mut warm, row)?;
        let order = warm.state.version;
        match origins.get(&row.seq) {
            Some(origin) => store_fresh(&mut commit, row, origin, order),
            None => _ = commit.applied(row.seq, order),
        }
        let mut writer = Writer {
            commit: &mut commit,
            follow: &mut follow,
            place,
            node: hand.node,
            order,
            event: row.envelope.id,
            at: row.envelope.at,
        };
        for effect in effects {
            writer.write(effect);
        }
    }
    let waiting = if origins.is_empty() {
        Waiting::Fine
    } else {
        Waiting::Refuse
    };
    finish(
        &mut commit,
        &place,
        &warm.state,
        expected,
        &follow,
        (hand.now, waiting),
    );
    Ok(Folded {
        commit,
        follow,
        warm,
    })
}

/// Decides one entry and remembers what came of it; gives back what is to be written.
fn decided(
    decide: &Decide,
    book: &Book,
    warm: &mut Warm,
    row: &JournalRow,
) -> Result<Vec<Effect>, Panicked> {
    let before = std::mem::take(&mut warm.state);
    let sends: Vec<_> = before
        .sends
        .iter()
        .map(|send| (send.reply, send.provenance.clone()))
        .collect();
    let stepped = catch_unwind(AssertUnwindSafe(|| decide(book, before, &row.envelope)));
    let Ok(Step { state, effects }) = stepped else {
        return Err(Panicked { seq: row.seq });
    };
    warm.state = state;
    learn(warm, &effects, &sends, row.envelope.at);
    Ok(effects)
}

/// An event that is not in the journal yet, with what belongs to it. What is most likely to refuse
/// comes first: nothing has been written then, and the other commits of the group don't notice.
fn store_fresh(commit: &mut Commit, row: &JournalRow, origin: &Origin, order: u64) {
    let early = origin.source == Source::Passing;
    if early {
        commit.join(origin.with.clone());
    }
    let delivery = origin.delivery;
    // An attempt ends once: its own row refuses a second end.
    let ends = matches!(origin.source, Source::Attempt { .. });
    let dedupe = (!ends).then_some(origin.dedupe.as_str());
    commit.append_applied(&row.place, &row.envelope, dedupe, delivery, order);
    if !early {
        commit.join(origin.with.clone());
    }
}

/// The state itself, guarded by the version it was folded from, and the feed.
fn finish(
    commit: &mut Commit,
    place: &Place,
    state: &State,
    expected: u64,
    follow: &Follow,
    (now, waiting): (Time, Waiting),
) {
    let last_message = follow.last_message.as_ref();
    let put = ConversationPut {
        conversation: place.conversation,
        state,
        last_message: last_message.map(|(at, text)| (*at, text.as_str())),
        unread: follow.unread,
        waiting,
    };
    commit.put_conversation(&put, expected);
    commit.feed(place, now, follow.changes);
}

/// The provider ids about which the step of this event may ask. Its own id is left out where the
/// journal's unique key has answered already.
#[must_use]
pub fn mentions(event: &Event) -> Vec<&str> {
    match event {
        Event::Received { message, .. } => targets(message).collect(),
        Event::Echoed { message, .. } | Event::Imported { message, .. } => {
            targets(message).chain([message.wamid.as_str()]).collect()
        }
        Event::StatusChanged { report, .. } => vec![report.wamid.as_str()],
        Event::HistoryChecked {
            found: Found::Sent { wamid },
            ..
        } => vec![wamid.as_str()],
        Event::HistoryChecked {
            found: Found::Absent | Found::Unclear { .. },
            ..
        }
        | Event::SendEnded { .. }
        | Event::Called { .. }
        | Event::PreferenceChanged { .. }
        | Event::Acted { .. }
        | Event::Relinked { .. }
        | Event::TimerFired { .. }
        | Event::CallAnswered { .. }
        | Event::CallProgressed { .. }
        | Event::SendRefused { .. }
        | Event::Commanded { .. }
        | Event::Quarantined { .. }
        | Event::ChannelSuspended { .. }
        | Event::Merged { .. }
        | Event::Joined { .. } => vec![],
    }
}

fn targets(message: &Received) -> impl Iterator<Item = &str> {
    let target = if let Content::Reaction { target, .. }
    | Content::Edit { target, .. }
    | Content::Revoke { target } = &message.content
    {
        Some(target.as_str())
    } else {
        None
    };
    message.context.quotes.as_deref().into_iter().chain(target)
}

/// The sends that this event names and that the state may have forgotten.
#[must_use]
pub fn names(event: &Event, state: &State) -> Option<ReplyId> {
    let reply = match event {
        Event::SendEnded { reply, .. }
        | Event::SendRefused { reply, .. }
        | Event::HistoryChecked { reply, .. }
        | Event::StatusChanged {
            reply: Some(reply), ..
        } => *reply,
        Event::Commanded { command, .. } => match command {
            Command::SettleUnknown { reply, .. } | Command::Resend { reply, .. } => *reply,
            Command::Send { .. }
            | Command::TakeOver
            | Command::Assign { .. }
            | Command::Return
            | Command::Pause { .. }
            | Command::Note { .. }
            | Command::Resolve
            | Command::Approve { .. }
            | Command::Reject { .. } => return None,
        },
        Event::StatusChanged { reply: None, .. }
        | Event::Received { .. }
        | Event::Echoed { .. }
        | Event::Imported { .. }
        | Event::Called { .. }
        | Event::PreferenceChanged { .. }
        | Event::Acted { .. }
        | Event::Relinked { .. }
        | Event::TimerFired { .. }
        | Event::CallAnswered { .. }
        | Event::CallProgressed { .. }
        | Event::Quarantined { .. }
        | Event::ChannelSuspended { .. }
        | Event::Merged { .. }
        | Event::Joined { .. } => return None,
    };
    let waits = state.sends.iter().any(|send| send.reply == reply);
    let over = state.recent.iter().any(|send| send.reply == reply);
    // What is over is remembered well enough for a status; a resend needs the words, which only the
    // outbox keeps for ever.
    let held = if matches!(event, Event::StatusChanged { .. }) {
        waits || over
    } else {
        waits && !matches!(event, Event::Commanded { .. })
    };
    (!held).then_some(reply)
}

fn known_for(event: &Event, warm: &Warm, shelf: &Shelf) -> BTreeMap<String, Known> {
    mentions(event)
        .into_iter()
        .filter_map(|wamid| {
            let known = warm.find(wamid).or_else(|| shelf.known.get(wamid))?;
            Some((wamid.to_owned(), known.clone()))
        })
        .collect()
}

/// Remembers the messages that a step has just put or named.
fn learn(warm: &mut Warm, effects: &[Effect], sends: &[(ReplyId, Provenance)], at: Time) {
    for effect in effects {
        if let Effect::PutMessage(row) = effect {
            let MessageRow {
                id,
                provenance,
                wamid: Some(wamid),
                sent,
                send,
                ..
            } = row.as_ref()
            else {
                continue;
            };
            let known = Known {
                message: *id,
                reply: send.map(|_| ReplyId(id.0)),
                provenance: provenance.clone(),
                send: *send,
                sent: *sent,
            };
            warm.learn(wamid.clone(), known);
        } else if let Effect::MarkMessage {
            message,
            mark: Mark::Wamid { wamid },
        } = effect
        {
            let reply = ReplyId(message.0);
            let Some((_, provenance)) = sends.iter().find(|(held, _)| *held == reply) else {
                continue;
            };
            let known = Known {
                message: *message,
                reply: Some(reply),
                provenance: provenance.clone(),
                send: Some(SendState::Accepted),
                sent: at,
            };
            warm.learn(wamid.clone(), known);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ponte_core::content::{Context, Person};
    use ponte_core::ids::{ChannelId, ConversationId, EventId, WorkspaceId};
    use serde_json::Value;

    const AT: Time = Time(1_795_176_000_000_000);

    fn received(content: Content, quotes: Option<&str>) -> Event {
        Event::Received {
            from: Person {
                wa_id: Some("5511987654321".into()),
                ..Person::default()
            },
            message: Box::new(Received {
                wamid: "wamid.own".into(),
                sent: AT,
                content,
                context: Context {
                    quotes: quotes.map(str::to_owned),
                    ..Context::default()
                },
                referral: None,
                group: None,
                extra: Value::Null,
            }),
        }
    }

    fn row(seq: i64, event: Event) -> JournalRow {
        JournalRow {
            seq,
            place: Place {
                workspace: WorkspaceId(Uuid::from_u128(1)),
                channel: ChannelId(Uuid::from_u128(2)),
                conversation: ConversationId(Uuid::from_u128(3)),
            },
            envelope: Envelope {
                id: EventId(Uuid::from_u128(u128::try_from(seq).unwrap())),
                at: AT,
                event,
            },
            delivery: None,
            attempts: 0,
            applied: None,
            quarantined: false,
        }
    }

    fn shelf() -> Shelf {
        Shelf {
            channel: Arc::new(Channel::default()),
            assistant: Arc::new(Assistant::default()),
            known: BTreeMap::new(),
            replies: BTreeMap::new(),
            statuses_until: None,
        }
    }

    fn hand() -> Hand {
        Hand {
            node: Uuid::from_u128(9),
            lease: LeaseRef {
                name: "channel/2".into(),
                token: 1,
            },
            now: AT,
        }
    }

    fn text(body: &str) -> Content {
        Content::Text { body: body.into() }
    }

    #[test]
    fn entries_are_folded_in_order_into_one_commit() {
        let rows = [
            row(1, received(text("oi"), None)),
            row(2, received(text("tudo bem"), None)),
        ];
        let folded = fold(
            &ponte_core::step,
            Warm::default(),
            &rows,
            &BTreeMap::new(),
            &shelf(),
            &hand(),
        )
        .unwrap();
        assert_eq!(folded.warm.state.version, 2);
        assert_eq!(folded.warm.state.turn.texts.len(), 2);
        assert_eq!(folded.follow.inbound.len(), 2);
        assert!(
            folded
                .follow
                .changes
                .has(ponte_store::rows::shared::Changes::MESSAGE)
        );
        let (_, shown) = folded.follow.last_message.unwrap();
        assert_eq!(shown, "tudo bem");
        assert!(!folded.commit.is_empty());
    }

    #[test]
    fn a_panic_names_its_entry_and_nothing_is_folded() {
        let decide = |book: &Book, state: State, envelope: &Envelope| {
            assert!(envelope.id.0.as_u128() != 2, "played");
            ponte_core::step(book, state, envelope)
        };
        let rows = [
            row(1, received(text("oi"), None)),
            row(2, received(text("veneno"), None)),
        ];
        let failed = fold(
            &decide,
            Warm::default(),
            &rows,
            &BTreeMap::new(),
            &shelf(),
            &hand(),
        );
        assert_eq!(failed.err(), Some(Panicked { seq: 2 }));
    }

    #[test]
    fn a_message_that_was_just_put_is_known_to_what_mentions_it() {
        let rows = [
            row(1, received(text("oi"), None)),
            row(2, {
                let content = Content::Reaction {
                    target: "wamid.own".into(),
                    emoji: Some("x".into()),
                };
                received(content, None)
            }),
        ];
        let folded = fold(
            &ponte_core::step,
            Warm::default(),
            &rows,
            &BTreeMap::new(),
            &shelf(),
            &hand(),
        )
        .unwrap();
        assert!(folded.warm.find("wamid.own").is_some());
    }

    #[test]
    fn targets_and_quotes_are_mentioned_and_the_own_id_only_where_it_may_be_known() {
        let reaction = Content::Reaction {
            target: "wamid.t".into(),
            emoji: None,
        };
        assert_eq!(
            mentions(&received(reaction, Some("wamid.q"))),
            ["wamid.q", "wamid.t"]
        );
        assert!(mentions(&received(text("oi"), None)).is_empty());
        let Event::Received { from, message } = received(text("oi"), None) else {
            panic!("received");
        };
        let echo = Event::Echoed {
            to: from,
            message,
            ours: None,
        };
        assert_eq!(mentions(&echo), ["wamid.own"]);
    }

    #[test]
    fn a_send_that_the_state_has_is_not_looked_up_again() {
        let reply = ReplyId(Uuid::from_u128(5));
        let ended = Event::SendRefused {
            reply,
            why: ponte_core::event::Refusal::Expired,
        };
        assert_eq!(names(&ended, &State::default()), Some(reply));
        let nothing = Event::ChannelSuspended { suspended: true };
        assert_eq!(names(&nothing, &State::default()), None);
    }
}
