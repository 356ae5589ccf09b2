//! The admin API: one handler per call of the table in `http/mod.rs`.
//!
//! In: JSON of the two-phone page or of a script. Out: deeds in the world, and its state. Deliberately
//! absent: authentication; the simulator is for demonstrations and tests on one's own machine. Next: `view.rs`.

use super::host::Host;
use crate::cloud::Cloud;
use crate::faults::{Arming, Fault};
use crate::time::SECOND;
use crate::world::inbound::CustomerMessage;
use crate::world::owner::OwnerMessage;
use crate::world::people::{Customer, CustomerId, CustomerProfile};
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, Query, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch, post};
use axum::{Json, Router};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio_stream::wrappers::WatchStream;
use tokio_stream::{Stream, StreamExt};

/// Shortest time between two events.
const EVENT_PAUSE: Duration = Duration::from_millis(100);
/// Most log entries in one answer.
const LOG: usize = 1_000;

/// A mistake of the caller.
struct Mistake(StatusCode, String);

impl Mistake {
    fn bad(text: impl Into<String>) -> Self {
        Self(StatusCode::BAD_REQUEST, text.into())
    }

    fn absent(what: &str) -> Self {
        Self(StatusCode::NOT_FOUND, format!("no such {what}"))
    }
}

impl IntoResponse for Mistake {
    fn into_response(self) -> Response {
        (self.0, Json(json!({"error": self.1}))).into_response()
    }
}

impl From<JsonRejection> for Mistake {
    fn from(rejection: JsonRejection) -> Self {
        Self::bad(rejection.body_text())
    }
}

type Answer = Result<Json<Value>, Mistake>;
type Created = Result<(StatusCode, Json<Value>), Mistake>;
type Sent<T> = Result<Json<T>, JsonRejection>;

/// The admin API under `/simulator/api`.
pub fn router(host: Arc<Host>) -> Router {
    let api = Router::new()
        .route("/state", get(state))
        .route("/conversations/{customer}", get(conversation))
        .route("/customers", post(add_customer))
        .route("/customers/{customer}", patch(change_customer))
        .route("/customers/{customer}/messages", post(customer_message))
        .route("/customers/{customer}/read", post(customer_reads))
        .route("/customers/{customer}/call", post(customer_calls))
        .route("/owner/messages", post(owner_message))
        .route("/templates", get(templates))
        .route("/templates/status", post(template_status))
        .route("/notices", post(notice))
        .route("/clock", post(clock))
        .route("/webhook", post(webhook))
        .route("/faults", get(faults).post(arm).delete(calm))
        .route("/log", get(log))
        .route("/summary", get(summary))
        .route("/ledger", get(ledger))
        .route("/events", get(events))
        .with_state(host);
    Router::new().nest("/simulator/api", api)
}

#[derive(Deserialize)]
struct OfNumber {
    number: Option<String>,
}

fn number_of(cloud: &Cloud, number: Option<&str>) -> Result<String, Mistake> {
    let found = match number {
        Some(id) => cloud.numbers.iter().find(|number| *number.id == *id),
        None => cloud.numbers.first(),
    };
    found
        .map(|number| number.id.to_string())
        .ok_or_else(|| Mistake::absent("number"))
}

fn customer_of(cloud: &Cloud, customer: u32) -> Result<&Customer, Mistake> {
    cloud
        .people
        .get(CustomerId(customer))
        .ok_or_else(|| Mistake::absent("customer"))
}

async fn state(State(host): State<Arc<Host>>) -> Json<Value> {
    let (mut state, now) = host.peek(|cloud, now| (cloud.view_state(now), now));
    state["now"] = json!(now);
    state["offset_s"] = json!(host.clock.offset() / SECOND);
    state["graph_url"] = json!(host.graph_url());
    Json(state)
}

async fn conversation(
    State(host): State<Arc<Host>>,
    Path(customer): Path<u32>,
    Query(of): Query<OfNumber>,
) -> Answer {
    host.peek(|cloud, now| {
        let id = number_of(cloud, of.number.as_deref())?;
        let number = cloud
            .number_index(&id)
            .ok_or_else(|| Mistake::absent("number"))?;
        let customer = customer_of(cloud, customer)?;
        Ok(Json(cloud.view_conversation(number, customer, now)))
    })
}

async fn add_customer(State(host): State<Arc<Host>>, profile: Sent<CustomerProfile>) -> Created {
    let Json(profile) = profile?;
    if profile.name.trim().is_empty() {
        return Err(Mistake::bad("a customer needs a name"));
    }
    host.with(|cloud, now| {
        let id = cloud.customer(profile);
        let customer = customer_of(cloud, id.0)?;
        Ok((
            StatusCode::CREATED,
            Json(cloud.view_customer(customer, now)),
        ))
    })
}

#[derive(Deserialize)]
struct Behaviour {
    offline: Option<bool>,
    reads_late: Option<bool>,
    stopped_marketing: Option<bool>,
    #[serde(default, deserialize_with = "given")]
    refuses_with: Option<Option<u32>>,
    #[serde(default, deserialize_with = "given")]
    fails_with: Option<Option<u32>>,
}

/// Tells a property that is null from one that is absent.
fn given<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<u32>>, D::Error> {
    Option::<u32>::deserialize(deserializer).map(Some)
}

async fn change_customer(
    State(host): State<Arc<Host>>,
    Path(customer): Path<u32>,
    behaviour: Sent<Behaviour>,
) -> Answer {
    let Json(behaviour) = behaviour?;
    host.with(|cloud, now| {
        customer_of(cloud, customer)?;
        let id = CustomerId(customer);
        cloud.change_customer(id, |profile| {
            profile.reads_late = behaviour.reads_late.unwrap_or(profile.reads_late);
            profile.stopped_marketing = behaviour
                .stopped_marketing
                .unwrap_or(profile.stopped_marketing);
            profile.refuses_with = behaviour.refuses_with.unwrap_or(profile.refuses_with);
            profile.fails_with = behaviour.fails_with.unwrap_or(profile.fails_with);
        });
        if let Some(offline) = behaviour.offline {
            cloud.customer_online(now, id, !offline);
        }
        Ok(Json(
            cloud.view_customer(customer_of(cloud, customer)?, now),
        ))
    })
}

#[derive(Deserialize)]
struct FromCustomer {
    number: Option<String>,
    #[serde(flatten)]
    message: CustomerMessage,
}

async fn customer_message(
    State(host): State<Arc<Host>>,
    Path(customer): Path<u32>,
    sent: Sent<FromCustomer>,
) -> Created {
    let Json(sent) = sent?;
    host.with(|cloud, now| {
        customer_of(cloud, customer)?;
        let number = number_of(cloud, sent.number.as_deref())?;
        let id = cloud.customer_sends(now, CustomerId(customer), &number, sent.message);
        Ok((StatusCode::CREATED, Json(json!({"id": id}))))
    })
}

async fn customer_reads(
    State(host): State<Arc<Host>>,
    Path(customer): Path<u32>,
    of: Sent<OfNumber>,
) -> Answer {
    let Json(of) = of?;
    host.with(|cloud, now| {
        customer_of(cloud, customer)?;
        let number = number_of(cloud, of.number.as_deref())?;
        Ok(Json(
            json!({"read": cloud.customer_reads(now, CustomerId(customer), &number)}),
        ))
    })
}

#[derive(Deserialize)]
struct PhoneCall {
    number: Option<String>,
    #[serde(default)]
    answered: bool,
}

async fn customer_calls(
    State(host): State<Arc<Host>>,
    Path(customer): Path<u32>,
    call: Sent<PhoneCall>,
) -> Created {
    let Json(call) = call?;
    host.with(|cloud, now| {
        customer_of(cloud, customer)?;
        let number = number_of(cloud, call.number.as_deref())?;
        let id = cloud.customer_calls(now, CustomerId(customer), &number, call.answered);
        Ok((StatusCode::CREATED, Json(json!({"id": id}))))
    })
}

#[derive(Deserialize)]
struct FromOwner {
    number: Option<String>,
    customer: u32,
    #[serde(flatten)]
    message: OwnerMessage,
}

async fn owner_message(State(host): State<Arc<Host>>, sent: Sent<FromOwner>) -> Created {
    let Json(sent) = sent?;
    host.with(|cloud, now| {
        customer_of(cloud, sent.customer)?;
        let number = number_of(cloud, sent.number.as_deref())?;
        let id = cloud.owner_sends(now, &number, CustomerId(sent.customer), sent.message);
        if id.is_empty() {
            return Err(Mistake::bad("this number is not used in the phone app"));
        }
        Ok((StatusCode::CREATED, Json(json!({"id": id}))))
    })
}

async fn templates(State(host): State<Arc<Host>>) -> Json<Value> {
    Json(host.peek(|cloud, _| json!({"templates": cloud.templates.list()})))
}

#[derive(Deserialize)]
struct TemplateStatus {
    name: String,
    language: String,
    event: String,
    reason: Option<String>,
}

async fn template_status(State(host): State<Arc<Host>>, status: Sent<TemplateStatus>) -> Answer {
    let Json(status) = status?;
    host.with(|cloud, now| {
        if cloud
            .templates
            .find(&status.name, &status.language)
            .is_none()
        {
            return Err(Mistake::absent("template"));
        }
        let reason = status.reason.as_deref().unwrap_or("NONE");
        cloud.template_status(now, &status.name, &status.language, &status.event, reason);
        Ok(Json(json!({"ok": true})))
    })
}

#[derive(Deserialize)]
struct Notice {
    field: String,
    value: Value,
    number: Option<String>,
}

async fn notice(State(host): State<Arc<Host>>, notice: Sent<Notice>) -> Answer {
    let Json(notice) = notice?;
    if !notice.value.is_object() {
        return Err(Mistake::bad("value must be an object"));
    }
    host.with(|cloud, now| {
        match notice.number {
            Some(number) => {
                let number = number_of(cloud, Some(&number))?;
                cloud.number_notice(now, &number, &notice.field, notice.value);
            }
            None => cloud.notice(now, &notice.field, notice.value),
        }
        Ok(Json(json!({"ok": true})))
    })
}

#[derive(Deserialize)]
struct Advance {
    advance_s: u32,
}

async fn clock(State(host): State<Arc<Host>>, advance: Sent<Advance>) -> Answer {
    let Json(advance) = advance?;
    host.stroll(i64::from(advance.advance_s) * SECOND).await;
    Ok(Json(
        json!({"now": host.now(), "offset_s": host.clock.offset() / SECOND}),
    ))
}

#[derive(Deserialize)]
struct Callback {
    url: Option<String>,
}

async fn webhook(State(host): State<Arc<Host>>, callback: Sent<Callback>) -> Answer {
    let Json(callback) = callback?;
    if callback
        .url
        .as_ref()
        .is_some_and(|url| url.parse::<http::Uri>().is_err())
    {
        return Err(Mistake::bad("url is not an address"));
    }
    host.set_webhook_url(callback.url.clone());
    Ok(Json(json!({"webhook_url": callback.url})))
}

async fn faults(State(host): State<Arc<Host>>) -> Json<Value> {
    Json(host.peek(|cloud, _| cloud.view_faults()))
}

#[derive(Deserialize)]
struct Arm {
    name: String,
    mode: String,
    value: Option<u32>,
}

async fn arm(State(host): State<Arc<Host>>, arm: Sent<Arm>) -> Answer {
    let Json(arm) = arm?;
    let fault: Fault = arm.name.parse().map_err(Mistake::bad)?;
    let arming = match (arm.mode.as_str(), arm.value) {
        ("off", _) => Arming::Off,
        ("always", _) => Arming::Always,
        ("next", times) => Arming::Next(times.unwrap_or(1)),
        ("per-mille", Some(value)) if value <= 1000 => {
            Arming::PerMille(u16::try_from(value).unwrap_or(1000))
        }
        ("per-mille", _) => return Err(Mistake::bad("per-mille needs a value up to 1000")),
        (other, _) => return Err(Mistake::bad(format!("no mode is named {other:?}"))),
    };
    host.with(|cloud, _| {
        cloud.faults().arm(fault, arming);
        Ok(Json(cloud.view_fault(fault)))
    })
}

async fn calm(State(host): State<Arc<Host>>) -> Json<Value> {
    Json(host.with(|cloud, _| {
        cloud.faults().calm();
        cloud.view_faults()
    }))
}

#[derive(Deserialize)]
struct Limit {
    limit: Option<usize>,
}

async fn log(State(host): State<Arc<Host>>, Query(limit): Query<Limit>) -> Json<Value> {
    let limit = limit.limit.unwrap_or(100).min(LOG);
    Json(host.peek(|cloud, _| cloud.view_log(limit)))
}

async fn summary(State(host): State<Arc<Host>>) -> Json<Value> {
    Json(host.peek(|cloud, _| cloud.ledger().summary()))
}

async fn ledger(State(host): State<Arc<Host>>) -> Json<Value> {
    Json(host.peek(|cloud, _| cloud.ledger().to_json()))
}

async fn events(
    State(host): State<Arc<Host>>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let versions = WatchStream::new(host.changes.subscribe());
    // The watch keeps only the newest version, so the pause gathers whatever happens meanwhile.
    let events = versions.then(move |version| {
        let now = host.now();
        async move {
            if version > 0 {
                tokio::time::sleep(EVENT_PAUSE).await;
            }
            Ok(Event::default()
                .event("changed")
                .data(json!({"version": version, "now": now}).to_string()))
        }
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}
