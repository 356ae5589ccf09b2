//! Reads tables written as text: cells set apart by `;`, `,` or tabs, as spreadsheets save them.
//!
//! In: text. Out: one table. The separator is the one that gives most lines the same number of cells;
//! Brazilian spreadsheets use `;` because the comma is in their prices. Absent on purpose: types of cells.

use crate::Limits;
use crate::build::Builder;

pub(crate) fn read(text: &str, limits: &Limits, builder: &mut Builder) {
    let separator = separator(text);
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut cells = 0;
    for row in Rows::new(text, separator) {
        cells += row.len();
        if cells > limits.cells {
            builder.table(&rows);
            builder.cut_short("cells");
            return;
        }
        rows.push(row);
    }
    builder.table(&rows);
}

fn separator(text: &str) -> char {
    let score = |separator: char| {
        let widths: Vec<usize> = Rows::new(text, separator)
            .take(50)
            .map(|row| row.len())
            .filter(|width| *width > 1)
            .collect();
        let first = widths.first().copied().unwrap_or(0);
        widths.iter().filter(|width| **width == first).count()
    };
    // Of equal scores the last wins.
    [',', '\t', ';']
        .into_iter()
        .max_by_key(|separator| score(*separator))
        .unwrap_or(',')
}

/// Rows one by one; a quoted cell may hold separators, line ends and doubled quotes.
struct Rows<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    separator: char,
}

impl Rows<'_> {
    fn new(text: &str, separator: char) -> Rows<'_> {
        Rows {
            rest: text.chars().peekable(),
            separator,
        }
    }
}

impl Iterator for Rows<'_> {
    type Item = Vec<String>;

    fn next(&mut self) -> Option<Vec<String>> {
        self.rest.peek()?;
        let mut row = Vec::new();
        let mut cell = String::new();
        let mut quoted = false;
        while let Some(letter) = self.rest.next() {
            if quoted {
                if letter != '"' {
                    cell.push(letter);
                } else if self.rest.next_if_eq(&'"').is_some() {
                    cell.push('"');
                } else {
                    quoted = false;
                }
            } else if letter == '"' && cell.trim().is_empty() {
                quoted = true;
                cell.clear();
            } else if letter == self.separator {
                row.push(std::mem::take(&mut cell));
            } else if letter == '\n' {
                break;
            } else {
                cell.push(letter);
            }
        }
        row.push(cell);
        Some(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Kind, Warning};

    fn table(text: &str) -> String {
        let mut builder = Builder::new(&Limits::default());
        read(text, &Limits::default(), &mut builder);
        builder.finish(Kind::Csv).unwrap().sections[0].text.clone()
    }

    #[test]
    fn the_separator_is_found() {
        assert_eq!(
            table("Produto;Preço\nCaneca;R$ 30,00\n"),
            "Produto\tPreço\nCaneca\tR$ 30,00"
        );
        assert_eq!(table("a,b\n1,2\n"), "a\tb\n1\t2");
        assert_eq!(table("a\tb\n1\t2"), "a\tb\n1\t2");
        assert_eq!(table("só uma coluna\nvalor"), "só uma coluna\nvalor");
    }

    #[test]
    fn quotes_hold_separators_and_lines() {
        assert_eq!(table("a;b\n\"x;\n\"\"y\"\"\";2"), "a\tb\nx; \"y\"\t2");
        assert_eq!(table("a;\"nunca fechado\nb"), "a\tnunca fechado b");
    }

    #[test]
    fn cells_have_a_limit() {
        let limits = Limits {
            cells: 5,
            ..Limits::default()
        };
        let mut builder = Builder::new(&limits);
        read("a;b\n1;2\n3;4\n5;6", &limits, &mut builder);
        let document = builder.finish(Kind::Csv).unwrap();
        assert_eq!(document.sections[0].text, "a\tb\n1\t2");
        assert_eq!(
            document.warnings,
            [Warning::CutShort {
                limit: "cells".into()
            }]
        );
    }
}
