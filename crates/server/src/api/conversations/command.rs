//! `POST /api/v1/conversations/{conversation}/commands`: a person's wish, journaled like everything else.
//!
//! In: a command with the caller's own id for it. Out: its place in the journal, and whether it is
//! applied yet. The same id again is the same command: nothing happens twice. Absent: deciding what
//! follows (the step) and sending (the sender). Next: `ponte_core::event::Command`.

use super::get::find;
use crate::api::ApiState;
use crate::api::caller::{Caller, Writer};
use crate::api::describe::Refusals;
use crate::api::extract::{Body, Id, Query};
use crate::api::problem::Problem;
use crate::both;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use ponte_core::Event;
use ponte_core::event::Command;
use ponte_core::ids::{AgentId, CallId, ConversationId, ReplyId, TeamId};
use ponte_core::outgoing::Outgoing;
use ponte_core::time::Span;
use ponte_store::rows::Place;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CommandRequest)]
pub struct Request {
    /// Your own id for this command, 1 to 100 characters: repeating a request with it is harmless
    #[schema(min_length = 1, max_length = 100, example = "7d1f")]
    client: String,
    #[serde(rename = "do")]
    wish: Wish,
}

/// What is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub enum Wish {
    /// Send this as the caller; takes the conversation over
    Send {
        /// `{"type": "text", "body": "…"}`, or another outgoing kind
        #[schema(value_type = Object)]
        message: Value,
        /// The provider's id of the message to quote
        #[serde(default)]
        quotes: Option<String>,
    },
    /// Become the owner without saying anything
    TakeOver,
    /// Give it to a team's queue or to an agent
    Assign {
        #[serde(default)]
        team: Option<Uuid>,
        #[serde(default)]
        agent: Option<Uuid>,
    },
    /// Give it back to the assistant
    Return,
    /// Silence the assistant; for as long as the number's settings say when left out
    Pause {
        #[serde(default)]
        #[schema(minimum = 1, maximum = 10080)]
        minutes: Option<u32>,
    },
    /// A private note
    Note {
        #[schema(max_length = 4096)]
        text: String,
    },
    /// Nothing more is owed
    Resolve,
    /// Somebody saw what became of an unknown send
    SettleUnknown { reply: Uuid, arrived: bool },
    /// Send a failed or dropped message again, as the caller
    Resend { reply: Uuid },
    /// Let the assistant's draft go; with `messages`, in these words instead
    Approve {
        draft: Uuid,
        /// As `message` of `send`, up to ten
        #[serde(default)]
        #[schema(value_type = Vec<Object>)]
        messages: Vec<Value>,
    },
    /// The draft does not go: people answer
    Reject { draft: Uuid },
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Answer when it is applied, or after two seconds
    #[serde(default)]
    wait: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Taken {
    /// Its place in the journal; absent for a repeat.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<i64>,
    /// The engine has folded it (for a repeat: nothing of the conversation waits).
    pub applied: bool,
    /// This `client` id was used before: nothing new was journaled.
    pub repeated: bool,
}

/// The longest that `wait` waits.
const WAIT: std::time::Duration = std::time::Duration::from_secs(2);
/// Between two looks while waiting: a fold takes a few milliseconds.
const LOOK: std::time::Duration = std::time::Duration::from_millis(20);
/// A week: longer pauses are an assistant to be switched off.
const MAX_PAUSE_MINUTES: u32 = 7 * 24 * 60;
/// How many entries may have come between journaling the command and looking for its place.
const LOOK_BACK: u32 = 100;
const MAX_CLIENT: usize = 100;

/// Command a conversation
#[utoipa::path(post, path = "/api/v1/conversations/{conversation}/commands", operation_id = "command_conversation", tag = "conversations",
    params(("conversation" = Uuid, Path), Asked), request_body = Request, security(("key" = ["write"])),
    responses(
        (status = 200, description = "Applied", body = Taken),
        (status = 202, description = "Journaled; it is applied in its turn", body = Taken),
        Refusals))]
pub async fn command(
    Writer(caller): Writer,
    State(state): State<ApiState>,
    Id(id): Id<ConversationId>,
    Query(asked): Query<Asked>,
    Body(request): Body<Request>,
) -> Result<(StatusCode, Json<Taken>), Problem> {
    let command = wish(request.wish, &request.client)?;
    let place = find(&state, caller, id).await?.place;
    let mut taken = journal(&state, caller, place, &request.client, command).await?;
    if let Some(seq) = taken.seq.filter(|_| asked.wait && !taken.applied) {
        taken.applied = applied(&state, seq).await?;
    }
    let status = if taken.applied {
        StatusCode::OK
    } else {
        StatusCode::ACCEPTED
    };
    Ok((status, Json(taken)))
}

fn wish(wish: Wish, client: &str) -> Result<Command, Problem> {
    if client.is_empty() || client.chars().count() > MAX_CLIENT {
        return Err(Problem::bad(both!(
            "`client` tem de 1 a {MAX_CLIENT} caracteres.",
            "`client` has 1 to {MAX_CLIENT} characters."
        )));
    }
    let client = client.to_string();
    Ok(match wish {
        Wish::Send { message, quotes } => Command::Send {
            client,
            what: Box::new(outgoing(message)?),
            quotes,
        },
        Wish::TakeOver => Command::TakeOver,
        Wish::Assign { team, agent } => assign(team, agent)?,
        Wish::Return => Command::Return,
        Wish::Pause { minutes } => pause(minutes)?,
        Wish::Note { text } => note(client, text)?,
        Wish::Resolve => Command::Resolve,
        Wish::SettleUnknown { reply, arrived } => Command::SettleUnknown {
            reply: ReplyId(reply),
            arrived,
        },
        Wish::Resend { reply } => Command::Resend {
            client,
            reply: ReplyId(reply),
        },
        Wish::Approve { draft, messages } => Command::Approve {
            draft: CallId(draft),
            parts: parts(messages)?,
        },
        Wish::Reject { draft } => Command::Reject {
            draft: CallId(draft),
        },
    })
}

fn assign(team: Option<Uuid>, agent: Option<Uuid>) -> Result<Command, Problem> {
    if team.is_none() && agent.is_none() {
        return Err(Problem::bad(both!(
            "`assign` pede `team` ou `agent`.",
            "`assign` needs `team` or `agent`."
        )));
    }
    Ok(Command::Assign {
        team: team.map(TeamId),
        agent: agent.map(AgentId),
    })
}

fn pause(minutes: Option<u32>) -> Result<Command, Problem> {
    match minutes {
        Some(0) => Err(Problem::bad(both!(
            "`minutes` começa em 1.",
            "`minutes` begins at 1."
        ))),
        Some(minutes) if minutes > MAX_PAUSE_MINUTES => Err(Problem::bad(both!(
            "`minutes` vai até {MAX_PAUSE_MINUTES}.",
            "`minutes` goes up to {MAX_PAUSE_MINUTES}."
        ))),
        Some(_) | None => Ok(Command::Pause {
            span: minutes.map(|minutes| Span::minutes(i64::from(minutes))),
        }),
    }
}

fn note(client: String, text: String) -> Result<Command, Problem> {
    let most = ponte_core::limits::TEXT;
    if text.trim().is_empty() || text.chars().count() > most {
        return Err(Problem::bad(both!(
            "uma nota tem de 1 a {most} caracteres.",
            "a note has 1 to {most} characters."
        )));
    }
    Ok(Command::Note { client, text })
}

/// The messages that take a draft's place.
fn parts(messages: Vec<Value>) -> Result<Vec<Outgoing>, Problem> {
    let most = ponte_core::bounds::PARTS_MAX;
    if messages.len() > most {
        return Err(Problem::bad(both!(
            "`messages` leva até {most} mensagens.",
            "`messages` holds up to {most} messages."
        )));
    }
    messages.into_iter().map(outgoing).collect()
}

/// The message, if the channel would carry it.
fn outgoing(message: Value) -> Result<Outgoing, Problem> {
    let what: Outgoing = serde_json::from_value(message)
        .map_err(|why| Problem::bad(both!("Em `message`: {why}.", "In `message`: {why}.")))?;
    match what.broken().into_iter().next() {
        None => Ok(what),
        Some(broken) => {
            let (field, pt, en) = (broken.field, broken.why_pt, broken.why_en);
            Err(Problem::bad(both!(
                "Em `message.{field}`: {pt}",
                "In `message.{field}`: {en}"
            )))
        }
    }
}

async fn journal(
    state: &ApiState,
    caller: Caller,
    place: Place,
    client: &str,
    command: Command,
) -> Result<Taken, Problem> {
    let event = Event::Commanded {
        by: caller.agent,
        command,
    };
    let key = format!("{}:{client}", caller.key);
    let Some(id) = state.app.append(place, event, &key).await? else {
        let waiting = state.store().pending_of(place.conversation, 1).await?;
        return Ok(Taken {
            seq: None,
            applied: waiting.is_empty(),
            repeated: true,
        });
    };
    let recent = state
        .store()
        .journal_of(place.conversation, None, LOOK_BACK)
        .await?;
    let entry = recent.into_iter().find(|row| row.envelope.id == id);
    Ok(Taken {
        applied: entry.as_ref().is_some_and(|row| row.applied.is_some()),
        seq: entry.map(|row| row.seq),
        repeated: false,
    })
}

async fn applied(state: &ApiState, seq: i64) -> Result<bool, Problem> {
    let look = async {
        loop {
            match state.store().entry(seq).await {
                Ok(Some(row)) if row.applied.is_some() => return Ok(true),
                Ok(Some(_) | None) => tokio::time::sleep(LOOK).await,
                Err(error) => return Err(Problem::from(error)),
            }
        }
    };
    tokio::time::timeout(WAIT, look).await.unwrap_or(Ok(false))
}
