//! Meta's own notices: account, templates, quality, name, security, preferences, capability, handovers.
//!
//! In: what happened, as one Rust value per field. Out: a change of that field, with the platform's own
//! state moved along (a paused template is paused for sends too). `notice` takes any field as it is, so that
//! nothing is out of reach. Deliberately absent: history and contacts; see `sync.rs`.

use crate::cloud::Cloud;
use crate::deliver::Change;
use crate::time::{DAY, seconds, stamp};
use crate::world::people::CustomerId;
use serde_json::{Value, json};

impl Cloud {
    /// Any account-type field with any value.
    pub fn notice(&mut self, now: i64, field: &str, value: Value) {
        let items = vec![field.to_owned()];
        self.emit(
            now,
            Change {
                field: field.into(),
                value,
                number: None,
                items,
                timed: true,
            },
        );
    }

    /// Any number-scoped field with any value; product and metadata are put in.
    pub fn number_notice(&mut self, now: i64, phone_number_id: &str, field: &str, value: Value) {
        if let Some(number) = self.number_index(phone_number_id) {
            self.emit_number(now, number, field, value, vec![field.to_owned()]);
        }
    }

    /// `account_update` with an event and what belongs to it. Offboarding and reconnection also stop and
    /// resume sends; `PARTNER_REMOVED` ends the subscription after its notice.
    pub fn account_update(&mut self, now: i64, event: &str, mut details: Value) {
        if !details.is_object() {
            details = json!({});
        }
        details["event"] = json!(event);
        self.notice(now, "account_update", details);
        match event {
            "ACCOUNT_OFFBOARDED" => self
                .numbers
                .iter_mut()
                .for_each(|number| number.offboarded = true),
            "ACCOUNT_RECONNECTED" => self
                .numbers
                .iter_mut()
                .for_each(|number| number.offboarded = false),
            "PARTNER_REMOVED" => self.subscribed = false,
            _ => {}
        }
    }

    /// The owner disconnects the number in the app, or Meta does.
    pub fn disconnect(&mut self, now: i64, phone_number_id: &str, reason: &str, by_user: bool) {
        let Some(number) = self.number_index(phone_number_id) else {
            return;
        };
        let digits = self.numbers[number].digits.clone();
        let details = json!({
            "phone_number": digits,
            "waba_info": {"waba_id": self.config.waba_id, "owner_business_id": "400000000000001"},
            "disconnection_info": {"reason": reason, "initiated_by": if by_user { "USER" } else { "SYSTEM" }},
        });
        self.account_update(now, "PARTNER_REMOVED", details);
    }

    /// A template changes its status: `APPROVED`, `PAUSED`, `DISABLED`, `REJECTED`, …
    pub fn template_status(
        &mut self,
        now: i64,
        name: &str,
        language: &str,
        event: &str,
        reason: &str,
    ) {
        let Some(template) = self.templates.find_mut(name, language) else {
            return;
        };
        let status = match event {
            "REINSTATED" | "UNARCHIVED" => "APPROVED",
            // A warning about quality; the template can still be sent.
            "FLAGGED" => template.status.as_str(),
            other => other,
        };
        template.status = status.to_owned();
        let mut value = json!({
            "event": event,
            "message_template_id": template.id.parse::<u64>().unwrap_or(0),
            "message_template_name": name,
            "message_template_language": language,
            "message_template_category": template.category,
            "reason": reason,
        });
        if event == "DISABLED" {
            value["disable_info"] = json!({"disable_date": seconds(now)});
        }
        if event == "PAUSED" {
            value["other_info"] = json!({"title": "FIRST_PAUSE", "description": "Paused for 3 hours because of low quality."});
        }
        self.notice(now, "message_template_status_update", value);
    }

    /// A template's quality moves to `GREEN`, `YELLOW`, `RED` or `UNKNOWN`.
    pub fn template_quality(&mut self, now: i64, name: &str, language: &str, score: &str) {
        let Some(template) = self.templates.find_mut(name, language) else {
            return;
        };
        let previous = std::mem::replace(&mut template.quality, score.to_owned());
        let value = json!({
            "previous_quality_score": previous,
            "new_quality_score": score,
            "message_template_id": template.id.parse::<u64>().unwrap_or(0),
            "message_template_name": name,
            "message_template_language": language,
        });
        self.notice(now, "message_template_quality_update", value);
    }

    /// Meta moves a template to another category: at once, or announced a day ahead.
    pub fn template_category(
        &mut self,
        now: i64,
        name: &str,
        language: &str,
        category: &str,
        at_once: bool,
    ) {
        let Some(template) = self.templates.find_mut(name, language) else {
            return;
        };
        let previous = template.category.clone();
        let mut value = json!({
            "message_template_id": template.id.parse::<u64>().unwrap_or(0),
            "message_template_name": name,
            "message_template_language": language,
        });
        if at_once {
            template.category = category.to_owned();
            value["new_category"] = json!(category);
            value["previous_category"] = json!(previous);
        } else {
            value["new_category"] = json!(previous);
            value["correct_category"] = json!(category);
            value["category_update_timestamp"] = json!(seconds(now + DAY));
        }
        self.notice(now, "template_category_update", value);
    }

    /// The body of a template changes.
    pub fn template_components(&mut self, now: i64, name: &str, language: &str, body: &str) {
        let Some(template) = self.templates.find_mut(name, language) else {
            return;
        };
        let parts = template.components.as_array_mut();
        if let Some(part) =
            parts.and_then(|parts| parts.iter_mut().find(|part| part["type"] == "BODY"))
        {
            part["text"] = json!(body);
        }
        let value = json!({
            "message_template_id": template.id.parse::<u64>().unwrap_or(0),
            "message_template_name": name,
            "message_template_language": language,
            "message_template_element": body,
        });
        self.notice(now, "message_template_components_update", value);
    }

    /// Quality or messaging limit of a number: `ONBOARDING`, `THROUGHPUT_UPGRADE`, `FLAGGED`, …
    pub fn phone_quality(&mut self, now: i64, phone_number_id: &str, event: &str, limit: &str) {
        let Some(number) = self.number_index(phone_number_id) else {
            return;
        };
        if event == "FLAGGED" {
            self.numbers[number].quality = "RED".into();
        }
        let value = json!({"display_phone_number": self.numbers[number].digits, "event": event,
            "max_daily_conversations_per_business": limit, "current_limit": limit});
        self.notice(now, "phone_number_quality_update", value);
    }

    /// A decision about the name shown to customers.
    pub fn phone_name(
        &mut self,
        now: i64,
        phone_number_id: &str,
        decision: &str,
        name: &str,
        reason: Option<&str>,
    ) {
        let Some(number) = self.number_index(phone_number_id) else {
            return;
        };
        if decision == "APPROVED" {
            self.numbers[number].config.verified_name = name.to_owned();
        }
        let value = json!({"display_phone_number": self.numbers[number].digits, "decision": decision,
            "requested_verified_name": name, "rejection_reason": reason});
        self.notice(now, "phone_number_name_update", value);
    }

    /// `PIN_CHANGED`, `PIN_RESET_REQUEST` or `PIN_REQUEST_SUCCESS`.
    pub fn security(&mut self, now: i64, phone_number_id: &str, event: &str) {
        let Some(number) = self.number_index(phone_number_id) else {
            return;
        };
        let value = json!({"display_phone_number": self.numbers[number].digits, "event": event, "requester": "61555822107539"});
        self.notice(now, "security", value);
    }

    /// A user stops or resumes marketing messages.
    pub fn user_preference(
        &mut self,
        now: i64,
        phone_number_id: &str,
        customer: CustomerId,
        stop: bool,
    ) {
        let Some(number) = self.number_index(phone_number_id) else {
            return;
        };
        self.change_customer(customer, |profile| profile.stopped_marketing = stop);
        let Some(customer) = self.people.get(customer) else {
            return;
        };
        let mut preference = json!({
            "user_id": customer.bsuid,
            "detail": if stop { "User requested to stop marketing messages" } else { "User requested to resume marketing messages" },
            "category": "marketing_messages",
            "value": if stop { "stop" } else { "resume" },
            "timestamp": seconds(now),
        });
        if let Some(phone) = customer.shown_phone() {
            preference["wa_id"] = json!(phone);
        }
        let value = json!({
            "messaging_product": "whatsapp",
            "metadata": self.numbers[number].metadata(),
            "contacts": [customer.contact()],
            "user_preferences": [preference],
        });
        self.notice(now, "user_preferences", value);
    }

    /// Limits of the account; -1 is unlimited.
    pub fn business_capability(&mut self, now: i64, per_business: Value, numbers: i64) {
        let value = json!({"max_daily_conversations_per_business": per_business, "max_phone_numbers_per_business": numbers});
        self.notice(now, "business_capability_update", value);
    }

    /// An alert about the account or a number.
    pub fn account_alert(&mut self, now: i64, severity: &str, kind: &str, description: &str) {
        let value = json!({"entity_type": "BUSINESS", "entity_id": self.config.waba_id, "alert_info": {
            "alert_severity": severity, "alert_status": "ACTIVE", "alert_type": kind, "alert_description": description}});
        self.notice(now, "account_alerts", value);
    }

    /// A flow changes state or its endpoint misbehaves.
    pub fn flow_event(&mut self, now: i64, event: &str, flow_id: &str, mut details: Value) {
        if !details.is_object() {
            details = json!({});
        }
        details["event"] = json!(event);
        details["flow_id"] = json!(flow_id);
        if details.get("message").is_none() {
            details["message"] = json!(format!("{event} of flow {flow_id}"));
        }
        self.notice(now, "flows", details);
    }

    /// A setting of a number changed elsewhere.
    pub fn account_settings(&mut self, now: i64, phone_number_id: &str, settings: Value) {
        self.number_notice(now, phone_number_id, "account_settings_update", settings);
    }

    /// A thread passed to or taken by another responder. It has no metadata of its own.
    pub fn handover(
        &mut self,
        now: i64,
        phone_number_id: &str,
        customer: CustomerId,
        kind: &str,
        roles: (&str, &str),
    ) {
        let Some(number) = self.number_index(phone_number_id) else {
            return;
        };
        let Some(customer) = self.people.get(customer) else {
            return;
        };
        let mut value = json!({
            "messaging_product": "whatsapp",
            "sender": {"phone_number": customer.wa_id},
            "recipient": {"phone_number_id": &*self.numbers[number].id, "display_phone_number": self.numbers[number].digits},
            "type": kind,
            "timestamp": stamp(now),
        });
        value[kind] =
            json!({"previous_owner_role": roles.0, "new_owner_role": roles.1, "metadata": ""});
        let items = vec!["messaging_handovers".to_owned()];
        let change = Change {
            field: "messaging_handovers".into(),
            value,
            number: Some(number),
            items,
            timed: false,
        };
        self.emit(now, change);
    }

    /// A copy of somebody else's thread: everything nested one level deeper.
    pub fn standby(&mut self, now: i64, phone_number_id: &str, inner: Value) {
        self.number_notice(now, phone_number_id, "standby", json!({"standby": inner}));
    }

    /// A notice about a group of the API; `kind` is `lifecycle`, `participants`, `settings` or `status`.
    pub fn group_event(
        &mut self,
        now: i64,
        phone_number_id: &str,
        kind: &str,
        group_id: &str,
        mut details: Value,
    ) {
        if !details.is_object() {
            details = json!({});
        }
        details["group_id"] = json!(group_id);
        details["timestamp"] = json!(stamp(now));
        self.number_notice(
            now,
            phone_number_id,
            &format!("group_{kind}_update"),
            json!({"groups": [details]}),
        );
    }
}

#[cfg(test)]
#[path = "account_tests.rs"]
mod tests;
