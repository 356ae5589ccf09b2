//! Order, protocol and invoice numbers, by masks that a workspace writes without regular expressions.
//!
//! In: [`Pattern`]s such as `PED-#####` or `#{6,10}` with the words that announce them. Out: candidates
//! with the pattern's name. A mask is a row of at most [`POSITIONS_MAX`] positions, matched by stepping a
//! set of states, so no mask can make a text slow. `#` is a digit, `?` a letter, `*` either, `{2,4}` repeats
//! what is before it, `\` takes the next character as it is; a separator (space, `-`, `.`, `/`, `_`)
//! may be written differently or left out by the customer. Absent: looking the number up.

use super::{Candidate, Kind, Value};
use crate::sense::tokens::{Class, Line};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Positions of a mask, repeats written out: they are the bits of one machine number.
pub const POSITIONS_MAX: usize = 120;
/// Patterns of one workspace: each costs time on every message.
pub const PATTERNS_MAX: usize = 50;
/// Words that announce one pattern.
pub const WORDS_MAX: usize = 30;
/// Tokens before a number in which its word may stand: "pedido de ontem, o número é 123".
const CONTEXT_TOKENS: usize = 7;
/// Tokens after it: "123456 é o número do meu pedido".
const CONTEXT_AFTER: usize = 6;

/// How one kind of number looks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pattern {
    /// What people call it, such as "pedido"; given back with each match.
    pub name: String,
    /// Masks; the longest match wins.
    pub masks: Vec<String>,
    /// Words that announce it. Masks of digits only count beside one of them, or alone in a message.
    #[serde(default)]
    pub words: Vec<String>,
}

/// Why patterns were refused. Places count from 1.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MaskError {
    /// Too many patterns.
    #[error("{found} patterns; at most {PATTERNS_MAX}: join masks of one kind under one name")]
    TooMany {
        /// How many there were.
        found: usize,
    },
    /// Too many words for one pattern.
    #[error("pattern {name}: {found} words; at most {WORDS_MAX}")]
    TooManyWords {
        /// The pattern.
        name: String,
        /// How many there were.
        found: usize,
    },
    /// A mask that is empty or matches anything.
    #[error(
        "pattern {name}: mask {mask:?} is empty or may match nothing; write at least three fixed positions"
    )]
    TooLoose {
        /// The pattern.
        name: String,
        /// The mask.
        mask: String,
    },
    /// A mask with more positions than fit.
    #[error("pattern {name}: mask {mask:?} is longer than {POSITIONS_MAX} positions; repeat less")]
    TooLong {
        /// The pattern.
        name: String,
        /// The mask.
        mask: String,
    },
    /// Braces that do not say how often.
    #[error(
        "pattern {name}: mask {mask:?} has a brace at {place} that is no {{n}} or {{from,to}} with from up to to"
    )]
    Brace {
        /// The pattern.
        name: String,
        /// The mask.
        mask: String,
        /// The character of the mask, from 1.
        place: usize,
    },
}

/// What one position takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Takes {
    Digit,
    Letter,
    Either,
    Separator(char),
    Exactly(char),
}

impl Takes {
    fn takes(self, c: char) -> bool {
        match self {
            Takes::Digit => c.is_ascii_digit(),
            Takes::Letter => c.is_ascii_alphabetic(),
            Takes::Either => c.is_ascii_alphanumeric(),
            Takes::Separator(_) => is_separator(c),
            Takes::Exactly(own) => own.eq_ignore_ascii_case(&c),
        }
    }
}

fn is_separator(c: char) -> bool {
    matches!(c, ' ' | '-' | '.' | '/' | '_' | '–')
}

/// A mask as positions, each of which may be optional.
#[derive(Clone, Debug)]
struct Mask {
    positions: Vec<(Takes, bool)>,
    /// Positions that take one character only: what makes a mask sure without a word.
    literal: usize,
}

#[derive(Clone, Debug)]
struct Compiled {
    name: String,
    masks: Vec<Mask>,
    words: Vec<String>,
}

/// A workspace's patterns, checked and ready.
#[derive(Clone, Debug, Default)]
pub struct Codes {
    patterns: Vec<Compiled>,
}

impl Codes {
    /// Checks patterns and makes them ready.
    ///
    /// # Errors
    /// Names the pattern, the mask and what to change.
    pub fn new(patterns: &[Pattern]) -> Result<Self, MaskError> {
        if patterns.len() > PATTERNS_MAX {
            let found = patterns.len();
            return Err(MaskError::TooMany { found });
        }
        let mut compiled = Vec::new();
        for pattern in patterns {
            if pattern.words.len() > WORDS_MAX {
                return Err(MaskError::TooManyWords {
                    name: pattern.name.clone(),
                    found: pattern.words.len(),
                });
            }
            let masks = pattern
                .masks
                .iter()
                .map(|mask| compile(&pattern.name, mask));
            let words = pattern.words.iter();
            compiled.push(Compiled {
                name: pattern.name.clone(),
                masks: masks.collect::<Result<_, _>>()?,
                words: words.map(|w| crate::sense::tokens::folded(w)).collect(),
            });
        }
        Ok(Self { patterns: compiled })
    }

    /// Patterns that most shops can start with.
    #[must_use]
    pub fn usual() -> Vec<Pattern> {
        let pattern = |name: &str, masks: &[&str], words: &[&str]| Pattern {
            name: name.into(),
            masks: masks.iter().map(|m| (*m).into()).collect(),
            words: words.iter().map(|w| (*w).into()).collect(),
        };
        vec![
            pattern(
                "pedido",
                &["#{4,12}", "PED-#{3,10}"],
                &["pedido", "encomenda", "compra", "order", "orden", "pedidos"],
            ),
            pattern(
                "protocolo",
                &["#{5,20}"],
                &["protocolo", "protocol", "ticket", "chamado"],
            ),
            pattern(
                "nota fiscal",
                &["#{3,9}"],
                &["nf", "nfe", "nota", "danfe", "invoice", "factura"],
            ),
            pattern(
                "rastreio",
                &["??#########??"],
                &["rastreio", "rastreamento", "tracking", "correios"],
            ),
        ]
    }

    pub(super) fn find(&self, line: &Line<'_>, found: &mut Vec<Candidate>) {
        for i in 0..line.len() {
            let start = line.tokens[i].start;
            let inside = line.text[..start]
                .chars()
                .next_back()
                .is_some_and(char::is_alphanumeric);
            if inside || line.class(i) == Some(Class::Mark) && !line.is(i, &["#"]) {
                continue;
            }
            for pattern in &self.patterns {
                found.extend(pattern.at(line, i));
            }
        }
    }
}

impl Compiled {
    fn at(&self, line: &Line<'_>, i: usize) -> Option<Candidate> {
        let start = line.tokens[i].start;
        let ends = self.masks.iter().filter_map(|mask| {
            let (length, code) = mask.longest(&line.text[start..])?;
            Some((length, code, mask.literal))
        });
        let (length, code, literal) = ends.max_by_key(|(length, ..)| *length)?;
        let end = start + length;
        let told = self.told(line, i, end);
        let alone = || {
            let rest = line
                .tokens
                .iter()
                .filter(|t| t.start < start || t.start >= end);
            let mut others = rest.filter(|t| t.class != Class::Mark);
            others.next().is_none()
        };
        let confidence = match (told, literal) {
            (true, _) => 0.95,
            (false, 2..) => 0.9,
            (false, _) if self.words.is_empty() => 0.75,
            // Alone, it may as well be a phone number: those win by their shape.
            (false, _) if alone() => 0.62,
            (false, _) => return None,
        };
        Some(Candidate {
            kind: Kind::Code,
            value: Value::Code {
                pattern: self.name.clone(),
                code,
            },
            range: start..end,
            confidence,
        })
    }

    fn told(&self, line: &Line<'_>, i: usize, end: usize) -> bool {
        let is_word = |j: usize| self.words.iter().any(|w| w == line.word(j));
        let before = i.saturating_sub(CONTEXT_TOKENS)..i;
        let mut after = (i..line.len())
            .skip_while(|j| line.tokens[*j].start < end)
            .take(CONTEXT_AFTER);
        before.rev().any(is_word) || after.any(is_word)
    }
}

impl Mask {
    /// Bytes of the longest match at the start of `text`, and the code as the mask spells it.
    fn longest(&self, text: &str) -> Option<(usize, String)> {
        let accepting = 1_u128 << self.positions.len();
        let mut states = self.through(1);
        let mut best = None;
        let mut typed = String::new();
        for (at, c) in text.char_indices() {
            let ends = states & accepting != 0 && !c.is_alphanumeric();
            if ends {
                best = Some((at, typed.clone()));
            }
            let mut next = 0_u128;
            for (place, (takes, _)) in self.positions.iter().enumerate() {
                if states >> place & 1 == 1 && takes.takes(c) {
                    next |= 1 << (place + 1);
                }
            }
            states = self.through(next);
            if states == 0 {
                break;
            }
            typed.push(c.to_ascii_uppercase());
            if at + c.len_utf8() == text.len() && states & accepting != 0 {
                best = Some((text.len(), typed.clone()));
            }
        }
        let (length, typed) = best?;
        let length = text[..length].trim_end_matches(is_separator).len();
        (length > 0).then(|| (length, self.spelled(&typed)))
    }

    /// Also the states that optional positions lead to.
    fn through(&self, mut states: u128) -> u128 {
        for (place, (_, optional)) in self.positions.iter().enumerate() {
            if *optional && states >> place & 1 == 1 {
                states |= 1 << (place + 1);
            }
        }
        states
    }

    /// The code with the mask's own separators, where the mask has no optional positions beside those;
    /// else without the customer's.
    fn spelled(&self, typed: &str) -> String {
        let plain: String = typed.chars().filter(|c| !is_separator(*c)).collect();
        let separator = |takes: &Takes| matches!(takes, Takes::Separator(_));
        let after = self
            .positions
            .iter()
            .rposition(|(takes, _)| separator(takes));
        let fixed = |upto: usize| {
            let mut before = self.positions[..upto].iter();
            before.all(|(takes, optional)| separator(takes) || !optional)
        };
        match after {
            Some(last) if fixed(last) => {
                let mut rest = plain.chars();
                let mut spelled = String::new();
                for (takes, _) in &self.positions[..=last] {
                    match takes {
                        Takes::Separator(own) => spelled.push(*own),
                        Takes::Digit | Takes::Letter | Takes::Either | Takes::Exactly(_) => {
                            spelled.extend(rest.next());
                        }
                    }
                }
                spelled.extend(rest);
                spelled
            }
            Some(_) | None => plain,
        }
    }
}

fn compile(name: &str, mask: &str) -> Result<Mask, MaskError> {
    let own = || (name.to_owned(), mask.to_owned());
    let letters: Vec<char> = mask.trim().chars().collect();
    let mut positions: Vec<(Takes, bool)> = Vec::new();
    let mut at = 0;
    while let Some(c) = letters.get(at) {
        at += 1;
        let takes = match c {
            '#' => Takes::Digit,
            '?' => Takes::Letter,
            '*' => Takes::Either,
            '\\' => {
                at += 1;
                Takes::Exactly(letters.get(at - 1).copied().unwrap_or('\\'))
            }
            '{' => {
                let (from, to, next) = repeat(&letters, at)
                    .filter(|_| !positions.is_empty())
                    .ok_or_else(|| {
                        let (name, mask) = own();
                        MaskError::Brace {
                            name,
                            mask,
                            place: at,
                        }
                    })?;
                let last = positions.pop().map_or(Takes::Digit, |(takes, _)| takes);
                positions.extend((0..to).map(|k| (last, k >= from)));
                at = next;
                continue;
            }
            c if is_separator(*c) => Takes::Separator(*c),
            c => Takes::Exactly(*c),
        };
        positions.push((takes, matches!(takes, Takes::Separator(_))));
        if positions.len() > POSITIONS_MAX {
            break;
        }
    }
    let (name, mask) = own();
    if positions.len() > POSITIONS_MAX {
        return Err(MaskError::TooLong { name, mask });
    }
    if positions.iter().filter(|(_, optional)| !optional).count() < 3 {
        return Err(MaskError::TooLoose { name, mask });
    }
    let exact = positions
        .iter()
        .filter(|(takes, _)| matches!(takes, Takes::Exactly(_)));
    let letters = positions
        .iter()
        .filter(|(takes, _)| *takes == Takes::Letter);
    let literal = exact.count() + letters.count() / 2;
    Ok(Mask { positions, literal })
}

/// `n}` or `from,to}` at `at`: how often, and the place behind.
fn repeat(letters: &[char], at: usize) -> Option<(usize, usize, usize)> {
    let close = letters.get(at..)?.iter().take(8).position(|c| *c == '}')?;
    let inner: String = letters[at..at + close].iter().collect();
    let (from, to) = inner.split_once(',').unwrap_or((&inner, &inner));
    let (from, to): (usize, usize) = (from.trim().parse().ok()?, to.trim().parse().ok()?);
    (from <= to && (1..=POSITIONS_MAX).contains(&to)).then_some((from, to, at + close + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(masks: &[&str], words: &[&str]) -> Result<Codes, MaskError> {
        Codes::new(&[Pattern {
            name: "pedido".into(),
            masks: masks.iter().map(|m| (*m).into()).collect(),
            words: words.iter().map(|w| (*w).into()).collect(),
        }])
    }

    fn found(codes: &Codes, text: &str) -> Vec<(String, String)> {
        let mut found = Vec::new();
        codes.find(&Line::new(text), &mut found);
        let settled = super::super::settle(found);
        let each = settled
            .into_iter()
            .map(|c| (text[c.range].to_owned(), c.value.normal()));
        each.collect()
    }

    #[test]
    fn separators_may_differ_and_case_does_not_matter() {
        let codes = codes(&["PED-#####"], &[]).unwrap();
        for text in ["PED-12345", "ped 12345", "Ped12345", "PED_12345"] {
            let all = found(&codes, &format!("meu pedido {text}, chegou?"));
            assert_eq!(all, [(text.to_owned(), "PED-12345".to_owned())], "{text}");
        }
        assert!(found(&codes, "PED-123456").is_empty());
        assert!(found(&codes, "XPED-12345").is_empty());
    }

    #[test]
    fn digits_alone_need_a_word_or_an_empty_message() {
        let codes = codes(&["#{6,10}"], &["pedido", "protocolo"]).unwrap();
        assert_eq!(found(&codes, "o protocolo é 20261234")[0].1, "20261234");
        assert_eq!(
            found(&codes, "20261234 é o número do pedido")[0].1,
            "20261234"
        );
        assert_eq!(found(&codes, " 20261234! ")[0].1, "20261234");
        assert!(found(&codes, "liga 20261234").is_empty());
    }

    #[test]
    fn masks_that_cannot_work_are_refused_with_what_to_do() {
        for mask in ["", "#", "#{0,9}", "a?"] {
            let refused = codes(&[mask], &[]);
            assert!(matches!(refused, Err(MaskError::TooLoose { .. })), "{mask}");
        }
        for mask in ["{3}", "##{", "##{9,2}", "##{x}"] {
            let refused = codes(&[mask], &[]);
            assert!(matches!(refused, Err(MaskError::Brace { .. })), "{mask}");
        }
        assert!(matches!(
            codes(&["#{100}#{100}"], &[]),
            Err(MaskError::TooLong { .. })
        ));
        let many = vec![Codes::usual().remove(0); PATTERNS_MAX + 1];
        assert!(matches!(
            Codes::new(&many),
            Err(MaskError::TooMany { found: 51 })
        ));
        assert!(Codes::new(&Codes::usual()).is_ok());
    }

    #[test]
    fn the_worst_mask_is_still_quick() {
        let codes = codes(&["*{1,60}*{1,50}#"], &[]).unwrap();
        let text = "a1".repeat(20_000);
        assert!(found(&codes, &text).is_empty());
    }
}
