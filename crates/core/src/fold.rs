//! Texts made comparable: lower case, no accents, no punctuation, single spaces.
//!
//! In: what people type. Out: a form in which "Olá!!" and "ola" are the same. Also the filling of
//! `{rest}`, `{name}` and `{greeting}`. Absent: meaning; and any change to what is stored or shown.

/// The comparable form.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut gap = false;
    for c in text.chars().flat_map(char::to_lowercase) {
        if separates(c) {
            gap = !folded.is_empty();
            continue;
        }
        if invisible(c) {
            continue;
        }
        if gap {
            folded.push(' ');
            gap = false;
        }
        match plain(c) {
            Some(letters) => folded.push_str(letters),
            None => folded.push(c),
        }
    }
    folded
}

/// Whether `phrase` stands in `text` as whole words. Both folded already.
#[must_use]
pub fn has_words(text: &str, phrase: &str) -> bool {
    if phrase.is_empty() {
        return false;
    }
    text.match_indices(phrase).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + phrase.len()..].chars().next();
        before.is_none_or(|c| c == ' ') && after.is_none_or(|c| c == ' ')
    })
}

/// What follows the words `start` (folded already) at the beginning of `text`, as it was typed.
#[must_use]
pub fn after<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    let text = text.trim();
    if start.is_empty() {
        return None;
    }
    let ends = text
        .char_indices()
        .filter(|(_, c)| c.is_whitespace())
        .map(|(at, _)| at)
        .chain([text.len()]);
    // A word boundary for each word of the start, and a few more for stray punctuation.
    for end in ends.take(start.split(' ').count() + 4) {
        if fold(&text[..end]) == start {
            return Some(text[end..].trim());
        }
    }
    None
}

/// Fills the places of a text. The name is the first word of the person's name; where there is
/// none, the space before the place goes too.
#[must_use]
pub fn fill(text: &str, rest: &str, name: &str, greeting: &str) -> String {
    let name = name.split_whitespace().next().unwrap_or("");
    let mut filled = String::with_capacity(text.len() + rest.len());
    let mut left = text;
    // One pass, so that braces in the customer's own words are not filled again.
    while let Some(at) = left.find('{') {
        let (before, place) = left.split_at(at);
        let value = [("{rest}", rest), ("{name}", name), ("{greeting}", greeting)]
            .into_iter()
            .find(|(word, _)| place.starts_with(word));
        match value {
            Some(("{name}", "")) => {
                filled.push_str(before.trim_end_matches(' '));
                left = &place["{name}".len()..];
            }
            Some((word, value)) => {
                filled.push_str(before);
                filled.push_str(value);
                left = &place[word.len()..];
            }
            None => {
                filled.push_str(before);
                filled.push('{');
                left = &place[1..];
            }
        }
    }
    filled.push_str(left);
    filled
}

fn separates(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || c.is_ascii_punctuation()
        || matches!(c, '\u{2000}'..='\u{200b}' | '\u{2010}'..='\u{2029}' | '\u{2030}'..='\u{205f}')
        || matches!(
            c,
            '«' | '»' | '¡' | '¿' | '·' | '´' | '¨' | '\u{feff}' | '\u{3000}'..='\u{3002}'
        )
}

/// Joiners, direction marks, variation selectors and combining accents: seen through.
fn invisible(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{ad}')
}

fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'à'..='å' | 'ā' | 'ă' | 'ą' | 'ª' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'č' => "c",
        'è'..='ë' | 'ē' | 'ė' | 'ę' | 'ě' => "e",
        'ì'..='ï' | 'ī' | 'į' | 'ı' => "i",
        'ñ' | 'ń' | 'ň' => "n",
        'ò'..='ö' | 'ø' | 'ō' | 'ő' | 'º' => "o",
        'œ' => "oe",
        'ù'..='ü' | 'ū' | 'ů' | 'ű' => "u",
        'ý' | 'ÿ' => "y",
        'ß' => "ss",
        'š' | 'ś' | 'ş' => "s",
        'ž' | 'ź' | 'ż' => "z",
        _ => return None,
    })
}
