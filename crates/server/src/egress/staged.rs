//! A stage in place of the outside: conversation tests answer every call themselves.
//!
//! In: requests, after all that is judged of an address without looking its name up. Out: what the stage
//! says became of them, as a whole answer or none. No name is looked up and no connection is made. Absent:
//! pieces; a staged body comes in one. Next: `dialogue/outside.rs`, the one that plays.

use super::{Answer, Cut, Request, Sent};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http_body_util::BodyExt;
use hyper::body::{Frame, Incoming};

/// Answers in place of the outside. It keeps the request's deadlines by itself.
pub trait Stage: Send + Sync {
    fn act<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Sent>;
}

/// A body that is still to come: from a connection, or from a stage.
pub(super) enum Coming {
    Wire(Incoming),
    Staged(Option<Bytes>),
}

impl Coming {
    /// The next frame; an error where the connection broke.
    pub(super) async fn frame(&mut self) -> Option<Result<Frame<Bytes>, Cut>> {
        match self {
            Coming::Wire(body) => {
                let frame = body.frame().await?;
                Some(frame.map_err(|_| Cut::Body))
            }
            Coming::Staged(body) => body.take().map(|bytes| Ok(Frame::data(bytes))),
        }
    }
}

/// A whole answer of JSON.
#[must_use]
pub fn json(status: u16, body: &serde_json::Value) -> Sent {
    let kind = http::HeaderValue::from_static("application/json");
    let headers = [(http::header::CONTENT_TYPE, kind)];
    Sent::Answered(Answer {
        status,
        headers: headers.into_iter().collect(),
        body: Bytes::from(body.to_string()),
        url: String::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Allow, Egress, Why};
    use super::*;
    use crate::env::Clock;
    use ponte_core::time::{Span, Time};
    use serde_json::json;
    use std::sync::Arc;

    struct Echo;

    impl Stage for Echo {
        fn act<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Sent> {
            let body = json!({ "url": request.url });
            Box::pin(async move { super::json(201, &body) })
        }
    }

    fn egress() -> (Egress, Time) {
        let now = Time(1_795_176_000_000_000);
        let clock = Arc::new(Clock::with_wall(move || now));
        let egress = Egress::staged(clock, Allow::default(), Arc::new(Echo));
        (egress, now + Span::secs(9))
    }

    #[tokio::test]
    async fn a_stage_answers_and_its_body_comes_whole() {
        let (egress, deadline) = egress();
        let sent = egress
            .call(Request::get("https://nobody.example/a", deadline))
            .await;
        let Sent::Answered(answer) = sent else {
            panic!("{sent:?}")
        };
        assert_eq!(answer.status, 201);
        assert_eq!(&answer.body[..], br#"{"url":"https://nobody.example/a"}"#);
        assert_eq!(answer.url, "https://nobody.example/a");
    }

    #[tokio::test]
    async fn what_an_address_may_not_be_it_may_not_be_on_a_stage() {
        let (egress, deadline) = egress();
        for url in [
            "http://127.0.0.1/",
            "ftp://a.example/",
            "https://localhost/",
        ] {
            let sent = egress.call(Request::get(url, deadline)).await;
            assert!(
                matches!(
                    sent,
                    Sent::NotSent {
                        why: Why::Refused(_)
                    }
                ),
                "{url}: {sent:?}"
            );
        }
    }

    #[tokio::test]
    async fn a_staged_body_over_the_limit_is_too_long() {
        let (egress, deadline) = egress();
        let mut request = Request::get("https://nobody.example/", deadline);
        request.limit = 5;
        let sent = egress.call(request).await;
        assert!(
            matches!(
                sent,
                Sent::Broken {
                    why: Cut::TooLong,
                    ..
                }
            ),
            "{sent:?}"
        );
    }
}
