//! Shapes that pages, spreadsheets and documents take in the wild, one by one.

use crate::make;
use ponte_reader::{Document, Kind, Limits, Trouble, Warning, read};

fn shown(document: &Document) -> Vec<String> {
    let line = |section: &ponte_reader::Section| {
        format!("{}: {}", section.heading.join("/"), section.text)
    };
    document.sections.iter().map(line).collect()
}

fn page(html: &str) -> Vec<String> {
    let read = read(html.as_bytes(), Some(Kind::Html), &Limits::default());
    read.as_ref().map(shown).unwrap_or_default()
}

fn docx(body: &str) -> Vec<String> {
    let read = read(&make::docx(body), None, &Limits::default());
    read.as_ref().map(shown).unwrap_or_default()
}

fn sheet(rows: &str) -> Vec<String> {
    let read = read(&make::xlsx(&[("F", rows)]), None, &Limits::default());
    read.as_ref().map(shown).unwrap_or_default()
}

#[test]
fn nobody_reads_frames_scripts_and_what_is_hidden() {
    for tag in [
        "script", "style", "noscript", "template", "svg", "math", "iframe", "object", "select",
        "button", "nav", "footer", "aside", "dialog",
    ] {
        let html = format!("<body><{tag}>fora</{tag}><p>dentro</p>");
        assert_eq!(page(&html), [": dentro"], "{tag}");
    }
    for attribute in [
        "hidden",
        "hidden=''",
        "aria-hidden=true",
        "role=navigation",
        "role=contentinfo",
    ] {
        let html = format!("<div {attribute}>fora<p>fora</p></div><p>dentro</p>");
        assert_eq!(page(&html), [": dentro"], "{attribute}");
    }
    assert_eq!(page("<div aria-hidden=false>a</div>"), [": a"]);
}

#[test]
fn what_is_skipped_takes_nothing_of_the_paragraph_around_it() {
    for tag in ["script", "style", "svg", "select", "button", "template"] {
        let html = format!("<p>Preço: <{tag}>fora<p>fora</p></{tag}>R$ 30</p>");
        assert_eq!(page(&html), [": Preço: R$ 30"], "{tag}");
        let item = format!("<ul><li>um <{tag}>fora</{tag}><li>dois</ul>");
        assert_eq!(page(&item), [": - um\n\n- dois"], "{tag}");
    }
    for (html, text) in [
        ("<p>a <span hidden>x</span>b</p>", "a b"),
        ("<p>a <svg><title>x</title></svg>b</p>", "a b"),
        ("a<nav>x</nav>b<footer>x</footer>c", "a\n\nb\n\nc"),
        ("<table><tr><td>a<button>x</button><td>b</table>", "a\tb"),
        ("<p>a<script>x", "a"),
    ] {
        assert_eq!(page(html), [format!(": {text}")], "{html}");
    }
    assert_eq!(
        page("<h1>Loja <button>x</button>Sol</h1>a"),
        ["Loja Sol: a"]
    );
}

#[test]
fn the_main_part_is_marked_in_three_ways() {
    for (open, close) in [
        ("<main>", "</main>"),
        ("<article>", "</article>"),
        ("<div role=\"main\">", "</div>"),
    ] {
        let html = format!("<p>antes</p>{open}<h1>T</h1>texto{close}<p>depois</p>");
        assert_eq!(page(&html), ["T: texto"], "{open}");
    }
    assert_eq!(page("<p>a</p><p>b</p>"), [": a\n\nb"]);
}

#[test]
fn blocks_begin_paragraphs_and_spans_do_not() {
    for (html, text) in [
        ("a<b>b</b>c<span>d</span>", "abcd"),
        ("<p>a</p>b<div>c</div>d", "a\n\nb\n\nc\n\nd"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("a\nb\n  c", "a b c"),
        ("<pre>a\n  b</pre>", "a\nb"),
        ("<ol><li>a<li>b</ol>c", "- a\n\n- b\n\nc"),
        ("<dl><dt>a<dd>b</dl>", "a\n\nb"),
        (
            "a &lt; b &amp;&nbsp;c &#231; &eacute; &nada;",
            "a < b & c ç é &nada;",
        ),
        ("a<!-- b -->c", "ac"),
        ("a</p></div></x>b", "ab"),
        ("a<img alt=x>b<input>c", "abc"),
    ] {
        assert_eq!(page(html), [format!(": {text}")], "{html}");
    }
}

#[test]
fn headings_hold_by_their_rank_and_titles_are_of_the_page() {
    assert_eq!(
        page("<h1>A</h1>a<h3>C</h3>c<h2>B</h2>b<h6>F</h6>f<h7>g</h7>"),
        ["A: a", "A/C: c", "A/B: b", "A/B/F: fg"]
    );
    let titled = |html: &str| {
        read(html.as_bytes(), Some(Kind::Html), &Limits::default())
            .unwrap()
            .title
    };
    assert_eq!(
        titled("<title> A \n B </title><h1>C</h1>d").as_deref(),
        Some("A B")
    );
    assert_eq!(titled("<h1>C</h1>d").as_deref(), Some("C"));
    assert_eq!(titled("<title></title>d"), None);
    assert_eq!(
        titled("<title>A</title><title>B</title>d").as_deref(),
        Some("A")
    );
}

#[test]
fn tables_of_pages_keep_their_cells() {
    for (html, wanted) in [
        (
            "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td><p>2</p><p>3</p></td></tr></table>",
            "a\tb\n1\t2 3",
        ),
        (
            "<table><thead><tr><th>a<th>b<tbody><tr><td>1<td></table>",
            "a\tb\n1\t",
        ),
        ("<table><tr><td><h2>a</h2><td>b</table>", "a\tb"),
        (
            "<table><tr><td><ul><li>a<li>b</ul></td><td>c</td></tr></table>",
            "a b\tc",
        ),
        ("<table><td>a</td></table>", "a"),
    ] {
        assert_eq!(page(html), [format!(": {wanted}")], "{html}");
    }
}

#[test]
fn links_are_kept_as_they_stand_and_counted() {
    let html = "<a href=' /a '>x</a><a>y</a><a href=''>z</a><nav><a href='b'>w</a></nav>";
    let links = |html: &str| {
        read(html.as_bytes(), Some(Kind::Html), &Limits::default())
            .unwrap()
            .links
    };
    assert_eq!(links(html), ["/a", "b"]);
    let many = "<a href=x>y</a>".repeat(5_001);
    assert_eq!(links(&many).len(), 5_000);
}

#[test]
fn paragraphs_of_documents_know_breaks_tabs_and_changes() {
    for (inside, text) in [
        (
            "<w:r><w:t>a</w:t><w:br/><w:t>b</w:t><w:tab/><w:t>c</w:t><w:cr/><w:t>d</w:t></w:r>",
            "a\nb c\nd",
        ),
        (
            "<w:del><w:r><w:t>x</w:t></w:r></w:del><w:ins><w:r><w:t>y</w:t></w:r></w:ins>",
            "y",
        ),
        (
            "<w:moveFrom><w:r><w:t>x</w:t></w:r></w:moveFrom><w:r><w:t>y</w:t></w:r>",
            "y",
        ),
        (
            "<w:r><w:instrText>PAGE</w:instrText><w:t>y</w:t></w:r>",
            "y",
        ),
        ("<w:r><w:t><![CDATA[a<b]]></w:t></w:r>", "a<b"),
        ("<w:r><w:t>a&#x20AC;&lt;&nada;b</w:t></w:r>", "a€<b"),
        ("solto<w:r><w:t>y</w:t></w:r>", "y"),
    ] {
        assert_eq!(
            docx(&format!("<w:p>{inside}</w:p>")),
            [format!(": {text}")],
            "{inside}"
        );
    }
}

#[test]
fn styles_that_are_headings_in_any_language_are_headings() {
    for (style, path) in [
        ("Heading1", "A/B"),
        ("heading 2", "A/B"),
        ("Título3", "A/B"),
        ("Titulo-9", "A/B"),
        ("Title", "B"),
        ("Ttulo1", "B"),
        ("X2", "A/B"),
        ("Normal", "A"),
        ("Heading0", "A"),
        ("Heading10", "A"),
        ("HeadingX", "A"),
    ] {
        let body = [
            make::styled("Title", "A"),
            make::styled(style, "B"),
            make::paragraph("c"),
        ]
        .concat();
        let first = docx(&body).pop().unwrap();
        let heading = first.split(": ").next().unwrap();
        let same_rank = matches!(style, "Heading1");
        let wanted = if same_rank { "B" } else { path };
        assert_eq!(heading, wanted, "{style}");
    }
    let direct = "<w:p><w:pPr><w:outlineLvl w:val=\"1\"/></w:pPr><w:r><w:t>B</w:t></w:r></w:p>";
    let body = [&make::styled("Title", "A"), direct, &make::paragraph("c")].concat();
    assert_eq!(docx(&body), ["A/B: c"]);
    let body_text = direct.replace("\"1\"", "\"9\"");
    assert_eq!(
        docx(&[&body_text, &make::paragraph("c")[..]].concat()),
        [": B\n\nc"]
    );
}

#[test]
fn the_title_of_a_document_is_its_own() {
    let document =
        "<w:document xmlns:w='w'><w:body><w:p><w:r><w:t>x</w:t></w:r></w:p></w:body></w:document>";
    let titled = |core: &str| {
        let file = make::archive(&[("word/document.xml", document), ("docProps/core.xml", core)]);
        read(&file, None, &Limits::default()).unwrap().title
    };
    let core = "<c xmlns:dc='d'><dc:creator>Ana</dc:creator><dc:title>Preços &amp; prazos</dc:title><dc:subject>s</dc:subject></c>";
    assert_eq!(titled(core).as_deref(), Some("Preços & prazos"));
    assert_eq!(titled("<c><title/></c>"), None);
    assert_eq!(titled("<c"), None, "damage there costs the title only");
}

#[test]
fn damaged_styles_cost_headings_and_a_damaged_text_is_said() {
    let document =
        "<w:document xmlns:w='w'><w:body><w:p><w:r><w:t>x</w:t></w:r></w:p></w:body></w:document>";
    let file = make::archive(&[
        ("word/document.xml", document),
        ("word/styles.xml", "<w:style"),
    ]);
    assert_eq!(
        shown(&read(&file, None, &Limits::default()).unwrap()),
        [": x"]
    );
    let damaged = Err(Trouble::Damaged { kind: Kind::Docx });
    for broken in ["<w:p><w:t>x</w:t", "<w:p><!-- x"] {
        let file = make::archive(&[("word/document.xml", broken)]);
        assert_eq!(read(&file, None, &Limits::default()), damaged, "{broken}");
    }
}

#[test]
fn tables_in_documents_may_stand_in_one_another() {
    let cell = |inside: &str| format!("<w:tc>{inside}</w:tc>");
    let row = |cells: &[String]| format!("<w:tr>{}</w:tr>", cells.concat());
    let table = |rows: &[String]| format!("<w:tbl>{}</w:tbl>", rows.concat());
    let text = make::paragraph;
    let inner = table(&[
        row(&[cell(&text("x")), cell(&text("y"))]),
        row(&[cell(&text("z"))]),
    ]);
    let outer = table(&[
        row(&[cell(&text("a")), cell(&text("b"))]),
        row(&[cell(&text("1")), cell(&inner)]),
    ]);
    assert_eq!(docx(&outer), [": a\tb\n1\tx, y; z"]);
}

#[test]
fn cells_are_shown_as_people_write_them() {
    for (cell, text) in [
        (r#"<c r="A1"><v>30</v></c>"#, "30"),
        (r#"<c r="A1"><v>29.9</v></c>"#, "29,90"),
        (r#"<c r="A1"><v>0.1234</v></c>"#, "0,1234"),
        (r#"<c r="A1"><v>-1.5</v></c>"#, "-1,50"),
        (r#"<c r="A1" t="b"><v>0</v></c>"#, "não"),
        (r#"<c r="A1" t="b"><v>1</v></c>"#, "sim"),
        (r#"<c r="A1" t="str"><v> a </v></c>"#, "a"),
        (r#"<c r="A1" s="1"><v>45000</v></c>"#, "15/03/2023"),
        (r#"<c r="A1" s="1"><v>45000.75</v></c>"#, "15/03/2023 18:00"),
        (r#"<c r="A1" s="1"><v>0.5</v></c>"#, "12:00"),
    ] {
        let rows = format!(r#"<row r="1">{cell}</row>"#);
        assert_eq!(sheet(&rows), [format!("F: {text}")], "{cell}");
    }
    let faulty = r##"<row r="1"><c r="A1" t="e"><v>#REF!</v></c><c r="B1"><v>7</v></c></row>"##;
    assert_eq!(sheet(faulty), ["F: \t7"]);
}

#[test]
fn columns_and_cells_have_edges() {
    let at = |column: &str| {
        format!(r#"<row r="1"><c r="{column}1"><v>1</v></c><c r="A2"><v>2</v></c></row>"#)
    };
    let first = sheet(&at("IV")).remove(0);
    assert!(
        first.starts_with("F: \t") && first.contains('1'),
        "column 256 is read"
    );
    assert_eq!(sheet(&at("IW")), ["F: 2"], "column 257 is not");
    let rows: String = (1..=3)
        .map(|r| format!(r#"<row r="{r}"><c r="A{r}"><v>{r}</v></c></row>"#))
        .collect();
    let with = |cells: usize| {
        let limits = Limits {
            cells,
            ..Limits::default()
        };
        let read = read(&make::xlsx(&[("F", &rows)]), None, &limits).unwrap();
        (shown(&read), read.warnings)
    };
    assert_eq!(with(4), (vec!["F: 1\n2\n3".to_owned()], vec![]));
    let cut = Warning::CutShort {
        limit: "cells".into(),
    };
    assert_eq!(with(2), (vec!["F: 1\n2".to_owned()], vec![cut]));
}

#[test]
fn what_is_inside_an_archive_has_a_size() {
    let file = make::docx(&make::paragraph("x"));
    let with = |unpacked_bytes: usize| {
        let limits = Limits {
            unpacked_bytes,
            ..Limits::default()
        };
        read(&file, None, &limits).map(|read| read.kind)
    };
    let needed = (0..2_000).find(|bytes| with(*bytes).is_ok()).unwrap();
    assert!(needed > 100, "styles and text together: {needed}");
    let limit_bytes = needed - 1;
    assert_eq!(with(limit_bytes), Err(Trouble::Bomb { limit_bytes }));
}

#[test]
fn depth_is_counted_in_documents_and_pages() {
    let with = |bytes: &[u8], kind: Kind, depth: usize| {
        let limits = Limits {
            depth,
            ..Limits::default()
        };
        read(bytes, Some(kind), &limits).map(|read| shown(&read))
    };
    // document, body, p, r, t.
    let file = make::docx(&make::paragraph("x"));
    assert_eq!(with(&file, Kind::Docx, 5), Ok(vec![": x".to_owned()]));
    assert_eq!(
        with(&file, Kind::Docx, 4),
        Err(Trouble::TooDeep { limit: 4 })
    );
    let html = b"<div><div><div>x";
    assert_eq!(with(html, Kind::Html, 3), Ok(vec![": x".to_owned()]));
    assert_eq!(
        with(html, Kind::Html, 2),
        Err(Trouble::TooDeep { limit: 2 })
    );
}
