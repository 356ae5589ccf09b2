//! Finds the parts of a text that may not be a little wrong: amounts, times, codes, addresses of the net.
//!
//! In: a text. Out: facts in one spelling each, so that "R$ 1.200,00" and "1200 reais", "18h30" and "18:30",
//! "seis vezes" and "6 vezes" are the same. Absent on purpose: judging them (`support.rs`).

use super::stem;
use super::words::fold;

/// A fact in one spelling, with where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fact {
    pub(super) kind: FactKind,
    pub(super) value: String,
    /// The word that says of what, where there is one: `dia`, `vez`, `kg`.
    pub(super) unit: String,
    pub(super) from: usize,
    pub(super) to: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FactKind {
    Money,
    Percent,
    Time,
    Number,
    /// Letters and digits together, or digits with marks: phone numbers, coupons, CNPJ.
    Code,
    Link,
}

/// The facts of a text in order.
pub(super) fn facts(text: &str) -> Vec<Fact> {
    let tokens = tokens(text);
    let mut facts: Vec<Fact> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let before = at
            .checked_sub(1)
            .map_or("", |at| tokens[at].folded.as_str());
        let after = tokens.get(at + 1).map_or("", |next| next.folded.as_str());
        if is_marker(text, token, at) {
            continue;
        }
        if let Some(fact) = fact(token, before, after) {
            facts.push(fact);
        }
    }
    facts
}

struct Token {
    folded: String,
    from: usize,
    to: usize,
}

/// Words set apart by blanks, without the marks around them.
fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut from = None;
    for (at, letter) in text.char_indices().chain([(text.len(), ' ')]) {
        let splits = letter.is_whitespace() || matches!(letter, '|' | ';' | '~' | '…');
        match (splits, from) {
            (false, None) => from = Some(at),
            (true, Some(start)) => {
                tokens.extend(trimmed(text, start, at));
                from = None;
            }
            (false, Some(_)) | (true, None) => {}
        }
    }
    tokens
}

fn trimmed(text: &str, from: usize, to: usize) -> Option<Token> {
    let part = &text[from..to];
    let inner =
        part.trim_matches(|c: char| !c.is_alphanumeric() && c != '%' && c != '$' && c != '@');
    let start = from + part.find(inner).unwrap_or(0);
    (!inner.is_empty()).then(|| Token {
        folded: fold(inner),
        from: start,
        to: start + inner.len(),
    })
}

/// `1.` and `2)` at the beginning of a line count the lines.
fn is_marker(text: &str, token: &Token, at: usize) -> bool {
    let starts = at == 0
        || text[..token.from]
            .trim_end_matches([' ', '\t', '*', '-', '('])
            .ends_with('\n');
    let marked = text[token.to..].starts_with(['.', ')'])
        && !text[token.to + 1..].starts_with(|c: char| c.is_ascii_digit());
    let last = text[token.to..]
        .trim_start_matches(['.', ')'])
        .trim()
        .is_empty();
    starts
        && !text[..token.from].ends_with('(')
        && marked
        && !last
        && token.folded.len() <= 2
        && token.folded.bytes().all(|b| b.is_ascii_digit())
}

fn fact(token: &Token, before: &str, after: &str) -> Option<Fact> {
    let text = token.folded.as_str();
    let made = |kind, value: String, unit: String| {
        Some(Fact {
            kind,
            value,
            unit,
            from: token.from,
            to: token.to,
        })
    };
    let link = text.contains('@') && text.len() > 2
        || ["http", "www."].iter().any(|start| text.starts_with(start))
        || [".com", ".br", ".org", ".net"]
            .iter()
            .any(|end| text.contains(end));
    if link {
        let plain = text
            .trim_start_matches("https://")
            .trim_start_matches("http://");
        return made(
            FactKind::Link,
            plain
                .trim_start_matches("www.")
                .trim_end_matches('/')
                .to_string(),
            String::new(),
        );
    }
    if let Some(value) = NUMBER_WORDS.iter().find(|(word, _)| *word == text) {
        // "um" and "uma" are articles; with a unit of time or money they count.
        return UNITS
            .contains(&stem::light(after).as_str())
            .then(|| amount(token, value.1.to_string(), before, after));
    }
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if let Some(time) = time(text, after) {
        return made(FactKind::Time, time, String::new());
    }
    let plain = text.trim_start_matches("r$").trim_end_matches('%');
    if let Some(value) = number(plain) {
        let mut fact = amount(token, value, before, after);
        if text.starts_with("r$") {
            fact.kind = FactKind::Money;
        } else if text.ends_with('%') || ["por", "%"].contains(&after) && after == "%" {
            fact.kind = FactKind::Percent;
        }
        return Some(fact);
    }
    // "6x", "350ml": an amount and its unit in one.
    let digits = plain
        .bytes()
        .take_while(|b| b.is_ascii_digit() || matches!(b, b'.' | b','))
        .count();
    let (amounts, unit) = plain.split_at(digits);
    if digits > 0 && (UNITS.contains(&unit) || unit == "x") {
        let unit = if unit == "x" { "vez" } else { unit };
        return made(
            FactKind::Number,
            number(amounts).unwrap_or_default(),
            unit.to_string(),
        );
    }
    let code: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
    made(FactKind::Code, code, String::new())
}

fn amount(token: &Token, value: String, before: &str, after: &str) -> Fact {
    let unit = stem::light(after);
    let money = before.ends_with('$')
        || ["real", "reai", "reais"].contains(&unit.as_str())
        || after == "reais";
    let kind = if money {
        FactKind::Money
    } else if after == "%" {
        FactKind::Percent
    } else {
        FactKind::Number
    };
    let unit = if !money && UNITS.contains(&unit.as_str()) {
        unit
    } else {
        String::new()
    };
    Fact {
        kind,
        value,
        unit,
        from: token.from,
        to: token.to,
    }
}

/// `1.200,50` and `1200.5` and `1,200.50` as `1200.5`; `None` for what is no plain number.
fn number(text: &str) -> Option<String> {
    let valid = !text.is_empty()
        && text.starts_with(|c: char| c.is_ascii_digit())
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || b == b'.' || b == b',');
    if !valid {
        return None;
    }
    let last = text.rfind(['.', ',']);
    let (whole, fraction) = match last {
        // Three digits after a single kind of mark are thousands.
        Some(at) if text.len() - at - 1 == 3 && !text.starts_with('0') => (text, ""),
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, ""),
    };
    let whole: String = whole.chars().filter(char::is_ascii_digit).collect();
    let whole = whole.trim_start_matches('0');
    let fraction = fraction.trim_end_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    Some(if fraction.is_empty() {
        whole.to_string()
    } else {
        format!("{whole}.{fraction}")
    })
}

/// `9h`, `18h30`, `18:30`, `18h30min`, `9 am`: minutes since midnight.
fn time(text: &str, after: &str) -> Option<String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let hour: u32 = text.get(..digits)?.parse().ok()?;
    let marked = &text[digits..];
    let (rest, half) = match marked.strip_suffix("pm").or(marked.strip_suffix("am")) {
        Some(rest) => (rest, &marked[rest.len()..]),
        None => (
            marked,
            if matches!(after, "am" | "pm") {
                after
            } else {
                ""
            },
        ),
    };
    let minute = match rest {
        "h" | "hs" | "hrs" => 0,
        "" if !half.is_empty() => 0,
        _ => {
            let rest = rest.strip_prefix(['h', ':'])?;
            let rest = rest
                .trim_end_matches("min")
                .trim_end_matches('h')
                .trim_end_matches('m');
            (rest.len() == 2).then(|| rest.parse::<u32>().ok())??
        }
    };
    let evening = half == "pm" && hour < 12;
    let hour = if evening { hour + 12 } else { hour };
    (hour < 25 && minute < 60).then(|| format!("{}", hour * 60 + minute))
}

/// Light stems of the words that say of what a number is.
#[rustfmt::skip]
const UNITS: &[&str] = &[
    "dia", "hora", "minut", "semana", "seman", "mes", "ano", "vez", "kg", "g", "km", "m", "cm", "mm", "ml", "litr", "l", "w", "v", "real",
    "peca", "unidad", "parcela", "parcel", "ponto", "pont", "lugar", "xicara", "xicar", "fio", "centav", "day", "hour", "week", "month", "year", "time",
    "pessoa", "pesso", "andar", "metr", "min",
];

#[rustfmt::skip]
const NUMBER_WORDS: &[(&str, u32)] = &[
    ("um", 1), ("uma", 1), ("dois", 2), ("duas", 2), ("tres", 3), ("quatro", 4), ("cinco", 5), ("seis", 6), ("sete", 7), ("oito", 8),
    ("nove", 9), ("dez", 10), ("onze", 11), ("doze", 12), ("quinze", 15), ("vinte", 20), ("trinta", 30), ("quarenta", 40),
    ("sessenta", 60), ("noventa", 90), ("one", 1), ("two", 2), ("three", 3), ("four", 4), ("five", 5), ("six", 6), ("seven", 7),
    ("ten", 10), ("twelve", 12), ("thirty", 30),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<(FactKind, String, String)> {
        facts(text)
            .into_iter()
            .map(|fact| (fact.kind, fact.value, fact.unit))
            .collect()
    }

    #[test]
    fn one_fact_has_one_spelling() {
        for same in [
            &["R$ 1.200,00", "R$1200", "1200 reais", "R$ 1200.00"][..],
            &["18h30", "18:30", "18h30min", "6:30pm"],
            &["9h", "9:00", "09h00", "9 am", "9hs"],
            &["6 vezes", "6x", "seis vezes"],
            &["5%", "5 %", "5,0%"],
            &["7 dias", "sete dias", "7 dias."],
            &["https://www.loja.com.br/", "loja.com.br", "www.loja.com.br"],
            &["(31) 3222-4545", "31 3222-4545"],
            &["350 ml", "350ml"],
        ] {
            for text in same {
                assert_eq!(shown(text), shown(same[0]), "{text}");
                assert!(!shown(text).is_empty(), "{text}");
            }
        }
    }

    #[test]
    fn other_facts_differ() {
        for (left, right) in [
            ("R$ 30", "30 dias"),
            ("7 dias", "7 vezes"),
            ("5%", "R$ 5"),
            ("9h", "19h"),
            ("R$ 1.200", "R$ 1,20"),
            ("BEMVINDO10", "BEMVINDO15"),
            ("a@b.com", "a@c.com"),
        ] {
            assert_ne!(shown(left), shown(right), "{left} {right}");
        }
    }

    #[test]
    fn articles_and_list_marks_are_no_facts() {
        assert!(shown("um vaso e uma caneca").is_empty());
        assert!(shown("1. Abra o site\n2) Clique em pedidos").is_empty());
        assert_eq!(shown("São 2.").len(), 1);
        assert_eq!(shown("").len(), 0);
    }

    #[test]
    fn places_point_into_the_text() {
        let text = "Até R$ 39,90 (ou 6x) às 9h!";
        let parts: Vec<&str> = facts(text)
            .iter()
            .map(|fact| &text[fact.from..fact.to])
            .collect();
        assert_eq!(parts, ["39,90", "6x", "9h"]);
    }
}
