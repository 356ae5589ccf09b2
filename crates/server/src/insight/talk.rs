//! A conversation as it is read here: its last turns, oldest first, and who answers in it.
//!
//! In: a conversation's row. Out: [`Talk`], with the numbers of payment cards hidden. Bounded: the newest
//! [`TURNS_MAX`] messages. Absent: notes, deleted and imported messages. Next: [`super::picture`].

use super::cards;
use crate::app::App;
use crate::router::prompt::{By, Turn};
use crate::router::turns;
use ponte_core::book::Assistant;
use ponte_core::ids::ContactId;
use ponte_core::time::Time;
use ponte_nlu::sense::language::Language;
use ponte_store::StoreError;
use ponte_store::rows::Place;
use ponte_store::rows::conversation::ConversationItem;
use std::sync::Arc;
use uuid::Uuid;

/// Messages that are read: as many as a summary looks at.
pub const TURNS_MAX: u32 = 200;

/// A conversation.
pub struct Talk {
    pub place: Place,
    pub contact: ContactId,
    /// The customer's name, as the contact has it.
    pub name: String,
    pub assistant: Arc<Assistant>,
    pub zone: String,
    pub business: String,
    /// Oldest first; cards hidden.
    pub turns: Vec<Turn>,
    /// The message of each turn.
    pub ids: Vec<Uuid>,
    pub now: Time,
}

/// Reads it.
///
/// # Errors
/// The store's.
pub async fn open(app: &App, item: ConversationItem) -> Result<Talk, StoreError> {
    let page = app
        .store
        .messages(item.place.conversation, None, TURNS_MAX)
        .await?;
    let read = page.items.iter().rev().filter_map(|view| {
        let mut turn = turns::turn(view)?;
        turn.text = cards::hide(&turn.text);
        Some((turn, view.row.id.0))
    });
    let (turns, ids) = read.unzip();
    let numbers = app.settings.now();
    let number = numbers.get(item.place.channel);
    Ok(Talk {
        place: item.place,
        contact: item.contact,
        name: item.name,
        assistant: number.map_or_else(Arc::default, |number| Arc::clone(&number.assistant)),
        zone: number.map_or_else(String::new, |number| number.channel.zone.clone()),
        business: number.map_or_else(String::new, |number| number.channel.name.clone()),
        turns,
        ids,
        now: app.env.clock.now(),
    })
}

impl Talk {
    /// The language that its people work in: the assistant's first.
    #[must_use]
    pub fn language(&self) -> Language {
        let first = self.assistant.brain.languages.first();
        first.map_or(Language::Pt, |code| of_code(code))
    }

    /// The customer's last words: where they begin, and whether nothing was said after them.
    #[must_use]
    pub fn asked(&self) -> Option<(std::ops::Range<usize>, bool)> {
        let customer = |turn: &Turn| turn.by == By::Customer;
        let end = self.turns.iter().rposition(customer)? + 1;
        let before = self.turns[..end].iter().rposition(|turn| !customer(turn));
        Some((before.map_or(0, |at| at + 1)..end, end == self.turns.len()))
    }

    /// A moment on the clocks of the business.
    #[must_use]
    pub fn local(&self, at: Time) -> jiff::civil::DateTime {
        let zone = jiff::tz::TimeZone::get(&self.zone).unwrap_or(jiff::tz::TimeZone::UTC);
        let at = jiff::Timestamp::from_microsecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        zone.to_datetime(at)
    }
}

/// `pt`, `en` or `es`; anything else is Portuguese.
#[must_use]
pub fn of_code(code: &str) -> Language {
    match code {
        "en" => Language::En,
        "es" => Language::Es,
        _ => Language::Pt,
    }
}

#[must_use]
pub fn code(language: Language) -> &'static str {
    match language {
        Language::Pt => "pt",
        Language::En => "en",
        Language::Es => "es",
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use ponte_core::ids::{ChannelId, ConversationId, WorkspaceId};

    /// A conversation a minute a turn, `c` for the customer's.
    pub(crate) fn talk(said: &[(char, &str)]) -> Talk {
        let now = Time(1_795_186_800_000_000);
        let turns: Vec<Turn> = said
            .iter()
            .zip(0_i64..)
            .map(|((by, text), minute)| Turn {
                by: match by {
                    'c' => By::Customer,
                    'p' => By::Person,
                    _ => By::Machine,
                },
                text: (*text).to_owned(),
                at: Time(now.0 + minute * 60_000_000),
            })
            .collect();
        Talk {
            place: Place {
                workspace: WorkspaceId(Uuid::nil()),
                channel: ChannelId(Uuid::nil()),
                conversation: ConversationId(Uuid::nil()),
            },
            contact: ContactId(Uuid::nil()),
            name: String::new(),
            assistant: Arc::default(),
            zone: "America/Sao_Paulo".into(),
            business: String::new(),
            ids: (0..turns.len() as u128).map(Uuid::from_u128).collect(),
            turns,
            now,
        }
    }

    #[test]
    fn the_last_words_of_the_customer_are_one_question() {
        let open = talk(&[
            ('c', "oi"),
            ('m', "Olá!"),
            ('c', "tem pão?"),
            ('c', "e bolo?"),
        ]);
        assert_eq!(open.asked(), Some((2..4, true)));
        let answered = talk(&[('c', "oi"), ('c', "tem pão?"), ('p', "Tem.")]);
        assert_eq!(answered.asked(), Some((0..2, false)));
        assert_eq!(talk(&[('m', "Olá!")]).asked(), None);
        assert_eq!(talk(&[]).asked(), None);
    }

    #[test]
    fn the_clocks_are_the_shops_and_unknown_zones_are_universal() {
        let mut talk = talk(&[]);
        assert_eq!(talk.local(talk.now).hour(), 12);
        talk.zone = "nowhere".into();
        assert_eq!(talk.local(talk.now).hour(), 15);
        for language in [Language::Pt, Language::En, Language::Es] {
            assert_eq!(of_code(code(language)), language);
        }
    }
}
