//! Documents and numbers with a shape of their own: CPF, CNPJ, CEP, cards, PIX keys, plates.
//!
//! In: a tokenised line. Out: candidates; those with check digits only when the digits agree. Bare
//! digits that could be something else get less confidence, a word such as "cpf" before them more.
//! Each start looks at a bounded number of characters, so the whole is linear. Absent: phones and
//! addresses ([`super::contacts`]). Read next: [`super::rank`], which settles what overlaps.

use super::{Candidate, Kind, Value};
use crate::sense::tokens::{Class, Line};

/// Tokens before a number in which a word may say what it is.
const CONTEXT_TOKENS: usize = 5;

pub(super) fn find(line: &Line<'_>, found: &mut Vec<Candidate>) {
    for i in 0..line.len() {
        if line.class(i) == Some(Class::Mark) || line.glued(i) && touches_word(line, i) {
            continue;
        }
        if line.is_digits(i) {
            found.extend(cpf(line, i));
            found.extend(card(line, i));
            found.extend(cep(line, i));
        }
        found.extend(cnpj(line, i));
        found.extend(pix_key(line, i));
        found.extend(plate(line, i));
    }
}

/// Whether token `i` goes on a word or number: it is no start.
pub(super) fn touches_word(line: &Line<'_>, i: usize) -> bool {
    let before = i.wrapping_sub(1);
    match line.class(before) {
        Some(Class::Word | Class::Digits) => true,
        // "12.345": the second group is no start either.
        Some(Class::Mark) => {
            line.is(before, &[".", "-", "/", ",", "_", "@", "="])
                && line.glued(before)
                && line.is_digits(before.wrapping_sub(1))
        }
        None => false,
    }
}

/// Whether one of these words stands shortly before token `i`.
pub(super) fn told(line: &Line<'_>, i: usize, words: &[&str]) -> bool {
    (i.saturating_sub(CONTEXT_TOKENS)..i).any(|j| line.is(j, words))
}

/// A stretch of letters and digits, written with separators or without.
struct Compact {
    letters: String,
    end: usize,
    marks: usize,
    spaces: usize,
}

/// Reads exactly `count` ASCII letters or digits from byte `start`, passing single separators. Nothing when
/// the stretch is shorter, or goes on behind.
fn compact(
    text: &str,
    start: usize,
    count: usize,
    separators: &str,
    digits: bool,
) -> Option<Compact> {
    let mut read = Compact {
        letters: String::with_capacity(count),
        end: start,
        marks: 0,
        spaces: 0,
    };
    let mut separated = true;
    for (at, c) in text[start..].char_indices() {
        let fits = c.is_ascii_digit() || !digits && c.is_ascii_alphabetic();
        if read.letters.len() == count {
            return (!c.is_alphanumeric()).then_some(read);
        }
        if fits {
            read.letters.push(c.to_ascii_uppercase());
            read.end = start + at + 1;
            separated = false;
        } else if separators.contains(c) && !separated {
            separated = true;
            read.marks += usize::from(c != ' ');
            read.spaces += usize::from(c == ' ');
        } else {
            return None;
        }
    }
    (read.letters.len() == count).then_some(read)
}

fn candidate(
    kind: Kind,
    text: String,
    range: std::ops::Range<usize>,
    confidence: f32,
) -> Candidate {
    Candidate {
        kind,
        value: Value::Text { text },
        range,
        confidence,
    }
}

fn cpf(line: &Line<'_>, i: usize) -> Option<Candidate> {
    let start = line.tokens[i].start;
    let read = compact(line.text, start, 11, ".-/ ", true)?;
    if !cpf_is_valid(&read.letters) {
        return None;
    }
    let told = told(line, i, &["cpf", "documento", "doc", "cadastro"]);
    // A mobile number with its area code has eleven digits too, the third being a nine.
    let phone_like =
        read.letters.as_bytes()[2] == b'9' && super::contacts::is_area(&read.letters[..2]);
    let confidence = match (read.marks >= 2 || told, phone_like) {
        (true, _) => 0.99,
        (false, true) => 0.5,
        (false, false) => 0.85,
    };
    Some(candidate(
        Kind::Cpf,
        read.letters,
        start..read.end,
        confidence,
    ))
}

/// Whether the last two of eleven digits follow from the first nine.
pub(crate) fn cpf_is_valid(digits: &str) -> bool {
    let values: Vec<u32> = digits.chars().filter_map(|c| c.to_digit(10)).collect();
    if values.len() != 11 || values.iter().all(|v| *v == values[0]) {
        return false;
    }
    let check = |count: usize| {
        let weights = (2..=count as u32 + 1).rev();
        let sum: u32 = values[..count]
            .iter()
            .zip(weights)
            .map(|(v, w)| v * w)
            .sum();
        sum * 10 % 11 % 10
    };
    check(9) == values[9] && check(10) == values[10]
}

fn cnpj(line: &Line<'_>, i: usize) -> Option<Candidate> {
    let start = line.tokens[i].start;
    let read = compact(line.text, start, 14, "./-", false)?;
    if !cnpj_is_valid(&read.letters) {
        return None;
    }
    let bare = read.marks == 0;
    let letters = read.letters.bytes().any(|b| b.is_ascii_alphabetic());
    let told = told(line, i, &["cnpj"]);
    // Fourteen letters and digits without a slash are a code more often than a company.
    if bare && letters && !told {
        return None;
    }
    let confidence = if bare && !told { 0.8 } else { 0.99 };
    Some(candidate(
        Kind::Cnpj,
        read.letters,
        start..read.end,
        confidence,
    ))
}

/// Whether the last two characters, digits, follow from the first twelve. A letter counts as its
/// ASCII code less 48, as the form issued since July 2026 has it.
pub(crate) fn cnpj_is_valid(letters: &str) -> bool {
    let bytes = letters.as_bytes();
    let shape = bytes.len() == 14
        && bytes[..12]
            .iter()
            .all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
        && bytes[12..].iter().all(u8::is_ascii_digit);
    if !shape || bytes.iter().all(|b| *b == bytes[0]) {
        return false;
    }
    let check = |count: usize| {
        let weights = (2..=9_u32).cycle();
        let values = bytes[..count].iter().rev().zip(weights);
        let sum: u32 = values.map(|(b, w)| u32::from(b - b'0') * w).sum();
        match sum % 11 {
            0 | 1 => 0,
            rest => 11 - rest,
        }
    };
    check(12) == u32::from(bytes[12] - b'0') && check(13) == u32::from(bytes[13] - b'0')
}

fn card(line: &Line<'_>, i: usize) -> Option<Candidate> {
    let start = line.tokens[i].start;
    let read = (13..=19).rev().find_map(|count| {
        let read = compact(line.text, start, count, " -.", true)?;
        let issuer = matches!(read.letters.as_bytes()[0], b'2'..=b'6');
        (issuer && luhn(&read.letters) && grouped_as_card(line, i, &read)).then_some(read)
    })?;
    let told = told(line, i, &["cartao", "card", "tarjeta", "credito", "debito"]);
    let confidence = if told || read.marks + read.spaces >= 3 {
        0.98
    } else {
        0.85
    };
    Some(candidate(
        Kind::Card,
        read.letters,
        start..read.end,
        confidence,
    ))
}

/// Groups by spaces must be those printed on cards; else two numbers side by side would be one card.
fn grouped_as_card(line: &Line<'_>, i: usize, read: &Compact) -> bool {
    if read.marks + read.spaces == 0 {
        return true;
    }
    let mut groups = Vec::new();
    for token in line.tokens.get(i..).unwrap_or_default() {
        if token.start >= read.end {
            break;
        }
        if token.class == Class::Digits {
            groups.push(token.folded.len());
        }
    }
    matches!(
        groups.as_slice(),
        [4, 4, 4, 1..=4] | [4, 4, 4, 4, 1..=3] | [4, 6, 4 | 5]
    )
}

/// The check sum of payment cards.
pub(crate) fn luhn(digits: &str) -> bool {
    let values = digits
        .bytes()
        .rev()
        .map(|b| u32::from(b.wrapping_sub(b'0')));
    let sum: u32 = values
        .enumerate()
        .map(|(place, v)| match place % 2 {
            0 => v,
            _ if v > 4 => v * 2 - 9,
            _ => v * 2,
        })
        .sum();
    sum.is_multiple_of(10) && digits.bytes().any(|b| b != b'0')
}

fn cep(line: &Line<'_>, i: usize) -> Option<Candidate> {
    let start = line.tokens[i].start;
    let told = told(line, i, &["cep"]);
    let read = compact(line.text, start, 8, ".- ", true)?;
    let groups = line.tokens.get(i..).unwrap_or_default();
    let length = |k: usize| groups.get(k).map_or(0, |t| t.folded.len());
    let first = length(0);
    // "01310-100" and "01.310-100"; "25-12-2026" has eight digits too.
    let dotted = read.marks == 2 && first == 2 && length(2) == 3;
    let shape = read.spaces == 0 && (read.marks == 1 && first == 5 || dotted);
    let spaced = read.marks == 0 && read.spaces == 1 && first == 5;
    let confidence = match (told, shape) {
        (true, _) => 0.98,
        (false, true) => 0.9,
        (false, false) => return None,
    };
    let whole = shape || spaced || first == 8;
    (whole && read.letters != "00000000")
        .then(|| candidate(Kind::Cep, read.letters, start..read.end, confidence))
}

/// The random key of PIX: 36 characters, hexadecimal in groups of 8, 4, 4, 4 and 12.
fn pix_key(line: &Line<'_>, i: usize) -> Option<Candidate> {
    let start = line.tokens[i].start;
    let key = line.text.get(start..start + 36)?;
    let shaped = key.bytes().enumerate().all(|(at, b)| match at {
        8 | 13 | 18 | 23 => b == b'-',
        _ => b.is_ascii_hexdigit(),
    });
    let after = line.text[start + 36..].chars().next();
    let ends = after.is_none_or(|c| !c.is_alphanumeric() && c != '-');
    (shaped && ends).then(|| {
        candidate(
            Kind::PixKey,
            key.to_ascii_lowercase(),
            start..start + 36,
            0.97,
        )
    })
}

/// `ABC-1234` and `ABC1D23`.
fn plate(line: &Line<'_>, i: usize) -> Option<Candidate> {
    let head = &line.tokens[i];
    if head.class != Class::Word || head.folded.len() != 3 || head.end - head.start != 3 {
        return None;
    }
    let mut at = i + 1;
    let hyphen = line.word(at) == "-" && line.glued(at) && line.glued(at + 1);
    at += usize::from(hyphen);
    let digits = line.tokens.get(at).filter(|t| t.class == Class::Digits)?;
    let spaced = digits.spaced;
    let (tail, next) = match digits.folded.len() {
        4 => (digits.folded.clone(), at + 1),
        1 if line.glued(at + 1) && line.word(at + 1).len() == 1 && line.glued(at + 2) => {
            let letter = line
                .word(at + 1)
                .chars()
                .next()
                .filter(char::is_ascii_alphabetic)?;
            let rest = line
                .tokens
                .get(at + 2)
                .filter(|t| t.class == Class::Digits && t.folded.len() == 2)?;
            (format!("{}{letter}{}", digits.folded, rest.folded), at + 3)
        }
        _ => return None,
    };
    let goes_on = line.glued(next) && line.class(next).is_some_and(|c| c != Class::Mark);
    let upper = line.text[head.start..head.end]
        .bytes()
        .all(|b| b.is_ascii_uppercase());
    let told = told(
        line,
        i,
        &["placa", "placas", "carro", "moto", "veiculo", "plate"],
    );
    let confidence = match (told, tail.len() == 4 && next == at + 3, upper) {
        (true, _, _) => 0.97,
        (false, true, _) if !spaced => 0.9,
        (false, _, true) if !spaced => 0.7,
        _ => return None,
    };
    let text = format!("{}{tail}", head.folded).to_ascii_uppercase();
    let range = line.range(i, next);
    (!goes_on && text.is_ascii()).then(|| candidate(Kind::Plate, text, range, confidence))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_decide() {
        assert!(cpf_is_valid("52998224725"));
        assert!(!cpf_is_valid("52998224726"));
        assert!(!cpf_is_valid("11111111111"));
        assert!(cnpj_is_valid("11222333000181"));
        assert!(cnpj_is_valid("12ABC34501DE35"));
        assert!(!cnpj_is_valid("12ABC34501DE36"));
        assert!(!cnpj_is_valid("00000000000000"));
        assert!(luhn("4111111111111111"));
        assert!(!luhn("4111111111111112"));
    }

    #[test]
    fn a_stretch_is_read_whole_or_not_at_all() {
        assert_eq!(
            compact("529.982", 0, 6, ".", true).unwrap().letters,
            "529982"
        );
        assert!(compact("529.9821", 0, 6, ".", true).is_none());
        assert!(compact("529..982", 0, 6, ".", true).is_none());
        assert!(compact("529", 0, 6, ".", true).is_none());
    }
}
