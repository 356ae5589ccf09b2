//! The customers of this world and how each can be found.
//!
//! In: profiles. Out: a customer by its id, by digits in any spelling, or by a user id. Deliberately
//! absent: chats (`chat.rs`) and everything a customer does (`inbound.rs`).

use crate::ids::Ids;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashMap;

/// A customer of this world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CustomerId(pub u32);

/// How to make a customer. Whatever is left out is drawn or left absent.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CustomerProfile {
    /// The name in the customer's own profile.
    pub name: String,
    /// As people write it; digits are what counts.
    pub phone: Option<String>,
    /// The id WhatsApp uses, when it differs from the phone's digits (Brazil's ninth digit).
    pub wa_id: Option<String>,
    /// Business-scoped user id; drawn when absent.
    pub bsuid: Option<String>,
    /// Parent user id of a linked portfolio.
    pub parent: Option<String>,
    /// User name without the at sign.
    pub username: Option<String>,
    /// The phone number is not shown to the business: `wa_id` and `from` are absent from webhooks.
    pub hides_phone: bool,
    /// The phone is off: messages stay `sent` until `customer_online`.
    pub offline: bool,
    /// Never reads by itself, whatever the status pace says.
    pub reads_late: bool,
    /// Sends are refused with this code at once (131026, 130403, …).
    pub refuses_with: Option<u32>,
    /// Sends are accepted and later fail with this code.
    pub fails_with: Option<u32>,
    /// Has stopped marketing messages.
    pub stopped_marketing: bool,
}

impl CustomerProfile {
    /// Somebody with a name and a phone number.
    pub fn new(name: &str, phone: &str) -> Self {
        Self {
            name: name.into(),
            phone: Some(phone.into()),
            ..Self::default()
        }
    }
}

/// A customer as kept.
#[derive(Debug, Clone)]
pub struct Customer {
    /// Who.
    pub id: CustomerId,
    /// The profile with the drawn parts filled in.
    pub profile: CustomerProfile,
    /// WhatsApp id; empty for a user without a phone.
    pub wa_id: String,
    /// Business-scoped user id.
    pub bsuid: String,
}

impl Customer {
    /// The `contacts[]` entry of a webhook.
    pub(crate) fn contact(&self) -> Value {
        let mut contact = json!({"profile": {"name": self.profile.name}, "user_id": self.bsuid});
        if let Some(username) = &self.profile.username {
            contact["profile"]["username"] = json!(username);
        }
        if let Some(wa_id) = self.shown_phone() {
            contact["wa_id"] = json!(wa_id);
        }
        if let Some(parent) = &self.profile.parent {
            contact["parent_user_id"] = json!(parent);
        }
        contact
    }

    /// The phone digits, unless hidden from the business.
    pub(crate) fn shown_phone(&self) -> Option<&str> {
        (!self.profile.hides_phone && !self.wa_id.is_empty()).then_some(self.wa_id.as_str())
    }

    /// Puts the sender's ids on an inbound item: `from`, `from_user_id`, `from_parent_user_id`.
    pub(crate) fn sign(&self, item: &mut Value, prefix: &str) {
        if let Some(phone) = self.shown_phone() {
            item[prefix] = json!(phone);
        }
        item[format!("{prefix}_user_id")] = json!(self.bsuid);
        if let Some(parent) = &self.profile.parent {
            item[format!("{prefix}_parent_user_id")] = json!(parent);
        }
    }

    /// The digits that go into message ids.
    pub(crate) fn digits(&self) -> &str {
        if self.wa_id.is_empty() {
            "0"
        } else {
            &self.wa_id
        }
    }
}

/// All customers.
#[derive(Debug, Clone, Default)]
pub(crate) struct People {
    all: Vec<Customer>,
    by_digits: HashMap<String, CustomerId>,
    by_user_id: HashMap<String, CustomerId>,
}

impl People {
    pub(crate) fn add(
        &mut self,
        mut profile: CustomerProfile,
        country: &str,
        ids: &mut Ids,
    ) -> CustomerId {
        let id = CustomerId(u32::try_from(self.all.len()).unwrap_or(u32::MAX));
        let phone = profile.phone.as_deref().map(digits).unwrap_or_default();
        let wa_id = profile
            .wa_id
            .as_deref()
            .map(digits)
            .unwrap_or_else(|| phone.clone());
        let bsuid = profile.bsuid.take().unwrap_or_else(|| ids.bsuid(country));
        profile.bsuid = Some(bsuid.clone());
        for spelling in [phone, wa_id.clone()]
            .into_iter()
            .filter(|spelling| !spelling.is_empty())
        {
            self.by_digits.insert(spelling, id);
        }
        for user_id in std::iter::once(&bsuid).chain(&profile.parent) {
            self.by_user_id.insert(user_id.clone(), id);
        }
        self.all.push(Customer {
            id,
            profile,
            wa_id,
            bsuid,
        });
        id
    }

    pub(crate) fn get(&self, id: CustomerId) -> Option<&Customer> {
        self.all.get(id.0 as usize)
    }

    pub(crate) fn get_mut(&mut self, id: CustomerId) -> Option<&mut Customer> {
        self.all.get_mut(id.0 as usize)
    }

    pub(crate) fn all(&self) -> &[Customer] {
        &self.all
    }

    pub(crate) fn by_digits(&self, digits: &str) -> Option<CustomerId> {
        self.by_digits.get(digits).copied()
    }

    pub(crate) fn by_user_id(&self, user_id: &str) -> Option<CustomerId> {
        self.by_user_id.get(user_id).copied()
    }

    /// The customer has a new phone number, and with it a new user id; gives back the old ones.
    pub(crate) fn renumber(
        &mut self,
        id: CustomerId,
        phone: Option<&str>,
        bsuid: String,
    ) -> Option<(String, String)> {
        let customer = self.all.get_mut(id.0 as usize)?;
        let old_wa_id = customer.wa_id.clone();
        let old_bsuid = std::mem::replace(&mut customer.bsuid, bsuid.clone());
        customer.profile.bsuid = Some(bsuid.clone());
        if let Some(phone) = phone {
            customer.wa_id = digits(phone);
            customer.profile.phone = Some(phone.to_owned());
            customer.profile.wa_id = None;
            self.by_digits.remove(&old_wa_id);
            self.by_digits.insert(customer.wa_id.clone(), id);
        }
        self.by_user_id.remove(&old_bsuid);
        self.by_user_id.insert(bsuid, id);
        Some((old_wa_id, old_bsuid))
    }
}

/// Only the digits of a phone number.
pub(crate) fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    fn world() -> (People, Ids) {
        (People::default(), Ids::new(Rng::new(1)))
    }

    #[test]
    fn a_customer_is_found_by_every_spelling() {
        let (mut people, mut ids) = world();
        let profile = CustomerProfile {
            wa_id: Some("551187654321".into()),
            parent: Some("BR.ENT.5".into()),
            ..CustomerProfile::new("Ana", "+55 11 98765-4321")
        };
        let ana = people.add(profile, "BR", &mut ids);
        assert_eq!(people.by_digits("5511987654321"), Some(ana));
        assert_eq!(people.by_digits("551187654321"), Some(ana));
        let bsuid = people.get(ana).expect("ana").bsuid.clone();
        assert!(bsuid.starts_with("BR."));
        assert_eq!(people.by_user_id(&bsuid), Some(ana));
        assert_eq!(people.by_user_id("BR.ENT.5"), Some(ana));
    }

    #[test]
    fn hidden_phones_leave_no_property() {
        let (mut people, mut ids) = world();
        let profile = CustomerProfile {
            hides_phone: true,
            username: Some("ana".into()),
            ..CustomerProfile::new("Ana", "+551")
        };
        let id = people.add(profile, "BR", &mut ids);
        let ana = people.get(id).expect("ana");
        let contact = ana.contact();
        assert_eq!(contact.get("wa_id"), None);
        assert_eq!(contact["profile"]["username"], "ana");
        let mut item = json!({});
        ana.sign(&mut item, "from");
        assert_eq!(item.get("from"), None);
        assert_eq!(item["from_user_id"], json!(ana.bsuid));
    }

    #[test]
    fn a_new_number_takes_the_old_spellings_away() {
        let (mut people, mut ids) = world();
        let id = people.add(CustomerProfile::new("Ana", "+551"), "BR", &mut ids);
        let (old, _) = people
            .renumber(id, Some("+55 2"), "BR.NEW".into())
            .expect("known");
        assert_eq!(old, "551");
        assert_eq!(people.by_digits("551"), None);
        assert_eq!(people.by_digits("552"), Some(id));
        assert_eq!(people.by_user_id("BR.NEW"), Some(id));
    }
}
