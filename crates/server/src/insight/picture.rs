//! What a conversation looks like from its own words: three points, what was named, how the customer feels.
//!
//! In: a [`Talk`]. Out: [`Insight`]; always the same for the same turns. No model, no network. Shares are
//! whole percents. Absent: the wording by a model ([`super::wording`]).

use super::cards;
use super::talk::{Talk, code};
use crate::router::prompt::{By, Turn};
use ponte_core::handoff_words;
use ponte_nlu::entities::codes::Codes;
use ponte_nlu::entities::{Kind, Settings, find};
use ponte_nlu::sense::displeasure::{self, Displeasure, Who};
use ponte_nlu::sense::language::{Language, detect};
use ponte_nlu::sense::sentiment::{Feeling, sentiment};
use ponte_nlu::sense::signals::signals;
use ponte_nlu::sense::urgency::{Level, urgency};
use ponte_nlu::summary::{self, Author, Point, summarise};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeSet;
use utoipa::ToSchema;
use uuid::Uuid;

/// Things that are listed: what a person takes in.
const ENTITIES_MAX: usize = 50;
/// Turns of the customer's whose mood is shown, the newest.
const MOODS_MAX: usize = 20;

/// A conversation at a glance.
#[derive(Debug, Serialize, ToSchema)]
pub struct Insight {
    /// Messages that were read, the newest 200 at most.
    pub turns: usize,
    /// The customer's language, where their words tell: `pt`, `en` or `es`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<&'static str>,
    pub summary: Summary,
    /// What was named, each value once, the newest first.
    pub entities: Vec<Named>,
    /// The customer's turns, the newest first.
    pub moods: Vec<Mood>,
    /// The strongest sign of buying.
    pub purchase: Sign,
    /// The strongest sign of leaving.
    pub churn: Sign,
}

/// Three points.
#[derive(Debug, Serialize, ToSchema)]
pub struct Summary {
    /// `sentences`: quoted from the conversation; `model`: worded by one.
    pub by: &'static str,
    /// `provider/model`, where one worded it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Why no model worded it although one was wished: `no_provider`, `budget`, `timed_out`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instead: Option<&'static str>,
    pub language: &'static str,
    /// What the customer wants.
    pub wants: Line,
    /// What was said or done.
    pub done: Line,
    /// What is open, or comes next.
    pub open: Line,
}

/// One point.
#[derive(Debug, Serialize, ToSchema)]
pub struct Line {
    pub text: String,
    /// The messages that it rests on; none where a model worded it.
    pub messages: Vec<Uuid>,
}

/// Something that was named.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Named {
    /// `email`, `cpf`, `phone`, `when`, `money`, `card`, …
    #[schema(value_type = String)]
    pub kind: Kind,
    /// In one spelling; of a card only the last digits.
    pub value: String,
    /// Says who somebody is, or pays.
    pub personal: bool,
    /// Where it was named last.
    pub message: Uuid,
}

/// How a turn of the customer's feels.
#[derive(Debug, Serialize, ToSchema)]
pub struct Mood {
    pub message: Uuid,
    /// `negative`, `neutral` or `positive`.
    #[schema(value_type = String)]
    pub feeling: Feeling,
    /// −100 to 100.
    pub sentiment: i32,
    /// `ordinary`, `soon` or `urgent`.
    #[schema(value_type = String)]
    pub urgency: Level,
    /// 0 to 100 after this turn; from 50 somebody should look.
    pub dissatisfaction: i32,
    /// What moved it, each with `reason` and what it rests on.
    #[schema(value_type = Vec<Object>)]
    pub reasons: Vec<Value>,
}

/// A sign.
#[derive(Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Sign {
    /// 0 to 100; from 50 it is worth showing.
    pub percent: i32,
    /// The words behind it.
    pub words: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<Uuid>,
}

/// The picture, with the summary in this language.
#[must_use]
pub fn picture(talk: &Talk, language: Language) -> Insight {
    let customer: Vec<(&Turn, Uuid)> = talk
        .turns
        .iter()
        .zip(talk.ids.iter().copied())
        .filter(|(turn, _)| turn.by == By::Customer)
        .collect();
    let texts: Vec<&str> = customer
        .iter()
        .map(|(turn, _)| turn.text.as_str())
        .collect();
    Insight {
        turns: talk.turns.len(),
        language: detect(&texts.join("\n")).map(|guess| code(guess.language)),
        summary: summarised(talk, language),
        entities: named(talk, language),
        moods: moods(talk),
        purchase: strongest(&customer, |text| signals(text).purchase),
        churn: strongest(&customer, |text| signals(text).churn),
    }
}

fn summarised(talk: &Talk, language: Language) -> Summary {
    let turns: Vec<summary::Turn> = talk
        .turns
        .iter()
        .map(|turn| summary::Turn {
            author: match turn.by {
                By::Customer => Author::Customer,
                By::Machine => Author::Assistant,
                By::Person => Author::Person,
            },
            text: turn.text.clone(),
        })
        .collect();
    let found = summarise(&turns, language, &Settings::default(), talk.local(talk.now));
    let line = |point: Point| Line {
        text: point.text,
        messages: point
            .turns
            .iter()
            .filter_map(|turn| talk.ids.get(*turn).copied())
            .collect(),
    };
    Summary {
        by: "sentences",
        model: None,
        instead: None,
        language: code(language),
        wants: line(found.wants),
        done: line(found.done),
        open: line(found.open),
    }
}

fn named(talk: &Talk, language: Language) -> Vec<Named> {
    let settings = Settings {
        language,
        codes: Codes::new(&Codes::usual()).unwrap_or_default(),
        catalogue: None,
    };
    let mut seen = BTreeSet::new();
    let mut all = Vec::new();
    for (turn, id) in talk.turns.iter().zip(&talk.ids).rev() {
        // Dates are counted from the day on which they were said.
        for entity in find(&turn.text, &settings, talk.local(turn.at)) {
            let value = cards::hide(&entity.value.normal());
            if all.len() < ENTITIES_MAX && seen.insert((entity.kind, value.clone())) {
                all.push(Named {
                    kind: entity.kind,
                    value,
                    personal: entity.kind.is_personal(),
                    message: *id,
                });
            }
        }
    }
    all
}

fn moods(talk: &Talk) -> Vec<Mood> {
    let extra = &talk.assistant.handoff_words;
    let turns: Vec<displeasure::Turn> = talk
        .turns
        .iter()
        .map(|turn| displeasure::Turn {
            who: match turn.by {
                By::Customer => Who::Customer,
                By::Machine | By::Person => Who::Business,
            },
            text: turn.text.clone(),
            at: talk.local(turn.at),
            asks_person: turn.by == By::Customer && handoff_words::asks(&turn.text, extra),
        })
        .collect();
    let mood = |judged: &Displeasure| {
        let text = &talk.turns.get(judged.turn)?.text;
        let felt = sentiment(text);
        let reasons = judged.reasons.iter();
        Some(Mood {
            message: *talk.ids.get(judged.turn)?,
            feeling: felt.feeling,
            sentiment: percent(felt.score),
            urgency: urgency(text).level,
            dissatisfaction: percent(judged.level),
            reasons: reasons
                .filter_map(|reason| serde_json::to_value(reason).ok())
                .collect(),
        })
    };
    let judged = displeasure::displeasure(&turns);
    judged
        .iter()
        .rev()
        .take(MOODS_MAX)
        .filter_map(mood)
        .collect()
}

fn strongest(
    customer: &[(&Turn, Uuid)],
    of: impl Fn(&str) -> ponte_nlu::sense::signals::Signal,
) -> Sign {
    let mut best = Sign::default();
    for (turn, id) in customer.iter().rev().take(MOODS_MAX) {
        let sign = of(&turn.text);
        if percent(sign.score) > best.percent {
            best = Sign {
                percent: percent(sign.score),
                words: sign.words,
                message: Some(*id),
            };
        }
    }
    best
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a share between -1 and 1, clamped"
)]
pub(super) fn percent(share: f32) -> i32 {
    (share.clamp(-1.0, 1.0) * 100.0).round() as i32
}

#[cfg(test)]
mod tests {
    use super::super::talk::tests::talk;
    use super::*;

    #[test]
    fn an_angry_customer_is_seen_with_reasons_and_the_newest_turn_first() {
        let seen = picture(
            &talk(&[
                ('c', "cadê meu pedido?"),
                ('m', "Vou verificar."),
                ('c', "cadê meu pedido??? já falei isso"),
                ('m', "Vou verificar."),
                (
                    'c',
                    "PELA TERCEIRA VEZ cadê meu pedido, que atendimento horrível, vou cancelar",
                ),
            ]),
            Language::Pt,
        );
        assert_eq!((seen.turns, seen.language), (5, Some("pt")));
        let order: Vec<_> = seen
            .moods
            .iter()
            .map(|mood| mood.message.as_u128())
            .collect();
        assert_eq!(order, [4, 2, 0]);
        let levels: Vec<_> = seen.moods.iter().map(|mood| mood.dissatisfaction).collect();
        assert!(levels[0] >= 50 && levels[0] > levels[2], "{levels:?}");
        assert_eq!(seen.moods[0].feeling, Feeling::Negative);
        assert!(!seen.moods[0].reasons.is_empty());
    }

    #[test]
    fn what_was_named_is_listed_once_with_where_it_was_named_last() {
        let seen = picture(
            &talk(&[
                ('c', "meu email é ana@example.com"),
                ('c', "ana@example.com, e custa R$ 40,00?"),
            ]),
            Language::Pt,
        );
        let mails: Vec<_> = seen
            .entities
            .iter()
            .filter(|held| held.kind == Kind::Email)
            .collect();
        assert_eq!(mails.len(), 1);
        assert_eq!(
            (mails[0].message, mails[0].personal),
            (Uuid::from_u128(1), true)
        );
        assert!(
            seen.entities.iter().any(|held| held.value == "BRL 40.00"),
            "{:?}",
            seen.entities
        );
    }

    #[test]
    fn the_summary_names_the_messages_it_rests_on_and_nothing_said_is_no_trouble() {
        let seen = picture(
            &talk(&[('c', "Quero encomendar um bolo para sábado")]),
            Language::En,
        );
        assert_eq!(
            (seen.summary.by, seen.summary.language),
            ("sentences", "en")
        );
        assert!(
            seen.summary.wants.text.contains("bolo"),
            "{:?}",
            seen.summary
        );
        assert_eq!(seen.summary.wants.messages, [Uuid::from_u128(0)]);
        let nothing = picture(&talk(&[]), Language::Pt);
        assert!(nothing.moods.is_empty() && nothing.entities.is_empty());
        assert_eq!(
            (nothing.purchase, nothing.language),
            (Sign::default(), None)
        );
    }
}
