//! What coexistence synchronises: contacts of the phone app and old chats, and the refusal to share them.
//!
//! In: contacts, and old messages with their phase. Out: `smb_app_state_sync` and `history` changes in
//! Meta's shapes. Old messages open no window and stand in no ledger. Deliberately absent: the request for a
//! synchronisation; see `graph/phone.rs`.

use crate::cloud::Cloud;
use crate::graph::media::Origin;
use crate::refusal::webhook_error;
use crate::time::{SECOND, stamp};
use crate::world::people::CustomerId;
use serde_json::{Value, json};

/// An old message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// When it was written.
    pub at: i64,
    /// By the business rather than by the customer.
    pub from_business: bool,
    /// Its text; `None` is a file, which comes as a placeholder.
    pub text: Option<String>,
}

/// Where a chunk stands in the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkPlace {
    /// 0 is the last day, 1 up to 90 days, 2 up to 180 days.
    pub phase: u8,
    /// Restores the order.
    pub order: u32,
    /// 100 when all is done.
    pub progress: u8,
}

impl Cloud {
    /// A contact is added or edited (`add`), or removed, in the phone app.
    pub fn contact_synced(
        &mut self,
        now: i64,
        phone_number_id: &str,
        customer: CustomerId,
        added: bool,
    ) {
        let Some(number) = self.number_index(phone_number_id) else {
            return;
        };
        let Some(entry) = self.contact_entry(now, customer, added) else {
            return;
        };
        let items = vec!["smb_app_state_sync".to_owned()];
        self.emit_number(
            now,
            number,
            "smb_app_state_sync",
            json!({"state_sync": [entry]}),
            items,
        );
    }

    /// The contacts of the phone, as the answer to a request for them.
    pub(crate) fn plan_contacts(&mut self, now: i64, number: usize) {
        let ids: Vec<CustomerId> = self
            .people
            .all()
            .iter()
            .map(|customer| customer.id)
            .take(1_000)
            .collect();
        let entries: Vec<Value> = ids
            .into_iter()
            .filter_map(|id| self.contact_entry(now, id, true))
            .collect();
        if !entries.is_empty() {
            let items = vec!["smb_app_state_sync".to_owned()];
            self.emit_number(
                now + 2 * SECOND,
                number,
                "smb_app_state_sync",
                json!({"state_sync": entries}),
                items,
            );
        }
    }

    fn contact_entry(&self, now: i64, customer: CustomerId, added: bool) -> Option<Value> {
        let customer = self.people.get(customer)?;
        let mut contact = json!({"user_id": customer.bsuid});
        if !customer.wa_id.is_empty() {
            contact["phone_number"] = json!(customer.wa_id);
        }
        if let Some(username) = &customer.profile.username {
            contact["username"] = json!(username);
        }
        if added {
            contact["full_name"] = json!(customer.profile.name);
            contact["first_name"] =
                json!(customer.profile.name.split(' ').next().unwrap_or_default());
        }
        let action = if added { "add" } else { "remove" };
        Some(
            json!({"type": "contact", "contact": contact, "action": action, "metadata": {"timestamp": stamp(now)}}),
        )
    }

    /// One chunk of old messages with one customer; gives back their ids in order.
    pub fn history_chunk(
        &mut self,
        now: i64,
        phone_number_id: &str,
        customer: CustomerId,
        place: ChunkPlace,
        past: &[Past],
    ) -> Vec<String> {
        let (Some(number), Some(customer)) = (
            self.number_index(phone_number_id),
            self.people.get(customer).cloned(),
        ) else {
            return Vec::new();
        };
        let business = self.numbers[number].digits.clone();
        let mut ids = Vec::with_capacity(past.len());
        let mut messages = Vec::with_capacity(past.len());
        for old in past {
            let wamid = self.ids.wamid(customer.digits(), old.from_business);
            let status = if old.from_business { "read" } else { "pending" };
            let mut message = json!({"id": wamid, "timestamp": stamp(old.at),
                "history_context": {"status": status, "from_me": old.from_business}});
            if old.from_business {
                message["from"] = json!(business);
                message["to"] = json!(customer.wa_id);
            } else {
                customer.sign(&mut message, "from");
            }
            match &old.text {
                Some(text) => {
                    message["type"] = json!("text");
                    message["text"] = json!({"body": text});
                }
                None => message["type"] = json!("media_placeholder"),
            }
            messages.push(message);
            ids.push(wamid);
        }
        let mut context = json!({"user_id": customer.bsuid});
        if let Some(phone) = customer.shown_phone() {
            context["wa_id"] = json!(phone);
        }
        if let Some(username) = &customer.profile.username {
            context["username"] = json!(username);
        }
        let mut thread = json!({"context": context, "messages": messages});
        if !customer.wa_id.is_empty() {
            thread["id"] = json!(customer.wa_id);
        }
        let value = json!({"history": [{
            "metadata": {"phase": place.phase, "chunk_order": place.order, "progress": place.progress},
            "threads": [thread],
        }]});
        let items = vec![format!("history:{}:{}", place.phase, place.order)];
        self.emit_number(now, number, "history", value, items);
        ids
    }

    /// The file behind a placeholder, for media of the last 14 days.
    pub fn history_media(
        &mut self,
        now: i64,
        phone_number_id: &str,
        customer: CustomerId,
        wamid: &str,
        old: &Past,
    ) {
        let (Some(number), Some(customer)) = (
            self.number_index(phone_number_id),
            self.people.get(customer).cloned(),
        ) else {
            return;
        };
        let bytes = b"stand-in for an old picture".to_vec();
        let (id, digest) = self
            .media
            .add(now, "image/jpeg", bytes, Origin::Webhook, &mut self.ids);
        let mut message = json!({"id": wamid, "timestamp": stamp(old.at), "type": "image",
            "image": {"id": id, "mime_type": "image/jpeg", "sha256": digest}});
        let list = if old.from_business {
            message["from"] = json!(self.numbers[number].digits);
            customer.sign(&mut message, "to");
            "message_echoes"
        } else {
            customer.sign(&mut message, "from");
            "messages"
        };
        let mut value = json!({"contacts": [customer.contact()]});
        value[list] = json!([message]);
        self.emit_number(
            now,
            number,
            "history",
            value,
            vec![format!("history-media:{wamid}")],
        );
    }

    /// The owner does not share the history.
    pub fn history_declined(&mut self, now: i64, phone_number_id: &str) {
        let Some(number) = self.number_index(phone_number_id) else {
            return;
        };
        let error = webhook_error(2593109, "History sharing is turned off by the business.");
        let value = json!({"history": [{"errors": [error]}]});
        self.emit_number(
            now,
            number,
            "history",
            value,
            vec!["history:declined".to_owned()],
        );
    }
}

#[cfg(test)]
#[path = "sync_tests.rs"]
mod tests;
