//! What intake and engine look up for one event: conversation, known messages, aliases, contacts.

use super::cap;
use crate::digest;
use crate::error::{Result, StoreError};
use crate::rows::Place;
use crate::rows::contact::{AliasRow, ContactRow};
use crate::rows::conversation::{Columns, ConversationRow, Loaded, OwnershipRow};
use crate::rows::message::MessageView;
use crate::rows::words;
use crate::store::Store;
use crate::val::{Cells, Stmt, vals};
use ponte_core::book::Known;
use ponte_core::effect::{MessageBody, SendState};
use ponte_core::ids::{ChannelId, ContactId, ConversationId, MessageId, ReplyId, WorkspaceId};
use ponte_core::ownership::Provenance;
use ponte_core::state::State;
use std::collections::BTreeMap;

const LOAD: &str = "SELECT workspace, channel, id, contact, state, last_message_at, unread, preview, alerts, version
 FROM conversations WHERE id = $1";
const COLUMNS: &str = "SELECT contact, version, epoch, service_until, entry_until, last_customer_at
 FROM conversations WHERE id = $1";
const FIND: &str = "SELECT workspace, channel, id, contact, state, last_message_at, unread, preview, alerts, version
 FROM conversations WHERE contact = $1 AND channel = $2";
const FIND_ALL: &str = "SELECT workspace, channel, id, contact, state, last_message_at, unread, preview, alerts, version
 FROM conversations WHERE contact = $1 ORDER BY id LIMIT $2";
const KNOWN: &str =
    "SELECT id, wamid, provenance, send_state, sent, conversation FROM messages WHERE wkey = $1";
const ALIAS: &str = "SELECT workspace, kind, value, contact FROM contact_aliases
 WHERE workspace = $1 AND kind = $2 AND value = $3";
const ALIASES_OF: &str = "SELECT workspace, kind, value, contact FROM contact_aliases WHERE contact = $1 ORDER BY kind, value LIMIT $2";
pub(super) const CONTACT: &str = "SELECT id, workspace, name, search, person, created, updated, merged_into FROM contacts WHERE id = $1";
const OUTBOX_PLACE: &str = "SELECT workspace, channel, conversation FROM outbox WHERE reply = $1";
const OWNERS: &str =
    "SELECT workspace, channel, conversation, epoch, at, owner_from, owner_to, why, event
 FROM ownership_log WHERE conversation = $1 ORDER BY epoch DESC LIMIT $2";
/// The columns of [`message`], in its order.
macro_rules! message_columns {
    () => {
        "workspace, channel, conversation, id, provenance, wamid, content, context, referral, sent,
 received, send_state, unread, ord, sent_at, delivered_at, read_at, played_at, failed_at, errors,
 pricing, edited_at, edited, revoked_at, reaction_customer, reaction_mine"
    };
}

pub(super) use message_columns;

const MESSAGE: &str = concat!(
    "SELECT ",
    message_columns!(),
    " FROM messages WHERE id = $1"
);

const MESSAGE_IS: &str = "SELECT id FROM messages WHERE id = $1";

impl Store {
    /// Those of these ids that no message has.
    pub async fn messages_gone(&self, ids: &[MessageId]) -> Result<Vec<MessageId>> {
        let stmts = ids
            .iter()
            .map(|id| Stmt::read(MESSAGE_IS, vals![*id]))
            .collect();
        let found = self.read_many(stmts).await?;
        let gone = ids.iter().zip(found).filter(|(_, rows)| rows.is_empty());
        Ok(gone.map(|(id, _)| *id).collect())
    }

    /// A conversation with its state, and what is known of these wamids on its channel.
    pub async fn load(&self, place: &Place, wamids: &[String]) -> Result<Option<Loaded>> {
        let mut stmts = vec![Stmt::read(LOAD, vals![place.conversation])];
        for w in wamids {
            stmts.push(Stmt::read(KNOWN, vals![digest::key(place.channel.0, w)]));
        }
        let mut results = self.read_many(stmts).await?.into_iter();
        let Some(row) = results.next().and_then(|rows| rows.into_iter().next()) else {
            return Ok(None);
        };
        let row = conversation(row)?;
        let mut all = BTreeMap::new();
        for row in results.flatten() {
            let (wamid, _, k) = known(row)?;
            all.insert(wamid, k);
        }
        Ok(Some(Loaded { row, known: all }))
    }

    /// The columns of a conversation that stand beside its state: what is left when that can't be read.
    pub async fn columns(&self, conversation: ConversationId) -> Result<Option<Columns>> {
        self.read_one(Stmt::read(COLUMNS, vals![conversation]), |mut c| {
            Ok(Columns {
                contact: c.get()?,
                version: c.get()?,
                epoch: c.get()?,
                service_until: c.get()?,
                entry_until: c.get()?,
                last_customer_at: c.get()?,
            })
        })
        .await
    }

    /// The conversation of a contact on a channel.
    pub async fn conversation_of(
        &self,
        contact: ContactId,
        channel: ChannelId,
    ) -> Result<Option<ConversationRow>> {
        // Where its entries go is known also when its state can't be read: intake goes on.
        let stmt = Stmt::read(FIND, vals![contact, channel]);
        self.read_one(stmt, |c| found(c).map(|(row, _)| row)).await
    }

    /// The conversations of a contact, one per channel it wrote on.
    pub async fn conversations_of(
        &self,
        contact: ContactId,
        limit: u32,
    ) -> Result<Vec<ConversationRow>> {
        self.read_all(
            Stmt::read(FIND_ALL, vals![contact, cap(limit)]),
            conversation,
        )
        .await
    }

    /// The messages of a channel that have these wamids, with their conversation.
    pub async fn known(
        &self,
        channel: ChannelId,
        wamids: &[String],
    ) -> Result<BTreeMap<String, (ConversationId, Known)>> {
        let key = |w: &String| Stmt::read(KNOWN, vals![digest::key(channel.0, w)]);
        let rows = self.read_many(wamids.iter().map(key).collect()).await?;
        let mut all = BTreeMap::new();
        for row in rows.into_iter().flatten() {
            let (wamid, conversation, k) = known(row)?;
            all.insert(wamid, (conversation, k));
        }
        Ok(all)
    }

    /// The conversation a reply was written for.
    pub async fn place_of_reply(&self, reply: ReplyId) -> Result<Option<Place>> {
        self.read_one(Stmt::read(OUTBOX_PLACE, vals![reply]), |mut c| {
            place(&mut c)
        })
        .await
    }

    /// Those of the names (kind, value) that lead to a contact.
    pub async fn aliases(
        &self,
        workspace: WorkspaceId,
        names: &[(&str, &str)],
    ) -> Result<Vec<AliasRow>> {
        let one = |(kind, value): &(&str, &str)| Stmt::read(ALIAS, vals![workspace, *kind, *value]);
        let rows = self.read_many(names.iter().map(one).collect()).await?;
        rows.into_iter().flatten().map(alias_row).collect()
    }

    /// All names of a contact.
    pub async fn aliases_of(&self, contact: ContactId, limit: u32) -> Result<Vec<AliasRow>> {
        self.read_all(
            Stmt::read(ALIASES_OF, vals![contact, cap(limit)]),
            alias_row,
        )
        .await
    }

    /// One contact.
    pub async fn contact(&self, id: ContactId) -> Result<Option<ContactRow>> {
        self.read_one(Stmt::read(CONTACT, vals![id]), contact_row)
            .await
    }

    /// One message.
    pub async fn message(&self, id: MessageId) -> Result<Option<MessageView>> {
        self.read_one(Stmt::read(MESSAGE, vals![id]), message).await
    }

    /// Changes of owner, newest first.
    pub async fn owners(
        &self,
        conversation: ConversationId,
        limit: u32,
    ) -> Result<Vec<OwnershipRow>> {
        self.read_all(
            Stmt::read(OWNERS, vals![conversation, cap(limit)]),
            |mut c| {
                Ok(OwnershipRow {
                    place: place(&mut c)?,
                    epoch: c.get()?,
                    at: c.get()?,
                    from: c.json()?,
                    to: c.json()?,
                    why: c.json()?,
                    event: c.get()?,
                })
            },
        )
        .await
    }
}

pub(super) fn place(c: &mut Cells) -> Result<Place> {
    Ok(Place {
        workspace: c.get()?,
        channel: c.get()?,
        conversation: c.get()?,
    })
}

fn conversation(c: Cells) -> Result<ConversationRow> {
    let (row, sound) = found(c)?;
    sound.map(|()| row)
}

/// A conversation whose state may not be readable: an empty one stands there then.
fn found(mut c: Cells) -> Result<(ConversationRow, Result<()>)> {
    let place = place(&mut c)?;
    let contact = c.get()?;
    let state: Result<State> = c.json();
    let sound = state.as_ref().map(|_| ()).map_err(Clone::clone);
    let row = ConversationRow {
        place,
        contact,
        state: state.unwrap_or_default(),
        last_message_at: c.get()?,
        unread: c.get()?,
        preview: c.get()?,
        alerts: c.get()?,
    };
    let version = c.get::<u64>()?;
    if sound.is_ok() && row.state.version != version {
        let why = "a conversation's state has another version than its row";
        return Ok((row, Err(StoreError::Corrupt(why.into()))));
    }
    Ok((row, sound))
}

fn known(mut c: Cells) -> Result<(String, ConversationId, Known)> {
    let id: MessageId = c.get()?;
    let wamid = c.get()?;
    let provenance: Provenance = c.json()?;
    let send: Option<SendState> = send_state(&mut c)?;
    let known = Known {
        message: id,
        reply: send.map(|_| ReplyId(id.0)),
        provenance,
        send,
        sent: c.get()?,
    };
    Ok((wamid, c.get()?, known))
}

pub(super) fn send_state(c: &mut Cells) -> Result<Option<SendState>> {
    match c.get::<Option<String>>()? {
        None => Ok(None),
        Some(word) => words::to_send_state(&word)
            .map(Some)
            .ok_or_else(|| StoreError::Corrupt("a send has an unknown state".into())),
    }
}

fn alias_row(mut c: Cells) -> Result<AliasRow> {
    Ok(AliasRow {
        workspace: c.get()?,
        kind: c.get()?,
        value: c.get()?,
        contact: c.get()?,
    })
}

pub(super) fn contact_row(mut c: Cells) -> Result<ContactRow> {
    Ok(ContactRow {
        id: c.get()?,
        workspace: c.get()?,
        name: c.get()?,
        search: c.get()?,
        person: c.json()?,
        created: c.get()?,
        updated: c.get()?,
        merged_into: c.get()?,
    })
}

pub(super) fn message(mut c: Cells) -> Result<MessageView> {
    use crate::rows::message::Facts;
    use ponte_core::effect::MessageRow;
    let place = place(&mut c)?;
    let (id, provenance, wamid) = (c.get()?, c.json()?, c.get()?);
    let content: MessageBody = c.json()?;
    let (context, referral) = (c.json_opt()?.unwrap_or_default(), c.json_opt()?);
    let (sent, received) = (c.get()?, c.get()?);
    let send = send_state(&mut c)?;
    let unread = c.get()?;
    let row = MessageRow {
        id,
        provenance,
        wamid,
        content,
        context,
        referral,
        sent,
        received,
        send,
        unread,
    };
    let ord = c.get()?;
    let facts = Facts {
        sent_at: c.get()?,
        delivered_at: c.get()?,
        read_at: c.get()?,
        played_at: c.get()?,
        failed_at: c.get()?,
        errors: c.json_opt()?.unwrap_or_default(),
        pricing: c.json_opt()?,
    };
    let edited_at: Option<ponte_core::Time> = c.get()?;
    let edited = edited_at.zip(c.json_opt()?);
    Ok(MessageView {
        place,
        row,
        ord,
        facts,
        edited,
        revoked_at: c.get()?,
        reaction_customer: c.get()?,
        reaction_mine: c.get()?,
    })
}
