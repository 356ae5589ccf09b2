//! Who a message is from, when a person has several names and any may be missing.
//!
//! In: the names a provider gave ([`Person`]) and which known contact has which of them. Out: the
//! names to store, the names to look up, and a [`Decision`]. The Brazilian ninth digit is a matter
//! of *looking up* both forms, never of rewriting one into the other: what WhatsApp gave is kept, and
//! beside it a name that both forms have in common.
//! A user name is no key: it can be given up and taken by somebody else. Absent: storage, and the
//! moving of rows when contacts are joined.

use crate::content::Person;
use crate::ids::ContactId;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A name that belongs to one person at a time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "alias", content = "name", rename_all = "snake_case")]
pub enum Alias {
    Bsuid(String),
    Parent(String),
    WaId(String),
    /// The Brazilian line behind both spellings of its number: two who meet one spelling each at the same
    /// time can't make two contacts of it, since a name belongs to one.
    Line(String),
}

impl Alias {
    /// The word used in columns.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Alias::Bsuid(_) => "bsuid",
            Alias::Parent(_) => "parent",
            Alias::WaId(_) => "wa_id",
            Alias::Line(_) => "line",
        }
    }

    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Alias::Bsuid(name) | Alias::Parent(name) | Alias::WaId(name) | Alias::Line(name) => {
                name
            }
        }
    }
}

/// Whose a message is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// A contact we know.
    Use(ContactId),
    /// Nobody we know.
    New,
    /// Names that we held apart turn out to be one person: `join` go into `keep`.
    Merge {
        keep: ContactId,
        join: BTreeSet<ContactId>,
    },
}

/// The names to store for a person.
#[must_use]
pub fn aliases(person: &Person) -> BTreeSet<Alias> {
    let some = |name: &Option<String>| name.clone().filter(|name| !name.is_empty());
    [
        some(&person.bsuid).map(Alias::Bsuid),
        some(&person.parent).map(Alias::Parent),
        some(&person.wa_id).map(Alias::WaId),
        person.wa_id.as_deref().and_then(line).map(Alias::Line),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The names to look up: those to store, and the other form of a Brazilian number.
#[must_use]
pub fn candidates(person: &Person) -> BTreeSet<Alias> {
    let mut all = aliases(person);
    if let Some(other) = person.wa_id.as_deref().and_then(other_form) {
        all.insert(Alias::WaId(other));
    }
    all
}

/// The same Brazilian mobile line with or without its ninth digit; `None` where there is no other
/// form (landlines begin with 2 to 5; other countries).
#[must_use]
pub fn other_form(wa_id: &str) -> Option<String> {
    if !wa_id.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let area = wa_id.get(2..4)?;
    if !wa_id.starts_with("55") || area.contains('0') {
        return None;
    }
    let line = wa_id.get(4..)?;
    match (line.len(), line.as_bytes().first()?) {
        (8, b'6'..=b'9') => Some(format!("55{area}9{line}")),
        (9, b'9') => line
            .get(1..)
            .filter(|rest| rest.starts_with(['6', '7', '8', '9']))
            .map(|rest| format!("55{area}{rest}")),
        _ => None,
    }
}

/// A Brazilian mobile line as one text: without the ninth digit.
fn line(wa_id: &str) -> Option<String> {
    let other = other_form(wa_id)?;
    Some(if other.len() < wa_id.len() {
        other
    } else {
        wa_id.to_owned()
    })
}

/// Whose the names are, given the contacts that hold any of the [`candidates`].
///
/// The oldest contact (the smallest id) is kept, so that the result doesn't depend on the order in
/// which names became known.
#[must_use]
pub fn resolve(found: &BTreeMap<Alias, ContactId>) -> Decision {
    let mut contacts: BTreeSet<ContactId> = found.values().copied().collect();
    match contacts.pop_first() {
        None => Decision::New,
        Some(only) if contacts.is_empty() => Decision::Use(only),
        Some(keep) => Decision::Merge {
            keep,
            join: contacts,
        },
    }
}

/// What is known of a person after hearing `now`: names given replace older ones, names not given
/// stay (a phone number is left out of some deliveries).
pub fn relink(person: &mut Person, now: &Person) {
    let take = |old: &mut Option<String>, new: &Option<String>| {
        if new.as_ref().is_some_and(|name| !name.is_empty()) && old != new {
            old.clone_from(new);
        }
    };
    take(&mut person.bsuid, &now.bsuid);
    take(&mut person.parent, &now.parent);
    take(&mut person.wa_id, &now.wa_id);
    take(&mut person.username, &now.username);
    take(&mut person.name, &now.name);
}
