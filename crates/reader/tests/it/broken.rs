//! Files that nobody made on purpose: cut at every place, with bytes changed at random. Reading ends with
//! a document or with trouble; never with a panic, and never without end.

use crate::make;
use ponte_reader::{Document, Kind, Limits, Trouble, read};
use proptest::prelude::*;

/// Small limits, so that what a changed number asks for stays small.
fn limits() -> Limits {
    Limits {
        unpacked_bytes: 4 << 20,
        text_bytes: 1 << 20,
        pages: 20,
        cells: 5_000,
        ..Limits::default()
    }
}

fn files() -> Vec<(Kind, Vec<u8>)> {
    let rows = r#"<row r="1"><c r="A1" t="inlineStr"><is><t>Produto</t></is></c><c r="B1"><v>2.5</v></c></row>"#;
    vec![
        (
            Kind::Docx,
            make::docx(&[make::styled("Ttulo1", "Loja"), make::paragraph("Texto")].concat()),
        ),
        (Kind::Xlsx, make::xlsx(&[("Folha", rows)])),
        (
            Kind::Html,
            b"<main><h1>A</h1><table><tr><td>x<td>y</table><p>b &amp; c<a href='/d'>e</a>".to_vec(),
        ),
        (
            Kind::Markdown,
            b"# A\n\n| a | b |\n|---|---|\n| 1 | [2](x) |\n\n```\nc\n```\n**d**".to_vec(),
        ),
        (Kind::Csv, b"a;b\n\"1;2\";3\n".to_vec()),
        (Kind::Text, "Ol\u{e1}\n\nmundo".as_bytes().to_vec()),
    ]
}

fn sound(read: &Result<Document, Trouble>) {
    if let Ok(document) = read {
        assert!(!document.sections.is_empty());
        assert!(
            document
                .sections
                .iter()
                .all(|section| !section.text.trim().is_empty())
        );
        let json = serde_json::to_string(document).unwrap();
        assert_eq!(&serde_json::from_str::<Document>(&json).unwrap(), document);
    }
}

#[test]
fn files_cut_anywhere_are_read_or_refused() {
    for (kind, bytes) in files() {
        for end in 0..bytes.len() {
            sound(&read(&bytes[..end], Some(kind), &limits()));
        }
    }
}

#[test]
fn a_pdf_cut_anywhere_is_read_or_refused() {
    let bytes = make::pdf(&["Uma linha", "Outra"]);
    for end in (0..bytes.len()).step_by(7) {
        sound(&read(&bytes[..end], Some(Kind::Pdf), &limits()));
    }
}

#[test]
fn a_file_over_the_limit_is_not_looked_at() {
    let limits = Limits {
        bytes: 10,
        ..Limits::default()
    };
    assert_eq!(
        read(&[b'a'; 11], None, &limits),
        Err(Trouble::TooLarge { limit_bytes: 10 })
    );
    assert!(read(&[b'a'; 10], None, &limits).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn changed_bytes_are_read_or_refused(
        which in 0usize..6,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let (kind, mut bytes) = files().swap_remove(which);
        for (place, byte) in changes {
            let at = place.index(bytes.len());
            bytes[at] = byte;
        }
        sound(&read(&bytes, Some(kind), &limits()));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300), which in 0usize..7) {
        let kinds = [Kind::Pdf, Kind::Docx, Kind::Xlsx, Kind::Html, Kind::Markdown, Kind::Csv, Kind::Text];
        sound(&read(&bytes, Some(kinds[which]), &limits()));
        sound(&read(&bytes, None, &limits()));
    }

    #[test]
    fn any_markup_is_read_or_refused(html in "(<[/a-z]{0,6}( [a-z]{1,4}=[\"'a-z]{0,4})?>?|[a-z &;\n]{0,8}){0,40}") {
        sound(&read(html.as_bytes(), Some(Kind::Html), &limits()));
        sound(&read(html.as_bytes(), Some(Kind::Markdown), &limits()));
    }
}
