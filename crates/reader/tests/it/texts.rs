//! Plain texts, Markdown and tables written as text: what stays, what falls away, and the limits.

use ponte_reader::{Document, Kind, Limits, Trouble, Warning, read};

fn document(text: &str, kind: Kind) -> Document {
    read(text.as_bytes(), Some(kind), &Limits::default()).unwrap()
}

fn shown(text: &str, kind: Kind) -> Vec<String> {
    let line = |section: &ponte_reader::Section| {
        format!("{}: {}", section.heading.join("/"), section.text)
    };
    document(text, kind).sections.iter().map(line).collect()
}

fn cut(limit: &str) -> [Warning; 1] {
    [Warning::CutShort {
        limit: limit.into(),
    }]
}

#[test]
fn paragraphs_are_set_apart_and_blanks_are_one() {
    let text =
        "Um  \t parágrafo \r\n\r\n\r\n\r\ncom\u{a0}duas\nlinhas\u{200b}zero\u{ad}hífen\u{202e}fim";
    let read = document(text, Kind::Text);
    assert_eq!(read.sections.len(), 1);
    assert_eq!(
        read.sections[0].text,
        "Um parágrafo\n\ncom duas\nlinhas zero\u{ad}hífen fim"
    );
    assert_eq!(
        (read.title, read.links, read.warnings),
        (None, vec![], vec![])
    );
}

#[test]
fn headings_of_markdown_have_six_levels() {
    for (line, level) in [
        ("# T", Some("T")),
        ("###### T ###", Some("T")),
        ("####### T", None),
        ("#T", None),
        ("T\n===", Some("T")),
        ("T\n---", Some("T")),
        ("T\n==", None),
        ("- T\n---", None),
        ("# **T** `x`", Some("T x")),
    ] {
        let read = document(&format!("{line}\n\ntexto"), Kind::Markdown);
        assert_eq!(read.title.as_deref(), level, "{line}");
    }
    assert_eq!(
        shown("# A\na\n### C\nc\n## B\nb\n# D\nd", Kind::Markdown),
        ["A: a", "A/C: c", "A/B: b", "D: d"]
    );
}

#[test]
fn marks_of_markdown_fall_away_and_words_stay() {
    for (source, words) in [
        ("**a** *b* `c` ***d***", "a b c d"),
        ("[a](http://x.y) e ![foto](y.png)", "a e foto"),
        ("[a] (b)", "[a] (b)"),
        ("[a](b", "a](b"),
        ("> citado", "citado"),
        ("a <b>c</b> <!x> 1 < 2 > 0", "a c <!x> 1 < 2 > 0"),
        ("\\*a\\* \\[b\\] c\\d", "*a* [b] c\\d"),
        ("a\n***\nb", "a\n\nb"),
        ("a\n_ _ _\nb", "a\n\nb"),
        ("a\n\n\n\nb", "a\n\nb"),
        ("~~~\n# x\n```\n*y*\n~~~\nz", "# x\n```\n*y*\nz"),
        ("```\nsem fim", "sem fim"),
        ("---\na: b\nsem fim", "a: b\nsem fim"),
        ("---\na: b\n---\nc", "c"),
    ] {
        let read = document(source, Kind::Markdown);
        assert_eq!(read.sections[0].text, words, "{source}");
    }
}

#[test]
fn tables_of_markdown_end_where_their_lines_end() {
    let read = document(
        "antes\n| a | **b** |\n|:--|---:|\n| 1 | |\n||\ndepois",
        Kind::Markdown,
    );
    let parts: Vec<(bool, &str)> = read
        .sections
        .iter()
        .map(|section| (section.table, section.text.as_str()))
        .collect();
    assert_eq!(
        parts,
        [(false, "antes"), (true, "a\tb\n1\t"), (false, "depois")]
    );
    assert_eq!(shown("| só |", Kind::Markdown), [": só"]);
    assert_eq!(
        read_trouble("|---|---|", Kind::Markdown),
        Trouble::NoText,
        "a border alone is no table"
    );
}

fn read_trouble(text: &str, kind: Kind) -> Trouble {
    read(text.as_bytes(), Some(kind), &Limits::default()).unwrap_err()
}

#[test]
fn separators_of_tables_are_found_by_what_fits_most_lines() {
    for (source, table) in [
        ("a;b\n1,5;2,5\n3,5;4,5", "a\tb\n1,5\t2,5\n3,5\t4,5"),
        ("a,b\n1;x,2\n3,4", "a\tb\n1;x\t2\n3\t4"),
        ("a\tb,c\n1\t2", "a\tb,c\n1\t2"),
        ("\"a;x\";b\n\"1\"\"2\";3", "a;x\tb\n1\"2\t3"),
        ("a;b;c\n;;\n1;;3", "a\tb\tc\n1\t\t3"),
        ("a;b\r\n1;2\r\n", "a\tb\n1\t2"),
        (" \"a\" ;x\nb;c", "a\tx\nb\tc"),
        ("a\"b;c\nd;e", "a\"b\tc\nd\te"),
        ("\"a\nb\";c\nd;e", "a b\tc\nd\te"),
    ] {
        let read = document(source, Kind::Csv);
        assert_eq!(read.sections.len(), 1, "{source}");
        assert_eq!(read.sections[0].text, table, "{source}");
        assert!(read.sections[0].table);
    }
    assert_eq!(read_trouble(";;\n;", Kind::Csv), Trouble::NoText);
}

#[test]
fn limits_stand_at_their_edges() {
    let with = |text: &str, kind: Kind, limits: Limits| {
        let read = read(text.as_bytes(), Some(kind), &limits).unwrap();
        let texts: Vec<String> = read.sections.iter().map(|s| s.text.clone()).collect();
        (texts.join("|"), read.warnings)
    };
    let cells = |cells| Limits {
        cells,
        ..Limits::default()
    };
    let csv = "a;b\n1;2";
    assert_eq!(
        with(csv, Kind::Csv, cells(4)),
        ("a\tb\n1\t2".into(), vec![])
    );
    assert_eq!(
        with(csv, Kind::Csv, cells(3)),
        ("a\tb".into(), cut("cells").into())
    );
    let bytes = |text_bytes| Limits {
        text_bytes,
        ..Limits::default()
    };
    let text = "12345\n\n678";
    assert_eq!(
        with(text, Kind::Text, bytes(8)),
        ("12345\n\n678".into(), vec![])
    );
    assert_eq!(
        with(text, Kind::Text, bytes(7)),
        ("12345".into(), cut("text_bytes").into())
    );
    assert_eq!(
        with(csv, Kind::Csv, bytes(7)),
        ("a\tb".into(), cut("text_bytes").into())
    );
    assert_eq!(with(csv, Kind::Csv, bytes(8)).1, []);
    let sections = |sections| Limits {
        sections,
        ..Limits::default()
    };
    let markdown = "# A\na\n# B\nb";
    assert_eq!(
        with(markdown, Kind::Markdown, sections(2)),
        ("a|b".into(), vec![])
    );
    assert_eq!(
        with(markdown, Kind::Markdown, sections(1)),
        ("a".into(), cut("sections").into())
    );
}

#[test]
fn headings_that_are_too_long_are_text() {
    let long = "é".repeat(200);
    let read = document(&format!("# {long}\n\na"), Kind::Markdown);
    assert_eq!(read.sections[0].heading, std::slice::from_ref(&long));
    let read = document(&format!("# {long}é\n\na"), Kind::Markdown);
    assert_eq!(read.sections[0].text, format!("{long}é\n\na"));
    assert!(read.sections[0].heading.is_empty());
}

#[test]
fn headings_without_text_are_the_text() {
    let read = document("# A\n## B\n## C", Kind::Markdown);
    assert_eq!(read.sections.len(), 1);
    assert_eq!(
        read.sections[0].text, "A\n\nC",
        "those that hold at the end"
    );
    assert_eq!(read.sections[0].heading, Vec::<String>::new());
}

#[test]
fn encodings_are_told_by_marks_zeros_and_words() {
    let text = "Promoção às 9h: pão de açúcar";
    let wide =
        |order: fn(u16) -> [u8; 2]| -> Vec<u8> { text.encode_utf16().flat_map(order).collect() };
    let latin: Vec<u8> = text
        .chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap())
        .collect();
    for bytes in [
        text.as_bytes().to_vec(),
        [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        [&b"\xff\xfe"[..], &wide(u16::to_le_bytes)].concat(),
        [&b"\xfe\xff"[..], &wide(u16::to_be_bytes)].concat(),
        wide(u16::to_le_bytes),
        wide(u16::to_be_bytes),
        latin,
    ] {
        let read = read(&bytes, Some(Kind::Text), &Limits::default()).unwrap();
        assert_eq!(read.sections[0].text, text);
        assert_eq!(read.warnings, []);
    }
    let mut broken = "ação ".repeat(6).into_bytes();
    broken.extend(b"\xff\xfe fim");
    let read = read(&broken, Some(Kind::Text), &Limits::default()).unwrap();
    assert_eq!(read.warnings, [Warning::BadCharacters { count: 2 }]);
}

#[test]
fn a_page_is_believed_about_its_encoding_only_when_it_is_not_utf_8() {
    let page = |head: &str, body: &[u8]| {
        let bytes = [head.as_bytes(), b"<p>", body, b"</p>"].concat();
        read(&bytes, Some(Kind::Html), &Limits::default())
            .unwrap()
            .sections[0]
            .text
            .clone()
    };
    assert_eq!(page("<meta charset=\"iso-8859-2\">", b"\xb1"), "ą");
    assert_eq!(page("<meta charset=ISO-8859-2>", b"\xb1"), "ą");
    assert_eq!(page("<meta charset=nonsense>", b"\xb1"), "±");
    assert_eq!(page("", b"\x80 \xe7"), "€ ç");
    assert_eq!(page("<meta charset=iso-8859-2>", "±".as_bytes()), "±");
}
