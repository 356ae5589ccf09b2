//! In which of three languages a short line is written, or that it does not say.
//!
//! In: one message. Out: Portuguese, English or Spanish with a confidence, or nothing when the line is
//! too short, too mixed, or in something else ("ok", "👍", "12345"); the caller then keeps the
//! workspace's language. Own tables of common words and of spellings, in `language.txt`. Absent:
//! other languages, which give no confidence. Read next: [`super::sentiment`].

use super::tokens::{Class, Line, Token};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The languages that the tables know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// Brazilian Portuguese.
    #[default]
    Pt,
    /// English.
    En,
    /// Spanish.
    Es,
}

/// A language and how sure that is, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Guess {
    /// The likeliest language.
    pub language: Language,
    /// Above 0.5; under [`SURE`] the workspace's language should be kept.
    pub confidence: f32,
}

/// From here a guess overrules the language of the workspace.
pub const SURE: f32 = 0.75;

/// Words beyond which a message tells its language no better.
const WORDS_MAX: usize = 120;
/// Points under which a line says nothing: one common word of one language gives three.
const POINTS_MIN: f32 = 3.0;

/// The language of a line, or nothing when it does not tell.
#[must_use]
pub fn detect(text: &str) -> Option<Guess> {
    detect_in(&Line::new(text))
}

/// The language to answer in: what the line says when it says it surely, else the workspace's.
#[must_use]
pub fn choose(text: &str, workspace: Language) -> Language {
    match detect(text) {
        Some(guess) if guess.confidence >= SURE => guess.language,
        Some(_) | None => workspace,
    }
}

pub(crate) fn detect_in(line: &Line<'_>) -> Option<Guess> {
    let mut points = [0.0_f32; 3];
    let words = line.tokens.iter().filter(|t| t.class == Class::Word);
    let mut known = 0_u32;
    let mut all = 0_u32;
    for token in words.take(WORDS_MAX) {
        let told = points_of(line, token);
        known += u32::from(told.iter().any(|p| *p > 0.0));
        all += 1;
        for (sum, told) in points.iter_mut().zip(told) {
            *sum += told;
        }
    }
    for (mark, language) in [("¿", 2), ("¡", 2)] {
        if line.tokens.iter().any(|t| t.folded == mark) {
            points[language] += 4.0;
        }
    }
    // Letters that none of the three uses: a fourth language, unless much speaks against it.
    let foreign = line.text.chars().any(|c| "ùûèëîïœßäå".contains(c));
    judge(points, known, all).filter(|_| !foreign || known >= 4)
}

/// Points for each language from one word. What all three share tells nothing.
fn points_of(line: &Line<'_>, token: &Token) -> [f32; 3] {
    let mut told = TABLES
        .words
        .get(token.folded.as_str())
        .copied()
        .unwrap_or_default();
    let least = told.iter().copied().fold(f32::INFINITY, f32::min);
    for points in &mut told {
        *points -= least;
    }
    let typed = line.text[token.start..token.end].to_lowercase();
    // A single word may be a name: its spelling says where the name is from.
    let pieces = if line.len() > 1 {
        TABLES.pieces.as_slice()
    } else {
        &[]
    };
    for (piece, language, points) in pieces {
        if typed.contains(piece) {
            told[*language] += points;
        }
    }
    // Unknown words tell by their endings, among others that tell too.
    let unknown = !TABLES.words.contains_key(token.folded.as_str());
    if unknown && line.len() > 1 && token.folded.len() >= 5 {
        for (end, language, points) in &TABLES.ends {
            if token.folded.ends_with(end) {
                told[*language] += points;
            }
        }
    }
    told
}

fn judge(points: [f32; 3], known: u32, all: u32) -> Option<Guess> {
    let mut order = [
        (points[0], Language::Pt),
        (points[1], Language::En),
        (points[2], Language::Es),
    ];
    order.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (best, language) = order[0];
    let second = order[1].0;
    // Most words unknown: a fourth language that happens to share a word.
    if best < POINTS_MIN || best <= second || all >= 4 && known * 4 < all {
        return None;
    }
    let share = best / (best + second + 1.0);
    let confidence = (0.5 + (share - 0.5).max(0.0) + 0.03 * best.min(5.0)).min(0.99);
    Some(Guess {
        language,
        confidence,
    })
}

struct Tables {
    words: BTreeMap<&'static str, [f32; 3]>,
    pieces: Vec<(&'static str, usize, f32)>,
    ends: Vec<(&'static str, usize, f32)>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let mut tables = Tables {
        words: BTreeMap::new(),
        pieces: Vec::new(),
        ends: Vec::new(),
    };
    for (name, word) in super::lists::entries(include_str!("language.txt")) {
        let (name, weight) = name.split_once(' ').unwrap_or((name, "1"));
        let points: f32 = weight.parse().unwrap_or(1.0);
        let language = match name.get(..2) {
            Some("en") => 1,
            Some("es") => 2,
            Some(_) | None => 0,
        };
        if name.ends_with("_end") {
            tables.ends.push((word, language, points));
        } else if name.ends_with("_piece") {
            tables.pieces.push((word, language, points));
        } else {
            tables.words.entry(word).or_default()[language] = points;
        }
    }
    tables
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_lines_are_told_and_empty_ones_are_not() {
        for (text, language) in [
            ("bom dia, vocês entregam hoje?", Language::Pt),
            ("where is my order?", Language::En),
            ("¿dónde está mi pedido?", Language::Es),
        ] {
            assert_eq!(detect(text).map(|g| g.language), Some(language), "{text}");
        }
        for text in [
            "",
            "ok",
            "👍",
            "12345",
            "hmm",
            "Ich möchte das Paket zurückgeben",
        ] {
            assert_eq!(
                detect(text).filter(|g| g.confidence >= SURE),
                None,
                "{text}"
            );
        }
    }

    #[test]
    fn the_language_of_the_workspace_wins_in_doubt() {
        assert_eq!(choose("ok", Language::Es), Language::Es);
        assert_eq!(choose("pizza", Language::Pt), Language::Pt);
        assert_eq!(
            choose("I want to cancel my order please", Language::Pt),
            Language::En
        );
    }
}
