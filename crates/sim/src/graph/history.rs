//! The message history: which messages were accepted, with what became of each.
//!
//! In: `GET /{PHONE}/message_history` and `GET /{HISTORY-ID}/events`. Out: newest first, with paging, each
//! status with the state of its webhook. A message shows only after the configured lag; faults withhold
//! everything or lag by ten minutes. Deliberately absent: inbound messages, which this list never holds.

use crate::api::ApiRequest;
use crate::cloud::Cloud;
use crate::faults::Fault;
use crate::graph::page::page;
use crate::refusal::Refusal;
use crate::time::{MINUTE, seconds};
use crate::world::chat::{Message, Passed, Posted, Side};
use serde_json::{Value, json};

/// How far the list lags under the fault `history-lags`.
const FAULT_LAG: i64 = 10 * MINUTE;
/// Entries looked at in one call.
const REACH: usize = 10_000;

impl Cloud {
    pub(crate) fn history_page(
        &mut self,
        now: i64,
        request: &ApiRequest,
        number: usize,
    ) -> Result<Value, Refusal> {
        let withheld = self.strikes(Fault::HistoryWithheld);
        let lag = if self.strikes(Fault::HistoryLags) {
            FAULT_LAG
        } else {
            self.config.history_lag_us
        };
        let wanted = request.parameter("message_id");
        let with_events = request
            .parameter("fields")
            .is_some_and(|fields| fields.contains("events"));
        let visible = |line: &&Message| {
            line.number == number && line.side == Side::Api && line.at + lag <= now
        };
        let entry = |line: &Message| self.history_entry(line, with_events, now - lag);
        let path = format!("{}/message_history", self.numbers[number].id);
        if withheld {
            return page(request, std::iter::empty(), &path, 25);
        }
        let Some(wamid) = &wanted else {
            let all = self
                .chats
                .newest_first()
                .filter(visible)
                .take(REACH)
                .map(entry);
            return page(request, all, &path, 25);
        };
        let one = self.chats.message(wamid).filter(visible).map(entry);
        let absent = "The requested message_id was not found in the message history";
        let one = one.ok_or_else(|| Refusal::new(100, absent))?;
        page(request, std::iter::once(one), &path, 25)
    }

    fn history_entry(&self, line: &Message, with_events: bool, until: i64) -> Value {
        let mut entry = json!({"id": line.history_id, "message_id": line.wamid});
        if with_events {
            let events: Vec<Value> = line
                .passed
                .iter()
                .enumerate()
                .filter(|(_, passed)| passed.at <= until)
                .map(|(place, passed)| {
                    json!({
                        "id": format!("{}{place}", line.history_id),
                        "delivery_status": passed.stage.name().to_ascii_uppercase(),
                        "timestamp": seconds(passed.at),
                        "webhook_update_state": posted(passed),
                        "application": {"id": self.config.app_id},
                        "webhook_uri": self.callback("messages", Some(line.number)).unwrap_or_default(),
                    })
                })
                .collect();
            entry["events"] = json!({"data": events});
        }
        entry
    }

    pub(crate) fn history_events(
        &mut self,
        now: i64,
        request: &ApiRequest,
        id: &str,
    ) -> Result<Value, Refusal> {
        let lag = self.config.history_lag_us;
        let status = request
            .parameter("status_filter")
            .or_else(|| request.parameter("delivery_status"));
        let line = self
            .chats
            .newest_first()
            .take(REACH)
            .find(|line| line.history_id == id && line.at + lag <= now)
            .ok_or_else(|| Refusal::no_object(id, "GET"))?;
        let all = line
            .passed
            .iter()
            .enumerate()
            .filter(|(_, passed)| passed.at + lag <= now)
            .filter(|(_, passed)| {
                status
                    .as_ref()
                    .is_none_or(|name| name.eq_ignore_ascii_case(passed.stage.name()))
            })
            .map(|(place, passed)| {
                json!({"cursor": place.to_string(), "node": {
                    "id": format!("{id}{place}"),
                    "delivery_status": passed.stage.name().to_ascii_uppercase(),
                    "occurrence_timestamp": seconds(passed.at),
                    "status_timestamp": seconds(passed.at),
                    "webhook_update_state": posted(passed),
                    "application": {"id": self.config.app_id, "name": "Ponte"},
                }})
            });
        page(request, all, &format!("{id}/events"), 25)
    }
}

fn posted(passed: &Passed) -> &'static str {
    match passed.webhook {
        Posted::Pending => "PENDING",
        Posted::Delivered => "DELIVERED",
        Posted::Retrying => "RETRYING",
        Posted::Failed => "FAILED",
    }
}

#[cfg(test)]
#[path = "history_tests.rs"]
mod tests;
