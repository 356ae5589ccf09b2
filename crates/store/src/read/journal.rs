//! Deliveries and the journal, as intake and engine take them up.

use super::cap;
use crate::digest;
use crate::error::{Result, StoreError};
use crate::rows::Place;
use crate::rows::journal::{
    AccountEventRow, DeliveryRow, JournalRow, OrphanRow, SetAside, UNREADABLE, Whose,
};
use crate::store::Store;
use crate::val::{Cells, Stmt, vals};
use ponte_core::event::{Envelope, Event};
use ponte_core::ids::{ChannelId, ConversationId, EventId, WorkspaceId};
use ponte_core::time::Time;
use uuid::Uuid;

const DELIVERIES_CLAIM: &str =
    "UPDATE deliveries_open SET lease_owner = $1, lease_until = @now($2) + $3,
 attempts = attempts + CASE WHEN lease_owner = $1 THEN 0 ELSE 1 END WHERE id IN (SELECT id FROM deliveries_open
 WHERE state = 'new' AND lease_until <= @now($2) ORDER BY id LIMIT $4 @skip_locked) RETURNING id";
const DELIVERY: &str = "SELECT d.id, o.attempts, o.state, o.error, d.workspace, d.received, d.body
 FROM deliveries d LEFT JOIN deliveries_open o ON o.id = d.id WHERE d.id = $1";
/// Also one whose raw row is gone: somebody must see that.
const DELIVERIES_BAD: &str =
    "SELECT o.id, o.attempts, o.state, o.error, d.workspace, d.received, d.body
 FROM deliveries_open o LEFT JOIN deliveries d ON d.id = o.id WHERE o.state = 'quarantined' AND o.id < $1
 AND (d.workspace = $3 OR CAST($3 AS @id) IS NULL OR (CAST($4 AS BIGINT) = 1 AND d.workspace IS NULL))
 ORDER BY o.id DESC LIMIT $2";
const DELIVERY_SPOILED: &str = "UPDATE deliveries_open SET state = 'quarantined', lease_owner = NULL, error = $2 WHERE id = $1";
macro_rules! journal {
    ($rest:literal) => {
        concat!(
            "SELECT seq, workspace, channel, conversation, id, at, delivery, attempts, applied,
 quarantined, sum, body FROM journal ",
            $rest
        )
    };
}
const PENDING: &str = journal!(
    "WHERE channel = $1 AND applied IS NULL AND kind <> 'imported' AND seq > $2
 ORDER BY seq LIMIT $3"
);
const PENDING_IMPORTED: &str =
    journal!("WHERE channel = $1 AND applied IS NULL AND kind = 'imported' ORDER BY seq LIMIT $2");
const PENDING_OF: &str =
    journal!("WHERE conversation = $1 AND applied IS NULL ORDER BY seq LIMIT $2");
const FOLDED: &str = journal!("WHERE conversation = $1 AND applied > $2 ORDER BY applied LIMIT $3");
const NEWEST: &str = journal!("WHERE conversation = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3");
const ENTRY: &str = journal!("WHERE seq = $1");
const QUARANTINED: &str = journal!("WHERE quarantined = 1 AND seq < $1 ORDER BY seq DESC LIMIT $2");
const QUARANTINED_OF: &str =
    journal!("WHERE quarantined = 1 AND seq < $1 AND workspace = $3 ORDER BY seq DESC LIMIT $2");
const PENDING_CHANNELS: &str =
    "SELECT DISTINCT channel FROM journal WHERE applied IS NULL LIMIT $1";
const ORPHANS: &str =
    "SELECT id, at, body FROM orphan_statuses WHERE waits_for = $1 ORDER BY id LIMIT $2";
const ORPHANS_ANY: &str = "SELECT id FROM orphan_statuses LIMIT 1";
const ACCOUNT_EVENTS: &str =
    "SELECT id, workspace, channel, at, field, kind, body, delivery FROM account_events
 WHERE workspace = $1 AND kind NOT IN ('unreadable', 'foreign_number') AND id < $2 ORDER BY id DESC LIMIT $3";
const ITEMS_BAD: &str =
    "SELECT id, workspace, channel, at, field, kind, body, delivery FROM account_events
 WHERE kind IN ('unreadable', 'foreign_number') AND id < $1
 AND (workspace = $3 OR CAST($3 AS @id) IS NULL OR (CAST($4 AS BIGINT) = 1 AND workspace IS NULL))
 ORDER BY id DESC LIMIT $2";
const SET_ASIDE: &str = "SELECT
 (SELECT COUNT(*) FROM deliveries_open o LEFT JOIN deliveries d ON d.id = o.id WHERE o.state = 'quarantined'
  AND (d.workspace = $1 OR CAST($1 AS @id) IS NULL OR (CAST($2 AS BIGINT) = 1 AND d.workspace IS NULL))),
 (SELECT COUNT(*) FROM account_events WHERE kind IN ('unreadable', 'foreign_number')
  AND (workspace = $1 OR CAST($1 AS @id) IS NULL OR (CAST($2 AS BIGINT) = 1 AND workspace IS NULL))),
 (SELECT COUNT(*) FROM journal WHERE quarantined = 1 AND (workspace = $1 OR CAST($1 AS @id) IS NULL))";

impl Store {
    /// Takes up deliveries whose lease ran out (or that never had one), oldest first. An attempt is
    /// counted only when the owner changes: one that merely waits its turn is to blame for nothing.
    pub async fn claim_deliveries(
        &self,
        owner: Uuid,
        now: Time,
        lease: ponte_core::time::Span,
        limit: u32,
    ) -> Result<Vec<DeliveryRow>> {
        let params = vals![owner, now, lease.as_micros(), cap(limit)];
        let mut ids = Vec::new();
        for row in self
            .change(Stmt::read(DELIVERIES_CLAIM, params))
            .await?
            .rows
        {
            ids.push(Cells::new(row).get::<i64>()?);
        }
        ids.sort_unstable();
        let stmts = ids
            .iter()
            .map(|id| Stmt::read(DELIVERY, vals![*id]))
            .collect();
        let rows = self.read_many(stmts).await?;
        let mut good = Vec::with_capacity(ids.len());
        for (id, found) in ids.into_iter().zip(rows) {
            match found.into_iter().next().map(delivery) {
                Some(Ok(row)) => good.push(row),
                Some(Err(StoreError::Corrupt(why))) => self.spoiled_delivery(id, &why).await?,
                Some(Err(error)) => return Err(error),
                None => self.spoiled_delivery(id, "its raw row is gone").await?,
            }
        }
        Ok(good)
    }

    /// A delivery whose row can't be read is set aside, so that it holds up no other.
    async fn spoiled_delivery(&self, id: i64, why: &str) -> Result<()> {
        self.pass_over(why);
        let why = format!("its row can't be read: {why}");
        let stmt = Stmt::write(DELIVERY_SPOILED, vals![id, why]);
        self.change(stmt).await.map(|_| ())
    }

    /// One delivery, if it is still kept.
    pub async fn delivery(&self, id: i64) -> Result<Option<DeliveryRow>> {
        self.read_one(Stmt::read(DELIVERY, vals![id]), delivery)
            .await
    }

    /// Quarantined deliveries, newest first, older than `before`. One whose row can't be read stands
    /// there without its body.
    pub async fn quarantined_deliveries(
        &self,
        whose: Whose,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<DeliveryRow>> {
        let (workspace, nobodys) = whose.params();
        let params = vals![before.unwrap_or(i64::MAX), cap(limit), workspace, nobodys];
        self.read_all(Stmt::read(DELIVERIES_BAD, params), shown_delivery)
            .await
    }

    /// Items of deliveries that were set aside, newest first.
    pub async fn quarantined_items(
        &self,
        whose: Whose,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<AccountEventRow>> {
        let (workspace, nobodys) = whose.params();
        let params = vals![before.unwrap_or(i64::MAX), cap(limit), workspace, nobodys];
        self.read_all(Stmt::read(ITEMS_BAD, params), account_event)
            .await
    }

    /// One item that was set aside.
    pub async fn quarantined_item(&self, whose: Whose, id: i64) -> Result<Option<AccountEventRow>> {
        let found = self
            .quarantined_items(whose, Some(id.saturating_add(1)), 1)
            .await?;
        Ok(found.into_iter().find(|row| row.id == id))
    }

    /// How much is set aside.
    pub async fn set_aside(&self, whose: Whose) -> Result<SetAside> {
        let (workspace, nobodys) = whose.params();
        let found = self
            .read_one(Stmt::read(SET_ASIDE, vals![workspace, nobodys]), |mut c| {
                Ok(SetAside {
                    deliveries: c.get()?,
                    items: c.get()?,
                    entries: c.get()?,
                })
            })
            .await?;
        Ok(found.unwrap_or_default())
    }

    /// Entries of a channel that wait to be applied: live ones after `after` (0: from the first) in
    /// order, then, where there is room, imported ones, which must not hide what is live. One whose body can't be read stands there as [`JournalRow::is_unreadable`]: it is to be set aside.
    pub async fn pending_journal(
        &self,
        channel: ChannelId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<JournalRow>> {
        let live = Stmt::read(PENDING, vals![channel, after, cap(limit)]);
        let mut rows = self.read_good(live, waiting).await?;
        let room = limit.saturating_sub(u32::try_from(rows.len()).unwrap_or(u32::MAX));
        if room > 0 {
            let low = Stmt::read(PENDING_IMPORTED, vals![channel, cap(room)]);
            rows.extend(self.read_good(low, waiting).await?);
        }
        Ok(rows)
    }

    /// Entries of a conversation that wait to be applied, in order.
    pub async fn pending_of(
        &self,
        conversation: ConversationId,
        limit: u32,
    ) -> Result<Vec<JournalRow>> {
        self.read_good(
            Stmt::read(PENDING_OF, vals![conversation, cap(limit)]),
            waiting,
        )
        .await
    }

    /// Channels that have entries waiting.
    pub async fn pending_channels(&self, limit: u32) -> Result<Vec<ChannelId>> {
        self.read_all(Stmt::read(PENDING_CHANNELS, vals![cap(limit)]), |mut c| {
            c.get()
        })
        .await
    }

    /// Applied entries of a conversation in the order they were folded, after that place (0: all).
    pub async fn folded(
        &self,
        conversation: ConversationId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<JournalRow>> {
        self.read_all(
            Stmt::read(FOLDED, vals![conversation, after, cap(limit)]),
            journal,
        )
        .await
    }

    /// Entries of a conversation, newest first, before that sequence number.
    pub async fn journal_of(
        &self,
        conversation: ConversationId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<JournalRow>> {
        let params = vals![conversation, before.unwrap_or(i64::MAX), cap(limit)];
        self.read_good(Stmt::read(NEWEST, params), waiting).await
    }

    /// One entry.
    pub async fn entry(&self, seq: i64) -> Result<Option<JournalRow>> {
        self.read_one(Stmt::read(ENTRY, vals![seq]), waiting).await
    }

    /// Entries no engine could apply, newest first.
    pub async fn quarantined_entries(
        &self,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<JournalRow>> {
        let params = vals![before.unwrap_or(i64::MAX), cap(limit)];
        self.read_good(Stmt::read(QUARANTINED, params), waiting)
            .await
    }

    /// The same, of one workspace.
    pub async fn quarantined_entries_of(
        &self,
        workspace: WorkspaceId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<JournalRow>> {
        let params = vals![before.unwrap_or(i64::MAX), cap(limit), workspace];
        self.read_good(Stmt::read(QUARANTINED_OF, params), waiting)
            .await
    }

    /// Statuses that were kept until this wamid or tag would be known.
    pub async fn orphans(
        &self,
        channel: ChannelId,
        known: &str,
        limit: u32,
    ) -> Result<Vec<OrphanRow>> {
        let key = digest::key(channel.0, known);
        self.read_good(Stmt::read(ORPHANS, vals![key, cap(limit)]), |mut c| {
            Ok(OrphanRow {
                id: c.get()?,
                at: c.get()?,
                body: c.json()?,
            })
        })
        .await
    }

    /// Whether any status waits for its message.
    pub async fn has_orphans(&self) -> Result<bool> {
        let found = self
            .read_one(Stmt::read(ORPHANS_ANY, vals![]), |mut c| c.get::<i64>())
            .await?;
        Ok(found.is_some())
    }

    /// What happened to the accounts and numbers of a workspace, newest first.
    pub async fn account_events(
        &self,
        workspace: WorkspaceId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<AccountEventRow>> {
        let params = vals![workspace, before.unwrap_or(i64::MAX), cap(limit)];
        self.read_all(Stmt::read(ACCOUNT_EVENTS, params), account_event)
            .await
    }
}

fn account_event(mut c: Cells) -> Result<AccountEventRow> {
    Ok(AccountEventRow {
        id: c.get()?,
        workspace: c.get()?,
        channel: c.get()?,
        at: c.get()?,
        field: c.get()?,
        kind: c.get()?,
        body: c.json()?,
        delivery: c.get()?,
    })
}

fn delivery(mut c: Cells) -> Result<DeliveryRow> {
    let row = delivery_head(&mut c)?;
    Ok(DeliveryRow {
        workspace: c.get()?,
        received: c.get()?,
        body: c.get()?,
        ..row
    })
}

/// With stand-ins for what can't be read of the raw row: the list of what is set aside shows it all.
fn shown_delivery(mut c: Cells) -> Result<DeliveryRow> {
    let row = delivery_head(&mut c)?;
    Ok(DeliveryRow {
        workspace: c.get().unwrap_or_default(),
        received: c.get().unwrap_or(Time::ZERO),
        body: c.get().unwrap_or_default(),
        ..row
    })
}

/// What stands in the table of what is open.
fn delivery_head(c: &mut Cells) -> Result<DeliveryRow> {
    Ok(DeliveryRow {
        id: c.get()?,
        attempts: c.get::<Option<u32>>()?.unwrap_or(0),
        quarantined: c.get::<Option<String>>()?.as_deref() == Some("quarantined"),
        error: c.get()?,
        workspace: None,
        received: Time::ZERO,
        body: Vec::new(),
    })
}

/// An entry as it was written: a fold that is repeated needs each one.
pub(super) fn journal(c: Cells) -> Result<JournalRow> {
    let (row, event) = parts(c)?;
    let event = event?;
    Ok(row.with(event))
}

/// An entry, with a stand-in for an event that can't be read: its place and number still can.
fn waiting(c: Cells) -> Result<JournalRow> {
    let (row, event) = parts(c)?;
    let event = event.unwrap_or_else(|_| Event::Quarantined {
        entry: row.id,
        why: UNREADABLE.to_owned(),
    });
    Ok(row.with(event))
}

/// The columns of an entry beside its event.
struct Columns {
    seq: i64,
    place: Place,
    id: EventId,
    at: Time,
    delivery: Option<i64>,
    attempts: u32,
    applied: Option<u64>,
    quarantined: bool,
}

impl Columns {
    fn with(self, event: Event) -> JournalRow {
        JournalRow {
            seq: self.seq,
            place: self.place,
            envelope: Envelope {
                id: self.id,
                at: self.at,
                event,
            },
            delivery: self.delivery,
            attempts: self.attempts,
            applied: self.applied.filter(|n| *n > 0),
            quarantined: self.quarantined,
        }
    }
}

fn parts(mut c: Cells) -> Result<(Columns, Result<Event>)> {
    let seq = c.get()?;
    let place = Place {
        workspace: c.get()?,
        channel: c.get()?,
        conversation: c.get()?,
    };
    let (id, at, delivery, attempts) = (c.get()?, c.get()?, c.get()?, c.get()?);
    let (applied, quarantined) = (c.get()?, c.get()?);
    let (sum, body): (i64, String) = (c.get()?, c.get()?);
    let event = if digest::sum(body.as_bytes()) == sum {
        serde_json::from_str(&body)
            .map_err(|_| StoreError::Corrupt(format!("journal entry {seq} can't be read")))
    } else {
        Err(StoreError::Corrupt(format!(
            "journal entry {seq} is not what was written"
        )))
    };
    let columns = Columns {
        seq,
        place,
        id,
        at,
        delivery,
        attempts,
        applied,
        quarantined,
    };
    Ok((columns, event))
}
