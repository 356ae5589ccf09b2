//! Finds where sentences begin and end.
//!
//! In: any text. Out: byte ranges that follow one another and leave nothing out but blanks. A full stop
//! ends a sentence where a blank and no small letter follows, and where what stands before it is no
//! abbreviation and no number in front of a number ("R$ 1.200", "Dr. Silva", "das 9h. às 18h"). Lines end
//! sentences too: price lists have one fact a line. Absent on purpose: languages without blanks.

/// The sentences of a text, in bytes.
pub(super) fn sentences(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut from = 0;
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        let end = at + letter.len_utf8();
        let ends = match letter {
            '\n' => true,
            '!' | '?' | '…' => letters.peek().is_none_or(|(_, next)| next.is_whitespace()),
            '.' => full_stop(text, from, at),
            _ => false,
        };
        if ends {
            keep(text, from, end, &mut found);
            from = end;
        }
    }
    keep(text, from, text.len(), &mut found);
    found
}

fn keep(text: &str, from: usize, to: usize, found: &mut Vec<(usize, usize)>) {
    let part = &text[from..to];
    let start = from + (part.len() - part.trim_start().len());
    let end = start + part.trim().len();
    if end > start {
        found.push((start, end));
    }
}

fn full_stop(text: &str, from: usize, at: usize) -> bool {
    let after = &text[at + 1..];
    if after.trim().is_empty() {
        return true;
    }
    if !after.starts_with(char::is_whitespace) {
        return false;
    }
    if after.trim_start().starts_with(char::is_lowercase) {
        return false;
    }
    let word = text[from..at]
        .rsplit(|letter: char| !letter.is_alphanumeric())
        .next()
        .unwrap_or("");
    let single = word.chars().count() == 1 && word.chars().all(char::is_uppercase);
    !single && !ABBREVIATIONS.contains(&word.to_lowercase().as_str())
}

#[rustfmt::skip]
const ABBREVIATIONS: &[&str] = &[
    "adm", "ap", "apto", "art", "av", "bl", "cel", "cia", "cj", "cód", "cod", "dr", "dra", "etc", "ex", "exa",
    "fig", "fl", "jr", "km", "ltda", "máx", "min", "mín", "mr", "mrs", "ms", "nº", "no", "núm", "obs", "pág",
    "pag", "pç", "prof", "profa", "qtd", "ref", "rod", "sr", "sra", "srs", "sta", "sto", "st", "tel", "un", "vs",
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(text: &str) -> Vec<&str> {
        sentences(text)
            .into_iter()
            .map(|(from, to)| &text[from..to])
            .collect()
    }

    #[test]
    fn stops_inside_numbers_and_after_abbreviations_end_nothing() {
        for whole in [
            "O kit custa R$ 1.200,50 à vista.",
            "Fale com o Dr. Silva na Av. Brasil, 20.",
            "Veja www.loja.com.br para mais.",
            "Abrimos às 9h. e fechamos às 18h.",
            "A. Souza assina.",
        ] {
            assert_eq!(all(whole), [whole]);
        }
    }

    #[test]
    fn sentences_and_lines_end() {
        assert_eq!(
            all("Sim! Aceitamos Pix. E cartão?"),
            ["Sim!", "Aceitamos Pix.", "E cartão?"]
        );
        assert_eq!(
            all("Caneca: R$ 30\n\n  Copo: R$ 20 "),
            ["Caneca: R$ 30", "Copo: R$ 20"]
        );
        assert_eq!(
            all("Abre às 9. 18 é a hora de fechar."),
            ["Abre às 9.", "18 é a hora de fechar."]
        );
        assert!(all(" \n ").is_empty());
    }

    proptest! {
        #[test]
        fn ranges_rise_and_leave_only_blanks_out(text in "\\PC{0,80}") {
            let mut last = 0;
            for (from, to) in sentences(&text) {
                prop_assert!(last <= from && from < to && to <= text.len());
                prop_assert!(text[last..from].trim().is_empty());
                last = to;
            }
            prop_assert!(text[last..].trim().is_empty());
        }
    }
}
