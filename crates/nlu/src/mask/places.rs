//! Where a text has a placeholder, in the forms in which models give them back.
//!
//! In: any text. Out: places with the key of the table (`CPF_1`). `[CPF_1]`, `[cpf 1]`, `[ CPF-1 ]` and a
//! bare `CPF_1` are all seen; a bare one only with its underscore and as a word of its own. What is seen
//! here is what [`super::mask_with`] hides when a customer types it, so both sides agree. Absent: whether the
//! table knows the key.

use super::NAMES;
use std::ops::Range;

/// Digits of a placeholder's number.
const DIGITS_MAX: usize = 6;
/// Spaces within the brackets.
const SPACES_MAX: usize = 3;

/// A placeholder in a text.
pub(super) struct Place {
    pub(super) range: Range<usize>,
    pub(super) key: String,
}

pub(super) fn places(text: &str) -> Vec<Place> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        match place(bytes, at) {
            Some(place) => {
                at = place.range.end;
                found.push(place);
            }
            None => at += 1,
        }
    }
    found
}

fn place(bytes: &[u8], start: usize) -> Option<Place> {
    let bracket = bytes[start] == b'[';
    let inside = |at: usize| {
        bytes
            .get(at)
            .is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_' || *b >= 0x80)
    };
    if !bracket && (!bytes[start].is_ascii_alphabetic() || start > 0 && inside(start - 1)) {
        return None;
    }
    let mut at = if bracket {
        spaces(bytes, start + 1)
    } else {
        start
    };
    let name = NAMES.iter().find(|name| {
        bytes
            .get(at..at + name.len())
            .is_some_and(|word| word.eq_ignore_ascii_case(name.as_bytes()))
    })?;
    at += name.len();
    let joined = match bytes.get(at)? {
        b'_' => true,
        b'-' | b' ' => bracket,
        // "[CPF1]"
        b'0'..=b'9' if bracket => {
            at -= 1;
            true
        }
        _ => false,
    };
    if !joined {
        return None;
    }
    at += 1;
    // Markdown escapes the underscore's neighbour.
    let digits = bytes[at..]
        .iter()
        .take(DIGITS_MAX + 1)
        .take_while(|b| b.is_ascii_digit())
        .count();
    if !(1..=DIGITS_MAX).contains(&digits) {
        return None;
    }
    let number = std::str::from_utf8(&bytes[at..at + digits]).ok()?;
    at += digits;
    let letter = bytes.get(at).filter(|b| b.is_ascii_alphabetic()).copied();
    at += usize::from(letter.is_some());
    if bracket {
        at = spaces(bytes, at);
        if bytes.get(at) != Some(&b']') {
            return None;
        }
        at += 1;
    } else if inside(at) {
        return None;
    }
    let letter = letter.map(|l| char::from(l.to_ascii_uppercase()).to_string());
    let key = format!("{name}_{number}{}", letter.unwrap_or_default());
    Some(Place {
        range: start..at,
        key,
    })
}

fn spaces(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest
        .iter()
        .take(SPACES_MAX)
        .take_while(|b| **b == b' ')
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_of_models_are_seen_and_others_are_not() {
        let keys = |text: &str| places(text).into_iter().map(|p| p.key).collect::<Vec<_>>();
        assert_eq!(
            keys("[CPF_1] [cpf 2] [ CPF-3 ] [CPF4] CPF_5, [CPF_6b]"),
            ["CPF_1", "CPF_2", "CPF_3", "CPF_4", "CPF_5", "CPF_6B"]
        );
        assert!(keys("CPF 1, xCPF_1, CPF_1x2, [CPF_], [NOME_1], [CPF_1234567], éCPF_1").is_empty());
        assert_eq!(keys("[[CPF_1]]"), ["CPF_1"]);
    }
}
