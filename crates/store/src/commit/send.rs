//! The outbox: put, moved, claimed under every condition at once, and ended.
//!
//! The claim is the law "the check and the recording of the attempt are one transaction" in SQL.

use super::{Commit, Refused, Role};
use crate::hint::Hint;
use crate::rows::Place;
use crate::rows::outbox::Claim;
use crate::rows::words;
use crate::val::{Stmt, Val, vals};
use ponte_core::effect::{Send, SendState};
use ponte_core::event::Outcome;
use ponte_core::ids::{ConversationId, ReplyId};
use ponte_core::time::Time;

const PUT: &str = "INSERT INTO outbox (reply, workspace, channel, conversation, epoch, lane, class, state, active,
 attempt, not_before, expires, needs_window, payload)
 VALUES ($1, $2, $3, $4, $5, $6, $7, 'pending', 1, 0, $8, $9, $10, $11)";
/// The same, claimed at once by the commit that puts it there.
const PUT_CLAIMED: &str = "INSERT INTO outbox (reply, workspace, channel, conversation, epoch, lane, class, state, active,
 attempt, not_before, expires, needs_window, payload)
 VALUES ($1, $2, $3, $4, $5, $6, $7, 'claimed', 1, 1, $8, $9, $10, $11)";
pub(crate) const THAWED: &str =
    "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM meta m WHERE m.key = 'frozen')";
const MOVE: &str = "UPDATE outbox SET state = $2, active = $3 WHERE reply = $1";
/// A row whose attempt is open may be under way: its end comes back as an event, and what is shown
/// follows that.
const MOVE_AWAY: &str = "UPDATE outbox SET state = $2, active = 0 WHERE reply = $1 AND NOT (state = 'claimed'
 AND EXISTS (SELECT 1 FROM attempts a WHERE a.reply = $1 AND a.n = outbox.attempt AND a.ended_at IS NULL))";
const MOVE_AWAY_SHOWN: &str = "UPDATE messages SET send_state = $2 WHERE id = $1
 AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.reply = $1 AND o.state = 'claimed')";
/// A claimed one too: when its attempt provably fails, a person's words are tried again.
const CARRY: &str =
    "UPDATE outbox SET epoch = $2 WHERE reply = $1 AND state IN ('pending', 'claimed')";
const MOVE_SHOWN: &str = "UPDATE messages SET send_state = $2 WHERE id = $1";
const MOVE_LATER: &str =
    "UPDATE outbox SET state = 'pending', active = 1, not_before = $2 WHERE reply = $1";
/// On PostgreSQL every event appended to the conversation holds its row (foreign key), so this
/// waits for them and they for it: no echo slips in between check and claim.
const LOCK: &str = "SELECT 1 FROM conversations WHERE id = $1 @for_update";
///
/// A template that the provider has paused or switched off would only be refused, and count against the
/// number. Marketing (a campaign, or a template of that category) never goes to who has stopped it.
const CLAIM: &str = "UPDATE outbox SET state = 'claimed', attempt = $2
 WHERE reply = $1 AND state = 'pending' AND attempt = $2 - 1 AND not_before <= @now($3) AND expires > @now($3)
 AND EXISTS (SELECT 1 FROM conversations c WHERE c.id = outbox.conversation AND c.epoch = outbox.epoch
  AND (outbox.needs_window = 0 OR c.service_until - $4 > @now($3))
  AND ((outbox.lane = 0 AND outbox.needs_window = 1) OR COALESCE(@json(c.state marketing_stopped), '') NOT IN ('1', 'true')
   OR (outbox.lane = 0 AND NOT EXISTS (SELECT 1 FROM templates t JOIN channels h ON h.id = outbox.channel AND h.account = t.account
    WHERE t.workspace = outbox.workspace AND t.name = @json(outbox.payload what name)
    AND t.language = @json(outbox.payload what language) AND UPPER(t.category) = 'MARKETING'))))
 AND (outbox.needs_window = 1 OR NOT EXISTS (SELECT 1 FROM templates t JOIN channels h ON h.id = outbox.channel AND h.account = t.account
  WHERE t.workspace = outbox.workspace AND t.name = @json(outbox.payload what name)
  AND t.language = @json(outbox.payload what language)
  AND UPPER(t.status) IN ('PAUSED', 'DISABLED', 'REJECTED', 'DELETED')))
 AND NOT EXISTS (SELECT 1 FROM journal j WHERE j.conversation = outbox.conversation AND j.applied IS NULL)
 AND EXISTS (SELECT 1 FROM leases l WHERE l.name = $5 AND l.token = $6 AND l.until > @now($3))
 AND NOT EXISTS (SELECT 1 FROM meta m WHERE m.key = 'frozen')";
const ATTEMPT: &str =
    "INSERT INTO attempts (reply, n, claimed_at, deadline, node) VALUES ($1, $2, $3, $4, $5)";
const ATTEMPT_END: &str = "UPDATE attempts SET ended_at = $3, outcome = $4
 WHERE reply = $1 AND n = $2 AND ended_at IS NULL";

impl Commit {
    /// Puts a send into the outbox, pending.
    pub fn put_send(&mut self, place: &Place, s: &Send) -> &mut Self {
        self.hint(Hint::Outbox(place.channel));
        let payload = self.json(s);
        let params = vals![
            s.reply,
            place.workspace,
            place.channel,
            place.conversation,
            s.epoch,
            words::lane(s.lane),
            words::class(&s.class),
            s.not_before,
            s.expires,
            !s.what.is_template(),
            payload,
        ];
        self.push(PUT, params)
    }

    /// Moves a send, in the outbox and in the views. One that isn't there is left alone, and so is one
    /// that is to be dropped or failed while its attempt is open.
    pub fn move_send(&mut self, place: &Place, reply: ReplyId, to: SendState) -> &mut Self {
        let word = words::send_state(&to);
        if matches!(to, SendState::Dropped | SendState::Failed) {
            self.push(MOVE_AWAY, vals![reply, word]);
            return self.push(MOVE_AWAY_SHOWN, vals![reply, word]);
        }
        let active = matches!(to, SendState::Pending | SendState::Claimed);
        if active {
            self.hint(Hint::Outbox(place.channel));
        }
        self.push(MOVE, vals![reply, word, active]);
        self.push(MOVE_SHOWN, vals![reply, word])
    }

    /// Takes back the statement that was just added to show a send's state, if that was the last.
    pub(super) fn take_shown(&mut self, reply: ReplyId) -> Option<Val> {
        let last = self.stmts.last()?;
        let own = last.sql == MOVE_SHOWN && last.params.first() == Some(&Val::from(reply));
        if !own {
            return None;
        }
        self.roles.pop();
        self.stmts.pop()?.params.pop()
    }

    /// A pending send of a person stays valid under a new ownership version.
    pub fn carry_send(&mut self, place: &Place, reply: ReplyId, epoch: u64) -> &mut Self {
        self.hint(Hint::Outbox(place.channel));
        self.push(CARRY, vals![reply, epoch])
    }

    /// Makes a send pending again, from a time on.
    pub fn requeue_send(&mut self, place: &Place, reply: ReplyId, not_before: Time) -> &mut Self {
        self.hint(Hint::Outbox(place.channel));
        self.push(MOVE_LATER, vals![reply, not_before]);
        self.push(
            MOVE_SHOWN,
            vals![reply, words::send_state(&SendState::Pending)],
        )
    }

    /// Asks for the right to send and records the attempt. See [`Claim`] for the conditions.
    pub fn claim_send(&mut self, c: &Claim) -> &mut Self {
        self.must_find(LOCK, vals![c.conversation], Refused::Claim);
        let params = vals![
            c.reply,
            c.attempt,
            c.at,
            c.window_margin.as_micros(),
            &c.lease.name,
            c.lease.token,
        ];
        self.must(CLAIM, params, Refused::Claim);
        self.push(ATTEMPT, vals![c.reply, c.attempt, c.at, c.deadline, c.node])
    }

    /// Claims a send that this commit puts into the outbox: its first attempt is recorded with the
    /// decision. False: this commit puts no such send, and nothing is changed.
    ///
    /// What [`Claim`] asks of the row, the epoch and the window is the caller's to ask of the state that
    /// this commit stores, with [`Commit::under_lease`] and with
    /// [`Waiting::Refuse`](crate::rows::conversation::Waiting). That the outbox isn't frozen is asked here.
    pub fn claim_put(&mut self, c: &Claim) -> bool {
        let reply = Val::from(c.reply);
        let mut puts = self.stmts.iter_mut();
        let put = puts.find(|stmt| stmt.sql == PUT && stmt.params.first() == Some(&reply));
        let Some(put) = put else {
            return false;
        };
        put.sql = PUT_CLAIMED;
        // First of all: refused before anything was written, it is no trouble to the rest of a group.
        self.stmts
            .insert(0, Stmt::read(THAWED, Vec::new()).expect(1));
        self.roles.insert(0, Role::Plain(Refused::Claim));
        self.push(ATTEMPT, vals![c.reply, 1_i64, c.at, c.deadline, c.node]);
        true
    }

    /// Closes an attempt with what came of it. Append `SendEnded` in the same commit.
    pub fn end_attempt(
        &mut self,
        reply: ReplyId,
        n: u32,
        at: Time,
        outcome: &Outcome,
    ) -> &mut Self {
        let outcome = self.json(outcome);
        self.must(ATTEMPT_END, vals![reply, n, at, outcome], Refused::Attempt)
    }

    /// Only the lock of [`Commit::claim_send`]: whoever decides by what a conversation has right now.
    pub fn hold_conversation(&mut self, conversation: ConversationId) -> &mut Self {
        self.must_find(LOCK, vals![conversation], Refused::Missing)
    }
}
