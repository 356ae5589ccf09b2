//! Reads Markdown: headings, paragraphs, lists and tables; marks of emphasis and links fall away.
//!
//! In: text. Out: sections. Absent on purpose: HTML inside Markdown (tags are dropped) and the finer
//! points of nesting, which a search doesn't see.

use crate::build::Builder;

pub(crate) fn read(text: &str, builder: &mut Builder) {
    let mut reader = Reader {
        builder,
        paragraph: Vec::new(),
        table: Vec::new(),
    };
    let mut fence: Option<&str> = None;
    let mut lines = front_matter_dropped(text).lines().peekable();
    while let Some(line) = lines.next() {
        let trimmed = line.trim();
        if let Some(mark) = fence {
            if trimmed.starts_with(mark) {
                fence = None;
            } else {
                reader.paragraph.push(trimmed.to_string());
            }
            continue;
        }
        if let Some(mark) = ["```", "~~~"]
            .into_iter()
            .find(|mark| trimmed.starts_with(mark))
        {
            fence = Some(mark);
            reader.end();
            continue;
        }
        let under = lines.peek().map_or("", |next| next.trim());
        if let Some((level, heading)) = heading(trimmed) {
            reader.end();
            reader.builder.heading(level, &plain(heading));
        } else if let Some(level) = underline(trimmed, under) {
            reader.end();
            reader.builder.heading(level, &plain(trimmed));
            lines.next();
        } else if trimmed.starts_with('|') && trimmed.len() > 1 {
            reader.row(trimmed);
        } else if trimmed.is_empty() || rule(trimmed) {
            reader.end();
        } else {
            reader.end_table();
            reader.paragraph.push(plain(trimmed));
        }
    }
    reader.end();
}

struct Reader<'a> {
    builder: &'a mut Builder,
    paragraph: Vec<String>,
    table: Vec<Vec<String>>,
}

impl Reader<'_> {
    fn row(&mut self, line: &str) {
        if self.table.is_empty() {
            self.end();
        }
        let inner = line.trim_start_matches('|').trim_end_matches('|');
        let cells: Vec<&str> = inner.split('|').map(str::trim).collect();
        let border = cells
            .iter()
            .all(|cell| !cell.is_empty() && cell.chars().all(|letter| "-:".contains(letter)));
        if !border {
            self.table.push(cells.into_iter().map(plain).collect());
        }
    }

    fn end_table(&mut self) {
        let rows = std::mem::take(&mut self.table);
        self.builder.table(&rows);
    }

    fn end(&mut self) {
        self.end_table();
        let lines = std::mem::take(&mut self.paragraph);
        self.builder.paragraph(&lines.join("\n"));
    }
}

fn front_matter_dropped(text: &str) -> &str {
    let Some(rest) = text.strip_prefix("---\n") else {
        return text;
    };
    match rest.split_once("\n---\n") {
        Some((_, after)) => after,
        None => text,
    }
}

fn heading(line: &str) -> Option<(u8, &str)> {
    let marks = line.bytes().take_while(|byte| *byte == b'#').count();
    let rest = &line[marks..];
    let level = u8::try_from(marks)
        .ok()
        .filter(|level| (1..=6).contains(level))?;
    rest.starts_with(' ')
        .then(|| (level, rest.trim().trim_end_matches('#').trim_end()))
}

fn underline(line: &str, under: &str) -> Option<u8> {
    let listed = line.starts_with(['-', '*', '+', '>', '|']);
    if line.is_empty() || listed || under.len() < 3 {
        return None;
    }
    if under.bytes().all(|byte| byte == b'=') {
        Some(1)
    } else if under.bytes().all(|byte| byte == b'-') {
        Some(2)
    } else {
        None
    }
}

fn rule(line: &str) -> bool {
    line.len() >= 3
        && ["-", "*", "_"]
            .iter()
            .any(|mark| line.replace(' ', "").replace(mark, "").is_empty())
}

/// A line without marks: the words of links and pictures stay, their addresses go.
fn plain(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut rest = line.trim_start_matches('>').trim_start();
    while let Some(letter) = rest.chars().next() {
        let after = &rest[letter.len_utf8()..];
        let (kept, next) = match letter {
            '\\' => match after.chars().next() {
                Some(escaped) if escaped.is_ascii_punctuation() => (Some(escaped), &after[1..]),
                Some(_) | None => (Some('\\'), after),
            },
            '*' | '`' => (None, after),
            '!' if after.starts_with('[') => (None, after),
            '<' => match after.find('>') {
                Some(end) if after.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/') => {
                    (None, &after[end + 1..])
                }
                Some(_) | None => (Some('<'), after),
            },
            '[' if after.contains("](") => (None, after),
            ']' if after.starts_with('(') => match after.find(')') {
                Some(end) => (None, &after[end + 1..]),
                None => (Some(']'), after),
            },
            other => (Some(other), after),
        };
        text.extend(kept);
        rest = next;
    }
    // A list's star was an emphasis mark to the loop above.
    text.trim_start().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Document, Kind, Limits};

    fn document(text: &str) -> Document {
        let mut builder = Builder::new(&Limits::default());
        read(text, &mut builder);
        builder.finish(Kind::Markdown).unwrap()
    }

    #[test]
    fn headings_lists_and_tables() {
        let document = document(
            "---\ntitle: x\n---\n# Loja *Sol*\n\nBem-vindo.\nSempre.\n\nTrocas\n------\n- até **7** dias\n- com [nota](http://x.y/z)\n\n| Item | Preço |\n|---|:---:|\n| Caneca | R$ 30 |\n\n## Fim ##\nAdeus",
        );
        assert_eq!(document.title.as_deref(), Some("Loja Sol"));
        let shown: Vec<String> = document
            .sections
            .iter()
            .map(|section| format!("{}: {}", section.heading.join("/"), section.text))
            .collect();
        assert_eq!(
            shown,
            [
                "Loja Sol: Bem-vindo.\nSempre.",
                "Loja Sol/Trocas: - até 7 dias\n- com nota",
                "Loja Sol/Trocas: Item\tPreço\nCaneca\tR$ 30",
                "Loja Sol/Fim: Adeus"
            ]
        );
    }

    #[test]
    fn code_and_escapes_stay_words() {
        let document =
            document("```sh\n# não é título\n```\n\n2 \\* 3 <b>forte</b> a < b [solto] snake_case");
        assert_eq!(
            document.sections[0].text,
            "# não é título\n\n2 * 3 forte a < b [solto] snake_case"
        );
    }

    #[test]
    fn strange_marks_end() {
        for text in [
            "[a](", "|", "||\n||", "```", "#", "<", "]((((", "![](", "\\",
        ] {
            let mut builder = Builder::new(&Limits::default());
            read(text, &mut builder);
            let _ = builder.finish(Kind::Markdown);
        }
        assert_eq!(plain("\\"), "\\");
    }
}
