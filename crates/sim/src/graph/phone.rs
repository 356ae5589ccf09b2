//! A business number as an object: its fields, its settings, its synchronisation, its registration.
//!
//! In: calls on `/{PHONE}` and its smaller edges. Out: the fields asked for, or a refusal. A number that
//! stays in use in the phone app cannot be registered or deregistered here, and may ask for each kind of
//! synchronisation once within a day. Deliberately absent: messages, media and history, each its own file.

use crate::api::ApiRequest;
use crate::cloud::Cloud;
use crate::refusal::Refusal;
use crate::time::DAY;
use serde_json::{Value, json};

/// What is shown when no fields are named.
const DEFAULT_FIELDS: &[&str] = &[
    "verified_name",
    "code_verification_status",
    "display_phone_number",
    "quality_rating",
    "platform_type",
    "throughput",
    "webhook_configuration",
    "id",
];

impl Cloud {
    pub(crate) fn number_fields(&self, number: usize, request: &ApiRequest) -> Value {
        let named = request.parameter("fields");
        let wanted: Vec<&str> = match &named {
            Some(list) => list.split(',').map(str::trim).chain(["id"]).collect(),
            None => DEFAULT_FIELDS.to_vec(),
        };
        let whole = self.whole_number(number);
        let mut shown = json!({});
        for name in wanted {
            if let Some(value) = whole.get(name) {
                shown[name] = value.clone();
            }
        }
        shown
    }

    fn whole_number(&self, place: usize) -> Value {
        let number = &self.numbers[place];
        let level = match number.config.mps {
            0..=80 => "STANDARD",
            _ => "HIGH",
        };
        let mut callbacks = json!({"application": self.app_url.as_deref().unwrap_or_default()});
        if let Some(own) = &number.callback {
            callbacks["phone_number"] = json!(own);
        }
        if let Some(account) = &self.account_callback {
            callbacks["whatsapp_business_account"] = json!(account);
        }
        json!({
            "id": &*number.id,
            "verified_name": number.config.verified_name,
            "code_verification_status": "VERIFIED",
            "display_phone_number": number.config.display_phone_number,
            "quality_rating": number.quality,
            "platform_type": "CLOUD_API",
            "is_on_biz_app": number.config.coexistence,
            "throughput": {"level": level},
            "status": if number.offboarded { "DISCONNECTED" } else { "CONNECTED" },
            "name_status": "APPROVED",
            "account_mode": "LIVE",
            "is_official_business_account": false,
            "whatsapp_business_manager_messaging_limit": "TIER_2K",
            "webhook_configuration": callbacks,
        })
    }

    pub(crate) fn number_list(&self, request: &ApiRequest) -> Value {
        let all: Vec<Value> = (0..self.numbers.len())
            .map(|number| self.number_fields(number, request))
            .collect();
        json!({"data": all})
    }

    pub(crate) fn change_number(&mut self, number: usize, body: &Value) -> Result<Value, Refusal> {
        let Some(configuration) = body.get("webhook_configuration") else {
            return Err(Refusal::new(100, "Nothing that can be changed was given."));
        };
        self.configure_webhook(number, configuration)?;
        Ok(json!({"success": true}))
    }

    pub(crate) fn change_settings(
        &mut self,
        number: usize,
        body: &Value,
    ) -> Result<Value, Refusal> {
        let (Some(settings), Some(changes)) = (
            self.numbers[number].settings.as_object_mut(),
            body.as_object(),
        ) else {
            return Err(Refusal::new(100, "The settings must be an object."));
        };
        for (name, value) in changes {
            settings.insert(name.clone(), value.clone());
        }
        Ok(json!({"success": true}))
    }

    /// `smb_app_data`: asks for contacts or history, once each and within a day of onboarding.
    pub(crate) fn synchronise(
        &mut self,
        now: i64,
        place: usize,
        body: &Value,
    ) -> Result<Value, Refusal> {
        if body["messaging_product"].as_str() != Some("whatsapp") {
            return Err(Refusal::new(
                100,
                "The parameter messaging_product is required.",
            ));
        }
        let number = &mut self.numbers[place];
        if !number.config.coexistence {
            return Err(Refusal::new(
                135000,
                "The number is not used in the WhatsApp Business app.",
            ));
        }
        let kind = body["sync_type"]
            .as_str()
            .filter(|kind| matches!(*kind, "smb_app_state_sync" | "history"));
        let kind = kind.ok_or_else(|| Refusal::new(100, "The parameter sync_type is required."))?;
        if now >= *number.onboarded_at.get_or_insert(now) + DAY {
            return Err(Refusal::new(
                2593108,
                "Synchronisation must be asked for within 24 hours of onboarding.",
            ));
        }
        if !number.synced.insert(kind.to_owned()) {
            return Err(Refusal::new(
                2593107,
                "This synchronisation has already been asked for.",
            ));
        }
        let request_id = self.ids.trace();
        if kind == "smb_app_state_sync" {
            self.plan_contacts(now, place);
        }
        Ok(json!({"messaging_product": "whatsapp", "request_id": request_id}))
    }

    pub(crate) fn registration(
        &mut self,
        number: usize,
        edge: &str,
        body: &Value,
    ) -> Result<Value, Refusal> {
        if self.numbers[number].config.coexistence {
            return Err(Refusal::new(
                100,
                format!("{edge} is not possible for a number in use in the WhatsApp Business app."),
            ));
        }
        let pin = body["pin"].as_str().unwrap_or_default();
        if edge == "register"
            && (pin.len() != 6 || !pin.bytes().all(|digit| digit.is_ascii_digit()))
        {
            return Err(Refusal::new(100, "The pin must have six digits."));
        }
        Ok(json!({"success": true}))
    }

    pub(crate) fn thread_control(&mut self, number: usize, body: &Value) -> Result<Value, Refusal> {
        let action = body["action"]
            .as_str()
            .ok_or_else(|| Refusal::missing("action"))?;
        if !matches!(action, "pass" | "release" | "take") {
            return Err(Refusal::invalid("action must be pass, release or take."));
        }
        if body.get("to").is_none() && body.get("recipient").is_none() {
            return Err(Refusal::missing("to"));
        }
        if body["metadata"]
            .as_str()
            .is_some_and(|text| text.chars().count() > 2000)
        {
            return Err(Refusal::invalid(
                "metadata must be at most 2000 characters.",
            ));
        }
        if action == "pass" && body["control_pass"]["target_role"].as_str().is_none() {
            return Err(Refusal::missing("control_pass.target_role"));
        }
        self.numbers[number].settings["last_thread_control"] = json!(action);
        Ok(json!({"messaging_product": "whatsapp", "request_id": self.ids.trace()}))
    }
}

#[cfg(test)]
#[path = "phone_tests.rs"]
mod tests;
