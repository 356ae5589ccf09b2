//! Reads DOCX: paragraphs, headings by their style, lists and tables of the main text.
//!
//! In: bytes of a DOCX. Out: sections. Absent on purpose: headers and footers (they repeat on every
//! page), comments, deleted text of tracked changes, pictures.

use crate::archive::Archive;
use crate::build::Builder;
use crate::{Kind, Limits, Trouble};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::collections::BTreeMap;

const DAMAGED: Trouble = Trouble::Damaged { kind: Kind::Docx };

pub(crate) fn read(bytes: &[u8], limits: &Limits, builder: &mut Builder) -> Result<(), Trouble> {
    let mut archive = Archive::open(bytes, Kind::Docx, limits)?;
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).map_err(|_| DAMAGED);
    let levels = match archive.part("word/styles.xml")? {
        Some(styles) => styled_levels(&text(styles)?),
        None => BTreeMap::new(),
    };
    if let Some(core) = archive.part("docProps/core.xml")? {
        builder.title(&title(&text(core)?));
    }
    let main = text(archive.part("word/document.xml")?.ok_or(DAMAGED)?)?;
    let mut state = State {
        builder,
        levels,
        paragraph: String::new(),
        level: None,
        tables: Vec::new(),
        deleted: 0,
        in_text: false,
    };
    walk(&main, limits, |event| state.take(event))
}

/// What an element is, for whoever reads.
enum Seen<'a> {
    Start(&'a str, &'a BytesStart<'a>),
    End(&'a str),
    Text(&'a str),
}

/// Goes through the elements; depth is limited, and entities other than XML's own are nothing.
fn walk(xml: &str, limits: &Limits, mut visit: impl FnMut(&Seen<'_>)) -> Result<(), Trouble> {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = false;
    let mut depth = 0usize;
    loop {
        match reader.read_event().map_err(|_| DAMAGED)? {
            Event::Start(start) => {
                depth += 1;
                if depth > limits.depth {
                    return Err(Trouble::TooDeep {
                        limit: limits.depth,
                    });
                }
                visit(&Seen::Start(start.local_name().as_ref(), &start));
            }
            Event::Empty(start) => {
                visit(&Seen::Start(start.local_name().as_ref(), &start));
                visit(&Seen::End(start.local_name().as_ref()));
            }
            Event::End(end) => {
                depth = depth.saturating_sub(1);
                visit(&Seen::End(end.local_name().as_ref()));
            }
            Event::Text(text) => visit(&Seen::Text(&text)),
            Event::CData(text) => visit(&Seen::Text(&text)),
            Event::GeneralRef(name) => {
                let number = name.resolve_char_ref().ok().flatten().map(String::from);
                let named = quick_xml::escape::resolve_xml_entity(&name).map(String::from);
                if let Some(text) = number.or(named) {
                    visit(&Seen::Text(&text));
                }
            }
            Event::Eof => return Ok(()),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
}

fn attribute(start: &BytesStart<'_>, wanted: &str) -> Option<String> {
    start
        .attributes()
        .flatten()
        .find(|attribute| attribute.key.local_name().as_ref() == wanted)
        .map(|attribute| attribute.value.into_owned())
}

struct State<'b> {
    builder: &'b mut Builder,
    /// Heading levels of styles.
    levels: BTreeMap<String, u8>,
    paragraph: String,
    level: Option<u8>,
    /// Tables that are open; one inside another is read into its cell.
    tables: Vec<Vec<Vec<String>>>,
    deleted: usize,
    in_text: bool,
}

impl State<'_> {
    fn take(&mut self, seen: &Seen<'_>) {
        match seen {
            Seen::Start(name, start) => self.start(name, start),
            Seen::End(name) => self.end(name),
            Seen::Text(text) if self.in_text && self.deleted == 0 => self.paragraph.push_str(text),
            Seen::Text(_) => {}
        }
    }

    fn start(&mut self, name: &str, start: &BytesStart<'_>) {
        match name {
            "t" => self.in_text = true,
            "tab" => self.paragraph.push(' '),
            "br" | "cr" => self.paragraph.push('\n'),
            "del" | "moveFrom" => self.deleted += 1,
            "pStyle" => {
                let style = attribute(start, "val").unwrap_or_default();
                self.level = self
                    .levels
                    .get(&style)
                    .copied()
                    .or_else(|| named_level(&style));
            }
            "outlineLvl" => {
                let level = attribute(start, "val").and_then(|value| value.parse::<u8>().ok());
                self.level = level.filter(|level| *level < 9).map(|level| level + 1);
            }
            "tbl" => self.tables.push(Vec::new()),
            "tr" => {
                if let Some(table) = self.tables.last_mut() {
                    table.push(Vec::new());
                }
            }
            "tc" => {
                if let Some(row) = self.row() {
                    row.push(String::new());
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, name: &str) {
        match name {
            "t" => self.in_text = false,
            "del" | "moveFrom" => self.deleted = self.deleted.saturating_sub(1),
            "p" => self.end_paragraph(),
            "tbl" => {
                let rows = self.tables.pop().unwrap_or_default();
                if self.tables.is_empty() {
                    self.builder.table(&rows);
                } else {
                    let inner: Vec<String> = rows.iter().map(|row| row.join(", ")).collect();
                    self.paragraph.push_str(&inner.join("; "));
                    self.end_paragraph();
                }
            }
            _ => {}
        }
    }

    fn row(&mut self) -> Option<&mut Vec<String>> {
        self.tables.last_mut()?.last_mut()
    }

    fn end_paragraph(&mut self) {
        let text = std::mem::take(&mut self.paragraph);
        let level = self.level.take();
        if let Some(cell) = self.row().and_then(|row| row.last_mut()) {
            if !cell.is_empty() {
                cell.push(' ');
            }
            cell.push_str(text.trim());
        } else if let Some(level) = level {
            self.builder.heading(level, &text);
        } else {
            self.builder.paragraph(&text);
        }
    }
}

/// Word names its heading styles in the language of whoever made the file; the file says which they are.
fn styled_levels(styles: &str) -> BTreeMap<String, u8> {
    let mut levels = BTreeMap::new();
    let mut id = String::new();
    let limits = Limits::default();
    // Damaged styles cost headings, not the text.
    let _ = walk(styles, &limits, |seen| {
        if let Seen::Start(name, start) = seen {
            match *name {
                "style" => id = attribute(start, "styleId").unwrap_or_default(),
                "name" => {
                    if let Some(level) = attribute(start, "val").and_then(|name| named_level(&name))
                    {
                        levels.insert(id.clone(), level);
                    }
                }
                "outlineLvl" => {
                    let level = attribute(start, "val").and_then(|value| value.parse::<u8>().ok());
                    if let Some(level) = level.filter(|level| *level < 9) {
                        levels.insert(id.clone(), level + 1);
                    }
                }
                _ => {}
            }
        }
    });
    levels
}

fn named_level(style: &str) -> Option<u8> {
    let plain = style.to_lowercase().replace([' ', '-'], "");
    if ["title", "título", "titulo"].contains(&plain.as_str()) {
        return Some(1);
    }
    ["heading", "título", "titulo", "ttulo"]
        .iter()
        .find_map(|name| plain.strip_prefix(name))
        .and_then(|level| level.parse::<u8>().ok())
        .filter(|level| (1..=9).contains(level))
}

fn title(core: &str) -> String {
    let (mut title, mut inside) = (String::new(), false);
    let _ = walk(core, &Limits::default(), |seen| match seen {
        Seen::Start(name, _) => inside = *name == "title",
        Seen::End(_) => inside = false,
        Seen::Text(text) if inside => title.push_str(text),
        Seen::Text(_) => {}
    });
    title
}
