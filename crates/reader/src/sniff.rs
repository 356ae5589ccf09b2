//! Tells what kind a file is, by its first bytes rather than by its name.
//!
//! In: bytes and what the sender said they are. Out: a kind that is read, or trouble that says what to
//! save the file as. Absent on purpose: trust in names; a PDF named `.txt` is a PDF.

use crate::decode;
use crate::{Kind, Trouble};

pub(crate) fn kind(bytes: &[u8], said: Option<Kind>) -> Result<Kind, Trouble> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Trouble::Empty);
    }
    // Some programs write a line of their own first; readers look this far.
    if find(bytes, b"%PDF-", 1_024).is_some() {
        return Ok(Kind::Pdf);
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return zip_kind(bytes, said);
    }
    if let Some(trouble) = other_kind(bytes) {
        return Err(trouble);
    }
    match said {
        Some(Kind::Pdf) => Err(Trouble::Damaged { kind: Kind::Pdf }),
        Some(Kind::Docx) => Err(Trouble::Damaged { kind: Kind::Docx }),
        Some(Kind::Xlsx) => Err(Trouble::Damaged { kind: Kind::Xlsx }),
        Some(text @ (Kind::Html | Kind::Markdown | Kind::Csv | Kind::Text)) => {
            text_kind(bytes, text)
        }
        None => {
            let start = String::from_utf8_lossy(&bytes[..bytes.len().min(2_048)]).to_lowercase();
            let start = start.trim_start_matches('\u{feff}').trim_start();
            let html = ["<!doctype html", "<html", "<head", "<body"];
            if html.iter().any(|tag| start.starts_with(tag)) {
                text_kind(bytes, Kind::Html)
            } else {
                text_kind(bytes, Kind::Text)
            }
        }
    }
}

/// Pictures and programs have zeros; texts have none, in encodings other than UTF-16.
fn text_kind(bytes: &[u8], kind: Kind) -> Result<Kind, Trouble> {
    let zeros = bytes.iter().filter(|byte| **byte == 0).count();
    if zeros * 100 > bytes.len() && !decode::looks_utf16(bytes) {
        return Err(Trouble::Unknown);
    }
    Ok(kind)
}

/// The names inside an archive stand in it unpacked.
fn zip_kind(bytes: &[u8], said: Option<Kind>) -> Result<Kind, Trouble> {
    if find(bytes, b"word/document", bytes.len()).is_some() {
        return Ok(Kind::Docx);
    }
    if find(bytes, b"xl/workbook", bytes.len()).is_some() {
        return Ok(Kind::Xlsx);
    }
    let odf = find(bytes, b"opendocument.spreadsheet", 200).is_some();
    let odt = find(bytes, b"opendocument.text", 200).is_some();
    match said {
        Some(kind @ (Kind::Docx | Kind::Xlsx)) => Err(Trouble::Damaged { kind }),
        Some(Kind::Pdf | Kind::Html | Kind::Markdown | Kind::Csv | Kind::Text) | None if odf => {
            Err(other("ods", Kind::Xlsx))
        }
        Some(Kind::Pdf | Kind::Html | Kind::Markdown | Kind::Csv | Kind::Text) | None if odt => {
            Err(other("odt", Kind::Docx))
        }
        Some(Kind::Pdf | Kind::Html | Kind::Markdown | Kind::Csv | Kind::Text) | None => {
            Err(other("zip", Kind::Pdf))
        }
    }
}

fn other_kind(bytes: &[u8]) -> Option<Trouble> {
    // The old office format, which also wraps new files that have a password.
    if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        if find(bytes, &wide("EncryptedPackage"), bytes.len()).is_some() {
            return Some(Trouble::Password);
        }
        let sheet = find(bytes, &wide("Workbook"), bytes.len()).is_some();
        return Some(if sheet {
            other("xls", Kind::Xlsx)
        } else {
            other("doc", Kind::Docx)
        });
    }
    if bytes.starts_with(b"{\\rtf") {
        return Some(other("rtf", Kind::Docx));
    }
    let pictures: [&[u8]; 5] = [b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*"];
    let picture = pictures.iter().any(|start| bytes.starts_with(start))
        || bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
    picture.then(|| other("image", Kind::Pdf))
}

fn other(found: &str, instead: Kind) -> Trouble {
    Trouble::OtherKind {
        found: found.to_string(),
        instead,
    }
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn find(bytes: &[u8], wanted: &[u8], within: usize) -> Option<usize> {
    let end = within.saturating_add(wanted.len()).min(bytes.len());
    bytes[..end]
        .windows(wanted.len())
        .position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_tell_more_than_names() {
        assert_eq!(kind(b"%PDF-1.7\n", Some(Kind::Text)), Ok(Kind::Pdf));
        assert_eq!(kind(b"junk\n%PDF-1.4", None), Ok(Kind::Pdf));
        assert_eq!(
            kind(b"\xef\xbb\xbf <!DOCTYPE html><p>", None),
            Ok(Kind::Html)
        );
        assert_eq!(kind("Ol\u{e1}".as_bytes(), None), Ok(Kind::Text));
        assert_eq!(kind(b"a;b", Some(Kind::Csv)), Ok(Kind::Csv));
    }

    #[test]
    fn what_is_not_read_says_what_to_save_it_as() {
        let found = |bytes: &[u8]| match kind(bytes, None) {
            Err(Trouble::OtherKind { found, instead }) => (found, instead),
            other => panic!("{other:?}"),
        };
        assert_eq!(found(b"\x89PNG\r\n"), ("image".to_string(), Kind::Pdf));
        assert_eq!(found(b"{\\rtf1"), ("rtf".to_string(), Kind::Docx));
        assert_eq!(
            found(&[0xd0, 0xcf, 0x11, 0xe0, 9]),
            ("doc".to_string(), Kind::Docx)
        );
        assert_eq!(found(b"PK\x03\x04 other"), ("zip".to_string(), Kind::Pdf));
        let mut locked = vec![0xd0, 0xcf, 0x11, 0xe0];
        locked.extend(wide("EncryptedPackage"));
        assert_eq!(kind(&locked, None), Err(Trouble::Password));
    }

    #[test]
    fn damage_and_emptiness_are_said() {
        assert_eq!(kind(b" \n\t", None), Err(Trouble::Empty));
        assert_eq!(kind(b"", Some(Kind::Pdf)), Err(Trouble::Empty));
        assert_eq!(
            kind(b"no pdf", Some(Kind::Pdf)),
            Err(Trouble::Damaged { kind: Kind::Pdf })
        );
        assert_eq!(
            kind(b"PK\x03\x04", Some(Kind::Docx)),
            Err(Trouble::Damaged { kind: Kind::Docx })
        );
        assert_eq!(kind(&[0; 400], None), Err(Trouble::Unknown));
    }
}
