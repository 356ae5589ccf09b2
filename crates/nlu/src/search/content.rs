//! Picks the words of a text that search counts.
//!
//! In: any text. Out: folded words in reading order, without those that say nothing. Absent on purpose:
//! stems and short forms.

use super::stop::is_stop;
use super::words::{Word, words};

/// The folded words of a text that say something. Words joined by a hyphen are also there as one, since
/// people write *email* and *microondas*; a number is set apart from its unit, since they write *220v*.
pub(super) fn content_words(text: &str, at_most: usize) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut before: Option<Word> = None;
    for word in words(text, at_most * 2) {
        if let Some(first) = &before
            && text.get(first.to..word.from) == Some("-")
            && joins(&first.folded)
            && joins(&word.folded)
        {
            found.push(format!("{}{}", first.folded, word.folded));
        }
        let digits = word.folded.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = word.folded.split_at(digits);
        if digits > 0
            && (1..=4).contains(&unit.len())
            && unit.bytes().all(|b| b.is_ascii_alphabetic())
        {
            found.push(number.to_string());
            found.push(unit.to_string());
        } else if !is_stop(&word.folded) {
            found.push(word.folded.clone());
        }
        before = Some(word);
        if found.len() >= at_most {
            break;
        }
    }
    found.truncate(at_most);
    found
}

fn joins(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compounds_are_also_one_word_and_units_stand_apart() {
        let words = |text| content_words(text, 20);
        assert_eq!(
            words("Micro-ondas e e-mail"),
            ["micro", "microondas", "ondas", "email", "mail"]
        );
        assert_eq!(
            words("220v 6x 18h30 E27"),
            ["220", "v", "6", "x", "18h30", "e27"]
        );
        assert_eq!(words("3222-4545"), ["3222", "4545"]);
        assert_eq!(words("a de o que"), [] as [&str; 0]);
        assert_eq!(content_words("um dois três quatro", 2), ["dois", "tres"]);
    }
}
