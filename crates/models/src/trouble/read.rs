//! Reads a trouble from an answer that is none: its status, its `retry-after` and its body.
//!
//! In: what came. Out: a [`Trouble`]. The providers disagree on statuses (a quota that is used up is a 429,
//! a bad key a 400), so their codes are looked at first. Absent: transport troubles, which the caller knows.

use super::{Kind, Trouble};
use crate::bounds::RETRY_AFTER_MS_MAX;
use serde_json::Value;

/// The trouble of an answer with a status that is no success. `retry_after`: that header, as it came.
#[must_use]
pub fn of_answer(http: u16, retry_after: Option<&str>, body: &[u8]) -> Trouble {
    let said: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
    let mut trouble = of_error(&said, Some(http));
    trouble.retry_after_ms = retry_after
        .and_then(seconds)
        .or_else(|| google_delay(&said))
        .map(|ms| ms.min(RETRY_AFTER_MS_MAX));
    trouble
}

/// The trouble of an error object, as an answer or in the middle of a stream (then without a status).
pub(crate) fn of_error(said: &Value, http: Option<u16>) -> Trouble {
    // Google answers a list of one where a stream was wished.
    let said = said.get(0).unwrap_or(said);
    let error = said.get("error").unwrap_or(said);
    let text = |key: &str| error.get(key).and_then(Value::as_str);
    let message = error
        .as_str()
        .or_else(|| text("message"))
        .unwrap_or_default()
        .to_ascii_lowercase();
    // OpenAI: code and type; Anthropic: type; Google: status; Ollama: a sentence only.
    let words = [text("code"), text("type"), text("status")];
    let kind = words
        .iter()
        .flatten()
        .find_map(|word| of_word(word))
        .or_else(|| of_sentence(&message))
        .or_else(|| http.map(of_status))
        .unwrap_or(Kind::ProviderDown);
    let code = words.into_iter().flatten().next().unwrap_or_default();
    Trouble {
        http,
        ..Trouble::coded(kind, code)
    }
}

fn of_word(word: &str) -> Option<Kind> {
    let kind = match word {
        "insufficient_quota" | "billing_hard_limit_reached" | "billing_error" => Kind::NoCredit,
        "invalid_api_key"
        | "authentication_error"
        | "permission_error"
        | "UNAUTHENTICATED"
        | "PERMISSION_DENIED" => Kind::KeyRefused,
        "rate_limit_exceeded" | "rate_limit_error" | "RESOURCE_EXHAUSTED" | "tokens" => {
            Kind::RateLimited
        }
        "model_not_found" | "not_found_error" | "NOT_FOUND" | "DeploymentNotFound" => Kind::NoModel,
        "context_length_exceeded" | "string_above_max_length" | "request_too_large" => {
            Kind::TooLong
        }
        "content_filter" | "content_policy_violation" => Kind::Filtered,
        "overloaded_error" | "api_error" | "server_error" | "UNAVAILABLE" | "INTERNAL"
        | "DEADLINE_EXCEEDED" => Kind::ProviderDown,
        _ => return None,
    };
    Some(kind)
}

/// What only the sentence tells, in the few cases where status and code are too general.
fn of_sentence(message: &str) -> Option<Kind> {
    let has = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if has(&["api key not valid", "api key expired", "incorrect api key"]) {
        return Some(Kind::KeyRefused);
    }
    if has(&[
        "credit balance",
        "insufficient balance",
        "exceeded your current quota",
    ]) {
        return Some(Kind::NoCredit);
    }
    if has(&[
        "prompt is too long",
        "maximum context length",
        "context window",
        "exceeds the maximum number of tokens",
        "exceeds the available context size",
    ]) {
        return Some(Kind::TooLong);
    }
    (message.contains("model") && has(&["not found", "does not exist"])).then_some(Kind::NoModel)
}

fn of_status(http: u16) -> Kind {
    match http {
        401 | 403 => Kind::KeyRefused,
        402 => Kind::NoCredit,
        404 => Kind::NoModel,
        408 => Kind::TimedOut,
        413 => Kind::TooLong,
        429 => Kind::RateLimited,
        400..=499 => Kind::NotTaken,
        500..=599 => Kind::ProviderDown,
        // No success, no error: a redirect, which is never followed, or nothing we know.
        _ => Kind::Garbage,
    }
}

/// `retry-after` in seconds, with or without a fraction. A date is rare here and left alone.
fn seconds(text: &str) -> Option<u64> {
    let seconds: f64 = text.trim().parse().ok()?;
    (seconds.is_finite() && seconds >= 0.0).then(|| whole_ms(seconds))
}

/// Google says it in the body: `"retryDelay": "17s"`.
fn google_delay(said: &Value) -> Option<u64> {
    let said = said.get(0).unwrap_or(said);
    let details = said.pointer("/error/details")?.as_array()?;
    let delay = details.iter().find_map(|detail| detail.get("retryDelay"))?;
    seconds(delay.as_str()?.strip_suffix('s')?)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float becomes the nearest u64 and never less than 0; the caller caps it"
)]
fn whole_ms(seconds: f64) -> u64 {
    (seconds * 1000.0).ceil() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told_apart(cases: &[(u16, Value, Kind)]) {
        for (http, body, kind) in cases {
            let read = of_answer(*http, None, body.to_string().as_bytes());
            assert_eq!((read.kind, read.http), (*kind, Some(*http)), "{body}");
        }
    }

    #[test]
    fn codes_and_sentences_of_openai_are_told_apart() {
        told_apart(&[
            (
                401,
                json!({"error": {"message": "Incorrect API key provided: sk-…", "type": "invalid_request_error", "code": "invalid_api_key"}}),
                Kind::KeyRefused,
            ),
            (
                429,
                json!({"error": {"message": "…", "type": "insufficient_quota", "code": "insufficient_quota"}}),
                Kind::NoCredit,
            ),
            (
                429,
                json!({"error": {"message": "…", "type": "tokens", "code": "rate_limit_exceeded"}}),
                Kind::RateLimited,
            ),
            (
                400,
                json!({"error": {"message": "This model's maximum context length is 8192 tokens", "code": null}}),
                Kind::TooLong,
            ),
            (
                404,
                json!({"error": {"message": "The model `x` does not exist", "code": "model_not_found"}}),
                Kind::NoModel,
            ),
            (
                400,
                json!({"error": {"code": "content_filter", "message": "…"}}),
                Kind::Filtered,
            ),
        ]);
    }

    #[test]
    fn codes_and_sentences_of_the_others_are_told_apart() {
        told_apart(&[
            (
                529,
                json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}),
                Kind::ProviderDown,
            ),
            (
                400,
                json!({"type": "error", "error": {"type": "invalid_request_error", "message": "prompt is too long: 200001 tokens > 200000 maximum"}}),
                Kind::TooLong,
            ),
            (
                400,
                json!({"type": "error", "error": {"type": "invalid_request_error", "message": "Your credit balance is too low"}}),
                Kind::NoCredit,
            ),
            (
                400,
                json!({"error": {"code": 400, "message": "API key not valid. Please pass a valid API key.", "status": "INVALID_ARGUMENT"}}),
                Kind::KeyRefused,
            ),
            (
                503,
                json!([{"error": {"code": 503, "message": "overloaded", "status": "UNAVAILABLE"}}]),
                Kind::ProviderDown,
            ),
            (404, json!({"error": "model 'x' not found"}), Kind::NoModel),
            (
                400,
                json!({"error": "does not support tools"}),
                Kind::NotTaken,
            ),
            (418, json!({}), Kind::NotTaken),
            (302, json!("x"), Kind::Garbage),
        ]);
        assert_eq!(
            of_answer(502, None, b"<html>bad gateway").kind,
            Kind::ProviderDown
        );
        assert_eq!(
            of_error(&json!({"error": {"message": "?"}}), None).kind,
            Kind::ProviderDown
        );
    }

    #[test]
    fn the_wish_to_wait_is_read_from_where_it_stands_and_capped() {
        let after = |header: Option<&str>, body: Value| {
            of_answer(429, header, body.to_string().as_bytes()).retry_after_ms
        };
        assert_eq!(after(Some("2"), json!({})), Some(2_000));
        assert_eq!(after(Some("0.25"), json!({})), Some(250));
        assert_eq!(
            after(Some("999999999"), json!({})),
            Some(RETRY_AFTER_MS_MAX)
        );
        assert_eq!(after(Some("-1"), json!({})), None);
        assert_eq!(
            after(Some("Fri, 20 Nov 2026 23:07:37 GMT"), json!({})),
            None
        );
        let google = json!({"error": {"status": "RESOURCE_EXHAUSTED", "details": [
            {"@type": "type.googleapis.com/google.rpc.QuotaFailure"},
            {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "17s"}]}});
        assert_eq!(after(None, google), Some(17_000));
    }

    #[test]
    fn what_the_customer_wrote_does_not_come_back_in_the_code() {
        let body = json!({"error": {"message": "bad input: meu CPF é 1", "code": "meu CPF é 1"}});
        let read = of_answer(400, None, body.to_string().as_bytes());
        assert!(!format!("{read:?} {read}").contains("CPF"));
    }
}
