//! Takes a text apart into folded words: lower case, without accents, with where each stood.
//!
//! In: any text. Out: words of letters and digits as `[a-z0-9]` wherever the letter has such a base, with
//! byte positions in the original. The same word with and without accents is the same word, because that
//! is how customers write. Absent on purpose: stems (`stem.rs`) and what counts (`stop.rs`).

/// A word in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) folded: String,
    /// Where it stands in the text, in bytes.
    pub(super) from: usize,
    pub(super) to: usize,
}

/// Longer runs are no words; their beginning stands for them.
const WORD_CHARS_MAX: usize = 40;

/// The words of a text, at most this many.
pub(super) fn words(text: &str, at_most: usize) -> Vec<Word> {
    let mut found = Vec::new();
    let mut open: Option<Word> = None;
    let mut chars = 0;
    for (at, letter) in text.char_indices() {
        if letter.is_alphanumeric() || is_mark(letter) {
            let word = open.get_or_insert_with(|| {
                chars = 0;
                Word {
                    folded: String::new(),
                    from: at,
                    to: at,
                }
            });
            word.to = at + letter.len_utf8();
            if chars < WORD_CHARS_MAX {
                push_folded(letter, &mut word.folded);
                chars += 1;
            }
        } else if let Some(word) = open.take() {
            keep(word, &mut found);
            if found.len() >= at_most {
                return found;
            }
        }
    }
    if let Some(word) = open {
        keep(word, &mut found);
    }
    found
}

fn keep(word: Word, found: &mut Vec<Word>) {
    if !word.folded.is_empty() {
        found.push(word);
    }
}

/// A text folded as a whole: what is no letter or digit stays as it is.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text.chars() {
        push_folded(letter, &mut folded);
    }
    folded
}

/// Whether it only changes the letter before it.
fn is_mark(letter: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&letter)
}

fn push_folded(letter: char, into: &mut String) {
    if letter.is_ascii() {
        into.push(letter.to_ascii_lowercase());
        return;
    }
    if is_mark(letter) {
        return;
    }
    for lower in letter.to_lowercase() {
        match base(lower) {
            Some(base) => into.push_str(base),
            None if is_mark(lower) => {}
            None => into.push(lower),
        }
    }
}

/// The plain letters that a Latin letter with accents is read as.
fn base(letter: char) -> Option<&'static str> {
    Some(match letter {
        'à'..='å' | 'ā' | 'ă' | 'ą' | 'ª' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => "e",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => "i",
        'ñ' | 'ń' | 'ņ' | 'ň' => "n",
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' | 'º' => "o",
        'œ' => "oe",
        'ŕ' | 'ŗ' | 'ř' => "r",
        'ś' | 'ŝ' | 'ş' | 'š' => "s",
        'ß' => "ss",
        'ţ' | 'ť' | 'ŧ' => "t",
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => "u",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> Vec<String> {
        words(text, 100)
            .into_iter()
            .map(|word| word.folded)
            .collect()
    }

    #[test]
    fn accents_case_and_combining_marks_make_no_difference() {
        assert_eq!(folded("AÇÃO ação acao"), ["acao", "acao", "acao"]);
        assert_eq!(folded("a\u{301}gua Água"), ["agua", "agua"]);
        assert_eq!(folded("1º andar, nº 20"), ["1o", "andar", "no", "20"]);
        assert_eq!(fold("São Paulo: ÀS 15h"), "sao paulo: as 15h");
    }

    #[test]
    fn positions_point_into_the_original() {
        let text = "Olá, você! 😀 çã";
        for word in words(text, 100) {
            assert_eq!(fold(&text[word.from..word.to]), word.folded);
        }
        assert_eq!(folded(text), ["ola", "voce", "ca"]);
    }

    #[test]
    fn long_runs_and_many_words_have_ends() {
        let long = "x".repeat(10_000);
        assert_eq!(folded(&long), ["x".repeat(WORD_CHARS_MAX)]);
        assert_eq!(words(&"a ".repeat(1_000), 7).len(), 7);
        assert!(words("", 7).is_empty());
        assert!(words("\u{301}\u{302} ...", 7).is_empty());
    }

    #[test]
    fn other_scripts_stay_words() {
        assert_eq!(folded("Привет мир 東京"), ["привет", "мир", "東京"]);
    }
}
