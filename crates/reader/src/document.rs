//! Keeps what a file says: sections of text in reading order, each with the headings above it.
//!
//! The shape is the same for every format and goes through JSON unchanged, because reading happens in
//! another process. Absent on purpose: layout, fonts, pictures.

use serde::{Deserialize, Serialize};

/// A file's text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    pub kind: Kind,
    /// From the file itself (metadata, `<title>`, first heading); none where it has none.
    pub title: Option<String>,
    pub sections: Vec<Section>,
    /// The targets of links, as they stand in the file; only pages have them.
    #[serde(default)]
    pub links: Vec<String>,
    /// What was left out, and why.
    pub warnings: Vec<Warning>,
}

/// A part of a document under one heading.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// The headings above it, outermost first.
    pub heading: Vec<String>,
    /// Prose with paragraphs set apart by an empty line; or, where `table` is set, the header in the
    /// first line, one row a line, cells set apart by tabs.
    pub text: String,
    pub table: bool,
    pub place: Place,
}

/// Where a section begins in its file, counted from 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub page: Option<u32>,
    pub sheet: Option<String>,
    pub row: Option<u32>,
}

/// A file format that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Pdf,
    Docx,
    Xlsx,
    Html,
    Markdown,
    Csv,
    Text,
}

/// Something that was left out; the document is usable without it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Warning {
    /// These pages have no text (pictures, perhaps scanned).
    PagesWithoutText { pages: Vec<u32> },
    /// A page could not be read.
    PageUnreadable { page: u32 },
    /// Only the first part was read: a limit was reached.
    CutShort { limit: String },
    /// Some bytes were not text in the file's encoding and became a replacement character.
    BadCharacters { count: usize },
}

impl Kind {
    /// By a file name's ending.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Kind> {
        let ending = name.rsplit_once('.')?.1.to_ascii_lowercase();
        match ending.as_str() {
            "pdf" => Some(Kind::Pdf),
            "docx" => Some(Kind::Docx),
            "xlsx" | "xlsm" => Some(Kind::Xlsx),
            "html" | "htm" | "xhtml" => Some(Kind::Html),
            "md" | "markdown" => Some(Kind::Markdown),
            "csv" | "tsv" => Some(Kind::Csv),
            "txt" | "text" => Some(Kind::Text),
            _ => None,
        }
    }

    /// By a media type, with or without parameters.
    #[must_use]
    pub fn from_media_type(media_type: &str) -> Option<Kind> {
        let plain = media_type.split(';').next()?.trim().to_ascii_lowercase();
        match plain.as_str() {
            "application/pdf" => Some(Kind::Pdf),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => {
                Some(Kind::Docx)
            }
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => Some(Kind::Xlsx),
            "text/html" | "application/xhtml+xml" => Some(Kind::Html),
            "text/markdown" => Some(Kind::Markdown),
            "text/csv" | "text/tab-separated-values" => Some(Kind::Csv),
            "text/plain" => Some(Kind::Text),
            _ => None,
        }
    }

    /// The word that stands for it in commands and JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Pdf => "pdf",
            Kind::Docx => "docx",
            Kind::Xlsx => "xlsx",
            Kind::Html => "html",
            Kind::Markdown => "markdown",
            Kind::Csv => "csv",
            Kind::Text => "text",
        }
    }
}
