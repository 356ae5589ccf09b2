//! Writes an index as bytes and reads it again, so that a restart need not read every text.
//!
//! In: an index. Out: bytes with a version and a checksum: the words once, then each passage as word
//! numbers, then the vectors. Postings and counts are made again from the words, so damaged bytes can
//! give a refusal but never an index that disagrees with itself. Absent on purpose: compatibility between
//! versions; the store is the truth.

use super::chunk::ChunkId;
use super::index::{BadBytes, Index};
use super::postings::{put_number, take_number};
use super::vectors::Set;

const MAGIC: &[u8; 8] = b"ponteix1";

pub(super) fn to_bytes(index: &Index) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    put_number(index.words.len() as u64, &mut bytes);
    for word in 0..u32::try_from(index.words.len()).unwrap_or(u32::MAX) {
        put_text(index.words.text(word), &mut bytes);
    }
    put_number(index.len() as u64, &mut bytes);
    for doc in index.live() {
        bytes.extend_from_slice(&doc.id.to_le_bytes());
        bytes.extend_from_slice(&doc.source.to_le_bytes());
        let (audience, tags) = index.label_parts(doc);
        put_text(audience, &mut bytes);
        put_number(tags.len() as u64, &mut bytes);
        for tag in tags {
            put_text(tag, &mut bytes);
        }
        let all = index.doc_words(doc);
        put_number(u64::from(doc.title_words), &mut bytes);
        put_number(all.len() as u64, &mut bytes);
        for word in all {
            put_number(u64::from(word), &mut bytes);
        }
    }
    for set in [&index.vectors().serving, &index.vectors().coming] {
        put_set(set.as_ref(), &mut bytes);
    }
    let sum = checksum(&bytes);
    bytes.extend_from_slice(&sum.to_le_bytes());
    bytes
}

pub(super) fn from_bytes(bytes: &[u8]) -> Result<Index, BadBytes> {
    let (body, sum) = bytes.split_last_chunk::<8>().ok_or(BadBytes)?;
    if checksum(body) != u64::from_le_bytes(*sum) {
        return Err(BadBytes);
    }
    let mut rest = body.strip_prefix(MAGIC.as_slice()).ok_or(BadBytes)?;
    let mut index = Index::new();
    for number in 0..take_number(&mut rest).ok_or(BadBytes)? {
        if u64::from(index.words.enter(&take_text(&mut rest)?)) != number {
            return Err(BadBytes);
        }
    }
    for _ in 0..take_number(&mut rest).ok_or(BadBytes)? {
        take_passage(&mut rest, &mut index)?;
    }
    let serving = take_set(&mut rest, &index)?;
    let coming = take_set(&mut rest, &index)?;
    index.restore_vectors(serving, coming);
    if rest.is_empty() {
        Ok(index)
    } else {
        Err(BadBytes)
    }
}

fn take_passage(rest: &mut &[u8], index: &mut Index) -> Result<(), BadBytes> {
    let id = u128::from_le_bytes(take_array(rest)?);
    let source = u128::from_le_bytes(take_array(rest)?);
    let audience = take_text(rest)?;
    let mut tags = Vec::new();
    for _ in 0..take_number(rest).ok_or(BadBytes)? {
        tags.push(take_text(rest)?);
    }
    let title_words = take_number(rest).ok_or(BadBytes)?;
    let count = take_number(rest).ok_or(BadBytes)?;
    let mut all = Vec::new();
    for _ in 0..count {
        let word = take_number(rest).ok_or(BadBytes)?;
        if word >= index.words.len() as u64 {
            return Err(BadBytes);
        }
        all.push(u32::try_from(word).map_err(|_| BadBytes)?);
    }
    let title_words = u16::try_from(title_words).map_err(|_| BadBytes)?;
    if usize::from(title_words) > all.len() || index.contains(ChunkId(id)) {
        return Err(BadBytes);
    }
    index.restore((id, source), (audience, tags), title_words, &all);
    Ok(())
}

fn put_set(set: Option<&Set>, bytes: &mut Vec<u8>) {
    let Some(set) = set else {
        put_number(0, bytes);
        return;
    };
    put_number(set.dims as u64, bytes);
    put_text(&set.model, bytes);
    put_number(set.ids.len() as u64, bytes);
    let rows = set.numbers.chunks_exact(set.dims.max(1));
    for ((row, id), step) in rows.zip(&set.ids).zip(&set.steps) {
        bytes.extend_from_slice(&id.to_le_bytes());
        bytes.extend_from_slice(&step.to_le_bytes());
        bytes.extend(row.iter().map(|number| number.cast_unsigned()));
    }
}

fn take_set(rest: &mut &[u8], index: &Index) -> Result<Option<Set>, BadBytes> {
    let dims = usize::try_from(take_number(rest).ok_or(BadBytes)?).map_err(|_| BadBytes)?;
    if dims == 0 {
        return Ok(None);
    }
    let mut set = Set::new(&take_text(rest)?, dims);
    for _ in 0..take_number(rest).ok_or(BadBytes)? {
        let id = ChunkId(u128::from_le_bytes(take_array(rest)?));
        let step = f32::from_le_bytes(take_array(rest)?);
        let (row, after) = rest.split_at_checked(dims).ok_or(BadBytes)?;
        *rest = after;
        let row: Vec<i8> = row.iter().map(|byte| byte.cast_signed()).collect();
        if !step.is_finite() || !index.contains(id) {
            return Err(BadBytes);
        }
        set.put(id, &row, step).map_err(|_| BadBytes)?;
    }
    Ok(Some(set))
}

fn put_text(text: &str, bytes: &mut Vec<u8>) {
    put_number(text.len() as u64, bytes);
    bytes.extend_from_slice(text.as_bytes());
}

fn take_text(rest: &mut &[u8]) -> Result<String, BadBytes> {
    let length = usize::try_from(take_number(rest).ok_or(BadBytes)?).map_err(|_| BadBytes)?;
    let (text, after) = rest.split_at_checked(length).ok_or(BadBytes)?;
    *rest = after;
    String::from_utf8(text.to_vec()).map_err(|_| BadBytes)
}

fn take_array<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], BadBytes> {
    let (array, after) = rest.split_first_chunk::<N>().ok_or(BadBytes)?;
    *rest = after;
    Ok(*array)
}

/// Against damage by disks, not by people.
fn checksum(bytes: &[u8]) -> u64 {
    bytes.chunks(8).fold(0xcbf2_9ce4_8422_2325, |sum, part| {
        let mut eight = [0; 8];
        eight[..part.len()].copy_from_slice(part);
        (sum.rotate_left(5) ^ u64::from_le_bytes(eight)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    })
}
