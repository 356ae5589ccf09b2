//! Gathers what a reader finds into sections, and stops at the limits.
//!
//! In: headings, paragraphs and table rows in reading order. Out: a document. A section ends where a
//! heading, a table or a new place begins. Absent on purpose: formats.

use crate::{Document, Kind, Limits, Place, Section, Trouble, Warning};

pub(crate) struct Builder {
    limits: Limits,
    title: Option<String>,
    sections: Vec<Section>,
    open: Section,
    /// Level and text of the headings that hold.
    headings: Vec<(u8, String)>,
    place: Place,
    links: Vec<String>,
    warnings: Vec<Warning>,
    text_bytes: usize,
    full: bool,
}

/// A heading longer than this is a paragraph in large letters.
const HEADING_CHARS_MAX: usize = 200;

/// More links than this on a page are a directory, not a text.
const LINKS_MAX: usize = 5_000;

impl Builder {
    pub(crate) fn new(limits: &Limits) -> Builder {
        Builder {
            limits: *limits,
            title: None,
            sections: Vec::new(),
            open: Section::default(),
            headings: Vec::new(),
            place: Place::default(),
            links: Vec::new(),
            warnings: Vec::new(),
            text_bytes: 0,
            full: false,
        }
    }

    /// Whether a limit was reached: nothing more is taken, and readers may stop.
    pub(crate) fn full(&self) -> bool {
        self.full
    }

    pub(crate) fn title(&mut self, title: &str) {
        let title = one_line(title);
        if self.title.is_none() && !title.is_empty() {
            self.title = Some(title.chars().take(HEADING_CHARS_MAX).collect());
        }
    }

    pub(crate) fn heading(&mut self, level: u8, text: &str) {
        let text = one_line(text);
        if text.is_empty() {
            return;
        }
        if text.chars().count() > HEADING_CHARS_MAX {
            self.paragraph(&text);
            return;
        }
        self.close();
        self.headings.retain(|(other, _)| *other < level);
        self.headings.push((level, text));
    }

    /// What follows stands on another page, sheet or row.
    pub(crate) fn place(&mut self, place: Place) {
        self.close();
        self.place = place;
    }

    pub(crate) fn paragraph(&mut self, text: &str) {
        let text = tidy(text);
        if text.is_empty() || !self.room(text.len()) {
            return;
        }
        if self.open.table {
            self.close();
        }
        if !self.open.text.is_empty() {
            self.open.text.push_str("\n\n");
        }
        self.open.text.push_str(&text);
    }

    /// A table; its first row is its header.
    pub(crate) fn table(&mut self, rows: &[Vec<String>]) {
        let rows: Vec<String> = rows
            .iter()
            .filter(|cells| cells.iter().any(|cell| !cell.trim().is_empty()))
            .map(|cells| {
                let cells: Vec<String> = cells.iter().map(|cell| one_line(cell)).collect();
                cells.join("\t")
            })
            .collect();
        if rows.is_empty() {
            return;
        }
        self.close();
        self.open.table = true;
        for row in rows {
            if !self.room(row.len() + 1) {
                break;
            }
            if !self.open.text.is_empty() {
                self.open.text.push('\n');
            }
            self.open.text.push_str(&row);
        }
        self.close();
    }

    pub(crate) fn link(&mut self, target: &str) {
        let target = target.trim();
        if !target.is_empty() && self.links.len() < LINKS_MAX && self.room(target.len()) {
            self.links.push(target.to_string());
        }
    }

    pub(crate) fn warn(&mut self, warning: Warning) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// Whether nothing was read so far.
    pub(crate) fn is_empty(&self) -> bool {
        self.sections.is_empty() && self.open.text.is_empty()
    }

    /// Says that only the first part was read, and takes no more.
    pub(crate) fn cut_short(&mut self, limit: &str) {
        self.full = true;
        self.warn(Warning::CutShort {
            limit: limit.to_string(),
        });
    }

    pub(crate) fn finish(mut self, kind: Kind) -> Result<Document, Trouble> {
        self.close();
        if self.sections.is_empty() {
            // A page of headings only is still a text.
            let headings: Vec<String> = self.headings.drain(..).map(|(_, text)| text).collect();
            if headings.is_empty() {
                return Err(Trouble::NoText);
            }
            self.sections.push(Section {
                text: headings.join("\n\n"),
                ..Section::default()
            });
        }
        let first = self
            .sections
            .first()
            .and_then(|section| section.heading.first());
        let title = self.title.take().or_else(|| first.cloned());
        Ok(Document {
            kind,
            title,
            sections: self.sections,
            links: self.links,
            warnings: self.warnings,
        })
    }

    fn room(&mut self, bytes: usize) -> bool {
        if self.full {
            return false;
        }
        if self.text_bytes + bytes > self.limits.text_bytes {
            self.cut_short("text_bytes");
            return false;
        }
        self.text_bytes += bytes;
        true
    }

    fn close(&mut self) {
        let open = std::mem::take(&mut self.open);
        if open.text.is_empty() {
            return;
        }
        if self.sections.len() >= self.limits.sections {
            self.cut_short("sections");
            return;
        }
        self.sections.push(Section {
            heading: self.headings.iter().map(|(_, text)| text.clone()).collect(),
            place: self.place.clone(),
            ..open
        });
    }
}

/// All white space is one blank.
pub(crate) fn one_line(text: &str) -> String {
    let visible = text.split(|letter: char| letter.is_whitespace() || unseen(letter));
    visible
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Lines stay lines, blanks in them are one.
fn tidy(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(one_line).collect();
    let mut tidy = String::with_capacity(text.len());
    for line in lines.iter().filter(|line| !line.is_empty()) {
        if !tidy.is_empty() {
            tidy.push('\n');
        }
        tidy.push_str(line);
    }
    tidy
}

/// Control characters, soft hyphens, zero-width and direction marks: nobody sees them, and they keep words
/// from being found.
fn unseen(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{200b}' | '\u{feff}' | '\u{202a}'..='\u{202e}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn builder() -> Builder {
        Builder::new(&Limits::default())
    }

    #[test]
    fn headings_hold_until_one_of_their_rank() {
        let mut built = builder();
        built.heading(1, "Loja");
        built.heading(2, "Trocas ");
        built.paragraph("Até 7 dias.");
        built.heading(2, "Entrega");
        built.paragraph("Em 2 dias.");
        built.paragraph(" \u{200b} ");
        let document = built.finish(Kind::Html).unwrap();
        assert_eq!(document.title.as_deref(), Some("Loja"));
        let headings: Vec<_> = document
            .sections
            .iter()
            .map(|s| s.heading.join("/"))
            .collect();
        assert_eq!(headings, ["Loja/Trocas", "Loja/Entrega"]);
    }

    #[test]
    fn tables_stand_alone() {
        let mut built = builder();
        built.paragraph("antes");
        built.table(&[
            vec!["a".into(), "b\tc".into()],
            vec![" ".into()],
            vec!["1".into()],
        ]);
        built.paragraph("depois");
        let sections = built.finish(Kind::Docx).unwrap().sections;
        assert_eq!(sections[1].text, "a\tb c\n1");
        let tables: Vec<bool> = sections.iter().map(|section| section.table).collect();
        assert_eq!(tables, [false, true, false]);
    }

    #[test]
    fn limits_cut_and_say_so() {
        let mut built = Builder::new(&Limits {
            text_bytes: 5,
            ..Limits::default()
        });
        built.paragraph("12345");
        built.paragraph("6");
        assert!(built.full());
        let document = built.finish(Kind::Text).unwrap();
        assert_eq!(document.sections[0].text, "12345");
        assert_eq!(
            document.warnings,
            [Warning::CutShort {
                limit: "text_bytes".into()
            }]
        );
        let mut built = Builder::new(&Limits {
            sections: 1,
            ..Limits::default()
        });
        built.paragraph("a");
        built.heading(1, "b");
        built.paragraph("c");
        assert_eq!(built.finish(Kind::Text).unwrap().sections.len(), 1);
    }

    #[test]
    fn nothing_is_no_text_and_headings_alone_are_some() {
        assert_eq!(builder().finish(Kind::Pdf), Err(Trouble::NoText));
        let mut built = builder();
        built.heading(1, "Só um título");
        assert_eq!(
            built.finish(Kind::Html).unwrap().sections[0].text,
            "Só um título"
        );
    }
}
