//! Finds what a message names: numbers of orders and documents, addresses, moments, money, things.
//!
//! In: a text, the workspace's [`Settings`] and the civil time where the business is. Out: entities in
//! the order of the text, none overlapping, each with its normalised value, its bytes and a confidence.
//! Where two readings overlap the surer shape wins: [`rank`] says which. Time is linear in the text.
//! Absent: storing, masking ([`crate::mask`]) and asking back. Read next: [`dates`], the largest finder.

pub mod codes;
pub mod dates;
pub mod things;

mod amounts;
mod contacts;
mod documents;
pub(crate) mod numbers;
mod value;

use crate::sense::language::{self, Language};
use crate::sense::tokens::Line;
use codes::Codes;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use things::Catalogue;

pub use dates::{Grain, Reading, When};
pub use value::{Currency, Value};

/// Entities of one text: a message of WhatsApp holds 4,096 characters, and more than this is a list
/// that nobody asks about item by item.
pub const ENTITIES_MAX: usize = 256;

/// What kind of thing was named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An order, protocol or invoice number of the workspace's patterns.
    Code,
    /// An e-mail address.
    Email,
    /// A Brazilian person's tax number.
    Cpf,
    /// A Brazilian company's number, with or without letters.
    Cnpj,
    /// A phone number.
    Phone,
    /// A Brazilian postal code.
    Cep,
    /// A moment, day or span of time.
    When,
    /// An amount of money.
    Money,
    /// A count or measure with its unit.
    Quantity,
    /// A number that counts nothing named.
    Number,
    /// A link.
    Url,
    /// A random key of PIX.
    PixKey,
    /// The number of a payment card. Always sensitive.
    Card,
    /// A Brazilian number plate.
    Plate,
    /// A share of a hundred.
    Percent,
    /// A thing of the workspace's catalogue.
    Thing,
}

impl Kind {
    /// Whether the value says who a person is, or pays.
    #[must_use]
    pub fn is_personal(self) -> bool {
        match self {
            Kind::Email
            | Kind::Cpf
            | Kind::Cnpj
            | Kind::Phone
            | Kind::Cep
            | Kind::PixKey
            | Kind::Card
            | Kind::Plate => true,
            Kind::Code
            | Kind::When
            | Kind::Money
            | Kind::Quantity
            | Kind::Number
            | Kind::Url
            | Kind::Percent
            | Kind::Thing => false,
        }
    }
}

/// One thing that was named.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entity {
    /// What it is.
    pub kind: Kind,
    /// Its value in one spelling.
    pub value: Value,
    /// As it was typed.
    pub text: String,
    /// Bytes of the text it was found in.
    pub range: Range<usize>,
    /// How sure the reading is, 0 to 1.
    pub confidence: f32,
    /// Never to be shown or stored in the clear.
    pub sensitive: bool,
}

/// What a workspace tells the finders.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The workspace's language; a line that is surely in another is read in that.
    pub language: Language,
    /// Patterns of order and protocol numbers.
    pub codes: Codes,
    /// Things that customers may name.
    pub catalogue: Option<Arc<Catalogue>>,
}

/// A reading before overlaps are settled.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) kind: Kind,
    pub(crate) value: Value,
    pub(crate) range: Range<usize>,
    pub(crate) confidence: f32,
}

/// Everything that the text names, in its order.
#[must_use]
pub fn find(text: &str, settings: &Settings, now: DateTime) -> Vec<Entity> {
    let line = Line::new(text);
    let language = match language::detect_in(&line) {
        Some(guess) if guess.confidence >= language::SURE => guess.language,
        Some(_) | None => settings.language,
    };
    let mut found = identifiers(&line, &settings.codes);
    dates::find(&line, language, now, &mut found);
    amounts::find(&line, language, &mut found);
    if let Some(catalogue) = &settings.catalogue {
        things::find(&line, catalogue, &mut found);
    }
    let mut settled = settle(found);
    settled.truncate(ENTITIES_MAX);
    let named = settled.into_iter().map(|c| named(text, c));
    named.collect()
}

/// What identifies somebody or something: all that masking needs, without calendar and catalogue.
pub(crate) fn identifiers(line: &Line<'_>, codes: &Codes) -> Vec<Candidate> {
    let mut found = Vec::new();
    contacts::find(line, &mut found);
    documents::find(line, &mut found);
    codes.find(line, &mut found);
    found
}

fn named(text: &str, candidate: Candidate) -> Entity {
    Entity {
        kind: candidate.kind,
        text: text[candidate.range.clone()].to_owned(),
        range: candidate.range,
        confidence: candidate.confidence,
        sensitive: candidate.kind == Kind::Card,
        value: candidate.value,
    }
}

/// Which reading wins where two overlap, smallest first: what has check digits or a shape of its own
/// before what has a context word, before what is any number.
fn rank(candidate: &Candidate) -> u8 {
    let doubtful = candidate.confidence < 0.65;
    match candidate.kind {
        Kind::Url => 0,
        Kind::Email => 1,
        Kind::PixKey => 2,
        Kind::Card => 3,
        Kind::Cnpj => 4,
        // A bare number that could be both is a phone more often than a CPF.
        Kind::Cpf if doubtful => 9,
        Kind::Cpf => 5,
        Kind::Code if doubtful => 14,
        Kind::Code => 6,
        Kind::Cep if doubtful => 13,
        Kind::Cep => 7,
        Kind::Phone if doubtful => 14,
        Kind::Phone => 8,
        Kind::Plate => 10,
        Kind::Percent => 11,
        Kind::Money if doubtful => 16,
        Kind::Money => 12,
        Kind::Thing => 13,
        Kind::When if doubtful => 17,
        Kind::When => 14,
        Kind::Quantity => 16,
        Kind::Number => 18,
    }
}

/// Takes candidates by rank, then the longer, then the earlier; drops those that overlap one taken.
pub(crate) fn settle(mut found: Vec<Candidate>) -> Vec<Candidate> {
    found.retain(|c| !c.range.is_empty());
    found.sort_by_key(|c| (rank(c), usize::MAX - c.range.len(), c.range.start));
    let mut taken: BTreeMap<usize, Candidate> = BTreeMap::new();
    for candidate in found {
        let before = taken.range(..candidate.range.end).next_back();
        if before.is_none_or(|(_, other)| other.range.end <= candidate.range.start) {
            taken.insert(candidate.range.start, candidate);
        }
    }
    taken.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(range: Range<usize>, kind: Kind) -> Candidate {
        Candidate {
            kind,
            value: Value::Number { thousandths: 0 },
            range,
            confidence: 0.9,
        }
    }

    #[test]
    fn the_surer_shape_wins_and_neighbours_stay() {
        let settled = settle(vec![
            number(0..4, Kind::Number),
            number(2..9, Kind::Money),
            number(9..12, Kind::Number),
            number(3..5, Kind::Email),
            number(7..7, Kind::Url),
        ]);
        let kinds: Vec<Kind> = settled.iter().map(|c| c.kind).collect();
        assert_eq!(kinds, [Kind::Email, Kind::Number]);
    }
}
