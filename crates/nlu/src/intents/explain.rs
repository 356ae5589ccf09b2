//! Shows which words of a message decided, in the person's own spelling.
//!
//! In: a message and an intent. Out: places in the message with how much each said for the intent. What
//! pieces, stems and pairs said is handed to the words they are made of, since nobody reads "#edi#".
//! Absent: reasons against other intents, and wording. Next: `quantised.rs`, where the weights are.

use super::model::Model;
use crate::text::{Folded, Kind, tokens};
use std::collections::BTreeMap;
use std::ops::Range;

/// A word that says something for an intent, or against it.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// Bytes of the message.
    pub place: Range<usize>,
    /// Share of all that was said, for (above nought) or against; absolute values sum to one at most.
    pub weight: f32,
}

/// What decided, and what the model doesn't know.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Explanation {
    /// The strongest first.
    pub reasons: Vec<Reason>,
    /// Words that no example has, in their order.
    pub unknown: Vec<Range<usize>>,
}

/// Words told of one message.
const REASONS_MAX: usize = 8;

impl Model {
    /// Why a message was, or wasn't, taken for an intent.
    #[must_use]
    pub fn explain(&self, text: &str, intent: usize) -> Explanation {
        if intent >= self.names.len() {
            return Explanation::default();
        }
        let folded = Folded::new(text);
        let mut found = Vec::new();
        let row = self.vocabulary.row(&folded, &mut found);
        let mut times: BTreeMap<u32, f32> = BTreeMap::new();
        for feature in &found {
            if let Some(number) = self.vocabulary.number(feature.hash) {
                *times.entry(number).or_default() += 1.0;
            }
        }
        let mut said: BTreeMap<(u32, u32), f32> = BTreeMap::new();
        for feature in &found {
            let Some(number) = self.vocabulary.number(feature.hash) else {
                continue;
            };
            let Ok(at) = row.binary_search_by_key(&number, |(feature, _)| *feature) else {
                continue;
            };
            let [margin, shared] = self.weights.says(number, intent);
            let weight = (margin + shared * SHARED_PER_MARGIN) * row[at].1 / times[&number];
            let places = [Some(feature.word), feature.last];
            let count = places.iter().flatten().count() as f32;
            for place in places.into_iter().flatten() {
                *said.entry(place).or_default() += weight / count;
            }
        }
        Explanation {
            reasons: reasons(&said, &folded),
            unknown: self.unknown(&folded, &found),
        }
    }

    /// Words of which not even the whole is known; marks and symbols are no words.
    fn unknown(&self, folded: &Folded, found: &[super::features::Feature]) -> Vec<Range<usize>> {
        let known = |start: u32| {
            let whole = found
                .iter()
                .filter(|f| f.word.0 == start && f.last.is_none() && f.is_word());
            whole.clone().next().is_none()
                || whole
                    .clone()
                    .any(|f| self.vocabulary.number(f.hash).is_some())
        };
        let words = tokens(folded.text()).filter(|token| token.kind == Kind::Word);
        words
            .filter(|token| !known(token.start as u32))
            .map(|token| folded.origin(token.range()))
            .collect()
    }
}

/// Shared scores spread over about this many times the range of margins.
const SHARED_PER_MARGIN: f32 = 0.2;

fn reasons(said: &BTreeMap<(u32, u32), f32>, folded: &Folded) -> Vec<Reason> {
    let all: f32 = said.values().map(|weight| weight.abs()).sum();
    let mut reasons: Vec<Reason> = said
        .iter()
        .map(|((start, end), weight)| Reason {
            place: folded.origin(*start as usize..*end as usize),
            weight: weight / all.max(f32::MIN_POSITIVE),
        })
        .collect();
    reasons.sort_by(|a, b| {
        b.weight
            .abs()
            .total_cmp(&a.weight.abs())
            .then(a.place.start.cmp(&b.place.start))
    });
    reasons.truncate(REASONS_MAX);
    reasons
}
