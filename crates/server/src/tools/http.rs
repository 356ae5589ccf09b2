//! A tool's HTTP request, sent once.
//!
//! In: an ask and its row. Out: what the other side answered, read, or a failure that says whether it may
//! have acted. Sent a second time only where it is certain that nothing of the first left, or where a token
//! was refused before anything was done; the row's id goes along as the key by which the other side knows a
//! repeat. Absent: redirects, which no tool follows. Next: [`super::credential`].

use super::credential::CredentialError;
use super::ledger::Running;
use super::{Ask, Tools};
use crate::egress::{Request, Sent, Why};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, header};
use ponte_core::time::Span;
use ponte_tools::request::{self, Built};
use ponte_tools::result::{self, Failure, Output};
use ponte_tools::tool::Http;

/// Before the second try, when nothing of the first left.
const PAUSE: Span = Span::millis(200);
/// What an answer may weigh before it is cut to what a model can carry.
const ANSWER_MAX_BYTES: usize = 1024 * 1024;

impl Tools {
    pub(super) async fn http(
        &self,
        ask: &Ask<'_>,
        http: &Http,
        running: &Running,
    ) -> Result<Output, Failure> {
        let built = request::build(http, &ask.arguments.values)
            .map_err(|_| Failure::Failed { status: None })?;
        let mut fresh = false;
        let mut again = true;
        loop {
            let request = self.request(ask, http, &built, running, fresh).await?;
            let sent = self.env.egress.call(request).await;
            match sent {
                Sent::Answered(answer)
                    if answer.status == 401 && again && http.credential.is_some() =>
                {
                    again = false;
                    fresh = true;
                }
                Sent::Answered(answer) => {
                    return result::read(ask.tool, answer.status, &answer.body);
                }
                Sent::NotSent { why } if again && may_pass(why) => {
                    again = false;
                    self.env.clock.sleep(PAUSE).await;
                }
                Sent::NotSent { .. } => return Err(Failure::Failed { status: None }),
                Sent::Broken { status, .. } => return Err(result::failed(ask.tool, status)),
            }
        }
    }

    async fn request(
        &self,
        ask: &Ask<'_>,
        http: &Http,
        built: &Built,
        running: &Running,
        fresh: bool,
    ) -> Result<Request, Failure> {
        let mut request = plain(built, running)?;
        if let Some(name) = &http.idempotency_header {
            let name = HeaderName::try_from(name.as_str());
            let name = name.map_err(|_| Failure::Failed { status: None })?;
            let value = HeaderValue::try_from(running.id.to_string());
            request = request.header(name, value.map_err(|_| Failure::Failed { status: None })?);
        }
        if let Some(credential) = &http.credential {
            let proved = self.prove(ask.workspace, credential, &mut request, fresh);
            proved.await.map_err(|why| match why {
                CredentialError::NoToken | CredentialError::Store(_) => Failure::Busy,
                CredentialError::Missing
                | CredentialError::Host
                | CredentialError::Unreadable(_)
                | CredentialError::Connect => {
                    tracing::warn!(call = %running.id, %why, "a tool's credential can't be used");
                    Failure::Credential
                }
            })?;
        }
        Ok(request)
    }
}

fn plain(built: &Built, running: &Running) -> Result<Request, Failure> {
    let unfit = || Failure::Failed { status: None };
    let mut request = Request::get(built.url.clone(), running.deadline);
    request.method = Method::from_bytes(built.method.as_bytes()).map_err(|_| unfit())?;
    request.body = Bytes::from(built.body.clone());
    request.limit = ANSWER_MAX_BYTES;
    let json = HeaderValue::from_static("application/json");
    request = request.header(header::ACCEPT, json);
    if let Some(kind) = built.content_type {
        request = request.header(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    for (name, value) in &built.headers {
        let name = HeaderName::try_from(name.as_str()).map_err(|_| unfit())?;
        let value = HeaderValue::try_from(value.as_str()).map_err(|_| unfit())?;
        request = request.header(name, value);
    }
    Ok(request)
}

/// Whether another try may go better: nothing left, and no rule said no.
fn may_pass(why: Why) -> bool {
    match why {
        Why::NoSuchName | Why::NoConnection | Why::TooSlow => true,
        Why::Refused(_) | Why::TooLate | Why::TooMany => false,
    }
}
