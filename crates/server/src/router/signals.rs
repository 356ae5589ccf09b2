//! Gathers what is known of a turn before a way is chosen.
//!
//! In: the turn, the assistant, and what was said before. Out: [`Known`]: the [`Signals`] for
//! [`super::ways`], the passages that a model may rely on, and the language. What can't be gathered counts as
//! not known: a broken index must not silence the written answers. Absent: choosing.

use super::mood;
use super::prompt::{Shown, Turn};
use super::ways::{Found, Signals};
use crate::app::App;
use crate::knowledge::retrieve::{Ask, Body, Retrieved};
use ponte_core::book::Assistant;
use ponte_core::rules;
use ponte_core::time::Time;
use ponte_nlu::sense::language::{Language, choose};
use ponte_store::rows::Place;
use uuid::Uuid;

/// Passages that are looked at for a quote and shown to a model.
const PASSAGES: usize = 6;

/// The turn that is to be answered.
pub struct Asked<'a> {
    pub place: Place,
    pub assistant: &'a Assistant,
    pub texts: &'a [String],
    pub before: &'a [Turn],
    pub passes: u32,
    pub zone: &'a str,
    pub now: Time,
}

/// Everything that is known.
#[derive(Debug, Default)]
pub struct Known {
    pub signals: Signals,
    pub passages: Vec<Passage>,
    /// `pt`, `en` or `es`.
    pub language: &'static str,
}

/// A passage with what is needed to cite it, and to see later that it is still there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    pub id: Uuid,
    pub shown: Shown,
    /// What people see as its source.
    pub source: String,
    /// An answer of the team's own, not a file or a page.
    pub written_by_hand: bool,
}

/// Gathers.
pub async fn gather(app: &App, asked: &Asked<'_>) -> Known {
    let text = asked.texts.join("\n");
    let own = rules::nearest_faq(asked.assistant, asked.texts).map(|(faq, percent)| Found {
        text: faq.answer.clone(),
        source: faq.id.clone(),
        percent,
    });
    let found = knowledge(app, asked, &text).await;
    let passages = found.as_ref().map(shown).unwrap_or_default();
    let known = found.and_then(|found| answer(&found, &passages));
    let (written, quote) = surer(own, known);
    Known {
        signals: Signals {
            written,
            intent: intent(app, asked, &text).await,
            quote,
            mood: mood::mood(asked.before, asked.texts, asked.zone, asked.now),
            passes: asked.passes,
        },
        passages,
        language: language(asked.assistant, &text),
    }
}

/// An answer of the assistant's own file that shares fewer of its words with the question, in percent, may
/// belong to another question: "sem lactose" shares two words in three with "sem glúten".
const OWN_PERCENT: u32 = 75;

/// The written answer and the quote. Knowledge that is surer comes before an own answer that is only near.
fn surer(own: Option<Found>, known: Option<(bool, Found)>) -> (Option<Found>, Option<Found>) {
    let Some((by_hand, known)) = known else {
        return (own, None);
    };
    let near = |own: &Found| own.percent >= OWN_PERCENT || own.percent >= known.percent;
    match own.filter(near) {
        Some(own) => (Some(own), Some(known)),
        None if by_hand => (Some(known), None),
        None => (None, Some(known)),
    }
}

/// What the customer wants, where somebody has taught it.
async fn intent(app: &App, asked: &Asked<'_>, text: &str) -> Option<(String, u32)> {
    match app.understanding.predict(asked.place.workspace, text).await {
        Ok(Some(predicted)) => {
            let share = predicted.confidence;
            predicted.intent.map(|name| (name, percent(share)))
        }
        Ok(None) => None,
        Err(error) => {
            tracing::warn!(%error, "intents can't be recognised now");
            None
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share between 0 and 1, clamped"
)]
fn percent(share: f32) -> u32 {
    (share.clamp(0.0, 1.0) * 100.0).round() as u32
}

async fn knowledge(app: &App, asked: &Asked<'_>, text: &str) -> Option<Retrieved> {
    let wanted = &asked.assistant.brain.knowledge;
    if !wanted.enabled {
        return None;
    }
    let sources = sources(app, asked).await;
    let ask = Ask {
        text,
        internal: false,
        assistant: Some(&asked.assistant.name),
        sources: sources.as_deref(),
        limit: PASSAGES,
        dense: None,
        threshold: None,
    };
    match app.knowledge.retrieve(asked.place.workspace, &ask).await {
        Ok(found) => Some(found),
        Err(error) => {
            tracing::warn!(%error, "knowledge can't be asked now");
            None
        }
    }
}

/// The sources that the assistant names, where it names any.
async fn sources(app: &App, asked: &Asked<'_>) -> Option<Vec<Uuid>> {
    let names = &asked.assistant.brain.knowledge.sources;
    if names.is_empty() {
        return None;
    }
    let held = app
        .store
        .sources(asked.place.workspace, false, None, SOURCES)
        .await;
    let held = held.map(|page| page.items).unwrap_or_default();
    let ids = held
        .into_iter()
        .filter(|source| names.contains(&source.name));
    Some(ids.map(|source| source.id).collect())
}

/// Sources of a workspace that are looked through for names.
const SOURCES: u32 = 500;

fn shown(found: &Retrieved) -> Vec<Passage> {
    let passage = |hit: &crate::knowledge::retrieve::Found| Passage {
        id: hit.id(),
        shown: Shown {
            title: hit.title().to_owned(),
            text: hit.text().to_owned(),
        },
        source: match &hit.body {
            Body::Passage(_) if hit.title().is_empty() => hit.source_name.clone(),
            Body::Passage(_) => format!("{} · {}", hit.source_name, hit.title()),
            Body::Faq(_) => hit.title().to_owned(),
        },
        written_by_hand: matches!(&hit.body, Body::Faq(_)),
    };
    found.hits.iter().map(passage).collect()
}

/// What the knowledge answers word for word, and whether somebody wrote it as an answer.
fn answer(found: &Retrieved, passages: &[Passage]) -> Option<(bool, Found)> {
    let extract = found.answer.as_ref()?;
    let id = Uuid::from_u128(extract.source.0);
    let at = passages.iter().position(|passage| passage.id == id)?;
    let curated = matches!(found.hits.get(at)?.body, Body::Faq(_));
    let text = if curated {
        passages[at].shown.text.clone()
    } else {
        extract.text.clone()
    };
    let source = passages[at].source.clone();
    Some((
        curated,
        Found {
            text,
            source,
            percent: percent(extract.confidence),
        },
    ))
}

/// The language to answer in: the customer's, where the assistant speaks it.
fn language(assistant: &Assistant, text: &str) -> &'static str {
    let own = &assistant.brain.languages;
    let first = own.first().map_or(Language::Pt, |code| of_code(code));
    let code = code(choose(text, first));
    if own.iter().any(|held| held == code) {
        code
    } else {
        self::code(first)
    }
}

fn of_code(code: &str) -> Language {
    match code {
        "en" => Language::En,
        "es" => Language::Es,
        _ => Language::Pt,
    }
}

fn code(language: Language) -> &'static str {
    match language {
        Language::Pt => "pt",
        Language::En => "en",
        Language::Es => "es",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, percent: u32) -> Found {
        Found {
            text: text.into(),
            source: text.into(),
            percent,
        }
    }

    #[test]
    fn surer_knowledge_comes_before_an_own_answer_that_is_only_near() {
        let of = |own: Option<u32>, known: Option<(bool, u32)>| {
            let known = known.map(|(by_hand, percent)| (by_hand, found("known", percent)));
            let (written, quote) = surer(own.map(|percent| found("own", percent)), known);
            let name = |held: Option<Found>| held.map_or("-".to_owned(), |held| held.text);
            (name(written), name(quote))
        };
        let table = [
            (None, None, "-", "-"),
            (Some(66), None, "own", "-"),
            (Some(66), Some((true, 88)), "known", "-"),
            (Some(66), Some((false, 88)), "-", "known"),
            (Some(74), Some((false, 70)), "own", "known"),
            (Some(75), Some((true, 99)), "own", "known"),
            (None, Some((true, 71)), "known", "-"),
            (None, Some((false, 71)), "-", "known"),
        ];
        for (own, known, written, quote) in table {
            let wanted = (written.to_owned(), quote.to_owned());
            assert_eq!(of(own, known), wanted, "{own:?} {known:?}");
        }
    }
}
