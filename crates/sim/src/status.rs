//! What becomes of an accepted message: sent, delivered, read, played or failed, and what it cost.
//!
//! In: an accepted message, the pace of statuses, deeds of the customer. Out: the message's stage and a
//! `statuses` change per step, with `pricing` once. Stages only go forward; a webhook that goes back is the
//! fault `status-regression`, not a change of the message. Deliberately absent: acceptance itself; see
//! `graph/send.rs`. Next: `world/chat.rs`.

use crate::cloud::Cloud;
use crate::deliver::Task;
use crate::faults::Fault;
use crate::refusal::webhook_error;
use crate::time::{MINUTE, SECOND, month, stamp};
use crate::world::chat::{Passed, Posted, Stage};
use crate::world::people::CustomerId;
use serde_json::{Value, json};

/// A step that will be taken.
#[derive(Debug, Clone)]
pub(crate) struct StatusTask {
    pub(crate) wamid: String,
    pub(crate) stage: Stage,
}

impl Cloud {
    /// Plans the steps of a message accepted at `now`.
    pub(crate) fn plan_statuses(&mut self, now: i64, wamid: &str, held_us: i64) {
        let Some(message) = self.chats.message(wamid) else {
            return;
        };
        let Some(sent) = self.config.statuses.sent_us else {
            return;
        };
        let failing = message.fails_with.is_some();
        let only_sent = message.kind == "reaction";
        let (offline, reads_late) = message
            .customer
            .and_then(|customer| self.people.get(customer))
            .map_or((true, true), |customer| {
                (customer.profile.offline, customer.profile.reads_late)
            });
        let pace = self.config.statuses.clone();
        let start = now + held_us;
        if failing {
            let at = start + sent + self.rng.between(0, pace.jitter_us);
            self.plan(at, wamid, Stage::Failed);
            return;
        }
        let mut at = start + sent + self.rng.between(0, pace.jitter_us);
        self.plan(at, wamid, Stage::Sent);
        let Some(delivered) = pace.delivered_us.filter(|_| !only_sent && !offline) else {
            return;
        };
        at = (start + delivered + self.rng.between(0, pace.jitter_us)).max(at + 1);
        self.plan(at, wamid, Stage::Delivered);
        if let Some(read) = pace.read_us.filter(|_| !reads_late) {
            at = (start + read + self.rng.between(0, pace.jitter_us)).max(at + 1);
            self.plan(at, wamid, Stage::Read);
        }
    }

    fn plan(&mut self, at: i64, wamid: &str, stage: Stage) {
        self.schedule.at(
            at,
            Task::Status(Box::new(StatusTask {
                wamid: wamid.to_owned(),
                stage,
            })),
        );
    }

    /// Takes a step: the message moves on and its webhook is planned, faults permitting.
    pub(crate) fn run_status(&mut self, at: i64, task: StatusTask) {
        let StatusTask { wamid, stage } = task;
        let Some(message) = self.chats.message_mut(&wamid) else {
            return;
        };
        if message.has_passed(stage) || message.stage == Stage::Failed {
            return;
        }
        let earlier = message.passed.last().map(|passed| passed.stage);
        message.stage = message.stage.max(stage);
        message.passed.push(Passed {
            stage,
            at,
            webhook: Posted::Pending,
        });
        let number = message.number;
        let Some(value) = self.status_value(&wamid, stage, at) else {
            return;
        };
        let items = vec![format!("status:{wamid}:{}", stage.name())];
        if self.faults.strike(Fault::DropStatus) {
            return;
        }
        let mut due = at;
        if self.faults.strike(Fault::LateStatus) {
            due += self.faults.span(10 * MINUTE, 20 * MINUTE);
        }
        self.emit_number(due, number, "messages", value.clone(), items.clone());
        if self.faults.strike(Fault::DuplicateStatus) {
            self.emit_number(due, number, "messages", value, items);
        }
        if let Some(earlier) = earlier
            && self.faults.strike(Fault::StatusRegression)
            && let Some(value) = self.status_value(&wamid, earlier, at)
        {
            let items = vec![format!("status:{wamid}:{}", earlier.name())];
            self.emit_number(due + SECOND, number, "messages", value, items);
        }
    }

    /// The value of a status webhook.
    fn status_value(&mut self, wamid: &str, stage: Stage, at: i64) -> Option<Value> {
        let pricing = self.pricing(wamid, stage, at);
        let message = self.chats.message(wamid)?;
        let mut status = json!({"id": wamid, "status": stage.name(), "timestamp": stamp(at)});
        let mut value = json!({});
        match message
            .customer
            .and_then(|customer| self.people.get(customer))
        {
            Some(customer) => {
                let to_phone = !message.to.contains('.');
                if let Some(phone) = customer
                    .shown_phone()
                    .or(to_phone.then_some(customer.wa_id.as_str()))
                {
                    status["recipient_id"] = json!(phone);
                }
                if stage == Stage::Failed {
                    if !to_phone {
                        status["recipient_user_id"] = json!(customer.bsuid);
                    }
                } else {
                    status["recipient_user_id"] = json!(customer.bsuid);
                    let mut contact = customer.contact();
                    if stage == Stage::Sent
                        && let Some(profile) = contact["profile"].as_object_mut()
                    {
                        profile.remove("username");
                    }
                    value["contacts"] = json!([contact]);
                }
            }
            None => status["recipient_id"] = json!(message.to.trim_start_matches('+')),
        }
        if let Some(tag) = &message.tag {
            status["biz_opaque_callback_data"] = json!(tag);
        }
        if let Some(code) = message.fails_with.filter(|_| stage == Stage::Failed) {
            status["errors"] = json!([webhook_error(code, "The message could not be delivered.")]);
        }
        if let Some(pricing) = pricing {
            status["pricing"] = pricing;
        }
        value["statuses"] = json!([status]);
        Some(value)
    }

    /// The price of a message, fixed and told at its `sent` status, and told there again if repeated.
    fn pricing(&mut self, wamid: &str, stage: Stage, at: i64) -> Option<Value> {
        if stage != Stage::Sent {
            return None;
        }
        let free_tier = self.config.free_service_messages;
        let this_month = month(at, self.config.timezone_offset_s);
        let message = self.chats.message_mut(wamid)?;
        let number = self.numbers.get_mut(message.number)?;
        let price = message.price.as_mut()?;
        if let Some(shown) = &price.shown {
            return Some(shown.clone());
        }
        let kind = if price.free_entry_point {
            "free_entry_point"
        } else if price.category == "service" {
            if number.service.0 != this_month {
                number.service = (this_month, 0);
            }
            number.service.1 += 1;
            if number.service.1 <= free_tier {
                "free_customer_service"
            } else {
                "regular"
            }
        } else {
            "regular"
        };
        let shown = json!({"billable": kind == "regular", "pricing_model": "PMP", "type": kind, "category": price.category});
        price.shown = Some(shown.clone());
        Some(shown)
    }

    /// The customer opens a chat: everything delivered in it becomes read.
    pub fn customer_reads(
        &mut self,
        now: i64,
        customer: CustomerId,
        phone_number_id: &str,
    ) -> usize {
        let Some(number) = self.number_index(phone_number_id) else {
            return 0;
        };
        let unread: Vec<String> = self
            .chats
            .lines(number, customer)
            .filter(|line| line.stage == Stage::Delivered && line.has_passed(Stage::Delivered))
            .map(|line| line.wamid.clone())
            .collect();
        for wamid in &unread {
            self.run_status(
                now,
                StatusTask {
                    wamid: wamid.clone(),
                    stage: Stage::Read,
                },
            );
        }
        unread.len()
    }

    /// The customer plays a voice message for the first time.
    pub fn customer_plays(&mut self, now: i64, wamid: &str) -> bool {
        let playable = self
            .chats
            .message(wamid)
            .is_some_and(|line| line.kind == "audio" && line.stage >= Stage::Delivered);
        if playable {
            self.run_status(
                now,
                StatusTask {
                    wamid: wamid.to_owned(),
                    stage: Stage::Played,
                },
            );
        }
        playable
    }

    /// The customer's phone is on again (or off): what waited is delivered.
    pub fn customer_online(&mut self, now: i64, customer: CustomerId, online: bool) {
        self.change_customer(customer, |profile| profile.offline = !online);
        if !online {
            return;
        }
        for number in 0..self.numbers.len() {
            let waiting: Vec<String> = self
                .chats
                .lines(number, customer)
                .filter(|line| line.stage == Stage::Sent && line.kind != "reaction")
                .map(|line| line.wamid.clone())
                .collect();
            for wamid in waiting {
                self.plan(now, &wamid, Stage::Delivered);
            }
        }
    }
}

#[cfg(test)]
#[path = "status_tests.rs"]
mod tests;
