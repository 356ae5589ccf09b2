//! Folds text so that spellings compare: lower case, no accents, one form of each sign.
//!
//! In: any text. Out: "AÇÃO" as "acao", "ﬁ" as "fi", `’` as `'`, and for [`Folded`] the place in the
//! original that each byte came from, so that a finding can be shown in the person's own words. Absent:
//! anything that knows a language; "ñ" becomes "n" because people type it so. Next: `tokens.rs`.

use std::ops::Range;
use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// The folded text alone.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars() {
        fold_char(c, |f| folded.push(f));
    }
    folded
}

/// Folded text that remembers where it came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folded {
    text: String,
    /// For each byte of `text`, the first byte in the original of the character that it came from; one
    /// more at the end for the end.
    origins: Vec<u32>,
}

impl Folded {
    /// Folds at most [`super::TEXT_BYTES_MAX`] bytes of it.
    #[must_use]
    pub fn new(text: &str) -> Folded {
        let text = super::within(text, super::TEXT_BYTES_MAX);
        let mut folded = Folded {
            text: String::with_capacity(text.len()),
            origins: Vec::with_capacity(text.len() + 1),
        };
        for (at, c) in text.char_indices() {
            fold_char(c, |f| folded.text.push(f));
            folded
                .origins
                .resize(folded.text.len(), u32::try_from(at).unwrap_or(u32::MAX));
        }
        let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
        folded.origins.push(end);
        folded
    }

    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where a range of the folded text stands in the original, in bytes, whole characters only.
    #[must_use]
    pub fn origin(&self, range: Range<usize>) -> Range<usize> {
        let at = |byte: usize| self.origins.get(byte).or(self.origins.last()).copied();
        let place = |byte: usize| at(byte).unwrap_or(0) as usize;
        let mut end = range.end.min(self.text.len());
        // A range that ends within what one character became ends after that character.
        while end > range.start && end < self.text.len() && place(end) == place(end - 1) {
            end += 1;
        }
        place(range.start)..place(end)
    }
}

/// What one character becomes: nothing, itself, or several.
fn fold_char(c: char, mut out: impl FnMut(char)) {
    if c.is_ascii() {
        return out(c.to_ascii_lowercase());
    }
    if let Some(plain) = sign(c) {
        return plain.chars().for_each(out);
    }
    for lower in c.to_lowercase() {
        decompose_compatible(lower, |part| {
            if let Some(plain) = sign(part) {
                plain.chars().for_each(&mut out);
            } else if !is_combining_mark(part) {
                part.to_lowercase().for_each(&mut out);
            }
        });
    }
}

/// Letters that Unicode doesn't take apart, and signs that phones type in several forms.
fn sign(c: char) -> Option<&'static str> {
    Some(match c {
        '\u{2018}' | '\u{2019}' | '\u{201B}' | '\u{2032}' | '\u{00B4}' | '\u{02BC}' => "'",
        '\u{201C}' | '\u{201D}' | '\u{201E}' | '\u{00AB}' | '\u{00BB}' | '\u{2033}' => "\"",
        '\u{2010}'..='\u{2015}' | '\u{2212}' => "-",
        // Nothing to see: joiners, directions, the variation selectors of emoji, the soft hyphen.
        '\u{00AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' => "",
        '\u{2060}'..='\u{2064}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' => "",
        '\u{1F3FB}'..='\u{1F3FF}' => "",
        'ß' | 'ẞ' => "ss",
        'ø' | 'Ø' => "o",
        'ł' | 'Ł' => "l",
        'đ' | 'Đ' => "d",
        'æ' | 'Æ' => "ae",
        'œ' | 'Œ' => "oe",
        'ı' => "i",
        '¿' => "?",
        '¡' => "!",
        'º' => "o",
        'ª' => "a",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spellings_of_one_word_become_one() {
        for text in ["AÇÃO", "ação", "acao", "ac\u{327}a\u{303}o", "ＡＣＡＯ"] {
            assert_eq!(fold(text), "acao", "{text}");
        }
        assert_eq!(
            fold("Señor “Müller” — d’água №5"),
            "senor \"muller\" - d'agua no5"
        );
        assert_eq!(fold("Straße ﬁm ½"), "strasse fim 1⁄2");
    }

    #[test]
    fn skin_tones_and_joiners_do_not_make_another_emoji() {
        assert_eq!(fold("👍🏽"), "👍");
        assert_eq!(fold("❤\u{FE0F}"), "❤");
    }

    #[test]
    fn a_range_leads_back_to_the_persons_own_words() {
        let original = "Olá, AÇÃO já ﬁm";
        let folded = Folded::new(original);
        assert_eq!(folded.text(), "ola, acao ja fim");
        let at = folded.text().find("acao").unwrap();
        assert_eq!(&original[folded.origin(at..at + 4)], "AÇÃO");
        let at = folded.text().find("fim").unwrap();
        assert_eq!(&original[folded.origin(at..at + 1)], "ﬁ");
        assert_eq!(&original[folded.origin(0..999)], original);
    }

    proptest! {
        #[test]
        fn any_text_folds_to_the_same_both_ways_and_every_range_is_whole(text in any::<String>(), a in 0usize..64, b in 0usize..64) {
            let folded = Folded::new(&text);
            prop_assert_eq!(folded.text(), fold(&text));
            let (start, end) = (a.min(b), a.max(b));
            let origin = folded.origin(start..end);
            prop_assert!(origin.end <= text.len());
            prop_assert!(text.get(origin).is_some());
        }

        #[test]
        fn folding_latin_twice_changes_nothing(text in "[a-zA-ZÀ-ÿ0-9 ?!'’“”-]{0,80}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once.clone());
        }
    }
}
