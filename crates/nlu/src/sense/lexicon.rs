//! Words and phrases with weights, found in a line: what sentiment, urgency and signals have in common.
//!
//! In: a list file (`name weight: phrases`, `_` for a space, `*` for any ending) and a tokenised line.
//! Out: hits, the longest phrase at each place first, never overlapping, each with what precedes it:
//! a negation, a word of degree. Absent: what hits add up to; each detector decides. Read next:
//! [`super::sentiment`].

use super::lists::entries;
use super::tokens::{Class, Line};
use std::collections::{BTreeMap, BTreeSet};

/// Tokens of the longest phrase in any list.
const PHRASE_MAX: usize = 6;
/// Tokens before a hit in which a negation or degree counts.
const REACH: usize = 3;
/// Letters of the shortest stem before a `*`.
const STEM_MIN: usize = 3;
/// Hits of one text: a message of WhatsApp has fewer, and a longer text says no more by more words.
const HITS_MAX: usize = 200;

/// A list, parsed.
pub(crate) struct Lexicon {
    phrases: BTreeMap<String, (&'static str, f32)>,
    /// Phrases whose last word bends, without the `*`.
    stems: BTreeMap<String, (&'static str, f32)>,
    /// What longer phrases begin with, so that a word that begins none is looked up once.
    begins: BTreeSet<String>,
}

/// One phrase found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Hit {
    /// The list's name.
    pub(crate) name: &'static str,
    pub(crate) weight: f32,
    /// Tokens, from and to.
    pub(crate) tokens: (usize, usize),
    pub(crate) negated: bool,
    /// By how much a word of degree changes the weight.
    pub(crate) degree: f32,
}

impl Lexicon {
    pub(crate) fn new(text: &'static str) -> Self {
        let mut lexicon = Self {
            phrases: BTreeMap::new(),
            stems: BTreeMap::new(),
            begins: BTreeSet::new(),
        };
        for (name, phrase) in entries(text) {
            let (name, weight) = name.split_once(' ').unwrap_or((name, "1"));
            let weight = weight.parse().unwrap_or(1.0);
            let phrase = phrase.replace('_', " ");
            for (at, _) in phrase.match_indices(' ') {
                lexicon.begins.insert(phrase[..at].to_owned());
            }
            match phrase.strip_suffix('*') {
                Some(stem) => lexicon.stems.insert(stem.to_owned(), (name, weight)),
                None => lexicon.phrases.insert(phrase, (name, weight)),
            };
        }
        lexicon
    }

    /// All hits of a line, in its order.
    pub(crate) fn hits(&self, line: &Line<'_>) -> Vec<Hit> {
        let mut hits = Vec::new();
        let mut i = 0;
        while i < line.len() && hits.len() < HITS_MAX {
            match self.longest(line, i) {
                Some((name, weight, next)) => {
                    hits.push(Hit {
                        name,
                        weight,
                        tokens: (i, next),
                        negated: negated(line, i),
                        degree: degree(line, i),
                    });
                    i = next;
                }
                None => i += 1,
            }
        }
        hits
    }

    fn longest(&self, line: &Line<'_>, i: usize) -> Option<(&'static str, f32, usize)> {
        let mut phrase = String::new();
        let mut best = None;
        for next in i..(i + PHRASE_MAX).min(line.len()) {
            if next > i {
                phrase.push(' ');
            }
            push_squeezed(line.word(next), &mut phrase);
            if let Some((name, weight)) = self.phrases.get(&phrase).or_else(|| self.stem(&phrase)) {
                best = Some((*name, *weight, next + 1));
            }
            if !self.begins.contains(&phrase) {
                break;
            }
        }
        best
    }

    fn stem(&self, phrase: &str) -> Option<&(&'static str, f32)> {
        let last = phrase.rfind(' ').map_or(0, |at| at + 1);
        let ends = phrase.char_indices().map(|(at, c)| at + c.len_utf8()).rev();
        // Only the last word bends, by a dozen letters at most.
        let mut stems = ends.take_while(|end| *end >= last + STEM_MIN).take(12);
        stems.find_map(|end| self.stems.get(&phrase[..end]))
    }
}

/// "ótimooooo" is "ótimo": three equal letters or more are one.
fn push_squeezed(word: &str, phrase: &mut String) {
    let mut run = 0;
    let mut last = None;
    for c in word.chars() {
        run = if last == Some(c) { run + 1 } else { 1 };
        last = Some(c);
        match run {
            1 | 2 => phrase.push(c),
            // The third takes the second back.
            3 => {
                phrase.pop();
            }
            _ => {}
        }
    }
}

const NOT: &[&str] = &[
    "nao", "n", "naum", "nunca", "nem", "nada", "sem", "jamais", "not", "no", "never", "don",
    "doesn", "didn", "isn", "wasn", "won", "can", "without", "ni", "sin", "nenhum", "nenhuma",
    "tampouco", "couldn", "haven", "aren",
];

fn negated(line: &Line<'_>, i: usize) -> bool {
    let before = (i.saturating_sub(REACH)..i).rev();
    let mut clause =
        before.take_while(|j| line.class(*j) != Some(Class::Mark) || line.word(*j) == "'");
    clause.any(|j| {
        // "can" negates in "can't" only; "no" is "in the" in Portuguese unless it stands first.
        let word = line.word(j);
        NOT.contains(&word)
            && (!matches!(word, "can" | "won" | "don" | "n")
                || line.word(j + 1) == "'"
                || word == "n")
            && !(word == "no" && j > 0)
    })
}

fn degree(line: &Line<'_>, i: usize) -> f32 {
    let before = i.saturating_sub(2)..i;
    let after = i + 1..(i + 2).min(line.len());
    let factor = |j: usize| match line.word(j) {
        "muito" | "mt" | "mto" | "muita" | "super" | "demais" | "extremamente" | "totalmente"
        | "tao" | "very" | "so" | "really" | "muy" | "completamente" | "hiper" | "mega"
        | "absurdamente" | "bem" | "too" | "absolutely" => 1.4,
        "pouco" | "meio" | "quase" | "slightly" | "bit" | "poco" | "levemente" => 0.6,
        _ => 1.0,
    };
    let after = after.filter(|j| line.word(*j) == "demais").map(factor);
    before.map(factor).chain(after).fold(1.0, |a: f32, b| a * b)
}

/// The words of a hit, as they were typed.
pub(crate) fn typed(line: &Line<'_>, hit: &Hit) -> String {
    line.text[line.range(hit.tokens.0, hit.tokens.1)].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lexicon() -> Lexicon {
        Lexicon::new("good 2: bom otim* muito_obrigado\nbad 1: ruim nao_funciona\n")
    }

    fn names(text: &str) -> Vec<(&'static str, bool)> {
        let hits = lexicon().hits(&Line::new(text));
        hits.into_iter().map(|h| (h.name, h.negated)).collect()
    }

    #[test]
    fn phrases_stems_and_held_letters_are_found() {
        assert_eq!(
            names("Ótimooo, muito obrigado"),
            [("good", false), ("good", false)]
        );
        assert_eq!(names("não funciona"), [("bad", false)]);
        assert_eq!(names("não é bom"), [("good", true)]);
        assert_eq!(names("não. bom"), [("good", false)]);
        assert_eq!(names("otorrino"), []);
    }

    #[test]
    fn words_of_degree_change_the_weight() {
        let degree = |text| lexicon().hits(&Line::new(text))[0].degree;
        assert!(degree("muito bom") > 1.0);
        assert!(degree("meio ruim") < 1.0);
        assert!((degree("bom") - 1.0).abs() < f32::EPSILON);
    }
}
