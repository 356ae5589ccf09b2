//! PDFs with text, without, locked and damaged.

use crate::make;
use ponte_reader::{Kind, Limits, Trouble, Warning, read};

#[test]
fn pages_are_sections_with_their_numbers() {
    let file = make::pdf(&[
        "Horário de funcionamento\nDas 9h às 18h, de segunda a sexta",
        "Trocas em até 7 dias",
    ]);
    let document = read(&file, None, &Limits::default()).unwrap();
    assert_eq!(document.kind, Kind::Pdf);
    assert_eq!(document.sections.len(), 2);
    assert!(
        document.sections[0].text.contains("Das 9h às 18h"),
        "{document:?}"
    );
    assert_eq!(document.sections[1].place.page, Some(2));
    assert!(document.warnings.is_empty());
}

#[test]
fn a_scan_says_so() {
    assert_eq!(
        read(&make::pdf(&["", ""]), None, &Limits::default()),
        Err(Trouble::NoText)
    );
    let document = read(&make::pdf(&["Texto", "", ""]), None, &Limits::default()).unwrap();
    assert_eq!(
        document.warnings,
        [Warning::PagesWithoutText { pages: vec![2, 3] }]
    );
}

#[test]
fn pages_have_a_limit() {
    let limits = Limits {
        pages: 1,
        ..Limits::default()
    };
    let document = read(&make::pdf(&["um", "dois"]), None, &limits).unwrap();
    assert_eq!(document.sections.len(), 1);
    assert_eq!(
        document.warnings,
        [Warning::CutShort {
            limit: "pages".into()
        }]
    );
}

#[test]
fn a_password_is_told_from_damage() {
    let objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_string(),
        "<< /Type /Pages /Kids [] /Count 0 >>".to_string(),
        format!(
            "<< /Filter /Standard /V 1 /R 2 /P -4 /O <{0}> /U <{0}> >>",
            "41".repeat(32)
        ),
    ];
    let locked = make::assemble(&objects, "/Encrypt 3 0 R /ID [<00> <00>]");
    assert_eq!(
        read(&locked, None, &Limits::default()),
        Err(Trouble::Password)
    );
    let damaged = Err(Trouble::Damaged { kind: Kind::Pdf });
    assert_eq!(
        read(b"%PDF-1.4\nnothing", None, &Limits::default()),
        damaged
    );
    assert_eq!(
        read(&make::assemble(&objects[..2], ""), None, &Limits::default()),
        damaged
    );
}
