//! Cuts folded text into words, numbers, the marks that carry meaning, and symbols.
//!
//! In: text from `fold`. Out: tokens with their place in it, in order. A word may hold an apostrophe
//! ("don't", "d'agua"); letters and digits that touch are one word ("2a", "pix2"), a run of
//! digits alone is a number. `?` and `!` are kept, other punctuation is not; an emoji is a symbol of its
//! own. Absent: meaning (`crate::entities` knows what a number is). Next: who uses them.

use std::ops::Range;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Letters, perhaps with digits.
    Word,
    /// Digits only.
    Number,
    /// `?` or `!`.
    Mark,
    /// An emoji or another sign that is neither letter, digit, space nor ASCII punctuation.
    Symbol,
}

/// A piece of folded text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    pub text: &'a str,
    /// First byte in the folded text.
    pub start: usize,
    pub kind: Kind,
}

impl Token<'_> {
    /// Its place in the folded text, in bytes.
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }
}

/// The tokens of a folded text.
pub fn tokens(folded: &str) -> impl Iterator<Item = Token<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < folded.len() {
            let start = at;
            let c = folded[at..].chars().next()?;
            at += c.len_utf8();
            let kind = match class(c) {
                Class::Space => continue,
                Class::Mark => Kind::Mark,
                Class::Symbol => Kind::Symbol,
                Class::Letter | Class::Digit => {
                    let (end, kind) = word(folded, start);
                    at = end;
                    kind
                }
            };
            let text = &folded[start..at];
            return Some(Token { text, start, kind });
        }
        None
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Letter,
    Digit,
    Mark,
    Symbol,
    Space,
}

fn class(c: char) -> Class {
    match c {
        'a'..='z' => Class::Letter,
        '0'..='9' => Class::Digit,
        '?' | '!' => Class::Mark,
        _ if c.is_ascii() => Class::Space,
        _ if c.is_numeric() => Class::Digit,
        _ if c.is_alphabetic() => Class::Letter,
        // General punctuation of other scripts separates as ours does.
        '\u{2000}'..='\u{206F}' | '\u{3000}'..='\u{303F}' => Class::Space,
        _ if c.is_whitespace() || c.is_control() => Class::Space,
        _ => Class::Symbol,
    }
}

/// Where the word that starts here ends, and whether it is a number.
fn word(text: &str, start: usize) -> (usize, Kind) {
    let mut end = start;
    let mut kind = Kind::Number;
    let mut chars = text[start..].char_indices().peekable();
    while let Some((offset, c)) = chars.next() {
        match class(c) {
            Class::Letter => kind = Kind::Word,
            Class::Digit => {}
            // Kept inside a word only, and only where a letter follows.
            Class::Space if c == '\'' && kind == Kind::Word => {
                let follows = chars
                    .peek()
                    .is_some_and(|(_, n)| class(*n) == Class::Letter);
                if !follows {
                    break;
                }
            }
            Class::Space | Class::Mark | Class::Symbol => break,
        }
        end = start + offset + c.len_utf8();
    }
    (end, kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::fold;
    use proptest::prelude::*;

    fn cut(text: &str) -> Vec<String> {
        let folded = fold(text);
        tokens(&folded).map(|t| t.text.to_string()).collect()
    }

    #[test]
    fn words_numbers_marks_and_symbols_come_apart() {
        assert_eq!(
            cut("Cadê meu pedido 1.234?! não chegou... 😡😡"),
            [
                "cade", "meu", "pedido", "1", "234", "?", "!", "nao", "chegou", "😡", "😡"
            ]
        );
        assert_eq!(
            cut("don’t 'quote' copo d'água p/ já"),
            ["don't", "quote", "copo", "d'agua", "p", "ja"]
        );
        assert_eq!(
            cut("2a via pix2 às 15h"),
            ["2a", "via", "pix2", "as", "15h"]
        );
        assert_eq!(cut(" .,; "), Vec::<String>::new());
    }

    #[test]
    fn kinds_are_told() {
        let kinds: Vec<Kind> = tokens("a1 22 ? 😀").map(|t| t.kind).collect();
        assert_eq!(kinds, [Kind::Word, Kind::Number, Kind::Mark, Kind::Symbol]);
    }

    #[test]
    fn other_scripts_are_words_too() {
        assert_eq!(cut("Привет мир"), ["привет", "мир"]);
        assert_eq!(cut("こんにちは。"), ["こんにちは"]);
    }

    proptest! {
        #[test]
        fn tokens_lie_in_order_within_the_text(text in any::<String>()) {
            let folded = fold(&text);
            let mut last = 0;
            for token in tokens(&folded) {
                prop_assert!(token.start >= last && !token.text.is_empty());
                prop_assert_eq!(&folded[token.range()], token.text);
                last = token.range().end;
            }
        }
    }
}
