//! What is due, what is under way, and why a claim isn't granted.

use super::cap;
use super::conversation::place;
use crate::error::{Result, StoreError};
use crate::rows::outbox::{
    AttemptRow, CallRow, Claim, ClaimBlock, NextDue, OpenClaim, OutboxRow, TimerRow,
};
use crate::rows::words;
use crate::store::Store;
use crate::val::{Cells, Stmt, vals};
use ponte_core::effect::Lane;
use ponte_core::ids::{ChannelId, ConversationId, ReplyId, WorkspaceId};
use ponte_core::time::{Span, Time};
use uuid::Uuid;

const DUE_SENDS: &str =
    "SELECT workspace, channel, conversation, payload, state, attempt, not_before FROM outbox
 WHERE active = 1 AND channel = $1 AND lane = $2 AND state = 'pending' AND not_before <= $3
 ORDER BY not_before LIMIT $4";
const SEND: &str = "SELECT workspace, channel, conversation, payload, state, attempt, not_before FROM outbox WHERE reply = $1";
const UNKNOWN: &str =
    "SELECT workspace, channel, conversation, payload, state, attempt, not_before FROM outbox
 WHERE state = 'unknown' AND workspace = $1 LIMIT $2";
const OPEN_CLAIMS: &str = "SELECT o.workspace, o.channel, o.conversation, o.reply, o.attempt, a.claimed_at, a.deadline, a.node
 FROM outbox o JOIN attempts a ON a.reply = o.reply AND a.n = o.attempt
 WHERE o.active = 1 AND o.channel = $1 AND o.state = 'claimed' AND a.deadline <= $2 AND a.ended_at IS NULL LIMIT $3";
const ATTEMPTS: &str = "SELECT reply, n, claimed_at, deadline, node, ended_at, outcome FROM attempts WHERE reply = $1 ORDER BY n LIMIT $2";
/// By the conversations that were alive and what they were told, since both are found by an index; a
/// message may have waited a while for its attempt.
const SENT_SINCE: &str = "SELECT m.conversation, a.claimed_at FROM conversations c
 JOIN messages m ON m.conversation = c.id AND m.sent >= $4
 JOIN attempts a ON a.reply = m.id AND a.claimed_at >= $3
 WHERE c.workspace = $1 AND c.channel = $2 AND c.last_message_at >= $4 ORDER BY a.claimed_at DESC LIMIT $5";
/// A message that waited longer than this for its attempt is not one of many to its customer.
const WAITED: Span = Span::hours(1);
/// What the fastest number sends in the time that counts, nearly; the newest weigh most.
const SENT_MAX: i64 = 100_000;
const DUE_TIMERS: &str = "SELECT workspace, channel, conversation, reason, due FROM timers
 WHERE channel = $1 AND due <= $2 ORDER BY due LIMIT $3";
const TIMERS_OF: &str = "SELECT workspace, channel, conversation, reason, due FROM timers
 WHERE conversation = $1 ORDER BY due LIMIT $2";
const CALLS_CLAIM: &str = "UPDATE calls SET lease_owner = $1, lease_until = @now($2) + $3, attempts = attempts + 1
 WHERE id IN (SELECT id FROM calls WHERE channel = $4 AND lease_until <= @now($2) ORDER BY lease_until LIMIT $5 @skip_locked)
 RETURNING workspace, channel, conversation, id, epoch, deadline, work, attempts";
const NEXT_SEND: &str =
    "SELECT MIN(not_before) FROM outbox WHERE active = 1 AND channel = $1 AND state = 'pending'";
const NEXT_TIMER: &str = "SELECT MIN(due) FROM timers WHERE channel = $1";
const BLOCKS: &str = "SELECT
 CASE WHEN o.state = 'pending' AND o.attempt = $2 - 1 THEN 0 ELSE 1 END,
 CASE WHEN o.not_before <= @now($3) THEN 0 ELSE 1 END,
 CASE WHEN o.expires > @now($3) THEN 0 ELSE 1 END,
 CASE WHEN o.epoch = c.epoch THEN 0 ELSE 1 END,
 CASE WHEN EXISTS (SELECT 1 FROM journal j WHERE j.conversation = o.conversation AND j.applied IS NULL) THEN 1 ELSE 0 END,
 CASE WHEN o.needs_window = 0 OR c.service_until - $4 > @now($3) THEN 0 ELSE 1 END,
 CASE WHEN (o.lane = 0 AND o.needs_window = 1) OR COALESCE(@json(c.state marketing_stopped), '') NOT IN ('1', 'true')
  OR (o.lane = 0 AND NOT EXISTS (SELECT 1 FROM templates t JOIN channels h ON h.id = o.channel AND h.account = t.account
   WHERE t.workspace = o.workspace AND t.name = @json(o.payload what name)
   AND t.language = @json(o.payload what language) AND UPPER(t.category) = 'MARKETING')) THEN 0 ELSE 1 END,
 CASE WHEN o.needs_window = 1 OR NOT EXISTS (SELECT 1 FROM templates t JOIN channels h ON h.id = o.channel AND h.account = t.account
  WHERE t.workspace = o.workspace AND t.name = @json(o.payload what name)
  AND t.language = @json(o.payload what language)
  AND UPPER(t.status) IN ('PAUSED', 'DISABLED', 'REJECTED', 'DELETED')) THEN 0 ELSE 1 END,
 CASE WHEN EXISTS (SELECT 1 FROM leases l WHERE l.name = $5 AND l.token = $6 AND l.until > @now($3)) THEN 0 ELSE 1 END,
 CASE WHEN EXISTS (SELECT 1 FROM meta m WHERE m.key = 'frozen') THEN 1 ELSE 0 END
 FROM outbox o JOIN conversations c ON c.id = o.conversation WHERE o.reply = $1";
const BLOCK_ORDER: [ClaimBlock; 10] = [
    ClaimBlock::NotPending,
    ClaimBlock::NotYet,
    ClaimBlock::Expired,
    ClaimBlock::EpochPassed,
    ClaimBlock::JournalWaits,
    ClaimBlock::WindowClosed,
    ClaimBlock::OptedOut,
    ClaimBlock::TemplateOff,
    ClaimBlock::LeaseLost,
    ClaimBlock::Frozen,
];

impl Store {
    /// Pending sends of a channel's lane that may go now, longest due first.
    pub async fn due_sends(
        &self,
        channel: ChannelId,
        lane: Lane,
        now: Time,
        limit: u32,
    ) -> Result<Vec<OutboxRow>> {
        let params = vals![channel, words::lane(lane), now, cap(limit)];
        self.read_good(Stmt::read(DUE_SENDS, params), outbox).await
    }

    /// One row of the outbox.
    pub async fn send(&self, reply: ReplyId) -> Result<Option<OutboxRow>> {
        self.read_one(Stmt::read(SEND, vals![reply]), outbox).await
    }

    /// Sends of a workspace that nobody could prove.
    pub async fn unknown_sends(
        &self,
        workspace: WorkspaceId,
        limit: u32,
    ) -> Result<Vec<OutboxRow>> {
        self.read_all(Stmt::read(UNKNOWN, vals![workspace, cap(limit)]), outbox)
            .await
    }

    /// Why this claim isn't granted right now; empty: it would be.
    pub async fn claim_blocks(&self, c: &Claim) -> Result<Vec<ClaimBlock>> {
        let params = vals![
            c.reply,
            c.attempt,
            c.at,
            c.window_margin.as_micros(),
            &c.lease.name,
            c.lease.token
        ];
        let found = self
            .read_one(Stmt::read(BLOCKS, params), |mut cells| {
                let mut blocks = Vec::new();
                for block in BLOCK_ORDER {
                    if cells.get::<i64>()? != 0 {
                        blocks.push(block);
                    }
                }
                Ok(blocks)
            })
            .await?;
        Ok(found.unwrap_or_else(|| vec![ClaimBlock::NotPending]))
    }

    /// Claims of a channel without an outcome whose deadline is at or before `deadline_until`. A new
    /// owner of the channel asks with the far future to get all.
    pub async fn open_claims(
        &self,
        channel: ChannelId,
        deadline_until: Time,
        limit: u32,
    ) -> Result<Vec<OpenClaim>> {
        let params = vals![channel, deadline_until, cap(limit)];
        self.read_all(Stmt::read(OPEN_CLAIMS, params), |mut c| {
            Ok(OpenClaim {
                place: place(&mut c)?,
                reply: c.get()?,
                attempt: c.get()?,
                claimed_at: c.get()?,
                deadline: c.get()?,
                node: c.get()?,
            })
        })
        .await
    }

    /// All attempts of a send, first to last.
    pub async fn attempts(&self, reply: ReplyId) -> Result<Vec<AttemptRow>> {
        self.read_all(Stmt::read(ATTEMPTS, vals![reply, cap(u32::MAX)]), attempt)
            .await
    }

    /// The attempts that a channel has made since then, newest first: what its pace must still count.
    pub async fn sent_since(
        &self,
        workspace: WorkspaceId,
        channel: ChannelId,
        since: Time,
    ) -> Result<Vec<(ConversationId, Time)>> {
        let params = vals![workspace, channel, since, since - WAITED, SENT_MAX];
        self.read_all(Stmt::read(SENT_SINCE, params), |mut c| {
            Ok((c.get()?, c.get()?))
        })
        .await
    }

    /// Timers of a channel that came due, longest due first.
    pub async fn due_timers(
        &self,
        channel: ChannelId,
        now: Time,
        limit: u32,
    ) -> Result<Vec<TimerRow>> {
        self.read_good(
            Stmt::read(DUE_TIMERS, vals![channel, now, cap(limit)]),
            timer,
        )
        .await
    }

    /// The timers of a conversation, next first.
    pub async fn timers_of(&self, conversation: ConversationId) -> Result<Vec<TimerRow>> {
        self.read_all(
            Stmt::read(TIMERS_OF, vals![conversation, cap(u32::MAX)]),
            timer,
        )
        .await
    }

    /// Takes up calls of a channel that nobody works on. One that can't be read here is passed over
    /// under its lease: a node of a newer version may read it, and its place is behind the others.
    pub async fn claim_calls(
        &self,
        channel: ChannelId,
        owner: Uuid,
        now: Time,
        lease: Span,
        limit: u32,
    ) -> Result<Vec<CallRow>> {
        let params = vals![owner, now, lease.as_micros(), channel, cap(limit)];
        let rows = self.change(Stmt::read(CALLS_CLAIM, params)).await?.rows;
        self.good(rows.into_iter().map(Cells::new), call)
    }

    /// When the next send and timer of a channel come due.
    pub async fn next_due(&self, channel: ChannelId) -> Result<NextDue> {
        let stmts = vec![
            Stmt::read(NEXT_SEND, vals![channel]),
            Stmt::read(NEXT_TIMER, vals![channel]),
        ];
        let mut times = Vec::new();
        for row in self.read_many(stmts).await?.into_iter().flatten() {
            let mut cells = row;
            times.push(cells.get::<Option<Time>>()?);
        }
        match times.as_slice() {
            [send, timer] => Ok(NextDue {
                send: *send,
                timer: *timer,
            }),
            _ => Err(StoreError::Corrupt("a minimum has no row".into())),
        }
    }
}

fn outbox(mut c: Cells) -> Result<OutboxRow> {
    let place = place(&mut c)?;
    let mut send: ponte_core::effect::Send = c.json()?;
    let row = (c.word(words::to_send_state)?, c.get()?);
    send.not_before = c.get()?;
    Ok(OutboxRow {
        place,
        send,
        state: row.0,
        attempt: row.1,
    })
}

pub(super) fn attempt(mut c: Cells) -> Result<AttemptRow> {
    Ok(AttemptRow {
        reply: c.get()?,
        n: c.get()?,
        claimed_at: c.get()?,
        deadline: c.get()?,
        node: c.get()?,
        ended_at: c.get()?,
        outcome: c.json_opt()?,
    })
}

fn timer(mut c: Cells) -> Result<TimerRow> {
    Ok(TimerRow {
        place: place(&mut c)?,
        reason: c.word(words::to_timer_reason)?,
        due: c.get()?,
    })
}

fn call(mut c: Cells) -> Result<CallRow> {
    Ok(CallRow {
        place: place(&mut c)?,
        call: c.get()?,
        epoch: c.get()?,
        deadline: c.get()?,
        work: c.json()?,
        attempts: c.get()?,
    })
}
