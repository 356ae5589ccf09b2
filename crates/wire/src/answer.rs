//! Decides what an HTTP answer to a send proves: sent, refused, or nothing.
//!
//! In: the status code, if one came, and whatever of the body arrived. Out: an [`Outcome`]. The rule
//! of thumb: only an id proves sent, only a refusal in the provider's own words proves absent, and
//! everything else is unsure, because a message sent twice is worse than one that a person must look
//! at. Absent: failures before the first byte of the request left (the sender's own `NotSent`), and
//! what follows from a code, which is in `ponte_core::errors`.

use crate::decode::Fields;
use ponte_core::event::Outcome;
use serde_json::Value;

/// A 429 of something before the provider, without a code: treated as the number's throughput limit.
const TOO_FAST: i64 = 130_429;

/// Longest title of a refusal that is kept: for people and logs, not for archives.
const TITLE: usize = 300;

/// What the answer proves.
#[must_use]
pub fn classify(http: Option<u16>, body: &[u8]) -> Outcome {
    let Some(http) = http else {
        return unsure("no answer");
    };
    match http {
        200..=299 => accepted(body),
        // The request may have been carried out before the server, or one before it, gave up.
        500.. => unsure(&format!("answer {http}")),
        400..=499 => refused(http, body),
        _ => unsure(&format!("answer {http}")),
    }
}

fn accepted(body: &[u8]) -> Outcome {
    let Some(mut root) = object(body) else {
        return unsure("accepted, but the answer was cut");
    };
    let first = root.list("messages").into_iter().next();
    let Some(mut message) = first.and_then(|message| Fields::of(message).ok()) else {
        return unsure("accepted, but the answer names no message");
    };
    let Some(wamid) = message.name("id") else {
        return unsure("accepted, but the answer names no id");
    };
    // `held_for_quality_assessment` and `paused`: taken, and neither sent nor failed yet.
    let status = message.name("message_status");
    let held = status.is_some_and(|status| status != "accepted");
    Outcome::Accepted { wamid, held }
}

fn refused(http: u16, body: &[u8]) -> Outcome {
    let error = object(body).and_then(|mut root| root.object("error"));
    let Some(mut error) = error else {
        return too_fast_or_unsure(http);
    };
    let Some(code) = error.int("code") else {
        return too_fast_or_unsure(http);
    };
    let message = error.text_or_empty("message");
    let details = error
        .object("error_data")
        .and_then(|mut data| data.name("details"));
    let title = details.unwrap_or(message);
    Outcome::Refused {
        code,
        subcode: error.int("error_subcode"),
        title: ponte_core::limits::cut(&title, TITLE).to_owned(),
        http,
    }
}

/// 4xx without the provider's error is the answer of something in between, which may have passed the
/// request on; only 429 says by itself that nothing was done.
fn too_fast_or_unsure(http: u16) -> Outcome {
    if http == 429 {
        return Outcome::Refused {
            code: TOO_FAST,
            subcode: None,
            title: "Too many requests".to_owned(),
            http,
        };
    }
    unsure(&format!("answer {http} without a reason"))
}

fn object(body: &[u8]) -> Option<Fields> {
    let value: Value = crate::decode::parse(body).ok()?;
    Fields::of(value).ok()
}

fn unsure(why: &str) -> Outcome {
    Outcome::Unsure {
        why: why.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_unsure(http: u16, body: &str) -> bool {
        matches!(
            classify(Some(http), body.as_bytes()),
            Outcome::Unsure { .. }
        )
    }

    #[test]
    fn an_id_proves_sent() {
        let body = br#"{"messaging_product":"whatsapp","contacts":[{"input":"+5511988887777","wa_id":"5511988887777"}],"messages":[{"id":"wamid.A"}]}"#;
        let wamid = "wamid.A".to_owned();
        assert_eq!(
            classify(Some(200), body),
            Outcome::Accepted { wamid, held: false }
        );
    }

    #[test]
    fn a_held_message_is_accepted_and_marked() {
        for (status, held) in [
            ("accepted", false),
            ("held_for_quality_assessment", true),
            ("paused", true),
        ] {
            let body =
                format!(r#"{{"messages":[{{"id":"wamid.A","message_status":"{status}"}}]}}"#);
            let wamid = "wamid.A".to_owned();
            assert_eq!(
                classify(Some(200), body.as_bytes()),
                Outcome::Accepted { wamid, held }
            );
        }
    }

    #[test]
    fn success_without_an_id_is_unsure() {
        let whole = r#"{"messages":[{"id":"wamid.A"}]}"#;
        for end in 0..whole.len() {
            assert!(is_unsure(200, &whole[..end]), "{end}");
        }
        for body in [
            "{}",
            "[]",
            r#"{"messages":[]}"#,
            r#"{"messages":[{}]}"#,
            "ok",
        ] {
            assert!(is_unsure(200, body), "{body}");
        }
        assert!(is_unsure(200, r#"{"error":{"code":100}}"#));
    }

    #[test]
    fn a_refusal_in_the_providers_words_proves_absent() {
        let body = br#"{"error":{"message":"(#131047) Re-engagement message","type":"OAuthException","code":131047,"error_subcode":2494010,"error_data":{"messaging_product":"whatsapp","details":"More than 24 hours have passed"},"fbtrace_id":"A"}}"#;
        assert_eq!(
            classify(Some(400), body),
            Outcome::Refused {
                code: 131_047,
                subcode: Some(2_494_010),
                title: "More than 24 hours have passed".into(),
                http: 400,
            }
        );
    }

    #[test]
    fn any_5xx_is_unsure_whatever_it_says() {
        for http in [500, 502, 503, 504, 599, 600, u16::MAX] {
            assert!(is_unsure(
                http,
                r#"{"error":{"code":131016,"message":"x"}}"#
            ));
        }
    }

    #[test]
    fn no_answer_and_odd_answers_are_unsure() {
        assert!(matches!(classify(None, b""), Outcome::Unsure { .. }));
        for http in [0, 100, 301, 304, 399] {
            assert!(is_unsure(http, r#"{"messages":[{"id":"wamid.A"}]}"#));
        }
        assert!(is_unsure(404, "<html>not found</html>"));
        assert!(is_unsure(408, ""));
        assert!(is_unsure(400, r#"{"error":"text"}"#));
    }

    #[test]
    fn too_many_requests_is_a_refusal_even_without_a_body() {
        assert!(matches!(
            classify(Some(429), b""),
            Outcome::Refused {
                code: TOO_FAST,
                http: 429,
                ..
            }
        ));
        assert!(matches!(
            classify(Some(429), br#"{"error":{"code":"80007"}}"#),
            Outcome::Refused { code: 80007, .. }
        ));
    }

    #[test]
    fn a_long_reason_is_cut() {
        let body = format!(
            r#"{{"error":{{"code":1,"message":"{}"}}}}"#,
            "ã".repeat(5000)
        );
        let outcome = classify(Some(400), body.as_bytes());
        assert!(
            matches!(&outcome, Outcome::Refused { title, .. } if title.chars().count() == TITLE)
        );
    }
}
