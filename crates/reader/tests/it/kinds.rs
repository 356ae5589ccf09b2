//! Which reader a file gets, by its bytes, and what people and programs are told where there is none.

use crate::make;
use ponte_reader::{Document, Kind, Limits, Place, Section, Trouble, Warning, read};
use serde_json::json;

const ALL: [Kind; 7] = [
    Kind::Pdf,
    Kind::Docx,
    Kind::Xlsx,
    Kind::Html,
    Kind::Markdown,
    Kind::Csv,
    Kind::Text,
];

fn kind(bytes: &[u8], said: Option<Kind>) -> Result<Kind, Trouble> {
    read(bytes, said, &Limits::default()).map(|document| document.kind)
}

#[test]
fn endings_and_media_types_name_kinds() {
    for (name, media_type, kind) in [
        ("a.pdf", "application/pdf", Kind::Pdf),
        (
            "a.docx",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Kind::Docx,
        ),
        (
            "a.xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Kind::Xlsx,
        ),
        ("a.html", "text/html", Kind::Html),
        ("a.xhtml", "application/xhtml+xml", Kind::Html),
        ("a.md", "text/markdown", Kind::Markdown),
        ("a.csv", "text/csv", Kind::Csv),
        ("a.tsv", "text/tab-separated-values", Kind::Csv),
        ("a.txt", "text/plain", Kind::Text),
    ] {
        assert_eq!(Kind::from_name(name), Some(kind), "{name}");
        let shouted = name.to_uppercase();
        assert_eq!(Kind::from_name(&shouted), Some(kind), "{shouted}");
        assert_eq!(Kind::from_media_type(media_type), Some(kind));
        let with_parameters = format!(" {} ; charset=utf-8", media_type.to_uppercase());
        assert_eq!(Kind::from_media_type(&with_parameters), Some(kind));
    }
    for (name, kind) in [
        ("a.b.xlsm", Some(Kind::Xlsx)),
        ("a.htm", Some(Kind::Html)),
        ("a.markdown", Some(Kind::Markdown)),
        ("a.text", Some(Kind::Text)),
        ("pdf", None),
        ("a.pdf.exe", None),
        ("a.", None),
        ("", None),
    ] {
        assert_eq!(Kind::from_name(name), kind, "{name}");
    }
    for unknown in ["", "text", "image/png", "application/octet-stream"] {
        assert_eq!(Kind::from_media_type(unknown), None, "{unknown}");
    }
    let words = ALL.map(Kind::as_str);
    assert_eq!(
        words,
        ["pdf", "docx", "xlsx", "html", "markdown", "csv", "text"]
    );
    for kind in ALL {
        assert_eq!(serde_json::to_value(kind).unwrap(), json!(kind.as_str()));
    }
}

#[test]
fn what_people_send_that_is_not_read_says_what_to_save_it_as() {
    let wide = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    let old = |name: &str| [&[0xd0, 0xcf, 0x11, 0xe0][..], &[0; 9], &wide(name)].concat();
    let open = |kind: &str| {
        format!("PK\x03\x04mimetypeapplication/vnd.oasis.opendocument.{kind}").into_bytes()
    };
    for (bytes, found, instead) in [
        (b"\x89PNG\r\n".to_vec(), "image", Kind::Pdf),
        (b"\xff\xd8\xff\xe0".to_vec(), "image", Kind::Pdf),
        (b"GIF89a".to_vec(), "image", Kind::Pdf),
        (b"II*\0x".to_vec(), "image", Kind::Pdf),
        (b"MM\0*x".to_vec(), "image", Kind::Pdf),
        (b"RIFF1234WEBPVP8".to_vec(), "image", Kind::Pdf),
        (b"{\\rtf1\\ansi".to_vec(), "rtf", Kind::Docx),
        (old("Workbook"), "xls", Kind::Xlsx),
        (old("WordDocument"), "doc", Kind::Docx),
        (open("spreadsheet"), "ods", Kind::Xlsx),
        (open("text"), "odt", Kind::Docx),
        (b"PK\x05\x06".to_vec(), "zip", Kind::Pdf),
    ] {
        let wanted = Err(Trouble::OtherKind {
            found: found.into(),
            instead,
        });
        for said in [None, Some(Kind::Text), Some(Kind::Pdf), Some(Kind::Html)] {
            assert_eq!(kind(&bytes, said), wanted, "{found} {said:?}");
        }
    }
    assert_eq!(kind(&old("EncryptedPackage"), None), Err(Trouble::Password));
    for office in [Kind::Docx, Kind::Xlsx] {
        let damaged = Err(Trouble::Damaged { kind: office });
        assert_eq!(kind(&open("text"), Some(office)), damaged);
        assert_eq!(kind(b"texto", Some(office)), damaged);
    }
    assert_eq!(kind(b"RIFF1234WAVEfmt", None), Ok(Kind::Text), "no picture");
}

#[test]
fn bytes_win_over_names() {
    let pdf = make::pdf(&["Texto"]);
    let docx = make::docx(&make::paragraph("Texto"));
    let rows = r#"<row r="1"><c r="A1"><v>1</v></c></row>"#;
    let xlsx = make::xlsx(&[("A", rows)]);
    for said in ALL.map(Some).into_iter().chain([None]) {
        assert_eq!(kind(&pdf, said), Ok(Kind::Pdf), "{said:?}");
        assert_eq!(kind(&docx, said), Ok(Kind::Docx), "{said:?}");
        assert_eq!(kind(&xlsx, said), Ok(Kind::Xlsx), "{said:?}");
    }
    let mut late = vec![b' '; 1_000];
    late.extend(&pdf);
    assert_ne!(kind(&late, Some(Kind::Text)), Ok(Kind::Text));
    let mut too_late = vec![b'a'; 1_100];
    too_late.extend(b"%PDF-1.7");
    assert_eq!(kind(&too_late, None), Ok(Kind::Text));
}

#[test]
fn pages_are_known_without_a_name_and_texts_are_what_they_are_said_to_be() {
    for page in [
        "<!DOCTYPE html><p>a",
        "\n <HTML><p>a",
        "\u{feff}<head></head><p>a",
        "<body>a",
    ] {
        assert_eq!(kind(page.as_bytes(), None), Ok(Kind::Html), "{page}");
        for said in [Kind::Markdown, Kind::Csv, Kind::Text] {
            assert_eq!(kind(page.as_bytes(), Some(said)), Ok(said), "{page}");
        }
    }
    for text in ["<p>a</p>", "html", "a <html>"] {
        assert_eq!(kind(text.as_bytes(), None), Ok(Kind::Text), "{text}");
    }
}

#[test]
fn binary_is_refused_and_a_stray_zero_is_not() {
    let with_zeros = |count: usize| {
        let mut bytes = vec![b'a'; 1_000 - count];
        bytes.extend(vec![0; count]);
        kind(&bytes, Some(Kind::Text))
    };
    assert_eq!(with_zeros(10), Ok(Kind::Text));
    assert_eq!(with_zeros(11), Err(Trouble::Unknown));
    for empty in [&b""[..], b" ", b"\r\n\t "] {
        for said in ALL.map(Some).into_iter().chain([None]) {
            assert_eq!(kind(empty, said), Err(Trouble::Empty));
        }
    }
    assert_eq!(kind(b"\xef\xbb\xbf", None), Err(Trouble::NoText));
}

#[test]
fn troubles_have_words_and_go_through_json() {
    for (trouble, said, stored) in [
        (
            Trouble::Empty,
            "the file is empty",
            json!({"trouble": "empty"}),
        ),
        (
            Trouble::Unknown,
            "the file is of no kind that can be read",
            json!({"trouble": "unknown"}),
        ),
        (
            Trouble::OtherKind {
                found: "doc".into(),
                instead: Kind::Docx,
            },
            "doc files are not read; save the file as docx",
            json!({"trouble": "other_kind", "found": "doc", "instead": "docx"}),
        ),
        (
            Trouble::TooLarge { limit_bytes: 5 },
            "the file is larger than 5 bytes",
            json!({"trouble": "too_large", "limit_bytes": 5}),
        ),
        (
            Trouble::Bomb { limit_bytes: 6 },
            "what is inside the file is larger than 6 bytes",
            json!({"trouble": "bomb", "limit_bytes": 6}),
        ),
        (
            Trouble::TooDeep { limit: 7 },
            "the file's elements are nested deeper than 7",
            json!({"trouble": "too_deep", "limit": 7}),
        ),
        (
            Trouble::Password,
            "the file is protected by a password",
            json!({"trouble": "password"}),
        ),
        (
            Trouble::NoText,
            "the file has no text; it may be a scan or pictures",
            json!({"trouble": "no_text"}),
        ),
        (
            Trouble::Damaged { kind: Kind::Xlsx },
            "the xlsx file is damaged",
            json!({"trouble": "damaged", "kind": "xlsx"}),
        ),
    ] {
        assert_eq!(trouble.to_string(), said);
        assert_eq!(serde_json::to_value(&trouble).unwrap(), stored);
        assert_eq!(serde_json::from_value::<Trouble>(stored).unwrap(), trouble);
    }
}

#[test]
fn documents_and_limits_have_a_stored_shape() {
    let document = Document {
        kind: Kind::Pdf,
        title: None,
        sections: vec![Section {
            text: "a".into(),
            place: Place {
                page: Some(2),
                ..Place::default()
            },
            ..Section::default()
        }],
        links: vec![],
        warnings: vec![
            Warning::PagesWithoutText { pages: vec![1] },
            Warning::PageUnreadable { page: 3 },
            Warning::CutShort {
                limit: "pages".into(),
            },
            Warning::BadCharacters { count: 4 },
        ],
    };
    let mut stored = serde_json::to_value(&document).unwrap();
    assert_eq!(
        stored,
        json!({
            "kind": "pdf", "title": null, "links": [],
            "sections": [{"heading": [], "text": "a", "table": false,
                          "place": {"page": 2, "sheet": null, "row": null}}],
            "warnings": [
                {"kind": "pages_without_text", "pages": [1]}, {"kind": "page_unreadable", "page": 3},
                {"kind": "cut_short", "limit": "pages"}, {"kind": "bad_characters", "count": 4}
            ]
        })
    );
    stored.as_object_mut().unwrap().remove("links");
    assert_eq!(
        serde_json::from_value::<Document>(stored).unwrap(),
        document
    );
    let limits: Limits = serde_json::from_value(json!({"pages": 3})).unwrap();
    let wanted = Limits {
        pages: 3,
        ..Limits::default()
    };
    assert_eq!(limits, wanted);
    assert!(serde_json::from_value::<Limits>(json!({"page": 3})).is_err());
}
