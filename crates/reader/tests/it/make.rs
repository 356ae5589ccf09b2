//! Makes the files that the tests read, so that none from elsewhere is needed.

use std::io::{Cursor, Write};
use zip::write::{SimpleFileOptions, ZipWriter};

/// An archive of these parts.
pub(crate) fn archive(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    for (name, text) in parts {
        zip.start_file(*name, options).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A DOCX with this body.
pub(crate) fn docx(body: &str) -> Vec<u8> {
    let document = format!(
        r#"<?xml version="1.0"?><w:document xmlns:w="w"><w:body>{body}</w:body></w:document>"#
    );
    let styles = r#"<w:styles xmlns:w="w"><w:style w:styleId="Ttulo1"><w:name w:val="heading 1"/></w:style>
        <w:style w:styleId="X2"><w:name w:val="Secção"/><w:pPr><w:outlineLvl w:val="1"/></w:pPr></w:style></w:styles>"#;
    archive(&[
        ("word/document.xml", &document),
        ("word/styles.xml", styles),
    ])
}

pub(crate) fn paragraph(text: &str) -> String {
    format!("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>")
}

pub(crate) fn styled(style: &str, text: &str) -> String {
    format!(r#"<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"#)
}

/// An XLSX with one sheet per name and rows.
pub(crate) fn xlsx(sheets: &[(&str, &str)]) -> Vec<u8> {
    let mut parts: Vec<(String, String)> = vec![
        ("[Content_Types].xml".into(), "<Types/>".into()),
        (
            "_rels/.rels".into(),
            r#"<Relationships><Relationship Id="r" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#.into(),
        ),
        (
            "xl/styles.xml".into(),
            r#"<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#
                .into(),
        ),
    ];
    let (mut book, mut relations) = (String::new(), String::new());
    for (at, (name, rows)) in sheets.iter().enumerate() {
        book.push_str(&format!(
            r#"<sheet name="{name}" sheetId="{at}" r:id="r{at}"/>"#
        ));
        relations.push_str(&format!(
            r#"<Relationship Id="r{at}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/s{at}.xml"/>"#
        ));
        parts.push((
            format!("xl/worksheets/s{at}.xml"),
            format!("<worksheet><sheetData>{rows}</sheetData></worksheet>"),
        ));
    }
    parts.push((
        "xl/workbook.xml".into(),
        format!(r#"<workbook xmlns:r="r"><sheets>{book}</sheets></workbook>"#),
    ));
    parts.push((
        "xl/_rels/workbook.xml.rels".into(),
        format!("<Relationships>{relations}</Relationships>"),
    ));
    let parts: Vec<(&str, &str)> = parts
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    archive(&parts)
}

/// A PDF with one page per text; an empty text makes a page without any, like a scan.
pub(crate) fn pdf(pages: &[&str]) -> Vec<u8> {
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_string(),
        String::new(),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
            .to_string(),
    ];
    let mut kids = String::new();
    for text in pages {
        let page = objects.len() + 1;
        kids.push_str(&format!("{page} 0 R "));
        let mut content = String::from("BT /F1 12 Tf 72 720 Td ");
        for line in text.lines() {
            // The letters of Western Europe have the same codes in WinAnsi as in Unicode.
            let escaped: String = line
                .chars()
                .map(|c| {
                    if c.is_ascii() {
                        c.to_string()
                    } else {
                        format!("\\{:03o}", c as u32)
                    }
                })
                .collect();
            content.push_str(&format!("({escaped}) Tj 0 -14 Td "));
        }
        content.push_str("ET");
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {} 0 R /Resources << /Font << /F1 3 0 R >> >> >>",
            page + 1
        ));
        objects.push(format!(
            "<< /Length {} >>\nstream\n{content}\nendstream",
            content.len()
        ));
    }
    objects[1] = format!("<< /Type /Pages /Kids [{kids}] /Count {} >>", pages.len());
    assemble(&objects, "")
}

/// Objects as a file with a right table of where they are.
pub(crate) fn assemble(objects: &[String], trailer: &str) -> Vec<u8> {
    let mut bytes = b"%PDF-1.4\n".to_vec();
    let mut places = Vec::new();
    for (at, object) in objects.iter().enumerate() {
        places.push(bytes.len());
        bytes.extend(format!("{} 0 obj\n{object}\nendobj\n", at + 1).bytes());
    }
    let table = bytes.len();
    bytes.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).bytes());
    for place in places {
        bytes.extend(format!("{place:010} 00000 n \n").bytes());
    }
    bytes.extend(
        format!(
            "trailer << /Size {} /Root 1 0 R {trailer} >>\nstartxref\n{table}\n%%EOF",
            objects.len() + 1
        )
        .bytes(),
    );
    bytes
}
