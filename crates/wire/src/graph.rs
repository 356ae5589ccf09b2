//! Reads and writes the rest of the Graph API that we use: templates, accepted messages, numbers,
//! synchronisation and subscriptions.
//!
//! In: ids, cursors, answers. Out: paths (without host and version, which the caller configures),
//! request bodies and decoded pages. Absent: the calls themselves and their retries.

use crate::decode::Fields;
use ponte_core::Time;
use serde_json::{Value, json};
use thiserror::Error;

/// Entries per page: the provider's maximum, to spend few of the hourly calls.
pub const PAGE: u32 = 100;

/// An answer that isn't what the provider documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("unexpected answer of the provider: {0}")]
pub struct Unexpected(pub &'static str);

/// One page of a listing. `next` is the cursor for the page after it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page<T> {
    pub data: Vec<T>,
    pub next: Option<String>,
}

/// A template as the provider lists it.
#[derive(Clone, Debug, PartialEq)]
pub struct TemplateInfo {
    pub id: String,
    pub name: String,
    pub language: String,
    pub status: String,
    pub category: String,
    pub quality: Option<String>,
    pub rejected: Option<String>,
    pub components: Vec<Value>,
}

/// An accepted message as `message_history` lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    pub id: String,
    pub wamid: String,
    pub events: Vec<HistoryEvent>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEvent {
    /// `SENT`, `DELIVERED`, `READ`, `FAILED`, … as the provider writes it.
    pub status: String,
    pub at: Time,
    /// How our webhook took it: `FAILED` or `RETRYING` means we are losing deliveries.
    pub webhook: Option<String>,
}

/// What the provider says about a number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NumberInfo {
    pub id: String,
    pub display: String,
    pub name: String,
    pub quality: String,
    /// Also in use in the phone app: coexistence.
    pub on_phone_app: Option<bool>,
    pub platform: String,
    /// `STANDARD`, `HIGH`, … as the provider writes it.
    pub throughput: Option<String>,
    pub limit_tier: Option<String>,
}

/// `POST` sends, marks read and shows typing.
#[must_use]
pub fn messages_path(number: &str) -> String {
    format!("{}/messages", segment(number))
}

#[must_use]
pub fn templates_path(account: &str, after: Option<&str>) -> String {
    let fields = "id,name,language,status,category,quality_score,rejected_reason,components";
    page_path(account, "message_templates", fields, after)
}

/// The messages the provider accepted from this number, newest first.
#[must_use]
pub fn history_path(number: &str, after: Option<&str>) -> String {
    let fields = "id,message_id,events{delivery_status,timestamp,webhook_update_state}";
    page_path(number, "message_history", fields, after)
}

#[must_use]
pub fn number_path(number: &str) -> String {
    let fields = "id,display_phone_number,verified_name,quality_rating,is_on_biz_app,platform_type,\
                  throughput,whatsapp_business_manager_messaging_limit";
    format!("{}?fields={fields}", segment(number))
}

#[must_use]
pub fn numbers_path(account: &str, after: Option<&str>) -> String {
    let fields = "id,display_phone_number,verified_name,quality_rating";
    page_path(account, "phone_numbers", fields, after)
}

#[must_use]
pub fn sync_path(number: &str) -> String {
    format!("{}/smb_app_data", segment(number))
}

/// What to import from the phone app. Each may be asked for once, within 24 hours of onboarding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sync {
    Contacts,
    History,
}

#[must_use]
pub fn sync_body(sync: Sync) -> Value {
    let kind = match sync {
        Sync::Contacts => "smb_app_state_sync",
        Sync::History => "history",
    };
    json!({ "messaging_product": "whatsapp", "sync_type": kind })
}

/// The request id that the provider's support asks for.
///
/// # Errors
/// If there is none.
pub fn decode_sync(body: &[u8]) -> Result<String, Unexpected> {
    let id = object(body)?.name("request_id");
    id.ok_or(Unexpected("a sync answer without a request id"))
}

#[must_use]
pub fn subscribe_path(account: &str) -> String {
    format!("{}/subscribed_apps", segment(account))
}

/// An override of the callback, or an empty body to subscribe plainly (and to remove an override).
/// Doing both in the first call fails at the provider: subscribe plainly first.
#[must_use]
pub fn subscribe_body(callback: Option<(&str, &str)>) -> Value {
    match callback {
        Some((url, verify_token)) => json!({
            "override_callback_uri": url,
            "verify_token": verify_token,
        }),
        None => json!({}),
    }
}

/// # Errors
/// If the answer is no page.
pub fn decode_templates(body: &[u8]) -> Result<Page<TemplateInfo>, Unexpected> {
    page(body, |mut it| {
        Some(TemplateInfo {
            id: it.text_or_empty("id"),
            name: it.name("name")?,
            language: it.text_or_empty("language"),
            status: it.text_or_empty("status"),
            category: it.text_or_empty("category"),
            quality: it
                .object("quality_score")
                .and_then(|mut it| it.name("score")),
            rejected: it.name("rejected_reason").filter(|reason| reason != "NONE"),
            components: it.list("components"),
        })
    })
}

/// # Errors
/// If the answer is no page.
pub fn decode_history(body: &[u8]) -> Result<Page<HistoryEntry>, Unexpected> {
    page(body, |mut it| {
        let mut events = it.object("events").unwrap_or_default();
        let events = events.list("data").into_iter().filter_map(|event| {
            let mut event = Fields::of(event).ok()?;
            Some(HistoryEvent {
                status: event.text_or_empty("delivery_status"),
                at: event.time("timestamp").unwrap_or(Time::ZERO),
                webhook: event.name("webhook_update_state"),
            })
        });
        Some(HistoryEntry {
            id: it.text_or_empty("id"),
            wamid: it.name("message_id")?,
            events: events.collect(),
        })
    })
}

/// # Errors
/// If the answer names no number.
pub fn decode_number(body: &[u8]) -> Result<NumberInfo, Unexpected> {
    number(object(body)?).ok_or(Unexpected("a number without an id"))
}

/// # Errors
/// If the answer is no page.
pub fn decode_numbers(body: &[u8]) -> Result<Page<NumberInfo>, Unexpected> {
    page(body, number)
}

fn number(mut it: Fields) -> Option<NumberInfo> {
    Some(NumberInfo {
        id: it.name("id")?,
        display: it.text_or_empty("display_phone_number"),
        name: it.text_or_empty("verified_name"),
        quality: it.text_or_empty("quality_rating"),
        on_phone_app: it.flag("is_on_biz_app"),
        platform: it.text_or_empty("platform_type"),
        throughput: it.object("throughput").and_then(|mut it| it.name("level")),
        limit_tier: it
            .name("whatsapp_business_manager_messaging_limit")
            .or_else(|| it.name("messaging_limit_tier")),
    })
}

/// Entries that can't be read are left out: a listing is evidence, and half an entry is none.
fn page<T>(body: &[u8], read: impl Fn(Fields) -> Option<T>) -> Result<Page<T>, Unexpected> {
    let mut root = object(body)?;
    if !matches!(root.peek("data"), Some(Value::Array(_))) {
        return Err(Unexpected("a page without data"));
    }
    let data = root.list("data").into_iter();
    let data = data.filter_map(|entry| Fields::of(entry).ok().and_then(&read));
    let data = data.collect();
    let mut paging = root.object("paging").unwrap_or_default();
    // The last page still has cursors; only `next` tells that there is more.
    let more = paging.named("next");
    let mut cursors = paging.object("cursors").unwrap_or_default();
    let next = cursors.name("after").filter(|_| more);
    Ok(Page { data, next })
}

fn page_path(of: &str, edge: &str, fields: &str, after: Option<&str>) -> String {
    let of = segment(of);
    let after = after.map_or_else(String::new, |after| format!("&after={}", segment(after)));
    format!("{of}/{edge}?fields={fields}&limit={PAGE}{after}")
}

/// Percent-encodes everything but letters, digits and `-._~`, so that an id stays one segment.
pub(crate) fn segment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

pub(crate) fn object(body: &[u8]) -> Result<Fields, Unexpected> {
    let value = crate::decode::parse(body).map_err(|_| Unexpected("not JSON"))?;
    Fields::of(value).map_err(|_| Unexpected("not an object"))
}
