//! Keeps every word that passages have, once: its number, its stems and its groups of letters.
//!
//! In: folded words. Out: numbers, and through them stems, letter groups and words spelt alike. Numbers
//! are given in the order of arrival and never leave the index: nothing that can be seen depends on them.
//! Absent on purpose: which passages have a word (`index.rs`).

use super::fast::FastMap;
use super::stem;

/// The words of an index.
#[derive(Clone, Debug, Default)]
pub(super) struct Vocabulary {
    numbers: FastMap<Box<str>, u32>,
    words: Vec<Entry>,
    heavy: FastMap<Box<str>, u32>,
    light: FastMap<Box<str>, u32>,
    groups: FastMap<u32, u32>,
    /// The letter groups of all words, one after the other.
    group_run: Vec<u32>,
    /// Words by three letters in a row, to find those spelt alike.
    alike: FastMap<u32, Vec<u32>>,
}

#[derive(Clone, Debug)]
struct Entry {
    text: Box<str>,
    heavy: u32,
    light: u32,
    /// Of the heavy stem's letters, so that pairs of stems have keys that no order of arrival changes.
    stem_hash: u32,
    groups_from: u32,
    groups: u16,
}

impl Vocabulary {
    /// The word's number, a new one where it has none.
    pub(super) fn enter(&mut self, word: &str) -> u32 {
        if let Some(number) = self.numbers.get(word) {
            return *number;
        }
        let number = u32::try_from(self.words.len()).unwrap_or(u32::MAX);
        let heavy_stem = stem::heavy(word);
        let stem_hash = hash_text(&heavy_stem);
        let heavy = enter_stem(&mut self.heavy, &heavy_stem);
        let light = enter_stem(&mut self.light, &stem::light(word));
        let from = u32::try_from(self.group_run.len()).unwrap_or(u32::MAX);
        let mut groups = 0;
        each_group(word, |group| {
            let next = u32::try_from(self.groups.len()).unwrap_or(u32::MAX);
            self.group_run
                .push(*self.groups.entry(group).or_insert(next));
            groups += 1;
        });
        if word.len() >= ALIKE_CHARS_MIN {
            each_triple(word, |triple| {
                let list = self.alike.entry(triple).or_default();
                if list.last() != Some(&number) {
                    list.push(number);
                }
            });
        }
        self.words.push(Entry {
            text: word.into(),
            heavy,
            light,
            stem_hash,
            groups_from: from,
            groups,
        });
        self.numbers.insert(word.into(), number);
        number
    }

    pub(super) fn len(&self) -> usize {
        self.words.len()
    }

    pub(super) fn text(&self, word: u32) -> &str {
        self.words
            .get(word as usize)
            .map_or("", |entry| &entry.text)
    }

    pub(super) fn heavy(&self, word: u32) -> u32 {
        self.words
            .get(word as usize)
            .map_or(u32::MAX, |entry| entry.heavy)
    }

    pub(super) fn light(&self, word: u32) -> u32 {
        self.words
            .get(word as usize)
            .map_or(u32::MAX, |entry| entry.light)
    }

    pub(super) fn stem_hash(&self, word: u32) -> u32 {
        self.words
            .get(word as usize)
            .map_or(0, |entry| entry.stem_hash)
    }

    /// The numbers of the word's letter groups; one that comes twice is there twice.
    pub(super) fn groups(&self, word: u32) -> &[u32] {
        self.words.get(word as usize).map_or(&[], |entry| {
            let from = entry.groups_from as usize;
            self.group_run
                .get(from..from + usize::from(entry.groups))
                .unwrap_or(&[])
        })
    }

    pub(super) fn heavy_len(&self) -> usize {
        self.heavy.len()
    }

    pub(super) fn light_len(&self) -> usize {
        self.light.len()
    }

    pub(super) fn groups_len(&self) -> usize {
        self.groups.len()
    }

    pub(super) fn find_heavy(&self, word: &str) -> Option<u32> {
        self.heavy.get(stem::heavy(word).as_str()).copied()
    }

    pub(super) fn find_light(&self, word: &str) -> Option<u32> {
        self.light.get(stem::light(word).as_str()).copied()
    }

    pub(super) fn find_group(&self, group: u32) -> Option<u32> {
        self.groups.get(&group).copied()
    }

    /// Words that may be spelt like this one with so many letters wrong; in no order, each once. A wrong
    /// letter spoils at most three triples, so that among one triple more than can be spoilt, one is whole:
    /// the rarest are enough.
    pub(super) fn sharing(&self, word: &str, wrong: usize) -> Vec<u32> {
        let mut lists: Vec<&[u32]> = Vec::new();
        each_triple(word, |triple| {
            lists.push(self.alike.get(&triple).map_or(&[], Vec::as_slice));
        });
        lists.sort_by_key(|list| list.len());
        let mut shared: Vec<u32> = lists
            .into_iter()
            .take(wrong * 3 + 1)
            .filter(|list| list.len() <= ALIKE_LIST_MAX)
            .flatten()
            .copied()
            .collect();
        shared.sort_unstable();
        shared.dedup();
        shared
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let texts: usize = self.words.iter().map(|entry| entry.text.len()).sum();
        // A word's text is kept twice; a map's entry takes about a fifth more than its own size.
        let maps = (self.numbers.len() + self.heavy.len() + self.light.len()) * 29
            + self.groups.len() * 11
            + self.alike.len() * 38;
        let alike: usize = self.alike.values().map(|list| list.capacity() * 4).sum();
        let stems = (self.heavy.len() + self.light.len()) * 8;
        texts * 2
            + maps
            + alike
            + stems
            + self.words.capacity() * size_of::<Entry>()
            + self.group_run.capacity() * 4
    }
}

/// Shorter words are too like each other.
pub(super) const ALIKE_CHARS_MIN: usize = 4;

/// Three letters that more words have than this tell nothing, and would cost milliseconds.
const ALIKE_LIST_MAX: usize = 8_000;

fn enter_stem(stems: &mut FastMap<Box<str>, u32>, stem: &str) -> u32 {
    if let Some(number) = stems.get(stem) {
        return *number;
    }
    let number = u32::try_from(stems.len()).unwrap_or(u32::MAX);
    stems.insert(stem.into(), number);
    number
}

/// The stem hash of a word that may not be in the vocabulary.
pub(super) fn stem_hash_of(word: &str) -> u32 {
    hash_text(&stem::heavy(word))
}

fn hash_text(text: &str) -> u32 {
    text.chars().fold(0x811c_9dc5, |hash, letter| {
        (hash ^ u32::from(letter)).wrapping_mul(0x0100_0193)
    })
}

/// The groups of four and five letters of a word between two blanks, as hashes; a short word is its own
/// group.
pub(super) fn each_group(word: &str, mut visit: impl FnMut(u32)) {
    let letters = framed(word);
    if letters.len() <= 4 {
        visit(hash(&letters));
        return;
    }
    for size in [4, 5] {
        for window in letters.windows(size) {
            visit(hash(window));
        }
    }
}

/// The triples of a word's letters, each with the word's first letter: nobody mistypes that one, and it
/// keeps the lists short. Many leave out a silent h.
fn each_triple(word: &str, mut visit: impl FnMut(u32)) {
    let first = word.trim_start_matches('h').chars().next().unwrap_or('h');
    for window in framed(word).windows(3) {
        visit(hash(window).rotate_left(7) ^ u32::from(first).wrapping_mul(0x9e37_79b9));
    }
}

fn framed(word: &str) -> Vec<char> {
    std::iter::once(' ')
        .chain(word.chars())
        .chain(std::iter::once(' '))
        .collect()
}

/// FNV-1a over the letters: the same on every machine.
fn hash(letters: &[char]) -> u32 {
    letters.iter().fold(0x811c_9dc5, |hash, letter| {
        (hash ^ u32::from(*letter)).wrapping_mul(0x0100_0193)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_entered_once_and_found_by_its_stems() {
        let mut words = Vocabulary::default();
        let first = words.enter("entregas");
        assert_eq!(words.enter("entregas"), first);
        let other = words.enter("entregar");
        assert_ne!(other, first);
        assert_eq!(words.heavy(first), words.heavy(other));
        assert_eq!(words.find_heavy("entregamos"), Some(words.heavy(first)));
        assert_eq!(words.find_heavy("pix"), None);
        assert_eq!(words.text(first), "entregas");
        assert_eq!(words.text(99), "");
        assert_eq!(words.groups(99), &[] as &[u32]);
        assert!(words.heap_bytes() > 0);
    }

    #[test]
    fn groups_are_letters_between_blanks() {
        let count = |word| {
            let mut count = 0;
            each_group(word, |_| count += 1);
            count
        };
        assert_eq!((count("pi"), count("pix"), count("cafe")), (1, 3, 5));
    }

    #[test]
    fn words_spelt_alike_share_triples() {
        let mut words = Vocabulary::default();
        let wanted = words.enter("entrega");
        let far = words.enter("cadeira");
        let shared = words.sharing("entrga", 1);
        assert!(shared.contains(&wanted));
        assert!(!shared.contains(&far));
    }
}
