//! Makes words as models write them into words as WhatsApp shows them.
//!
//! In: text with Markdown in it. Out: the same with the channel's own marks (`*bold*`, `_italic_`,
//! `~struck~`), headings as bold lines, links spelt out, tables as lines, and no longer than asked, cut
//! at the end of a sentence. Absent: what is said, and how many messages it becomes (the core splits).

/// Blank lines in a row that are kept: more only push the text off the screen.
const BLANK_LINES: usize = 1;

/// The text as the channel shows it, of at most `chars` characters.
#[must_use]
pub fn for_channel(text: &str, chars: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut code = false;
    let mut blank = 0;
    for line in text.lines() {
        let line = line.trim_end();
        if line.trim_start().starts_with("```") {
            code = !code;
            lines.push("```".into());
            continue;
        }
        if code {
            lines.push(line.to_owned());
            continue;
        }
        if line.trim().is_empty() {
            blank += 1;
            if blank <= BLANK_LINES && !lines.is_empty() {
                lines.push(String::new());
            }
            continue;
        }
        blank = 0;
        if let Some(line) = one_line(line) {
            lines.push(line);
        }
    }
    if code {
        lines.push("```".into());
    }
    shorten(lines.join("\n").trim(), chars)
}

/// A line outside code; `None` for what is only decoration.
fn one_line(line: &str) -> Option<String> {
    let bare = line.trim();
    let rule = bare.len() >= 3 && bare.chars().all(|c| matches!(c, '-' | '*' | '_' | ' '));
    let table_rule =
        bare.starts_with('|') && bare.chars().all(|c| matches!(c, '|' | '-' | ':' | ' '));
    if rule || table_rule {
        return None;
    }
    let hashes = bare.chars().take_while(|c| *c == '#').count();
    if (1..=6).contains(&hashes) && bare[hashes..].starts_with(' ') {
        let title = inline(bare[hashes..].trim().trim_end_matches('#').trim());
        let title = title.replace('*', "");
        return Some(format!("*{}*", title.trim()));
    }
    if bare.starts_with('|') && bare.ends_with('|') && bare.len() > 2 {
        let cells: Vec<_> = bare
            .trim_matches('|')
            .split('|')
            .map(|cell| inline(cell.trim()))
            .filter(|cell| !cell.is_empty())
            .collect();
        return Some(cells.join(" · "));
    }
    let indent = line.len() - line.trim_start().len();
    for mark in ["* ", "+ "] {
        if let Some(rest) = bare.strip_prefix(mark) {
            return Some(format!("{}- {}", &line[..indent], inline(rest)));
        }
    }
    Some(format!("{}{}", &line[..indent], inline(bare)))
}

/// Marks within a line.
fn inline(text: &str) -> String {
    let text = links(text);
    let text = pairs(&text, "***", "*");
    let text = pairs(&text, "**", "*");
    let text = pairs(&text, "__", "*");
    pairs(&text, "~~", "~")
}

/// `[words](address)` as `words: address`; the address alone where the words repeat it.
fn links(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('[') {
        let tail = &rest[open + 1..];
        let found = tail.find("](").and_then(|close| {
            let end = tail[close + 2..].find(')')? + close + 2;
            Some((&tail[..close], &tail[close + 2..end], end))
        });
        let Some((words, address, end)) = found else {
            break;
        };
        if words.contains('[') || address.chars().any(char::is_whitespace) {
            out.push_str(&rest[..=open]);
            rest = tail;
            continue;
        }
        out.push_str(rest[..open].strip_suffix('!').unwrap_or(&rest[..open]));
        let words = words.trim();
        if words.is_empty() || address.contains(words) {
            out.push_str(address);
        } else {
            out.push_str(&format!("{words}: {address}"));
        }
        rest = &tail[end + 1..];
    }
    out.push_str(rest);
    out
}

/// Replaces a mark where it stands in pairs around something.
fn pairs(text: &str, mark: &str, by: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find(mark) {
        let tail = &rest[open + mark.len()..];
        let Some(close) = tail.find(mark).filter(|close| *close > 0) else {
            break;
        };
        out.push_str(&rest[..open]);
        let inner = tail[..close].trim();
        out.push_str(&format!("{by}{inner}{by}"));
        rest = &tail[close + mark.len()..];
    }
    out.push_str(rest);
    out
}

/// No longer than so many characters, whole sentences where there is one.
fn shorten(text: &str, chars: usize) -> String {
    let Some((end, _)) = text.char_indices().nth(chars) else {
        return text.to_owned();
    };
    let held = &text[..end];
    let sentence = held
        .char_indices()
        .rev()
        .find(|(at, c)| {
            let next = text[at + c.len_utf8()..].chars().next();
            matches!(c, '.' | '!' | '?' | '\n') && next.is_none_or(char::is_whitespace)
        })
        .map(|(at, c)| at + c.len_utf8());
    match sentence {
        Some(end) if end * 2 > held.len() => held[..end].trim_end().to_owned(),
        Some(_) | None => {
            let word = held.rfind(char::is_whitespace).unwrap_or(0);
            let mut cut = if word * 2 > held.len() {
                held[..word].trim_end().to_owned()
            } else {
                held.chars().take(chars.saturating_sub(1)).collect()
            };
            cut.push('…');
            cut
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_become_the_channels_own() {
        let table: &[(&str, &str)] = &[
            ("**Sim**, temos.", "*Sim*, temos."),
            ("***Muito*** bom", "*Muito* bom"),
            ("__Sim__ e ~~não~~", "*Sim* e ~não~"),
            ("# Horários\nSegunda: 8h", "*Horários*\nSegunda: 8h"),
            ("## **Entrega** ##", "*Entrega*"),
            ("#pedido 12", "#pedido 12"),
            ("* pão\n* bolo", "- pão\n- bolo"),
            ("veja [o site](https://a.b/c)", "veja o site: https://a.b/c"),
            ("[https://a.b](https://a.b)", "https://a.b"),
            (
                "![foto](https://a.b/x.png) linda",
                "foto: https://a.b/x.png linda",
            ),
            ("lista [x] feita (ok)", "lista [x] feita (ok)"),
            (
                "| Produto | Preço |\n|---|---|\n| Pão | R$ 1 |",
                "Produto · Preço\nPão · R$ 1",
            ),
            ("a\n\n\n\nb", "a\n\nb"),
            ("a\n---\nb", "a\nb"),
            ("```\n**cru**\n```", "```\n**cru**\n```"),
            ("2 ** 3 = 8", "2 ** 3 = 8"),
            ("custa 5 * 3", "custa 5 * 3"),
        ];
        for (given, wanted) in table {
            assert_eq!(for_channel(given, 1_000), *wanted, "{given:?}");
        }
    }

    #[test]
    fn a_long_text_ends_with_a_sentence() {
        let text = "Abrimos às 8h. Fechamos às 18h de segunda a sexta, e aos sábados ao meio-dia.";
        assert_eq!(for_channel(text, 24), "Abrimos às 8h.");
        assert_eq!(
            for_channel("uma frase que não acaba nunca mais", 20),
            "uma frase que não…"
        );
        assert_eq!(
            for_channel(&"x".repeat(50), 10),
            format!("{}…", "x".repeat(9))
        );
        assert_eq!(
            for_channel("custa 3.50 hoje e amanhã também", 12),
            "custa 3.50…"
        );
    }

    proptest::proptest! {
        #[test]
        fn any_text_comes_out_within_the_limit(text in "\\PC{0,200}", chars in 1usize..150) {
            let shown = for_channel(&text, chars);
            proptest::prop_assert!(shown.chars().count() <= chars.max(1));
        }

        #[test]
        fn what_has_no_marks_stays(text in "[a-zà-ú ,.!?]{0,80}") {
            proptest::prop_assert_eq!(for_channel(&text, 500), text.trim());
        }
    }
}
