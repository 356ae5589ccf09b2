//! What an assistant does: saying, opening a menu, handing off, closing.
//!
//! In: the acts of a rule or menu option, or the decision to hand off. Out: the owner's change and
//! the sentence that goes with it, always together and in this order, so that nobody is told of a
//! transfer that did not happen. Absent: which acts — that is [`crate::turn`].

use crate::book::{Act, Menu};
use crate::bounds::MENU_LASTS;
use crate::desk::Desk;
use crate::effect::Why;
use crate::event::TimerReason;
use crate::fold::fill;
use crate::hours;
use crate::ids::TeamId;
use crate::limits;
use crate::outgoing::{Button, Outgoing, Row, Section};
use crate::ownership::Owner;
use crate::sending::{Voice, speak};
use crate::state::MenuOpen;
use crate::takeover;
use crate::turn;

/// What the acts answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    /// The gathered turn.
    Turn,
    /// One message by itself, at once; the turn stays as it is.
    Message,
}

/// Gives the conversation to people and says so. An empty sentence: only gives it.
pub(crate) fn hand_off(desk: &mut Desk<'_>, team: Option<TeamId>, why: Why, sentence: &str) {
    let parts = if sentence.trim().is_empty() {
        Vec::new()
    } else {
        vec![Outgoing::text(sentence)]
    };
    let parts = turn::with_apology(desk, parts);
    takeover::taken_up(desk);
    let team = team.or(desk.book.assistant.handoff_team);
    takeover::to_queue(desk, team, why);
    let voice = Voice::assistant(desk, false);
    speak(desk, parts, &voice);
}

/// Carries out the acts of a rule or of a menu's option.
pub(crate) fn act(desk: &mut Desk<'_>, acts: &[Act], rest: &str, of: Of) {
    let team = acts.iter().find_map(|act| match act {
        Act::HandOff { team } => Some(*team),
        Act::Say { .. } | Act::Menu { .. } | Act::Resolve => None,
    });
    let closes = acts.iter().any(|act| matches!(act, Act::Resolve));
    let mut parts = Vec::new();
    let mut opens = None;
    for act in acts {
        match act {
            Act::Say { text } => parts.push(Outgoing::text(filled(desk, text, rest))),
            Act::Menu { menu } => {
                if let Some(menu) = desk.book.assistant.menus.iter().find(|m| m.name == *menu) {
                    parts.push(menu_message(menu, &menu.text));
                    opens = Some(menu.name.clone());
                }
            }
            Act::HandOff { .. } => {
                parts.push(Outgoing::text(desk.book.assistant.handoff_text.clone()));
            }
            Act::Resolve => {}
        }
    }
    if of == Of::Turn {
        parts = turn::with_apology(desk, parts);
        turn::consume(desk, usize::MAX);
    }
    // The owner changes first: what is said belongs to the new ownership, or it would be dropped.
    if let Some(team) = team {
        let team = team.or(desk.book.assistant.handoff_team);
        takeover::to_queue(desk, team, Why::AssistantHandedOff);
    } else if closes {
        takeover::change(desk, Owner::Nobody, Why::Resolved);
    }
    if let Some(menu) = opens.filter(|_| desk.state.owner == Owner::Assistant) {
        let since = desk.at;
        desk.state.menu = Some(MenuOpen {
            menu,
            since,
            tries: 0,
        });
        desk.set_timer(TimerReason::MenuEnds, since + MENU_LASTS);
    }
    let voice = Voice::assistant(desk, team.is_none());
    let said = speak(desk, parts, &voice);
    if said == 0 && desk.state.owner == Owner::Assistant {
        // A rule that says nothing (a menu that is gone, an empty text) leaves nobody answered.
        let text = desk.book.assistant.dont_know_text.clone();
        hand_off(desk, None, Why::DontKnow, &text);
    }
}

fn filled(desk: &Desk<'_>, text: &str, rest: &str) -> String {
    let name = desk.state.person.name.as_deref().unwrap_or("");
    let greeting = if text.contains("{greeting}") {
        hours::greeting(&desk.book.channel.zone, desk.at)
    } else {
        ""
    };
    fill(text, rest, name, greeting)
}

/// A menu as the channel can show it: buttons, a list, or numbered lines.
pub(crate) fn menu_message(menu: &Menu, text: &str) -> Outgoing {
    let text = if text.trim().is_empty() {
        &menu.text
    } else {
        text
    };
    let fits = |title: usize| {
        menu.options
            .iter()
            .all(|o| limits::length(&o.title) <= title)
    };
    let count = menu.options.len();
    if (1..=limits::BUTTONS).contains(&count)
        && fits(limits::BUTTON_TITLE)
        && limits::length(text) <= limits::BODY
        && menu.options.iter().all(|o| o.description.is_none())
    {
        let buttons = menu
            .options
            .iter()
            .map(|o| Button {
                id: o.id.clone(),
                title: o.title.clone(),
            })
            .collect();
        return Outgoing::Buttons {
            header: None,
            body: text.to_owned(),
            footer: None,
            buttons,
        };
    }
    if (1..=limits::ROWS).contains(&count) && fits(limits::ROW_TITLE) && !menu.button.is_empty() {
        let rows = menu
            .options
            .iter()
            .map(|o| Row {
                id: o.id.clone(),
                title: o.title.clone(),
                description: o.description.clone(),
            })
            .collect();
        return Outgoing::List {
            header: None,
            body: text.to_owned(),
            footer: None,
            button: menu.button.clone(),
            sections: vec![Section {
                title: String::new(),
                rows,
            }],
        };
    }
    let lines = menu
        .options
        .iter()
        .enumerate()
        .map(|(i, option)| format!("{} - {}", i + 1, option.title));
    let lines: Vec<String> = std::iter::once(text.to_owned()).chain(lines).collect();
    Outgoing::text(lines.join("\n"))
}
