//! The Graph API: who may call, which path means what, and what goes wrong on the way.
//!
//! In: an `ApiRequest` and its moment. Out: an `ApiReply`, with a line in the ledger's call log. Faults of
//! calls strike here: those of the connection, refusals and lost answers only at message sends, so that a
//! test can count on which call they hit; call rate, token and slowness at every call. Deliberately absent:
//! each resource's rules; one file each. Next: `send.rs`, `check.rs`.

pub(crate) mod accept;
pub(crate) mod check;
pub(crate) mod fill;
pub(crate) mod history;
pub(crate) mod interactive;
pub(crate) mod media;
pub(crate) mod multipart;
pub(crate) mod page;
pub(crate) mod phone;
pub(crate) mod send;
pub(crate) mod subscribe;
pub(crate) mod template;

use crate::api::{ApiReply, ApiRequest, Cut};
use crate::cloud::Cloud;
use crate::facts::{Call, Refused};
use crate::faults::Fault;
use crate::refusal::Refusal;
use crate::time::SECOND;
use serde_json::{Value, json};

/// Refusals that strike a send before anything is looked at.
const SEND_REFUSALS: &[(Fault, u32)] = &[
    (Fault::Api5xxRefused, 131016),
    (Fault::Throttle130429, 130429),
    (Fault::Pair131056, 131056),
    (Fault::WindowClosed131047, 131047),
    (Fault::Maintenance131057, 131057),
];
/// Refusals that strike any call.
const CALL_REFUSALS: &[(Fault, u32)] = &[
    (Fault::TokenExpired190, 190),
    (Fault::AppRate4, 4),
    (Fault::AppRate80007, 80007),
];
/// What can go wrong before a send is looked at, beside refusals.
const SEND_CUTS: &[(Fault, Cut)] = &[
    (Fault::ConnectionRefused, Cut::BeforeRequest),
    (Fault::CutBeforeAccept, Cut::BeforeAccept),
    (Fault::ApiHang, Cut::Never),
];
/// What can go wrong with the answer to an accepted send.
const ANSWER_CUTS: &[(Fault, Cut)] = &[
    (Fault::ApiTimeoutAfterAccept, Cut::Never),
    (Fault::CutAfterAccept, Cut::AfterAccept),
    (Fault::CutMidBody, Cut::MidBody),
];

impl Cloud {
    pub(crate) fn answer_call(&mut self, now: i64, request: &ApiRequest) -> ApiReply {
        self.struck.clear();
        let path = request.path.trim_matches('/').to_owned();
        let segments: Vec<&str> = path
            .split('/')
            .filter(|segment| !segment.is_empty())
            .collect();
        let (version, segments) = match segments.split_first() {
            Some((first, rest)) if is_version(first) => (Some(*first), rest),
            _ => (None, &segments[..]),
        };
        let mut reply = match self.admit(request, version, segments) {
            Ok(()) if is_send(request, segments) => self.send_with_faults(now, request, segments),
            Ok(()) => self
                .route(now, request, segments)
                .unwrap_or_else(|refusal| self.refuse(&refusal)),
            Err(refusal) => {
                if is_send(request, segments) {
                    self.note_refused(now, segments, &request.body, &refusal);
                }
                self.refuse(&refusal)
            }
        };
        if self.strikes(Fault::SlowApi) {
            reply.delay_us += self.faults.span(2 * SECOND, 8 * SECOND);
        }
        let code = reply.code().and_then(|code| u32::try_from(code).ok());
        self.ledger.call(Call {
            call: format!("{} /{}", request.method, segments.join("/")),
            status: reply.status,
            code,
            faults: self.struck.clone(),
            at: now,
        });
        reply
    }

    /// Strikes and notes the name for the log.
    pub(crate) fn strikes(&mut self, fault: Fault) -> bool {
        let strikes = self.faults.strike(fault);
        if strikes {
            self.struck.push(fault.name());
        }
        strikes
    }

    fn refuse(&mut self, refusal: &Refusal) -> ApiReply {
        let trace = self.ids.trace();
        refusal.reply(&trace)
    }

    /// Version, token and call rate.
    fn admit(
        &mut self,
        request: &ApiRequest,
        version: Option<&str>,
        segments: &[&str],
    ) -> Result<(), Refusal> {
        let newest = self
            .config
            .graph_versions
            .iter()
            .filter_map(|name| major(name))
            .max();
        if version.and_then(major) > newest {
            return Err(Refusal::new(
                2500,
                "This version of the Graph API does not exist.",
            ));
        }
        for (fault, code) in CALL_REFUSALS {
            if self.strikes(*fault) {
                return Err(Refusal::new(*code, "The request was refused."));
            }
        }
        let app_token = format!("{}|{}", self.config.app_id, self.config.app_secret);
        let token = request.token().unwrap_or_default();
        let for_app = segments.first() == Some(&"debug_token") && token == app_token;
        if (token != self.config.access_token || self.revoked) && !for_app {
            return Err(Refusal::new(
                190,
                "The access token could not be decrypted or has been revoked.",
            ));
        }
        Ok(())
    }

    fn route(
        &mut self,
        now: i64,
        request: &ApiRequest,
        segments: &[&str],
    ) -> Result<ApiReply, Refusal> {
        let method = request.method.as_str();
        if segments.first() == Some(&"debug_token") {
            return Ok(ApiReply::json(200, &self.debug_token(request)));
        }
        if segments.len() >= 2 && segments[0] == "whatsapp_business" && segments[1] == "attachments"
        {
            return self.download(now, request);
        }
        let Some(id) = segments.first().copied() else {
            return Err(Refusal::new(2500, "The path names no object."));
        };
        let edge = segments.get(1).copied().unwrap_or("");
        if let Some(number) = self.number_index(id) {
            return self.number_call(now, request, number, edge);
        }
        if id == self.config.waba_id {
            return self
                .account_call(now, request, edge)
                .map(|value| ApiReply::json(200, &value));
        }
        if self.media.has(id) && edge.is_empty() {
            return self
                .media_call(now, request, id)
                .map(|value| ApiReply::json(200, &value));
        }
        if self.templates.by_id(id).is_some() && edge.is_empty() {
            return self
                .template_call(now, request, id)
                .map(|value| ApiReply::json(200, &value));
        }
        if edge == "events" && method == "GET" {
            return self
                .history_events(now, request, id)
                .map(|value| ApiReply::json(200, &value));
        }
        Err(Refusal::no_object(id, method))
    }

    fn number_call(
        &mut self,
        now: i64,
        request: &ApiRequest,
        number: usize,
        edge: &str,
    ) -> Result<ApiReply, Refusal> {
        let body = || json_body(request);
        let value = match (request.method.as_str(), edge) {
            ("POST", "messages" | "marketing_messages") => {
                self.mark_or_send(now, number, &body()?, edge)?
            }
            ("POST", "media") => self.upload(now, request)?,
            ("GET", "") => self.number_fields(number, request),
            ("POST", "") => self.change_number(number, &body()?)?,
            ("GET", "settings") => json!(self.numbers[number].settings),
            ("POST", "settings") => self.change_settings(number, &body()?)?,
            ("POST", "smb_app_data") => self.synchronise(now, number, &body()?)?,
            ("GET", "message_history") => self.history_page(now, request, number)?,
            ("POST", "thread_control") => self.thread_control(number, &body()?)?,
            ("POST", "register" | "deregister") => self.registration(number, edge, &body()?)?,
            _ => {
                return Err(Refusal::no_object(
                    &format!("{}/{edge}", self.numbers[number].id),
                    &request.method,
                ));
            }
        };
        Ok(ApiReply::json(200, &value))
    }

    fn account_call(
        &mut self,
        now: i64,
        request: &ApiRequest,
        edge: &str,
    ) -> Result<Value, Refusal> {
        match (request.method.as_str(), edge) {
            ("GET", "") => Ok(
                json!({"id": self.config.waba_id, "name": "Padaria Ponte Nova", "currency": "BRL",
                "timezone_id": "25", "message_template_namespace": "ponte_demo"}),
            ),
            ("GET", "phone_numbers") => Ok(self.number_list(request)),
            ("GET", "message_templates") => self.template_page(request),
            ("POST", "message_templates") => self.create_template(now, &json_body(request)?),
            ("DELETE", "message_templates") => self.delete_template(now, request),
            ("GET", "subscribed_apps") => Ok(self.subscriptions()),
            ("POST", "subscribed_apps") => self.subscribe(&json_body(request)?),
            ("DELETE", "subscribed_apps") => Ok(self.unsubscribe()),
            _ => Err(Refusal::no_object(
                &format!("{}/{edge}", self.config.waba_id),
                &request.method,
            )),
        }
    }

    /// A message send with everything that can go wrong around it.
    fn send_with_faults(&mut self, now: i64, request: &ApiRequest, segments: &[&str]) -> ApiReply {
        for (fault, cut) in SEND_CUTS {
            if self.strikes(*fault) {
                return ApiReply::cut(*cut);
            }
        }
        for (fault, code) in SEND_REFUSALS {
            if self.strikes(*fault) {
                let refusal = Refusal::new(*code, "The message was refused.");
                self.note_refused(now, segments, &request.body, &refusal);
                return self.refuse(&refusal);
            }
        }
        let mut reply = match self.route(now, request, segments) {
            Ok(reply) => reply,
            Err(refusal) => {
                self.note_refused(now, segments, &request.body, &refusal);
                return self.refuse(&refusal);
            }
        };
        if self.strikes(Fault::DuplicatedByProxy)
            && let Ok(second) = self.route(now, request, segments)
        {
            reply = second;
        }
        self.break_answer(reply)
    }

    /// The faults of an answer to an accepted send.
    fn break_answer(&mut self, mut reply: ApiReply) -> ApiReply {
        for (fault, cut) in ANSWER_CUTS {
            if self.strikes(*fault) {
                reply.cut = *cut;
                return reply;
            }
        }
        if self.strikes(Fault::Api5xxAccepted) {
            let answer = self.refuse(&Refusal::new(131000, "Something went wrong."));
            return ApiReply {
                delay_us: reply.delay_us,
                ..answer
            };
        }
        if self.strikes(Fault::AnswerWithoutId) {
            let mut value = reply.value();
            if let Some(object) = value.as_object_mut() {
                object.remove("messages");
            }
            let answer = ApiReply::json(200, &value);
            return ApiReply {
                delay_us: reply.delay_us,
                ..answer
            };
        }
        // The first status is planned at once by `send.rs`; the answer comes after it.
        if self.struck.contains(&Fault::StatusBeforeAnswer.name()) {
            reply.delay_us += 2 * SECOND;
        }
        reply
    }

    fn note_refused(&mut self, now: i64, segments: &[&str], body: &[u8], refusal: &Refusal) {
        let body: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        self.ledger.refuse(Refused {
            number: segments.first().copied().unwrap_or_default().to_owned(),
            to: body["to"]
                .as_str()
                .or_else(|| body["recipient"].as_str())
                .unwrap_or_default()
                .to_owned(),
            kind: text("type"),
            tag: body["biz_opaque_callback_data"].as_str().map(str::to_owned),
            code: refusal.code,
            details: refusal.details.clone(),
            at: now,
        });
    }
}

fn is_version(segment: &str) -> bool {
    segment.strip_prefix('v').is_some_and(|rest| {
        rest.contains('.')
            && rest
                .chars()
                .all(|character| character.is_ascii_digit() || character == '.')
    })
}

fn major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// Whether the call sends a message, as opposed to marking one read.
fn is_send(request: &ApiRequest, segments: &[&str]) -> bool {
    request.method == "POST"
        && segments.len() == 2
        && matches!(segments[1], "messages" | "marketing_messages")
        && !is_mark(&request.body)
}

/// A mark has a `status` of its own; the cheap look comes first because nearly every call is a send.
fn is_mark(body: &[u8]) -> bool {
    body.windows(8).any(|window| window == b"\"status\"")
        && serde_json::from_slice::<Value>(body).is_ok_and(|body| body.get("status").is_some())
}

/// The body as JSON; an empty one is an empty object.
pub(crate) fn json_body(request: &ApiRequest) -> Result<Value, Refusal> {
    if request.body.is_empty() {
        return Ok(json!({}));
    }
    let value: Value = serde_json::from_slice(&request.body)
        .map_err(|_| Refusal::new(100, "The body is not valid JSON."))?;
    if value.is_object() {
        Ok(value)
    } else {
        Err(Refusal::new(100, "The body is not a JSON object."))
    }
}

#[cfg(test)]
#[path = "graph_tests.rs"]
mod tests;
