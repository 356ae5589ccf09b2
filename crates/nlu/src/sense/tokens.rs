//! A message as tokens: folded words, runs of digits and single marks, each with its place.
//!
//! In: text as typed. Out: tokens whose ranges are bytes of that text, always on character boundaries.
//! Words lose case and accents; letters and digits are parted, so that "2kg" and "15h" are two tokens
//! each. Absent: stems and meaning. Read next: [`super::language`], which only counts such tokens.

/// What a token is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// Letters, with the marks that belong to them.
    Word,
    /// ASCII digits.
    Digits,
    /// One character of anything else: punctuation, symbols, emoji.
    Mark,
}

/// One token and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// Lower case, without accents.
    pub(crate) folded: String,
    /// First byte in the text.
    pub(crate) start: usize,
    /// The byte after the last.
    pub(crate) end: usize,
    pub(crate) class: Class,
    /// Whether white space, or the start of the text, stands before it.
    pub(crate) spaced: bool,
}

/// A text and its tokens.
#[derive(Clone, Debug)]
pub(crate) struct Line<'a> {
    pub(crate) text: &'a str,
    pub(crate) tokens: Vec<Token>,
}

impl<'a> Line<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let tokens = tokens(text);
        Self { text, tokens }
    }

    pub(crate) fn len(&self) -> usize {
        self.tokens.len()
    }

    /// The folded token, or nothing beyond either end (`i` may have wrapped).
    pub(crate) fn word(&self, i: usize) -> &str {
        self.tokens.get(i).map_or("", |t| t.folded.as_str())
    }

    pub(crate) fn is(&self, i: usize, any: &[&str]) -> bool {
        self.tokens
            .get(i)
            .is_some_and(|t| any.contains(&t.folded.as_str()))
    }

    /// Whether these words stand at `i`, one after the other.
    pub(crate) fn follows(&self, i: usize, words: &[&str]) -> bool {
        words
            .iter()
            .enumerate()
            .all(|(k, w)| self.word(i + k) == *w)
    }

    pub(crate) fn is_digits(&self, i: usize) -> bool {
        self.class(i) == Some(Class::Digits)
    }

    pub(crate) fn class(&self, i: usize) -> Option<Class> {
        self.tokens.get(i).map(|t| t.class)
    }

    /// Whether token `i` touches the one before it.
    pub(crate) fn glued(&self, i: usize) -> bool {
        self.tokens.get(i).is_some_and(|t| !t.spaced)
    }

    /// The small number written in digits at `i`, at most four of them.
    pub(crate) fn small(&self, i: usize) -> Option<u32> {
        let token = self.tokens.get(i)?;
        let fits = token.class == Class::Digits && token.folded.len() <= 4;
        fits.then(|| token.folded.parse().ok()).flatten()
    }

    /// Bytes of the text that tokens `from..to` cover.
    pub(crate) fn range(&self, from: usize, to: usize) -> std::ops::Range<usize> {
        let start = self.tokens.get(from).map_or(self.text.len(), |t| t.start);
        let end = self.tokens.get(to.wrapping_sub(1)).map_or(start, |t| t.end);
        start..end.max(start)
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut spaced = true;
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        let Some(class) = class_of(c) else {
            spaced |= c.is_whitespace() || c.is_control();
            if belongs(c)
                && !spaced
                && let Some(last) = tokens.last_mut()
            {
                last.end = end;
            }
            continue;
        };
        let grows =
            class != Class::Mark && !spaced && tokens.last().is_some_and(|t| t.class == class);
        if !grows {
            tokens.push(Token {
                folded: String::new(),
                start: at,
                end,
                class,
                spaced,
            });
        }
        if let Some(token) = tokens.last_mut() {
            token.end = end;
            fold_into(c, &mut token.folded);
        }
        spaced = false;
    }
    tokens
}

/// Nothing for what parts tokens or is not seen.
fn class_of(c: char) -> Option<Class> {
    if c.is_ascii_digit() {
        Some(Class::Digits)
    } else if belongs(c) || c.is_whitespace() || c.is_control() {
        None
    } else if c.is_alphabetic() || c == '°' {
        Some(Class::Word)
    } else {
        Some(Class::Mark)
    }
}

/// Combining accents, joiners and variation selectors: part of the token before them, and not seen.
fn belongs(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{ad}')
}

/// A text folded as its tokens are, with single spaces.
pub(crate) fn folded(text: &str) -> String {
    let words: Vec<String> = tokens(text).into_iter().map(|t| t.folded).collect();
    words.join(" ")
}

fn fold_into(c: char, folded: &mut String) {
    for low in c.to_lowercase() {
        match plain(low) {
            Some(letters) => folded.push_str(letters),
            None if belongs(low) => {}
            None => folded.push(low),
        }
    }
}

fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'à'..='å' | 'ā' | 'ă' | 'ą' | 'ª' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'č' => "c",
        'è'..='ë' | 'ē' | 'ė' | 'ę' | 'ě' => "e",
        'ì'..='ï' | 'ī' | 'į' | 'ı' => "i",
        'ñ' | 'ń' | 'ň' => "n",
        'ò'..='ö' | 'ø' | 'ō' | 'ő' | 'º' | '°' => "o",
        'œ' => "oe",
        'ù'..='ü' | 'ū' | 'ů' | 'ű' => "u",
        'ý' | 'ÿ' => "y",
        'ß' => "ss",
        '’' | '‘' | '´' | '`' => "'",
        '–' | '—' | '‑' => "-",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        tokens(text).into_iter().map(|t| t.folded).collect()
    }

    #[test]
    fn letters_digits_and_marks_are_parted_and_folded() {
        assert_eq!(
            words("Amanhã às 15h30!"),
            ["amanha", "as", "15", "h", "30", "!"]
        );
        assert_eq!(words("2ª-feira"), ["2", "a", "-", "feira"]);
        assert_eq!(words("amanha\u{303}"), ["amanha"]);
        assert_eq!(words("👍🏽 ok"), ["👍", "ok"]);
        assert_eq!(folded("  Olá,\tTUDO  bem? "), "ola , tudo bem ?");
    }

    #[test]
    fn places_are_bytes_of_the_text_and_touching_is_known() {
        let line = Line::new("ação 2kg");
        assert_eq!(line.range(0, 1), 0..6);
        assert_eq!(line.range(1, 3), 7..10);
        assert!(!line.glued(1) && line.glued(2));
        assert_eq!(line.word(usize::MAX), "");
        assert_eq!(line.range(9, 9), 10..10);
    }
}
