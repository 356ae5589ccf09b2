//! Ranks passages for a question: words first, then everything else on the best of those.
//!
//! In: an index and a question. Out: hits with what each was found by. Every passage that has a word of
//! the question is scored by heavy stems (BM25, one pass over the postings). The best few hundred are
//! scored again from their own words: light stems, neighbouring pairs, letter groups, title. Each field is
//! divided by its best score, weighted and summed. Postings of letters would be twenty times those of
//! words; reading the words of a few hundred passages takes half a millisecond at any size of corpus.
//! Absent on purpose: anything random, and any dependence on the order in which passages came: ties are
//! broken by id. Next: `asked.rs`,
//! `reread.rs`.

use super::asked::Asked;
use super::chunk::ChunkId;
use super::fast::FastMap;
use super::index::{Filter, GONE, Hit, Index, Query, Why};
use super::reread::{B, Candidate, K1, Reader, Scores, average};
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// How many passages are scored in full.
const CANDIDATES: usize = 240;

/// More hits than this are of no use to anybody.
const HITS_MAX: usize = 100;

/// What each field counts for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weights {
    pub(super) heavy: f32,
    pub(super) light: f32,
    pub(super) pairs: f32,
    pub(super) letters: f32,
    pub(super) title: f32,
}

/// See docs/quality.md for what other weights gave.
pub(super) const WEIGHTS: Weights = Weights {
    heavy: 0.5,
    light: 0.5,
    pairs: 0.5,
    letters: 0.8,
    title: 0.2,
};

pub(super) fn search(index: &Index, query: &Query<'_>, weights: &Weights) -> Vec<Hit> {
    let limit = query.limit.min(HITS_MAX);
    if limit == 0 || index.is_empty() {
        return Vec::new();
    }
    let asked = Asked::of(index, query.text);
    let passing = Passing::of(index, query.filter);
    let near = nearness(index, query);
    let by_words = by_words(index, &asked);
    let mut numbers = best(index, by_words, &passing);
    numbers.extend(near.nearest.iter().copied());
    numbers.sort_unstable();
    numbers.dedup();
    numbers.retain(|number| passing.lets(index, *number));
    let mut reader = Reader::new(index, &asked);
    let mut all: Vec<Candidate> = numbers
        .into_iter()
        .map(|number| {
            let mut candidate = reader.read(number);
            candidate.scores.dense = near.of(number);
            candidate
        })
        .collect();
    let share = query.dense.map_or(0.0, |dense| dense.share.clamp(0.0, 1.0));
    fuse(&mut all, weights, if near.served { share } else { 0.0 });
    all.retain(|candidate| candidate.fused > 0.0);
    all.sort_unstable_by(|a, b| order((a.fused, a.id), (b.fused, b.id)));
    all.truncate(limit);
    all.iter().map(|one| hit(index, &asked, one)).collect()
}

/// Higher scores first, then lower ids.
fn order(left: (f32, u128), right: (f32, u128)) -> Ordering {
    right.0.total_cmp(&left.0).then(left.1.cmp(&right.1))
}

/// Scores by heavy stems while candidates are sought, and which passages have any.
struct ByWords {
    scores: Vec<f32>,
    touched: Vec<u32>,
}

/// Postings are walked from the rarest word on. When there are enough candidates, a word whose postings
/// would go beyond this sum is left to the second reading: half of all passages have it, and it can't
/// bring one to the top that has none of the rarer words.
const WALKED_MAX: u64 = 100_000;

fn by_words(index: &Index, asked: &Asked) -> ByWords {
    let mut scores = vec![0f32; index.docs.len()];
    let mut touched = Vec::new();
    let norms = norms(index);
    let mut walks: Vec<(u32, f32)> = Vec::new();
    for term in &asked.terms {
        for (stem, weight) in &term.heavy {
            walks.push((*stem, term.idf * term.weight * weight * (K1 + 1.0)));
        }
    }
    // Of words that are equally rare, the one that was said first comes first.
    walks.sort_by_key(|(stem, _)| {
        index
            .postings
            .get(*stem as usize)
            .map_or(0, |list| list.live)
    });
    let mut walked = 0;
    for (stem, gain) in walks {
        let Some(list) = index.postings.get(stem as usize) else {
            continue;
        };
        walked += u64::from(list.live);
        if touched.len() >= CANDIDATES && walked > WALKED_MAX {
            break;
        }
        list.each(|number, times| {
            let at = number as usize;
            let length = index.lengths[at];
            if length == GONE {
                return;
            }
            let times = times as f32;
            let norm = norms[usize::from(length).min(norms.len() - 1)];
            if scores[at] == 0.0 {
                touched.push(number);
            }
            scores[at] += gain * times / (times + norm);
        });
    }
    ByWords { scores, touched }
}

/// BM25's length part for every length up to a bound; longer passages count as that long.
fn norms(index: &Index) -> Vec<f32> {
    let average = average(index.totals.words, index.totals.passages);
    (0..2_048u16)
        .map(|length| K1 * (1.0 - B + B * f32::from(length) / average))
        .collect()
}

/// The passages with the highest scores that the filter lets through.
fn best(index: &Index, by_words: ByWords, passing: &Passing) -> Vec<u32> {
    let ByWords {
        scores,
        mut touched,
    } = by_words;
    touched.retain(|number| passing.lets(index, *number));
    // Ids stand far apart in memory: only those at and above the lowest score that counts are looked up.
    let mut values: Vec<f32> = touched
        .iter()
        .map(|number| scores[*number as usize])
        .collect();
    if values.len() > CANDIDATES {
        let (_, least, _) = values.select_nth_unstable_by(CANDIDATES - 1, |a, b| b.total_cmp(a));
        let least = *least;
        touched.retain(|number| scores[*number as usize] >= least);
    }
    let mut found: Vec<(f32, u128, u32)> = touched
        .into_iter()
        .map(|number| {
            (
                scores[number as usize],
                index.docs[number as usize].id,
                number,
            )
        })
        .collect();
    cut(&mut found);
    found.into_iter().map(|(_, _, number)| number).collect()
}

fn cut(found: &mut Vec<(f32, u128, u32)>) {
    if found.len() > CANDIDATES {
        found.select_nth_unstable_by(CANDIDATES - 1, |a, b| order((a.0, a.1), (b.0, b.1)));
        found.truncate(CANDIDATES);
    }
}

/// What a filter lets through.
struct Passing {
    labels: Option<Vec<bool>>,
    sources: Option<BTreeSet<u128>>,
}

impl Passing {
    fn of(index: &Index, filter: &Filter) -> Passing {
        let labels = index.labels_passing(filter);
        Passing {
            labels: labels.contains(&false).then_some(labels),
            sources: filter
                .sources
                .as_ref()
                .map(|sources| sources.iter().copied().collect()),
        }
    }

    fn lets(&self, index: &Index, number: u32) -> bool {
        let doc = &index.docs[number as usize];
        let label = self
            .labels
            .as_ref()
            .is_none_or(|labels| labels[index.label_of(doc) as usize]);
        label
            && self
                .sources
                .as_ref()
                .is_none_or(|sources| sources.contains(&doc.source))
    }
}

/// How near passages are to the question's vector, where the index serves its model.
struct Nearness {
    served: bool,
    scores: FastMap<u32, f32>,
    nearest: Vec<u32>,
}

impl Nearness {
    fn of(&self, number: u32) -> f32 {
        self.scores.get(&number).copied().unwrap_or(0.0)
    }
}

fn nearness(index: &Index, query: &Query<'_>) -> Nearness {
    let mut near = Nearness {
        served: false,
        scores: FastMap::default(),
        nearest: Vec::new(),
    };
    let Some(dense) = &query.dense else {
        return near;
    };
    let Some((set, question, step)) = index.vectors().fitting(dense.model, dense.vector) else {
        return near;
    };
    near.served = true;
    let passing = Passing::of(index, query.filter);
    let mut found: Vec<(f32, u128, u32)> = Vec::new();
    set.each_near(&question, step, |id, score| {
        if let Some(number) = index.number(ChunkId(id)) {
            near.scores.insert(number, score.max(0.0));
            if score > 0.0 && passing.lets(index, number) {
                found.push((score, id, number));
            }
        }
    });
    cut(&mut found);
    near.nearest = found.into_iter().map(|(_, _, number)| number).collect();
    near
}

/// Divides each field by its best score, and sums by weight. The least possible score of a field is zero,
/// so this is the min-max sum over all passages, whichever of them were read.
fn fuse(all: &mut [Candidate], weights: &Weights, dense_share: f32) {
    let most = |field: fn(&Scores) -> f32| {
        let most = all.iter().map(|one| field(&one.scores)).fold(0.0, f32::max);
        if most > 0.0 { most } else { 1.0 }
    };
    let tops = Scores {
        heavy: most(|scores| scores.heavy),
        light: most(|scores| scores.light),
        pairs: most(|scores| scores.pairs),
        letters: most(|scores| scores.letters),
        // Where only a side word stands in a title, the title tells little.
        title: most(|scores| scores.title).max(0.5 * most(|scores| scores.heavy)),
        dense: most(|scores| scores.dense),
    };
    let sum = weights.heavy + weights.light + weights.pairs + weights.letters + weights.title;
    for one in all.iter_mut() {
        let scores = &mut one.scores;
        scores.heavy /= tops.heavy;
        scores.light /= tops.light;
        scores.pairs /= tops.pairs;
        scores.letters /= tops.letters;
        scores.title /= tops.title;
        scores.dense /= tops.dense;
        let lexical = (weights.heavy * scores.heavy
            + weights.light * scores.light
            + weights.pairs * scores.pairs
            + weights.letters * scores.letters
            + weights.title * scores.title)
            / sum;
        one.fused = lexical;
    }
    if dense_share > 0.0 {
        let best = all.iter().map(|one| one.fused).fold(0.0, f32::max);
        let best = if best > 0.0 { best } else { 1.0 };
        for one in all {
            one.fused = (1.0 - dense_share) * one.fused / best + dense_share * one.scores.dense;
        }
    }
}

fn hit(index: &Index, asked: &Asked, one: &Candidate) -> Hit {
    let has = |at: usize| at < 64 && one.matched & (1 << at) != 0;
    let mut why = Why {
        words: one.scores.heavy.max(one.scores.light),
        pairs: one.scores.pairs,
        letters: one.scores.letters,
        title: one.scores.title,
        dense: one.scores.dense,
        ..Why::default()
    };
    for (at, term) in asked
        .terms
        .iter()
        .enumerate()
        .filter(|(_, term)| term.of.is_none())
    {
        if has(at) {
            why.matched.push(term.word.clone());
        } else {
            why.missing.push(term.word.clone());
        }
    }
    why.coverage = asked.coverage(has);
    Hit {
        id: ChunkId(one.id),
        source: index.docs[one.number as usize].source,
        score: one.fused,
        why,
    }
}
