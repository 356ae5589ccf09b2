//! Says what is wrong in a workspace folder: file, line, column, what, and what to do.
//!
//! In: errors of the YAML reader and of our own checks. Out: [`Trouble`]s in both languages, the
//! reader's jargon replaced where people meet it often. Absent on purpose: stopping at the first
//! trouble (a person wants the whole list). Next: `read.rs` and `convert.rs`, which make them.

use crate::both;
use crate::words::{Both, Lang};
use serde_saphyr::{Error, Location};

/// One thing wrong in one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Relative to the folder, with `/`.
    pub file: String,
    /// From 1; absent when the trouble is the file as a whole.
    pub place: Option<(u64, u64)>,
    pub what: Both,
    /// Boxed, so that results stay small on the way that goes well.
    pub todo: Box<Both>,
}

impl Trouble {
    #[must_use]
    pub fn new(file: &str, what: Both, todo: Both) -> Trouble {
        Trouble {
            file: file.to_string(),
            place: None,
            what,
            todo: Box::new(todo),
        }
    }

    #[must_use]
    pub fn at(mut self, location: Location) -> Trouble {
        if location != Location::UNKNOWN {
            self.place = Some((location.line(), location.column()));
        }
        self
    }

    /// `channels/loja.yaml:3:9: what. What to do.`
    #[must_use]
    pub fn line(&self, lang: Lang) -> String {
        let place = match self.place {
            Some((line, column)) => format!("{}:{line}:{column}", self.file),
            None => self.file.clone(),
        };
        format!("{place}: {} {}", self.what.get(lang), self.todo.get(lang))
    }

    /// From an error of the YAML reader.
    #[must_use]
    pub fn from_yaml(file: &str, error: &Error) -> Trouble {
        let bare = error.without_snippet();
        let (what, todo) = explain(bare);
        let trouble = Trouble::new(file, what, todo);
        match bare.location() {
            Some(location) => trouble.at(location),
            None => trouble,
        }
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the reader's enum is not ours and has some fifty variants; the rest keep its own text"
)]
fn explain(error: &Error) -> (Both, Both) {
    match error {
        Error::SerdeUnknownField {
            field, expected, ..
        } => (
            both!(
                "a chave `{field}` não existe aqui.",
                "there is no key `{field}` here."
            ),
            suggest(field, expected),
        ),
        Error::SerdeUnknownVariant {
            variant, expected, ..
        } => (
            both!(
                "`{variant}` não existe aqui.",
                "there is no `{variant}` here."
            ),
            suggest(variant, expected),
        ),
        Error::SerdeMissingField { field, .. } => (
            both!("falta a chave `{field}`.", "the key `{field}` is missing."),
            both!("Acrescente-a.", "Add it."),
        ),
        Error::DuplicateMappingKey { key, .. } => {
            let key = key.as_deref().unwrap_or("?");
            (
                both!(
                    "a chave `{key}` aparece duas vezes.",
                    "the key `{key}` stands here twice."
                ),
                both!("Apague uma delas.", "Delete one of them."),
            )
        }
        Error::Budget { .. } => (
            both!(
                "o arquivo passa dos limites de tamanho ou profundidade.",
                "the file is beyond the limits of size or depth."
            ),
            both!(
                "Divida-o em arquivos menores.",
                "Split it into smaller files."
            ),
        ),
        other => (
            Both::same(strip_place(&other.to_string())),
            both!(
                "Corrija esse valor; `ponte schema` mostra as formas aceitas.",
                "Correct this value; `ponte schema` shows what is accepted."
            ),
        ),
    }
}

/// Our line begins with the place, so the reader's own "at line 3, column 4" goes.
fn strip_place(text: &str) -> String {
    let first = text.lines().next().unwrap_or("").trim();
    let cut = [" at line ", " (line ", " on line "]
        .into_iter()
        .filter_map(|mark| first.find(mark))
        .min()
        .unwrap_or(first.len());
    let mut text = first[..cut]
        .trim_end_matches([':', ',', ' ', '.'])
        .to_string();
    if let Some(rest) = text.strip_prefix("error: line ") {
        text = rest
            .split_once(": ")
            .map_or(rest, |(_, after)| after)
            .to_string();
    }
    text.push('.');
    text
}

/// "Did you mean": the nearest known name, or all of them when none is near.
fn suggest(given: &str, known: &[&str]) -> Both {
    match nearest(given, known.iter().copied()) {
        Some(name) => both!("Você quis dizer `{name}`?", "Did you mean `{name}`?"),
        None => {
            let all = known.join(", ");
            both!("Aqui valem: {all}.", "Known here: {all}.")
        }
    }
}

/// The known name with the fewest edits, if it takes at most a third of its letters (at least two).
#[must_use]
pub fn nearest<'a>(given: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|name| (edits(given, name), name))
        .filter(|(edits, name)| *edits <= (name.chars().count() / 3).max(2))
        .min()
        .map(|(_, name)| name)
}

/// Levenshtein distance over characters.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let swap = corner + usize::from(ca != *cb);
            corner = row[j + 1];
            row[j + 1] = swap.min(corner + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_and_nonsense_is_not() {
        let known = ["debounce", "rules", "menus", "faq"];
        assert_eq!(nearest("debounse", known.into_iter()), Some("debounce"));
        assert_eq!(nearest("rule", known.into_iter()), Some("rules"));
        assert_eq!(nearest("temperature", known.into_iter()), None);
    }

    #[test]
    fn a_line_has_place_trouble_and_advice_in_both_languages() {
        let trouble = Trouble {
            file: "teams/a.yaml".into(),
            place: Some((3, 9)),
            what: both!("errado.", "wrong."),
            todo: Box::new(both!("Corrija.", "Correct it.")),
        };
        assert_eq!(trouble.line(Lang::Pt), "teams/a.yaml:3:9: errado. Corrija.");
        assert_eq!(
            trouble.line(Lang::En),
            "teams/a.yaml:3:9: wrong. Correct it."
        );
    }
}
