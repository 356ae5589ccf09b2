//! The facts the judge keeps, one type each, as they are written into its dump.
//!
//! In: what happened. Out: JSON with these names. Deliberately absent: what follows from them; see `ledger.rs`.

use crate::world::people::CustomerId;
use serde::Serialize;
use std::sync::Arc;

/// A message the API accepted.
#[derive(Debug, Clone, Serialize)]
pub struct Accepted {
    /// The message id handed out, whether or not the caller saw it.
    pub wamid: String,
    /// `phone_number_id` of the sender.
    pub number: Arc<str>,
    /// The recipient as written by the caller.
    pub to: String,
    /// The recipient, when it is somebody known.
    pub customer: Option<CustomerId>,
    /// `text`, `image`, `interactive`, `template`, `reaction`, …
    pub kind: String,
    /// What a person would read.
    pub text: String,
    /// `biz_opaque_callback_data`.
    pub tag: Option<String>,
    /// Name of the template.
    pub template: Option<String>,
    /// The message it answers.
    pub quoted: Option<String>,
    /// When it was accepted.
    pub at: i64,
    /// Whether the service window was open at that moment.
    pub window_open: bool,
    /// Whether the phone number was written without its plus sign.
    pub bare_number: bool,
}

/// A send that was refused.
#[derive(Debug, Clone, Serialize)]
pub struct Refused {
    /// `phone_number_id` in the path.
    pub number: String,
    /// The recipient as written, empty when unreadable.
    pub to: String,
    /// The type as written, empty when unreadable.
    pub kind: String,
    /// `biz_opaque_callback_data`.
    pub tag: Option<String>,
    /// The Graph error code.
    pub code: u32,
    /// Why.
    pub details: String,
    /// When.
    pub at: i64,
}

/// Something a customer or the owner of the phone said.
#[derive(Debug, Clone, Serialize)]
pub struct Said {
    /// Message id.
    pub id: String,
    /// `phone_number_id` of the business side.
    pub number: Arc<str>,
    /// The customer of the chat.
    pub customer: Option<CustomerId>,
    /// Message type.
    pub kind: String,
    /// What a person would read.
    pub text: String,
    /// When it was said.
    pub at: i64,
    /// Whether a fault swallowed its webhook.
    pub lost: bool,
    /// How many times it was posted.
    pub posts: u32,
    /// When it was first acknowledged with 200.
    pub acked_at: Option<i64>,
}

/// One webhook post.
#[derive(Debug, Clone, Serialize)]
pub struct Delivery {
    /// Id of the post.
    pub post: u64,
    /// Where to.
    pub url: String,
    /// One for the first attempt.
    pub attempt: u32,
    /// What was inside, as `message:…`, `status:…:delivered`, `echo:…`, or a field name.
    pub items: Vec<String>,
    /// When it was handed over.
    pub at: i64,
    /// When it was answered.
    pub answered_at: Option<i64>,
    /// The answer; absent when there was none.
    pub status: Option<u16>,
}

/// One API call, for the log.
#[derive(Debug, Clone, Serialize)]
pub struct Call {
    /// Method and path.
    pub call: String,
    /// HTTP status answered; 0 when the wire was cut first.
    pub status: u16,
    /// Graph error code.
    pub code: Option<u32>,
    /// The faults that struck, by name.
    pub faults: Vec<&'static str>,
    /// When.
    pub at: i64,
}
