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

    /// Whether it is one that training could have chosen, give or take: a stored model says it of itself.
    pub(super) fn is_sound(&self) -> bool {
        let sizes = [
            self.word_run_max,
            self.piece_min,
            self.piece_max,
            self.stem_run_max,
        ];
        sizes.iter().all(|size| *size <= SIZE_MAX)
            && self.weights.iter().all(|w| w.is_finite() && *w >= 0.0)
    }
}

/// Words of a run, characters of a piece: longer ones are met once.
const SIZE_MAX: u8 = 8;

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
            Kind::Number => words.push(Word {
                text: "0".into(),
                place,
            }),
            Kind::Mark | Kind::Symbol => words.push(Word {
                text: token.text.into(),
                place,
            }),
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

fn runs(
    words: &[Word],
    block: u8,
    run_max: u8,
    out: &mut Vec<Feature>,
    form: impl Fn(&str) -> &str,
) {
    for at in 0..words.len() {
        let mut hash = Hash::new(block);
        for (further, word) in words.iter().skip(at).take(usize::from(run_max)).enumerate() {
            hash = hash.bytes(form(&word.text).as_bytes()).byte(b' ');
            let last = (further > 0).then_some(word.place);
            out.push(Feature {
                hash: hash.finish(),
                block,
                word: words[at].place,
                last,
            });
        }
    }
}

/// Runs of characters within the word and its borders.
fn pieces(word: &Word, shape: &Shape, out: &mut Vec<Feature>) {
    let bordered = format!(" {} ", word.text);
    let places: Vec<usize> = bordered
        .char_indices()
        .map(|(at, _)| at)
        .chain([bordered.len()])
        .collect();
    let chars = places.len() - 1;
    for from in 0..chars {
        for size in usize::from(shape.piece_min)..=usize::from(shape.piece_max) {
            let Some(&end) = places.get(from + size) else {
                break;
            };
            let hash = Hash::new(PIECES)
                .bytes(&bordered.as_bytes()[places[from]..end])
                .finish();
            out.push(Feature {
                hash,
                block: PIECES,
                word: word.place,
                last: None,
            });
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
            out.push(Feature {
                hash,
                block: PAIRS,
                word: one.place,
                last: Some(two.place),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const WORDS_ALONE: Shape = Shape {
        weights: [1.0, 0.0, 0.0, 0.0],
        ..Shape::FEW
    };

    fn made(text: &str, shape: &Shape) -> Vec<Feature> {
        let mut out = Vec::new();
        features(&Folded::new(text), shape, &mut out);
        out
    }

    fn hashes(text: &str, shape: &Shape) -> BTreeSet<u64> {
        made(text, shape).iter().map(|f| f.hash).collect()
    }

    #[test]
    fn spellings_of_one_message_have_the_same_features() {
        let plain = hashes("você não entregou 10 pães?", &Shape::FEW);
        assert_eq!(hashes("VC NÃO entregou 25 paes ?", &Shape::FEW), plain);
        assert_ne!(hashes("você não entregou 10 pães", &Shape::FEW), plain);
    }

    #[test]
    fn a_word_and_its_pieces_know_where_they_stand() {
        let all = made(
            "Olá mundo",
            &Shape {
                weights: [1.0, 1.0, 0.0, 0.0],
                ..Shape::FEW
            },
        );
        let words: Vec<Place> = all.iter().filter(|f| f.is_word()).map(|f| f.word).collect();
        assert_eq!(words, [(0, 3), (4, 9)]);
        // " ola " has 4 pieces of two characters, 3 of three and 2 of four.
        let of_first = all
            .iter()
            .filter(|f| !f.is_word() && f.word == (0, 3))
            .count();
        assert_eq!(of_first, 9);
    }

    #[test]
    fn pairs_have_no_order_and_runs_do() {
        let pairs = Shape {
            weights: [0.0, 0.0, 0.0, 1.0],
            ..Shape::FEW
        };
        assert_eq!(hashes("pão quente", &pairs), hashes("quente pão", &pairs));
        assert_eq!(made("um dois tres", &pairs).len(), 3);
        let runs = Shape {
            word_run_max: 2,
            ..WORDS_ALONE
        };
        assert_ne!(hashes("pão quente", &runs), hashes("quente pão", &runs));
        assert_eq!(made("um dois tres", &runs).len(), 5);
    }

    #[test]
    fn stems_meet() {
        let stems = Shape {
            weights: [0.0, 0.0, 1.0, 0.0],
            stem_run_max: 1,
            ..Shape::FEW
        };
        assert_eq!(
            hashes("cancelar pedidos", &stems),
            hashes("cancelei pedido", &stems)
        );
    }

    #[test]
    fn a_long_message_has_bounded_features() {
        let text = (0..5_000)
            .map(|n| format!("palavra{n} "))
            .collect::<String>();
        let all = made(&text, &Shape::FEW);
        assert!(all.iter().filter(|f| f.is_word()).count() <= WORDS_MAX);
        assert!(all.iter().filter(|f| f.block == PAIRS).count() <= 496);
        let link = made(&"x".repeat(10_000), &Shape::MANY);
        assert!(link.len() < 5 * WORD_BYTES_MAX);
    }

    #[test]
    fn shapes_of_training_are_sound_and_wild_ones_are_not() {
        assert!(Shape::FEW.is_sound() && Shape::MANY.is_sound());
        assert!(
            !Shape {
                piece_max: 200,
                ..Shape::FEW
            }
            .is_sound()
        );
        assert!(
            !Shape {
                weights: [f32::NAN, 0.0, 0.0, 0.0],
                ..Shape::FEW
            }
            .is_sound()
        );
    }
}
