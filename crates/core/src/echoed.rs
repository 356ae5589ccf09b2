//! Something was sent from the phone app: a person answers by hand, and the assistant is silent.
//!
//! In: `Echoed` and `Imported`. Out: the message's row, the takeover with its pause, renewed by every
//! echo; or, when it turns out to be our own message, proof that it was sent — which never pauses
//! anything. What only looks like ours is put right when ours comes back under another id. Commands typed in the app (`#bot`) are read in [`crate::commands`]. Imported history
//! only fills the views: it changes nothing else.

use crate::commands;
use crate::content::{Content, Context, Person, Received};
use crate::desk::Desk;
use crate::effect::{Alert, Effect, Ignored, Mark, SendState, Why};
use crate::identity;
use crate::ids::ReplyId;
use crate::outcomes;
use crate::ownership::{Human, Owner, Provenance};
use crate::readable::print;
use crate::received::{fetch_file, mark_or_row, put_row};
use crate::takeover;
use crate::time::{Span, Time};
use crate::turn;

/// An echo of our own message follows its sending within this.
const ECHO_WITHIN: Span = Span::minutes(2);
/// The provider's clock and ours may differ by this, its times being whole seconds.
const CLOCKS_DIFFER: Span = Span::secs(10);

pub(crate) fn echoed(desk: &mut Desk<'_>, to: &Person, message: &Received, ours: Option<ReplyId>) {
    let known = desk.book.known.get(&message.wamid);
    if let Some(reply) = ours.or_else(|| known.and_then(|k| k.reply)) {
        own(desk, reply, message);
        return;
    }
    let imported = known.is_some_and(|k| matches!(k.provenance, Provenance::Imported { .. }));
    if known.is_some() && !imported {
        desk.ignore(Ignored::KnownMessage);
        return;
    }
    identity::relink(&mut desk.state.person, to);
    if marks(desk, message, &Provenance::PhoneApp) {
        // A thumb or a correction is a human sign, and answers nothing.
        by_hand(desk, message, false);
        return;
    }
    if let Some(reply) = look_alike(desk, message) {
        own(desk, reply, message);
        by_look(desk, reply, message);
        return;
    }
    if !imported {
        put_row(desk, message, Provenance::PhoneApp, false);
    }
    fetch_file(desk, &message.content);
    if message.group.is_some() {
        return;
    }
    let obeyed = desk.book.channel.commands && commands::from_phone(desk, message);
    if !obeyed {
        by_hand(desk, message, true);
    }
}

/// Our own message came back: proof that it was sent, and nothing else.
fn own(desk: &mut Desk<'_>, reply: ReplyId, message: &Received) {
    let wamid = Some(message.wamid.as_str()).filter(|w| !w.is_empty());
    let settled = desk
        .state
        .recent
        .iter()
        .any(|r| r.reply == reply && r.state == SendState::Accepted);
    let in_doubt = outcomes::position(desk, reply).is_some();
    if !settled || in_doubt {
        outcomes::accepted(desk, reply, wamid);
    }
    desk.ignore(Ignored::OwnEcho);
}

/// Only its words tell that this was ours: what comes later may tell otherwise ([`mistaken`]).
fn by_look(desk: &mut Desk<'_>, reply: ReplyId, message: &Received) {
    let recent = desk.state.recent.iter_mut().find(|r| r.reply == reply);
    if let Some(recent) = recent {
        recent.by_look = Some(turn::clean(message.content.words()));
    }
}

/// A send of ours that says just this, was on its way a moment ago, and whose id nobody has told us
/// yet. One with an id was not this message, whatever it says; and when in doubt a person is believed.
fn look_alike(desk: &Desk<'_>, message: &Received) -> Option<ReplyId> {
    let print = print(message.content.words());
    if print == 0 {
        return None;
    }
    let (at, sent) = (desk.at, message.sent);
    // Written before ours was decided: not ours.
    let near = |placed: Time, since: Time| {
        at - since <= ECHO_WITHIN && (sent > at || placed - sent <= CLOCKS_DIFFER)
    };
    let mut sends = desk.state.sends.iter();
    let on_its_way = sends.find(|s| {
        // Refused, and waiting to be tried again: it is certain that it is not there.
        let absent = s.state == SendState::Claimed && s.wake.is_some();
        s.print == print && !absent && near(s.placed, s.since)
    });
    if let Some(send) = on_its_way {
        return Some(send.reply);
    }
    let mut recent = desk.state.recent.iter();
    let over = recent.find(|r| {
        r.print == print
            && r.wamid.is_none()
            && at - r.at <= ECHO_WITHIN
            && matches!(r.state, SendState::Accepted | SendState::Dropped)
    });
    over.map(|r| r.reply)
}

/// An echo was taken for our own by its words, and now ours turns out to be another message (`ours`)
/// or none at all: a person typed the same. It gets its row, and the conversation is theirs.
pub(crate) fn mistaken(desk: &mut Desk<'_>, reply: ReplyId, ours: Option<&str>) {
    let recent = desk.state.recent.iter_mut().find(|r| r.reply == reply);
    let Some(recent) = recent else {
        return;
    };
    let body = recent.by_look.take().unwrap_or_default();
    let theirs = std::mem::replace(&mut recent.wamid, ours.map(Into::into));
    let sent = recent.at;
    // Ours gives the id back first. Where it has none to take, the row keeps it, and theirs has none.
    outcomes::mark_wamid(desk, reply, ours);
    let message = Received {
        wamid: theirs.filter(|_| ours.is_some()).unwrap_or_default(),
        sent,
        content: Content::Text { body },
        context: Context::default(),
        referral: None,
        group: None,
        extra: serde_json::Value::Null,
    };
    put_row(desk, &message, Provenance::PhoneApp, false);
    desk.alert(Alert::Collision { reply });
    by_hand(desk, &message, true);
}

/// Edits, deletions and reactions are marks on the message they are about. False: it is a message.
fn marks(desk: &mut Desk<'_>, message: &Received, provenance: &Provenance) -> bool {
    let at = message.sent;
    let content = &message.content;
    let (target, mark) = if let Content::Edit { target, content } = content {
        let content = (**content).clone();
        (target, Mark::Edited { content, at })
    } else if let Content::Revoke { target } = content {
        (target, Mark::Revoked { at })
    } else if let Content::Reaction { target, emoji } = content {
        let theirs = Provenance::Imported {
            from_business: false,
        };
        let mine = *provenance != theirs;
        let emoji = emoji.clone();
        (target, Mark::Reaction { mine, emoji, at })
    } else {
        return false;
    };
    mark_or_row(desk, message, target, mark, provenance);
    true
}

/// A person answers by hand. An agent who has the conversation keeps it: both are people, and the
/// assistant is silent either way.
fn by_hand(desk: &mut Desk<'_>, message: &Received, words: bool) {
    desk.state.last_activity = Some(desk.at);
    takeover::human_sign(desk);
    let later = desk
        .state
        .last_customer_at
        .is_none_or(|t| t <= message.sent);
    if words && later {
        takeover::taken_up(desk);
        takeover::settled(desk);
    }
    let agent = matches!(
        desk.state.owner,
        Owner::Person {
            who: Human::Agent { .. },
            ..
        }
    );
    if agent {
        collide(desk);
        return;
    }
    let until = Some(desk.at + desk.book.channel.pause);
    let who = Human::Phone;
    takeover::change(desk, Owner::Person { who, until }, Why::Echo);
}

/// Two people at once: what the agent's console has in doubt is shown.
fn collide(desk: &mut Desk<'_>) {
    let doubtful = desk
        .state
        .sends
        .iter()
        .find(|s| s.state == SendState::Unsure);
    if let Some(reply) = doubtful.map(|s| s.reply) {
        desk.alert(Alert::Collision { reply });
    }
}

/// A message of the imported past. `known`: a placeholder that its media has come for.
pub(crate) fn imported(desk: &mut Desk<'_>, from_business: bool, message: &Received) {
    if let Some(known) = desk.book.known.get(&message.wamid) {
        let filled = matches!(known.provenance, Provenance::Imported { .. })
            && message.content != Content::MediaPlaceholder;
        if filled {
            let content = message.content.clone();
            let message = known.message;
            desk.emit(Effect::MarkMessage {
                message,
                mark: Mark::Filled { content },
            });
        } else {
            desk.ignore(Ignored::KnownMessage);
        }
        return;
    }
    let provenance = Provenance::Imported { from_business };
    if !marks(desk, message, &provenance) {
        put_row(desk, message, provenance, false);
    }
}
