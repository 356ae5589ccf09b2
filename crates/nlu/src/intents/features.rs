//! Takes a message apart into features: words, word pairs, stems and pieces of words.
//!
//! In: folded text and the [`Shape`] that the training data asked for. Out: features as hashes, each with
//! the block it belongs to and the place in the folded text that it stands for. Absent: weights and
//! numbering, which a vocabulary learns from examples (`vocabulary.rs`), and any list of stop words:
//! "não" decides more messages than most nouns do.

use crate::text::{Folded, Hash, Kind, tokens};

use super::slang;
use super::stem::stem;

/// Kinds of features. Each is weighted and brought to one length by itself, so that a kind with many
/// features doesn't drown one with few.
pub(super) const BLOCKS: usize = 4;

const WORDS: u8 = 0;
const PIECES: u8 = 1;
const STEMS: u8 = 2;
const PAIRS: u8 = 3;

/// Words of a message that features are made of. Beyond this a message is a letter; its beginning says
/// what it is about.
const WORDS_MAX: usize = 400;
/// Pairs grow with the square of the words: this many words give 496 pairs.
const PAIRED_WORDS_MAX: usize = 32;
/// A longer word is a link or noise; pieces of its beginning are enough.
const WORD_BYTES_MAX: usize = 40;

/// Which features are made, and how much each block counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Shape {
    pub(super) word_run_max: u8,
    pub(super) piece_min: u8,
    pub(super) piece_max: u8,
    pub(super) stem_run_max: u8,
    pub(super) weights: [f32; BLOCKS],
}

impl Shape {
    /// Few examples are joined by whatever they share: stems, and pairs of words in any order.
    pub(super) const FEW: Shape = Shape {
        word_run_max: 1,
        piece_min: 2,
        piece_max: 4,
        stem_run_max: 2,
        weights: [1.0, 1.0, 1.0, 0.7],
    };
    /// Many examples show by themselves which words and pieces matter.
    pub(super) const MANY: Shape = Shape {
        word_run_max: 2,
        piece_min: 2,
        piece_max: 5,
        stem_run_max: 0,
        weights: [1.0, 1.0, 0.0, 0.0],
    };
}

/// One feature where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Feature {
    pub(super) hash: u64,
    pub(super) block: u8,
    /// The word it stands for, in the folded text, bytes; the first of two.
    pub(super) word: Place,
    /// The last word, where it stands for several.
    pub(super) last: Option<Place>,
}

impl Feature {
    /// Whether it is a word by itself rather than a piece of one.
    pub(super) fn is_word(&self) -> bool {
        self.block == WORDS
    }
}

/// First byte and the byte after the last.
pub(super) type Place = (u32, u32);

/// A word as features see it.
struct Word {
    text: String,
    place: Place,
}

/// All features of a text, in the order of the blocks.
pub(super) fn features(folded: &Folded, shape: &Shape, out: &mut Vec<Feature>) {
    out.clear();
    let words = words(folded);
    if shape.weights[usize::from(WORDS)] > 0.0 {
        runs(&words, WORDS, shape.word_run_max, out, |w| w);
    }
    if shape.weights[usize::from(PIECES)] > 0.0 {
        for word in &words {
            pieces(word, shape, out);
        }
    }
    if shape.weights[usize::from(STEMS)] > 0.0 {
        runs(&words, STEMS, shape.stem_run_max, out, stem);
    }
    if shape.weights[usize::from(PAIRS)] > 0.0 {
        pairs(&words, out);
    }
}

fn words(folded: &Folded) -> Vec<Word> {
    let text = folded.text();
    let mut words = Vec::new();
    for token in tokens(text) {
        let place = (token.start as u32, token.range().end as u32);
        match token.kind {
            Kind::Number => words.push(Word { text: "0".into(), place }),
            Kind::Mark | Kind::Symbol => words.push(Word { text: token.text.into(), place }),
            Kind::Word => {
                let plain = slang::plain(token.text);
                for part in plain.split(' ') {
                    let text = crate::text::within(part, WORD_BYTES_MAX).to_string();
                    words.push(Word { text, place });
                }
            }
        }
        if words.len() >= WORDS_MAX {
            break;
        }
    }
    words
}

fn runs(words: &[Word], block: u8, run_max: u8, out: &mut Vec<Feature>, form: impl Fn(&str) -> &str) {
    for at in 0..words.len() {
        let mut hash = Hash::new(block);
        for (further, word) in words.iter().skip(at).take(usize::from(run_max)).enumerate() {
            hash = hash.bytes(form(&word.text).as_bytes()).byte(b' ');
            let last = (further > 0).then_some(word.place);
            out.push(Feature { hash: hash.finish(), block, word: words[at].place, last });
        }
    }
}

/// Runs of characters within the word and its borders.
fn pieces(word: &Word, shape: &Shape, out: &mut Vec<Feature>) {
    let bordered = format!(" {} ", word.text);
    let places: Vec<usize> = bordered.char_indices().map(|(at, _)| at).chain([bordered.len()]).collect();
    let chars = places.len() - 1;
    for from in 0..chars {
        for size in usize::from(shape.piece_min)..=usize::from(shape.piece_max) {
            let Some(&end) = places.get(from + size) else { break };
            let hash = Hash::new(PIECES).bytes(&bordered.as_bytes()[places[from]..end]).finish();
            out.push(Feature { hash, block: PIECES, word: word.place, last: None });
        }
    }
}

/// Two words of one message, in whichever order.
fn pairs(words: &[Word], out: &mut Vec<Feature>) {
    let mut hashes: Vec<(u64, &Word)> = words
        .iter()
        .take(PAIRED_WORDS_MAX)
        .map(|w| (Hash::new(PAIRS).bytes(w.text.as_bytes()).finish(), w))
        .collect();
    hashes.sort_by_key(|(hash, word)| (*hash, word.place));
    hashes.dedup_by_key(|(hash, _)| *hash);
    for (at, (first, one)) in hashes.iter().enumerate() {
        for (second, two) in &hashes[at + 1..] {
            let hash = Hash::new(PAIRS).word(*first).word(*second).finish();
            out.push(Feature { hash, block: PAIRS, word: one.place, last: Some(two.place) });
        }
    }
}
