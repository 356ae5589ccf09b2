//! Hosts a `Cloud` on a real clock: Graph API, webhooks, broken connections, and an admin API for people.
//!
//! In: a `Cloud` and an address. Out: a server whose every path below `/simulator/` is the admin API and
//! every other path the Graph API; webhooks are really posted, once each, by a client that never repeats by
//! itself; a `Cut` really closes the socket. Time is the machine's clock plus an offset that can be moved
//! forward. Deliberately absent: TLS, and any web page. Read next: `host.rs` (the parts together),
//! `serve.rs` (connections and cuts), `post.rs` (webhooks), `admin.rs` (the API below), `view.rs` (its shapes).
//!
//! # The admin API
//!
//! All bodies and answers are JSON; times are Unix microseconds; a mistake is answered with 400 or 404 and
//! `{"error": "…"}`. `number` is a `phone_number_id` and may always be left out: the first number is meant.
//! [`router`] serves these absolute paths; merge it into another router as it is.
//!
//! | call | request | answer |
//! |---|---|---|
//! | `GET /simulator/api/state` | | `{"now", "offset_s", "graph_url", "webhook_url": str or null, "planned", "unanswered", "numbers": [Number], "customers": [Customer]}` |
//! | `GET /simulator/api/conversations/{customer}?number=` | | `{"customer": Customer, "number", "window_until": time or null, "typing": bool, "customer_phone": [Line], "owner_phone": [Line]}`, oldest line first |
//! | `POST /simulator/api/customers` | Profile | 201 Customer |
//! | `PATCH /simulator/api/customers/{customer}` | any of `{"offline", "reads_late", "stopped_marketing": bool, "refuses_with", "fails_with": code or null}` | Customer |
//! | `POST /simulator/api/customers/{customer}/messages` | Content and `{"number", "reply_to": id, "forwarded": bool, "referral": {…}}` | 201 `{"id"}` |
//! | `POST /simulator/api/customers/{customer}/read` | `{"number"}` | `{"read": count}` |
//! | `POST /simulator/api/customers/{customer}/call` | `{"number", "answered": bool}` | 201 `{"id"}` |
//! | `POST /simulator/api/owner/messages` | Content and `{"number", "customer": id, "reply_to": id}` | 201 `{"id"}`; 400 when the number is not used in the phone app |
//! | `GET /simulator/api/templates` | | `{"templates": [{"name", "language", "category", "status", "components"}]}` |
//! | `POST /simulator/api/templates/status` | `{"name", "language", "event", "reason"}` | `{"ok": true}`; also posts Meta's notice |
//! | `POST /simulator/api/notices` | `{"field", "value": {…}, "number"}`; with `number` the metadata is put in | `{"ok": true}` |
//! | `POST /simulator/api/clock` | `{"advance_s": seconds, at least 0}`; in parts where the options say so, then answered at the end | `{"now", "offset_s"}` |
//! | `POST /simulator/api/webhook` | `{"url": str or null}` | `{"webhook_url"}` |
//! | `GET /simulator/api/faults` | | `{"faults": [Fault]}` |
//! | `POST /simulator/api/faults` | `{"name", "mode": "off", "always", "next" or "per-mille", "value": number}` | Fault |
//! | `DELETE /simulator/api/faults` | | `{"faults": [Fault]}`, all off |
//! | `GET /simulator/api/log?limit=100` | | `{"entries": [Entry]}`, newest first, at most 1000 |
//! | `GET /simulator/api/summary` | | totals of the ledger |
//! | `GET /simulator/api/ledger` | | the whole ledger: `summary`, `accepted`, `refused`, `inbound`, `echoes`, `deliveries`, `calls` |
//! | `GET /simulator/api/events` | | server-sent events |
//!
//! **Number** `{"phone_number_id", "display_phone_number", "name", "coexistence": bool, "mps"}`.
//! **Customer** `{"id": number, "name", "phone", "wa_id", "user_id", "username", "hides_phone", "offline",
//! "reads_late", "stopped_marketing", "refuses_with", "fails_with", "chats": [{"number", "window_until",
//! "typing", "unread", "last": Line or null}]}`; there is a chat for every number that was ever in touch.
//! `unread` counts business messages that arrived and were not read by the customer.
//! **Profile** the writable part: `{"name", "phone", "wa_id", "bsuid", "parent", "username", "hides_phone",
//! "offline", "reads_late", "refuses_with", "fails_with", "stopped_marketing"}`, all optional but `name`.
//! **Line** `{"id", "from": "customer", "api" or "phone_app", "type", "text", "content", "at", "ticks":
//! "accepted", "sent", "delivered", "read", "played" or "failed", "quoted": id or null, "edited", "revoked",
//! "reactions": [{"by", "emoji"}]}`. `content` is the object WhatsApp calls by the type's name: for
//! `interactive` it holds the buttons or rows to press, for `template` the name and parameters (`text` has
//! the filled body). `ticks` mean something on lines from `api`. The customer's phone shows only what arrived.
//! **Content** an object with `type` and its properties: `{"type": "text", "body"}`; `image`, `video`,
//! `document`, `sticker`, `audio` with `{"mime_type", "data_base64", "caption", "filename", "voice"}` (all
//! optional, a stand-in file is made); `location {"latitude", "longitude", "name", "address"}`; `contacts
//! {"contacts": […]}`; `button_reply {"id", "title"}`; `list_reply {"id", "title", "description"}`; `nfm_reply
//! {"name", "body", "response_json"}`; `button {"payload", "text"}` (a template's quick reply); `reaction
//! {"message_id", "emoji"}` (no emoji takes it back); `order`; `edit {"original_message_id", "body"}`; `revoke
//! {"original_message_id"}`; `user_changed_number {"phone"}`; `user_changed_user_id`; `unsupported {"code",
//! "kind"}`; `unknown {"kind", "value"}`.
//! **Fault** `{"name", "description", "mode", "value": number or null, "struck": count}`.
//! **Entry** `{"kind": "call", "at", "call", "status", "code", "faults": [name]}` or `{"kind": "webhook", "at",
//! "post", "attempt", "items": [str], "url", "status": number or null, "answered_at"}`.
//! **Events** one kind: `event: changed`, `data: {"version", "now"}`, at once after connecting and then
//! whenever anything above changed, at most ten a second. Read `state` and the open conversation again.

mod admin;
mod clock;
mod host;
mod post;
mod serve;
mod view;

pub use admin::router;
pub use host::{Around, Host, HostOptions, Stride};
