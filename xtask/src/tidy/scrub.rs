//! Blanks out what is not code, so that a search for a word or a brace is not fooled by a string.
//!
//! In: Rust or TypeScript source. Out: the same text, byte for byte as long, with comments, string
//! and character literals replaced by spaces (line ends stay), so that every offset still fits the
//! original. Absent: a parser; tidy needs words, braces and lines, nothing more.
//! Read next: `source`, which cuts the scrubbed text into production and test lines.

/// Source with comments and literals blanked. In a script a single quote always opens a string; in
/// Rust it may be a lifetime.
pub(crate) fn scrub(text: &str, script: bool) -> String {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = literal_end(bytes, at, script);
        if end > at {
            blank(&mut out[at..end]);
            at = end;
        } else {
            at += 1;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn blank(part: &mut [u8]) {
    for byte in part {
        if *byte != b'\n' {
            *byte = b' ';
        }
    }
}

/// Where the comment or literal that begins at `at` ends; `at` itself when none begins there.
fn literal_end(bytes: &[u8], at: usize, script: bool) -> usize {
    let rest = &bytes[at..];
    let word_before = at > 0 && is_word(bytes[at - 1]);
    match rest[0] {
        b'/' if rest.starts_with(b"//") => at + line_length(rest),
        b'/' if rest.starts_with(b"/*") => at + block_comment_length(rest),
        b'"' | b'`' => at + quoted_length(rest, rest[0]),
        b'\'' if script => at + quoted_length(rest, b'\''),
        b'\'' => at + char_length(rest),
        b'r' | b'b' | b'c' if !word_before => at + prefixed_length(rest),
        _ => at,
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn line_length(rest: &[u8]) -> usize {
    rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len())
}

/// Rust's block comments nest.
fn block_comment_length(rest: &[u8]) -> usize {
    let mut depth = 0usize;
    let mut at = 0;
    while at < rest.len() {
        if rest[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

fn quoted_length(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// A character literal, or 0 for a lifetime.
fn char_length(rest: &[u8]) -> usize {
    let lifetime = rest.len() > 2 && is_word(rest[1]) && rest[2] != b'\'' && rest[1] < 128;
    let line = &rest[..line_length(rest)];
    if lifetime && !line[1..].contains(&b'\'') {
        return 0;
    }
    if lifetime && lifetime_like(line) {
        return 0;
    }
    quoted_length(line, b'\'')
}

/// `'a, 'b>` or `'static str` rather than `'text'`: what follows the word is not a closing quote.
fn lifetime_like(line: &[u8]) -> bool {
    let word = line[1..].iter().take_while(|b| is_word(**b)).count();
    matches!(
        line.get(1 + word),
        Some(b',' | b'>' | b' ' | b')' | b';' | b':' | b'{')
    )
}

/// `r"…"`, `r#"…"#`, `b"…"`, `br"…"`, `b'…'`, `c"…"`; 0 for an ordinary word.
fn prefixed_length(rest: &[u8]) -> usize {
    let prefix = rest
        .iter()
        .take_while(|b| matches!(b, b'r' | b'b' | b'c'))
        .count();
    let raw = rest[..prefix].contains(&b'r');
    let hashes = rest[prefix..].iter().take_while(|b| **b == b'#').count();
    match rest.get(prefix + hashes) {
        Some(b'"') if raw => raw_length(rest, prefix, hashes),
        Some(b'"') if hashes == 0 && prefix == 1 => prefix + quoted_length(&rest[prefix..], b'"'),
        Some(b'\'') if hashes == 0 && rest[..prefix] == *b"b" => {
            prefix + quoted_length(&rest[prefix..], b'\'')
        }
        _ => 0,
    }
}

fn raw_length(rest: &[u8], prefix: usize, hashes: usize) -> usize {
    let mut close = vec![b'"'];
    close.extend(std::iter::repeat_n(b'#', hashes));
    let open = prefix + hashes + 1;
    rest[open..]
        .windows(close.len())
        .position(|w| w == close)
        .map_or(rest.len(), |found| open + found + close.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_strings_are_blanked_and_code_stays() {
        let text = "let a = \"todo!{\"; // later {\n/* { /* } */ */ let b = r#\"}\"#;";
        let clean = scrub(text, false);
        assert_eq!(clean.len(), text.len());
        assert!(clean.contains("let a =") && clean.contains("let b ="));
        assert!(!clean.contains('{') && !clean.contains("later"));
        assert_eq!(clean.lines().count(), 2);
    }

    #[test]
    fn lifetimes_are_not_strings() {
        let clean = scrub(
            "fn f<'a, 'b>(x: &'a str, y: &'static str) -> &'b str { g('{', '\\'') }",
            false,
        );
        assert_eq!(clean.matches('{').count(), 1);
        assert!(clean.contains("'static str"));
    }

    #[test]
    fn byte_strings_and_escapes_end_where_they_end() {
        let clean = scrub(
            "let x = b\"a\\\"b\"; let y = b'{'; let z = \"\\\\\"; done()",
            false,
        );
        assert!(clean.ends_with("done()"));
        assert!(!clean.contains('{'));
    }

    #[test]
    fn typescript_strings_are_blanked() {
        let clean = scrub("const a = 'use { it'; const b = `x ${y} {`; f()", true);
        assert!(!clean.contains('{') && clean.ends_with("f()"));
    }
}
