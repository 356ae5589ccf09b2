//! Keeps embeddings beside the words: one byte a number, and the name of the model that made them.
//!
//! In: vectors by passage, from one model version. Out: how near each is to a question's. Two sets at
//! most: the one that serves, and the next one, which takes its place only when it is complete, so that a
//! change of model never leaves questions to half a set. Absent on purpose: approximate search (a contact
//! centre's knowledge is small enough to look at all of it) and calls for embeddings.

use super::chunk::ChunkId;
use super::fast::FastMap;

/// The embeddings of an index.
#[derive(Clone, Debug, Default)]
pub struct Vectors {
    pub(super) serving: Option<Set>,
    pub(super) coming: Option<Set>,
}

/// The vectors of one model, each of length one before it was rounded.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Set {
    pub(super) model: String,
    pub(super) dims: usize,
    /// Row by row; rows that were given up are filled by the last one.
    pub(super) numbers: Vec<i8>,
    /// What one step of a row's bytes is worth.
    pub(super) steps: Vec<f32>,
    pub(super) ids: Vec<u128>,
    rows: FastMap<u128, u32>,
}

/// Why a vector was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoVector {
    #[error("the vectors of {model} have {expected} numbers, this one has {found}")]
    Length {
        model: String,
        expected: usize,
        found: usize,
    },
    #[error("a vector has between 1 and {max} finite numbers that are not all zero")]
    Shape { max: usize },
    #[error("the passage is not in the index")]
    Passage,
}

/// The longest vectors of models that are sold today have 4,096 numbers.
pub const DIMS_MAX: usize = 8_192;

impl Vectors {
    /// Keeps a passage's vector. Vectors of a model other than the serving one go to the next set; those
    /// of a third model start the next set again.
    ///
    /// # Errors
    /// [`NoVector`]; nothing has changed then.
    pub(super) fn put(&mut self, model: &str, id: ChunkId, vector: &[f32]) -> Result<(), NoVector> {
        let (bytes, step) = rounded(vector).ok_or(NoVector::Shape { max: DIMS_MAX })?;
        if let Some(set) = self.serving.as_mut().filter(|set| set.model == model) {
            return set.put(id, &bytes, step);
        }
        match self.coming.as_mut().filter(|set| set.model == model) {
            Some(set) => set.put(id, &bytes, step),
            None => {
                let mut set = Set::new(model, bytes.len());
                set.put(id, &bytes, step)?;
                self.coming = Some(set);
                Ok(())
            }
        }
    }

    /// Lets the next set serve where it has a vector for each of so many passages, or where none serves
    /// that it would displace.
    pub(super) fn promote(&mut self, passages: usize) {
        let complete = self
            .coming
            .as_ref()
            .is_some_and(|set| set.ids.len() >= passages);
        if complete {
            self.serving = self.coming.take();
        }
    }

    pub(super) fn remove(&mut self, id: ChunkId) {
        for set in [&mut self.serving, &mut self.coming].into_iter().flatten() {
            set.remove(id);
        }
    }

    /// The model whose vectors answer now: questions are embedded with this one.
    #[must_use]
    pub fn serving(&self) -> Option<&str> {
        self.serving.as_ref().map(|set| set.model.as_str())
    }

    /// The model whose vectors are being gathered, and how many there are.
    #[must_use]
    pub fn coming(&self) -> Option<(&str, usize)> {
        self.coming
            .as_ref()
            .map(|set| (set.model.as_str(), set.ids.len()))
    }

    /// Whether the passage has a vector of this model.
    #[must_use]
    pub fn has(&self, model: &str, id: ChunkId) -> bool {
        [&self.serving, &self.coming]
            .into_iter()
            .flatten()
            .any(|set| set.model == model && set.rows.contains_key(&id.0))
    }

    pub(super) fn heap_bytes(&self) -> usize {
        [&self.serving, &self.coming]
            .into_iter()
            .flatten()
            .map(|set| set.numbers.capacity() + set.ids.capacity() * (16 + 4 + 29))
            .sum()
    }

    /// The serving set, where it is of this model and the question's vector fits it.
    pub(super) fn fitting(&self, model: &str, vector: &[f32]) -> Option<(&Set, Vec<i8>, f32)> {
        let set = self.serving.as_ref()?;
        if set.model != model || set.dims != vector.len() {
            return None;
        }
        let (bytes, step) = rounded(vector)?;
        Some((set, bytes, step))
    }
}

impl Set {
    pub(super) fn new(model: &str, dims: usize) -> Set {
        Set {
            model: model.to_string(),
            dims,
            numbers: Vec::new(),
            steps: Vec::new(),
            ids: Vec::new(),
            rows: FastMap::default(),
        }
    }

    pub(super) fn put(&mut self, id: ChunkId, bytes: &[i8], step: f32) -> Result<(), NoVector> {
        if bytes.len() != self.dims {
            return Err(NoVector::Length {
                model: self.model.clone(),
                expected: self.dims,
                found: bytes.len(),
            });
        }
        if let Some(row) = self.rows.get(&id.0) {
            let from = *row as usize * self.dims;
            self.numbers[from..from + self.dims].copy_from_slice(bytes);
            self.steps[*row as usize] = step;
            return Ok(());
        }
        let row = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
        self.rows.insert(id.0, row);
        self.ids.push(id.0);
        self.numbers.extend_from_slice(bytes);
        self.steps.push(step);
        Ok(())
    }

    fn remove(&mut self, id: ChunkId) {
        let Some(row) = self.rows.remove(&id.0) else {
            return;
        };
        let row = row as usize;
        let last = self.ids.len() - 1;
        self.ids.swap_remove(row);
        self.steps.swap_remove(row);
        if row != last {
            self.numbers
                .copy_within(last * self.dims..(last + 1) * self.dims, row * self.dims);
            let moved = self.ids[row];
            self.rows
                .insert(moved, u32::try_from(row).unwrap_or(u32::MAX));
        }
        self.numbers.truncate(last * self.dims);
    }

    /// The cosine between each passage and the question, in no order.
    pub(super) fn each_near(&self, question: &[i8], step: f32, mut visit: impl FnMut(u128, f32)) {
        let rows = self.numbers.chunks_exact(self.dims.max(1));
        for ((row, id), own) in rows.zip(&self.ids).zip(&self.steps) {
            visit(*id, dot(row, question) * own * step);
        }
    }
}

/// Plain sums over bytes, which the compiler turns into vector instructions.
fn dot(left: &[i8], right: &[i8]) -> f32 {
    let sum: i32 = left
        .iter()
        .zip(right)
        .map(|(a, b)| i32::from(*a) * i32::from(*b))
        .sum();
    // At most 8,192 products of at most 16,129: far inside an i32, and near enough in an f32.
    sum as f32
}

/// The vector with length one as bytes, and what one step of them is worth.
fn rounded(vector: &[f32]) -> Option<(Vec<i8>, f32)> {
    if vector.is_empty() || vector.len() > DIMS_MAX || vector.iter().any(|n| !n.is_finite()) {
        return None;
    }
    let length = vector
        .iter()
        .map(|number| f64::from(*number) * f64::from(*number))
        .sum::<f64>()
        .sqrt();
    let most = vector
        .iter()
        .fold(0f64, |most, number| most.max(f64::from(*number).abs()));
    if length <= 0.0 || !length.is_finite() || most <= 0.0 {
        return None;
    }
    let step = most / length / 127.0;
    let bytes = vector
        .iter()
        .map(|number| (f64::from(*number) / length / step).round() as i8)
        .collect();
    Some((bytes, step as f32))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(set: &Set, question: &[f32]) -> Vec<(u128, f32)> {
        let (bytes, step) = rounded(question).unwrap();
        let mut all = Vec::new();
        set.each_near(&bytes, step, |id, score| all.push((id, score)));
        all.sort_by_key(|(id, _)| *id);
        all
    }

    #[test]
    fn bytes_keep_the_cosine() {
        let mut set = Set::new("m", 64);
        let vector = |seed: u32| -> Vec<f32> {
            (0..64u32)
                .map(|n| ((n * seed) as f32 * 0.37).sin())
                .collect()
        };
        for id in 1..20u32 {
            let (bytes, step) = rounded(&vector(id)).unwrap();
            set.put(ChunkId(u128::from(id)), &bytes, step).unwrap();
        }
        let question = vector(7);
        let exact = |other: &[f32]| {
            let dot: f32 = question.iter().zip(other).map(|(a, b)| a * b).sum();
            let len = |v: &[f32]| v.iter().map(|n| n * n).sum::<f32>().sqrt();
            dot / len(&question) / len(other)
        };
        for (id, score) in near(&set, &question) {
            let wanted = exact(&vector(u32::try_from(id).unwrap()));
            assert!((score - wanted).abs() < 0.02, "{id}: {score} {wanted}");
        }
    }

    #[test]
    fn an_old_set_serves_until_the_new_one_is_complete() {
        let mut all = Vectors::default();
        for id in 0..3 {
            all.put("v1", ChunkId(id), &[1.0, 0.0]).unwrap();
            all.promote(3);
        }
        assert_eq!(all.serving(), Some("v1"));
        for id in 0..2 {
            all.put("v2", ChunkId(id), &[0.0, 1.0, 0.5]).unwrap();
            all.promote(3);
            assert_eq!(all.serving(), Some("v1"));
        }
        assert_eq!(all.coming(), Some(("v2", 2)));
        assert!(all.fitting("v2", &[0.0, 1.0, 0.0]).is_none());
        all.put("v2", ChunkId(2), &[0.0, 1.0, 0.5]).unwrap();
        all.promote(3);
        assert_eq!((all.serving(), all.coming()), (Some("v2"), None));
        assert!(all.has("v2", ChunkId(1)) && !all.has("v1", ChunkId(1)));
    }

    #[test]
    fn a_third_model_starts_the_next_set_again() {
        let mut all = Vectors::default();
        all.put("v1", ChunkId(1), &[1.0]).unwrap();
        all.promote(1);
        all.put("v2", ChunkId(1), &[1.0]).unwrap();
        all.put("v3", ChunkId(2), &[1.0]).unwrap();
        assert_eq!(all.coming(), Some(("v3", 1)));
        assert_eq!(all.serving(), Some("v1"));
    }

    #[test]
    fn what_goes_leaves_the_others_in_place() {
        let mut set = Set::new("m", 2);
        for id in 0..4u8 {
            set.put(
                ChunkId(u128::from(id)),
                &[i8::try_from(id).unwrap() + 1, 1],
                1.0,
            )
            .unwrap();
        }
        set.remove(ChunkId(1));
        set.remove(ChunkId(9));
        assert_eq!(set.ids.len(), 3);
        for (id, row) in set.ids.iter().zip(set.numbers.chunks(2)) {
            assert_eq!(u128::try_from(row[0]).unwrap(), id + 1);
        }
        set.put(ChunkId(3), &[9, 9], 1.0).unwrap();
        assert_eq!(set.ids.len(), 3);
    }

    #[test]
    fn vectors_of_no_use_are_refused() {
        let mut all = Vectors::default();
        for bad in [&[][..], &[0.0, 0.0], &[f32::NAN, 1.0], &[f32::INFINITY]] {
            assert_eq!(
                all.put("m", ChunkId(1), bad),
                Err(NoVector::Shape { max: DIMS_MAX })
            );
        }
        all.put("m", ChunkId(1), &[1.0, 2.0]).unwrap();
        assert!(matches!(
            all.put("m", ChunkId(2), &[1.0]),
            Err(NoVector::Length {
                expected: 2,
                found: 1,
                ..
            })
        ));
        assert_eq!(all.coming(), Some(("m", 1)));
    }
}
