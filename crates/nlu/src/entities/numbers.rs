//! Numbers as people write them: "1.234,56", "2 mil", "mil e duzentos", "meia dúzia".
//!
//! In: a tokenised line and a place in it. Out: the value in thousandths and the place after it.
//! Portuguese, English and Spanish words up to hundreds of millions; what does not fit in the
//! grammar ends the number. Absent: what the number counts; [`super::amounts`] and the dates ask that.

use crate::sense::language::Language;
use crate::sense::tokens::Line;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Digits of a number: more are an identifier, and would not fit.
const DIGITS_MAX: usize = 12;
/// Groups in "1.234.567,89": more are an address or a list.
const GROUPS_MAX: usize = 5;
/// Words of one number: "novecentos e noventa e nove milhões, novecentos…" has 15.
const WORDS_MAX: usize = 24;

/// A number that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Number {
    pub(crate) thousandths: i64,
    /// The token after it.
    pub(crate) next: usize,
    /// In digits, not in words.
    pub(crate) digits: bool,
}

impl Number {
    /// The value, where it is whole.
    pub(crate) fn whole(self) -> Option<i64> {
        (self.thousandths % 1000 == 0).then_some(self.thousandths / 1000)
    }
}

/// A number in digits or words at token `i`, with what multiplies it ("2 mil", "3k").
pub(crate) fn number(line: &Line<'_>, i: usize, language: Language) -> Option<Number> {
    if let Some(found) = literal(line, i, language) {
        return Some(multiplied(line, found));
    }
    dozens(line, i).or_else(|| in_words(line, i, language))
}

/// Digits with separators. A group of three after the language's separator of thousands is thousands.
pub(crate) fn literal(line: &Line<'_>, i: usize, language: Language) -> Option<Number> {
    if !line.is_digits(i) {
        return None;
    }
    let mut groups = vec![line.word(i)];
    let mut marks = Vec::new();
    let mut next = i + 1;
    while line.is(next, &[".", ","])
        && line.glued(next)
        && line.is_digits(next + 1)
        && line.glued(next + 1)
    {
        marks.push(line.word(next));
        groups.push(line.word(next + 1));
        next += 2;
        if groups.len() > GROUPS_MAX {
            return None;
        }
    }
    let digits: usize = groups.iter().map(|g| g.len()).sum();
    if digits > DIGITS_MAX {
        return None;
    }
    let thousandths = value(&groups, &marks, language)?;
    Some(Number {
        thousandths,
        next,
        digits: true,
    })
}

fn value(groups: &[&str], marks: &[&str], language: Language) -> Option<i64> {
    let threes = |from: &[&str]| from.iter().all(|g| g.len() == 3);
    let thousands = if language == Language::En { "," } else { "." };
    let (whole, part): (&[&str], &str) = match marks {
        [] => (groups, ""),
        [mark] => {
            let grouped = groups[1].len() == 3 && groups[0].len() <= 3 && groups[0] != "0";
            if *mark == thousands && grouped {
                (groups, "")
            } else {
                (&groups[..1], groups[1])
            }
        }
        [first, .., last] => {
            let inner = &groups[1..groups.len() - 1];
            let same = marks[..marks.len() - 1].iter().all(|m| m == first);
            if !same || !threes(inner) {
                return None;
            }
            if first == last {
                threes(&groups[1..]).then_some((groups, ""))?
            } else {
                (&groups[..groups.len() - 1], groups[groups.len() - 1])
            }
        }
    };
    let whole: i64 = whole.concat().parse().ok()?;
    let mut part: String = part.chars().take(3).collect();
    while part.len() < 3 {
        part.push('0');
    }
    whole.checked_mul(1000)?.checked_add(part.parse().ok()?)
}

/// "2 mil", "1,5 milhão", "3k".
fn multiplied(line: &Line<'_>, found: Number) -> Number {
    let by = match line.word(found.next) {
        "mil" | "thousand" => 1000,
        "k" if line.glued(found.next) => 1000,
        "milhao" | "milhoes" | "million" | "millions" | "millon" | "millones" | "mi" => 1_000_000,
        _ => return found,
    };
    let Some(thousandths) = found.thousandths.checked_mul(by) else {
        return found;
    };
    let next = found.next + 1;
    // "2 mil e quinhentos"
    let rest = line
        .is(next, &["e", "y", "and"])
        .then(|| in_words(line, next + 1, Language::Pt))
        .flatten()
        .filter(|rest| by == 1000 && rest.thousandths < 1_000_000);
    match rest {
        Some(rest) => Number {
            thousandths: thousandths + rest.thousandths,
            next: rest.next,
            digits: true,
        },
        None => Number {
            thousandths,
            next,
            digits: true,
        },
    }
}

/// "meia dúzia", "duas dúzias", "uma dezena".
fn dozens(line: &Line<'_>, i: usize) -> Option<Number> {
    let count = match line.word(i) {
        "meia" | "media" => 500,
        "uma" | "um" | "una" | "a" | "1" => 1000,
        "half" if line.word(i + 1) == "a" => {
            return line.is(i + 2, &["dozen"]).then_some(Number {
                thousandths: 6000,
                next: i + 3,
                digits: false,
            });
        }
        word => i64::from(cardinal(word, Language::Pt)?) * 1000,
    };
    let each = match line.word(i + 1) {
        "duzia" | "duzias" | "docena" | "docenas" | "dozen" | "dozens" => 12,
        "dezena" | "dezenas" | "decena" | "decenas" => 10,
        "centena" | "centenas" => 100,
        _ => return None,
    };
    Some(Number {
        thousandths: count * each,
        next: i + 2,
        digits: false,
    })
}

/// A number in words: hundreds, tens and units in falling order, then thousands and millions.
pub(crate) fn in_words(line: &Line<'_>, i: usize, language: Language) -> Option<Number> {
    let mut sum = Sum::default();
    let mut at = i;
    let mut next = i;
    while at < i + WORDS_MAX {
        let word = line.word(at);
        if sum.add(word, language) {
            at += 1;
            next = at;
        } else if next > i && joins(line, at) && sum.clone().add(line.word(at + 1), language) {
            at += 1;
        } else {
            break;
        }
    }
    (next > i).then(|| Number {
        thousandths: (sum.total + sum.group) * 1000,
        next,
        digits: false,
    })
}

fn joins(line: &Line<'_>, i: usize) -> bool {
    line.is(i, &["e", "y", "and"]) || line.word(i) == "-" && line.glued(i) && line.glued(i + 1)
}

/// The number so far: what is above the current thousand, and the group below it.
#[derive(Clone, Default)]
struct Sum {
    total: i64,
    group: i64,
    /// What was added last to the group: only smaller may follow.
    last: Option<i64>,
    /// The last multiplier: only smaller may follow.
    scale: Option<i64>,
}

impl Sum {
    fn add(&mut self, word: &str, language: Language) -> bool {
        let scale = match word {
            "mil" => 1000,
            "thousand" => 1000,
            "milhao" | "milhoes" | "million" | "millions" | "millon" | "millones" => 1_000_000,
            "hundred" if self.group > 0 && self.group < 10 => {
                self.group *= 100;
                self.last = Some(100);
                return true;
            }
            _ => 0,
        };
        if scale > 0 {
            let starts = self.total + self.group == 0;
            if self.scale.is_some_and(|s| s <= scale) || starts && scale > 1000 {
                return false;
            }
            self.total += self.group.max(1) * scale;
            self.group = 0;
            self.last = None;
            self.scale = Some(scale);
            return true;
        }
        let Some(value) = cardinal(word, language).map(i64::from) else {
            return false;
        };
        let fits = match self.last {
            None => true,
            Some(last) if last >= 100 => value < 100,
            Some(last) if last >= 20 => value < 10,
            Some(_) => false,
        };
        if fits {
            self.group += value;
            self.last = Some(value);
        }
        fits
    }
}

/// The value of one number word below a thousand. Words of two languages that mean different
/// things ("dos", "once", "doce") count in Spanish only.
pub(crate) fn cardinal(word: &str, language: Language) -> Option<u32> {
    match (word, language) {
        ("dos", Language::Es) => Some(2),
        ("once", Language::Es) => Some(11),
        ("doce", Language::Es) => Some(12),
        _ => CARDINALS.get(word).copied(),
    }
}

/// Asked for every word of every message, so by hash; nothing walks over it.
static CARDINALS: LazyLock<HashMap<&'static str, u32>> = LazyLock::new(|| {
    let words = WORDS
        .iter()
        .flat_map(|(value, words)| words.split(' ').map(|w| (w, *value)));
    words.collect()
});

const WORDS: &[(u32, &str)] = &[
    (0, "zero cero"),
    (1, "um uma un una uno one"),
    (2, "dois duas two doiz"),
    (3, "tres three treis"),
    (4, "quatro cuatro four qatro"),
    (5, "cinco five"),
    (6, "seis six"),
    (7, "sete siete seven"),
    (8, "oito ocho eight"),
    (9, "nove nueve nine"),
    (10, "dez diez ten"),
    (11, "onze eleven"),
    (13, "treze trece thirteen"),
    (14, "quatorze catorze catorce fourteen"),
    (15, "quinze quince fifteen"),
    (16, "dezesseis dezasseis dieciseis sixteen"),
    (17, "dezessete dezassete diecisiete seventeen"),
    (18, "dezoito dieciocho eighteen"),
    (19, "dezenove dezanove diecinueve nineteen"),
    (20, "vinte veinte twenty"),
    (21, "veintiuno veintiun"),
    (22, "veintidos"),
    (25, "veinticinco"),
    (30, "trinta treinta thirty"),
    (40, "quarenta cuarenta forty"),
    (50, "cinquenta cincoenta cincuenta fifty"),
    (60, "sessenta sesenta sixty"),
    (70, "setenta seventy"),
    (80, "oitenta ochenta eighty"),
    (90, "noventa ninety"),
    (100, "cem cento cien ciento"),
    (200, "duzentos duzentas doscientos doscientas"),
    (300, "trezentos trezentas trescientos"),
    (400, "quatrocentos quatrocentas cuatrocientos"),
    (500, "quinhentos quinhentas quinientos"),
    (600, "seiscentos seiscentas seiscientos"),
    (700, "setecentos setecentas setecientos"),
    (800, "oitocentos oitocentas ochocientos"),
    (900, "novecentos novecentas novecientos"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<i64> {
        number(&Line::new(text), 0, Language::Pt).map(|n| n.thousandths)
    }

    #[test]
    fn digits_with_separators_are_read_as_they_are_meant() {
        for (text, thousandths) in [
            ("5", 5_000),
            ("1.234", 1_234_000),
            ("1.234,56", 1_234_560),
            ("1.234.567", 1_234_567_000),
            ("1,234.56", 1_234_560),
            ("2,5", 2_500),
            ("1.50", 1_500),
            ("0.500", 500),
            ("2 mil", 2_000_000),
            ("3k", 3_000_000),
            ("1,5 milhão", 1_500_000_000),
            ("2 mil e quinhentos", 2_500_000),
        ] {
            assert_eq!(read(text), Some(thousandths), "{text}");
        }
        assert_eq!(read("12.34.56"), None);
        assert_eq!(read("1234567890123"), None);
        let english = number(&Line::new("1,234"), 0, Language::En).unwrap();
        assert_eq!(english.whole(), Some(1234));
    }

    #[test]
    fn words_are_read_up_to_millions() {
        for (text, whole) in [
            ("dois", 2),
            ("vinte e cinco", 25),
            ("cento e vinte e três", 123),
            ("mil", 1000),
            ("mil e duzentos", 1200),
            ("dois mil trezentos e quarenta e cinco", 2345),
            ("dez mil", 10_000),
            ("um milhão e duzentos mil", 1_200_000),
            (
                "novecentos e noventa e nove milhões novecentos e noventa e nove mil",
                999_999_000,
            ),
            ("meia dúzia", 6),
            ("uma dúzia", 12),
            ("duas dúzias", 24),
            ("three hundred and twenty-five", 325),
            ("half a dozen", 6),
            ("ciento veinte", 120),
        ] {
            assert_eq!(read(text), Some(whole * 1000), "{text}");
        }
    }

    #[test]
    fn a_number_ends_where_the_grammar_does() {
        let line = Line::new("dez e quinze");
        assert_eq!(
            number(&line, 0, Language::Pt).map(|n| (n.thousandths, n.next)),
            Some((10_000, 1))
        );
        let line = Line::new("dois três");
        assert_eq!(number(&line, 0, Language::Pt).map(|n| n.next), Some(1));
        assert_eq!(read("milhões"), None);
        assert_eq!(read("dos"), None, "in Portuguese it is no number");
    }
}
