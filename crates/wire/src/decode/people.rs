//! Who a message, echo or status is about: the names in the item, completed from `contacts`.
//!
//! In: the item's own id fields and the sibling `contacts` array of its value. Out: a
//! [`Person`] of whatever names there are; any may be missing, the phone number included. Absent: the
//! joining of names into one contact, which is the identity graph's work.

use super::fields::Fields;
use ponte_core::content::Person;
use serde_json::Value;

/// What stands in a value around its elements: the contacts, and fields we don't know.
#[derive(Debug, Default)]
pub(crate) struct Contacts {
    known: Vec<Known>,
    beside: Value,
}

#[derive(Debug)]
struct Known {
    person: Person,
    /// Fields we don't know (`identity_key_hash` among them).
    extra: Value,
}

impl Contacts {
    pub(crate) fn take(value: &mut Fields) -> Contacts {
        let known = value.list("contacts").into_iter().filter_map(|contact| {
            let mut contact = Fields::of(contact).ok()?;
            let mut person = names(&mut contact);
            if let Some(mut profile) = contact.object("profile") {
                person.name = profile.short("name");
                person.username = profile.short("username").or(person.username);
                contact.put_rest("profile", profile);
            }
            let extra = contact.rest();
            Some(Known { person, extra })
        });
        Contacts {
            known: known.collect(),
            beside: Value::Null,
        }
    }

    /// Unknown fields beside the elements, to be kept with the first of them.
    pub(crate) fn put_beside(&mut self, beside: Value) {
        self.beside = beside;
    }

    /// What no element has taken.
    pub(crate) fn take_beside(&mut self) -> Value {
        self.beside.take()
    }

    /// Completes a person and leaves with the element, under the names of their places, what else
    /// stood around it. Given to the first element only, for the same reason as [`Fields::short`].
    pub(crate) fn attach(&mut self, person: &mut Person, fields: &mut Fields) {
        let extra = self.complete(person);
        for (place, extra) in [("value.contacts", extra), ("value", self.take_beside())] {
            if !extra.is_null() {
                fields.put(place, extra);
            }
        }
    }

    /// Fills in what the item didn't say, and returns what else the contact carried.
    ///
    /// A contact belongs to an item by BSUID, then by WhatsApp id; the only contact of a value also
    /// belongs to it when nothing contradicts.
    pub(crate) fn complete(&mut self, person: &mut Person) -> Value {
        let same = |one: &Option<String>, two: &Option<String>| one.is_some() && one == two;
        let clash = |one: &Option<String>, two: &Option<String>| {
            one.is_some() && two.is_some() && one != two
        };
        let by = |fits: &dyn Fn(&Person) -> bool| self.known.iter().position(|it| fits(&it.person));
        let found = by(&|it| same(&it.bsuid, &person.bsuid))
            .or_else(|| by(&|it| same(&it.wa_id, &person.wa_id)))
            .or_else(|| {
                let lone = self.known.len() == 1;
                let fits = |it: &Person| {
                    !clash(&it.bsuid, &person.bsuid) && !clash(&it.wa_id, &person.wa_id)
                };
                by(&fits).filter(|_| lone)
            });
        let Some(known) = found.and_then(|at| self.known.get_mut(at)) else {
            return Value::Null;
        };
        let fill = |to: &mut Option<String>, from: &Option<String>| {
            if to.is_none() {
                to.clone_from(from);
            }
        };
        fill(&mut person.bsuid, &known.person.bsuid);
        fill(&mut person.parent, &known.person.parent);
        fill(&mut person.wa_id, &known.person.wa_id);
        fill(&mut person.username, &known.person.username);
        fill(&mut person.name, &known.person.name);
        known.extra.take()
    }
}

/// The names as objects about one person carry them.
pub(crate) fn names(fields: &mut Fields) -> Person {
    Person {
        bsuid: fields.short("user_id"),
        parent: fields.short("parent_user_id"),
        wa_id: fields.short("wa_id"),
        username: fields.short("username"),
        name: None,
    }
}

/// The names of an item's other side: `from`, `from_user_id`, `from_parent_user_id`, or with `to`.
pub(crate) fn side(fields: &mut Fields, side: &str) -> Person {
    Person {
        wa_id: fields.short(side),
        bsuid: fields.short(&format!("{side}_user_id")),
        parent: fields.short(&format!("{side}_parent_user_id")),
        ..Person::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn contacts(value: Value) -> Contacts {
        Contacts::take(&mut Fields::of(json!({"contacts": value})).unwrap())
    }

    fn phone(wa_id: &str) -> Person {
        Person {
            wa_id: Some(wa_id.into()),
            ..Person::default()
        }
    }

    #[test]
    fn each_message_of_a_batch_finds_its_own_contact() {
        let mut contacts = contacts(json!([
            {"wa_id": "5511988887777", "profile": {"name": "Ana"}},
            {"wa_id": "5511977776666", "profile": {"name": "Beto"}, "user_id": "BR.2"}
        ]));
        let mut beto = phone("5511977776666");
        contacts.complete(&mut beto);
        assert_eq!(beto.name.as_deref(), Some("Beto"));
        assert_eq!(beto.bsuid.as_deref(), Some("BR.2"));
    }

    #[test]
    fn a_lone_contact_belongs_unless_a_name_contradicts() {
        let mut contacts =
            contacts(json!([{"wa_id": "5511988887777", "profile": {"name": "Ana"}}]));
        let mut unnamed = Person {
            bsuid: Some("BR.1".into()),
            ..Person::default()
        };
        contacts.complete(&mut unnamed);
        assert_eq!(unnamed.wa_id.as_deref(), Some("5511988887777"));
        let mut other = phone("5511900000000");
        contacts.complete(&mut other);
        assert_eq!(other, phone("5511900000000"));
    }

    #[test]
    fn unknown_contact_fields_come_back() {
        let mut contacts = contacts(json!([
            "garbage",
            {"wa_id": "1", "identity_key_hash": "h", "profile": {"badge": 1}}
        ]));
        assert_eq!(
            contacts.complete(&mut phone("1")),
            json!({"identity_key_hash": "h", "profile": {"badge": 1}})
        );
    }
}
