//! Reads PDF: the text of each page, lines joined to paragraphs.
//!
//! In: bytes of a PDF. Out: one section per page. The library below may panic on a page; that page is
//! missing then, with a warning. It may also loop or take memory, which only the child process that the
//! server reads files in can end. Absent on purpose: reading pictures of text; the error says so.

use crate::build::Builder;
use crate::{Kind, Limits, Place, Trouble, Warning};
use pdf_extract::{Document, PlainTextOutput, output_doc_page};
use std::panic::{AssertUnwindSafe, catch_unwind};

const DAMAGED: Trouble = Trouble::Damaged { kind: Kind::Pdf };

pub(crate) fn read(bytes: &[u8], limits: &Limits, builder: &mut Builder) -> Result<(), Trouble> {
    let mut document = contained(|| Document::load_mem(bytes).map_err(|_| ()))
        .and_then(Result::ok)
        .ok_or_else(|| {
            if locked(bytes) {
                Trouble::Password
            } else {
                DAMAGED
            }
        })?;
    if document.is_encrypted() {
        let opened = contained(|| document.decrypt("").is_ok()).unwrap_or(false);
        if !opened {
            return Err(Trouble::Password);
        }
    }
    let pages = contained(|| document.get_pages()).unwrap_or_default();
    if pages.is_empty() {
        return Err(DAMAGED);
    }
    let (mut empty, mut unreadable) = (Vec::new(), 0);
    for page in pages.keys().copied() {
        if builder.full() {
            break;
        }
        if usize::try_from(page).unwrap_or(usize::MAX) > limits.pages {
            builder.cut_short("pages");
            break;
        }
        let mut text = String::new();
        let read = contained(|| {
            let mut output = PlainTextOutput::new(&mut text);
            output_doc_page(&document, &mut output, page).is_ok()
        });
        if read != Some(true) {
            unreadable += 1;
            builder.warn(Warning::PageUnreadable { page });
            continue;
        }
        if text.trim().is_empty() {
            empty.push(page);
            continue;
        }
        builder.place(Place {
            page: Some(page),
            ..Place::default()
        });
        for paragraph in paragraphs(&text) {
            builder.paragraph(&paragraph);
        }
    }
    if unreadable == pages.len() {
        return Err(DAMAGED);
    }
    if !empty.is_empty() && empty.len() < pages.len() {
        builder.warn(Warning::PagesWithoutText { pages: empty });
    }
    Ok(())
}

/// Runs what may panic. What it worked on is not used again when it did.
fn contained<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}

/// Whether a file that did not load says that it is encrypted.
fn locked(bytes: &[u8]) -> bool {
    bytes.windows(8).any(|window| window == b"/Encrypt")
}

/// Lines of a page as paragraphs: a line goes on in the next one unless it ends a sentence or is short.
fn paragraphs(text: &str) -> Vec<String> {
    let mut paragraphs = Vec::new();
    for block in text.replace('\r', "").split("\n\n") {
        let mut open = String::new();
        for line in block.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let goes_on = line.starts_with(char::is_lowercase);
            if open.is_empty() {
                open.push_str(line);
            } else if open.ends_with('-') && goes_on {
                open.pop();
                open.push_str(line);
            } else if goes_on || open.ends_with(',') {
                open.push(' ');
                open.push_str(line);
            } else {
                open.push('\n');
                open.push_str(line);
            }
        }
        if !open.is_empty() {
            paragraphs.push(open);
        }
    }
    paragraphs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_go_on_are_joined() {
        assert_eq!(
            paragraphs(
                "A troca pode ser fei-\nta em até sete\ndias.\nHorário: 9h\n\n\nNovo parágrafo,\nSim"
            ),
            [
                "A troca pode ser feita em até sete dias.\nHorário: 9h",
                "Novo parágrafo, Sim"
            ]
        );
    }

    #[test]
    fn a_panic_is_contained() {
        assert_eq!(contained(|| 1), Some(1));
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| {}));
        let caught: Option<u32> = contained(|| panic!("as libraries do"));
        std::panic::set_hook(hook);
        assert_eq!(caught, None);
    }
}
