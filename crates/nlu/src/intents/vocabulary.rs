//! Numbers the features of the examples and weighs each by how rare it is.
//!
//! In: the features of all examples. Out: a [`Vocabulary`], and through it a text as a [`Row`]: sparse,
//! each block of length one by itself before weighting, and the whole of length one. A feature that no
//! example has gets no place in the row but counts in its length: a message full of unknown words is
//! near to nothing, which is what rejection needs to see. Next: `linear.rs`.

use super::features::{BLOCKS, Feature, Shape, features};
use crate::text::Folded;
use std::collections::BTreeMap;

/// A text as numbers: feature and value, by feature; one more at the end stands for the constant.
pub(super) type Row = Vec<(u32, f32)>;

/// The features that examples have.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Vocabulary {
    pub(super) shape: Shape,
    /// Sorted; the place of a hash is the number of its feature.
    pub(super) hashes: Vec<u64>,
    /// By feature.
    pub(super) rarity: Vec<f32>,
    /// What a feature weighs that no example has.
    pub(super) unknown_rarity: f32,
    table: Table,
}

impl Vocabulary {
    /// Counts in how many texts each feature stands, and keeps the most common, at most `max`.
    pub(super) fn learn<'a>(
        texts: impl Iterator<Item = &'a Folded>,
        shape: Shape,
        max: usize,
    ) -> Vocabulary {
        let mut counts: BTreeMap<u64, u32> = BTreeMap::new();
        let mut found = Vec::new();
        let mut hashes = Vec::new();
        let mut all = 0u32;
        for text in texts {
            features(text, &shape, &mut found);
            hashes.clear();
            hashes.extend(found.iter().map(|f| f.hash));
            hashes.sort_unstable();
            hashes.dedup();
            for hash in &hashes {
                *counts.entry(*hash).or_default() += 1;
            }
            all += 1;
        }
        let mut least = 1;
        while counts.len() > max {
            least += 1;
            counts.retain(|_, count| *count >= least);
        }
        let rarity = |count: u32| ((1.0 + all as f32) / (1.0 + count as f32)).ln() + 1.0;
        Vocabulary::new(
            shape,
            counts.keys().copied().collect(),
            counts.values().map(|count| rarity(*count)).collect(),
            rarity(0),
        )
    }

    pub(super) fn new(
        shape: Shape,
        hashes: Vec<u64>,
        rarity: Vec<f32>,
        unknown_rarity: f32,
    ) -> Vocabulary {
        let table = Table::new(&hashes);
        Vocabulary {
            shape,
            hashes,
            rarity,
            unknown_rarity,
            table,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.hashes.len()
    }

    pub(super) fn number(&self, hash: u64) -> Option<u32> {
        self.table.find(hash, &self.hashes)
    }

    /// The text as a row. `found` keeps its features.
    pub(super) fn row(&self, text: &Folded, found: &mut Vec<Feature>) -> Row {
        features(text, &self.shape, found);
        let mut row: Vec<(u8, u32, f32)> = Vec::with_capacity(found.len());
        let mut unknown = [0.0f32; BLOCKS];
        for feature in found.iter() {
            match self.number(feature.hash) {
                Some(number) => row.push((feature.block, number, 1.0)),
                None => {
                    unknown[usize::from(feature.block)] += self.unknown_rarity * self.unknown_rarity
                }
            }
        }
        row.sort_unstable_by_key(|(block, number, _)| (*block, *number));
        row.dedup_by(|next, kept| {
            let same = next.1 == kept.1 && next.0 == kept.0;
            if same {
                kept.2 += next.2;
            }
            same
        });
        let mut squares = [0.0f32; BLOCKS];
        for (block, number, value) in &mut row {
            *value = (1.0 + value.ln()) * self.rarity[*number as usize];
            squares[usize::from(*block)] += *value * *value;
        }
        self.scaled(row, squares, unknown)
    }

    fn scaled(
        &self,
        row: Vec<(u8, u32, f32)>,
        squares: [f32; BLOCKS],
        unknown: [f32; BLOCKS],
    ) -> Row {
        let mut scales = [0.0f32; BLOCKS];
        let mut whole = 0.0f32;
        for block in 0..BLOCKS {
            let length = squares[block] + unknown[block];
            if length > 0.0 {
                scales[block] = self.shape.weights[block] / length.sqrt();
                whole += self.shape.weights[block] * self.shape.weights[block];
            }
        }
        let whole = whole.sqrt().max(f32::MIN_POSITIVE);
        let mut out: Row = row
            .into_iter()
            .map(|(block, number, value)| (number, value * scales[usize::from(block)] / whole))
            .collect();
        out.sort_unstable_by_key(|(number, _)| *number);
        out
    }
}

/// Finds a hash's number without a search: open addressing, at most half full.
#[derive(Clone, Debug, PartialEq)]
struct Table {
    /// Number and one, or nought for an empty slot.
    slots: Vec<u32>,
}

impl Table {
    fn new(hashes: &[u64]) -> Table {
        let size = (hashes.len() * 2).next_power_of_two().max(2);
        let mut slots = vec![0u32; size];
        for (number, hash) in hashes.iter().enumerate() {
            let mut at = (*hash as usize) & (size - 1);
            while slots[at] != 0 {
                at = (at + 1) & (size - 1);
            }
            slots[at] = number as u32 + 1;
        }
        Table { slots }
    }

    fn find(&self, hash: u64, hashes: &[u64]) -> Option<u32> {
        let mask = self.slots.len() - 1;
        let mut at = (hash as usize) & mask;
        loop {
            let slot = self.slots[at];
            if slot == 0 {
                return None;
            }
            if hashes[slot as usize - 1] == hash {
                return Some(slot - 1);
            }
            at = (at + 1) & mask;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS_ALONE: Shape = Shape {
        weights: [1.0, 0.0, 0.0, 0.0],
        ..Shape::FEW
    };

    fn learned(texts: &[&str], shape: Shape, max: usize) -> Vocabulary {
        let folded: Vec<Folded> = texts.iter().map(|text| Folded::new(text)).collect();
        Vocabulary::learn(folded.iter(), shape, max)
    }

    fn row(vocabulary: &Vocabulary, text: &str) -> Row {
        vocabulary.row(&Folded::new(text), &mut Vec::new())
    }

    fn length(row: &[(u32, f32)]) -> f32 {
        row.iter()
            .map(|(_, value)| value * value)
            .sum::<f32>()
            .sqrt()
    }

    #[test]
    fn a_known_text_has_length_one_and_an_unknown_one_none() {
        let vocabulary = learned(&["quero pão", "quero bolo"], Shape::FEW, 10_000);
        assert!((length(&row(&vocabulary, "quero pão")) - 1.0).abs() < 1e-5);
        assert!(row(&vocabulary, "xyz").is_empty());
        assert!(row(&vocabulary, "").is_empty());
    }

    #[test]
    fn unknown_words_take_from_the_length() {
        let vocabulary = learned(&["quero pão", "quero bolo"], WORDS_ALONE, 10_000);
        let (half, whole) = (row(&vocabulary, "quero xyz"), row(&vocabulary, "quero pão"));
        assert!(length(&half) < 0.9 * length(&whole), "{half:?}");
    }

    #[test]
    fn rare_words_weigh_more() {
        let vocabulary = learned(
            &["quero pão", "quero bolo", "quero café"],
            WORDS_ALONE,
            10_000,
        );
        let mut values: Vec<f32> = row(&vocabulary, "quero pão")
            .iter()
            .map(|(_, v)| *v)
            .collect();
        values.sort_by(f32::total_cmp);
        assert!(values[1] > 1.5 * values[0], "{values:?}");
    }

    #[test]
    fn the_rarest_go_where_there_are_too_many() {
        let vocabulary = learned(&["quero pão", "quero bolo", "quero café"], WORDS_ALONE, 2);
        assert_eq!(vocabulary.len(), 1);
        assert_eq!(row(&vocabulary, "quero").len(), 1);
    }

    #[test]
    fn every_hash_is_found_under_its_number_and_others_are_not() {
        let hashes: Vec<u64> = (0..1_000u64).map(|n| n * 4_096).collect();
        let table = Table::new(&hashes);
        for (number, hash) in hashes.iter().enumerate() {
            assert_eq!(table.find(*hash, &hashes), Some(number as u32));
        }
        assert_eq!(table.find(1, &hashes), None);
        assert_eq!(Table::new(&[]).find(1, &[]), None);
    }
}
