//! One call of a model over the one way out: written once, read piece by piece, ended in time.
//!
//! In: the parts of a request, and how long it may take. Out: a whole [`Reply`], or a [`Trouble`] and whether the
//! provider may have worked on it (then it may have to be paid). Absent: asking again, which is [`super::ask`]'s.

use super::provider::Provider;
use crate::egress::{self, Cut, Egress, Opened, Stream, Why};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method};
use ponte_core::time::{Span, Time};
use ponte_models::bounds::{ANSWER_BYTES_MAX, EMBED_BYTES_MAX};
use ponte_models::dialect::Call;
use ponte_models::trouble::{self, Kind, Trouble};
use ponte_models::{Decoder, Reply};
use std::time::Duration;

/// Bytes read of an answer that is an error.
const ERROR_BYTES_MAX: usize = 64 * 1024;

/// How long a call may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// The head, and each piece after the one before.
    pub(super) piece: Span,
    /// The whole answer.
    pub(super) until: Time,
}

impl Patience {
    /// The provider's own bounds, cut so that each link still to come has its share of what is left.
    pub(super) fn of(
        provider: &Provider,
        now: Time,
        deadline: Time,
        links_left: usize,
    ) -> Patience {
        let limits = provider.settings.limits;
        let left = deadline - now;
        let share = match i64::try_from(links_left) {
            Ok(links) if links > 1 => Span::micros(left.as_micros() / links),
            Ok(_) | Err(_) => left,
        };
        let piece = Span::millis(i64::from(limits.first_byte_ms));
        let total = Span::millis(i64::from(limits.total_ms));
        // One that has begun to speak may go on for longer than its share, but not into the last one's.
        let most = if links_left > 1 {
            Span::micros(left.as_micros() / 3 * 2)
        } else {
            left
        };
        Patience {
            piece: piece.min(share),
            until: now + total.min(most.max(share)),
        }
    }
}

/// A call that brought nothing.
#[derive(Debug)]
pub(super) struct Lost {
    pub(super) trouble: Trouble,
    /// The provider may have worked, and not said for how much.
    pub(super) maybe_paid: bool,
}

fn free(trouble: Trouble) -> Lost {
    Lost {
        trouble,
        maybe_paid: false,
    }
}

fn paid(trouble: Trouble) -> Lost {
    Lost {
        trouble,
        maybe_paid: true,
    }
}

/// Asks for a reply.
pub(super) async fn reply(
    egress: &Egress,
    provider: &Provider,
    call: Call,
    patience: Patience,
) -> Result<Reply, Lost> {
    let mut stream = open(egress, call, patience, ANSWER_BYTES_MAX).await?;
    let content_type = stream.headers.get(http::header::CONTENT_TYPE);
    let content_type = content_type
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    let mut decoder = Decoder::new(provider.dialect, content_type);
    while let Some(bytes) = piece(&mut stream, patience).await? {
        decoder.push(&bytes).map_err(paid)?;
    }
    decoder.finish().map_err(paid)
}

/// Asks for a whole body.
pub(super) async fn body(egress: &Egress, call: Call, patience: Patience) -> Result<Vec<u8>, Lost> {
    let mut stream = open(egress, call, patience, EMBED_BYTES_MAX).await?;
    let mut body = Vec::new();
    while let Some(bytes) = piece(&mut stream, patience).await? {
        body.extend_from_slice(&bytes);
    }
    Ok(body)
}

/// The head of an answer of success.
async fn open(
    egress: &Egress,
    call: Call,
    patience: Patience,
    limit: usize,
) -> Result<Stream, Lost> {
    let request = request(egress, call, patience, limit).map_err(free)?;
    let mut stream = match egress.open(request).await {
        Opened::Answered(stream) => *stream,
        Opened::NotSent { why } => return Err(free(not_sent(why))),
        Opened::Broken { why, status } => return Err(paid(broken(why, status))),
    };
    let status = stream.status;
    if (200..300).contains(&status) {
        return Ok(stream);
    }
    let after = stream.headers.get(http::header::RETRY_AFTER);
    let after = after
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let mut body = Vec::new();
    // The status alone says enough where the body doesn't come.
    while let Ok(Some(bytes)) = piece(&mut stream, patience).await {
        body.extend_from_slice(&bytes);
        if body.len() > ERROR_BYTES_MAX {
            break;
        }
    }
    Err(free(trouble::of_answer(status, after.as_deref(), &body)))
}

async fn piece(stream: &mut Stream, patience: Patience) -> Result<Option<Bytes>, Lost> {
    let micros = u64::try_from(patience.piece.as_micros()).unwrap_or(0);
    let status = Some(stream.status);
    match tokio::time::timeout(Duration::from_micros(micros), stream.chunk()).await {
        Ok(Ok(piece)) => Ok(piece),
        Ok(Err(why)) => Err(paid(broken(why, status))),
        Err(_) => Err(paid(broken(Cut::TooSlow, status))),
    }
}

fn request(
    egress: &Egress,
    call: Call,
    patience: Patience,
    limit: usize,
) -> Result<egress::Request, Trouble> {
    let mut headers = Vec::new();
    for header in call.headers {
        let value = HeaderValue::try_from(header.value);
        let mut value = value.map_err(|_| Trouble::coded(Kind::Ours, "header"))?;
        value.set_sensitive(header.secret);
        headers.push((HeaderName::from_static(header.name), value));
    }
    let now = egress.clock().now();
    Ok(egress::Request {
        method: Method::POST,
        headers,
        body: Bytes::from(call.body),
        head_by: Some(now + patience.piece),
        limit,
        ..egress::Request::get(call.url, patience.until)
    })
}

fn not_sent(why: Why) -> Trouble {
    match why {
        Why::Refused(_) => Trouble::new(Kind::Forbidden),
        Why::NoSuchName => Trouble::coded(Kind::NotSent, "no such name"),
        Why::NoConnection | Why::TooSlow => Trouble::coded(Kind::NotSent, "no connection"),
        Why::TooLate => Trouble::new(Kind::Deadline),
        Why::TooMany => Trouble::new(Kind::Busy),
    }
}

fn broken(why: Cut, http: Option<u16>) -> Trouble {
    let kind = match why {
        Cut::TooSlow => Kind::TimedOut,
        Cut::NoAnswer | Cut::Body => Kind::Cut,
        Cut::TooLong => Kind::TooMuch,
        Cut::Packed | Cut::Redirect => Kind::Garbage,
    };
    Trouble {
        http,
        ..Trouble::new(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::provider::Settings;
    use ponte_models::Dialect;
    use ponte_store::rows::models::ProviderRow;
    use uuid::Uuid;

    fn provider() -> Provider {
        let row = ProviderRow {
            id: Uuid::nil(),
            workspace: ponte_core::ids::WorkspaceId(Uuid::nil()),
            name: "x".into(),
            dialect: Dialect::Openai.word().into(),
            base: String::new(),
            settings: serde_json::to_value(Settings::default()).unwrap(),
            sealed: None,
            hint: String::new(),
            enabled: true,
            revision: 1,
            created: Time(0),
            updated: Time(0),
        };
        Provider::read(&row).unwrap()
    }

    #[test]
    fn each_link_has_its_share_of_the_time_and_the_last_has_the_rest() {
        let (now, fifteen) = (Time(0), Time::from_secs(15));
        let first = Patience::of(&provider(), now, fifteen, 3);
        assert_eq!(
            (first.piece, first.until),
            (Span::secs(5), Time::from_secs(10))
        );
        let last = Patience::of(&provider(), now, fifteen, 1);
        assert_eq!((last.piece, last.until), (Span::secs(15), fifteen));
        let long = Patience::of(&provider(), now, Time::from_secs(600), 2);
        assert_eq!(
            (long.piece, long.until),
            (Span::secs(20), Time::from_secs(60))
        );
    }

    #[test]
    fn what_did_not_leave_is_free_and_said_apart() {
        let kinds = [
            (Why::NoSuchName, Kind::NotSent),
            (Why::NoConnection, Kind::NotSent),
            (Why::TooSlow, Kind::NotSent),
            (Why::TooLate, Kind::Deadline),
            (Why::TooMany, Kind::Busy),
        ];
        for (why, kind) in kinds {
            assert_eq!(not_sent(why).kind, kind);
        }
        for (why, kind) in [
            (Cut::TooSlow, Kind::TimedOut),
            (Cut::NoAnswer, Kind::Cut),
            (Cut::Body, Kind::Cut),
            (Cut::TooLong, Kind::TooMuch),
            (Cut::Redirect, Kind::Garbage),
        ] {
            assert_eq!(broken(why, Some(200)).kind, kind);
        }
    }
}
