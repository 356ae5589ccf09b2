//! Reads pages: what a visitor came for, without menus, footers, scripts and styles.
//!
//! In: decoded HTML. Out: sections by headings, tables, links. Where the page marks its main part
//! (`<main>`, `<article>`), only that is read; otherwise everything outside `<nav>`, `<footer>`, `<aside>`
//! and forms' controls. Links are gathered everywhere, since menus lead to the other pages. Absent on
//! purpose: scripts that build the page in a browser; such a page has no text here, and the error says so.

use crate::build::{Builder, one_line};
use crate::{Limits, Trouble};
use html5gum::emitters::default::DefaultEmitter;
use html5gum::{StartTag, Token, Tokenizer};

pub(crate) fn read(text: &str, limits: &Limits, builder: &mut Builder) -> Result<(), Trouble> {
    let main = ["<main", "<article", "role=\"main\""];
    let lower = text.to_ascii_lowercase();
    let marked = main.iter().any(|mark| lower.contains(mark));
    let before = builder.is_empty();
    walk(text, limits, builder, marked)?;
    if marked && before && builder.is_empty() {
        // The main part is filled by a script, or the mark stood in one.
        walk(text, limits, builder, false)?;
    }
    Ok(())
}

fn walk(
    text: &str,
    limits: &Limits,
    builder: &mut Builder,
    only_main: bool,
) -> Result<(), Trouble> {
    let mut emitter = DefaultEmitter::<()>::default();
    emitter.naively_switch_states(true);
    let mut page = Page {
        builder,
        limits,
        only_main,
        open: Vec::new(),
        text: String::new(),
        tables: Vec::new(),
    };
    for token in Tokenizer::new_with_emitter(text, emitter) {
        let Ok(token) = token;
        match token {
            Token::StartTag(tag) => page.start(&tag)?,
            Token::EndTag(tag) => page.end(&String::from_utf8_lossy(&tag.name)),
            Token::String(text) => page.say(&String::from_utf8_lossy(&text)),
            Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
        }
        if page.builder.full() {
            break;
        }
    }
    // What is skipped and never ends doesn't take the text before it along.
    page.open.retain(|open| !is_skipped(open));
    page.break_off();
    while !page.tables.is_empty() {
        page.end_table();
    }
    Ok(())
}

struct Page<'a> {
    builder: &'a mut Builder,
    limits: &'a Limits,
    only_main: bool,
    /// The elements that are open and matter: blocks, and what is skipped.
    open: Vec<String>,
    text: String,
    tables: Vec<Vec<Vec<String>>>,
}

/// What no visitor reads.
const SKIPPED: &[&str] = &[
    "script", "style", "noscript", "template", "svg", "math", "iframe", "object", "select",
    "button", "nav", "footer", "aside", "dialog", "head",
];

/// What is skipped and stands between paragraphs, never inside one.
const FRAME: &[&str] = &["nav", "footer", "aside", "dialog"];

/// What begins a new paragraph.
const BLOCKS: &[&str] = &[
    "p",
    "div",
    "section",
    "article",
    "main",
    "header",
    "ul",
    "ol",
    "li",
    "dl",
    "dt",
    "dd",
    "blockquote",
    "pre",
    "figure",
    "figcaption",
    "address",
    "form",
    "fieldset",
    "details",
    "summary",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "body",
    "html",
    "caption",
    "label",
    "legend",
];

/// Elements without an end.
const VOID: &[&str] = &[
    "br", "hr", "img", "input", "meta", "link", "wbr", "area", "base", "col", "source",
];

impl Page<'_> {
    fn start(&mut self, tag: &StartTag<()>) -> Result<(), Trouble> {
        let name = String::from_utf8_lossy(&tag.name).to_string();
        let value = |wanted: &str| {
            tag.attributes
                .iter()
                .find(|(name, _)| name.as_slice() == wanted.as_bytes())
                .map(|(_, value)| String::from_utf8_lossy(value).to_string())
        };
        if name == "a"
            && let Some(target) = value("href")
        {
            self.builder.link(&target);
        }
        let hidden = tag
            .attributes
            .keys()
            .any(|name| name.as_slice() == b"hidden")
            || value("aria-hidden").is_some_and(|value| value == "true")
            || value("role").is_some_and(|role| role == "navigation" || role == "contentinfo");
        if name == "br" {
            self.text.push('\n');
        }
        if VOID.contains(&name.as_str()) {
            return Ok(());
        }
        if self.open.len() >= self.limits.depth {
            return Err(Trouble::TooDeep {
                limit: self.limits.depth,
            });
        }
        // A paragraph and an item end where the next begins, also without an end tag.
        if ["p", "li", "dt", "dd"].contains(&name.as_str()) && self.open.last() == Some(&name) {
            self.end(&name);
        }
        if BLOCKS.contains(&name.as_str()) || FRAME.contains(&name.as_str()) {
            self.break_off();
        }
        match name.as_str() {
            "table" => {
                self.break_off();
                self.tables.push(Vec::new());
            }
            "tr" => {
                self.break_off();
                if let Some(table) = self.tables.last_mut() {
                    table.push(Vec::new());
                }
            }
            "td" | "th" => {
                self.break_off();
                if let Some(row) = self.row() {
                    row.push(String::new());
                }
            }
            _ => {}
        }
        let main = value("role").is_some_and(|role| role == "main");
        if hidden {
            self.open.push(format!("hidden {name}"));
        } else if main {
            self.open.push(format!("main {name}"));
        } else if BLOCKS.contains(&name.as_str())
            || SKIPPED.contains(&name.as_str())
            || name == "title"
        {
            self.open.push(name);
        }
        Ok(())
    }

    fn end(&mut self, name: &str) {
        let Some(at) = self
            .open
            .iter()
            .rposition(|open| open.rsplit(' ').next() == Some(name))
        else {
            self.end_of_table(name);
            return;
        };
        let text = std::mem::take(&mut self.text);
        if name == "title" && !self.open.iter().any(|open| open == "svg") {
            self.builder.title(&text);
        } else if let Some(level) =
            heading_level(name).filter(|_| self.reading() && self.tables.is_empty())
        {
            self.builder.heading(level, &text);
        } else {
            self.text = text;
            self.break_off();
        }
        self.open.truncate(at);
        self.end_of_table(name);
    }

    fn end_of_table(&mut self, name: &str) {
        match name {
            "td" | "th" | "tr" => self.break_off(),
            "table" => {
                self.break_off();
                self.end_table();
            }
            _ => {}
        }
    }

    fn end_table(&mut self) {
        let Some(rows) = self.tables.pop() else {
            return;
        };
        let width = rows.iter().map(Vec::len).max().unwrap_or(0);
        if !self.tables.is_empty() || width < 2 {
            // A table of one column, or inside another, lays things out.
            for cell in rows.into_iter().flatten() {
                self.text = cell;
                self.break_off();
            }
        } else {
            self.builder.table(&rows);
        }
    }

    fn row(&mut self) -> Option<&mut Vec<String>> {
        self.tables.last_mut()?.last_mut()
    }

    fn say(&mut self, text: &str) {
        let title = self.open.last().is_some_and(|open| open == "title")
            && !self.open.iter().any(|open| open == "svg");
        if title || self.reading() {
            // Line ends in HTML are blanks, except in preformatted text.
            if self.open.iter().any(|open| open == "pre") {
                self.text.push_str(text);
            } else {
                self.text.push_str(&text.replace('\n', " "));
            }
        }
    }

    fn reading(&self) -> bool {
        if self.open.iter().any(|open| is_skipped(open)) {
            return false;
        }
        let main = |open: &String| open == "main" || open == "article" || open.starts_with("main ");
        !self.only_main || self.open.iter().any(main)
    }

    /// Ends the paragraph that was being read.
    fn break_off(&mut self) {
        // Inside what is skipped nothing is gathered: the text is that of the paragraph around it, which
        // goes on after it.
        if !self.reading() {
            return;
        }
        let text = std::mem::take(&mut self.text);
        if text.trim().is_empty() {
            return;
        }
        let listed = self.open.iter().rev().any(|open| open == "li");
        if let Some(cell) = self.row().and_then(|row| row.last_mut()) {
            if !cell.is_empty() {
                cell.push(' ');
            }
            cell.push_str(&one_line(&text));
        } else if listed {
            self.builder.paragraph(&format!("- {}", text.trim()));
        } else {
            self.builder.paragraph(&text);
        }
    }
}

fn is_skipped(open: &str) -> bool {
    open.starts_with("hidden ") || SKIPPED.contains(&open)
}

fn heading_level(name: &str) -> Option<u8> {
    let level = name.strip_prefix('h')?.parse::<u8>().ok()?;
    (1..=6).contains(&level).then_some(level)
}
