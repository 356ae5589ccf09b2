//! Keeps passages so that they can be found: one value in memory, grown and shrunk one passage at a time.
//!
//! In: passages with title, text, source, audience and tags. Out: hits, best first, ties by id, each with
//! what it was found by. The order never depends on the order in which passages came or went: an index
//! that was changed a thousand times answers like one built afresh. Absent on purpose: the texts.
//! Next: `rank.rs`.

use super::chunk::ChunkId;
use super::content::content_words;
use super::fast::FastMap;
use super::postings::{Postings, put_number, take_number};
pub use super::query::{DENSE_SHARE, Dense, Filter, Hit, Passage, Query, Why};
use super::vectors::{NoVector, Set, Vectors};
use super::vocabulary::Vocabulary;
use super::{cache, rank};
use std::collections::BTreeMap;

/// The passages of one workspace.
#[derive(Clone, Debug, Default)]
pub struct Index {
    pub(super) words: Vocabulary,
    /// By heavy stem.
    pub(super) postings: Vec<Postings>,
    /// In how many passages each word, light stem and letter group is.
    pub(super) word_counts: Vec<u32>,
    pub(super) light_counts: Vec<u32>,
    pub(super) group_counts: Vec<u32>,
    pub(super) pair_counts: FastMap<u32, u32>,
    /// The word numbers of all passages in reading order, one passage after the other.
    run: Vec<u8>,
    pub(super) docs: Vec<Doc>,
    /// Words per passage; [`GONE`] where it was taken out. Apart from `docs` since scoring reads all.
    pub(super) lengths: Vec<u16>,
    numbers: FastMap<u128, u32>,
    labels: Vec<Label>,
    label_numbers: BTreeMap<Label, u32>,
    pub(super) totals: Totals,
    vectors: Vectors,
    seen: Seen,
}

/// A passage without its text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Doc {
    pub(super) id: u128,
    pub(super) source: u128,
    /// Where its words begin in the run, and how many bytes they take.
    from: u64,
    bytes: u32,
    label: u32,
    pub(super) title_words: u16,
}

/// Sums over the passages that are there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Totals {
    pub(super) passages: u32,
    pub(super) words: u64,
    pub(super) title_words: u64,
    pub(super) groups: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Label {
    audience: String,
    tags: Vec<String>,
}

/// The length of a passage that was taken out.
pub(super) const GONE: u16 = u16::MAX;

/// Words of a passage that count: twenty pages. Passages are far shorter; a longer one is found by its
/// beginning.
const WORDS_MAX: usize = 8_000;

/// Words of a title that count.
const TITLE_WORDS_MAX: usize = 60;

/// Pairs of stems are counted under this many keys, which bounds their memory; where many passages share
/// a key, a rare pair only weighs a little less.
const PAIR_KEYS: u32 = 1 << 22;

impl Index {
    #[must_use]
    pub fn new() -> Index {
        Index::default()
    }

    /// Adds a passage, or puts it in the place of the one with its id.
    pub fn put(&mut self, passage: &Passage<'_>) {
        self.take_out(passage.id);
        let title = content_words(passage.title, TITLE_WORDS_MAX);
        let text = content_words(passage.text, WORDS_MAX);
        let title_words = u16::try_from(title.len()).unwrap_or(u16::MAX);
        let all: Vec<u32> = title
            .iter()
            .chain(&text)
            .map(|word| self.words.enter(word))
            .collect();
        let label = self.label(passage);
        self.put_words(passage.id.0, passage.source, label, title_words, &all);
    }

    fn put_words(&mut self, id: u128, source: u128, label: u32, title_words: u16, all: &[u32]) {
        let number = u32::try_from(self.docs.len()).unwrap_or(u32::MAX);
        let from = self.run.len() as u64;
        for word in all {
            put_number(u64::from(*word), &mut self.run);
        }
        let bytes = u32::try_from(self.run.len() as u64 - from).unwrap_or(u32::MAX);
        self.docs.push(Doc {
            id,
            source,
            from,
            bytes,
            label,
            title_words,
        });
        self.lengths
            .push(u16::try_from(all.len()).unwrap_or(GONE - 1).min(GONE - 1));
        self.numbers.insert(id, number);
        self.postings
            .resize_with(self.words.heavy_len(), Postings::default);
        let mut stems: Vec<u32> = all.iter().map(|word| self.words.heavy(*word)).collect();
        stems.sort_unstable();
        for same in stems.chunk_by(|a, b| a == b) {
            let times = u32::try_from(same.len()).unwrap_or(u32::MAX);
            self.postings[same[0] as usize].add(number, times);
        }
        self.count(all, title_words, Change::Come);
    }

    /// Takes a passage out; whether it was there.
    pub fn remove(&mut self, id: ChunkId) -> bool {
        let was = self.take_out(id);
        self.vectors.remove(id);
        self.vectors.promote(self.numbers.len());
        was
    }

    fn take_out(&mut self, id: ChunkId) -> bool {
        let Some(number) = self.numbers.remove(&id.0) else {
            return false;
        };
        let doc = self.docs[number as usize];
        let all = self.doc_words(&doc);
        let mut stems: Vec<u32> = all.iter().map(|word| self.words.heavy(*word)).collect();
        stems.sort_unstable();
        stems.dedup();
        for stem in stems {
            self.postings[stem as usize].live -= 1;
        }
        self.lengths[number as usize] = GONE;
        self.count(&all, doc.title_words, Change::Go);
        true
    }

    /// Takes out all passages of a source; how many.
    pub fn remove_source(&mut self, source: u128) -> usize {
        let ids = self.of_source(source);
        for id in &ids {
            self.remove(*id);
        }
        ids.len()
    }

    /// The passages of a source, by id.
    #[must_use]
    pub fn of_source(&self, source: u128) -> Vec<ChunkId> {
        let mut ids: Vec<ChunkId> = self
            .live()
            .filter(|doc| doc.source == source)
            .map(|doc| ChunkId(doc.id))
            .collect();
        ids.sort_unstable();
        ids
    }

    #[must_use]
    pub fn contains(&self, id: ChunkId) -> bool {
        self.numbers.contains_key(&id.0)
    }

    /// How many passages can be found.
    #[must_use]
    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether so much was taken out that [`Index::compacted`] is worth its time.
    #[must_use]
    pub fn wants_compaction(&self) -> bool {
        let gone = self.docs.len() - self.len();
        gone > COMPACTION_MIN && gone * 3 > self.docs.len()
    }

    /// The same passages without what removed ones left behind. Answers are the same.
    #[must_use]
    pub fn compacted(&self) -> Index {
        let mut fresh = Index {
            vectors: self.vectors.clone(),
            ..Index::default()
        };
        for doc in self.live() {
            let all: Vec<u32> = self
                .doc_words(doc)
                .into_iter()
                .map(|word| fresh.words.enter(self.words.text(word)))
                .collect();
            let label = fresh.enter_label(self.labels[doc.label as usize].clone());
            fresh.put_words(doc.id, doc.source, label, doc.title_words, &all);
        }
        fresh
    }

    /// The best passages, best first.
    #[must_use]
    pub fn search(&self, query: &Query<'_>) -> Vec<Hit> {
        rank::search(self, query, &rank::WEIGHTS)
    }

    /// The vectors beside the words.
    #[must_use]
    pub fn vectors(&self) -> &Vectors {
        &self.vectors
    }

    /// Keeps a passage's vector; see [`Vectors::put`]. The set that comes serves from the moment when
    /// every passage has its vector.
    ///
    /// # Errors
    /// [`NoVector`] where the passage isn't there or the vector has a wrong shape.
    pub fn put_vector(&mut self, model: &str, id: ChunkId, vector: &[f32]) -> Result<(), NoVector> {
        if !self.contains(id) {
            return Err(NoVector::Passage);
        }
        self.vectors.put(model, id, vector)?;
        self.vectors.promote(self.numbers.len());
        Ok(())
    }

    /// Lets the next set of vectors serve although passages lack theirs (a provider that refuses one
    /// text for good, say). Passages without a vector are found by their words.
    pub fn serve_coming(&mut self) {
        self.vectors.promote(0);
    }

    pub(super) fn restore_vectors(&mut self, serving: Option<Set>, coming: Option<Set>) {
        self.vectors = Vectors { serving, coming };
    }

    /// Passages without a vector of this model, by id, at most so many: what is to be embedded next.
    #[must_use]
    pub fn without_vector(&self, model: &str, at_most: usize) -> Vec<ChunkId> {
        let mut ids: Vec<ChunkId> = self
            .live()
            .map(|doc| ChunkId(doc.id))
            .filter(|id| !self.vectors.has(model, *id))
            .collect();
        ids.sort_unstable();
        ids.truncate(at_most);
        ids
    }

    /// What the index takes in memory, in bytes, counted from its parts.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        let postings: usize = self.postings.iter().map(Postings::heap_bytes).sum();
        let counts = self.word_counts.capacity()
            + self.light_counts.capacity()
            + self.group_counts.capacity() * 2;
        postings
            + self.postings.capacity() * size_of::<Postings>()
            + counts * 4
            + self.pair_counts.capacity() * 9
            + self.run.capacity()
            + self.docs.capacity() * size_of::<Doc>()
            + self.lengths.capacity() * 2
            + self.numbers.capacity() * 33
            + self.words.heap_bytes()
            + self.vectors.heap_bytes()
    }

    /// The index as bytes, for a cache; the store is the truth.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        cache::to_bytes(self)
    }

    /// # Errors
    /// [`BadBytes`] where the bytes are not from this version of the index; build it again.
    pub fn from_bytes(bytes: &[u8]) -> Result<Index, BadBytes> {
        cache::from_bytes(bytes)
    }

    pub(super) fn number(&self, id: ChunkId) -> Option<u32> {
        self.numbers.get(&id.0).copied()
    }

    /// The words of a passage in reading order, its title's first.
    pub(super) fn doc_words(&self, doc: &Doc) -> Vec<u32> {
        let mut all = Vec::new();
        self.each_word(doc, |word| all.push(word));
        all
    }

    pub(super) fn each_word(&self, doc: &Doc, mut visit: impl FnMut(u32)) {
        let from = usize::try_from(doc.from).unwrap_or(usize::MAX);
        let to = from.saturating_add(doc.bytes as usize);
        let mut rest = self.run.get(from..to).unwrap_or(&[]);
        while let Some(word) = take_number(&mut rest) {
            visit(u32::try_from(word).unwrap_or(u32::MAX));
        }
    }

    pub(super) fn live(&self) -> impl Iterator<Item = &Doc> {
        self.docs
            .iter()
            .zip(&self.lengths)
            .filter(|(_, length)| **length != GONE)
            .map(|(doc, _)| doc)
    }

    /// Which labels a filter lets pass, by label number.
    pub(super) fn labels_passing(&self, filter: &Filter) -> Vec<bool> {
        self.labels
            .iter()
            .map(|label| label.passes(filter))
            .collect()
    }

    pub(super) fn label_of(&self, doc: &Doc) -> u32 {
        doc.label
    }

    pub(super) fn label_parts(&self, doc: &Doc) -> (&str, &[String]) {
        let label = &self.labels[doc.label as usize];
        (&label.audience, &label.tags)
    }

    /// For the cache: a passage whose words are known already.
    pub(super) fn restore(
        &mut self,
        (id, source): (u128, u128),
        (audience, tags): (String, Vec<String>),
        title_words: u16,
        all: &[u32],
    ) {
        let label = self.enter_label(Label { audience, tags });
        self.put_words(id, source, label, title_words, all);
    }

    fn label(&mut self, passage: &Passage<'_>) -> u32 {
        let mut tags = passage.tags.to_vec();
        tags.sort_unstable();
        tags.dedup();
        self.enter_label(Label {
            audience: passage.audience.to_string(),
            tags,
        })
    }

    fn enter_label(&mut self, label: Label) -> u32 {
        if let Some(number) = self.label_numbers.get(&label) {
            return *number;
        }
        let number = u32::try_from(self.labels.len()).unwrap_or(u32::MAX);
        self.labels.push(label.clone());
        self.label_numbers.insert(label, number);
        number
    }

    /// Counts the passage's words, stems, pairs and letter groups in, or out again.
    fn count(&mut self, all: &[u32], title_words: u16, change: Change) {
        self.word_counts.resize(self.words.len(), 0);
        self.light_counts.resize(self.words.light_len(), 0);
        self.group_counts.resize(self.words.groups_len(), 0);
        let mut distinct = all.to_vec();
        distinct.sort_unstable();
        distinct.dedup();
        self.seen.begin(self.words.groups_len());
        for word in &distinct {
            change.apply(&mut self.word_counts[*word as usize]);
            for group in self.words.groups(*word) {
                if self.seen.first(*group) {
                    change.apply(&mut self.group_counts[*group as usize]);
                }
            }
        }
        let mut light: Vec<u32> = distinct
            .iter()
            .map(|word| self.words.light(*word))
            .collect();
        light.sort_unstable();
        light.dedup();
        for stem in light {
            change.apply(&mut self.light_counts[stem as usize]);
        }
        let mut pairs: Vec<u32> = all
            .windows(2)
            .map(|two| pair_key(self.words.stem_hash(two[0]), self.words.stem_hash(two[1])))
            .collect();
        pairs.sort_unstable();
        pairs.dedup();
        for pair in pairs {
            let count = self.pair_counts.entry(pair).or_insert(0);
            change.apply(count);
            if *count == 0 {
                self.pair_counts.remove(&pair);
            }
        }
        let groups: usize = all.iter().map(|word| self.words.groups(*word).len()).sum();
        let totals = &mut self.totals;
        change.apply(&mut totals.passages);
        change.apply_many(&mut totals.words, all.len() as u64);
        change.apply_many(&mut totals.title_words, u64::from(title_words));
        change.apply_many(&mut totals.groups, groups as u64);
    }
}

/// Under this many gaps a compaction saves nothing that anybody would notice.
const COMPACTION_MIN: usize = 1_000;

/// The key of two stems that follow one another.
pub(super) fn pair_key(first: u32, second: u32) -> u32 {
    let both = (u64::from(first) << 32 | u64::from(second)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    u32::try_from(both >> 32).unwrap_or(0) % PAIR_KEYS
}

#[derive(Clone, Copy)]
enum Change {
    Come,
    Go,
}

impl Change {
    fn apply(self, count: &mut u32) {
        *count = match self {
            Change::Come => *count + 1,
            Change::Go => count.saturating_sub(1),
        };
    }

    fn apply_many(self, sum: &mut u64, by: u64) {
        *sum = match self {
            Change::Come => *sum + by,
            Change::Go => sum.saturating_sub(by),
        };
    }
}

impl Label {
    fn passes(&self, filter: &Filter) -> bool {
        let audience = match &filter.audiences {
            Some(named) => self.audience.is_empty() || named.contains(&self.audience),
            None => true,
        };
        let tags = match &filter.tags {
            Some(named) => self.tags.is_empty() || self.tags.iter().any(|tag| named.contains(tag)),
            None => true,
        };
        audience && tags
    }
}

/// Tells what was seen before in this round, without clearing anything between rounds.
#[derive(Clone, Debug, Default)]
struct Seen {
    rounds: Vec<u32>,
    round: u32,
}

impl Seen {
    fn begin(&mut self, len: usize) {
        if self.round == u32::MAX {
            self.rounds.clear();
            self.round = 0;
        }
        self.round += 1;
        self.rounds.resize(len, 0);
    }

    fn first(&mut self, at: u32) -> bool {
        let last = std::mem::replace(&mut self.rounds[at as usize], self.round);
        last != self.round
    }
}

/// Bytes that no index of this version wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("these bytes are not an index of this version; build the index again from the store")]
pub struct BadBytes;
