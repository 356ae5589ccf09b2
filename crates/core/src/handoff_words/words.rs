//! The words by which people ask for a person, in classes, with their slips and short forms.
//!
//! The words are data, in `words.txt`. In: one folded word. Out: its class. Slips are forgiven only in the long words that carry the
//! meaning, and never onto words that mean something else ("atendendo"). Read on in the parent.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// What a word does in a request for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// Somebody who serves: "atendente", "vendedor", "agent".
    Who,
    /// "humano", "human".
    Human,
    /// "atendimento" as a thing to be had.
    Service,
    /// "alguém", "pessoa": somebody only in company of a verb.
    Someone,
    /// "financeiro", "suporte": somebody behind a desk, only after a verb of speaking.
    Desk,
    /// "de verdade", "real": makes a somebody out of a person.
    Real,
    /// "falar", "talk".
    Speak,
    /// "falo": speaking only after "como".
    SpeakI,
    /// "contato".
    Contact,
    /// "quero", "preciso", "pode ser", "gostaria".
    Want,
    /// "pode", "could": asks leave.
    Can,
    /// "chama", "transfere", "connect".
    Call,
    /// "tem", "cadê", "is there".
    There,
    /// "ajudar", "responder", "atender".
    Help,
    /// "atendido".
    Served,
    /// "robô", "bot".
    Robot,
    /// Articles, prepositions, pronouns: seen through.
    Small,
    /// "por favor", "oi": seen through.
    Polite,
    Other,
}

/// The names of classes in the list, in order.
const CLASSES: &[(&str, Class)] = &[
    ("human", Class::Human),
    ("who", Class::Who),
    ("service", Class::Service),
    ("someone", Class::Someone),
    ("real", Class::Real),
    ("speak", Class::Speak),
    ("speak_i", Class::SpeakI),
    ("contact", Class::Contact),
    ("call", Class::Call),
    ("want", Class::Want),
    ("there", Class::There),
    ("served", Class::Served),
    ("help", Class::Help),
    ("polite", Class::Polite),
    ("small", Class::Small),
    ("can", Class::Can),
    ("desk", Class::Desk),
    ("robot", Class::Robot),
];

/// The parsed list: classes by word, and the plain lists.
struct Words {
    classes: BTreeMap<&'static str, Class>,
    lists: BTreeSet<(&'static str, &'static str)>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| parse(include_str!("words.txt")));

fn parse(text: &'static str) -> Words {
    let mut words = Words {
        classes: BTreeMap::new(),
        lists: BTreeSet::new(),
    };
    let mut name = "";
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let mut rest = line;
        if let Some((before, after)) = line.split_once(':') {
            (name, rest) = (before, after);
        }
        let class = CLASSES.iter().find(|(n, _)| *n == name);
        for word in rest.split_whitespace() {
            match class {
                Some((_, class)) => {
                    words.classes.entry(word).or_insert(*class);
                }
                None => {
                    words.lists.insert((name, word));
                }
            }
        }
    }
    words
}

/// Whether the plain list of this name has the word.
pub(super) fn listed(list: &str, word: &str) -> bool {
    WORDS.lists.contains(&(list, word))
}

pub(super) fn class(word: &str) -> Class {
    let known = WORDS.classes.get(word).copied();
    known.unwrap_or_else(|| slip(word))
}

/// The long words that carry the meaning, and how many slips each forgives.
const FORGIVEN: &[(&str, usize, Class)] = &[
    ("atendente", 2, Class::Who),
    ("atendentes", 2, Class::Who),
    ("atendimento", 2, Class::Service),
    ("humano", 1, Class::Human),
    ("vendedor", 1, Class::Who),
    ("consultor", 1, Class::Who),
    ("funcionario", 2, Class::Who),
    ("responsavel", 2, Class::Who),
    ("representante", 2, Class::Who),
    ("representative", 2, Class::Who),
    ("conversar", 1, Class::Speak),
    ("falar", 1, Class::Speak),
    ("alguem", 1, Class::Someone),
    ("pessoa", 1, Class::Someone),
    ("transferir", 1, Class::Call),
    ("gerente", 1, Class::Who),
    ("gostaria", 1, Class::Want),
    ("preciso", 1, Class::Want),
    ("someone", 1, Class::Someone),
    ("operador", 1, Class::Who),
];

fn slip(word: &str) -> Class {
    if word.len() < 5 || listed("NOT_SLIPS", word) {
        return Class::Other;
    }
    // Letters held down ("atendenteee") are no slips.
    let mut held = word.to_owned();
    held.dedup_letters();
    FORGIVEN
        .iter()
        .find(|(meant, most, _)| {
            word.as_bytes().first() == meant.as_bytes().first()
                && (distance(word, meant) <= *most || distance(&held, meant) <= *most)
        })
        .map_or(Class::Other, |(_, _, class)| *class)
}

trait DedupLetters {
    fn dedup_letters(&mut self);
}

impl DedupLetters for String {
    fn dedup_letters(&mut self) {
        let mut last = None;
        self.retain(|c| last.replace(c) != Some(c));
    }
}

/// Edits between two short words: insert, drop, change, or swap two neighbours.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > 2 {
        return usize::MAX;
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
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_in_several_classes_counts_in_the_first() {
        let words = parse(
            "# told apart\nhuman: gente pessoa\nsomeone: pessoa alguem\n    moca\nMINE: meu minha\n",
        );
        assert_eq!(words.classes.get("pessoa"), Some(&Class::Human));
        assert_eq!(words.classes.get("alguem"), Some(&Class::Someone));
        assert_eq!(words.classes.get("moca"), Some(&Class::Someone));
        assert_eq!(words.classes.len(), 4);
        let lists: Vec<_> = words.lists.iter().copied().collect();
        assert_eq!(lists, [("MINE", "meu"), ("MINE", "minha")]);
    }

    #[test]
    fn every_class_has_words_and_every_word_is_folded() {
        let words = parse(include_str!("words.txt"));
        for (name, class) in CLASSES {
            assert!(
                words.classes.values().any(|c| c == class),
                "{name} is empty"
            );
        }
        let listed = words.lists.iter().map(|(_, word)| *word);
        for word in words.classes.keys().copied().chain(listed) {
            assert_eq!(
                crate::fold::fold(word),
                word,
                "a word that is not folded is never met"
            );
        }
    }

    #[test]
    fn every_list_that_the_patterns_ask_for_is_there() {
        let names = [
            "YOU",
            "DECIDES",
            "THING",
            "UNREAL",
            "MINE",
            "WITH",
            "HOW",
            "TRY",
            "TALE",
            "CANNOT",
            "APPOINTMENT",
            "SETTLE",
            "REFUSE",
            "NOT",
            "ANY",
            "PARTICULAR",
            "PRESENT",
            "NOBODY",
            "BEEN",
            "WITH_ROBOTS",
            "ENOUGH",
            "MEETING",
            "CALL_ME",
            "ABOUT",
            "NOT_PAST",
            "NOT_SLIPS",
        ];
        for name in names {
            assert!(
                WORDS.lists.iter().any(|(list, _)| *list == name),
                "{name} is empty"
            );
        }
    }

    #[test]
    fn slips_are_forgiven_in_long_words_only() {
        let cases = [
            ("atendente", Class::Who),
            // Two slips, held letters, neighbours swapped.
            ("atendnte", Class::Who),
            ("antedente", Class::Who),
            ("atendenteee", Class::Who),
            ("aaatendente", Class::Who),
            ("gernete", Class::Who),
            ("conversra", Class::Speak),
            // The first letter is never the slip.
            ("etendente", Class::Other),
            // One slip where one is forgiven; two are another word.
            ("gerete", Class::Who),
            ("gerta", Class::Other),
            // Short words mean too many things.
            ("flor", Class::Other),
            ("", Class::Other),
        ];
        for (word, expected) in cases {
            assert_eq!(class(word), expected, "{word}");
        }
    }

    #[test]
    fn words_that_mean_something_else_are_no_slips() {
        let others: Vec<_> = WORDS
            .lists
            .iter()
            .filter(|(list, _)| *list == "NOT_SLIPS")
            .collect();
        assert!(!others.is_empty());
        for (_, word) in others {
            assert_eq!(slip(word), Class::Other, "{word}");
        }
    }

    #[test]
    fn the_distance_counts_edits_and_swaps() {
        let cases = [
            ("", "", 0),
            ("abc", "abc", 0),
            ("abc", "abd", 1),
            ("abc", "abcd", 1),
            ("abc", "bc", 1),
            ("abcd", "acbd", 1),
            ("ab", "ba", 1),
            ("abcd", "badc", 2),
            ("ção", "cao", 2),
            ("a", "abc", 2),
            ("a", "abcd", usize::MAX),
        ];
        for (a, b, expected) in cases {
            assert_eq!(distance(a, b), expected, "{a} {b}");
            assert_eq!(distance(b, a), expected, "{b} {a}");
        }
    }
}
