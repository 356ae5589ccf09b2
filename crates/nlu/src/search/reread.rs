//! Reads the words of a candidate and scores every field but the dense one.
//!
//! In: an index, a question, the number of a passage. Out: its scores, and which words of the question it
//! has. What a word means for the question is worked out once and kept while the candidates are read.
//! Absent on purpose: choosing candidates and weighing fields (`rank.rs`).

use super::asked::Asked;
use super::fast::FastMap;
use super::index::{Index, pair_key};

/// BM25's two numbers, measured best on Portuguese questions in a grid.
pub(super) const K1: f32 = 0.9;
pub(super) const B: f32 = 0.75;
/// Titles differ less in length than texts for reasons that matter.
const TITLE_B: f32 = 0.4;

/// What a passage scored, field by field.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Scores {
    pub(super) heavy: f32,
    pub(super) light: f32,
    pub(super) pairs: f32,
    pub(super) letters: f32,
    pub(super) title: f32,
    pub(super) dense: f32,
}

pub(super) struct Candidate {
    pub(super) number: u32,
    pub(super) id: u128,
    pub(super) scores: Scores,
    /// One bit per term.
    pub(super) matched: u64,
    pub(super) fused: f32,
}

/// Reads candidates word by word. What a word means for the question is worked out once.
pub(super) struct Reader<'a> {
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
    pub(super) fn new(index: &'a Index, asked: &'a Asked) -> Reader<'a> {
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

    pub(super) fn read(&mut self, number: u32) -> Candidate {
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

pub(super) fn average(sum: u64, passages: u32) -> f32 {
    if sum == 0 || passages == 0 {
        1.0
    } else {
        (sum as f64 / f64::from(passages)) as f32
    }
}
