//! Writes a model as bytes and reads it back.
//!
//! In: a model, or bytes of anybody. Out: bytes that are the same for the same model on every machine, or
//! a model, or a [`BadModel`] that says what to do. Every length is checked against the bytes that are
//! left before anything is made of it. The form grows by version; what an older one wrote stays readable
//! or is refused by number, and a model can always be trained again. Absent: files.

use super::confidence::Confidence;
use super::features::{BLOCKS, Shape};
use super::judge::{Gate, SIGNALS};
use super::limits::{INTENTS_MAX, INTENTS_MIN, MODEL_BYTES_MAX, NAME_BYTES_MAX};
use super::model::Model;
use super::quantised::{PARTS, Quantised};
use super::vocabulary::Vocabulary;
use crate::text::hash::hash;

const MAGIC: &[u8; 8] = b"ponteint";
/// Of the form and of the features: one that makes other features of a text needs another number.
const VERSION: u32 = 1;

/// Why bytes are no model. What to do is always the same: train again from the examples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadModel {
    #[error("not an intent model")]
    Foreign,
    #[error("an intent model of version {0}; this program reads {VERSION}: train it again")]
    Version(u32),
    #[error("the intent model is damaged: train it again")]
    Damaged,
    #[error("the intent model has {0} bytes, more than {MODEL_BYTES_MAX}")]
    TooLarge(usize),
}

impl Model {
    /// The model as bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut body = Vec::with_capacity(self.weights.steps.len() + 24 * self.vocabulary.len());
        put(&mut body, self.names.len() as u32);
        for name in &self.names {
            put(&mut body, name.len() as u32);
            body.extend_from_slice(name.as_bytes());
        }
        let shape = &self.vocabulary.shape;
        body.extend([
            shape.word_run_max,
            shape.piece_min,
            shape.piece_max,
            shape.stem_run_max,
        ]);
        floats(&mut body, &shape.weights);
        floats(&mut body, &[self.vocabulary.unknown_rarity]);
        floats(&mut body, &self.gate.means);
        floats(&mut body, &self.gate.deviations);
        let curve = &self.confidence;
        floats(
            &mut body,
            &[self.gate.threshold, curve.level, curve.lead, curve.start],
        );
        put(&mut body, self.vocabulary.len() as u32);
        self.vocabulary
            .hashes
            .iter()
            .for_each(|hash| body.extend(hash.to_le_bytes()));
        floats(&mut body, &self.vocabulary.rarity);
        self.weights
            .scales
            .iter()
            .for_each(|scales| floats(&mut body, scales));
        floats(&mut body, &self.weights.constants);
        body.extend(self.weights.steps.iter().map(|step| step.to_le_bytes()[0]));
        let mut bytes = MAGIC.to_vec();
        put(&mut bytes, VERSION);
        bytes.extend(hash(&body).to_le_bytes());
        bytes.append(&mut body);
        bytes
    }

    /// The model that bytes are.
    ///
    /// # Errors
    /// [`BadModel`] for anything that [`Model::to_bytes`] would not write.
    pub fn from_bytes(bytes: &[u8]) -> Result<Model, BadModel> {
        if bytes.len() > MODEL_BYTES_MAX {
            return Err(BadModel::TooLarge(bytes.len()));
        }
        let rest = bytes.strip_prefix(MAGIC).ok_or(BadModel::Foreign)?;
        let mut reader = Reader(rest);
        let version = reader.number().ok_or(BadModel::Damaged)?;
        if version != VERSION {
            return Err(BadModel::Version(version));
        }
        let sum = reader.long().ok_or(BadModel::Damaged)?;
        if hash(reader.0) != sum {
            return Err(BadModel::Damaged);
        }
        read(&mut reader)
            .filter(|_| reader.0.is_empty())
            .ok_or(BadModel::Damaged)
    }
}

fn read(reader: &mut Reader<'_>) -> Option<Model> {
    let intents = reader.number()? as usize;
    if !(INTENTS_MIN..=INTENTS_MAX).contains(&intents) {
        return None;
    }
    let names = (0..intents)
        .map(|_| reader.name())
        .collect::<Option<Vec<String>>>()?;
    let sizes = reader.take(4)?;
    let shape = Shape {
        word_run_max: sizes[0],
        piece_min: sizes[1],
        piece_max: sizes[2],
        stem_run_max: sizes[3],
        weights: reader.array::<BLOCKS>()?,
    };
    let [unknown_rarity] = reader.array()?;
    let means = reader.array::<SIGNALS>()?;
    let deviations = reader.array::<SIGNALS>()?;
    let [threshold, level, lead, start] = reader.array()?;
    let features = reader.number()? as usize;
    let hashes: Vec<u64> = reader
        .take(features.checked_mul(8)?)?
        .chunks_exact(8)
        .filter_map(long)
        .collect();
    let rarity = reader.floats(features)?;
    let scales = reader.floats(features.checked_mul(PARTS)?)?;
    let width = 2 * intents + 1;
    let constants = reader.floats(width)?;
    let steps = reader.take(features.checked_mul(width)?)?;
    let sorted = hashes.windows(2).all(|pair| pair[0] < pair[1]);
    let finite = |values: &[f32]| values.iter().all(|v| v.is_finite());
    let sound = sorted
        && finite(&rarity)
        && finite(&scales)
        && finite(&constants)
        && finite(&means)
        && finite(&[unknown_rarity, threshold, level, lead, start])
        && shape.is_sound()
        && deviations.iter().all(|d| d.is_finite() && *d > 0.0);
    let scales = scales
        .chunks_exact(PARTS)
        .map(|s| [s[0], s[1], s[2]])
        .collect();
    sound.then(|| Model {
        names,
        vocabulary: Vocabulary::new(shape, hashes, rarity, unknown_rarity),
        weights: Quantised {
            intents,
            steps: steps
                .iter()
                .map(|byte| i8::from_le_bytes([*byte]))
                .collect(),
            scales,
            constants,
        },
        gate: Gate {
            means,
            deviations,
            threshold,
        },
        confidence: Confidence { level, lead, start },
    })
}

fn put(to: &mut Vec<u8>, number: u32) {
    to.extend(number.to_le_bytes());
}

fn floats(to: &mut Vec<u8>, values: &[f32]) {
    values
        .iter()
        .for_each(|value| to.extend(value.to_le_bytes()));
}

fn long(bytes: &[u8]) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.try_into().ok()?))
}

/// What is left to read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    fn long(&mut self) -> Option<u64> {
        long(self.take(8)?)
    }

    fn floats(&mut self, count: usize) -> Option<Vec<f32>> {
        let bytes = self.take(count.checked_mul(4)?)?;
        let values = bytes
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
        Some(values.collect())
    }

    fn array<const N: usize>(&mut self) -> Option<[f32; N]> {
        self.floats(N)?.try_into().ok()
    }

    fn name(&mut self) -> Option<String> {
        let length = self.number()? as usize;
        if length > NAME_BYTES_MAX {
            return None;
        }
        String::from_utf8(self.take(length)?.to_vec()).ok()
    }
}
