//! Whether somebody is in a hurry, with the words that say so.
//!
//! In: one message. Out: a score from 0 to 1 and a level. Words of haste and danger add up, words of
//! leisure take away, a negation turns haste into leisure. Absent: deadlines as dates
//! ([`crate::entities`] reads those), and what a business thinks urgent. Read next: [`super::signals`].

use super::lexicon::{Lexicon, typed};
use super::sentiment::is_shouting;
use super::tokens::Line;
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// How pressing a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// No haste, or leisure in so many words.
    Ordinary,
    /// Some haste: sooner than others.
    Soon,
    /// Haste or danger: now.
    Urgent,
}

/// Urgency and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Urgency {
    /// 0 to 1.
    pub score: f32,
    /// As a level.
    pub level: Level,
    /// The words that decided.
    pub words: Vec<String>,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::new(include_str!("urgency.txt")));

/// How pressing a message is.
#[must_use]
pub fn urgency(text: &str) -> Urgency {
    let line = Line::new(text);
    let mut sum = 0.0_f32;
    let mut words = Vec::new();
    let (mut need, mut now) = (false, false);
    for hit in LEXICON.hits(&line) {
        need |= hit.name == "need" && !hit.negated;
        now |= hit.name == "now" && !hit.negated;
        let points = match hit.name {
            "calm" => -hit.weight,
            // Alone they say nothing; together they do, below.
            "need" | "now" => 0.0,
            // "não é urgente"; but "não pode esperar" is a phrase of its own.
            _ if hit.negated => -0.5 * hit.weight,
            _ => hit.weight,
        };
        sum += points;
        words.push(typed(&line, &hit));
    }
    // "preciso … hoje", "mandem alguém … agora"; but "preciso de orçamento até as 10?" asks.
    if need && now {
        sum += if text.trim_end().ends_with('?') {
            1.2
        } else {
            2.6
        };
    } else if sum == 0.0 {
        words.clear();
    }
    if sum > 0.0 && (is_shouting(text) || text.contains("!!")) {
        sum += 0.8;
    }
    let score = (sum.max(0.0) / 4.0).min(1.0);
    let level = match score {
        s if s >= 0.6 => Level::Urgent,
        s if s >= 0.35 => Level::Soon,
        _ => Level::Ordinary,
    };
    Urgency {
        score,
        level,
        words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn haste_adds_and_leisure_takes_away() {
        assert_eq!(urgency("é urgente!").level, Level::Urgent);
        assert_eq!(urgency("não é urgente").level, Level::Ordinary);
        assert_eq!(urgency("sem pressa, quando puder").level, Level::Ordinary);
        assert_eq!(urgency("preciso até amanhã").level, Level::Soon);
        assert_eq!(urgency("qual o preço?").score, 0.0);
        assert_eq!(
            urgency("socorro, vazamento").words,
            ["socorro", "vazamento"]
        );
    }
}
