//! Answers from passages without any model: the sentence that answers, or nothing.
//!
//! In: a question and the texts of its hits. Out: the best sentence or two with their source and how sure
//! it is, or `None` where the passages don't support an answer. Absent on purpose: wording ("não sei",
//! hand-off: the router's) and new sentences: every word stands in the source.
//! Next: `support.rs`, the judge of sentences that somebody else wrote.

use super::asked::Asked;
use super::chunk::ChunkId;
use super::content::content_words;
use super::index::{Hit, Index};
use super::kind;
use super::sentence::sentences;
use serde::{Deserialize, Serialize};

/// A hit with its text, as the store has it.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    pub hit: &'a Hit,
    pub title: &'a str,
    pub text: &'a str,
}

/// What answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Extract {
    /// One or two sentences, word for word.
    pub text: String,
    pub source: ChunkId,
    /// Where the sentences stand in the passage's text, in bytes.
    pub from: usize,
    pub to: usize,
    /// How sure, 0 to 1: of a hundred answers given with 0.8, about eighty answer.
    pub confidence: f32,
    /// What the question asks for.
    pub asks: Asks,
}

/// What kind of thing a question asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asks {
    When,
    /// A price.
    HowMuch,
    /// A count or a measure.
    HowMany,
    Where,
    How,
    Whether,
    Who,
    Which,
    Other,
}

/// The confidence under which no answer is given: right where a wrong answer costs somewhat more than two
/// hand-offs that were not needed. With a cost of four, 0.8 is right; with one of `c`, `c / (1 + c)`.
pub const THRESHOLD: f32 = 0.7;

/// How many passages are looked into; the right one is among the first three nineteen times out of twenty.
const PASSAGES: usize = 3;

/// A passage of more sentences is looked into up to here.
const SENTENCES_MAX: usize = 200;

/// The answer that the passages hold, best passage first; `None` where none reaches the threshold.
#[must_use]
pub fn answer(
    index: &Index,
    question: &str,
    found: &[Found<'_>],
    threshold: f32,
) -> Option<Extract> {
    let best = best(index, question, found)?;
    (best.confidence >= threshold).then_some(best)
}

/// The best answer whatever its confidence: for people who look at why nothing was said.
#[must_use]
pub fn best(index: &Index, question: &str, found: &[Found<'_>]) -> Option<Extract> {
    let asked = Asked::of(index, question);
    let asks = kind::asks(question);
    let mut best: Option<(f32, Extract)> = None;
    for found in found.iter().take(PASSAGES) {
        let Some((score, extract)) = in_passage(&asked, asks, found, index) else {
            continue;
        };
        if best.as_ref().is_none_or(|(other, _)| score > *other) {
            best = Some((score, extract));
        }
    }
    best.map(|(_, extract)| extract)
}

/// The best sentence of a passage, and how it compares with those of others.
fn in_passage(
    asked: &Asked,
    asks: Asks,
    found: &Found<'_>,
    index: &Index,
) -> Option<(f32, Extract)> {
    let title = Having::of(asked, index, found.title);
    let whole = title.and(&Having::of(asked, index, found.text));
    let passage = asked.coverage(|at| whole.has(at));
    if passage <= 0.0 {
        return None;
    }
    let mut ranges = sentences(found.text);
    ranges.truncate(SENTENCES_MAX);
    let mut best: Option<(f32, usize)> = None;
    let mut seen = Vec::with_capacity(ranges.len());
    for (at, (from, to)) in ranges.iter().enumerate() {
        let sentence = &found.text[*from..*to];
        let own = Having::of(asked, index, sentence);
        let fits = kind::answers(asks, sentence);
        let fresh = asked.coverage(|at| own.has(at) && !title.has(at));
        let score = asked.coverage(|at| own.has(at))
            + FRESH * fresh
            + fits.map_or(0.0, |fits| if fits { FITS } else { 0.0 });
        if best.is_none_or(|(other, _)| score > other) {
            best = Some((score, at));
        }
        seen.push((own, fits));
    }
    let (score, at) = best?;
    let (first, last) = if found.text.chars().count() <= WHOLE_CHARS && ranges.len() == 2 {
        (0, 1)
    } else {
        let to = companion(asked, &seen, at);
        (at.min(to), at.max(to))
    };
    let (from, to) = (ranges[first].0, ranges[last].1);
    let own = seen[first].0.and(&seen[last].0);
    let fits = seen[first]
        .1
        .map(|_| seen[first].1 == Some(true) || seen[last].1 == Some(true));
    if asks == Asks::HowMuch && fits == Some(false) {
        // Whoever asks for a price is not helped by a sentence about the thing that has none.
        return None;
    }
    let features = Features {
        passage,
        sentence: asked.coverage(|at| own.has(at) || title.has(at)),
        fits: fits.map_or(0.5, |fits| if fits { 1.0 } else { 0.0 }),
        letters: found.hit.why.letters * found.hit.score,
        rarest: asked.rarest_of(|at| whole.has(at)),
        told: asked.told(),
    };
    let extract = Extract {
        text: found.text[from..to].to_string(),
        source: found.hit.id,
        from,
        to,
        confidence: features.confidence(),
        asks,
    };
    Some((passage + SENTENCE_SHARE * score + found.hit.score, extract))
}

/// What having the kind of thing that is asked for counts beside coverage.
const FITS: f32 = 0.35;

/// What words count for that the title has not said already.
const FRESH: f32 = 0.5;

/// A passage of this many characters is an answer as a whole: cutting it further would lose what belongs
/// together.
const WHOLE_CHARS: usize = 180;

/// What the best sentence counts beside its passage when passages are compared.
const SENTENCE_SHARE: f32 = 0.5;

/// The neighbour that belongs to the best sentence: the one after it, or else before it, that has what is
/// asked for where the best has not, or words of the question that the best lacks.
fn companion(asked: &Asked, seen: &[(Having, Option<bool>)], at: usize) -> usize {
    let own = asked.coverage(|term| seen[at].0.has(term));
    let adds = |other: usize| {
        let both = seen[at].0.and(&seen[other].0);
        let missing = seen[at].1 == Some(false) && seen[other].1 == Some(true);
        missing || asked.coverage(|term| both.has(term)) > own + 0.1
    };
    if at + 1 < seen.len() && adds(at + 1) {
        at + 1
    } else if at > 0 && adds(at - 1) {
        at - 1
    } else {
        at
    }
}

/// Which terms of a question a text has.
#[derive(Clone, Debug)]
struct Having(Vec<bool>);

impl Having {
    fn of(asked: &Asked, index: &Index, text: &str) -> Having {
        let mut has = vec![false; asked.terms.len()];
        for word in content_words(text, 2_000) {
            let heavy = index.words.find_heavy(&word);
            let light = index.words.find_light(&word);
            for (at, term) in asked.terms.iter().enumerate() {
                let among = |stems: &[(u32, f32)], own: Option<u32>| {
                    own.is_some_and(|own| stems.iter().any(|(stem, _)| *stem == own))
                };
                has[at] |= among(&term.heavy, heavy) || among(&term.light, light);
            }
        }
        Having(has)
    }

    fn has(&self, at: usize) -> bool {
        self.0.get(at).copied().unwrap_or(false)
    }

    fn and(&self, other: &Having) -> Having {
        Having(self.0.iter().zip(&other.0).map(|(a, b)| *a || *b).collect())
    }
}

/// What tells whether an answer is one.
#[derive(Clone, Copy, Debug)]
struct Features {
    /// Coverage of the question by the passage with its title, and by the sentences with the title.
    passage: f32,
    sentence: f32,
    /// Whether the sentences have what is asked for; a half where anything may answer.
    fits: f32,
    letters: f32,
    /// Whether the passage has the question's most telling word.
    rarest: f32,
    /// How much the question tells at all: "e aí" is covered by nothing and everything.
    told: f32,
}

impl Features {
    /// A logistic model with weights fitted on half of our own questions; docs/quality.md says how well it
    /// does on the other half.
    fn confidence(self) -> f32 {
        let sum = WEIGHTS[0]
            + WEIGHTS[1] * self.passage
            + WEIGHTS[2] * self.sentence
            + WEIGHTS[3] * self.fits
            + WEIGHTS[4] * self.letters
            + WEIGHTS[5] * self.rarest
            + WEIGHTS[6] * self.told;
        1.0 / (1.0 + (-sum).exp())
    }
}

const WEIGHTS: [f32; 7] = [-7.95, 2.28, 2.28, 1.85, 3.09, 2.05, 1.98];
