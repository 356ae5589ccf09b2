//! The shapes of the admin API: state, customers, conversations, faults, log.
//!
//! In: the world. Out: JSON as `http/mod.rs` documents it. Deliberately absent: any change to the world; see
//! `admin.rs`.

use crate::cloud::Cloud;
use crate::faults::{Arming, Fault};
use crate::world::chat::{Message, Side, Stage};
use crate::world::people::{Customer, CustomerId};
use serde_json::{Value, json};

impl Cloud {
    pub(super) fn view_state(&self, now: i64) -> Value {
        let numbers: Vec<Value> = self
            .numbers
            .iter()
            .map(|number| {
                json!({
                    "phone_number_id": &*number.id,
                    "display_phone_number": number.config.display_phone_number,
                    "name": number.config.verified_name,
                    "coexistence": number.config.coexistence,
                    "mps": number.config.mps,
                })
            })
            .collect();
        let customers: Vec<Value> = self
            .customers()
            .iter()
            .map(|customer| self.view_customer(customer, now))
            .collect();
        json!({
            "webhook_url": self.webhook_url(),
            "planned": self.planned(),
            "unanswered": self.unanswered(),
            "numbers": numbers,
            "customers": customers,
        })
    }

    pub(super) fn view_customer(&self, customer: &Customer, now: i64) -> Value {
        let profile = &customer.profile;
        let chats: Vec<Value> = (0..self.numbers.len())
            .filter_map(|number| self.view_chat(number, customer.id, now))
            .collect();
        json!({
            "id": customer.id,
            "name": profile.name,
            "phone": profile.phone,
            "wa_id": customer.wa_id,
            "user_id": customer.bsuid,
            "username": profile.username,
            "hides_phone": profile.hides_phone,
            "offline": profile.offline,
            "reads_late": profile.reads_late,
            "stopped_marketing": profile.stopped_marketing,
            "refuses_with": profile.refuses_with,
            "fails_with": profile.fails_with,
            "chats": chats,
        })
    }

    fn view_chat(&self, number: usize, customer: CustomerId, now: i64) -> Option<Value> {
        let chat = self.chats.peek(number, customer)?;
        let last = chat
            .lines
            .back()
            .and_then(|id| self.chats.message(id))
            .map(Message::line);
        let unread = self
            .chats
            .lines(number, customer)
            .filter(|line| line.side == Side::Api && line.stage == Stage::Delivered)
            .count();
        Some(json!({
            "number": &*self.numbers[number].id,
            "window_until": chat.window.until(),
            "typing": now < chat.typing_until,
            "unread": unread,
            "last": last,
        }))
    }

    pub(super) fn view_conversation(&self, number: usize, customer: &Customer, now: i64) -> Value {
        let chat = self.chats.peek(number, customer.id);
        let arrived = |line: &&Message| {
            line.side != Side::Api
                || matches!(line.stage, Stage::Delivered | Stage::Read | Stage::Played)
        };
        let shown = |line: &Message| line.line();
        let visible = |line: &&Message| line.kind != "reaction";
        let all = || self.chats.lines(number, customer.id).filter(visible);
        json!({
            "customer": self.view_customer(customer, now),
            "number": &*self.numbers[number].id,
            "window_until": chat.and_then(|chat| chat.window.until()),
            "typing": chat.is_some_and(|chat| now < chat.typing_until),
            "customer_phone": all().filter(arrived).map(shown).collect::<Vec<Value>>(),
            "owner_phone": all().map(shown).collect::<Vec<Value>>(),
        })
    }

    pub(super) fn view_fault(&self, fault: Fault) -> Value {
        let (mode, value) = match self.faults.arming(fault) {
            Arming::Off => ("off", None),
            Arming::Always => ("always", None),
            Arming::Next(times) => ("next", Some(times)),
            Arming::PerMille(probability) => ("per-mille", Some(u32::from(probability))),
        };
        json!({"name": fault.name(), "description": fault.describe(), "mode": mode, "value": value,
            "struck": self.faults.struck(fault)})
    }

    pub(super) fn view_faults(&self) -> Value {
        let faults: Vec<Value> = Fault::ALL
            .iter()
            .map(|fault| self.view_fault(*fault))
            .collect();
        json!({"faults": faults})
    }

    /// Calls and webhooks together, newest first.
    pub(super) fn view_log(&self, limit: usize) -> Value {
        let calls = self.ledger.calls().rev().take(limit).map(|call| {
            let entry = json!({"kind": "call", "at": call.at, "call": call.call, "status": call.status,
                "code": call.code, "faults": call.faults});
            (call.at, entry)
        });
        let posts = self.ledger.deliveries().rev().take(limit).map(|post| {
            let entry = json!({"kind": "webhook", "at": post.at, "post": post.post, "attempt": post.attempt,
                "items": post.items, "url": post.url, "status": post.status, "answered_at": post.answered_at});
            (post.at, entry)
        });
        let mut entries: Vec<(i64, Value)> = calls.chain(posts).collect();
        entries.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        let entries: Vec<Value> = entries
            .into_iter()
            .take(limit)
            .map(|(_, entry)| entry)
            .collect();
        json!({"entries": entries})
    }
}

#[cfg(test)]
#[path = "view_tests.rs"]
mod tests;
