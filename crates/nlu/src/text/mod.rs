//! Turns what people type into something comparable: folded text, tokens, stable hashes.
//!
//! In: any Unicode text. Out: [`Folded`] text that knows where each byte came from, its [`Token`]s, and
//! 64-bit hashes that are the same on every machine and in every version. Absent on purpose: stop
//! words, stems and meanings, which differ by use; each user has its own. Next: `fold.rs`, then
//! `tokens.rs`.

pub mod fold;
pub mod hash;
pub mod tokens;

pub use fold::{Folded, fold};
pub use hash::Hash;
pub use tokens::{Kind, Token, tokens};

/// What of one text is looked at, bytes. A message of WhatsApp has at most 4,096 characters, and four
/// bytes are the most that one takes; what comes after says nothing new about what is wanted.
pub const TEXT_BYTES_MAX: usize = 16 * 1024;

/// The start of a text, cut at a character.
#[must_use]
pub fn within(text: &str, bytes_max: usize) -> &str {
    &text[..text.floor_char_boundary(bytes_max)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_never_splits_a_character() {
        assert_eq!(within("olá", 3), "ol");
        assert_eq!(within("olá", 4), "olá");
        assert_eq!(within("😀😀", 7), "😀");
        assert_eq!(within("", 10), "");
    }
}
