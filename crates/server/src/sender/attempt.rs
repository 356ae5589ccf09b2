//! One attempt to send: claim, check, post, record. See `docs/protocol.md`.
//!
//! In: a pending row and the number it leaves by. Out: an [`Ended`] for the sender, after the outcome
//! was handed to the conversation; until that is stored the claim stays open. The attempt is recorded before the first byte leaves, and its deadline
//! counts from before that commit. Absent: which row goes when (`line`, `ponte_core::pace`), and what
//! an outcome means for the conversation (`ponte_core`). Next: [`super::record`].

use super::gate::{Gate, Turn};
use super::record;
use crate::app::App;
use crate::graph::{Before, Request, Secret, Sent};
use crate::relay::starts::LIVES;
use crate::settings::Number;
use ponte_core::event::{Outcome, Refusal};
use ponte_core::ids::{ConversationId, ReplyId};
use ponte_core::time::{Span, Time};
use ponte_store::rows::outbox::{Claim, ClaimBlock, LeaseRef, OutboxRow};
use ponte_store::{Commit, Refused, StoreError};
use ponte_wire::{answer, encode, graph, tag};
use std::sync::Arc;

/// An event of the conversation is being applied: it takes about this long.
const SOON: Span = Span::millis(20);
/// The store is in trouble: not sooner than this.
const LATER: Span = Span::secs(1);
/// Only a person can release a frozen outbox.
const FROZEN: Span = Span::secs(5);
/// The provider's code for "invalid parameter": what our own check finds is refused as the provider would.
const INVALID: i64 = 131_009;

/// What an attempt needs.
#[derive(Clone)]
pub struct Ticket {
    pub app: Arc<App>,
    pub number: Arc<Number>,
    pub lease: LeaseRef,
    pub token: Secret,
    pub gate: Arc<Gate>,
}

/// How an attempt ended for the sender.
#[derive(Debug)]
pub struct Ended {
    pub conversation: ConversationId,
    pub reply: ReplyId,
    pub then: Then,
}

#[derive(Debug)]
pub enum Then {
    /// It was made, and its conversation is told.
    Made(Outcome),
    /// It was claimed and not written, by our own choice; its conversation is told this too.
    Kept,
    /// Not now: the row goes back into the line.
    Later(Box<OutboxRow>, Time),
    /// The row is no longer to be sent.
    Gone,
    /// The channel is another node's: stop.
    Lost,
    /// Nothing at all may be sent now.
    Frozen(Box<OutboxRow>, Time),
}

/// Makes one attempt.
pub async fn attempt(ticket: Ticket, row: OutboxRow) -> Ended {
    let (conversation, reply) = (row.place.conversation, row.send.reply);
    let then = run(&ticket, row).await;
    Ended {
        conversation,
        reply,
        then,
    }
}

/// Makes the attempt of a row that was claimed by the commit of its decision.
pub async fn claimed(ticket: Ticket, row: OutboxRow, claim: Claim) -> Ended {
    let (conversation, reply) = (row.place.conversation, row.send.reply);
    let then = granted(&ticket, row, claim).await;
    Ended {
        conversation,
        reply,
        then,
    }
}

async fn run(ticket: &Ticket, row: OutboxRow) -> Then {
    let app = &ticket.app;
    app.env.crash.pass("sender.before_claim").await;
    let at = app.env.clock.now();
    let deadline = at + LIVES;
    let claim = Claim {
        reply: row.send.reply,
        conversation: row.place.conversation,
        attempt: row.attempt + 1,
        at,
        deadline,
        node: app.config.node,
        window_margin: ticket.number.channel.window_margin,
        lease: ticket.lease.clone(),
    };
    let mut commit = Commit::new();
    commit.claim_send(&claim);
    match app.store.commit(commit).await {
        Ok(committed) if committed.stored() => {}
        Ok(committed) => return refused(ticket, row, &claim, committed.refused).await,
        // Nobody knows whether it was stored; the attempt itself tells.
        Err(StoreError::Unsure) if is_recorded(app, &claim).await => {}
        Err(error) => {
            tracing::warn!(%error, "a send could not be claimed now");
            return Then::Later(Box::new(row), at + LATER);
        }
    }
    granted(ticket, row, claim).await
}

/// The claim stands: the way to the first byte, and what came of it.
async fn granted(ticket: &Ticket, row: OutboxRow, claim: Claim) -> Then {
    let app = &ticket.app;
    app.env.crash.pass("sender.after_claim").await;
    let deadline = claim.deadline;
    let turn = Arc::new(Turn::of_claim(
        Arc::clone(&ticket.gate),
        Arc::clone(app),
        claim.clone(),
    ));
    let outcome = post(ticket, &row, claim.attempt, deadline, &turn).await;
    app.env.crash.pass("sender.after_post").await;
    record::ended(app, &row.place, claim.reply, claim.attempt, &outcome).await;
    app.env.crash.pass("sender.after_outcome").await;
    if turn.was_refused() {
        Then::Kept
    } else {
        Then::Made(outcome)
    }
}

/// Whether exactly this claim was stored.
async fn is_recorded(app: &App, claim: &Claim) -> bool {
    let attempts = app.store.attempts(claim.reply).await.unwrap_or_default();
    attempts.iter().any(|made| {
        made.n == claim.attempt
            && made.node == claim.node
            && made.claimed_at == claim.at
            && made.ended_at.is_none()
    })
}

/// Posts, if the gate lets it, and says what is known then.
async fn post(
    ticket: &Ticket,
    row: &OutboxRow,
    attempt: u32,
    deadline: Time,
    turn: &Arc<Turn>,
) -> Outcome {
    let app = &ticket.app;
    let key = app.config.tag_key.expose().as_bytes();
    let tag = tag::make(key, row.send.reply, attempt);
    let (to, quotes) = (&row.send.to, row.send.quotes.as_deref());
    let body = match encode::message(to, &row.send.what, quotes, &tag) {
        Ok(body) => body.to_string(),
        Err(broken) => {
            return Outcome::Refused {
                code: INVALID,
                subcode: None,
                title: broken.to_string(),
                http: 0,
            };
        }
    };
    let path = app.path(&graph::messages_path(&ticket.number.channel.number));
    let mut request = Request::post(path, ticket.token.clone(), body, deadline);
    request.before = Some(Before(Arc::<Turn>::clone(turn)));
    match app.env.call(request).await {
        Sent::NotSent { why } => Outcome::NotSent { why },
        Sent::Broken { why, .. } => Outcome::Unsure { why },
        Sent::Answered { http, body, .. } => answer::classify(Some(http), &body),
    }
}

/// Finds out why a claim was refused, and tells the conversation where it is for good.
async fn refused(ticket: &Ticket, row: OutboxRow, claim: &Claim, why: Option<Refused>) -> Then {
    let app = &ticket.app;
    let now = app.env.clock.now();
    let blocks = match app.store.claim_blocks(claim).await {
        Ok(blocks) => blocks,
        Err(error) => {
            tracing::warn!(%error, ?why, "why a claim is refused can't be read now");
            return Then::Later(Box::new(row), now + LATER);
        }
    };
    let has = |block| blocks.contains(&block);
    if has(ClaimBlock::LeaseLost) {
        return Then::Lost;
    }
    if has(ClaimBlock::NotPending) {
        return Then::Gone;
    }
    if has(ClaimBlock::Frozen) {
        return Then::Frozen(Box::new(row), now + FROZEN);
    }
    // What waits in the journal may change everything else: look again after it.
    if has(ClaimBlock::JournalWaits) || blocks.is_empty() {
        return Then::Later(Box::new(row), now + SOON);
    }
    let refusal = if has(ClaimBlock::EpochPassed) {
        Refusal::EpochPassed
    } else if has(ClaimBlock::Expired) {
        Refusal::Expired
    } else if has(ClaimBlock::WindowClosed) {
        Refusal::WindowClosed
    } else if has(ClaimBlock::OptedOut) {
        Refusal::OptedOut
    } else if has(ClaimBlock::TemplateOff) {
        Refusal::TemplateOff
    } else {
        return Then::Later(Box::new(row), now + SOON);
    };
    record::refused(app, &row.place, claim.reply, claim.attempt, refusal).await;
    Then::Gone
}
