//! Ranks passages for a question: words first, then everything else on the best of those.
//!
//! In: an index and a question. Out: hits with what each was found by. Every passage that has a word of
//! the question is scored by heavy stems (BM25, one pass over the postings). The best few hundred are
//! scored again from their own words: light stems, neighbouring pairs, letter groups, title. Each field is
//! divided by its best score, weighted and summed. Postings of letters would be twenty times those of
//! words; reading the words of a few hundred passages takes half a millisecond at any size of corpus.
//! Absent on purpose: anything random, and any dependence on the order in which passages came: ties are
//! broken by id. Next: `asked.rs`.

use super::asked::Asked;
use super::chunk::ChunkId;
use super::fast::FastMap;
use super::index::{Filter, GONE, Hit, Index, Query, Why, pair_key};
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// BM25's two numbers, measured best on Portuguese questions in a grid.
const K1: f32 = 0.9;
const B: f32 = 0.75;
/// Titles differ less in length than texts for reasons that matter.
const TITLE_B: f32 = 0.4;

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

/// What a passage scored, field by field.
#[derive(Clone, Copy, Debug, Default)]
struct Scores {
    heavy: f32,
    light: f32,
    pairs: f32,
    letters: f32,
    title: f32,
    dense: f32,
}

struct Candidate {
    number: u32,
    id: u128,
    scores: Scores,
    /// One bit per term.
    matched: u64,
    fused: f32,
}

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

fn average(sum: u64, passages: u32) -> f32 {
    if sum == 0 || passages == 0 {
        1.0
    } else {
        (sum as f64 / f64::from(passages)) as f32
    }
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

/// Reads candidates word by word. What a word means for the question is worked out once.
struct Reader<'a> {
    index: &'a Index,
    asked: &'a Asked,
    heavy: FastMap<u32, Vec<(usize, f32)>>,
    light: FastMap<u32, Vec<(usize, f32)>>,
    pairs: FastMap<u32, usize>,
    groups: FastMap<u32, usize>,
    /// Where a word's meaning stands; most words of a passage mean nothing for a question.
    known: FastMap<u32, u32>,
    meanings: Vec<Meaning>,
    group_times: Vec<f32>,
    places: Vec<u32>,
}

/// What one word of a passage means for the question.
#[derive(Clone, Debug, Default)]
struct Meaning {
    heavy: Vec<(usize, f32)>,
    light: Vec<(usize, f32)>,
    groups: Vec<usize>,
    group_count: u32,
    stem_hash: u32,
    /// Whether its stem is one of the question's.
    counts: bool,
}

impl<'a> Reader<'a> {
    fn new(index: &'a Index, asked: &'a Asked) -> Reader<'a> {
        let mut heavy: FastMap<u32, Vec<(usize, f32)>> = FastMap::default();
        let mut light: FastMap<u32, Vec<(usize, f32)>> = FastMap::default();
        for (at, term) in asked.terms.iter().enumerate() {
            for (stem, weight) in &term.heavy {
                heavy.entry(*stem).or_default().push((at, *weight));
            }
            for (stem, weight) in &term.light {
                light.entry(*stem).or_default().push((at, *weight));
            }
        }
        let places = |keys: &[(u32, f32)]| {
            keys.iter()
                .enumerate()
                .map(|(at, (key, _))| (*key, at))
                .collect::<FastMap<u32, usize>>()
        };
        Reader {
            index,
            asked,
            heavy,
            light,
            pairs: places(&asked.pairs),
            groups: places(&asked.groups),
            known: FastMap::default(),
            meanings: Vec::new(),
            group_times: vec![0.0; asked.groups.len()],
            places: Vec::new(),
        }
    }

    fn learn(&mut self, word: u32) -> u32 {
        let place = u32::try_from(self.meanings.len()).unwrap_or(u32::MAX);
        let meaning = self.meaning(word);
        self.meanings.push(meaning);
        self.known.insert(word, place);
        place
    }

    fn meaning(&self, word: u32) -> Meaning {
        let words = &self.index.words;
        let groups = words.groups(word);
        let heavy = self
            .heavy
            .get(&words.heavy(word))
            .cloned()
            .unwrap_or_default();
        let light = self
            .light
            .get(&words.light(word))
            .cloned()
            .unwrap_or_default();
        Meaning {
            counts: !heavy.is_empty() || !light.is_empty(),
            heavy,
            light,
            groups: groups
                .iter()
                .filter_map(|group| self.groups.get(group).copied())
                .collect(),
            group_count: u32::try_from(groups.len()).unwrap_or(u32::MAX),
            stem_hash: words.stem_hash(word),
        }
    }

    fn read(&mut self, number: u32) -> Candidate {
        let doc = &self.index.docs[number as usize];
        let mut counts = Counts::new(self.asked);
        self.group_times.fill(0.0);
        let mut position = 0u32;
        let mut before: Option<u32> = None;
        let index = self.index;
        let mut places = std::mem::take(&mut self.places);
        places.clear();
        index.each_word(doc, |word| {
            places.push(match self.known.get(&word) {
                Some(place) => *place,
                None => self.learn(word),
            });
        });
        for place in &places {
            let meaning = &self.meanings[*place as usize];
            counts.groups += meaning.group_count;
            let in_title = position < u32::from(doc.title_words);
            position += 1;
            for group in &meaning.groups {
                self.group_times[*group] += 1.0;
            }
            if !meaning.counts {
                before = None;
                continue;
            }
            for (term, weight) in &meaning.heavy {
                counts.heavy(*term, *weight, in_title);
            }
            for (term, weight) in &meaning.light {
                counts.light[*term] += weight;
            }
            if let Some(first) = before
                && let Some(pair) = self.pairs.get(&pair_key(first, meaning.stem_hash))
            {
                counts.pairs[*pair] += 1.0;
            }
            before = Some(meaning.stem_hash);
        }
        self.places = places;
        let scores = self.scores(number, position, &counts);
        Candidate {
            number,
            id: doc.id,
            scores,
            matched: counts.matched,
            fused: 0.0,
        }
    }

    fn scores(&self, number: u32, length: u32, counts: &Counts) -> Scores {
        let totals = &self.index.totals;
        let words = average(totals.words, totals.passages);
        let norm = K1 * (1.0 - B + B * length as f32 / words);
        let group_average = average(totals.groups, totals.passages);
        let group_norm = K1 * (1.0 - B + B * counts.groups as f32 / group_average);
        let title_words = f32::from(self.index.docs[number as usize].title_words);
        let title_average = average(totals.title_words, totals.passages);
        let title_norm = K1 * (1.0 - TITLE_B + TITLE_B * title_words / title_average);
        let mut scores = Scores::default();
        for (at, term) in self.asked.terms.iter().enumerate() {
            scores.heavy += term.weight * bm25(term.idf, counts.heavy[at], norm);
            scores.light += term.weight * bm25(term.light_idf, counts.light[at], norm);
            scores.title += term.weight * bm25(term.idf, counts.title[at], title_norm);
        }
        for ((_, idf), times) in self.asked.pairs.iter().zip(&counts.pairs) {
            scores.pairs += bm25(*idf, *times, norm);
        }
        for ((_, idf), times) in self.asked.groups.iter().zip(&self.group_times) {
            scores.letters += bm25(*idf, *times, group_norm);
        }
        scores
    }
}

fn bm25(idf: f32, times: f32, norm: f32) -> f32 {
    if times <= 0.0 {
        0.0
    } else {
        idf * times * (K1 + 1.0) / (times + norm)
    }
}

/// How often a candidate has what was asked.
struct Counts {
    heavy: Vec<f32>,
    light: Vec<f32>,
    title: Vec<f32>,
    pairs: Vec<f32>,
    groups: u32,
    matched: u64,
}

impl Counts {
    fn new(asked: &Asked) -> Counts {
        Counts {
            heavy: vec![0.0; asked.terms.len()],
            light: vec![0.0; asked.terms.len()],
            title: vec![0.0; asked.terms.len()],
            pairs: vec![0.0; asked.pairs.len()],
            groups: 0,
            matched: 0,
        }
    }

    fn heavy(&mut self, term: usize, weight: f32, in_title: bool) {
        self.heavy[term] += weight;
        if term < 64 {
            self.matched |= 1 << term;
        }
        if in_title {
            self.title[term] += 1.0;
        }
    }
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
