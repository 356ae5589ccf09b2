//! What was said before a turn, as knowledge, understanding and models read it.
//!
//! In: the conversation's messages as the views have them, newest first. Out: [`Turn`]s, oldest first, of
//! the last day, without notes, deleted messages and the words that are asked about now. Absent: reading
//! the store ([`super::signals`]).

use super::prompt::{By, Turn};
use ponte_core::effect::MessageBody;
use ponte_core::ownership::Provenance;
use ponte_core::time::{Span, Time};
use ponte_store::rows::message::MessageView;

/// What was said longer ago belongs to another talk.
const LASTS: Span = Span::hours(24);
/// Turns that are looked at: a model's attention and purse are bounded.
pub const TURNS_MAX: usize = 20;

/// The turns before what is asked now.
#[must_use]
pub fn before(newest_first: &[MessageView], asked: &[String], now: Time) -> Vec<Turn> {
    let mut asked: Vec<&str> = asked.iter().map(|text| text.trim()).collect();
    let mut turns = Vec::new();
    for view in newest_first {
        if now - view.row.sent > LASTS || turns.len() >= TURNS_MAX {
            break;
        }
        let Some(turn) = turn(view) else { continue };
        // Each text that is asked about stands among the newest of the customer's, once.
        if turn.by == By::Customer
            && let Some(at) = asked.iter().rposition(|text| *text == turn.text.trim())
        {
            asked.remove(at);
            continue;
        }
        turns.push(turn);
    }
    turns.reverse();
    turns
}

/// What one message says, and on whose side; nothing for notes, deleted ones and imported ones.
#[must_use]
pub fn turn(view: &MessageView) -> Option<Turn> {
    if view.revoked_at.is_some() {
        return None;
    }
    let by = match view.row.provenance {
        Provenance::Customer => By::Customer,
        Provenance::Agent { .. } | Provenance::PhoneApp => By::Person,
        Provenance::Assistant { .. }
        | Provenance::Flow { .. }
        | Provenance::Campaign { .. }
        | Provenance::System => By::Machine,
        Provenance::Imported { .. } => return None,
    };
    let text = match (&view.edited, &view.row.content) {
        (Some((_, content)), _) | (None, MessageBody::In(content)) => content.words(),
        (None, MessageBody::Out(what)) => what.words(),
        (None, MessageBody::Note(_)) => return None,
    };
    let text = text.trim();
    (!text.is_empty()).then(|| Turn {
        by,
        text: text.to_owned(),
        at: view.row.sent,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ponte_core::content::{Content, Context};
    use ponte_core::effect::MessageRow;
    use ponte_core::ids::{AgentId, ChannelId, ConversationId, MessageId, WorkspaceId};
    use ponte_core::outgoing::Outgoing;
    use ponte_store::rows::Place;
    use ponte_store::rows::message::Facts;
    use uuid::Uuid;

    const NOW: Time = Time(1_795_176_000_000_000);

    fn view(ago: Span, provenance: Provenance, content: MessageBody) -> MessageView {
        MessageView {
            place: Place {
                workspace: WorkspaceId(Uuid::nil()),
                channel: ChannelId(Uuid::nil()),
                conversation: ConversationId(Uuid::nil()),
            },
            row: MessageRow {
                id: MessageId(Uuid::nil()),
                provenance,
                wamid: None,
                content,
                context: Context::default(),
                referral: None,
                sent: NOW - ago,
                received: NOW - ago,
                send: None,
                unread: false,
            },
            ord: 0,
            facts: Facts::default(),
            edited: None,
            revoked_at: None,
            reaction_customer: None,
            reaction_mine: None,
        }
    }

    fn says(ago: Span, text: &str) -> MessageView {
        let content = Content::Text { body: text.into() };
        view(ago, Provenance::Customer, MessageBody::In(content))
    }

    #[test]
    fn what_is_asked_now_and_what_nobody_said_to_the_customer_is_left_out() {
        let agent = Provenance::Agent {
            agent: AgentId(Uuid::nil()),
        };
        let mut deleted = says(Span::secs(40), "apaguei");
        deleted.revoked_at = Some(NOW);
        let mut edited = says(Span::secs(60), "bolo de milo");
        let content = Content::Text {
            body: "bolo de milho".into(),
        };
        edited.edited = Some((NOW, content));
        let all = [
            says(Span::secs(1), "quanto?"),
            says(Span::secs(2), "oi"),
            view(
                Span::secs(30),
                Provenance::System,
                MessageBody::Note("pausa".into()),
            ),
            deleted,
            view(
                Span::secs(50),
                agent,
                MessageBody::Out(Outgoing::text("Já vejo.")),
            ),
            edited,
            says(Span::secs(70), "oi"),
            view(
                Span::hours(30),
                Provenance::System,
                MessageBody::Out(Outgoing::text("velho")),
            ),
        ];
        let turns = before(&all, &["oi".into(), "quanto?".into()], NOW);
        let told: Vec<_> = turns
            .iter()
            .map(|turn| (turn.by, turn.text.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                (By::Customer, "oi"),
                (By::Customer, "bolo de milho"),
                (By::Person, "Já vejo."),
            ]
        );
    }

    #[test]
    fn only_the_last_turns_are_looked_at() {
        let all: Vec<_> = (1..=TURNS_MAX + 5)
            .map(|n| says(Span::secs(i64::try_from(n).unwrap()), &format!("texto {n}")))
            .collect();
        let turns = before(&all, &[], NOW);
        assert_eq!(turns.len(), TURNS_MAX);
        assert_eq!(turns.last().map(|turn| turn.text.as_str()), Some("texto 1"));
    }
}
