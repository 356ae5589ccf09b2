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
pub struct Shape {
    pub word_run_max: u8,
    pub piece_min: u8,
    pub piece_max: u8,
    pub stem_run_max: u8,
    pub weights: [f32; BLOCKS],
}

/// One feature where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Feature {
    pub(super) hash: u64,
    pub(super) block: u8,
    /// Range in the folded text, bytes.
    pub(super) start: u32,
    pub(super) end: u32,
}

/// A word as features see it.
struct Word {
    text: String,
    start: u32,
    end: u32,
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
        let (start, end) = (token.start as u32, token.range().end as u32);
        match token.kind {
            Kind::Number => words.push(Word { text: "0".into(), start, end }),
            Kind::Mark | Kind::Symbol => words.push(Word { text: token.text.into(), start, end }),
            Kind::Word => {
                let plain = slang::plain(token.text);
                for part in plain.split(' ') {
                    let text = crate::text::within(part, WORD_BYTES_MAX).to_string();
                    words.push(Word { text, start, end });
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
        for word in words.iter().skip(at).take(usize::from(run_max)) {
            hash = hash.bytes(form(&word.text).as_bytes()).byte(b' ');
            out.push(Feature { hash: hash.finish(), block, start: words[at].start, end: word.end });
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
            out.push(Feature { hash, block: PIECES, start: word.start, end: word.end });
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
    hashes.sort_by_key(|(hash, word)| (*hash, word.start));
    hashes.dedup_by_key(|(hash, _)| *hash);
    for (at, (first, one)) in hashes.iter().enumerate() {
        for (second, two) in &hashes[at + 1..] {
            let hash = Hash::new(PAIRS).word(*first).word(*second).finish();
            let (start, end) = (one.start.min(two.start), one.end.max(two.end));
            out.push(Feature { hash, block: PAIRS, start, end });
        }
    }
}
