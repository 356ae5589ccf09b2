//! What ingress and intake write: deliveries, journal entries, contacts, conversations, and facts
//! that belong to no conversation.

use super::{Commit, Refused, Role};
use crate::digest;
use crate::hint::Hint;
use crate::rows::Place;
use crate::rows::contact::{AliasRow, ContactRow};
use crate::rows::conversation::ConversationNew;
use crate::rows::journal::{AccountEventNew, DeliveryNew, JournalNew, OrphanNew};
use crate::rows::words;
use crate::val::{Stmt, Val, vals};
use ponte_core::Envelope;
use ponte_core::ids::{ContactId, ConversationId, WorkspaceId};
use ponte_core::state::State;
use ponte_core::time::Time;
use uuid::Uuid;

const DELIVERY: &str = "INSERT INTO deliveries (received, body) VALUES ($1, $2) RETURNING id";
const DELIVERY_OPEN: &str =
    "INSERT INTO deliveries_open (id, state, attempts, lease_owner, lease_until)
 VALUES (@last_id, 'new', $1, $2, $3)";
const DELIVERY_DONE: &str =
    "DELETE FROM deliveries_open WHERE id = $1 AND state = 'new' AND lease_owner = $2";
const DELIVERY_OF: &str = "UPDATE deliveries SET workspace = $2 WHERE id = $1";
const DELIVERY_BAD: &str =
    "UPDATE deliveries_open SET state = 'quarantined', error = $3, lease_owner = NULL
 WHERE id = $1 AND lease_owner = $2";
const DELIVERY_LATER: &str =
    "UPDATE deliveries_open SET lease_owner = NULL, lease_until = $3, error = $4
 WHERE id = $1 AND state = 'new' AND lease_owner = $2";
/// Of one that is done, too: an item of it was set aside. Not of one that is being decoded.
const DELIVERY_AGAIN: &str =
    "INSERT INTO deliveries_open (id, state, attempts, lease_owner, lease_until)
 SELECT id, 'new', 0, CAST(NULL AS @id), 0 FROM deliveries WHERE id = $1
 ON CONFLICT (id) DO UPDATE SET state = 'new', attempts = 0, lease_owner = NULL, lease_until = 0
 WHERE deliveries_open.state = 'quarantined'";
const ITEMS_AGAIN: &str =
    "DELETE FROM account_events WHERE kind IN ('unreadable', 'foreign_number') AND delivery = $1";
const APPEND: &str = "INSERT INTO journal
 (workspace, channel, conversation, id, kind, at, key, delivery, attempts, quarantined, sum, body)
 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, $9, $10) ON CONFLICT (key) DO NOTHING RETURNING seq";
const APPEND_APPLIED: &str = "INSERT INTO journal
 (workspace, channel, conversation, id, kind, at, key, delivery, attempts, quarantined, sum, body, applied)
 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, $9, $10, $11) ON CONFLICT (key) DO NOTHING";
const CONTACT: &str = "INSERT INTO contacts (id, workspace, name, search, person, created, updated)
 VALUES ($1, $2, $3, $4, $5, $6, $7)";
const CONTACT_PUT: &str = "UPDATE contacts SET name = $3, search = $4, person = $5, updated = $6
 WHERE id = $1 AND workspace = $2 AND updated = $7 AND merged_into IS NULL";
const ALIAS: &str =
    "INSERT INTO contact_aliases (workspace, kind, value, contact) VALUES ($1, $2, $3, $4)";
const ALIAS_DROP: &str = "DELETE FROM contact_aliases
 WHERE workspace = $1 AND kind = $2 AND value = $3 AND contact = $4";
const ALIASES_MOVE: &str =
    "UPDATE contact_aliases SET contact = $3 WHERE contact = $2 AND workspace = $1";
const CONTACT_MERGED: &str = "UPDATE contacts SET merged_into = $3, updated = $4
 WHERE id = $2 AND workspace = $1 AND merged_into IS NULL";
const CONTACT_LIVES: &str =
    "SELECT 1 FROM contacts WHERE id = $2 AND workspace = $1 AND merged_into IS NULL @for_share";
const ALIAS_IS: &str = "SELECT 1 FROM contact_aliases
 WHERE workspace = $1 AND kind = $2 AND value = $3 AND contact = $4 @for_share";
const CONVERSATION_MOVE: &str =
    "UPDATE conversations SET contact = $3 WHERE id = $1 AND contact = $2";
const CONVERSATION: &str =
    "INSERT INTO conversations (id, workspace, channel, contact, owner_kind, human, epoch,
 version, last_message_at, unread, unknown_sends, alerts, preview, closed, state)
 VALUES ($1, $2, $3, $4, $5, 0, 0, 0, $6, 0, 0, 0, '', 0, $7)";
const ACCOUNT_EVENT: &str =
    "INSERT INTO account_events (workspace, channel, at, field, kind, body, key, delivery)
 VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (key) DO NOTHING";
const ORPHAN: &str = "INSERT INTO orphan_statuses (workspace, channel, waits_for, at, body, key)
 VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (key) DO NOTHING";
const ORPHAN_DONE: &str = "DELETE FROM orphan_statuses WHERE id = $1";

impl Commit {
    /// Keeps a delivery raw. Its id comes back in [`super::Committed::deliveries`].
    pub fn add_delivery(&mut self, new: DeliveryNew) -> &mut Self {
        let (owner, until) = new.lease.map_or((None, Time::ZERO), |(o, u)| (Some(o), u));
        let attempts = i64::from(owner.is_some());
        if owner.is_none() {
            self.hint(Hint::Deliveries);
        }
        self.stmts
            .push(Stmt::read(DELIVERY, vals![new.received, new.body]).expect(1));
        self.roles.push(Role::Delivery);
        self.push(DELIVERY_OPEN, vals![attempts, owner, until])
    }

    /// The delivery is decoded and all its items are journaled or kept.
    pub fn finish_delivery(&mut self, id: i64, owner: Uuid) -> &mut Self {
        self.must(DELIVERY_DONE, vals![id, owner], Refused::Delivery)
    }

    /// Notes whose it was, for explain and erasure.
    pub fn delivery_of(&mut self, id: i64, workspace: WorkspaceId) -> &mut Self {
        self.push(DELIVERY_OF, vals![id, workspace])
    }

    /// It can't be decoded by this version, or nobody owns its number: kept and shown.
    pub fn quarantine_delivery(&mut self, id: i64, owner: Uuid, error: &str) -> &mut Self {
        self.must(DELIVERY_BAD, vals![id, owner, error], Refused::Delivery)
    }

    /// Gives it back, to be taken up again from `again` on.
    pub fn retry_delivery(&mut self, id: i64, owner: Uuid, again: Time, error: &str) -> &mut Self {
        self.must(
            DELIVERY_LATER,
            vals![id, owner, again, error],
            Refused::Delivery,
        )
    }

    /// A person (or an upgrade) wants a quarantined delivery decoded again, or one of which items were
    /// set aside: what still fails is set aside anew, and what was journaled is known by its keys.
    /// Refused while it is being decoded, and when it isn't kept any more.
    pub fn reopen_delivery(&mut self, id: i64) -> &mut Self {
        self.hint(Hint::Deliveries);
        self.must(DELIVERY_AGAIN, vals![id], Refused::Delivery);
        self.push(ITEMS_AGAIN, vals![id])
    }

    /// Adds an event to the journal. A repeat of its dedupe key in its channel is skipped silently.
    pub fn append(&mut self, new: &JournalNew) -> &mut Self {
        let Some(params) = self.entry(&new.place, &new.envelope, Some(&new.dedupe), new.delivery)
        else {
            return self;
        };
        self.hint(Hint::Journal(new.place.channel));
        self.stmts.push(Stmt::read(APPEND, params));
        self.roles.push(Role::Append);
        self
    }

    /// Adds an event together with what followed from it: `order` is its place in the conversation's
    /// fold. The commit is refused where its dedupe key is known; without one, something else in the commit
    /// can be done once only (an attempt that ends). Ask with [`Commit::put_conversation`]
    /// and [`Waiting::Refuse`](crate::rows::conversation::Waiting) that nothing older waits.
    pub fn append_applied(
        &mut self,
        place: &Place,
        envelope: &Envelope,
        dedupe: Option<&str>,
        delivery: Option<i64>,
        order: u64,
    ) -> &mut Self {
        let Some(mut params) = self.entry(place, envelope, dedupe, delivery) else {
            return self;
        };
        params.push(Val::from(order));
        self.must(APPEND_APPLIED, params, Refused::Entry)
    }

    fn entry(
        &mut self,
        place: &Place,
        envelope: &Envelope,
        dedupe: Option<&str>,
        delivery: Option<i64>,
    ) -> Option<Vec<Val>> {
        let body = self.text(&envelope.event)?;
        Some(vals![
            place.workspace,
            place.channel,
            place.conversation,
            envelope.id,
            words::event_kind(&envelope.event),
            envelope.at,
            dedupe.map(|dedupe| digest::key(place.channel.0, dedupe)),
            delivery,
            digest::sum(body.as_bytes()),
            body,
        ])
    }

    /// A new contact. If the id exists the commit is refused.
    pub fn add_contact(&mut self, c: &ContactRow) -> &mut Self {
        let person = self.json(&c.person);
        self.push(
            CONTACT,
            vals![
                c.id,
                c.workspace,
                &c.name,
                &c.search,
                person,
                c.created,
                c.updated
            ],
        )
    }

    /// Changes a contact's names, if it is still as it was changed at `seen` and still lives by itself.
    pub fn put_contact(&mut self, c: &ContactRow, seen: Time) -> &mut Self {
        let person = self.json(&c.person);
        let params = vals![
            c.id,
            c.workspace,
            &c.name,
            &c.search,
            person,
            c.updated,
            seen
        ];
        self.must(CONTACT_PUT, params, Refused::Revision)
    }

    /// A new alias. If another intake was faster the commit is refused: look the alias up again.
    pub fn add_alias(&mut self, a: &AliasRow) -> &mut Self {
        self.push(ALIAS, vals![a.workspace, &a.kind, &a.value, a.contact])
    }

    /// The alias leads to this contact, or the commit is refused: what was remembered is out of date.
    pub fn alias_is(&mut self, a: &AliasRow) -> &mut Self {
        let params = vals![a.workspace, &a.kind, &a.value, a.contact];
        self.must_find(ALIAS_IS, params, Refused::Revision)
    }

    /// Forgets an alias, if it is this contact's.
    pub fn drop_alias(&mut self, a: &AliasRow) -> &mut Self {
        self.push(ALIAS_DROP, vals![a.workspace, &a.kind, &a.value, a.contact])
    }

    /// Gives a conversation to another contact, who has none on its channel.
    pub fn move_conversation(
        &mut self,
        conversation: ConversationId,
        from: ContactId,
        into: ContactId,
    ) -> &mut Self {
        let params = vals![conversation, from, into];
        self.must(CONVERSATION_MOVE, params, Refused::Revision)
    }

    /// All aliases of `from` lead to `into` from now on, what is known of it too, and `from` says so. Refused if either of them
    /// was joined with another already. Its conversations are the caller's to move or to end.
    pub fn merge_contact(
        &mut self,
        workspace: WorkspaceId,
        from: ContactId,
        into: ContactId,
        at: Time,
    ) -> &mut Self {
        self.must_find(CONTACT_LIVES, vals![workspace, into], Refused::Revision);
        self.push(ALIASES_MOVE, vals![workspace, from, into]);
        self.move_attributes(workspace, from, into);
        self.must(
            CONTACT_MERGED,
            vals![workspace, from, into, at],
            Refused::Revision,
        )
    }

    /// A new conversation with an empty state. Refused if this contact has one on the channel.
    pub fn add_conversation(&mut self, new: &ConversationNew) -> &mut Self {
        let state = State::default();
        let json = self.json(&state);
        let p = new.place;
        let kind = state.owner.kind();
        self.push(
            CONVERSATION,
            vals![
                p.conversation,
                p.workspace,
                p.channel,
                new.contact,
                kind,
                new.at,
                json
            ],
        )
    }

    /// Keeps something about a number or an account. A repeat is skipped.
    pub fn add_account_event(&mut self, new: &AccountEventNew) -> &mut Self {
        let body = self.json(&new.body);
        let scope = new.channel.map_or(Uuid::nil(), |c| c.0);
        let key = digest::key(scope, &new.dedupe);
        let params = vals![
            new.workspace,
            new.channel,
            new.at,
            &new.field,
            &new.kind,
            body,
            key,
            new.delivery
        ];
        self.push(ACCOUNT_EVENT, params)
    }

    /// Keeps a status until its message is known. A repeat is skipped.
    pub fn park_status(&mut self, new: &OrphanNew) -> &mut Self {
        let body = self.json(&new.body);
        let waits = digest::key(new.channel.0, &new.waits_for);
        let key = digest::key(new.channel.0, &new.dedupe);
        self.push(
            ORPHAN,
            vals![new.workspace, new.channel, waits, new.at, body, key],
        )
    }

    /// The parked status found its message.
    pub fn unpark_status(&mut self, id: i64) -> &mut Self {
        self.push(ORPHAN_DONE, vals![id])
    }
}
