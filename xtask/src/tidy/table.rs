//! Reads the tables of ARCHITECTURE.md that are law: those after a `<!-- tidy:NAME -->` comment.
//!
//! In: Markdown. Out: rows of cells, each cell as its `code` words. Absent: judging them; `rooms`
//! and `crates` do that. Prose in a cell is for people and is left out.

/// A row: for each column, the words in backquotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) line: usize,
    pub(crate) cells: Vec<Vec<String>>,
}

impl Row {
    /// The name in the first column.
    pub(crate) fn name(&self) -> &str {
        self.cells
            .first()
            .and_then(|c| c.first())
            .map_or("", String::as_str)
    }

    pub(crate) fn cell(&self, column: usize) -> &[String] {
        self.cells.get(column).map_or(&[], Vec::as_slice)
    }
}

/// The rows under the marker, or none when marker or table is missing.
pub(crate) fn rows(text: &str, name: &str) -> Vec<Row> {
    let marker = format!("<!-- tidy:{name} -->");
    let lines = text.lines().enumerate();
    lines
        .skip_while(|(_, line)| line.trim() != marker)
        .skip(1)
        .skip_while(|(_, line)| line.trim().is_empty())
        .take_while(|(_, line)| line.trim_start().starts_with('|'))
        .skip(2)
        .map(|(at, line)| Row {
            line: at + 1,
            cells: cells(line),
        })
        .collect()
}

fn cells(line: &str) -> Vec<Vec<String>> {
    let inner = line.trim().trim_matches('|');
    inner.split('|').map(code_words).collect()
}

fn code_words(cell: &str) -> Vec<String> {
    let odd = cell.split('`').skip(1).step_by(2);
    odd.map(|word| word.trim().to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# A\n<!-- tidy:rooms -->\n\n| room | may | why |\n|---|---|---|\n| `a` | `b`, `c` | prose |\n| `b` | nothing | |\n\n| `z` | | |\n";

    #[test]
    fn rows_hold_the_code_words_of_each_cell() {
        let rows = rows(TEXT, "rooms");
        assert_eq!(rows.len(), 2);
        assert_eq!((rows[0].name(), rows[0].line), ("a", 6));
        assert_eq!(rows[0].cell(1), ["b", "c"]);
        assert!(rows[1].cell(1).is_empty() && rows[1].cell(9).is_empty());
    }

    #[test]
    fn a_missing_marker_gives_no_rows() {
        assert!(rows(TEXT, "crates").is_empty());
    }
}
