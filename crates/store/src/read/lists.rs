//! Lists for people and the API: newest first, page by page with keyset cursors.

use super::cap;
use super::conversation::{contact_row, message, message_columns, place};
use crate::error::Result;
use crate::rows::Page;
use crate::rows::contact::ContactRow;
use crate::rows::conversation::{
    ConversationCursor, ConversationFilter, ConversationItem, OwnerKind,
};
use crate::rows::message::{MessageCursor, MessageView};
use crate::rows::shared::{AlertRow, Changes, FeedRow, TemplateRow};
use crate::store::Store;
use crate::val::{Cells, Stmt, vals};
use ponte_core::ids::{ChannelId, ContactId, ConversationId, WorkspaceId};
use ponte_core::time::Time;
use uuid::Uuid;

macro_rules! conversations {
    ($where:literal) => {
        concat!(
            "SELECT v.workspace, v.channel, v.id, v.contact, c.name, v.owner_kind, v.owner_ref, v.epoch,
 v.version, v.service_until, v.entry_until, v.last_message_at, v.last_customer_at, v.unread,
 v.unknown_sends, v.alerts, v.preview, v.closed FROM conversations v JOIN contacts c ON c.id = v.contact
 WHERE v.workspace = $1 AND (v.last_message_at < $2 OR (v.last_message_at = $2 AND v.id < $3))
 AND (CAST($5 AS @id) IS NULL OR v.channel = $5) AND (CAST($6 AS @id) IS NULL OR v.contact = $6)
 AND (CAST($7 AS TEXT) IS NULL OR v.owner_kind = $7) AND (CAST($8 AS @id) IS NULL OR v.owner_ref = $8)
 AND v.unread >= $9 AND v.unknown_sends >= $10 AND v.alerts >= $11
 AND (CAST($12 AS BIGINT) IS NULL OR v.closed = $12)
 AND (CAST($13 AS TEXT) IS NULL OR (c.search >= $13 AND c.search < $14)) ",
            $where,
            " ORDER BY v.last_message_at DESC, v.id DESC LIMIT $4"
        )
    };
}
const ALL: &str = conversations!("");
const OF_PEOPLE: &str = conversations!("AND v.human = 1");
const CONVERSATION: &str = "SELECT v.workspace, v.channel, v.id, v.contact, c.name, v.owner_kind, v.owner_ref, v.epoch,
 v.version, v.service_until, v.entry_until, v.last_message_at, v.last_customer_at, v.unread,
 v.unknown_sends, v.alerts, v.preview, v.closed FROM conversations v JOIN contacts c ON c.id = v.contact
 WHERE v.id = $1 AND v.workspace = $2";
const MESSAGES: &str = concat!(
    "SELECT ",
    message_columns!(),
    " FROM messages WHERE conversation = $1 AND (sent < $2 OR (sent = $2 AND ord < $3))
 ORDER BY sent DESC, ord DESC LIMIT $4"
);
const CONTACTS: &str = "SELECT id, workspace, name, search, person, created, updated, merged_into FROM contacts
 WHERE workspace = $1 AND search >= $2 AND search < $3 AND (search > $4 OR (search = $4 AND id > $5))
 ORDER BY search, id LIMIT $6";
const ALERTS: &str = "SELECT id, workspace, channel, conversation, at, body, closed_at FROM alerts
 WHERE workspace = $1 AND closed_at IS NULL AND id < $2 ORDER BY id DESC LIMIT $3";
const ALERTS_OF: &str =
    "SELECT id, workspace, channel, conversation, at, body, closed_at FROM alerts
 WHERE conversation = $1 ORDER BY id DESC LIMIT $2";
const ALERTS_OF_CHANNEL: &str =
    "SELECT id, workspace, channel, conversation, at, body, closed_at FROM alerts
 WHERE channel = $1 AND conversation IS NULL AND closed_at IS NULL ORDER BY id DESC LIMIT $2";
const FEED: &str = "SELECT seq, channel, conversation, at, changes FROM feed WHERE workspace = $1 AND seq > $2 ORDER BY seq LIMIT $3";
const FEED_ENDS: &str = "SELECT (SELECT MIN(seq) FROM feed WHERE workspace = $1), (SELECT last FROM feed_heads WHERE workspace = $1)";
const TEMPLATES: &str = "SELECT workspace, account, name, language, status, category, quality, body, updated FROM templates
 WHERE workspace = $1 ORDER BY name, language LIMIT $2";

impl Store {
    /// Conversations of a workspace, newest activity first.
    pub async fn conversations(
        &self,
        workspace: WorkspaceId,
        filter: &ConversationFilter,
        after: Option<ConversationCursor>,
        limit: u32,
    ) -> Result<Page<ConversationItem, ConversationCursor>> {
        let (at, id) = after.map_or((Time(i64::MAX), Uuid::max()), |c| {
            (c.last_message_at, c.conversation.0)
        });
        let of_people = matches!(filter.owner, Some(OwnerKind::Person | OwnerKind::Queue));
        let sql = if of_people { OF_PEOPLE } else { ALL };
        let limit = cap(limit);
        let params = vals![
            workspace,
            at,
            id,
            limit,
            filter.channel,
            filter.contact,
            filter.owner.map(OwnerKind::word),
            filter.owner_ref,
            filter.unread,
            filter.unknown_sends,
            filter.alerts,
            filter.closed,
            filter.name_prefix.as_ref(),
            filter.name_prefix.as_deref().map(prefix_end),
        ];
        let items = self.read_all(Stmt::read(sql, params), item).await?;
        let next = next(&items, limit, |i| ConversationCursor {
            last_message_at: i.last_message_at,
            conversation: i.place.conversation,
        });
        Ok(Page { items, next })
    }

    /// One conversation as lists show it; only in its own workspace.
    pub async fn conversation(
        &self,
        workspace: WorkspaceId,
        id: ConversationId,
    ) -> Result<Option<ConversationItem>> {
        self.read_one(Stmt::read(CONVERSATION, vals![id, workspace]), item)
            .await
    }

    /// Messages of a conversation, newest first.
    pub async fn messages(
        &self,
        conversation: ConversationId,
        before: Option<MessageCursor>,
        limit: u32,
    ) -> Result<Page<MessageView, MessageCursor>> {
        let (sent, ord) = before.map_or((Time(i64::MAX), i64::MAX), |c| (c.sent, c.ord));
        let limit = cap(limit);
        let items = self
            .read_all(
                Stmt::read(MESSAGES, vals![conversation, sent, ord, limit]),
                message,
            )
            .await?;
        let next = next(&items, limit, |m| MessageCursor {
            sent: m.row.sent,
            ord: m.ord,
        });
        Ok(Page { items, next })
    }

    /// Contacts of a workspace by folded name, all or those that begin with `prefix`.
    pub async fn contacts(
        &self,
        workspace: WorkspaceId,
        prefix: &str,
        after: Option<(String, ContactId)>,
        limit: u32,
    ) -> Result<Page<ContactRow, (String, ContactId)>> {
        let (name, id) = after.unwrap_or((String::new(), ContactId(Uuid::nil())));
        let limit = cap(limit);
        let params = vals![workspace, prefix, prefix_end(prefix), name, id, limit];
        let items = self
            .read_all(Stmt::read(CONTACTS, params), contact_row)
            .await?;
        let next = next(&items, limit, |c| (c.search.clone(), c.id));
        Ok(Page { items, next })
    }

    /// Open alerts of a workspace, newest first.
    pub async fn alerts(
        &self,
        workspace: WorkspaceId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<AlertRow>> {
        let params = vals![workspace, before.unwrap_or(i64::MAX), cap(limit)];
        self.read_all(Stmt::read(ALERTS, params), alert).await
    }

    /// Alerts of a conversation, open and closed, newest first.
    pub async fn alerts_of(
        &self,
        conversation: ConversationId,
        limit: u32,
    ) -> Result<Vec<AlertRow>> {
        self.read_all(
            Stmt::read(ALERTS_OF, vals![conversation, cap(limit)]),
            alert,
        )
        .await
    }

    /// Open alerts about a channel itself, newest first.
    pub async fn alerts_of_channel(&self, channel: ChannelId, limit: u32) -> Result<Vec<AlertRow>> {
        let params = vals![channel, cap(limit)];
        self.read_all(Stmt::read(ALERTS_OF_CHANNEL, params), alert)
            .await
    }

    /// What changed in a workspace after a cursor, in the order of commits.
    pub async fn feed(
        &self,
        workspace: WorkspaceId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<FeedRow>> {
        self.read_all(
            Stmt::read(FEED, vals![workspace, after, cap(limit)]),
            |mut c| {
                Ok(FeedRow {
                    seq: c.get()?,
                    channel: c.get()?,
                    conversation: c.get()?,
                    at: c.get()?,
                    changes: Changes(c.get()?),
                })
            },
        )
        .await
    }

    /// The oldest entry still kept and the newest given out. A cursor older than the first must
    /// begin again with full lists.
    pub async fn feed_ends(&self, workspace: WorkspaceId) -> Result<(Option<i64>, i64)> {
        let found = self
            .read_one(Stmt::read(FEED_ENDS, vals![workspace]), |mut c| {
                Ok((c.get()?, c.get::<Option<i64>>()?.unwrap_or(0)))
            })
            .await?;
        Ok(found.unwrap_or((None, 0)))
    }

    /// Templates of a workspace.
    pub async fn templates(&self, workspace: WorkspaceId, limit: u32) -> Result<Vec<TemplateRow>> {
        self.read_all(
            Stmt::read(TEMPLATES, vals![workspace, cap(limit)]),
            |mut c| {
                Ok(TemplateRow {
                    workspace: c.get()?,
                    account: c.get()?,
                    name: c.get()?,
                    language: c.get()?,
                    status: c.get()?,
                    category: c.get()?,
                    quality: c.get()?,
                    body: c.json()?,
                    updated: c.get()?,
                })
            },
        )
        .await
    }
}

/// The first text after all that begin with `prefix`, in the order of bytes.
fn prefix_end(prefix: &str) -> String {
    format!("{prefix}\u{10FFFF}")
}

fn next<T, C>(items: &[T], limit: i64, cursor: impl Fn(&T) -> C) -> Option<C> {
    let full = i64::try_from(items.len()).is_ok_and(|n| n >= limit);
    items.last().filter(|_| full).map(cursor)
}

fn item(mut c: Cells) -> Result<ConversationItem> {
    Ok(ConversationItem {
        place: place(&mut c)?,
        contact: c.get()?,
        name: c.get()?,
        owner_kind: c.get()?,
        owner_ref: c.get()?,
        epoch: c.get()?,
        version: c.get()?,
        service_until: c.get()?,
        entry_until: c.get()?,
        last_message_at: c.get()?,
        last_customer_at: c.get()?,
        unread: c.get()?,
        unknown_sends: c.get()?,
        alerts: c.get()?,
        preview: c.get()?,
        closed: c.get()?,
    })
}

fn alert(mut c: Cells) -> Result<AlertRow> {
    Ok(AlertRow {
        id: c.get()?,
        workspace: c.get()?,
        channel: c.get()?,
        conversation: c.get()?,
        at: c.get()?,
        alert: c.json()?,
        closed_at: c.get()?,
    })
}
