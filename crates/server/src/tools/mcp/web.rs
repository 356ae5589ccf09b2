//! An MCP server over HTTP: each message one POST, its answer a JSON body or a stream of events.
//!
//! In: messages. Out: answers. Goes through egress like everything else, once, with the credential that the
//! server's settings name; a redirect is not followed. Absent: resuming a stream that was cut, which would
//! be asking again. Next: [`super::program`].

use super::{McpError, heard};
use crate::egress::{Opened, Request as Call, Stream, Why};
use crate::tools::Tools;
use http::{HeaderName, HeaderValue, Method, header};
use ponte_core::ids::WorkspaceId;
use ponte_core::time::{Span, Time};
use ponte_tools::mcp::{Era, Events, MESSAGE_MAX_BYTES, Request, SELF_CONTAINED};
use serde_json::Value;

const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");
const VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
const METHOD: HeaderName = HeaderName::from_static("mcp-method");
const NAME: HeaderName = HeaderName::from_static("mcp-name");

/// A server, and the session with it.
pub(super) struct Web {
    tools: Tools,
    workspace: WorkspaceId,
    url: String,
    credential: Option<String>,
    deadline: Time,
    session: Option<HeaderValue>,
}

impl Web {
    pub(super) fn new(
        tools: Tools,
        workspace: WorkspaceId,
        url: &str,
        credential: Option<String>,
        deadline: Time,
    ) -> Web {
        Web {
            tools,
            workspace,
            url: url.to_owned(),
            credential,
            deadline,
            session: None,
        }
    }

    async fn post(
        &self,
        message: &Value,
        of: Option<&Request>,
        era: &Era,
    ) -> Result<Stream, McpError> {
        let mut call = Call::post_json(self.url.clone(), message.to_string(), self.deadline);
        call.limit = MESSAGE_MAX_BYTES;
        let accept = HeaderValue::from_static("application/json, text/event-stream");
        call = call.header(header::ACCEPT, accept);
        if let Some(session) = &self.session {
            call = call.header(SESSION, session.clone());
        }
        let version = match era {
            Era::Session(version) => version.as_str(),
            Era::SelfContained => SELF_CONTAINED,
        };
        let is_first = of.is_some_and(|request| request.method == "initialize");
        if !is_first {
            call = call.header(VERSION, value(version)?);
        }
        if let (Era::SelfContained, Some(request)) = (era, of) {
            call = call.header(METHOD, HeaderValue::from_static(request.method));
            if let Some(name) = &request.name {
                call = call.header(NAME, value(name)?);
            }
        }
        self.prove(&mut call).await?;
        match self.tools.env.egress.open(call).await {
            Opened::Answered(stream) => Ok(stream),
            Opened::NotSent { why } => Err(McpError::NotSent(not_sent(why))),
            Opened::Broken { why, .. } => Err(McpError::Broken(why.to_string())),
        }
    }

    async fn prove(&self, call: &mut Call) -> Result<(), McpError> {
        let Some(name) = &self.credential else {
            return Ok(());
        };
        let proved = self.tools.prove(self.workspace, name, call, false).await;
        proved.map_err(|why| McpError::NotSent(why.to_string()))
    }

    pub(super) async fn ask(&mut self, request: &Request, era: &Era) -> Result<Value, McpError> {
        let mut stream = self.post(&request.message, Some(request), era).await?;
        if let Some(session) = stream.headers.get(SESSION) {
            self.session = Some(session.clone());
        }
        let kind = stream.headers.get(header::CONTENT_TYPE);
        let is_stream = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
        if is_stream && stream.status == 200 {
            return self.events(&mut stream, request.id, era).await;
        }
        let status = stream.status;
        let body = stream
            .rest()
            .await
            .map_err(|why| McpError::Broken(why.to_string()))?;
        let message: Option<Value> = serde_json::from_slice(&body).ok();
        let answer = message.and_then(|message| heard(&message, request.id).0);
        match (status, answer) {
            (200, Some(answer)) => answer,
            (200, None) => Err(McpError::Broken("no answer to what was asked".into())),
            // A refusal has done nothing; that a server failed says nothing about it.
            (400..=499, _) => Err(McpError::Refused(i64::from(status))),
            (_, _) => Err(McpError::Broken(format!("HTTP {status}"))),
        }
    }

    async fn events(&self, stream: &mut Stream, id: u64, era: &Era) -> Result<Value, McpError> {
        let broken = |why: &dyn std::fmt::Display| McpError::Broken(why.to_string());
        let mut events = Events::default();
        while let Some(bytes) = stream.chunk().await.map_err(|why| broken(&why))? {
            for data in events.push(&bytes).map_err(|why| broken(&why))? {
                let Ok(message) = serde_json::from_slice::<Value>(&data) else {
                    continue;
                };
                let (answer, reply) = heard(&message, id);
                if let Some(answer) = answer {
                    return answer;
                }
                if let Some(reply) = reply {
                    // A server that doesn't get it waits in vain; the deadline holds for both.
                    let _told = self.tell(&reply, era).await;
                }
            }
        }
        Err(McpError::Broken(
            "the stream ended without an answer".into(),
        ))
    }

    pub(super) async fn tell(&self, message: &Value, era: &Era) -> Result<(), McpError> {
        let mut stream = self.post(message, None, era).await?;
        let status = stream.status;
        let _nothing = stream.rest().await;
        match status {
            200..=299 => Ok(()),
            status => Err(McpError::Refused(i64::from(status))),
        }
    }

    /// Says goodbye, so that the server needn't keep the session; that it hears it is not needed.
    pub(super) async fn end(self, era: &Era) {
        let (Some(session), Era::Session(version)) = (&self.session, era) else {
            return;
        };
        let deadline = self.tools.env.clock.now() + Span::secs(2);
        let mut call = Call::get(self.url.clone(), deadline);
        call.method = Method::DELETE;
        call = call.header(SESSION, session.clone());
        if let Ok(version) = value(version) {
            call = call.header(VERSION, version);
        }
        if self.prove(&mut call).await.is_ok() {
            let _heard = self.tools.env.egress.call(call).await;
        }
    }
}

fn value(text: &str) -> Result<HeaderValue, McpError> {
    HeaderValue::try_from(text).map_err(|_| McpError::NotSent("not fit for a header".into()))
}

fn not_sent(why: Why) -> String {
    why.to_string()
}
