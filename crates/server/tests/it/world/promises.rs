//! The two promises, judged message by message: never silent, never two voices.
//!
//! In: the simulator's ledger, the journal, the views, the log of owners, the timers and alerts as
//! stored. Out: every breach, in words. What answers a message is told from the entry that wrote it:
//! the message itself, the end of its turn, slow work about that turn, or a person. Absent: the
//! step's own opinion (`unanswered_since`, `promise::kept`), which may be what is wrong. Next:
//! [`super::judge`], and `judged.rs`, which shows that this can fail.

use super::World;
use super::judge::Held;
use ponte_core::Event;
use ponte_core::book::Rule;
use ponte_core::content::{Content, Received};
use ponte_core::effect::{Alert, Why};
use ponte_core::event::TimerReason;
use ponte_core::ids::ReplyId;
use ponte_core::ownership::{Owner, Provenance};
use ponte_store::rows::conversation::OwnershipRow;
use ponte_store::rows::journal::JournalRow;
use ponte_store::rows::message::MessageView;
use std::collections::BTreeSet;

/// WhatsApp's code for a message that it shows in the phone app only.
const LOOK_IN_APP: i64 = 131_060;

/// Customers whom nobody answered and nobody is to answer.
pub async fn silences(world: &World, conversations: &[Held]) -> Vec<String> {
    let rules = &world.business.assistant.rules;
    let accepted: BTreeSet<String> = world.shared.cloud(|cloud, _| {
        let copies = cloud.ledger().copies_by_tag();
        copies.into_keys().collect()
    });
    let mut breaches = Vec::new();
    for held in conversations {
        let story = Story::of(world, held, &accepted).await;
        let mut waiting = Vec::new();
        for (place, row) in held.journal.iter().enumerate() {
            let Event::Received { message, .. } = &row.envelope.event else {
                continue;
            };
            if story.wants_answer(message) && !story.answered(place, message, rules) {
                waiting.push(message.wamid.clone());
            }
        }
        for row in &held.aside {
            if let Event::Received { message, .. } = &row.envelope.event {
                waiting.push(message.wamid.clone());
            }
        }
        let mut cared = waiting.is_empty() || cared_for(world, held, &story).await;
        if !cared && story.was_joined() {
            // Its wait goes on in the other half.
            let halves = conversations.iter();
            for other in halves.filter(|it| it.customer == held.customer && it.id != held.id) {
                let there = Story::of(world, other, &accepted).await;
                cared |= cared_for(world, other, &there).await;
            }
        }
        if !cared {
            let owner = story.owner_now();
            breaches.push(format!(
                "{waiting:?} of {:?}: nobody answered, and {owner:?} is not called",
                held.id
            ));
        }
    }
    breaches
}

/// People have it, and something tells them.
async fn cared_for(world: &World, held: &Held, story: &Story<'_>) -> bool {
    let store = &world.shared.store;
    let now = world.shared.now();
    let called = match story.owner_now() {
        Owner::Assistant | Owner::Nobody => return false,
        Owner::Person { .. } | Owner::Queue { .. } => {
            let timers = store.timers_of(held.id).await.unwrap();
            timers.iter().any(|timer| {
                let wakes = matches!(timer.reason, TimerReason::Ghost | TimerReason::PauseEnds);
                wakes && timer.due > now
            })
        }
    };
    let alerts = store.alerts_of(held.id, 1_000).await.unwrap();
    called || alerts.iter().any(|alert| alert.closed_at.is_none())
}

/// One conversation, as a judge retells it.
struct Story<'w> {
    held: &'w Held,
    /// Replies the platform accepted, as tags name them.
    accepted: &'w BTreeSet<String>,
    owners: Vec<OwnershipRow>,
    /// The owner after each entry of the journal.
    after: Vec<Owner>,
    look_in_app: bool,
}

impl<'w> Story<'w> {
    async fn of(world: &World, held: &'w Held, accepted: &'w BTreeSet<String>) -> Story<'w> {
        let store = &world.shared.store;
        let mut owners = store.owners(held.id, 10_000).await.unwrap();
        owners.sort_by_key(|owner| owner.epoch);
        let mut owner = Owner::Assistant;
        let after = held
            .journal
            .iter()
            .map(|row| {
                let mut changes = owners.iter().filter(|o| o.event == row.envelope.id);
                if let Some(change) = changes.next_back() {
                    owner = change.to.clone();
                }
                owner.clone()
            })
            .collect();
        let alerts = store.alerts_of(held.id, 1_000).await.unwrap();
        let look_in_app = alerts.iter().any(|alert| alert.alert == Alert::LookInApp);
        Story {
            held,
            accepted,
            owners,
            after,
            look_in_app,
        }
    }

    fn owner_now(&self) -> Owner {
        let last = self.owners.last();
        last.map_or(Owner::Assistant, |owner| owner.to.clone())
    }

    /// It ended in favour of another conversation of the same person.
    fn was_joined(&self) -> bool {
        let last = self.owners.last();
        last.is_some_and(|owner| owner.to == Owner::Nobody && owner.why == Why::Merged)
    }

    fn row(&self, wamid: &str) -> Option<&MessageView> {
        let mut rows = self.held.messages.iter();
        rows.find(|message| message.row.wamid.as_deref() == Some(wamid))
    }

    /// Words to the business that nobody has taken back.
    fn wants_answer(&self, message: &Received) -> bool {
        let in_app = matches!(&message.content, Content::Unsupported { errors, .. }
            if errors.iter().any(|error| error.code == LOOK_IN_APP));
        let none = matches!(
            message.content,
            Content::Edit { .. }
                | Content::Revoke { .. }
                | Content::Reaction { .. }
                | Content::System(_)
                | Content::CallPermissionReply { .. }
        );
        let revoked = self
            .row(&message.wamid)
            .is_some_and(|row| row.revoked_at.is_some());
        let excused = none || revoked || (in_app && self.look_in_app);
        !excused && message.group.is_none()
    }

    /// Whether everything this entry wrote to the customer arrived, and it wrote something.
    fn spoke(&self, row: &JournalRow) -> bool {
        let mut written = self.written(row).peekable();
        written.peek().is_some() && written.all(|message| self.arrived(message))
    }

    fn written(&self, row: &JournalRow) -> impl Iterator<Item = &MessageView> {
        let order = row.applied.and_then(|order| i64::try_from(order).ok());
        let all = self.held.messages.iter();
        all.filter(move |message| message.row.send.is_some() && Some(message.ord / 1_024) == order)
    }

    fn arrived(&self, message: &MessageView) -> bool {
        let reply = message.row.id.0.simple().to_string();
        self.accepted.contains(&reply) && message.facts.failed_at.is_none()
    }

    /// Whether the message at this place of the journal was answered, or a person closed it.
    fn answered(&self, place: usize, message: &Received, rules: &[Rule]) -> bool {
        let own = &self.held.journal[place];
        let at_once = self.written(own).next().is_some();
        if self.spoke(own) && self.after[place].is_automatic() {
            return true;
        }
        let by_hand = self.held.journal.iter().any(|row| {
            matches!(&row.envelope.event, Event::Echoed { message: echo, .. }
                if echo.sent >= message.sent && self.is_by_hand(echo))
        });
        if by_hand {
            return true;
        }
        let mut turn_taken = false;
        for (later, row) in self.held.journal.iter().enumerate().skip(place + 1) {
            let by_assistant = self.after[later].is_automatic() && self.spoke(row);
            let event = &row.envelope.event;
            let ends = matches!(event, Event::TimerFired { reason, .. }
                if *reason == TimerReason::Debounce);
            turn_taken |= ends;
            // The message was of this turn only if nothing was said to it alone.
            let whole = by_assistant && !at_once;
            let answers = if let Event::Received { message, .. } = event {
                whole && !is_immediate(rules, message)
            } else if matches!(event, Event::Commanded { .. }) {
                self.spoke(row) || self.closed(row, turn_taken || at_once)
            } else if matches!(event, Event::Echoed { .. }) {
                self.closed(row, turn_taken || at_once)
            } else {
                let slow = matches!(event, Event::CallAnswered { .. });
                whole && (ends || (slow && turn_taken))
            };
            if answers {
                return true;
            }
        }
        false
    }

    /// A person says here that nothing is owed: closed it, or gave back what they had been shown.
    fn closed(&self, row: &JournalRow, taken: bool) -> bool {
        self.owners.iter().any(|owner| {
            let given_back = matches!(owner.why, Why::Returned | Why::PhoneCommand);
            let says_so = owner.why == Why::Resolved || (given_back && taken);
            owner.event == row.envelope.id && says_so
        })
    }

    /// Words of a person at the phone, kept as theirs; commands to the assistant are none.
    fn is_by_hand(&self, echo: &Received) -> bool {
        let row = self.row(&echo.wamid);
        let theirs = row.is_some_and(|row| row.row.provenance == Provenance::PhoneApp);
        theirs && is_words(&echo.content)
    }
}

fn is_words(content: &Content) -> bool {
    let mark = matches!(
        content,
        Content::Edit { .. } | Content::Revoke { .. } | Content::Reaction { .. }
    );
    !mark && !content.words().trim_start().starts_with('#')
}

/// Whether a rule answers these words alone, without the rest of the turn.
fn is_immediate(rules: &[Rule], message: &Received) -> bool {
    let said = message.content.words().trim().to_lowercase();
    let mut rules = rules.iter().filter(|rule| rule.immediate);
    rules.any(|rule| {
        let starts = rule.when.starts.iter().any(|word| said.starts_with(word));
        starts || rule.when.equals.contains(&said)
    })
}

/// Automatic words claimed while a person had the customer, in whichever conversation of theirs, and
/// words at the phone that took nothing over.
pub async fn second_voices(world: &World, conversations: &[Held]) -> Vec<String> {
    let nothing = BTreeSet::new();
    let mut stories = Vec::new();
    for held in conversations {
        stories.push(Story::of(world, held, &nothing).await);
    }
    let mut breaches = echoes_without_effect(world, &stories);
    for story in &stories {
        for message in &story.held.messages {
            let automatic = match message.row.provenance {
                Provenance::Assistant { .. } | Provenance::Flow { .. } | Provenance::System => true,
                Provenance::Customer
                | Provenance::Agent { .. }
                | Provenance::PhoneApp
                | Provenance::Campaign { .. }
                | Provenance::Imported { .. } => false,
            };
            if message.row.send.is_some() && automatic {
                claimed_over_a_person(world, &stories, story, message, &mut breaches).await;
            }
        }
    }
    breaches
}

async fn claimed_over_a_person(
    world: &World,
    stories: &[Story<'_>],
    story: &Story<'_>,
    message: &MessageView,
    breaches: &mut Vec<String>,
) {
    let store = &world.shared.store;
    let reply = ReplyId(message.row.id.0);
    let Some(sent) = store.send(reply).await.unwrap() else {
        return;
    };
    for attempt in store.attempts(reply).await.unwrap() {
        for other in stories {
            if other.held.customer != story.held.customer {
                continue;
            }
            let own = other.held.id == story.held.id;
            // Of a change in the very moment of the claim only the order of epochs tells.
            let mut before = other.owners.iter().rev().filter(|owner| {
                let with_it = own && owner.epoch <= sent.send.epoch;
                with_it || owner.at < attempt.claimed_at
            });
            let Some(held_by) = before.next() else {
                continue;
            };
            let passed = own && held_by.epoch > sent.send.epoch;
            if passed || matches!(held_by.to, Owner::Person { .. }) {
                breaches.push(format!(
                    "{:?} of epoch {} was claimed under epoch {}, {:?}",
                    message.row.provenance, sent.send.epoch, held_by.epoch, held_by.to
                ));
            }
        }
    }
}

fn echoes_without_effect(world: &World, stories: &[Story<'_>]) -> Vec<String> {
    let typed: Vec<String> = world.shared.cloud(|cloud, _| {
        let echoes = cloud.ledger().echoes().into_iter();
        let words = echoes.filter(|echo| {
            let mark = matches!(echo.kind.as_str(), "reaction" | "edit" | "revoke");
            echo.acked_at.is_some() && !mark && !echo.text.trim_start().starts_with('#')
        });
        words.map(|echo| echo.id.clone()).collect()
    });
    let mut breaches = Vec::new();
    for story in stories {
        for (place, row) in story.held.journal.iter().enumerate() {
            let Event::Echoed { message, .. } = &row.envelope.event else {
                continue;
            };
            if !typed.contains(&message.wamid) {
                continue;
            }
            if !story.is_by_hand(message) {
                breaches.push(format!("{} was typed and is not kept so", message.wamid));
            } else if !matches!(story.after[place], Owner::Person { .. }) {
                let owner = &story.after[place];
                breaches.push(format!("{} leaves it to {owner:?}", message.wamid));
            }
        }
    }
    breaches
}
