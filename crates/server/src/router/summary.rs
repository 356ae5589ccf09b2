//! What people read before they take a conversation over from a machine: three points.
//!
//! In: what was said. Out: a private note in the assistant's language, or nothing where too little was
//! said to be worth a summary. Absent: the wording and the choice of sentences (`ponte_nlu::summary`).

use super::prompt::By;
use super::signals::Asked;
use ponte_nlu::entities::Settings;
use ponte_nlu::sense::language::Language;
use ponte_nlu::summary::{Author, Turn, summarise};

/// Turns from which a summary saves reading.
const TURNS_LEAST: usize = 3;

/// The note.
#[must_use]
pub fn note(asked: &Asked<'_>, language: &str) -> String {
    if asked.before.len() + asked.texts.len() < TURNS_LEAST {
        return String::new();
    }
    let mut turns: Vec<Turn> = asked
        .before
        .iter()
        .map(|turn| Turn {
            author: match turn.by {
                By::Customer => Author::Customer,
                By::Machine => Author::Assistant,
                By::Person => Author::Person,
            },
            text: turn.text.clone(),
        })
        .collect();
    turns.extend(asked.texts.iter().map(|text| Turn {
        author: Author::Customer,
        text: text.clone(),
    }));
    let language = match language {
        "en" => Language::En,
        "es" => Language::Es,
        _ => Language::Pt,
    };
    let zone = jiff::tz::TimeZone::get(asked.zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let now = jiff::Timestamp::from_microsecond(asked.now.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let summary = summarise(
        &turns,
        language,
        &Settings::default(),
        zone.to_datetime(now),
    );
    let points = [summary.wants, summary.done, summary.open];
    let lines: Vec<_> = points
        .iter()
        .map(|point| format!("• {}", point.text))
        .collect();
    lines.join("\n")
}
