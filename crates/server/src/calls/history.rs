//! Reads the provider's list of accepted messages to settle an unsure send.
//!
//! In: a send, its recipient and since when it may have been accepted. Out: `HistoryChecked`: sent,
//! where exactly one message fits that we did not know; absent, only where the list covers the whole
//! time, has caught up (it shows a message that we know was accepted later) and has none; else
//! unclear. Absent: what follows (`ponte_core::proof`). See `docs/protocol.md`.

use super::Result;
use crate::app::App;
use crate::graph::{Request, Sent};
use ponte_core::Event;
use ponte_core::Time;
use ponte_core::effect::SendState;
use ponte_core::event::Found;
use ponte_core::ids::ReplyId;
use ponte_core::outgoing::Address;
use ponte_core::time::Span;
use ponte_store::rows::outbox::CallRow;
use ponte_wire::graph::{self, HistoryEntry, Page};

/// Pages read at most: 500 messages cover the minute in question at any pace a number may have.
const PAGES: usize = 5;
/// One page must come within this.
const PAGE_WITHIN: Span = Span::secs(8);
/// Between two looks at a list that has not caught up.
const LOOK_AGAIN: Span = Span::secs(5);
/// The deadline of a call leaves at least this for the last look.
const LAST_LOOK: Span = Span::secs(10);

/// Reads the list once, or asks to be called again while there is time.
pub async fn check(
    app: &App,
    call: &CallRow,
    (reply, attempt): (ReplyId, u32),
    to: &Address,
    from: Time,
) -> Result {
    let found = match look(app, call, to, from).await {
        Ok(found) => found,
        Err(why) => Found::Unclear { why: why.into() },
    };
    let now = app.env.clock.now();
    if matches!(found, Found::Unclear { .. }) && now + LAST_LOOK < call.deadline {
        return Result::Again(now + LOOK_AGAIN);
    }
    Result::Event(Event::HistoryChecked {
        reply,
        attempt,
        found,
    })
}

async fn look(
    app: &App,
    call: &CallRow,
    to: &Address,
    from: Time,
) -> std::result::Result<Found, &'static str> {
    let channel = call.place.channel;
    let numbers = app.settings.now();
    let number = numbers.get(channel).ok_or("the number was removed")?;
    if !number.channel.trust_history {
        return Err("the list is not trusted for this number");
    }
    let token = app.secrets.token(channel).ok_or("no access token")?;
    let mut entries = Vec::new();
    let mut after: Option<String> = None;
    let mut covered = false;
    for _ in 0..PAGES {
        let path = app.path(&graph::history_path(
            &number.channel.number,
            after.as_deref(),
        ));
        let deadline = app.env.clock.now() + PAGE_WITHIN;
        let request = Request::get(path, token.clone(), deadline);
        let page = match app.env.call(request).await {
            Sent::Answered {
                http: 200, body, ..
            } => page(&body)?,
            Sent::Answered { .. } | Sent::NotSent { .. } | Sent::Broken { .. } => {
                return Err("the list can't be read");
            }
        };
        covered = page.next.is_none() || page.data.iter().any(|entry| before(entry, from));
        entries.extend(page.data);
        after = page.next;
        if covered {
            break;
        }
    }
    let wamids: Vec<String> = entries.iter().map(|entry| entry.wamid.clone()).collect();
    let known = app.store.known(channel, &wamids).await;
    let known = known.map_err(|_| "the store can't be read")?;
    let unknown: Vec<&HistoryEntry> = entries
        .iter()
        .filter(|entry| !known.contains_key(&entry.wamid) && !before(entry, from))
        .filter(|entry| fits(&entry.wamid, to))
        .collect();
    // Sent later than anything that this call is about, and known to be accepted.
    let canary = known
        .values()
        .any(|(_, known)| known.send == Some(SendState::Accepted) && known.sent > from + WINDOW);
    match unknown.as_slice() {
        [only] => Ok(Found::Sent {
            wamid: only.wamid.clone(),
        }),
        [] if covered && canary => Ok(Found::Absent),
        [] if covered => Err("the list may not have caught up"),
        [] => Err("the list is too long"),
        [_, _, ..] => Err("more than one message fits"),
    }
}

/// `from` lies this much before the time at which the send became unsure.
const WINDOW: Span = Span::secs(60);

fn page(body: &[u8]) -> std::result::Result<Page<HistoryEntry>, &'static str> {
    graph::decode_history(body).map_err(|_| "the list is not as documented")
}

/// Whether the entry is certainly older than the time in question.
fn before(entry: &HistoryEntry, from: Time) -> bool {
    let times = entry.events.iter().map(|event| event.at);
    times
        .filter(|at| *at > Time::ZERO)
        .min()
        .is_some_and(|at| at + Span::secs(1) < from)
}

/// Whether a message id may be for this recipient: the ids carry the digits, an undocumented habit
/// that may find candidates and never prove one.
fn fits(wamid: &str, to: &Address) -> bool {
    let Some(phone) = to.phone.as_deref().filter(|phone| phone.len() >= 8) else {
        return true;
    };
    let Some(bytes) = wamid.strip_prefix("wamid.").and_then(decode64) else {
        return true;
    };
    // The last eight digits: with and without a ninth digit, or a country code, they agree.
    let tail = &phone.as_bytes()[phone.len() - 8..];
    bytes.windows(tail.len()).any(|window| window == tail)
}

/// Plain base64; `None` for anything else.
fn decode64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() * 3 / 4);
    let mut bits = 0_u32;
    let mut held = 0_u32;
    for byte in text.trim_end_matches('=').bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        held = (held << 6) | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push(u8::try_from((held >> bits) & 0xff).ok()?);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(phone: &str) -> Address {
        Address {
            phone: Some(phone.into()),
            bsuid: None,
        }
    }

    #[test]
    fn an_id_with_the_digits_is_a_candidate_whatever_the_ninth_digit() {
        // "HBgMNTUxMTg3NjU0MzIx" holds 551187654321.
        let wamid = "wamid.HBgMNTUxMTg3NjU0MzIx";
        assert!(fits(wamid, &to("551187654321")));
        assert!(fits(wamid, &to("5511987654321")));
        assert!(!fits(wamid, &to("5511900000000")));
    }

    #[test]
    fn an_id_of_another_shape_may_always_be_the_one() {
        assert!(fits("wamid.%%%", &to("551187654321")));
        assert!(fits("something", &to("551187654321")));
        assert!(fits("wamid.HBgM", &Address::default()));
    }
}
