//! Reads `interactive`: the customer's answers to buttons, lists, forms and requests, and in echoes
//! the questions themselves.
//!
//! In: the fields of a message. Out: one variant per kind of answer. Anything else keeps its kind, its
//! readable body and its raw JSON. Absent: what the business asked, which the step remembers.

use super::fields::Fields;
use ponte_core::Content;
use serde_json::Value;

pub(crate) fn take(fields: &mut Fields) -> Option<Content> {
    let mut inner = fields.object("interactive")?;
    let kind = inner.text_or_empty("type");
    let content = match kind.as_str() {
        "button_reply" => choice(&mut inner, "button_reply")
            .map(|(id, title, _)| Content::ButtonReply { id, title }),
        "list_reply" => {
            choice(&mut inner, "list_reply").map(|(id, title, description)| Content::ListReply {
                id,
                title,
                description,
            })
        }
        "nfm_reply" => form(&mut inner),
        "call_permission_reply" => permission(&mut inner),
        "product" => inner.raw("product").map(|raw| Content::Product { raw }),
        _ => None,
    };
    let Some(content) = content else {
        return Some(other(kind, inner));
    };
    fields.put_rest("interactive", inner);
    Some(content)
}

fn choice(inner: &mut Fields, key: &str) -> Option<(String, String, Option<String>)> {
    let mut reply = inner.object(key)?;
    if !reply.named("id") && !reply.named("title") {
        inner.put(key, reply.whole());
        return None;
    }
    let id = reply.text_or_empty("id");
    let title = reply.text_or_empty("title");
    let description = reply.name("description");
    inner.put_rest(key, reply);
    Some((id, title, description))
}

/// `response_json` is JSON inside a text. What isn't JSON stays a text; what isn't an object is kept.
fn form(inner: &mut Fields) -> Option<Content> {
    let mut reply = inner.object("nfm_reply")?;
    let name = reply.text_or_empty("name");
    let body = reply.text_or_empty("body");
    let response = match reply.raw("response_json") {
        Some(Value::String(text)) => {
            super::mend::parse(text.as_bytes()).unwrap_or(Value::String(text))
        }
        Some(other) => other,
        None => Value::Null,
    };
    inner.put_rest("nfm_reply", reply);
    Some(Content::FormReply {
        name,
        body,
        response,
    })
}

fn permission(inner: &mut Fields) -> Option<Content> {
    let mut reply = inner.object("call_permission_reply")?;
    let Some(response) = reply.name("response") else {
        inner.put("call_permission_reply", reply.whole());
        return None;
    };
    let source = reply.name("response_source");
    let content = Content::CallPermissionReply {
        accepted: response == "accept",
        expires: reply.time("expiration_timestamp"),
        permanent: reply.flag("is_permanent").unwrap_or(false),
        automatic: source.as_deref() == Some("automatic"),
    };
    inner.put_rest("call_permission_reply", reply);
    Some(content)
}

/// A question as the business sent it, or a kind of answer we don't know.
fn other(kind: String, inner: Fields) -> Content {
    let raw = inner.whole();
    let text = raw["body"]["text"].as_str().unwrap_or_default().to_owned();
    Content::Interactive { kind, text, raw }
}
