//! Cuts a long text into parts that each fit a message.
//!
//! In: a text and a limit in characters. Out: parts in order, cut after a paragraph, else a sentence,
//! else a line, else a word, else between two characters that people see as two. Only white space at
//! the cuts is lost. Absent: a limit on the number of parts, which is the queue's.

/// The parts of `text`, each of at most `limit` characters. A text that fits comes back whole; one of
/// white space only gives no part.
#[must_use]
pub fn split_text(text: &str, limit: usize) -> Vec<&str> {
    let limit = limit.max(1);
    let mut parts = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let Some((end, _)) = rest.char_indices().nth(limit) else {
            parts.push(rest);
            break;
        };
        let cut = cut_in(rest, end);
        parts.push(rest[..cut].trim_end());
        rest = rest[cut..].trim_start();
    }
    parts
}

/// Where to cut the text so that the part before it ends by `end`.
fn cut_in(text: &str, end: usize) -> usize {
    // A cut in the first half would waste a message; then the next rule may do better.
    let half = end / 2;
    let head = &text[..end];
    // The limit may fall right at the end of a word or sentence.
    let next_is_space = text[end..].starts_with(char::is_whitespace);
    let paragraph = head.rfind("\n\n").filter(|&at| at > half);
    let line = || head.rfind('\n').filter(|&at| at > half);
    let word = || {
        let space = head.rfind(char::is_whitespace).filter(|&at| at > half);
        if next_is_space { Some(end) } else { space }
    };
    paragraph
        .or_else(|| sentence(text, end).filter(|&at| at > half))
        .or_else(line)
        .or_else(word)
        .unwrap_or_else(|| between(text, end))
}

/// The last end of a sentence by `end`: a stop that white space follows.
fn sentence(text: &str, end: usize) -> Option<usize> {
    let mut found = None;
    let mut stop = false;
    for (at, character) in text.char_indices() {
        if stop && character.is_whitespace() {
            found = Some(at);
        }
        if at >= end {
            break;
        }
        let closes = matches!(character, '"' | '”' | ')' | '»' | '\'');
        stop = matches!(character, '.' | '!' | '?' | '…' | '。') || (stop && closes);
    }
    found
}

/// The last place by `end` that doesn't tear what people see as one character; if the whole head is
/// one such character, its limit.
fn between(text: &str, end: usize) -> usize {
    let mut found = 0;
    let mut before: Option<char> = None;
    let mut flags = 0_usize;
    for (at, character) in text.char_indices() {
        if at > end {
            break;
        }
        let torn = before.is_none_or(|before| joined(before, character, flags));
        if !torn {
            found = at;
        }
        flags = if is_flag(character) { flags + 1 } else { 0 };
        before = Some(character);
    }
    if found == 0 { end } else { found }
}

/// Whether two characters in a row are seen as one. Wider than the Unicode rules, which is harmless
/// here: a cut then falls a little earlier.
fn joined(before: char, after: char, flags_before: usize) -> bool {
    const JOINER: char = '\u{200d}';
    if before == JOINER || after == JOINER || (before == '\r' && after == '\n') {
        return true;
    }
    if is_flag(before) && is_flag(after) {
        return flags_before % 2 == 1;
    }
    matches!(after,
        '\u{300}'..='\u{36f}'       // combining accents
        | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5c7}' | '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}' | '\u{900}'..='\u{903}' | '\u{93a}'..='\u{94f}'
        | '\u{e31}' | '\u{e34}'..='\u{e3a}' | '\u{e47}'..='\u{e4e}'
        | '\u{1160}'..='\u{11ff}'   // Hangul vowels and finals
        | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}'   // marks for symbols, keycaps
        | '\u{fe00}'..='\u{fe0f}'   // variation selectors
        | '\u{fe20}'..='\u{fe2f}'
        | '\u{1f3fb}'..='\u{1f3ff}' // skin tones
        | '\u{e0020}'..='\u{e007f}' // tags in flags
    )
}

fn is_flag(character: char) -> bool {
    matches!(character, '\u{1f1e6}'..='\u{1f1ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_fits_stays_whole_and_nothing_gives_nothing() {
        assert_eq!(split_text("oi", 2), ["oi"]);
        assert_eq!(split_text("  ", 2), Vec::<&str>::new());
    }

    #[test]
    fn paragraphs_then_sentences_then_words_decide_the_cut() {
        assert_eq!(split_text("aaaa bb.\n\ncc dd", 12), ["aaaa bb.", "cc dd"]);
        assert_eq!(
            split_text("Um dois. Três quatro", 12),
            ["Um dois.", "Três quatro"]
        );
        assert_eq!(split_text("um dois três", 10), ["um dois", "três"]);
        assert_eq!(split_text("um dois três", 7), ["um dois", "três"]);
        assert_eq!(split_text("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(
            split_text("Fim (sério). Outra frase", 14),
            ["Fim (sério).", "Outra frase"]
        );
    }

    #[test]
    fn a_family_a_flag_and_an_accent_are_not_torn() {
        let family = "👨\u{200d}👩\u{200d}👧";
        assert_eq!(split_text(&format!("ab{family}"), 5), ["ab", family]);
        assert_eq!(split_text("🇧🇷🇵🇹🇦🇷", 3), ["🇧🇷", "🇵🇹", "🇦🇷"]);
        assert_eq!(split_text("abe\u{301}", 3), ["ab", "e\u{301}"]);
        assert_eq!(split_text("ab👍🏽", 3), ["ab", "👍🏽"]);
    }

    #[test]
    fn one_endless_character_is_cut_all_the_same() {
        let tower = format!("e{}", "\u{301}".repeat(9));
        let parts = split_text(&tower, 4);
        assert!(parts.iter().all(|part| part.chars().count() <= 4));
        assert_eq!(parts.concat(), tower);
    }

    #[test]
    fn only_white_space_is_lost_and_no_part_is_too_long() {
        let text =
            "Olá! Segue a lista:\n- um\n- dois  três 👨\u{200d}👩\u{200d}👧 fim… ".repeat(20);
        let bare = |text: &str| text.split_whitespace().collect::<String>();
        for limit in 1..200 {
            let parts = split_text(&text, limit);
            assert!(
                parts.iter().all(|part| part.chars().count() <= limit),
                "{limit}"
            );
            assert!(parts.iter().all(|part| !part.is_empty()), "{limit}");
            assert_eq!(bare(&parts.concat()), bare(&text), "{limit}");
        }
    }
}
