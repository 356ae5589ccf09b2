//! Vectors of texts: words counted into a few places, so that texts that share words lie near each other.
//!
//! In: a text. Out: 64 numbers of length one, the same each time. Absent: meaning.

/// Numbers of a vector.
pub(crate) const DIMENSIONS: usize = 64;

pub(crate) fn vector(text: &str) -> Vec<f64> {
    let mut sums = vec![0.0_f64; DIMENSIONS];
    for word in text.to_lowercase().split(|c: char| !c.is_alphanumeric()) {
        if word.is_empty() {
            continue;
        }
        // FNV-1a: the same on every machine.
        let hash = word.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let place = usize::try_from(hash % 64).unwrap_or(0);
        sums[place] += 1.0;
    }
    let length = sums.iter().map(|n| n * n).sum::<f64>().sqrt();
    if length == 0.0 {
        sums[0] = 1.0;
        return sums;
    }
    sums.into_iter().map(|n| n / length).collect()
}
