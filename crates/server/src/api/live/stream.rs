//! `GET /api/v1/live`: a stream of changes that can be taken up again where it broke.
//!
//! In: `Last-Event-ID` or `?after=`. Out: `change` events whose ids are the feed's sequence, and one
//! `resync` when the cursor is older than what is kept or the reader fell too far behind: then
//! everything is to be read again. Pulled from the table at the reader's own speed: hints only wake
//! it, so a lost hint costs a second and never a change. Absent: a buffer per reader.
//! Next: `conversations/list.rs`.

use crate::api::ApiState;
use crate::api::caller::{Caller, Reader};
use crate::api::describe::Refusals;
use crate::api::extract::Query;
use crate::api::page;
use crate::api::problem::Problem;
use crate::api::time::show;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, StreamExt};
use ponte_core::time::{Span, Time};
use ponte_store::rows::shared::{Changes, FeedRow};
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, broadcast};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Sequence number after which to go on; the newest when left out. `Last-Event-ID` wins
    after: Option<String>,
}

/// The data of a `change` event.
#[derive(Debug, Serialize, ToSchema)]
pub struct Change {
    pub seq: i64,
    pub conversation: Uuid,
    pub channel: Uuid,
    pub at: String,
    /// Any of `message`, `status`, `owner`, `alert`, `seen`.
    pub changes: Vec<&'static str>,
}

/// Rows read at once.
const BATCH: u32 = 256;
/// A reader this many changes behind is better off reading lists again than replaying.
const FAR_BEHIND: i64 = 10_000;
/// Behind each hint stands this poll.
const POLL: Duration = Duration::from_secs(1);
/// A stream outlives the key it was begun with by this much at most.
const KEY_CHECK: Span = Span::secs(2);
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Follow changes as server-sent events
#[utoipa::path(get, path = "/api/v1/live", operation_id = "follow_changes", tag = "live", params(Asked), security(("key" = ["read"])),
    responses((status = 200, description = "`change` events with ids to resume from; `resync` when everything is to be read again", content_type = "text/event-stream", body = Change), Refusals))]
pub async fn stream(
    Reader(caller): Reader,
    State(state): State<ApiState>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let place = state
        .streams
        .clone()
        .try_acquire_owned()
        .map_err(|_| Problem::busy())?;
    let header = headers
        .get("last-event-id")
        .and_then(|value| value.to_str().ok());
    let asked = page::number(header.or(asked.after.as_deref()))?;
    // Subscribed before the first read, so that nothing can fall between the two.
    let wake = state.app.feed.subscribe();
    let (first, last) = state.store().feed_ends(caller.workspace).await?;
    let after = asked.unwrap_or(last);
    let gone =
        first.is_some_and(|first| after < first - 1) || after > last || last - after > FAR_BEHIND;
    let reader = Follower {
        state,
        caller,
        after: if gone { last } else { after },
        wake,
        resync: gone,
        checked: None,
        _place: place,
    };
    let changes = stream::unfold(reader, Follower::step).flat_map(stream::iter);
    let mut response = Sse::new(changes)
        .keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
        .into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-store, no-transform"),
    );
    headers.insert(
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
    Ok(response)
}

struct Follower {
    state: ApiState,
    caller: Caller,
    after: i64,
    wake: broadcast::Receiver<crate::app::FeedHint>,
    resync: bool,
    /// When its key was looked at.
    checked: Option<Time>,
    /// Its place among the streams at once; given back when the reader leaves.
    _place: OwnedSemaphorePermit,
}

type Events = Vec<Result<Event, Infallible>>;

impl Follower {
    /// The next events and what to go on with; none when the server stops or the key is no longer good.
    async fn step(mut self) -> Option<(Events, Follower)> {
        if std::mem::take(&mut self.resync) {
            let event = Event::default()
                .event("resync")
                .id(self.after.to_string())
                .data("{}");
            return Some((vec![Ok(event)], self));
        }
        loop {
            if *self.state.stopping.borrow() || !self.may_read().await {
                return None;
            }
            match self
                .state
                .store()
                .feed(self.caller.workspace, self.after, BATCH)
                .await
            {
                Ok(rows) if !rows.is_empty() => return Some(self.take(rows).await),
                Ok(_) => self.wait().await,
                // The client comes again with its last id; nothing is lost.
                Err(_) => return None,
            }
        }
    }

    /// Whether the key still opens the door.
    async fn may_read(&mut self) -> bool {
        let now = self.state.now();
        if self.checked.is_some_and(|at| now - at < KEY_CHECK) {
            return true;
        }
        self.checked = Some(now);
        let key = self.state.store().api_key_by_id(self.caller.key).await;
        // Without the store there is nothing to follow either.
        let Ok(Some(key)) = key else {
            return false;
        };
        !key.revoked && key.expires.is_none_or(|end| end > now)
    }

    async fn take(mut self, rows: Vec<FeedRow>) -> (Events, Follower) {
        let full = rows.len() >= BATCH as usize;
        self.after = rows.last().map_or(self.after, |row| row.seq);
        let events = rows.iter().filter_map(change).map(Ok).collect();
        if full
            && let Ok((_, last)) = self.state.store().feed_ends(self.caller.workspace).await
            && last - self.after > FAR_BEHIND
        {
            self.after = last;
            self.resync = true;
        }
        (events, self)
    }

    async fn wait(&mut self) {
        let workspace = self.caller.workspace;
        let ours = async {
            loop {
                match self.wake.recv().await {
                    Ok(hint) if hint.workspace != workspace => {}
                    Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => return,
                    Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
                }
            }
        };
        tokio::select! {
            () = ours => {}
            () = tokio::time::sleep(POLL) => {}
            _ = self.state.stopping.changed() => {}
        }
    }
}

fn change(row: &FeedRow) -> Option<Event> {
    let data = Change {
        seq: row.seq,
        conversation: row.conversation.0,
        channel: row.channel.0,
        at: show(row.at),
        changes: words(row.changes),
    };
    Event::default()
        .event("change")
        .id(row.seq.to_string())
        .json_data(data)
        .ok()
}

fn words(changes: Changes) -> Vec<&'static str> {
    [
        (Changes::MESSAGE, "message"),
        (Changes::STATUS, "status"),
        (Changes::OWNER, "owner"),
        (Changes::ALERT, "alert"),
        (Changes::SEEN, "seen"),
    ]
    .into_iter()
    .filter(|(bit, _)| changes.has(*bit))
    .map(|(_, word)| word)
    .collect()
}
