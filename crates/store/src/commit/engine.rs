//! What the engine writes with a step: the conversation's state and columns, journal positions,
//! timers, calls, changes of owner, alerts. Messages are in `views`, sends in `send`.

use super::{Commit, Refused};
use crate::digest;
use crate::hint::Hint;
use crate::rows::Place;
use crate::rows::conversation::{self, ConversationPut, OwnershipRow, Unread, Waiting};
use crate::rows::outbox::LeaseRef;
use crate::rows::shared::AlertNew;
use crate::rows::words;
use crate::val::vals;
use ponte_core::effect::Work;
use ponte_core::event::TimerReason;
use ponte_core::ids::{CallId, ConversationId};
use ponte_core::ownership::Owner;
use ponte_core::time::Time;
use uuid::Uuid;

pub(crate) const UNDER_LEASE: &str =
    "SELECT until FROM leases WHERE name = $1 AND token = $2 AND until > @now($3) @for_share";
/// Which columns a step changes; provider times are whole seconds, ours are not: of one second, what was
/// stored last is shown.
macro_rules! put {
    (talk) => {
        concat!(
            put!(),
            ",
 preview = CASE WHEN $15 >= last_message_at - last_message_at % 1000000 OR preview = '' THEN $16 ELSE preview END,
 last_message_at = CASE WHEN $15 > last_message_at THEN $15 ELSE last_message_at END"
        )
    };
    () => {
        "UPDATE conversations SET version = $3, epoch = $4, owner_kind = $5, owner_ref = $6, human = $7,
 service_until = $8, entry_until = $9, last_customer_at = $10, unknown_sends = $11, closed = $12,
 state = $13, unread = CASE WHEN $14 < 0 THEN 0 ELSE unread + $14 END"
    };
}
/// Which row; `alone`: only while nothing older waits in the journal.
macro_rules! at_version {
    (alone) => {
        concat!(
            at_version!(),
            "
 AND NOT EXISTS (SELECT 1 FROM journal j WHERE j.conversation = $1 AND j.applied IS NULL)"
        )
    };
    () => {
        "
 WHERE id = $1 AND version = $2"
    };
}
const PUT: &str = concat!(put!(), at_version!());
const PUT_TALK: &str = concat!(put!(talk), at_version!());
const PUT_ALONE: &str = concat!(put!(), at_version!(alone));
const PUT_TALK_ALONE: &str = concat!(put!(talk), at_version!(alone));
const SEEN: &str = "UPDATE conversations SET unread = 0 WHERE id = $1 AND unread > 0";
/// An entry is never folded before an older one of its conversation that still waits.
const APPLIED: &str = "UPDATE journal SET applied = $2 WHERE seq = $1 AND applied IS NULL
 AND NOT EXISTS (SELECT 1 FROM journal j WHERE j.conversation = journal.conversation
  AND j.applied IS NULL AND j.seq < $1)";
const QUARANTINED: &str =
    "UPDATE journal SET applied = 0, quarantined = 1 WHERE seq = $1 AND applied IS NULL";
const TRIED: &str = "UPDATE journal SET attempts = attempts + 1 WHERE seq = $1 AND applied IS NULL";
const REOPEN: &str = "UPDATE journal SET applied = NULL, quarantined = 0, attempts = 0
 WHERE seq = $1 AND quarantined = 1";
const TIMER_SET: &str =
    "INSERT INTO timers (conversation, reason, workspace, channel, due) VALUES ($1, $2, $3, $4, $5)
 ON CONFLICT (conversation, reason) DO UPDATE SET due = excluded.due";
const TIMER_CLEAR: &str = "DELETE FROM timers WHERE conversation = $1 AND reason = $2";
const TIMER_FIRE: &str = "DELETE FROM timers WHERE conversation = $1 AND reason = $2 AND due = $3";
const CALL: &str = "INSERT INTO calls (id, workspace, channel, conversation, epoch, deadline, attempts, lease_owner,
 lease_until, work) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
const CALL_DROP: &str = "DELETE FROM calls WHERE id = $1";
const CALL_LATER: &str =
    "UPDATE calls SET lease_owner = NULL, lease_until = $3 WHERE id = $1 AND lease_owner = $2";
const OWNER: &str = "INSERT INTO ownership_log
 (conversation, epoch, workspace, channel, at, owner_from, owner_to, why, event)
 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const ALERT: &str = "INSERT INTO alerts (workspace, channel, conversation, at, body, open_key)
 VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (open_key) DO NOTHING";
const ALERTS_COUNT: &str = "UPDATE conversations SET alerts =
 (SELECT COUNT(*) FROM alerts WHERE conversation = $1 AND closed_at IS NULL) WHERE id = $1";
const ALERT_CLOSE: &str = "UPDATE alerts SET closed_at = $3, open_key = NULL
 WHERE id = $1 AND conversation = $2 AND closed_at IS NULL";
const ALERTS_CLOSE: &str = "UPDATE alerts SET closed_at = $2, open_key = NULL
 WHERE conversation = $1 AND closed_at IS NULL";

impl Commit {
    /// Refuses the commit unless the lease is still held with this token. `at` is the caller's time;
    /// PostgreSQL uses its own.
    pub fn under_lease(&mut self, lease: &LeaseRef, at: Time) -> &mut Self {
        self.must_find(
            UNDER_LEASE,
            vals![&lease.name, lease.token, at],
            Refused::Lease,
        )
    }

    /// Stores a new state if the row still has version `expected`.
    pub fn put_conversation(&mut self, put: &ConversationPut<'_>, expected: u64) -> &mut Self {
        let s = put.state;
        let json = self.json(s);
        let unread = match put.unread {
            Unread::Keep => 0,
            Unread::Add(n) => i64::from(n),
            Unread::Clear => -1,
        };
        let human = matches!(s.owner, Owner::Person { .. } | Owner::Queue { .. });
        let mut params = vals![
            put.conversation,
            expected,
            s.version,
            s.epoch,
            s.owner.kind(),
            conversation::owner_ref(&s.owner),
            human,
            s.window.service_until,
            s.window.entry_until,
            s.last_customer_at,
            conversation::unknown_sends(s),
            s.owner == Owner::Nobody,
            json,
            unread,
        ];
        if let Some((at, preview)) = put.last_message {
            params.extend(vals![at, preview]);
        }
        let sql = match (put.last_message.is_some(), put.waiting) {
            (true, Waiting::Fine) => PUT_TALK,
            (true, Waiting::Refuse) => PUT_TALK_ALONE,
            (false, Waiting::Fine) => PUT,
            (false, Waiting::Refuse) => PUT_ALONE,
        };
        self.must(sql, params, Refused::Version)
    }

    /// A person looked at the conversation: nothing is unread.
    pub fn mark_seen(&mut self, conversation: ConversationId) -> &mut Self {
        self.push(SEEN, vals![conversation])
    }

    /// The entry is folded, as the `order`-th of its conversation (from 1). Refused when it is folded
    /// already or when an older entry of its conversation still waits.
    pub fn applied(&mut self, seq: i64, order: u64) -> &mut Self {
        self.must(APPLIED, vals![seq, order], Refused::Entry)
    }

    /// The entry can't be applied: it no longer holds back the others, and a person sees it.
    pub fn quarantine_entry(&mut self, seq: i64) -> &mut Self {
        self.must(QUARANTINED, vals![seq], Refused::Entry)
    }

    /// One more try, recorded before it is made, so that a crash counts too.
    pub fn try_entry(&mut self, seq: i64) -> &mut Self {
        self.must(TRIED, vals![seq], Refused::Entry)
    }

    /// A quarantined entry is to be tried again.
    pub fn reopen_entry(&mut self, seq: i64, place: &Place) -> &mut Self {
        self.hint(Hint::Journal(place.channel));
        self.must(REOPEN, vals![seq], Refused::Entry)
    }

    /// Sets or moves a timer.
    pub fn set_timer(&mut self, place: &Place, reason: &TimerReason, due: Time) -> &mut Self {
        self.hint(Hint::Timers(place.channel));
        let word = words::timer_reason(reason);
        self.push(
            TIMER_SET,
            vals![
                place.conversation,
                word,
                place.workspace,
                place.channel,
                due
            ],
        )
    }

    /// Forgets a timer, set or not.
    pub fn clear_timer(&mut self, conversation: ConversationId, reason: &TimerReason) -> &mut Self {
        self.push(
            TIMER_CLEAR,
            vals![conversation, words::timer_reason(reason)],
        )
    }

    /// Takes a timer that came due, if it is still set to exactly this time. Append its event in the
    /// same commit.
    pub fn fire_timer(
        &mut self,
        conversation: ConversationId,
        reason: &TimerReason,
        due: Time,
    ) -> &mut Self {
        let params = vals![conversation, words::timer_reason(reason), due];
        self.must(TIMER_FIRE, params, Refused::Timer)
    }

    /// Asks for slow work. With a lease, this node does it at once; others may after the lease.
    pub fn put_call(
        &mut self,
        place: &Place,
        call: CallId,
        epoch: u64,
        deadline: Time,
        work: &Work,
        lease: Option<(Uuid, Time)>,
    ) -> &mut Self {
        let work = self.json(work);
        let (owner, until) = lease.map_or((None, Time::ZERO), |(o, u)| (Some(o), u));
        if owner.is_none() {
            self.hint(Hint::Calls(place.channel));
        }
        let attempts = i64::from(owner.is_some());
        self.push(
            CALL,
            vals![
                call,
                place.workspace,
                place.channel,
                place.conversation,
                epoch,
                deadline,
                attempts,
                owner,
                until,
                work
            ],
        )
    }

    /// The call was answered (append its event in the same commit). Refused if it is gone.
    pub fn end_call(&mut self, call: CallId) -> &mut Self {
        self.must(CALL_DROP, vals![call], Refused::Call)
    }

    /// Its answer isn't awaited any more. Never refused.
    pub fn drop_call(&mut self, call: CallId) -> &mut Self {
        self.push(CALL_DROP, vals![call])
    }

    /// Gives a call back, to be taken up again from `again` on.
    pub fn retry_call(&mut self, call: CallId, owner: Uuid, again: Time) -> &mut Self {
        self.must(CALL_LATER, vals![call, owner, again], Refused::Call)
    }

    /// Keeps a change of owner.
    pub fn owner_changed(&mut self, row: &OwnershipRow) -> &mut Self {
        let (from, to, why) = (
            self.json(&row.from),
            self.json(&row.to),
            self.json(&row.why),
        );
        let p = row.place;
        self.push(
            OWNER,
            vals![
                p.conversation,
                row.epoch,
                p.workspace,
                p.channel,
                row.at,
                from,
                to,
                why,
                row.event
            ],
        )
    }

    /// Opens an alert on a conversation, unless the same is open.
    pub fn open_alert(&mut self, new: &AlertNew) -> &mut Self {
        let Some(body) = self.text(&new.alert) else {
            return self;
        };
        let p = new.place;
        let key = digest::key(p.conversation.0, &body);
        let params = vals![p.workspace, p.channel, p.conversation, new.at, body, key];
        self.push(ALERT, params);
        self.push(ALERTS_COUNT, vals![p.conversation])
    }

    /// A person has seen to it.
    pub fn close_alert(&mut self, id: i64, conversation: ConversationId, at: Time) -> &mut Self {
        self.must(ALERT_CLOSE, vals![id, conversation, at], Refused::Missing);
        self.push(ALERTS_COUNT, vals![conversation])
    }

    /// Closes all alerts of a conversation.
    pub fn close_alerts(&mut self, conversation: ConversationId, at: Time) -> &mut Self {
        self.push(ALERTS_CLOSE, vals![conversation, at]);
        self.push(ALERTS_COUNT, vals![conversation])
    }
}
