//! Reads `system` messages: the customer changed their number, their id or their keys.
//!
//! In: the fields of a message and the names it came under. Out: the names from now on and before.
//! Old and new spellings are read, and the sentence "… changed from A to B", which before August 2026
//! was the only place of the old id. Absent: the relinking itself, which is the identity graph's.

use super::fields::Fields;
use ponte_core::Content;
use ponte_core::content::{Change, Person, SystemChange};

pub(crate) fn take(fields: &mut Fields, with: &Person) -> Option<Content> {
    let mut inner = fields.object("system")?;
    let kind = inner.text_or_empty("type");
    let change = match kind.as_str() {
        "user_changed_number" | "customer_changed_number" => Change::Number,
        "user_changed_user_id" => Change::UserId,
        "user_identity_changed" | "customer_identity_changed" => Change::Identity,
        _ => Change::Other(kind),
    };
    let body = inner.text_or_empty("body");
    let mut now = Person {
        bsuid: inner.name("user_id"),
        parent: inner.name("parent_user_id"),
        wa_id: inner.name("wa_id").or_else(|| inner.name("new_wa_id")),
        ..Person::default()
    };
    let mut before = Person {
        bsuid: inner.name("previous_user_id"),
        parent: inner.name("previous_parent_user_id"),
        wa_id: inner.name("customer"),
        ..Person::default()
    };
    if let Some((old, new)) = sentence(&body) {
        name(&mut before, old);
        name(&mut now, new);
    }
    match change {
        // `from` is the number that is left behind.
        Change::Number if before.wa_id.is_none() && now.wa_id != with.wa_id => {
            before.wa_id.clone_from(&with.wa_id);
        }
        Change::Number | Change::UserId | Change::Identity | Change::Other(_) => {}
    }
    fields.put_rest("system", inner);
    Some(Content::System(SystemChange {
        change,
        body,
        now,
        before,
    }))
}

/// A and B of "… changed from A to B".
fn sentence(body: &str) -> Option<(&str, &str)> {
    let (_, rest) = body.rsplit_once(" from ")?;
    let (old, new) = rest.split_once(" to ")?;
    let clean = |text: &str| -> Option<usize> { text.find(char::is_whitespace) };
    let old = old.trim();
    let new = new.trim();
    let new = clean(new).map_or(new, |end| &new[..end]);
    Some((old, new.trim_end_matches('.')))
}

/// Takes a word of the sentence as a name only where the fields gave none and it looks like one.
fn name(person: &mut Person, word: &str) {
    let digits = word.trim_start_matches('+');
    if person.bsuid.is_none() && is_bsuid(word) {
        person.bsuid = Some(word.to_owned());
    } else if person.wa_id.is_none()
        && (7..=20).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
    {
        person.wa_id = Some(digits.to_owned());
    }
}

/// `US.1349…`: two capital letters, a dot, then letters, digits and dots.
fn is_bsuid(word: &str) -> bool {
    word.split_once('.').is_some_and(|(country, id)| {
        country.len() == 2
            && country.bytes().all(|byte| byte.is_ascii_uppercase())
            && !id.is_empty()
            && id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(system: Value, from: Option<&str>) -> SystemChange {
        let with = Person {
            wa_id: from.map(Into::into),
            ..Person::default()
        };
        let mut fields = Fields::of(json!({ "system": system })).unwrap();
        match take(&mut fields, &with) {
            Some(Content::System(change)) => change,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_new_number_names_the_old_one() {
        let change = read(
            json!({"type": "user_changed_number", "wa_id": "5511977776666", "user_id": "BR.2",
                   "previous_user_id": "BR.1", "body": "User Ana changed from 5511988887777 to 5511977776666"}),
            Some("5511988887777"),
        );
        assert_eq!(change.change, Change::Number);
        assert_eq!(change.before.wa_id.as_deref(), Some("5511988887777"));
        assert_eq!(change.before.bsuid.as_deref(), Some("BR.1"));
        assert_eq!(change.now.wa_id.as_deref(), Some("5511977776666"));
        assert_eq!(change.now.bsuid.as_deref(), Some("BR.2"));
    }

    #[test]
    fn the_old_spelling_is_read_too() {
        let change = read(
            json!({"type": "customer_changed_number", "new_wa_id": "5511977776666", "body": "x"}),
            Some("5511988887777"),
        );
        assert_eq!(change.change, Change::Number);
        assert_eq!(change.before.wa_id.as_deref(), Some("5511988887777"));
        assert_eq!(change.now.wa_id.as_deref(), Some("5511977776666"));
    }

    #[test]
    fn an_old_id_that_only_the_sentence_has_is_found() {
        let change = read(
            json!({"type": "user_changed_user_id", "user_id": "BR.2",
                   "body": "Ana from Recife changed from BR.1 to BR.2."}),
            None,
        );
        assert_eq!(change.before.bsuid.as_deref(), Some("BR.1"));
        assert_eq!(change.now.bsuid.as_deref(), Some("BR.2"));
    }

    #[test]
    fn words_that_are_no_names_are_left_alone() {
        let change = read(
            json!({"type": "user_identity_changed", "body": "keys changed from old to new"}),
            None,
        );
        assert_eq!(change.change, Change::Identity);
        assert_eq!(change.before, Person::default());
        assert_eq!(change.now, Person::default());
    }
}
