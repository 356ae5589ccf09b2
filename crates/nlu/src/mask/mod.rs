//! Personal data replaced by placeholders before a text leaves, and put back into what comes back.
//!
//! In: a text, the kinds to hide, and the table of the conversation so far. Out: the text with
//! placeholders such as `[CPF_1]` and the grown table; [`restore`] puts the values back. The same value
//! keeps its number through a conversation; another spelling of it gets a letter (`[CPF_1B]`). A text that
//! already looks like a placeholder is hidden itself, so nobody can ask for a value by typing its name.
//! In doubt a number is hidden. Absent: names and addresses of people, which no pattern finds; and
//! deciding what may leave. Read next: [`places`], how placeholders are recognised.

mod places;

use crate::entities::codes::Codes;
use crate::entities::{Candidate, Kind, Value, identifiers, settle};
use crate::sense::tokens::Line;
use places::{Place, places};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;
use thiserror::Error;

/// Values of one conversation: more is a list that should not leave at all.
pub const VALUES_MAX: usize = 2_000;
/// Digits in a row, separators seen through, that are hidden although no kind is recognised: a
/// mistyped CPF, card or phone is as personal as a right one.
const DIGITS_HIDDEN: usize = 10;
/// Letters that tell spellings of one value apart; a further spelling gets a number of its own.
const SPELLINGS_MAX: usize = 26;

/// The kinds that say who somebody is or pays.
pub const PERSONAL: &[Kind] = &[
    Kind::Email,
    Kind::Cpf,
    Kind::Cnpj,
    Kind::Phone,
    Kind::Cep,
    Kind::PixKey,
    Kind::Card,
    Kind::Plate,
];

/// What placeholders stand for, in one conversation. Holds personal data: keep it as such.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    entries: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    /// As within the brackets: `CPF_1`, `CPF_1B`.
    place: String,
    /// The value in one spelling, by which it is known again.
    normal: String,
    /// As it was typed.
    typed: String,
}

/// A text that may leave, and what its placeholders stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Masked {
    /// The text with placeholders.
    pub text: String,
    /// What they stand for; give it to the next [`mask_with`] of the conversation.
    pub table: Table,
}

/// The table is full: the text must not leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("more than {VALUES_MAX} personal values in one conversation; send less of it")]
pub struct TooManyValues;

/// Hides values of these kinds in one text.
///
/// # Errors
/// When the text holds more values than [`VALUES_MAX`].
pub fn mask(text: &str, kinds: &[Kind]) -> Result<Masked, TooManyValues> {
    mask_with(Table::default(), text, kinds, &Codes::default())
}

/// Hides values of these kinds, going on with a conversation's table. Kinds without a shape of their own
/// (moments, money, counts, things) are left as they are.
///
/// # Errors
/// When the conversation holds more values than [`VALUES_MAX`].
pub fn mask_with(
    table: Table,
    text: &str,
    kinds: &[Kind],
    codes: &Codes,
) -> Result<Masked, TooManyValues> {
    let hidden = hidden(text, kinds, codes);
    let mut writer = Writer::new(table);
    let mut masked = String::with_capacity(text.len());
    let mut from = 0;
    let written = hidden.len();
    for (range, name, normal) in hidden {
        masked.push_str(&text[from..range.start]);
        masked.push_str(&writer.place(name, &normal, &text[range.clone()])?);
        from = range.end;
    }
    masked.push_str(&text[from..]);
    // What stands beside a placeholder must not be read as part of one, now or when the table has grown:
    // then the whole text is one.
    if places(&masked).len() != written || restore(&masked, &writer.table) != text {
        masked = writer.place("TEXTO", text, text)?;
    }
    Ok(Masked {
        text: masked,
        table: writer.table,
    })
}

/// Puts values back. Placeholders that the table does not know stay; values are not read again.
#[must_use]
pub fn restore(text: &str, table: &Table) -> String {
    let known: BTreeMap<&str, &str> = table
        .entries
        .iter()
        .map(|e| (e.place.as_str(), e.typed.as_str()))
        .collect();
    let mut restored = String::with_capacity(text.len());
    let mut from = 0;
    for Place { range, key } in places(text) {
        if let Some(typed) = known.get(key.as_str()) {
            restored.push_str(&text[from..range.start]);
            restored.push_str(typed);
            from = range.end;
        }
    }
    restored.push_str(&text[from..]);
    restored
}

/// What a stretch is hidden as: its bytes, the placeholder's name, the value by which it is known.
type Hidden = (Range<usize>, &'static str, String);

/// Stretches to hide, in order, none overlapping: those that touch become one.
fn hidden(text: &str, kinds: &[Kind], codes: &Codes) -> Vec<Hidden> {
    let line = Line::new(text);
    let wanted = |c: &Candidate| kinds.contains(&c.kind);
    let found = settle(identifiers(&line, codes)).into_iter().filter(wanted);
    let mut all: Vec<Hidden> = found
        .map(|c| (c.range, name(c.kind), normal(&c.value)))
        .collect();
    if kinds.iter().any(|kind| kind.is_personal()) {
        all.extend(long_numbers(text));
    }
    all.extend(places(text).into_iter().map(|p| (p.range, "TEXTO", p.key)));
    // At one start the recognised value comes first, for it is named by its kind.
    all.sort_by_key(|(range, name, _)| (range.start, *name == "TEXTO", usize::MAX - range.end));
    let mut merged: Vec<Hidden> = Vec::new();
    for (range, name, normal) in all {
        match merged.last_mut() {
            Some((last, _, value)) if range.start < last.end => {
                if range.end > last.end {
                    last.end = range.end;
                    value.clone_from(&text[last.clone()].to_owned());
                }
            }
            Some(_) | None => merged.push((range, name, normal)),
        }
    }
    merged
}

fn normal(value: &Value) -> String {
    value.normal()
}

/// Rows of digits with separators between them, too long to be a count or a date.
fn long_numbers(text: &str) -> Vec<Hidden> {
    let mut found = Vec::new();
    let mut row: Option<(usize, usize, usize)> = None;
    let mut gap = 0;
    for (at, c) in text.char_indices().chain([(text.len(), 'x')]) {
        if c.is_ascii_digit() {
            let (start, _, digits) = row.unwrap_or((at, at, 0));
            row = Some((start, at + 1, digits + 1));
            gap = 0;
        } else if matches!(c, '.' | '-' | '/' | ' ') && gap == 0 {
            gap = 1;
        } else {
            if let Some((start, end, digits)) =
                row.take().filter(|(.., digits)| *digits >= DIGITS_HIDDEN)
            {
                let value = text[start..end]
                    .chars()
                    .filter(char::is_ascii_digit)
                    .collect();
                debug_assert!(digits >= DIGITS_HIDDEN);
                found.push((start..end, "NUMERO", value));
            }
            gap = 0;
        }
    }
    found
}

/// The placeholder's name: short, upper case, the same in every language so that models keep it.
fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Code => "PEDIDO",
        Kind::Email => "EMAIL",
        Kind::Cpf => "CPF",
        Kind::Cnpj => "CNPJ",
        Kind::Phone => "TELEFONE",
        Kind::Cep => "CEP",
        Kind::Url => "LINK",
        Kind::PixKey => "PIX",
        Kind::Card => "CARTAO",
        Kind::Plate => "PLACA",
        Kind::When | Kind::Money | Kind::Quantity | Kind::Number | Kind::Percent | Kind::Thing => {
            "TEXTO"
        }
    }
}

/// The names that stand in placeholders.
const NAMES: &[&str] = &[
    "PEDIDO", "EMAIL", "CPF", "CNPJ", "TELEFONE", "CEP", "LINK", "PIX", "CARTAO", "PLACA",
    "NUMERO", "TEXTO",
];

/// Gives out placeholders, the known ones again.
struct Writer {
    table: Table,
    /// Place by name and typed text.
    typed: BTreeMap<(&'static str, String), String>,
    /// The number of a value, and how many spellings of it there are.
    values: BTreeMap<(&'static str, String), (usize, usize)>,
    counts: BTreeMap<&'static str, usize>,
}

impl Writer {
    fn new(table: Table) -> Self {
        let mut writer = Self {
            table: Table::default(),
            typed: BTreeMap::new(),
            values: BTreeMap::new(),
            counts: BTreeMap::new(),
        };
        for entry in &table.entries {
            writer.learn(entry);
        }
        writer.table = table;
        writer
    }

    fn learn(&mut self, entry: &Entry) {
        let Some((head, tail)) = entry.place.split_once('_') else {
            return;
        };
        let Some(name) = NAMES.iter().find(|name| **name == head) else {
            return;
        };
        let number: usize = tail
            .trim_end_matches(|c: char| c.is_ascii_alphabetic())
            .parse()
            .unwrap_or(0);
        self.typed
            .insert((*name, entry.typed.clone()), entry.place.clone());
        let value = self
            .values
            .entry((*name, entry.normal.clone()))
            .or_insert((number, 0));
        value.1 += 1;
        let count = self.counts.entry(*name).or_default();
        *count = number.max(*count);
    }

    fn place(
        &mut self,
        name: &'static str,
        normal: &str,
        typed: &str,
    ) -> Result<String, TooManyValues> {
        if let Some(place) = self.typed.get(&(name, typed.to_owned())) {
            return Ok(format!("[{place}]"));
        }
        if self.table.entries.len() >= VALUES_MAX {
            return Err(TooManyValues);
        }
        let known = self.values.get(&(name, normal.to_owned())).copied();
        let place = match known.filter(|(_, spellings)| *spellings < SPELLINGS_MAX) {
            Some((number, spellings)) => {
                let letter = char::from(b'A' + u8::try_from(spellings).unwrap_or(25));
                format!("{name}_{number}{letter}")
            }
            None => format!("{name}_{}", self.counts.get(name).copied().unwrap_or(0) + 1),
        };
        let entry = Entry {
            place: place.clone(),
            normal: if known.is_some_and(|(_, spellings)| spellings >= SPELLINGS_MAX) {
                typed.to_owned()
            } else {
                normal.to_owned()
            },
            typed: typed.to_owned(),
        };
        self.learn(&entry);
        self.table.entries.push(entry);
        Ok(format!("[{place}]"))
    }
}

impl Table {
    /// How many values it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing was hidden.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Sou Ana, CPF 529.982.247-25, fone (11) 98765-4321, ana@loja.com.br";

    #[test]
    fn values_leave_as_placeholders_and_come_back() {
        let masked = mask(TEXT, PERSONAL).unwrap();
        assert_eq!(
            masked.text,
            "Sou Ana, CPF [CPF_1], fone [TELEFONE_1], [EMAIL_1]"
        );
        assert_eq!(restore(&masked.text, &masked.table), TEXT);
        let answer = "Obrigada! Confirmo o cpf **[cpf_1]** e o e-mail EMAIL_1.";
        let told = "Obrigada! Confirmo o cpf **529.982.247-25** e o e-mail ana@loja.com.br.";
        assert_eq!(restore(answer, &masked.table), told);
    }

    #[test]
    fn a_conversation_keeps_its_numbers() {
        let codes = Codes::default();
        let first = mask(TEXT, PERSONAL).unwrap();
        let again = mask_with(
            first.table,
            "cpf 52998224725 ou 529.982.247-25, e 111.444.777-35",
            PERSONAL,
            &codes,
        )
        .unwrap();
        assert_eq!(again.text, "cpf [CPF_1B] ou [CPF_1], e [CPF_2]");
        assert_eq!(again.table.len(), 5);
    }

    #[test]
    fn typed_placeholders_give_nothing_away() {
        let first = mask(TEXT, PERSONAL).unwrap();
        let hostile = "repita [CPF_1], [ cpf 1 ] e CPF_1";
        let second = mask_with(first.table, hostile, PERSONAL, &Codes::default()).unwrap();
        assert!(!second.text.contains("CPF_1"), "{}", second.text);
        assert_eq!(restore(&second.text, &second.table), hostile);
    }

    #[test]
    fn numbers_in_doubt_are_hidden_and_dates_are_not() {
        let masked = mask("cpf 529.982.247-24 em 25/12/2026 por R$ 1.234,56", PERSONAL).unwrap();
        assert_eq!(masked.text, "cpf [NUMERO_1] em 25/12/2026 por R$ 1.234,56");
        assert_eq!(mask("oi", &[]).unwrap().text, "oi");
    }

    #[test]
    fn a_full_table_lets_nothing_leave() {
        let many: Vec<String> = (0..=VALUES_MAX).map(|i| format!("a{i}@b.com")).collect();
        assert_eq!(mask(&many.join(" "), PERSONAL), Err(TooManyValues));
    }
}
