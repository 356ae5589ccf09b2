//! DOCX and XLSX as people make them, and archives that are larger inside than out.

use crate::make;
use ponte_reader::{Kind, Limits, Trouble, Warning, read};

fn shown(document: &ponte_reader::Document) -> Vec<String> {
    let line = |section: &ponte_reader::Section| {
        format!("{}: {}", section.heading.join("/"), section.text)
    };
    document.sections.iter().map(line).collect()
}

#[test]
fn a_docx_keeps_headings_lists_and_tables() {
    let body = [
        make::styled("Ttulo1", "Loja Sol"),
        make::paragraph("Ol&#225;, Jos&amp;Ana"),
        make::styled("X2", "Trocas"),
        "<w:p><w:del><w:r><w:delText>velho</w:delText></w:r></w:del><w:r><w:t>Até </w:t></w:r><w:r><w:t>7 dias</w:t></w:r></w:p>".to_string(),
        format!(
            "<w:tbl><w:tr><w:tc>{}</w:tc><w:tc>{}</w:tc></w:tr><w:tr><w:tc>{}</w:tc><w:tc>{}{}</w:tc></w:tr></w:tbl>",
            make::paragraph("Item"), make::paragraph("Preço"), make::paragraph("Caneca"), make::paragraph("R$"), make::paragraph("30")
        ),
    ]
    .concat();
    let document = read(&make::docx(&body), None, &Limits::default()).unwrap();
    assert_eq!(document.kind, Kind::Docx);
    assert_eq!(document.title.as_deref(), Some("Loja Sol"));
    assert_eq!(
        shown(&document),
        [
            "Loja Sol: Olá, Jos&Ana".to_string(),
            "Loja Sol/Trocas: Até 7 dias".to_string(),
            "Loja Sol/Trocas: Item\tPreço\nCaneca\tR$ 30".to_string(),
        ]
    );
}

#[test]
fn an_xlsx_gives_a_table_per_sheet() {
    let rows = r#"<row r="2"><c r="A2" t="inlineStr"><is><t>Produto</t></is></c><c r="B2" t="inlineStr"><is><t>Preço</t></is></c><c r="C2" t="inlineStr"><is><t>Desde</t></is></c></row>
        <row r="3"><c r="A3" t="inlineStr"><is><t>Caneca</t></is></c><c r="B3"><v>29.9</v></c><c r="C3" s="1"><v>45000</v></c></row>
        <row r="4"><c r="C4" t="b"><v>1</v></c></row>"#;
    let document = read(
        &make::xlsx(&[("Preços", rows), ("Vazia", "")]),
        Some(Kind::Text),
        &Limits::default(),
    )
    .unwrap();
    assert_eq!(document.kind, Kind::Xlsx);
    assert_eq!(
        shown(&document),
        ["Preços: Produto\tPreço\tDesde\nCaneca\t29,90\t15/03/2023\n\t\tsim"]
    );
    let place = &document.sections[0].place;
    assert_eq!(
        (place.sheet.as_deref(), place.row),
        (Some("Preços"), Some(2))
    );
}

#[test]
fn cells_are_counted() {
    let rows: String = (1..=50)
        .map(|r| format!(r#"<row r="{r}"><c r="A{r}"><v>{r}</v></c></row>"#))
        .collect();
    let limits = Limits {
        cells: 10,
        ..Limits::default()
    };
    let document = read(&make::xlsx(&[("A", &rows), ("B", &rows)]), None, &limits).unwrap();
    assert_eq!(document.sections.len(), 1);
    assert_eq!(document.sections[0].text.lines().count(), 10);
    assert_eq!(
        document.warnings,
        [Warning::CutShort {
            limit: "cells".into()
        }]
    );
    let far =
        r#"<row r="1048576"><c r="XFD1048576"><v>1</v></c><c r="A1048576"><v>2</v></c></row>"#;
    let document = read(&make::xlsx(&[("A", far)]), None, &Limits::default()).unwrap();
    assert_eq!(document.sections[0].text, "2");
}

#[test]
fn a_bomb_is_refused_before_it_is_unpacked() {
    let zeros = "a".repeat(40 << 20);
    let limits = Limits {
        unpacked_bytes: 1 << 20,
        ..Limits::default()
    };
    let bomb = Err(Trouble::Bomb {
        limit_bytes: 1 << 20,
    });
    let file = make::docx(&make::paragraph(&zeros));
    assert!(file.len() < 1 << 20);
    assert_eq!(read(&file, None, &limits), bomb);
    let rows = format!(r#"<row r="1"><c r="A1" t="inlineStr"><is><t>{zeros}</t></is></c></row>"#);
    assert_eq!(read(&make::xlsx(&[("A", &rows)]), None, &limits), bomb);
}

#[test]
fn depth_has_an_end() {
    let deep = format!("{}x{}", "<w:sdt>".repeat(500), "</w:sdt>".repeat(500));
    assert_eq!(
        read(&make::docx(&deep), None, &Limits::default()),
        Err(Trouble::TooDeep { limit: 200 })
    );
}

#[test]
fn entities_that_grow_are_nothing() {
    let document = r#"<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>
        <w:document xmlns:w="w"><w:body><w:p><w:r><w:t>um &b; dois</w:t></w:r></w:p></w:body></w:document>"#;
    let file = make::archive(&[("word/document.xml", document)]);
    let read = read(&file, None, &Limits::default()).unwrap();
    assert_eq!(read.sections[0].text, "um dois");
}

#[test]
fn an_archive_without_its_text_is_damaged() {
    let file = make::archive(&[("word/document2.xml", "<x/>")]);
    assert_eq!(
        read(&file, None, &Limits::default()),
        Err(Trouble::Damaged { kind: Kind::Docx })
    );
    let file = make::archive(&[("xl/workbook.xml", "<x")]);
    assert_eq!(
        read(&file, None, &Limits::default()),
        Err(Trouble::Damaged { kind: Kind::Xlsx })
    );
    assert_eq!(
        read(&make::docx(""), None, &Limits::default()),
        Err(Trouble::NoText)
    );
}
