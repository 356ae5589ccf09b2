//! The claim, each condition by itself, and the life of a send.

use crate::on_each;
use crate::world::{NODE_B, T0, World, entry, put_of, reply, uuid};
use ponte_core::effect::{Lane, SendState};
use ponte_core::event::Outcome;
use ponte_core::ids::{MessageId, ReplyId};
use ponte_core::outgoing::{Outgoing, Template};
use ponte_core::state::State;
use ponte_core::time::{Span, Time};
use ponte_store::rows::Place;
use ponte_store::rows::outbox::{Claim, ClaimBlock, channel_lease};
use ponte_store::rows::shared::TemplateRow;
use ponte_store::{Commit, Refused};

on_each! {
    a_claim_records_the_attempt_once
    a_send_is_claimed_by_the_commit_that_puts_it
    what_a_commit_does_not_put_it_does_not_claim
    a_claim_needs_its_epoch
    a_claim_needs_the_journal_applied
    a_claim_needs_the_window_unless_it_is_a_template
    the_free_entry_window_is_a_price_and_lets_nothing_through
    marketing_is_not_claimed_for_who_has_stopped_it
    a_template_that_is_switched_off_is_not_claimed
    a_persons_claimed_words_are_carried_to_the_next_epoch
    a_claim_needs_the_lease
    a_claim_needs_its_time
    a_claim_needs_the_next_attempt
    an_attempt_ends_once
    due_sends_come_by_lane_and_time
    open_claims_are_found_after_their_deadline
    unknown_sends_are_listed_and_move_on
}

async fn claim(t: &World, c: &Claim) -> Option<Refused> {
    let mut commit = Commit::new();
    commit.claim_send(c);
    t.store.commit(commit).await.unwrap().refused
}

async fn refused(t: &World, c: &Claim, why: &[ClaimBlock]) {
    assert_eq!(t.store.claim_blocks(c).await.unwrap(), why);
    assert_eq!(claim(t, c).await, Some(Refused::Claim));
    assert!(
        t.store.attempts(c.reply).await.unwrap().is_empty(),
        "no attempt without a claim"
    );
}

fn place(t: &World, c: &Claim) -> Place {
    Place {
        conversation: c.conversation,
        ..t.place
    }
}

async fn change(t: &World, c: &Claim, change: impl FnOnce(&mut State)) {
    let place = place(t, c);
    let mut state = t.store.load(&place, &[]).await.unwrap().unwrap().row.state;
    let before = state.version;
    state.version += 1;
    change(&mut state);
    assert!(t.put(&place, &state, before).await.stored());
}

async fn a_claim_records_the_attempt_once(t: World) {
    let c = t.pending(1).await;
    assert!(t.store.claim_blocks(&c).await.unwrap().is_empty());
    let (a, b) = tokio::join!(claim(&t, &c), claim(&t, &c));
    assert_eq!(
        [a, b].iter().filter(|r| r.is_none()).count(),
        1,
        "never two voices"
    );
    let attempts = t.store.attempts(c.reply).await.unwrap();
    assert_eq!(attempts.len(), 1);
    assert_eq!(
        (attempts[0].n, attempts[0].deadline, attempts[0].ended_at),
        (1, c.deadline, None)
    );
    let row = t.store.send(c.reply).await.unwrap().unwrap();
    assert_eq!((row.state, row.attempt), (SendState::Claimed, 1));
    let shown = t
        .store
        .message(MessageId(c.reply.0))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        shown.send(),
        Some(SendState::Pending),
        "a claim is not shown"
    );
    assert_eq!(
        t.store.place_of_reply(c.reply).await.unwrap(),
        Some(place(&t, &c))
    );
    assert_eq!(
        t.store.claim_blocks(&c).await.unwrap(),
        [ClaimBlock::NotPending]
    );
}

/// A fresh send, and the claim that its own commit makes of it.
async fn fresh(t: &World) -> (Place, Commit, Claim) {
    let before = t.pending(1).await;
    let mut send = reply(2, 3);
    send.not_before = before.at;
    send.expires = before.at + Span::hours(1);
    let place = t.talk(2).await;
    let claim = Claim {
        reply: send.reply,
        conversation: place.conversation,
        ..before
    };
    let mut commit = Commit::new();
    commit.under_lease(&claim.lease, claim.at);
    commit.put_send(&place, &send);
    (place, commit, claim)
}

async fn a_send_is_claimed_by_the_commit_that_puts_it(t: World) {
    let (place, mut commit, c) = fresh(&t).await;
    assert!(commit.claim_put(&c));
    t.ok(commit).await;
    let row = t.store.send(c.reply).await.unwrap().unwrap();
    assert_eq!((row.state, row.attempt), (SendState::Claimed, 1));
    let attempts = t.store.attempts(c.reply).await.unwrap();
    let made: Vec<_> = attempts
        .iter()
        .map(|made| (made.n, made.claimed_at, made.deadline, made.node))
        .collect();
    assert_eq!(made, [(1, c.at, c.deadline, c.node)]);
    assert_eq!(attempts[0].ended_at, None);
    // Nobody else gets it, and whoever comes after a crash finds it open.
    assert!(claim(&t, &c).await.is_some());
    let later = c.at + Span::minutes(1);
    let due = t
        .store
        .due_sends(place.channel, Lane::Conversation, later, 10)
        .await
        .unwrap();
    assert!(due.iter().all(|row| row.send.reply != c.reply));
    let open = t
        .store
        .open_claims(place.channel, c.deadline, 10)
        .await
        .unwrap();
    let open: Vec<_> = open.iter().map(|it| (it.reply, it.attempt)).collect();
    assert_eq!(open, [(c.reply, 1)]);
}

async fn what_a_commit_does_not_put_it_does_not_claim(t: World) {
    let (_, mut commit, c) = fresh(&t).await;
    let other = Claim {
        reply: ReplyId(uuid(77)),
        ..c.clone()
    };
    let statements = commit.len();
    assert!(!commit.claim_put(&other));
    assert_eq!(commit.len(), statements);
    t.ok(commit).await;
    let row = t.store.send(c.reply).await.unwrap().unwrap();
    assert_eq!((row.state, row.attempt), (SendState::Pending, 0));
    assert!(t.store.attempts(c.reply).await.unwrap().is_empty());
}

async fn a_claim_needs_its_epoch(t: World) {
    let c = t.pending(1).await;
    change(&t, &c, |s| s.epoch += 1).await;
    refused(&t, &c, &[ClaimBlock::EpochPassed]).await;
}

async fn a_claim_needs_the_journal_applied(t: World) {
    let c = t.pending(1).await;
    let mut commit = Commit::new();
    commit.append(&entry(place(&t, &c), "echo"));
    let seq = t.ok(commit).await.journal[0].unwrap();
    refused(&t, &c, &[ClaimBlock::JournalWaits]).await;
    let mut commit = Commit::new();
    commit.applied(seq, 1);
    t.ok(commit).await;
    assert_eq!(claim(&t, &c).await, None);
}

async fn a_claim_needs_the_window_unless_it_is_a_template(t: World) {
    let c = t.pending(1).await;
    // Inside the window, but not by the margin.
    change(&t, &c, |s| {
        s.window.service_until = Some(c.at + Span::secs(59))
    })
    .await;
    refused(&t, &c, &[ClaimBlock::WindowClosed]).await;
    change(&t, &c, |s| s.window.service_until = None).await;
    refused(&t, &c, &[ClaimBlock::WindowClosed]).await;
    let mut send = reply(2, 3);
    send.what = Outgoing::Template(Template {
        name: "aviso".into(),
        language: "pt_BR".into(),
        components: Vec::new(),
        preview: String::new(),
    });
    send.not_before = Time::ZERO;
    send.expires = c.at + Span::hours(1);
    let mut commit = Commit::new();
    commit.put_send(&place(&t, &c), &send);
    t.ok(commit).await;
    assert_eq!(
        claim(
            &t,
            &Claim {
                reply: send.reply,
                ..c
            }
        )
        .await,
        None
    );
}

async fn the_free_entry_window_is_a_price_and_lets_nothing_through(t: World) {
    let c = t.pending(1).await;
    change(&t, &c, |s| {
        s.window.service_until = Some(c.at - Span::hours(1));
        s.window.entry_until = Some(c.at + Span::hours(40));
    })
    .await;
    refused(&t, &c, &[ClaimBlock::WindowClosed]).await;
}

/// A template of this name in the outbox, and the claim for it.
async fn template(t: &World, c: &Claim, n: u128, name: &str, lane: Lane) -> Claim {
    let mut send = reply(n, 3);
    send.lane = lane;
    send.what = Outgoing::Template(Template {
        name: name.into(),
        language: "pt_BR".into(),
        components: Vec::new(),
        preview: "nul \0 inside".into(),
    });
    send.not_before = Time::ZERO;
    send.expires = c.at + Span::hours(1);
    let mut commit = Commit::new();
    commit.put_send(&place(t, c), &send);
    t.ok(commit).await;
    let reply = send.reply;
    Claim { reply, ..c.clone() }
}

async fn known(t: &World, name: &str, category: &str, status: &str) {
    let mut commit = Commit::new();
    commit.put_template(&TemplateRow {
        workspace: t.place.workspace,
        account: "200".into(),
        name: name.into(),
        language: "pt_BR".into(),
        status: status.into(),
        category: category.into(),
        quality: String::new(),
        body: serde_json::Value::Null,
        updated: T0,
    });
    t.ok(commit).await;
}

async fn marketing_is_not_claimed_for_who_has_stopped_it(t: World) {
    let c = t.pending(1).await;
    known(&t, "oferta", "MARKETING", "APPROVED").await;
    known(&t, "pedido", "UTILITY", "APPROVED").await;
    let offer = template(&t, &c, 2, "oferta", Lane::Conversation).await;
    let campaign = template(&t, &c, 3, "sem_nome", Lane::Campaign).await;
    let order = template(&t, &c, 4, "pedido", Lane::Conversation).await;
    assert!(t.store.claim_blocks(&offer).await.unwrap().is_empty());
    change(&t, &c, |s| s.marketing_stopped = true).await;
    refused(&t, &offer, &[ClaimBlock::OptedOut]).await;
    refused(&t, &campaign, &[ClaimBlock::OptedOut]).await;
    assert_eq!(claim(&t, &order).await, None, "an order is no marketing");
    assert_eq!(claim(&t, &c).await, None, "nor is an answer");
    change(&t, &c, |s| s.marketing_stopped = false).await;
    assert_eq!(claim(&t, &offer).await, None);
    assert_eq!(claim(&t, &campaign).await, None);
}

async fn a_template_that_is_switched_off_is_not_claimed(t: World) {
    let c = t.pending(1).await;
    for (n, status) in [(2, "PAUSED"), (3, "DISABLED")] {
        let name = status.to_lowercase();
        known(&t, &name, "UTILITY", status).await;
        let off = template(&t, &c, n, &name, Lane::Conversation).await;
        refused(&t, &off, &[ClaimBlock::TemplateOff]).await;
        known(&t, &name, "", "APPROVED").await;
        assert_eq!(claim(&t, &off).await, None);
    }
    let unheard_of = template(&t, &c, 4, "nova", Lane::Conversation).await;
    assert_eq!(claim(&t, &unheard_of).await, None);
}

async fn a_persons_claimed_words_are_carried_to_the_next_epoch(t: World) {
    let c = t.pending(1).await;
    assert_eq!(claim(&t, &c).await, None);
    change(&t, &c, |s| s.epoch += 1).await;
    let mut commit = Commit::new();
    commit.carry_send(&place(&t, &c), c.reply, 4);
    t.ok(commit).await;
    let mut commit = Commit::new();
    commit.requeue_send(&place(&t, &c), c.reply, c.at - Span::secs(1));
    t.ok(commit).await;
    let again = Claim { attempt: 2, ..c };
    assert_eq!(claim(&t, &again).await, None);
}

async fn a_claim_needs_the_lease(t: World) {
    let mut c = t.pending(1).await;
    c.lease.token += 1;
    refused(&t, &c, &[ClaimBlock::LeaseLost]).await;
    c.lease.token -= 1;
    assert!(t.store.release_lease(&c.lease).await.unwrap());
    refused(&t, &c, &[ClaimBlock::LeaseLost]).await;
    let name = channel_lease(t.place.channel);
    let other = t
        .store
        .take_lease(&name, NODE_B, T0, Span::hours(1))
        .await
        .unwrap()
        .unwrap();
    assert!(other.token > c.lease.token);
    refused(&t, &c, &[ClaimBlock::LeaseLost]).await;
}

async fn a_claim_needs_its_time(t: World) {
    let c = t.pending(1).await;
    let mut commit = Commit::new();
    commit.requeue_send(&place(&t, &c), c.reply, c.at + Span::hours(1));
    t.ok(commit).await;
    refused(&t, &c, &[ClaimBlock::NotYet]).await;
    let mut late = reply(2, 3);
    late.not_before = Time::ZERO;
    late.expires = c.at - Span::secs(1);
    let mut commit = Commit::new();
    commit.put_send(&place(&t, &c), &late);
    t.ok(commit).await;
    refused(
        &t,
        &Claim {
            reply: late.reply,
            ..c
        },
        &[ClaimBlock::Expired],
    )
    .await;
}

async fn a_claim_needs_the_next_attempt(t: World) {
    let mut c = t.pending(1).await;
    c.attempt = 2;
    refused(&t, &c, &[ClaimBlock::NotPending]).await;
    let nobody = Claim {
        reply: ReplyId(uuid(404)),
        ..c.clone()
    };
    refused(&t, &nobody, &[ClaimBlock::NotPending]).await;
    c.attempt = 1;
    assert_eq!(claim(&t, &c).await, None);
    let mut commit = Commit::new();
    commit.requeue_send(&place(&t, &c), c.reply, c.at - Span::secs(1));
    t.ok(commit).await;
    assert_eq!(
        claim(
            &t,
            &Claim {
                attempt: 2,
                ..c.clone()
            }
        )
        .await,
        None
    );
    assert_eq!(t.store.attempts(c.reply).await.unwrap().len(), 2);
}

async fn an_attempt_ends_once(t: World) {
    let c = t.pending(1).await;
    assert_eq!(claim(&t, &c).await, None);
    let outcome = Outcome::Accepted {
        wamid: "wamid.9".into(),
        held: false,
    };
    let end = |n: u32| {
        let mut commit = Commit::new();
        commit.end_attempt(c.reply, n, c.at, &outcome);
        commit.append(&entry(place(&t, &c), &format!("ended {n}")));
        t.store.commit(commit)
    };
    assert!(end(1).await.unwrap().stored());
    assert_eq!(end(1).await.unwrap().refused, Some(Refused::Attempt));
    assert_eq!(end(2).await.unwrap().refused, Some(Refused::Attempt));
    let attempt = &t.store.attempts(c.reply).await.unwrap()[0];
    assert_eq!(
        (attempt.ended_at, attempt.outcome.as_ref()),
        (Some(c.at), Some(&outcome))
    );
    let mut applied = Commit::new();
    applied.applied(1, 1);
    t.ok(applied).await;
    let explained = t
        .store
        .explain(t.place.workspace, MessageId(c.reply.0))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (explained.attempts.len(), explained.send.unwrap().attempt),
        (1, 1)
    );
    assert_eq!(
        explained.cause.map(|e| e.seq),
        Some(1),
        "the entry it was put under"
    );
}

async fn due_sends_come_by_lane_and_time(t: World) {
    let mut c = Commit::new();
    for (n, lane, at) in [
        (1, Lane::Conversation, 30),
        (2, Lane::Campaign, 5),
        (3, Lane::Conversation, 10),
        (4, Lane::Conversation, 90),
    ] {
        let mut send = reply(n, 0);
        send.lane = lane;
        send.not_before = T0 + Span::secs(at);
        c.put_send(&t.place, &send);
    }
    t.ok(c).await;
    let now = T0 + Span::secs(60);
    let ids = async |lane: Lane| -> Vec<ReplyId> {
        let due = t
            .store
            .due_sends(t.place.channel, lane, now, 10)
            .await
            .unwrap();
        due.into_iter().map(|r| r.send.reply).collect()
    };
    assert_eq!(
        ids(Lane::Conversation).await,
        [reply(3, 0).reply, reply(1, 0).reply]
    );
    assert_eq!(ids(Lane::Campaign).await, [reply(2, 0).reply]);
    assert_eq!(
        t.store.next_due(t.place.channel).await.unwrap().send,
        Some(T0 + Span::secs(5))
    );
    let mut c = Commit::new();
    c.move_send(&t.place, reply(3, 0).reply, SendState::Dropped);
    c.move_send(&t.place, ReplyId(uuid(404)), SendState::Dropped);
    t.ok(c).await;
    assert_eq!(ids(Lane::Conversation).await, [reply(1, 0).reply]);
    let counts = t.store.counts().await.unwrap();
    assert_eq!((counts.outbox_pending, counts.outbox_claimed), (3, 0));
}

async fn open_claims_are_found_after_their_deadline(t: World) {
    let c = t.pending(1).await;
    assert_eq!(claim(&t, &c).await, None);
    let at = |time: Time| t.store.open_claims(t.place.channel, time, 10);
    assert!(at(c.deadline - Span::micros(1)).await.unwrap().is_empty());
    let open = at(Time(i64::MAX)).await.unwrap();
    assert_eq!(
        (open[0].reply, open[0].attempt, open[0].node),
        (c.reply, 1, c.node)
    );
    let mut commit = Commit::new();
    commit.end_attempt(
        c.reply,
        1,
        c.at,
        &Outcome::Unsure {
            why: "crash".into(),
        },
    );
    commit.move_send(&place(&t, &c), c.reply, SendState::Unsure);
    t.ok(commit).await;
    assert!(at(Time(i64::MAX)).await.unwrap().is_empty());
}

async fn unknown_sends_are_listed_and_move_on(t: World) {
    let c = t.pending(1).await;
    let mut commit = Commit::new();
    commit
        .hold_conversation(c.conversation)
        .move_send(&place(&t, &c), c.reply, SendState::Unknown);
    t.ok(commit).await;
    let unknown = t.store.unknown_sends(t.place.workspace, 10).await.unwrap();
    assert_eq!(
        (unknown[0].send.reply, unknown[0].state),
        (c.reply, SendState::Unknown)
    );
    assert_eq!(t.store.counts().await.unwrap().outbox_unknown, 1);
    let mut commit = Commit::new();
    commit.move_send(&place(&t, &c), c.reply, SendState::Accepted);
    t.ok(commit).await;
    assert!(
        t.store
            .unknown_sends(t.place.workspace, 10)
            .await
            .unwrap()
            .is_empty()
    );
    let state = State {
        version: 2,
        epoch: 3,
        ..State::default()
    };
    let mut commit = Commit::new();
    commit.put_conversation(&put_of(&place(&t, &c), &state), 1);
    t.ok(commit).await;
}
