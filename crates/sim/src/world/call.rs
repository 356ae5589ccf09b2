//! Calls of customers through WhatsApp, as the `calls` field tells of them.
//!
//! In: who calls which number, answered or not. Out: a connect and a terminate event, and an open window.
//! Deliberately absent: calls by the business and any sound. Next: `inbound.rs`.

use crate::cloud::Cloud;
use crate::time::{SECOND, stamp};
use crate::world::people::CustomerId;
use serde_json::json;

impl Cloud {
    /// The customer calls the number through WhatsApp; answered or not, this opens the window.
    pub fn customer_calls(
        &mut self,
        now: i64,
        from: CustomerId,
        to: &str,
        answered: bool,
    ) -> String {
        let (Some(number), Some(customer)) =
            (self.number_index(to), self.people.get(from).cloned())
        else {
            return String::new();
        };
        self.chats.chat(number, from).window.open(now);
        let id = self
            .ids
            .wamid(customer.digits(), false)
            .replacen("wamid.", "wacid.", 1);
        let mut call = json!({"id": id, "to": self.numbers[number].digits, "event": "connect",
            "timestamp": stamp(now), "direction": "USER_INITIATED",
            "session": {"sdp_type": "offer", "sdp": "v=0\r\n"}});
        customer.sign(&mut call, "from");
        let value = json!({"contacts": [customer.contact()], "calls": [call]});
        self.emit_number(
            now,
            number,
            "calls",
            value,
            vec![format!("call:{id}:connect")],
        );
        let end = now + if answered { 60 * SECOND } else { 20 * SECOND };
        let mut call = json!({"id": id, "to": self.numbers[number].digits, "event": "terminate",
            "timestamp": stamp(end), "direction": "USER_INITIATED",
            "status": if answered { "COMPLETED" } else { "FAILED" }});
        if answered {
            call["start_time"] = json!(stamp(now + 5 * SECOND));
            call["end_time"] = json!(stamp(end));
            call["duration"] = json!(55);
        }
        customer.sign(&mut call, "from");
        let value = json!({"contacts": [customer.contact()], "calls": [call]});
        self.emit_number(
            end,
            number,
            "calls",
            value,
            vec![format!("call:{id}:terminate")],
        );
        id
    }
}
