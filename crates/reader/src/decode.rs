//! Makes text of bytes: UTF-8, UTF-16, and what old Windows programs write.
//!
//! In: bytes of a text. Out: the text, with line ends as `\n`. What is valid UTF-8 is UTF-8; otherwise it
//! is Windows-1252, in which every byte is some letter. A page says its own encoding, and is believed if
//! it isn't UTF-8 anyway. Absent on purpose: guessing among the hundred others.

use crate::Warning;
use crate::build::Builder;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

pub(crate) fn text(bytes: &[u8], builder: &mut Builder) -> String {
    with(bytes, WINDOWS_1252, builder)
}

pub(crate) fn html(bytes: &[u8], builder: &mut Builder) -> String {
    with(bytes, declared(bytes).unwrap_or(WINDOWS_1252), builder)
}

fn with(bytes: &[u8], fallback: &'static Encoding, builder: &mut Builder) -> String {
    let encoding = match Encoding::for_bom(bytes) {
        Some((encoding, _)) => encoding,
        None if looks_utf16(bytes) => {
            if bytes[0] == 0 {
                UTF_16BE
            } else {
                UTF_16LE
            }
        }
        None if std::str::from_utf8(bytes).is_ok() => UTF_8,
        None if mostly_utf8(bytes) => UTF_8,
        None => fallback,
    };
    let (text, _, bad) = encoding.decode(bytes);
    if bad {
        let count = text.chars().filter(|letter| *letter == '\u{fffd}').count();
        builder.warn(Warning::BadCharacters { count });
    }
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// A file of UTF-8 with a few broken bytes has more whole letters than broken ones.
fn mostly_utf8(bytes: &[u8]) -> bool {
    let (mut whole, mut broken) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        whole += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    whole > broken * 4
}

/// Half of the bytes of a Western text in UTF-16 are zero, always the same half.
pub(crate) fn looks_utf16(bytes: &[u8]) -> bool {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return true;
    }
    let start = &bytes[..bytes.len().min(1_000) & !1];
    let zeros = |odd: usize| {
        start
            .iter()
            .skip(odd)
            .step_by(2)
            .filter(|b| **b == 0)
            .count()
    };
    let (even, odd) = (zeros(0), zeros(1));
    let half = start.len() / 2;
    half >= 4
        && (even * 10 > half * 7 && odd * 10 < half || odd * 10 > half * 7 && even * 10 < half)
}

/// `<meta charset=…>` in the first kilobyte.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(1_024)]).to_lowercase();
    let (_, after) = start.split_once("charset=")?;
    let name: String = after
        .trim_start_matches(['"', '\''])
        .chars()
        .take_while(|letter| letter.is_ascii_alphanumeric() || "-_".contains(*letter))
        .collect();
    Encoding::for_label(name.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Kind, Limits};

    fn decoded(bytes: &[u8]) -> String {
        text(bytes, &mut Builder::new(&Limits::default()))
    }

    #[test]
    fn the_usual_encodings_give_the_same_text() {
        let wanted = "Promoção: até 50 %\nnão é?";
        let wide =
            |order: fn(u16) -> [u8; 2]| wanted.encode_utf16().flat_map(order).collect::<Vec<u8>>();
        let (windows, _, _) = WINDOWS_1252.encode(wanted);
        let mut marked = vec![0xef, 0xbb, 0xbf];
        marked.extend(wanted.as_bytes());
        let mut big = vec![0xfe, 0xff];
        big.extend(wide(u16::to_be_bytes));
        for bytes in [
            wanted.as_bytes(),
            &windows,
            &marked,
            &big,
            &wide(u16::to_le_bytes),
            &wide(u16::to_be_bytes),
        ] {
            assert_eq!(decoded(bytes), wanted);
        }
        assert_eq!(decoded(b"a\r\nb\rc"), "a\nb\nc");
    }

    #[test]
    fn a_page_says_its_encoding() {
        let page = b"<meta charset='iso-8859-2'><p>\xb1</p>";
        let text = html(page, &mut Builder::new(&Limits::default()));
        assert!(text.contains('ą'), "{text}");
    }

    #[test]
    fn broken_letters_are_counted() {
        let mut builder = Builder::new(&Limits::default());
        let mut bytes = "ação ação ação ".repeat(5).into_bytes();
        bytes.push(0xff);
        builder.paragraph(&text(&bytes, &mut Builder::new(&Limits::default())));
        let mut counted = Builder::new(&Limits::default());
        text(&bytes, &mut counted);
        counted.paragraph("x");
        assert_eq!(
            counted.finish(Kind::Text).unwrap().warnings,
            [Warning::BadCharacters { count: 1 }]
        );
    }
}
