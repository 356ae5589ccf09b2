//! Names of catalogued things in what customers write, with slips: "camizeta preta" is "Camiseta Preta".
//!
//! In: ids with names, once; then lines. Out: things with a score, the name that matched and its place.
//! Words are looked up exactly, by sound ("ss" and "ç" are one), and by one or two edits; a word's
//! weight falls with how many names have it. Two words written as one, or one as two, are found too.
//! A line looks at a bounded number of postings, however large the catalogue. Absent: prices, stock,
//! synonyms that nobody listed. Read next: [`super::settle`].

use super::{Candidate, Kind, Value};
use crate::sense::tokens::{Class, Line};
use std::collections::BTreeMap;
use thiserror::Error;

/// Names of one catalogue: more than any shop's, and what the tests build and ask in a second.
pub const NAMES_MAX: usize = 100_000;
/// Words of a name that count; what follows is description.
const NAME_WORDS_MAX: usize = 12;
/// Words of a line that are looked up: a shopping list is shorter.
const LINE_WORDS_MAX: usize = 200;
/// Postings that one line may visit: a rare word leads to few, and common ones only add to those.
const POSTINGS_MAX: usize = 20_000;
/// Names whose words are laid beside the line's.
const ALIGNED_MAX: usize = 64;
/// From here a thing counts as named in [`super::find`].
const SCORE_MIN: f32 = 0.6;

/// A catalogue that was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{found} names; at most {NAMES_MAX}: leave out names that customers don't use")]
pub struct TooManyNames {
    /// How many there were.
    pub found: usize,
}

/// A thing that a line names.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// The id it was given with.
    pub id: String,
    /// The name that matched best.
    pub name: String,
    /// How well, 0 to 1: the share of the name that was said, and how exactly.
    pub score: f32,
    /// Bytes of the line.
    pub range: std::ops::Range<usize>,
}

struct Name {
    id: u32,
    text: String,
    /// Words of the vocabulary, in order.
    words: Vec<u32>,
    /// What its words weigh together.
    whole: f32,
}

/// An index of names.
#[derive(Default)]
pub struct Catalogue {
    ids: Vec<String>,
    names: Vec<Name>,
    /// Each word with the names that have it.
    vocabulary: Vec<(String, Vec<u32>)>,
    exact: BTreeMap<String, u32>,
    /// Words by sound, and by what is left when one letter is dropped.
    sounds: BTreeMap<String, Vec<u32>>,
    drops: Drops,
}

/// Hashes of words less one letter, sorted, with the word.
#[derive(Default)]
struct Drops(Vec<(u64, u32)>);

impl std::fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Catalogue")
            .field("names", &self.names.len())
            .finish_non_exhaustive()
    }
}

impl Catalogue {
    /// Builds the index.
    ///
    /// # Errors
    /// When there are more names than [`NAMES_MAX`].
    pub fn new<I, N>(things: I) -> Result<Self, TooManyNames>
    where
        I: IntoIterator<Item = (String, N)>,
        N: IntoIterator<Item = String>,
    {
        let mut catalogue = Self::default();
        let mut found = 0;
        for (id, names) in things {
            let place = u32::try_from(catalogue.ids.len()).unwrap_or(u32::MAX);
            for name in names {
                found += 1;
                if found <= NAMES_MAX {
                    catalogue.add(place, name);
                }
            }
            catalogue.ids.push(id);
        }
        if found > NAMES_MAX {
            return Err(TooManyNames { found });
        }
        catalogue.index();
        Ok(catalogue)
    }

    fn add(&mut self, id: u32, text: String) {
        let line = Line::new(&text);
        let words: Vec<String> = words(&line)
            .into_iter()
            .map(|(word, _)| word)
            .take(NAME_WORDS_MAX)
            .collect();
        let place = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        let numbers = words.iter().map(|word| self.word(word, place)).collect();
        self.names.push(Name {
            id,
            text,
            words: numbers,
            whole: 0.0,
        });
    }

    fn word(&mut self, word: &str, name: u32) -> u32 {
        let next = u32::try_from(self.vocabulary.len()).unwrap_or(u32::MAX);
        let number = *self.exact.entry(word.to_owned()).or_insert(next);
        if number == next {
            self.vocabulary.push((word.to_owned(), Vec::new()));
        }
        let names = &mut self.vocabulary[number as usize].1;
        if names.last() != Some(&name) {
            names.push(name);
        }
        number
    }

    fn index(&mut self) {
        for (number, (word, _)) in self.vocabulary.iter().enumerate() {
            let number = u32::try_from(number).unwrap_or(u32::MAX);
            self.sounds.entry(sound(word)).or_default().push(number);
            if word.len() >= 4 {
                self.drops
                    .0
                    .extend(drops(word).into_iter().map(|hash| (hash, number)));
            }
        }
        let wholes: Vec<f32> = self
            .names
            .iter()
            .map(|n| n.words.iter().map(|w| self.weight(*w)).sum())
            .collect();
        for (name, whole) in self.names.iter_mut().zip(wholes) {
            name.whole = whole;
        }
        self.drops.0.sort_unstable();
        self.drops.0.dedup();
    }

    /// What a text names, best first, at most `limit`.
    #[must_use]
    pub fn search(&self, text: &str, limit: usize) -> Vec<Match> {
        self.matches(&Line::new(text), 0.3, limit)
    }

    fn matches(&self, line: &Line<'_>, least: f32, limit: usize) -> Vec<Match> {
        let heard = self.heard(line);
        let mut found: Vec<Match> = self
            .candidates(&heard)
            .into_iter()
            .filter_map(|name| self.align(line, name, &heard))
            .filter(|m| m.score >= least)
            .collect();
        found.sort_by(|a, b| {
            b.score
                .total_cmp(&a.score)
                .then_with(|| a.name.len().cmp(&b.name.len()))
                .then_with(|| a.id.cmp(&b.id))
        });
        let mut taken: Vec<Match> = Vec::new();
        for m in found {
            if taken.len() < limit && !taken.iter().any(|t| t.id == m.id) {
                taken.push(m);
            }
        }
        taken
    }

    /// Words of the vocabulary that the line's words may be.
    fn heard(&self, line: &Line<'_>) -> Vec<Heard> {
        let said = words(line);
        let mut heard = Vec::new();
        for (k, (word, tokens)) in said.iter().enumerate().take(LINE_WORDS_MAX) {
            heard.push(Heard {
                tokens: *tokens,
                words: self.alike(word),
            });
            // "coca cola" for "cocacola"
            if let Some((second, after)) = said.get(k + 1) {
                let joined = format!("{word}{second}");
                if let Some(number) = self.exact.get(&joined) {
                    heard.push(Heard {
                        tokens: (tokens.0, after.1),
                        words: vec![(*number, 0.97)],
                    });
                }
            }
            // "cocacola" for "coca cola"
            if let Some((a, b)) = self.halves(word) {
                heard.push(Heard {
                    tokens: *tokens,
                    words: vec![(a, 0.95)],
                });
                heard.push(Heard {
                    tokens: *tokens,
                    words: vec![(b, 0.95)],
                });
            }
        }
        heard
    }

    /// Two words of the vocabulary that together are this one.
    fn halves(&self, word: &str) -> Option<(u32, u32)> {
        if self.exact.contains_key(word) || !(6..=30).contains(&word.len()) {
            return None;
        }
        (3..word.len() - 2)
            .filter(|at| word.is_char_boundary(*at))
            .find_map(|at| {
                let a = *self.exact.get(&word[..at])?;
                let b = *self.exact.get(&word[at..])?;
                Some((a, b))
            })
    }

    fn alike(&self, word: &str) -> Vec<(u32, f32)> {
        let mut alike: BTreeMap<u32, f32> = BTreeMap::new();
        let mut add = |number: u32, likeness: f32| {
            let best = alike.entry(number).or_insert(likeness);
            *best = best.max(likeness);
        };
        if let Some(number) = self.exact.get(word) {
            add(*number, 1.0);
        }
        if word.len() >= 4 && !word.bytes().all(|b| b.is_ascii_digit()) {
            for number in self.sounds.get(&sound(word)).into_iter().flatten() {
                add(*number, 0.93);
            }
            for number in self.drops.near(word) {
                let known = &self.vocabulary[number as usize].0;
                let most = if word.len() >= 8 { 2 } else { 1 };
                match distance(word, known, most) {
                    Some(0) | None => {}
                    Some(1) => add(number, 0.86),
                    Some(_) => add(number, 0.72),
                }
            }
        }
        alike.into_iter().collect()
    }

    fn weight(&self, word: u32) -> f32 {
        let names = self.vocabulary[word as usize].1.len();
        #[expect(
            clippy::cast_precision_loss,
            reason = "counts of at most 100,000 are exact in f32"
        )]
        let share = self.names.len() as f32 / names.max(1) as f32;
        let small = if self.vocabulary[word as usize].0.len() < 3 {
            0.4
        } else {
            1.0
        };
        (1.0 + share.ln().max(0.0)) * small
    }

    /// Names that share a word, rare words first, as far as the postings allow.
    fn candidates(&self, heard: &[Heard]) -> Vec<u32> {
        let mut words: Vec<(usize, u32, f32)> = Vec::new();
        for (number, likeness) in heard.iter().flat_map(|h| &h.words) {
            words.push((
                self.vocabulary[*number as usize].1.len(),
                *number,
                *likeness,
            ));
        }
        words.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.cmp(&b.1)));
        words.dedup_by_key(|w| w.1);
        let mut left = POSTINGS_MAX;
        let mut sums = vec![0.0_f32; self.names.len()];
        let mut touched: Vec<u32> = Vec::new();
        for (count, number, likeness) in words {
            let weight = self.weight(number) * likeness;
            if count <= left {
                left -= count;
                for name in &self.vocabulary[number as usize].1 {
                    let sum = &mut sums[*name as usize];
                    if *sum <= 0.0 {
                        touched.push(*name);
                    }
                    *sum += weight;
                }
            } else {
                for name in &touched {
                    if self.names[*name as usize].words.contains(&number) {
                        sums[*name as usize] += weight;
                    }
                }
            }
        }
        let share = |name: u32| sums[name as usize] / self.names[name as usize].whole.max(0.01);
        let order = |a: &u32, b: &u32| share(*b).total_cmp(&share(*a)).then(a.cmp(b));
        if touched.len() > ALIGNED_MAX {
            touched.select_nth_unstable_by(ALIGNED_MAX, order);
            touched.truncate(ALIGNED_MAX);
        }
        touched.sort_by(order);
        touched
    }

    /// How much of a name stands in the line, and where: each of its words takes the best place.
    fn align(&self, line: &Line<'_>, place: u32, heard: &[Heard]) -> Option<Match> {
        let name = &self.names[place as usize];
        let whole = name.whole;
        let mut got = 0.0;
        let mut from = usize::MAX;
        let mut to = 0;
        let mut firm = false;
        let mut width = 0;
        for word in &name.words {
            let near = |h: &Heard| {
                // Words of one name stand together: the place nearest to the others.
                if from == usize::MAX {
                    0
                } else {
                    h.tokens.0.abs_diff(to)
                }
            };
            let best = heard
                .iter()
                .filter_map(|h| Some((h, h.words.iter().find(|(n, _)| n == word)?.1)))
                .filter(|(h, _)| from == usize::MAX || near(h) <= 6)
                .max_by(|a, b| a.1.total_cmp(&b.1).then_with(|| near(b.0).cmp(&near(a.0))));
            let Some((h, likeness)) = best else {
                continue;
            };
            got += self.weight(*word) * likeness;
            from = from.min(h.tokens.0);
            to = to.max(h.tokens.1);
            width += h.tokens.1 - h.tokens.0;
            let text = &self.vocabulary[*word as usize].0;
            firm |= text.len() >= 3 && !text.bytes().all(|b| b.is_ascii_digit());
        }
        // A name of digits or two letters counts only when it is said whole.
        if from == usize::MAX || whole <= 0.0 || !firm && got < whole * 0.99 {
            return None;
        }
        let gaps = (to - from).saturating_sub(width);
        #[expect(clippy::cast_precision_loss, reason = "at most a dozen tokens")]
        let tidy = 1.0 - 0.03 * gaps.min(6) as f32;
        Some(Match {
            id: self.ids[name.id as usize].clone(),
            name: name.text.clone(),
            score: (got / whole * tidy).clamp(0.0, 1.0),
            range: line.range(from, to),
        })
    }
}

/// One word of the line: its tokens, and the words of the vocabulary it may be, with how alike they are.
struct Heard {
    tokens: (usize, usize),
    words: Vec<(u32, f32)>,
}

pub(super) fn find(line: &Line<'_>, catalogue: &Catalogue, found: &mut Vec<Candidate>) {
    // A message names a handful of things; a longer list is found by its first sixteen.
    for m in catalogue.matches(line, SCORE_MIN, 16) {
        found.push(Candidate {
            kind: Kind::Thing,
            value: Value::Thing {
                id: m.id,
                name: m.name,
            },
            range: m.range,
            confidence: m.score,
        });
    }
}

/// The words of a line that may name things, with their tokens. "x-salada" gives "x" and "salada".
fn words(line: &Line<'_>) -> Vec<(String, (usize, usize))> {
    const SMALL: &[&str] = &[
        "de", "da", "do", "das", "dos", "com", "para", "pra", "e", "a", "o", "as", "os", "um",
        "uma", "no", "na", "em", "the", "of", "and", "with", "for", "el", "la", "con", "y",
        "quero", "tem", "qual", "que",
    ];
    let tokens = line.tokens.iter().enumerate();
    tokens
        .filter(|(_, t)| t.class != Class::Mark && !SMALL.contains(&t.folded.as_str()))
        .map(|(i, t)| (singular(&t.folded), (i, i + 1)))
        .collect()
}

/// Plurals lose their s, in names and lines alike, so that one finds the other.
fn singular(word: &str) -> String {
    let stem = match word {
        w if w.len() >= 5 && w.ends_with("oes") => return format!("{}ao", &w[..w.len() - 3]),
        w if w.len() >= 5 && w.ends_with("ais") => return format!("{}al", &w[..w.len() - 3]),
        w if w.len() >= 4 && w.ends_with("res") => &w[..w.len() - 2],
        w if w.len() >= 4 && w.ends_with('s') && !w.ends_with("ss") => &w[..w.len() - 1],
        w => w,
    };
    stem.to_owned()
}

/// How a word sounds in Portuguese, roughly: letters that people mix up become one.
fn sound(word: &str) -> String {
    let mut sound = String::with_capacity(word.len());
    let letters: Vec<char> = word.chars().collect();
    let mut i = 0;
    while i < letters.len() {
        let next = letters.get(i + 1).copied();
        let (heard, taken) = match (letters[i], next) {
            ('s' | 'x', Some('h')) | ('c', Some('h')) => ('x', 2),
            ('p', Some('h')) => ('f', 2),
            ('q', Some('u')) => ('k', 2),
            ('c', Some('e' | 'i')) => ('s', 1),
            ('g', Some('e' | 'i')) => ('j', 1),
            ('c' | 'q', _) => ('k', 1),
            ('z', _) => ('s', 1),
            ('y', _) => ('i', 1),
            ('w', _) => ('v', 1),
            ('n', Some('p' | 'b')) => ('m', 1),
            ('h', _) => ('\0', 1),
            (c, _) => (c, 1),
        };
        if heard != '\0' && !sound.ends_with(heard) {
            sound.push(heard);
        }
        i += taken;
    }
    sound
}

impl Drops {
    /// Words that share what is left when either loses a letter, or none.
    fn near(&self, word: &str) -> Vec<u32> {
        let mut near = Vec::new();
        for hash in drops(word) {
            let from = self.0.partition_point(|(h, _)| *h < hash);
            let same = self.0[from..].iter().take_while(|(h, _)| *h == hash);
            // So many words a letter apart are noise ("a1", "a2", …).
            near.extend(same.take(64).map(|(_, word)| *word));
        }
        near.sort_unstable();
        near.dedup();
        near
    }
}

fn drops(word: &str) -> Vec<u64> {
    let letters: Vec<char> = word.chars().take(32).collect();
    let without = |skip: usize| {
        let kept = letters.iter().enumerate().filter(|(i, _)| *i != skip);
        kept.fold(0xcbf2_9ce4_8422_2325_u64, |hash, (_, c)| {
            (hash ^ u64::from(u32::from(*c))).wrapping_mul(0x0100_0000_01b3)
        })
    };
    (0..=letters.len()).map(without).collect()
}

/// Edits between two words, neighbours swapped counting one; nothing beyond `most`.
fn distance(a: &str, b: &str, most: usize) -> Option<usize> {
    let (a, b): (Vec<char>, Vec<char>) =
        (a.chars().take(32).collect(), b.chars().take(32).collect());
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let change = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = change.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    Some(last[b.len()]).filter(|d| *d <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shop() -> Catalogue {
        let things = [
            ("p1", vec!["Camiseta Básica Preta", "blusinha preta"]),
            ("p2", vec!["Camiseta Básica Branca"]),
            ("p3", vec!["Tênis de Corrida Azul"]),
            ("p4", vec!["Coca-Cola 2 litros", "cocacola"]),
            ("p5", vec!["X-Salada"]),
            ("p6", vec!["Pão de Queijo"]),
            ("p7", vec!["Ração Golden para Gatos"]),
        ];
        let owned = things
            .into_iter()
            .map(|(id, names)| (id.to_owned(), names.into_iter().map(str::to_owned)));
        Catalogue::new(owned).unwrap()
    }

    #[test]
    fn things_are_found_with_slips_plurals_and_in_parts() {
        let shop = shop();
        for (text, id) in [
            ("tem camizeta basica preta?", "p1"),
            ("quero 2 camisetas básicas brancas", "p2"),
            ("tenis de corida azul tamanho 40", "p3"),
            ("manda um xsalada", "p5"),
            ("uma coca cola", "p4"),
            ("cocacola gelada", "p4"),
            ("três pães de queijo", "p6"),
            ("rassão golden gatos", "p7"),
            ("blusinha pretta", "p1"),
        ] {
            let best = shop.search(text, 3);
            assert_eq!(
                best.first().map(|m| m.id.as_str()),
                Some(id),
                "{text}: {best:?}"
            );
        }
        assert!(shop.search("vocês abrem no domingo?", 3).is_empty());
        assert!(shop.search("", 3).is_empty());
    }

    #[test]
    fn a_catalogue_of_the_greatest_size_answers_and_one_more_is_refused() {
        let name = |i: usize| format!("peça {} modelo {}", i / 7, i);
        let things = (0..NAMES_MAX).map(|i| (i.to_string(), [name(i)]));
        let large = Catalogue::new(things).unwrap();
        let found = large.search("peça 142 modelo 999", 1);
        assert_eq!(found[0].id, "999");
        let more = Catalogue::new((0..=NAMES_MAX).map(|i| (i.to_string(), [String::from("x")])));
        assert_eq!(
            more.unwrap_err(),
            TooManyNames {
                found: NAMES_MAX + 1
            }
        );
    }

    #[test]
    fn sounds_and_distances_are_as_people_write() {
        assert_eq!(sound("chocolate"), sound("xocolate"));
        assert_eq!(sound("racao"), sound("rasao").replace('s', "k"));
        assert_eq!(sound("queijo"), "keijo");
        assert_eq!(distance("corida", "corrida", 1), Some(1));
        assert_eq!(distance("abcd", "badc", 1), None);
    }
}
