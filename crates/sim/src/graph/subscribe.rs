//! Who gets the webhooks: subscription of the app, overrides for account and number, their verification.
//!
//! In: `subscribed_apps` calls and a number's `webhook_configuration`. Out: callbacks, once the `GET` with
//! the challenge came back right. The platform cannot call by itself: it puts a `Verification` into a list,
//! the host performs it and tells the answer. A call that waits for one is answered as success; the host
//! replaces that answer when the verification fails. Deliberately absent: which fields an override moves;
//! see `deliver.rs`.

use crate::api::{ApiReply, ApiRequest, percent_decode};
use crate::cloud::Cloud;
use crate::refusal::Refusal;
use serde_json::{Value, json};

/// Longest callback address.
const CALLBACK: usize = 200;

/// A `GET` that the host must perform before an override holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// Hand it back with the answer.
    pub id: u64,
    /// The address with `hub.mode`, `hub.challenge` and `hub.verify_token`.
    pub url: String,
    /// What the body of the 200 must be.
    pub challenge: String,
    callback: String,
    /// The number, or the account when absent.
    number: Option<usize>,
}

impl Cloud {
    /// Verifications to perform now.
    pub fn take_verifications(&mut self) -> Vec<Verification> {
        std::mem::take(&mut self.verifications)
    }

    /// The answer to a verification. On success the override holds; otherwise the refusal is given back
    /// that takes the place of the call's answer.
    pub fn verification_answered(
        &mut self,
        done: Verification,
        status: Option<u16>,
        body: &[u8],
    ) -> Option<ApiReply> {
        if status == Some(200) && body == done.challenge.as_bytes() {
            match done.number.and_then(|number| self.numbers.get_mut(number)) {
                Some(number) => number.callback = Some(done.callback),
                None => self.account_callback = Some(done.callback),
            }
            return None;
        }
        let trace = self.ids.trace();
        Some(
            Refusal::new(
                2200,
                format!("The callback answered {status:?} without the challenge."),
            )
            .reply(&trace),
        )
    }

    pub(crate) fn subscriptions(&self) -> Value {
        if !self.subscribed {
            return json!({"data": []});
        }
        let mut entry = json!({"whatsapp_business_api_data": {
            "id": self.config.app_id, "name": "Ponte", "link": "https://www.facebook.com/games/?app_id=300000000000001"}});
        if let Some(callback) = &self.account_callback {
            entry["override_callback_uri"] = json!(callback);
        }
        json!({"data": [entry]})
    }

    pub(crate) fn subscribe(&mut self, body: &Value) -> Result<Value, Refusal> {
        match body["override_callback_uri"].as_str() {
            Some(callback) => {
                if !self.subscribed {
                    return Err(Refusal::new(
                        100,
                        "The app must be subscribed before it can override its callback.",
                    ));
                }
                self.verify_later(callback, body["verify_token"].as_str(), None)?;
            }
            None => {
                self.subscribed = true;
                self.account_callback = None;
            }
        }
        Ok(json!({"success": true}))
    }

    pub(crate) fn unsubscribe(&mut self) -> Value {
        self.subscribed = false;
        self.account_callback = None;
        json!({"success": true})
    }

    /// A number's `webhook_configuration`; an empty address takes the override away.
    pub(crate) fn configure_webhook(
        &mut self,
        number: usize,
        configuration: &Value,
    ) -> Result<(), Refusal> {
        let callback = configuration["override_callback_uri"]
            .as_str()
            .ok_or_else(|| Refusal::new(100, "The parameter override_callback_uri is required."))?;
        if callback.is_empty() {
            self.numbers[number].callback = None;
            return Ok(());
        }
        self.verify_later(
            callback,
            configuration["verify_token"].as_str(),
            Some(number),
        )
    }

    fn verify_later(
        &mut self,
        callback: &str,
        token: Option<&str>,
        number: Option<usize>,
    ) -> Result<(), Refusal> {
        let token =
            token.ok_or_else(|| Refusal::new(100, "The parameter verify_token is required."))?;
        if callback.len() > CALLBACK
            || !(callback.starts_with("https://") || callback.starts_with("http://"))
        {
            return Err(Refusal::new(
                100,
                "The callback must be an address of at most 200 characters.",
            ));
        }
        self.last_verification += 1;
        let challenge = self.ids.object();
        let separator = if callback.contains('?') { '&' } else { '?' };
        let url = format!(
            "{callback}{separator}hub.mode=subscribe&hub.challenge={challenge}&hub.verify_token={}",
            percent_encode(token)
        );
        self.verifications.push(Verification {
            id: self.last_verification,
            url,
            challenge,
            callback: callback.to_owned(),
            number,
        });
        Ok(())
    }

    pub(crate) fn debug_token(&self, request: &ApiRequest) -> Value {
        let valid = request.parameter("input_token").as_deref() == Some(&self.config.access_token)
            && !self.revoked;
        let mut data = json!({"app_id": self.config.app_id, "type": "SYSTEM_USER", "is_valid": valid, "expires_at": 0,
            "scopes": ["whatsapp_business_management", "whatsapp_business_messaging"],
            "granular_scopes": [{"scope": "whatsapp_business_messaging", "target_ids": [self.config.waba_id]}]});
        if !valid {
            data = json!({"is_valid": false, "error": {"code": 190, "message": "Invalid OAuth access token."}, "scopes": []});
        }
        json!({"data": data})
    }
}

/// Encodes everything but unreserved characters.
fn percent_encode(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    debug_assert_eq!(percent_decode(&out), text);
    out
}

#[cfg(test)]
#[path = "subscribe_tests.rs"]
mod tests;
