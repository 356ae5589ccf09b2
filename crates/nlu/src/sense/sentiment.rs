//! How a message feels: from −1 to 1, and as one of three classes, with the words that decided.
//!
//! In: one message. Out: a score from a lexicon with negation, degree, emoji, laughter, capitals and
//! exclamation marks. What stands behind "mas" counts more than what stands before it; praise in a
//! question is asked, not said. Portuguese first; English and Spanish basics. Absent: irony without a
//! sign of it, and training. Read next: [`super::displeasure`], which follows feelings over turns.

use super::lexicon::{Hit, Lexicon, typed};
use super::tokens::Line;
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// The class of a feeling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feeling {
    /// Trouble, complaint, anger.
    Negative,
    /// Neither.
    Neutral,
    /// Thanks, praise, joy.
    Positive,
}

/// A feeling and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sentiment {
    /// −1 to 1.
    pub score: f32,
    /// The class.
    pub feeling: Feeling,
    /// The words that decided, strongest first, at most five.
    pub words: Vec<String>,
}

/// Scores nearer to nought than this are neutral.
const CLEAR: f32 = 0.2;
/// Words that are shown: a person reads no more.
const WORDS_SHOWN: usize = 5;

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::new(include_str!("sentiment.txt")));

/// How a message feels.
#[must_use]
pub fn sentiment(text: &str) -> Sentiment {
    let line = Line::new(text);
    let hits = LEXICON.hits(&line);
    let mut parts: Vec<(f32, String)> = hits
        .iter()
        .map(|hit| (points(&line, hit), typed(&line, hit)))
        .filter(|(points, _)| points.abs() > 0.01)
        .collect();
    let negative = parts.iter().any(|(p, _)| *p <= -0.9);
    let mut sum = 0.0;
    for (points, word) in &mut parts {
        // Laughing about trouble is no joy.
        if negative && laughs(word) {
            *points *= -0.3;
        }
        sum += *points;
    }
    sum *= loudness(text, &line);
    let score = sum / (sum * sum + 3.0).sqrt();
    parts.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()));
    let words = parts.into_iter().take(WORDS_SHOWN).map(|(_, word)| word);
    Sentiment {
        score,
        feeling: class(score),
        words: words.collect(),
    }
}

fn class(score: f32) -> Feeling {
    if score >= CLEAR {
        Feeling::Positive
    } else if score <= -CLEAR {
        Feeling::Negative
    } else {
        Feeling::Neutral
    }
}

fn laughs(word: &str) -> bool {
    let low = word.to_lowercase();
    ["kkk", "rsrs", "haha", "😂", "🤣", "😅"]
        .iter()
        .any(|l| low.starts_with(l))
}

fn points(line: &Line<'_>, hit: &Hit) -> f32 {
    let sign = match hit.name {
        "pos" | "emoji_pos" => 1.0,
        "neg" | "emoji_neg" => -1.0,
        _ => return 0.0,
    };
    let emoji = hit.name.starts_with("emoji");
    let mut points = sign * hit.weight * if emoji { 0.8 } else { hit.degree };
    if hit.negated && !emoji {
        // "não é ruim" is faint praise, "não é bom" is a complaint.
        points *= if sign > 0.0 { -0.9 } else { -0.25 };
    }
    if asked(line, hit) {
        points *= if points > 0.0 { 0.15 } else { 0.5 };
    }
    points * turned(line, hit)
}

/// Whether the clause of a hit ends in a question mark.
fn asked(line: &Line<'_>, hit: &Hit) -> bool {
    let rest = (hit.tokens.1..line.len()).take(40);
    let end = rest
        .into_iter()
        .find(|i| line.is(*i, &[".", "!", "?", ";"]));
    end.is_some_and(|i| line.word(i) == "?")
}

/// What "mas" does: what is before it counts less, what is behind it more.
fn turned(line: &Line<'_>, hit: &Hit) -> f32 {
    let turn = |i: &usize| line.is(*i, &["mas", "porem", "but", "pero", "so que", "entretanto"]);
    let before = (hit.tokens.0.saturating_sub(30)..hit.tokens.0).any(|i| turn(&i));
    let behind = (hit.tokens.1..line.len()).take(30).any(|i| turn(&i));
    match (before, behind) {
        (true, _) => 1.4,
        (false, true) => 0.5,
        (false, false) => 1.0,
    }
}

/// Capitals and exclamation marks say it louder.
fn loudness(text: &str, line: &Line<'_>) -> f32 {
    let marks = line.tokens.iter().filter(|t| t.folded == "!").count();
    let loud = if marks >= 2 { 1.2 } else { 1.0 };
    if is_shouting(text) { loud * 1.25 } else { loud }
}

/// Mostly capitals, in more than a word.
#[must_use]
pub fn is_shouting(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let capitals = text.chars().filter(|c| c.is_uppercase()).count();
    letters >= 8 && capitals * 10 >= letters * 7
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negation_degree_turns_and_questions_count() {
        let score = |text: &str| sentiment(text).score;
        assert!(score("muito bom") > score("bom"));
        assert!(score("não é bom") < 0.0);
        assert!(score("não é ruim") > score("é ruim"));
        assert!(score("o produto é bom mas o atendimento é péssimo") < 0.0);
        assert!(score("o produto é bom?") < score("o produto é bom"));
        assert!(score("PÉSSIMO ATENDIMENTO!!!") < score("péssimo atendimento"));
        assert_eq!(sentiment("bom dia").feeling, Feeling::Neutral);
        assert_eq!(sentiment("").words, Vec::<String>::new());
    }

    #[test]
    fn the_words_that_decided_are_given_as_typed() {
        let told = sentiment("Adorei! Chegou Rápido 😍");
        assert_eq!(told.feeling, Feeling::Positive);
        assert!(told.words.contains(&"Adorei".to_owned()) && told.words.contains(&"😍".to_owned()));
    }
}
