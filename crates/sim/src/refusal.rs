//! What Meta refuses with: codes, titles, HTTP statuses and the shape of an error.
//!
//! In: a code and the details of this case. Out: the JSON of a synchronous answer or of an entry in a
//! `failed` status. The table is data so that a judge can read it. Deliberately absent: the rules that
//! decide a refusal; they stand beside what they guard in `graph/`. Next: `graph/send.rs`.

use crate::api::ApiReply;
use serde_json::{Value, json};

/// A call that was refused, before it is written as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: u32,
    pub(crate) subcode: Option<u32>,
    pub(crate) details: String,
}

/// Code, HTTP status, title. Order by code; unknown codes are answered as a bad parameter.
const TABLE: &[(u32, u16, &str)] = &[
    (1, 400, "API Unknown"),
    (2, 503, "API Service"),
    (4, 429, "Application request limit reached"),
    (10, 403, "Permission Denied"),
    (33, 400, "Parameter value is not valid"),
    (100, 400, "Invalid parameter"),
    (
        190,
        401,
        "Error validating access token: Session has expired",
    ),
    (2200, 400, "Callback verification failed"),
    (2500, 400, "Unknown path components"),
    (80007, 400, "Rate limit issues"),
    (130429, 400, "Rate limit hit"),
    (131000, 500, "Something went wrong"),
    (131005, 403, "Access denied"),
    (131008, 400, "Required parameter is missing"),
    (131009, 400, "Parameter value is not valid"),
    (131016, 503, "Service unavailable"),
    (131021, 400, "Recipient cannot be sender"),
    (131026, 400, "Message undeliverable"),
    (131042, 400, "Business eligibility payment issue"),
    (131047, 400, "Re-engagement message"),
    (131048, 400, "Spam rate limit hit"),
    (
        131049,
        400,
        "This message was not delivered to maintain healthy ecosystem engagement.",
    ),
    (
        131050,
        400,
        "User has stopped marketing messages from your business",
    ),
    (131051, 400, "Unsupported message type"),
    (131052, 400, "Media download error"),
    (131053, 400, "Media upload error"),
    (131055, 400, "Method not allowed"),
    (
        131056,
        400,
        "(Business Account, Consumer Account) pair rate limit hit",
    ),
    (131057, 400, "Account in maintenance mode"),
    (131060, 400, "This message is currently unavailable"),
    (
        131062,
        400,
        "Business-scoped user ids are not supported for this message",
    ),
    (131070, 400, "The thread is controlled by another responder"),
    (132000, 400, "Template Param Count Mismatch"),
    (132001, 404, "Template does not Exist"),
    (132005, 400, "Template Hydrated Text Too Long"),
    (132012, 400, "Template Parameter Format Mismatch"),
    (132015, 400, "Template is Paused"),
    (132016, 400, "Template is Disabled"),
    (133010, 400, "Phone number not registered"),
    (135000, 400, "Generic user error"),
    (2388023, 400, "The message template name is being deleted"),
    (2388024, 400, "Content in this language already exists"),
    (
        2388299,
        400,
        "Variables can't be at the start or end of the template",
    ),
    (
        2494191,
        400,
        "Only the escalation partner may take a thread",
    ),
    (2593107, 400, "Synchronization request limit exceeded"),
    (
        2593108,
        400,
        "Synchronization request made outside of allowed time window",
    ),
    (2593109, 400, "History sharing declined"),
];

impl Refusal {
    pub(crate) fn new(code: u32, details: impl Into<String>) -> Self {
        Self {
            code,
            subcode: None,
            details: details.into(),
        }
    }

    /// An object that is not there: code 100 with subcode 33.
    pub(crate) fn no_object(id: &str, method: &str) -> Self {
        let method = method.to_ascii_lowercase();
        Self {
            code: 100,
            subcode: Some(33),
            details: format!(
                "Unsupported {method} request. Object with ID '{id}' does not exist, cannot be loaded due to missing \
                 permissions, or does not support this operation"
            ),
        }
    }

    pub(crate) fn missing(parameter: &str) -> Self {
        Self::new(131008, format!("The parameter {parameter} is required."))
    }

    pub(crate) fn invalid(details: impl Into<String>) -> Self {
        Self::new(131009, details)
    }

    pub(crate) fn reply(&self, trace: &str) -> ApiReply {
        let (status, title) = entry(self.code);
        let mut error = json!({
            "message": format!("(#{}) {title}", self.code),
            "type": "OAuthException",
            "code": self.code,
            "fbtrace_id": trace,
        });
        if self.subcode == Some(33) {
            error["message"] = json!(self.details);
            error["type"] = json!("GraphMethodException");
        } else if self.code == 190 {
            error["message"] = json!(format!("{title}. {}", self.details));
        } else {
            error["error_data"] = json!({"messaging_product": "whatsapp", "details": self.details});
        }
        if let Some(subcode) = self.subcode {
            error["error_subcode"] = json!(subcode);
        }
        if matches!(self.code, 2 | 4 | 131016) {
            error["is_transient"] = json!(true);
        }
        ApiReply::json(status, &json!({ "error": error }))
    }
}

/// An error as it stands inside a webhook.
pub(crate) fn webhook_error(code: u32, details: &str) -> Value {
    let (_, title) = entry(code);
    json!({
        "code": code,
        "title": title,
        "message": title,
        "error_data": {"details": details},
        "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
    })
}

fn entry(code: u32) -> (u16, &'static str) {
    TABLE
        .binary_search_by_key(&code, |row| row.0)
        .map_or((400, "Parameter value is not valid"), |place| {
            (TABLE[place].1, TABLE[place].2)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_without_repeats() {
        assert!(TABLE.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn an_ordinary_refusal_has_metas_shape() {
        let reply = Refusal::new(131047, "too late").reply("Atrace");
        assert_eq!(reply.status, 400);
        assert_eq!(
            reply.value(),
            json!({"error": {
                "message": "(#131047) Re-engagement message", "type": "OAuthException", "code": 131047,
                "error_data": {"messaging_product": "whatsapp", "details": "too late"}, "fbtrace_id": "Atrace"
            }})
        );
    }

    #[test]
    fn a_missing_object_is_100_with_subcode_33() {
        let error = Refusal::no_object("9", "POST").reply("A").value()["error"].clone();
        assert_eq!(
            (error["code"].as_u64(), error["error_subcode"].as_u64()),
            (Some(100), Some(33))
        );
        assert_eq!(error["type"], "GraphMethodException");
        assert!(
            error["message"]
                .as_str()
                .expect("text")
                .contains("Unsupported post request. Object with ID '9'")
        );
    }

    #[test]
    fn token_errors_are_401_without_error_data() {
        let reply = Refusal::new(190, "gone").reply("A");
        assert_eq!(reply.status, 401);
        assert_eq!(reply.value()["error"].get("error_data"), None);
    }

    #[test]
    fn webhook_errors_carry_details_one_level_down() {
        let error = webhook_error(131026, "no account");
        assert_eq!(error["error_data"]["details"], "no account");
        assert_eq!(error["title"], error["message"]);
    }
}
