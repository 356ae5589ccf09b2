//! What people ask for: in the console, by API, or with `#` in the phone app.
//!
//! In: `Commanded`, and echoes that begin with `#`. Out: ownership, drafts in a person's name, notes.
//! Repeats with the same client id change nothing. Only the business side is obeyed: what a customer
//! types never reaches this room. Absent: permissions; the API has checked them.

use crate::answers;
use crate::bounds::CLIENTS_MAX;
use crate::content::{Content, Received};
use crate::desk::Desk;
use crate::effect::{Effect, Ignored, MessageBody, MessageRow, Why};
use crate::event::Command;
use crate::fold::fold;
use crate::ids::{AgentId, MessageId, ReplyId};
use crate::outgoing::Outgoing;
use crate::ownership::{Human, Owner, Provenance};
use crate::proof;
use crate::sending::{Voice, speak};
use crate::takeover;
use crate::time::Span;

/// Pauses typed in the app are at most this long.
const PAUSE_MAX: Span = Span::days(30);

pub(crate) fn commanded(desk: &mut Desk<'_>, by: AgentId, command: &Command) {
    takeover::human_sign(desk);
    match command {
        Command::Send {
            client,
            what,
            quotes,
        } => {
            if fresh(desk, client) {
                send(desk, by, (**what).clone(), quotes.clone());
            }
        }
        Command::TakeOver => take(desk, by, Why::AgentTook),
        Command::Assign { team, agent } => match agent {
            Some(agent) => take(desk, *agent, Why::Assigned),
            None => takeover::to_queue(desk, *team, Why::Assigned),
        },
        Command::Return => give_back(desk, Why::Returned),
        Command::Pause { span } => {
            let span = span
                .filter(|s| *s > Span::ZERO)
                .unwrap_or(desk.book.channel.pause);
            let until = Some(desk.at + span.min(PAUSE_MAX));
            let who = Human::Agent { agent: by };
            takeover::change(desk, Owner::Person { who, until }, Why::AgentTook);
        }
        Command::Note { client, text } => {
            if fresh(desk, client) {
                note(desk, text, Provenance::Agent { agent: by });
            }
        }
        Command::Resolve => takeover::change(desk, Owner::Nobody, Why::Resolved),
        Command::SettleUnknown { reply, arrived } => proof::settle(desk, *reply, *arrived),
        Command::Resend { client, reply } => {
            if fresh(desk, client) {
                resend(desk, by, *reply);
            }
        }
        Command::Approve { draft, parts } => answers::approve(desk, *draft, parts),
        Command::Reject { draft } => answers::reject(desk, *draft),
    }
}

/// Whether this client id is new. Remembered either way.
fn fresh(desk: &mut Desk<'_>, client: &str) -> bool {
    if client.is_empty() {
        return true;
    }
    let client = crate::limits::cut(client, 128);
    if desk.state.clients.iter().any(|c| c == client) {
        desk.ignore(Ignored::RepeatedCommand);
        return false;
    }
    while desk.state.clients.len() >= CLIENTS_MAX {
        desk.state.clients.pop_front();
    }
    desk.state.clients.push_back(client.to_owned());
    true
}

fn take(desk: &mut Desk<'_>, agent: AgentId, why: Why) {
    let who = Human::Agent { agent };
    takeover::change(desk, Owner::Person { who, until: None }, why);
}

/// Sends as the person, who owns the conversation from here on.
fn send(desk: &mut Desk<'_>, by: AgentId, what: Outgoing, quotes: Option<String>) {
    let mine = matches!(desk.state.owner, Owner::Person { who: Human::Agent { agent }, .. } if agent == by);
    if !mine {
        take(desk, by, Why::AgentSent);
    }
    desk.state.last_activity = Some(desk.at);
    let answers = !matches!(what, Outgoing::Reaction { .. });
    let voice = Voice {
        provenance: Provenance::Agent { agent: by },
        answers,
        quotes,
        sources: Vec::new(),
    };
    let queued = speak(desk, vec![what], &voice);
    if queued > 0 && answers {
        takeover::taken_up(desk);
    }
}

/// Back to the assistant: what the customer wrote since is answered; nothing else is owed.
fn give_back(desk: &mut Desk<'_>, why: Why) {
    let owed = crate::turn::pending(&desk.state.turn);
    takeover::to_assistant(desk, why);
    let under_way = !desk.state.queue.is_empty() || !desk.state.sends.is_empty();
    if !owed && !under_way && desk.state.owner == Owner::Assistant {
        takeover::settled(desk);
    }
}

pub(crate) fn note(desk: &mut Desk<'_>, text: &str, provenance: Provenance) {
    if text.trim().is_empty() {
        desk.ignore(Ignored::NoEffect);
        return;
    }
    let id = MessageId::of_event(desk.event, "note");
    let row = MessageRow {
        id,
        provenance,
        wamid: None,
        content: MessageBody::Note(text.trim().to_owned()),
        context: crate::content::Context::default(),
        referral: None,
        sent: desk.at,
        received: desk.at,
        send: None,
        unread: false,
    };
    desk.emit(Effect::PutMessage(Box::new(row)));
}

/// Sends a message again that did not go, as the person who asks for it.
fn resend(desk: &mut Desk<'_>, by: AgentId, reply: ReplyId) {
    let in_doubt = desk
        .state
        .sends
        .iter()
        .find(|send| send.reply == reply && send.state == crate::effect::SendState::Unknown);
    let found = in_doubt
        .map(|send| (send.what.clone(), send.quotes.clone()))
        .or_else(|| {
            use crate::effect::SendState::{Accepted, Claimed, Pending, Unsure};
            let wrote = desk.book.replies.get(&reply)?;
            // What is on its way or has arrived is not sent twice.
            let open = matches!(wrote.state, Pending | Claimed | Unsure | Accepted);
            (!open).then(|| (wrote.what.clone(), wrote.quotes.clone()))
        });
    match found {
        Some((what, quotes)) => send(desk, by, what, quotes),
        None => desk.ignore(Ignored::NothingToSettle),
    }
}

/// `#bot`, `#resume`, `#pausa 30m`, `#nota …` typed in the phone app. False: it is no command.
pub(crate) fn from_phone(desk: &mut Desk<'_>, message: &Received) -> bool {
    let Content::Text { body } = &message.content else {
        return false;
    };
    let Some(typed) = body.trim().strip_prefix('#') else {
        return false;
    };
    let (word, rest) = typed.split_once(char::is_whitespace).unwrap_or((typed, ""));
    match fold(word).as_str() {
        "bot" | "resume" | "retomar" => {
            desk.state.last_activity = Some(desk.at);
            give_back(desk, Why::PhoneCommand);
        }
        "pausa" | "pause" | "pausar" => {
            desk.state.last_activity = Some(desk.at);
            takeover::human_sign(desk);
            let span = span(rest).unwrap_or(desk.book.channel.pause);
            let until = Some(desk.at + span.min(PAUSE_MAX));
            let who = Human::Phone;
            takeover::change(desk, Owner::Person { who, until }, Why::PhoneCommand);
        }
        "nota" | "note" => note(desk, rest, Provenance::PhoneApp),
        _ => return false,
    }
    true
}

/// `30m`, `2h`, `1h30`, `1d`; a bare number is minutes.
fn span(text: &str) -> Option<Span> {
    let mut total = Span::ZERO;
    let mut number: Option<i64> = None;
    for c in text.chars().filter(|c| !c.is_whitespace()) {
        if let Some(digit) = c.to_digit(10) {
            let so_far = number.unwrap_or(0);
            number = Some(
                so_far
                    .saturating_mul(10)
                    .saturating_add(i64::from(digit))
                    .min(100_000),
            );
            continue;
        }
        let unit = match c.to_ascii_lowercase() {
            'm' => Span::minutes(1),
            'h' => Span::hours(1),
            'd' => Span::days(1),
            // The rest of a word: "30 min", "2 horas".
            _ if number.is_none() && total > Span::ZERO => continue,
            _ => return None,
        };
        match number.take() {
            Some(n) => total = total + unit * n,
            None if total > Span::ZERO => {}
            None => return None,
        }
    }
    let total = total + Span::minutes(1) * number.unwrap_or(0);
    (total > Span::ZERO).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_are_read_as_people_type_them() {
        for (typed, minutes) in [
            ("30m", 30),
            ("30", 30),
            ("30 min", 30),
            ("2h", 120),
            ("2 horas", 120),
            ("1h30", 90),
            ("1h 30m", 90),
            ("1d", 1_440),
        ] {
            assert_eq!(span(typed), Some(Span::minutes(minutes)), "{typed}");
        }
        for typed in ["", "amanhã", "h", "0", "-5"] {
            assert_eq!(span(typed), None, "{typed}");
        }
    }
}
