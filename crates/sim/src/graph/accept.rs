//! What happens once a message is accepted: it is counted, remembered, planned and answered.
//!
//! In: a draft that passed every question of `send.rs`. Out: the answer with the message id; the ledger, the
//! chat, the window and the paces know of it, its statuses are planned. Deliberately absent: any refusal;
//! from here on the message happened, whatever becomes of the answer (`mod.rs`) or of delivery (`status.rs`).

use crate::cloud::Cloud;
use crate::facts::Accepted;
use crate::faults::Fault;
use crate::graph::send::Draft;
use crate::status::StatusTask;
use crate::time::MINUTE;
use crate::world::chat::{Message, Price, Side, Stage};
use crate::world::content::Rendered;
use crate::world::people::{Customer, CustomerId, digits};
use serde_json::{Map, Value, json};
use std::sync::Arc;

impl Cloud {
    /// Takes the message.
    pub(crate) fn accept(
        &mut self,
        now: i64,
        number: usize,
        body: &Value,
        draft: &Draft,
        window_open: bool,
    ) -> Value {
        let customer = draft
            .recipient
            .customer
            .and_then(|customer| self.people.get(customer))
            .cloned();
        let to = customer.as_ref().map_or_else(
            || digits(&draft.recipient.input),
            |customer| customer.digits().to_owned(),
        );
        let wamid = self.ids.wamid(&to, true);
        let free_entry_point = self.count_outbound(now, number, customer.as_ref());
        let quoted = body["context"]["message_id"].as_str().map(str::to_owned);
        self.ledger.accept(Accepted {
            wamid: wamid.clone(),
            number: Arc::clone(&self.numbers[number].id),
            to: draft.recipient.input.clone(),
            customer: draft.recipient.customer,
            kind: draft.kind.clone(),
            text: draft.text.clone(),
            tag: draft.tag.clone(),
            template: draft.template.as_ref().map(|(name, _)| name.clone()),
            quoted: quoted.clone(),
            at: now,
            window_open,
            bare_number: draft.recipient.bare,
        });
        let content = &body[draft.kind.as_str()];
        self.show_reaction(draft, content);
        let category = draft
            .template
            .as_ref()
            .map_or("service", |(_, category)| category.as_str());
        let price = Price {
            category: category.to_owned(),
            free_entry_point,
            shown: None,
        };
        let rendered = rendered(draft, content);
        let message = Message {
            to: draft.recipient.input.clone(),
            stage: Stage::Accepted,
            tag: draft.tag.clone(),
            price: (draft.kind != "reaction").then_some(price),
            fails_with: self.later_failure(customer.as_ref()),
            history_id: self.ids.object(),
            customer: draft.recipient.customer,
            ..Message::said(
                now,
                number,
                CustomerId(0),
                &wamid,
                &rendered,
                Side::Api,
                quoted,
            )
        };
        self.chats.add(message);
        self.after_accept(now, number, &wamid, draft, customer.as_ref())
    }

    /// A reaction shows on the line it is about.
    fn show_reaction(&mut self, draft: &Draft, content: &Value) {
        let target = content["message_id"]
            .as_str()
            .filter(|_| draft.kind == "reaction");
        if let Some(line) = target.and_then(|target| self.chats.message_mut(target)) {
            line.react(Side::Api, content["emoji"].as_str());
        }
    }

    /// Counts against the paces; tells whether everything is free at the moment.
    fn count_outbound(&mut self, now: i64, number: usize, customer: Option<&Customer>) -> bool {
        if self.numbers[number].config.mps != u32::MAX {
            self.numbers[number].second.add(now);
        }
        let Some(customer) = customer else {
            return false;
        };
        let length = self.config.free_entry_point_us;
        let chat = self.chats.chat(number, customer.id);
        chat.pair.add(now);
        chat.window.answered(now, length);
        chat.typing_until = 0;
        chat.window.is_free(now)
    }

    /// The code with which the message will fail later, if it will. Strangers have no WhatsApp.
    fn later_failure(&mut self, customer: Option<&Customer>) -> Option<u32> {
        let own = customer.map_or(Some(131026), |customer| customer.profile.fails_with);
        if self.strikes(Fault::AsyncFailed) {
            own.or(Some(131026))
        } else {
            own
        }
    }

    /// Statuses, the answer, and an echo where a fault wants one.
    fn after_accept(
        &mut self,
        now: i64,
        number: usize,
        wamid: &str,
        draft: &Draft,
        customer: Option<&Customer>,
    ) -> Value {
        let held = self.strikes(Fault::HeldForQuality);
        let failing = self
            .chats
            .message(wamid)
            .is_some_and(|message| message.fails_with.is_some());
        if !failing && self.strikes(Fault::StatusBeforeAnswer) {
            self.run_status(
                now,
                StatusTask {
                    wamid: wamid.to_owned(),
                    stage: Stage::Sent,
                },
            );
        }
        self.plan_statuses(now, wamid, if held { MINUTE } else { 0 });
        if let Some(customer) = customer
            && self.strikes(Fault::EchoOfApiMessage)
            && let Some(message) = self.chats.message(wamid)
        {
            let rendered = rendered(draft, &message.content);
            let value = self.echo_value(now, number, customer, wamid, &rendered, None);
            self.emit_number(
                now,
                number,
                "smb_message_echoes",
                value,
                vec![format!("echo:{wamid}")],
            );
        }
        let mut contact = json!({"input": draft.recipient.input});
        match customer {
            Some(customer) if draft.recipient.by_user_id => {
                contact["user_id"] = json!(customer.bsuid)
            }
            Some(customer) => contact["wa_id"] = json!(customer.wa_id),
            None => contact["wa_id"] = json!(digits(&draft.recipient.input)),
        }
        let mut answer = json!({"id": wamid});
        if draft.template.is_some() || held {
            answer["message_status"] = json!(if held {
                "held_for_quality_assessment"
            } else {
                "accepted"
            });
        }
        json!({"messaging_product": "whatsapp", "contacts": [contact], "messages": [answer]})
    }
}

/// The message as the chats and echoes hold it.
fn rendered(draft: &Draft, content: &Value) -> Rendered {
    Rendered {
        kind: draft.kind.clone(),
        value: content.clone(),
        beside: Map::new(),
        text: draft.text.clone(),
    }
}

#[cfg(test)]
#[path = "accept_tests.rs"]
mod tests;
