//! I14: folding a conversation's journal again gives the state that is stored.
//!
//! In: the journal in the order of its fold. Out: nothing, or the first difference. What the books
//! know is gathered from the effects themselves, by an own few lines, so that a mistake of the
//! engine's memory shows. Next: [`super::judge`].

use super::World;
use super::judge::Held;
use ponte_core::book::{Known, Wrote};
use ponte_core::effect::{Effect, Mark, SendState};
use ponte_core::ids::{MessageId, ReplyId};
use ponte_core::ownership::Provenance;
use ponte_core::{Book, State};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Fails when the fold differs from what is stored.
pub async fn same(world: &World, held: &Held) {
    let Some(first) = held.journal.first() else {
        return;
    };
    let loaded = world.shared.store.load(&first.place, &[]).await.unwrap();
    let stored = loaded.unwrap().row.state;
    let numbers = world.nodes[0].app().settings.now();
    let number = numbers.get(first.place.channel).unwrap();
    let mut book = Book::new(
        held.id,
        Arc::clone(&number.channel),
        Arc::clone(&number.assistant),
    );
    let mut rows = BTreeMap::<MessageId, Provenance>::new();
    let mut state = State::default();
    for row in &held.journal {
        let step = ponte_core::step(&book, state, &row.envelope);
        // Stored and read between every two steps, as the engine does.
        let text = serde_json::to_string(&step.state).unwrap();
        state = serde_json::from_str(&text).unwrap();
        assert_eq!(state, step.state, "a state changes when it is stored");
        for effect in step.effects {
            learn(&mut book, &mut rows, effect);
        }
        assert_eq!(Some(state.version), row.applied, "the place in the fold");
    }
    let (again, kept) = (
        serde_json::to_value(&state).unwrap(),
        serde_json::to_value(&stored).unwrap(),
    );
    for (field, value) in again
        .as_object()
        .unwrap()
        .iter()
        .chain(kept.as_object().unwrap())
    {
        let (again, kept) = (again.get(field), kept.get(field));
        let seed = world.shared.seed;
        assert_eq!(
            again, kept,
            "I14: a replay gives another `{field}` ({value}); seed {seed}"
        );
    }
}

fn learn(book: &mut Book, rows: &mut BTreeMap<MessageId, Provenance>, effect: Effect) {
    if let Effect::PutMessage(row) = effect {
        rows.insert(row.id, row.provenance.clone());
        if let Some(wamid) = row.wamid {
            let known = Known {
                message: row.id,
                reply: row.send.map(|_| ReplyId(row.id.0)),
                provenance: row.provenance,
                send: row.send,
                sent: row.sent,
            };
            book.known.entry(wamid).or_insert(known);
        }
    } else if let Effect::MarkMessage {
        message,
        mark: Mark::Wamid { wamid },
    } = effect
    {
        let Some(provenance) = rows.get(&message) else {
            return;
        };
        let known = Known {
            message,
            reply: Some(ReplyId(message.0)),
            provenance: provenance.clone(),
            send: Some(SendState::Accepted),
            sent: ponte_core::Time::ZERO,
        };
        book.known.entry(wamid).or_insert(known);
    } else if let Effect::Send(send) = effect {
        let wrote = Wrote {
            what: send.what,
            quotes: send.quotes,
            provenance: send.provenance,
            state: SendState::Pending,
        };
        book.replies.insert(send.reply, wrote);
    } else if let Effect::MoveSend { reply, to } = effect
        && let Some(wrote) = book.replies.get_mut(&reply)
    {
        wrote.state = to;
    }
}
