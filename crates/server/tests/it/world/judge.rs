//! The judge of a world: the invariants of the design, read from the simulator's ledger and the store.
//!
//! In: a world that has come to rest. Out: nothing, or a failure that names the invariant and the
//! seed. What a fault makes unavoidable is excused by name ([`Excuses`]). Absent: knowledge of how
//! the server works inside. Next: [`super::replay`].

use super::{NUMBER, World, promises};
use ponte_core::effect::SendState;
use ponte_core::event::TimerReason;
use ponte_core::ids::{ChannelId, ContactId, ConversationId};
use ponte_core::ownership::Provenance;
use ponte_core::{Event, Time};
use ponte_sim::Fault;
use ponte_store::rows::conversation::ConversationFilter;
use ponte_store::rows::journal::JournalRow;
use ponte_store::rows::message::MessageView;
use std::collections::{BTreeMap, BTreeSet};

/// What a test has made unavoidable.
#[derive(Clone, Copy, Debug, Default)]
pub struct Excuses {
    /// Quarantined deliveries, items or entries are expected.
    pub quarantine: bool,
    /// The platform was told to repeat our POSTs.
    pub proxy: bool,
    /// The platform refuses for rate, or claims a closed window, without cause.
    pub refusals: bool,
    /// State may differ from a replay: settings changed, or an entry was set aside.
    pub replay: bool,
    /// The customer's messages come in faster than the number may carry.
    pub flood: bool,
}

/// Everything that must hold once a world has come to rest.
pub async fn judge(world: &World, excuses: Excuses) {
    let conversations = conversations(world).await;
    nothing_is_lost(world, &conversations).await;
    no_copy_is_sent_twice(world, excuses);
    what_we_show_is_true(world, &conversations, excuses);
    parts_keep_their_order(world, &conversations);
    the_promises_are_kept(world, &conversations).await;
    the_rate_is_kept(world, excuses);
    the_window_is_kept(world, excuses);
    timers_fire_once_and_never_early(&conversations);
    nothing_is_stuck(world, &conversations, excuses).await;
    if !excuses.replay {
        for held in &conversations {
            super::replay::same(world, held).await;
        }
    }
}

/// A conversation with everything of it.
pub struct Held {
    pub id: ConversationId,
    /// Who it is with, on which number; a person may have two conversations that were joined.
    pub customer: (ChannelId, ContactId),
    pub messages: Vec<MessageView>,
    /// In the order of the fold.
    pub journal: Vec<JournalRow>,
    /// Entries that no fold could take.
    pub aside: Vec<JournalRow>,
}

/// All of them, as the store has them.
pub async fn conversations(world: &World) -> Vec<Held> {
    let store = &world.shared.store;
    let bad = store.quarantined_entries(None, 1_000).await.unwrap();
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let filter = ConversationFilter::default();
        let page = store
            .conversations(world.business.workspace, &filter, after, 500)
            .await
            .unwrap();
        for item in page.items {
            let id = item.place.conversation;
            let mut journal = Vec::new();
            loop {
                let last = journal
                    .last()
                    .map_or(0, |row: &JournalRow| row.applied.unwrap());
                let more = store.folded(id, last, 1_000).await.unwrap();
                if more.is_empty() {
                    break;
                }
                journal.extend(more);
            }
            let messages = world.messages(id).await;
            let mine = bad.iter().filter(|row| row.place.conversation == id);
            all.push(Held {
                id,
                customer: (item.place.channel, root(world, item.contact).await),
                messages,
                journal,
                aside: mine.cloned().collect(),
            });
        }
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
}

/// The contact that this one was joined with, if any.
async fn root(world: &World, mut contact: ContactId) -> ContactId {
    loop {
        let row = world.shared.store.contact(contact).await.unwrap().unwrap();
        match row.merged_into {
            Some(joined) => contact = joined,
            None => return contact,
        }
    }
}

/// I1, and n in = n out: what was acknowledged stands once in a conversation.
async fn nothing_is_lost(world: &World, conversations: &[Held]) {
    let seed = world.shared.seed;
    let mut seen = BTreeMap::<&str, u32>::new();
    let entries = conversations
        .iter()
        .flat_map(|held| held.journal.iter().chain(&held.aside));
    for row in entries {
        let (Event::Received { message, .. } | Event::Echoed { message, .. }) = &row.envelope.event
        else {
            continue;
        };
        *seen.entry(&message.wamid).or_default() += 1;
    }
    let (acked, never, given_up) = world.shared.cloud(|cloud, _| {
        let ledger = cloud.ledger();
        let ids = |said: Vec<&ponte_sim::Said>| -> Vec<String> {
            said.into_iter().map(|said| said.id.clone()).collect()
        };
        let mut acked = ids(ledger.inbound_acked());
        let echoes = ledger
            .echoes()
            .into_iter()
            .filter(|echo| echo.acked_at.is_some());
        acked.extend(echoes.map(|echo| echo.id.clone()));
        (acked, ids(ledger.never_acked()), ledger.given_up())
    });
    for id in acked {
        if world.excused.contains(&id) {
            continue;
        }
        let times = seen.get(id.as_str()).copied().unwrap_or(0);
        assert_eq!(
            times, 1,
            "I1: {id} was processed {times} times; seed {seed}"
        );
    }
    assert_eq!(never.len(), 0, "I1: never acknowledged; seed {seed}");
    assert_eq!(given_up, 0, "I1: the platform gave up; seed {seed}");
}

/// I3: no reply has two copies.
fn no_copy_is_sent_twice(world: &World, excuses: Excuses) {
    if excuses.proxy {
        return;
    }
    let copies = world
        .shared
        .cloud(|cloud, _| cloud.ledger().copies_by_tag());
    for (tag, copies) in copies {
        assert_eq!(
            copies, 1,
            "I3: {tag} was accepted {copies} times; seed {}",
            world.shared.seed
        );
    }
}

/// I2 and I4: every accepted message is one of ours, and shown as what became of it.
fn what_we_show_is_true(world: &World, conversations: &[Held], excuses: Excuses) {
    let seed = world.shared.seed;
    let copies = world
        .shared
        .cloud(|cloud, _| cloud.ledger().copies_by_tag());
    let mut ours = BTreeMap::new();
    for held in conversations {
        for message in &held.messages {
            if let Some(state) = message.row.send {
                ours.insert(
                    message.row.id.0.simple().to_string(),
                    (held, message, state),
                );
            }
        }
    }
    for tag in copies.keys() {
        let (held, message, _) = ours
            .get(tag)
            .unwrap_or_else(|| panic!("I2: {tag} was sent and is not ours; seed {seed}"));
        let cause = held.messages.iter().any(|other| {
            other.row.provenance == Provenance::Customer
                && other.row.received <= message.row.received
        });
        assert!(cause, "I2: {tag} answers nobody; seed {seed}");
    }
    for (reply, (_, message, state)) in &ours {
        let sent = copies.get(reply).copied().unwrap_or(0);
        match state {
            SendState::Accepted => assert!(
                sent >= 1,
                "I4: {reply} is shown as sent and was not; seed {seed}"
            ),
            SendState::Failed | SendState::Dropped => {
                let later = message.facts.failed_at.is_some();
                assert!(
                    sent == 0 || later || excuses.proxy,
                    "I4: {reply} is shown as {state:?} and was sent; seed {seed}"
                );
            }
            // Shown to a person as what it is.
            SendState::Unknown => {}
            SendState::Pending | SendState::Claimed | SendState::Unsure => {
                panic!("I9: {reply} is still {state:?}; seed {seed}")
            }
        }
    }
}

/// I5: the parts of a conversation reach the customer in the order in which they were written.
fn parts_keep_their_order(world: &World, conversations: &[Held]) {
    let accepted: Vec<(String, i64)> = world.shared.cloud(|cloud, _| {
        let ours = cloud.ledger().accepted();
        ours.filter_map(|accepted| {
            let reply = accepted.tag.as_deref()?.split('.').nth(1)?.to_owned();
            Some((reply, accepted.at))
        })
        .collect()
    });
    let at: BTreeMap<&str, usize> = accepted
        .iter()
        .enumerate()
        .map(|(n, (reply, _))| (reply.as_str(), n))
        .collect();
    for held in conversations {
        let mut by_event = BTreeMap::<i64, Vec<(i64, usize)>>::new();
        for message in held
            .messages
            .iter()
            .filter(|message| message.row.send.is_some())
        {
            let reply = message.row.id.0.simple().to_string();
            if let Some(place) = at.get(reply.as_str()) {
                by_event
                    .entry(message.ord / 1_024)
                    .or_default()
                    .push((message.ord, *place));
            }
        }
        for mut parts in by_event.into_values() {
            parts.sort_unstable();
            let in_order = parts.windows(2).all(|pair| pair[0].1 < pair[1].1);
            assert!(
                in_order,
                "I5: parts out of order; seed {}",
                world.shared.seed
            );
        }
    }
}

/// The two promises: I6, and that nobody who wrote is left without answer and without people.
async fn the_promises_are_kept(world: &World, conversations: &[Held]) {
    let seed = world.shared.seed;
    let voices = promises::second_voices(world, conversations).await;
    assert!(voices.is_empty(), "I6: {voices:#?}; seed {seed}");
    let silent = promises::silences(world, conversations).await;
    assert!(silent.is_empty(), "silent: {silent:#?}; seed {seed}");
}

/// I7: never more in any second than the number may carry, and the pair limit is kept.
fn the_rate_is_kept(world: &World, excuses: Excuses) {
    let (most, both, limit, refused) = world.shared.cloud(|cloud, _| {
        let limit = cloud.config().numbers[0].mps;
        let ledger = cloud.ledger();
        let most = ledger.max_in_any_second(NUMBER, false);
        let both = ledger.max_in_any_second(NUMBER, true);
        (most, both, limit as usize, ledger.refused_by_code().clone())
    });
    let seed = world.shared.seed;
    assert!(
        most <= limit,
        "I7: {most} sent in a second, {limit} allowed; seed {seed}"
    );
    if !excuses.flood {
        assert!(
            both <= limit,
            "I7: {both} in a second, {limit} allowed; seed {seed}"
        );
    }
    if !excuses.refusals {
        for code in [130_429_u32, 131_056] {
            assert!(
                !refused.contains_key(&code),
                "I7: refused with {code}; seed {seed}"
            );
        }
    }
}

/// I8: no free text outside the window.
fn the_window_is_kept(world: &World, excuses: Excuses) {
    let (outside, refused) = world.shared.cloud(|cloud, _| {
        let ledger = cloud.ledger();
        let refused = ledger.refused_by_code().contains_key(&131_047);
        (ledger.accepted_outside_window().len(), refused)
    });
    assert_eq!(
        outside, 0,
        "I8: sent outside the window; seed {}",
        world.shared.seed
    );
    assert!(
        !refused || excuses.refusals,
        "I8: tried outside the window; seed {}",
        world.shared.seed
    );
}

/// I12.
fn timers_fire_once_and_never_early(conversations: &[Held]) {
    for held in conversations {
        let mut fired = BTreeSet::<(TimerReason, Time)>::new();
        for row in &held.journal {
            if let Event::TimerFired { reason, due } = &row.envelope.event {
                assert!(row.envelope.at >= *due, "I12: {reason:?} fired early");
                assert!(
                    fired.insert((reason.clone(), *due)),
                    "I12: {reason:?} fired twice"
                );
            }
        }
    }
}

/// I13, and I9's other half: nothing waits for ever, and what nobody knows is on a person's list.
async fn nothing_is_stuck(world: &World, conversations: &[Held], excuses: Excuses) {
    let store = &world.shared.store;
    let seed = world.shared.seed;
    let counts = store.counts().await.unwrap();
    assert_eq!(counts.journal_pending, 0, "I13: entries wait; seed {seed}");
    assert_eq!(
        counts.deliveries_waiting, 0,
        "I13: deliveries wait; seed {seed}"
    );
    assert_eq!(
        counts.outbox_pending + counts.outbox_claimed,
        0,
        "I13: sends wait; seed {seed}"
    );
    if !excuses.quarantine {
        let bad = counts.deliveries_quarantined + counts.journal_quarantined;
        assert_eq!(bad, 0, "I13: something is quarantined; seed {seed}");
    }
    for held in conversations {
        let unknown = held
            .messages
            .iter()
            .any(|message| message.row.send == Some(SendState::Unknown));
        if unknown {
            let alerts = store.alerts_of(held.id, 100).await.unwrap();
            assert!(
                !alerts.is_empty(),
                "I9: an unknown send alerts nobody; seed {seed}"
            );
        }
    }
}

/// Whether a fault of the platform has struck at all; a test of a fault that never struck proves nothing.
pub fn must_have_struck(world: &World, fault: Fault) {
    assert!(world.struck(fault) > 0, "{fault} never struck");
}
